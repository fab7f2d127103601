// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Runs a prepared program over a packet, step after step. This is the engine that
 * works everywhere and that all faster ones must agree with. It relies on the
 * validator for everything that can be known without the packet: operations, jump
 * targets, indices of M[], constant divisors.
 */
#include "ancillary.h"
#include "step.h"

/* No value of a load: values have 32 bits. */
#define OUTSIDE		(~0ULL)

static __always_inline u32 cbpf_be(const u8 *p, u32 size)
{
	return size == 4 ? cbpf_be32(p) : size == 2 ? cbpf_be16(p) : *p;
}

/* A load that is not inside the head: beyond it, across its end, or outside. */
static noinline u64 cbpf_load_rest(const struct cbpf_pkt *pkt, u64 off, u32 size)
{
	u8 bytes[4];

	if (!pkt->fetch || off + size > pkt->wirelen ||
	    !pkt->fetch(pkt, (u32)off, size, bytes))
		return OUTSIDE;
	return cbpf_be(bytes, size);
}

/*
 * The offset has 64 bits so that neither X + k nor the sum below can wrap. Inlined
 * because @size is constant.
 */
static __always_inline u64 cbpf_load(const struct cbpf_pkt *pkt, const u8 *head,
				     u64 headlen, u64 off, u32 size)
{
	if (likely(off + size <= headlen))
		return cbpf_be(head + cbpf_nospec(off, headlen), size);
	return cbpf_load_rest(pkt, off, size);
}

/* One of Linux's loads; so rare that the instruction is made anew. */
static noinline u64 cbpf_load_linux(const struct cbpf_pkt *pkt,
				    const struct cbpf_step *step, u32 a, u32 x)
{
	static const u8 sizes[] = { 4, 2, 1 };
	const struct cbpf_insn insn = { .code = step->c, .k = step->k };
	u32 which = cbpf_ancillary_which(&insn), val;
	bool indirect = insn.code == CBPF_LD_W_IND || insn.code == CBPF_LD_H_IND ||
			insn.code == CBPF_LD_B_IND;
	u64 off;

	if (which < CBPF_ANCS)
		return cbpf_ancillary(pkt, which, a, x, &val) ? val : OUTSIDE;
	if (which != CBPF_LOAD_RELATIVE || !cbpf_relative(pkt, insn.k, &off))
		return OUTSIDE;
	return cbpf_load(pkt, pkt->head, pkt->headlen, indirect ? off + x : off,
			 sizes[insn.code >> 3 & 3]);
}

static __always_inline bool cbpf_holds_JEQ(u32 a, u32 b)
{
	return a == b;
}

static __always_inline bool cbpf_holds_JGT(u32 a, u32 b)
{
	return a > b;
}

static __always_inline bool cbpf_holds_JGE(u32 a, u32 b)
{
	return a >= b;
}

static __always_inline bool cbpf_holds_JSET(u32 a, u32 b)
{
	return a & b;
}

/*
 * Dispatch. Each step ends with a jump of its own to the next one, where the
 * compiler can do that: the processor then learns what follows what.
 */
#define LABEL_OF_INSN(name, code, mnemonic, form, rule)	[STEP_##name] = &&do_##name,
#define LABEL_OF_FUSED(name, size, from, test)		[STEP_##name] = &&do_##name,
#define LABEL_OF_MASKED(name, size, from)		[STEP_##name] = &&do_##name,
#define LABEL_OF_OTHER(name)				[STEP_##name] = &&do_##name,
#ifdef CBPF_THREADED
#define STEP(name)	do_##name
#define GO()		goto *labels[step->op]
#else
#define STEP(name)	case STEP_##name
#define GO()		goto again
#endif

#define NEXT(n)		do { step += (n); GO(); } while (0)
#define JUMP(way)	do { step = (const void *)((const u8 *)step + (way)); GO(); } while (0)
#define BRANCH(holds)	do {		\
	if (holds)			\
		JUMP(step->jt);		\
	JUMP(step->jf);			\
} while (0)

/* A load, or the end of the program. */
#define LOAD(off, size)	do {						\
	val = cbpf_load(pkt, head, headlen, off, size);			\
	if (unlikely(val == OUTSIDE))					\
		return 0;						\
} while (0)

#define ABS(k)		(k)
#define IND(k)		((u64)x + (k))

#define LOAD_STEP(name, from, size)					\
	STEP(name):							\
		LOAD(from(step->k), size);				\
		a = val;						\
		NEXT(1);

#define FUSED_STEP(name, size, from, test)				\
	STEP(name):							\
		LOAD(from(step->k), size);				\
		a = val;						\
		BRANCH(cbpf_holds_##test(a, step->c));

#define MASKED_STEP(name, size, from)					\
	STEP(name):							\
		LOAD(from(step->k), size);				\
		a = val & step[1].k;					\
		BRANCH(a == step->c);

#define ALU_STEP(name, expr)						\
	STEP(name##_K): {						\
		const u32 b = step->k;					\
									\
		a = expr;						\
		NEXT(1);						\
	}								\
	STEP(name##_X): {						\
		const u32 b = x;					\
									\
		a = expr;						\
		NEXT(1);						\
	}

#define DIVIDE_STEP(name, op)						\
	STEP(name##_K):							\
		a = a op step->k;					\
		NEXT(1);						\
	STEP(name##_X):							\
		if (!x)							\
			return 0;					\
		a = a op x;						\
		NEXT(1);

#define TEST_STEP(test)							\
	STEP(test##_K):							\
		BRANCH(cbpf_holds_##test(a, step->c));			\
	STEP(test##_X):							\
		BRANCH(cbpf_holds_##test(a, x));

#define CHAIN_STEP(n)							\
	STEP(CHAIN##n):							\
		do {							\
			if (a == step->c)				\
				JUMP(step->jt);				\
			step += (n);					\
		} while (step->op == STEP_CHAIN##n);			\
		GO();

u32 cbpf_run(const struct cbpf_prepared *prog, const struct cbpf_pkt *pkt)
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
	u32 a = 0, x = 0;
	u64 val;

	if (prog->mem)
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
		val = cbpf_load_linux(pkt, step, a, x);
		if (val == OUTSIDE)
			return 0;
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
		a = pkt->wirelen;
		NEXT(1);
	STEP(LDX_IMM):
		x = step->k;
		NEXT(1);
	STEP(LDX_MEM):
		x = mem[step->k];
		NEXT(1);
	STEP(LDX_LEN):
		x = pkt->wirelen;
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
