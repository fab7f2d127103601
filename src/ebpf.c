// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that the kernel's own compiler makes native: as eBPF, by functions
 * that the kernel exports.  Where their code lies, how it is protected and what
 * it does against speculation is the kernel's business.
 *
 * Not a program of a packet socket: that would see the skb, not the frame, and
 * by other rules.  It is a program over struct cbpf_ebpf_ctx, made by
 * filter/ebpf.c.  The verifier never sees it; like what the kernel translates
 * itself it was never a user's eBPF.
 */
#include "engine.h"
#include "filter/ebpf.h"

#include <linux/filter.h>
#include <linux/mm.h>

static void bsdbpf_ebpf_copy(struct bpf_prog *to,
			     const struct cbpf_ebpf_insn *from)
{
	u32 i;

	for (i = 0; i < to->len; i++)
		to->insnsi[i] = (struct bpf_insn){
			.code = from[i].code,
			.dst_reg = from[i].dst,
			.src_reg = from[i].src,
			.off = from[i].off,
			.imm = from[i].imm,
		};
}

/*
 * Has the kernel compile it.  Of no type, it counts as one that was classic, on
 * which the kernel does what it knows against attacks by such programs.
 */
static struct bpf_prog *bsdbpf_ebpf_make(const struct cbpf_ebpf_insn *insns,
					 u32 len, bool harden)
{
	struct bpf_prog *ebpf = bpf_prog_alloc(bpf_prog_size(len), 0);
	int err = 0;

	if (!ebpf)
		return NULL;
	ebpf->len = len;
	ebpf->aux->stack_depth = CBPF_EBPF_STACK;
	ebpf->blinding_requested |= harden;
	bsdbpf_ebpf_copy(ebpf, insns);
	ebpf = bpf_prog_select_runtime(ebpf, &err);
	/* the kernel's interpreter is no help: we have one that needs no eBPF */
	if (!err && ebpf->jited)
		return ebpf;
	bpf_prog_free(ebpf);
	return NULL;
}

/**
 * bsdbpf_ebpf_compile() - make eBPF of a program, if that can be done
 * @prog: a program that nobody else knows yet
 * @insns: its instructions; Linux's loads among them are left to other engines
 * @harden: hide its constants
 *
 * May sleep.
 *
 * Return: whether @prog->ebpf is there.
 */
bool bsdbpf_ebpf_compile(struct bsdbpf_prog *prog, const struct cbpf_insn *insns,
			 bool harden)
{
	struct cbpf_ebpf_insn *ebpf;
	int len;

	if (prog->ancillary)
		return false;
	len = cbpf_ebpf(insns, prog->len, NULL, 0, true);
	if (len <= 0)
		return false;
	ebpf = kvmalloc_array(len, sizeof(*ebpf), GFP_KERNEL);
	if (!ebpf)
		return false;
	prog->ebpf = NULL;
	if (cbpf_ebpf(insns, prog->len, ebpf, len, true) == len)
		prog->ebpf = bsdbpf_ebpf_make(ebpf, len, harden);
	kvfree(ebpf);
	return prog->ebpf;
}

/**
 * bsdbpf_ebpf_run() - run it over the head of a packet
 * @ebpf: program; the caller is in an RCU read side since he got it
 * @pkt: packet
 *
 * Any context.  Not by bpf_prog_run(), for which one must not be preempted.
 *
 * Return: as bsdbpf_prog_try().
 */
u64 bsdbpf_ebpf_run(const struct bpf_prog *ebpf, const struct cbpf_pkt *pkt)
{
	struct cbpf_ebpf_ctx ctx = {
		.head = pkt->head,
		.headlen = pkt->headlen,
		.wirelen = pkt->wirelen,
	};
	u32 result;

	result = bpf_dispatcher_nop_func(&ctx, ebpf->insnsi, ebpf->bpf_func);
	return unlikely(ctx.undecided) ? CBPF_UNDECIDED : result;
}

/**
 * bsdbpf_ebpf_free() - free it
 * @ebpf: program; nobody runs it any more
 *
 * Process or softirq context.
 */
void bsdbpf_ebpf_free(struct bpf_prog *ebpf)
{
	bpf_prog_free(ebpf);
}
