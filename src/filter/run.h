/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The function that runs steps, whose macros are in interp.c. That includes it twice,
 * with different meanings of RUN, its name, of LOAD_REST, a load that is not inside the
 * head, and of LOAD_LINUX: hence nothing protects it from that.
 */
RUN(const struct cbpf_prepared *prog, const struct cbpf_pkt *pkt)
{
#ifdef CBPF_THREADED
	static const void *const labels[STEPS] CBPF_JUMP_TABLE = {
		CBPF_OPCODES(LABEL_OF_INSN)
		CBPF_STEPS_FUSED(LABEL_OF_FUSED)
		CBPF_STEPS_MASKED(LABEL_OF_MASKED)
		CBPF_STEPS_OTHER(LABEL_OF_OTHER)
	};
#endif
	const struct cbpf_step *step = prog->steps;
	const u8 *const head = pkt->head;
	const u64 headlen = pkt->headlen;
	u32 mem[CBPF_MEMWORDS] CBPF_UNINITIALIZED;
	u32 a = 0, x = 0, left;
	u64 val;
	/* in memory, so that all else has a register that need not be saved */
	struct {
		const struct cbpf_prepared *prog;
		const struct cbpf_pkt *pkt;
	} seldom = { prog, pkt };

	asm volatile("" : "+m" (seldom));
	if (unlikely(prog->mem))
		__builtin_memset(mem, 0, sizeof(mem));
#ifdef CBPF_THREADED
	GO();
#else
again:
	switch (step->op) {
#endif
	LOAD_STEP(LD_W_ABS, ABS, 4)
	LOAD_STEP(LD_H_ABS, ABS, 2)
	LOAD_STEP(LD_B_ABS, ABS, 1)
	LOAD_STEP(LD_W_IND, IND, 4)
	LOAD_STEP(LD_H_IND, IND, 2)
	LOAD_STEP(LD_B_IND, IND, 1)
	CBPF_STEPS_FUSED(FUSED_STEP)
	CBPF_STEPS_MASKED(MASKED_STEP)

	STEP(LDX_MSH):		/* the length of an IPv4 header */
		LOAD(step->k, 1);
		x = (val & 0xf) * 4;
		NEXT(1);
	STEP(MSH_LD_H_IND_JEQ):
		LOAD(step->k, 1);
		x = (val & 0xf) * 4;
		LOAD(IND(step[1].k), 2);
		a = val;
		BRANCH(a == step->c);
	STEP(LINUX):
		LOAD_LINUX();
		if (step->c == CBPF_LDX_MSH)
			x = (val & 0xf) * 4;
		else
			a = val;
		NEXT(1);

	STEP(LD_IMM):
		a = step->k;
		NEXT(1);
	STEP(LD_MEM):
		a = mem[step->k];
		NEXT(1);
	STEP(LD_LEN):
		a = seldom.pkt->wirelen;
		NEXT(1);
	STEP(LDX_IMM):
		x = step->k;
		NEXT(1);
	STEP(LDX_MEM):
		x = mem[step->k];
		NEXT(1);
	STEP(LDX_LEN):
		x = seldom.pkt->wirelen;
		NEXT(1);
	STEP(ST):
		mem[step->k] = a;
		NEXT(1);
	STEP(STX):
		mem[step->k] = x;
		NEXT(1);
	STEP(TAX):
		x = a;
		NEXT(1);
	STEP(TXA):
		a = x;
		NEXT(1);

	ALU_STEP(ADD, a + b)
	ALU_STEP(SUB, a - b)
	ALU_STEP(MUL, a * b)
	ALU_STEP(OR, a | b)
	ALU_STEP(AND, a & b)
	ALU_STEP(XOR, a ^ b)
	ALU_STEP(LSH, b < 32 ? a << b : 0)
	ALU_STEP(RSH, b < 32 ? a >> b : 0)
	DIVIDE_STEP(DIV, /)
	DIVIDE_STEP(MOD, %)
	STEP(NEG):
		a = 0 - a;
		NEXT(1);

	STEP(JA):
		JUMP(step->jt);
	TEST_STEP(JEQ)
	TEST_STEP(JGT)
	TEST_STEP(JGE)
	TEST_STEP(JSET)
	STEP(AND_JEQ):
		a &= step->k;
		BRANCH(a == step->c);
	STEP(JEQ_RET): {	/* no branch: it could often not be predicted */
		const u32 jt = step->jt, jf = step->jf;

		return TO(jf ^ ((jf ^ jt) & -(u32)(a == step->c)))->k;
	}
	CHAIN_STEP(1)
	CHAIN_STEP(2)

	STEP(RET_K):
		return step->k;
	STEP(RET_A):
		return a;
#ifndef CBPF_THREADED
	}
	return 0;	/* no such step */
#endif
}
