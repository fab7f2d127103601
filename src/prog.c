// SPDX-License-Identifier: GPL-2.0
/*
 * Filter programs: their life, and running them by whatever engine.  How one is
 * set is in ioctl_filter.c, how it gets its engine in engine.c.
 */
#include "engine.h"
#include "filter/opcode.h"

#include <linux/mm.h>
#include <linux/percpu.h>

/**
 * bsdbpf_prog_new() - make a program that can be run
 * @insns: valid program; not needed afterwards
 * @len: its length, not 0
 *
 * May sleep.
 *
 * Return: the program, interpreted until it gets another engine; NULL: no memory.
 */
struct bsdbpf_prog *bsdbpf_prog_new(const struct cbpf_insn *insns, u32 len)
{
	const size_t steps = ALIGN(cbpf_prepared_size(len), sizeof(u32));
	const size_t bytes = array_size(len, sizeof(*insns));
	struct bsdbpf_prog *prog;

	prog = kvmalloc(sizeof(*prog) + steps + bytes, GFP_KERNEL_ACCOUNT);
	if (!prog)
		return NULL;
	prog->engine = BPF_ENGINE_INTERP;
	prog->len = len;
	prog->ancillary = cbpf_ancillary_used(insns, len);
	prog->only_returns = len == 1 && insns[0].code == CBPF_RET_K;
	prog->insns = (void *)prog->steps + steps;
	memcpy(prog->insns, insns, bytes);
	cbpf_prepare((struct cbpf_prepared *)prog->steps, insns, len);
	return prog;
}

/**
 * bsdbpf_prog_try() - run a program over what its engine sees of a packet
 * @prog: program; the caller is in an RCU read side since he got it
 * @pkt: packet
 *
 * Any context.  Not checked for the type of what it calls (kCFI): generated
 * code has none.
 *
 * Return: as cbpf_run(); %CBPF_UNDECIDED if that takes the interpreter.
 */
u64 __nocfi bsdbpf_prog_try(const struct bsdbpf_prog *prog,
			    const struct cbpf_pkt *pkt)
{
	/* generated code reads no word that nobody has written */
	u32 words[CBPF_NATIVE_WORDS] __uninitialized;

	switch (prog->engine) {
	case BPF_ENGINE_NATIVE:
		/* what cannot be had the program may not need: it does not say */
		if (prog->ancillary &&
		    !cbpf_ancillary_fill(pkt, prog->ancillary, words))
			return CBPF_UNDECIDED;
		return prog->native(pkt->head, pkt->headlen, pkt->wirelen,
				    words);
	case BPF_ENGINE_EBPF:
		return bsdbpf_ebpf_run(prog->ebpf, pkt);
	default:
		return cbpf_run((const struct cbpf_prepared *)prog->steps, pkt);
	}
}

/* In place of code that is called without words, where there is none. */
static u64 bsdbpf_prog_undecided(const u8 *head, u32 headlen, u32 wirelen)
{
	return CBPF_UNDECIDED;
}

/**
 * bsdbpf_prog_native() - the code that runs a program without any preparation
 * @prog: program or NULL
 *
 * Return: as cbpf_compile() has made it, or a function that leaves all packets to
 * bsdbpf_prog_run().
 */
bsdbpf_native_fn *bsdbpf_prog_native(const struct bsdbpf_prog *prog)
{
	return prog && prog->engine == BPF_ENGINE_NATIVE && prog->native_lean &&
	       !prog->ancillary ? prog->lean : bsdbpf_prog_undecided;
}

/**
 * bsdbpf_prog_run() - run a program over a packet
 * @prog: program; the caller is in an RCU read side since he got it
 * @pkt: packet
 * @fallback: what counts packets that are left to the interpreter, or NULL
 *
 * Any context.
 *
 * Return: as cbpf_run().
 */
u32 bsdbpf_prog_run(const struct bsdbpf_prog *prog, const struct cbpf_pkt *pkt,
		    u64 __percpu *fallback)
{
	u64 result = bsdbpf_prog_try(prog, pkt);

	if (likely(!(result & CBPF_UNDECIDED)))
		return result;
	if (fallback)
		this_cpu_inc(*fallback);
	return cbpf_run((const struct cbpf_prepared *)prog->steps, pkt);
}

/**
 * bsdbpf_prog_free_now() - free a program that nobody runs any more
 * @prog: program or NULL
 *
 * Process or softirq context.
 */
void bsdbpf_prog_free_now(struct bsdbpf_prog *prog)
{
	if (prog && prog->engine == BPF_ENGINE_NATIVE) {
		bsdbpf_jit_free(prog);
		return;
	}
	if (prog && prog->engine == BPF_ENGINE_EBPF)
		bsdbpf_ebpf_free(prog->ebpf);
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
