// SPDX-License-Identifier: GPL-2.0
/*
 * Filter programs: their life, and running them by whatever engine.  How one is
 * set is in ioctl_filter.c, how it becomes native code in jit.c.
 */
#include "bsdbpf.h"
#include "filter/opcode.h"

#include <linux/mm.h>

/**
 * bsdbpf_prog_run() - run a program over a packet
 * @prog: program; the caller is in an RCU read side since he got it
 * @pkt: packet
 *
 * Any context.  Not checked for the type of what it calls (kCFI): generated
 * code has none.
 *
 * Return: as cbpf_run().
 */
u32 __nocfi bsdbpf_prog_run(const struct bsdbpf_prog *prog,
			    const struct cbpf_pkt *pkt)
{
	/* generated code reads no word that nobody has written */
	u32 words[CBPF_NATIVE_WORDS] __uninitialized;
	u64 result;

	if (prog->native &&
	    (!prog->ancillary || cbpf_ancillary_fill(pkt, prog->ancillary, words))) {
		result = prog->native(pkt->head, pkt->headlen, pkt->wirelen,
				      words);
		if (likely(!(result & CBPF_UNDECIDED)))
			return result;
	}
	return cbpf_run((const struct cbpf_prepared *)prog->steps, pkt);
}

/**
 * bsdbpf_prog_new() - make a program that can be run
 * @insns: valid program; not needed afterwards
 * @len: its length, not 0
 *
 * May sleep.
 *
 * Return: the program, interpreted until bsdbpf_jit_compile(); NULL: no memory.
 */
struct bsdbpf_prog *bsdbpf_prog_new(const struct cbpf_insn *insns, u32 len)
{
	struct bsdbpf_prog *prog;

	prog = kvmalloc(sizeof(*prog) + cbpf_prepared_size(len), GFP_KERNEL_ACCOUNT);
	if (!prog)
		return NULL;
	prog->native = NULL;
	prog->len = len;
	prog->ancillary = cbpf_ancillary_used(insns, len);
	prog->only_returns = len == 1 && insns[0].code == CBPF_RET_K;
	cbpf_prepare((struct cbpf_prepared *)prog->steps, insns, len);
	return prog;
}

/**
 * bsdbpf_prog_free_now() - free a program that nobody runs any more
 * @prog: program or NULL
 *
 * Process or softirq context.
 */
void bsdbpf_prog_free_now(struct bsdbpf_prog *prog)
{
	if (prog && prog->native)
		bsdbpf_jit_free(prog);
	else
		kvfree(prog);
}

static void bsdbpf_prog_rcu(struct rcu_head *rcu)
{
	bsdbpf_prog_free_now(container_of(rcu, struct bsdbpf_prog, rcu));
}

/**
 * bsdbpf_prog_free() - free a program that no one will find any more
 * @prog: program or NULL
 *
 * Who runs it just now may go on.
 */
void bsdbpf_prog_free(struct bsdbpf_prog *prog)
{
	if (prog)
		call_rcu(&prog->rcu, bsdbpf_prog_rcu);
}
