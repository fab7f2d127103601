// SPDX-License-Identifier: GPL-2.0
/*
 * Filter programs: running them, by whatever engine, and their end.  How one
 * is set is in ioctl_filter.c, how it becomes native code in jit.c.
 */
#include "bsdbpf.h"

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
	return cbpf_run(prog->insns, prog->len, pkt);
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
