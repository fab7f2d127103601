// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that set filters.  Contract of every handler: see ioctl.c.
 */
#include "bsdbpf.h"

#include <linux/mm.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

/* struct bpf_program of the 64-bit ABI. */
struct bsdbpf_ioc_program {
	u32 len;
	u32 pad;
	u64 insns;
};

/*
 * Copies a program in and validates it.  Any fault of the program is EINVAL,
 * also one of its address: FreeBSD's rule.
 * Return: the program, NULL for the empty one, ERR_PTR of -EINVAL or -ENOMEM.
 */
static struct bsdbpf_prog *bsdbpf_prog_get(const struct bsdbpf_desc *d,
					   const struct bsdbpf_ioc_program *arg)
{
	const struct bsdbpf_net *bnet = bsdbpf_net_of(d->net);
	struct cbpf_insn *insns;
	struct bsdbpf_prog *prog;

	if (!arg->len)
		return NULL;
	if (arg->len > READ_ONCE(bnet->maxinsns))
		return ERR_PTR(-EINVAL);
	insns = kvmalloc_array(arg->len, sizeof(*insns), GFP_KERNEL_ACCOUNT);
	if (!insns)
		return ERR_PTR(-ENOMEM);
	prog = ERR_PTR(-EINVAL);
	if (copy_from_user(insns, u64_to_user_ptr(arg->insns),
			   array_size(arg->len, sizeof(*insns))))
		goto free;
	if (cbpf_validate(insns, arg->len, NULL))
		goto free;
	prog = bsdbpf_prog_new(insns, arg->len) ?: ERR_PTR(-ENOMEM);
	if (!IS_ERR(prog))
		bsdbpf_engine_choose(prog, insns, bnet);
free:
	kvfree(insns);
	return prog;
}

/*
 * Swaps a filter.  While the buffers are frozen the tap sees neither filter nor
 * buffers change: with reset, nothing that the old filter let through is there
 * afterwards.
 */
static void bsdbpf_prog_set(struct bsdbpf_desc *d,
			    struct bsdbpf_prog __rcu **filter,
			    struct bsdbpf_prog *prog, bool reset)
{
	struct bsdbpf_prog *old;
	bool open;

	bsdbpf_trace_filter(d, prog, filter == &d->wfilter);
	spin_lock_bh(&d->lock);
	open = bsdbpf_desc_freeze(d);
	old = rcu_replace_pointer(*filter, prog, lockdep_is_held(&d->lock));
	if (filter == &d->filter)
		WRITE_ONCE(d->native, bsdbpf_prog_native(prog));
	if (reset)
		bsdbpf_desc_reset_frozen(d);
	bsdbpf_desc_thaw(d, open);
	spin_unlock_bh(&d->lock);
	bsdbpf_prog_free(old);
}

/*
 * Does it want packets who sets this program?  libpcap sets one that only
 * holds the snap length on every descriptor, also to write; FreeBSD forgives
 * it one of these, see net.bpf.optimize_writers.
 */
static bool bsdbpf_prog_reads(struct bsdbpf_desc *d,
			      const struct bsdbpf_prog *prog)
{
	if (!prog)
		return false;
	if (!prog->only_returns)
		return true;
	if (d->writer == 1)
		return true;
	d->writer--;
	return false;
}

/* A writer that wants to read becomes a reader. */
static int bsdbpf_prog_promote(struct bsdbpf_desc *d)
{
	int err;

	rtnl_lock();
	err = bsdbpf_if_promote(d);
	rtnl_unlock();
	return err;
}

/**
 * bsdbpf_ioc_setf() - BIOCSETF: set the read filter, and start anew
 * @d: descriptor
 * @arg: struct bpf_program
 *
 * Return: 0, -EINVAL, -ENOMEM; on error the old filter stays.
 */
int bsdbpf_ioc_setf(struct bsdbpf_desc *d, void *arg)
{
	struct bsdbpf_prog *prog = bsdbpf_prog_get(d, arg);
	int err = 0;

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	if (d->writer && bsdbpf_prog_reads(d, prog))
		err = bsdbpf_prog_promote(d);
	if (err)
		bsdbpf_prog_free(prog);
	else
		bsdbpf_prog_set(d, &d->filter, prog, true);
	return err;
}

/**
 * bsdbpf_ioc_setfnr() - BIOCSETFNR: set the read filter, keep what is buffered
 * @d: descriptor
 * @arg: struct bpf_program
 *
 * Return: as bsdbpf_ioc_setf().
 */
int bsdbpf_ioc_setfnr(struct bsdbpf_desc *d, void *arg)
{
	struct bsdbpf_prog *prog = bsdbpf_prog_get(d, arg);
	bool promote = prog && d->writer;
	int err = 0;

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	if (promote)
		err = bsdbpf_prog_promote(d);
	if (err)
		bsdbpf_prog_free(prog);
	else	/* one that sees packets only since now has none to keep */
		bsdbpf_prog_set(d, &d->filter, prog, promote);
	return err;
}

/**
 * bsdbpf_ioc_setwf() - BIOCSETWF: set the write filter
 * @d: descriptor
 * @arg: struct bpf_program
 *
 * Return: as bsdbpf_ioc_setf().
 */
int bsdbpf_ioc_setwf(struct bsdbpf_desc *d, void *arg)
{
	struct bsdbpf_prog *prog = bsdbpf_prog_get(d, arg);

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	bsdbpf_prog_set(d, &d->wfilter, prog, false);
	return 0;
}
