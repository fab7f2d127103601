// SPDX-License-Identifier: GPL-2.0
/*
 * Watches how pages that hold native code are mapped: at any time at their own
 * place and in the direct map, and elsewhere at the moment when such a mapping is
 * taken away, which is the last one at which it could do harm.  Knows page tables,
 * not who maps.
 *
 * Loaded with start= and size= of the memory; its parameters tell what it has seen.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>
#include <asm/pgtable.h>

static unsigned long start, size;
module_param(start, ulong, 0444);
module_param(size, ulong, 0444);

/* Mappings elsewhere that were taken away; of them those that were writable, */
static unsigned int aliases, writable, executable;	/* and executable */
/* How often translations of such mappings were thrown away. */
static unsigned int flushes;
module_param(aliases, uint, 0444);
module_param(writable, uint, 0444);
module_param(executable, uint, 0444);
module_param(flushes, uint, 0444);

static bool is_ours(const struct page *page)
{
	unsigned long at;

	for (at = start; at < start + size; at += PAGE_SIZE)
		if (vmalloc_to_page((void *)at) == page)
			return true;
	return false;
}

static pteval_t flags_of(unsigned long at)
{
	unsigned int level;
	pte_t *pte = lookup_address(at, &level);

	return pte && pte_present(*pte) ? pte_flags(*pte) : _PAGE_NX;
}

static int before_vunmap(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned long at = regs->di;

	if (!is_vmalloc_addr((void *)at) || !is_ours(vmalloc_to_page((void *)at)))
		return 0;
	aliases++;
	writable += !!(flags_of(at) & _PAGE_RW);
	executable += !(flags_of(at) & _PAGE_NX);
	return 0;
}

static int before_flush(struct kprobe *probe, struct pt_regs *regs)
{
	flushes++;
	return 0;
}

static struct kprobe probes[] = {
	{ .symbol_name = "vunmap", .pre_handler = before_vunmap },
	{ .symbol_name = "vm_unmap_aliases", .pre_handler = before_flush },
};

/* Pages that are not as they have to be, here and in the direct map. */
static int bad_get(char *buf, const struct kernel_param *param)
{
	unsigned int bad = 0, direct = 0;
	unsigned long at;
	pteval_t flags;

	for (at = start; at < start + size; at += PAGE_SIZE) {
		flags = flags_of(at);
		bad += flags & _PAGE_RW || flags & _PAGE_NX;
		flags = flags_of((unsigned long)page_address(vmalloc_to_page((void *)at)));
		direct += flags & _PAGE_RW || !(flags & _PAGE_NX);
	}
	return sprintf(buf, "%u %u\n", bad, direct);
}

static const struct kernel_param_ops bad_ops = { .get = bad_get };
module_param_cb(bad, &bad_ops, NULL, 0444);

static int __init arenamap_init(void)
{
	int err;

	if (!start || !PAGE_ALIGNED(start) || !size)
		return -EINVAL;
	err = register_kprobe(&probes[0]);
	if (err)
		return err;
	err = register_kprobe(&probes[1]);
	if (err)
		unregister_kprobe(&probes[0]);
	return err;
}

static void __exit arenamap_exit(void)
{
	unregister_kprobe(&probes[1]);
	unregister_kprobe(&probes[0]);
}

module_init(arenamap_init);
module_exit(arenamap_exit);

MODULE_DESCRIPTION("how memory for code is mapped");
MODULE_LICENSE("GPL");
