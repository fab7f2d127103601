// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Runs a prepared program over a packet, step after step. This is the engine that
 * works everywhere and that all faster ones must agree with. It relies on the
 * validator for everything that can be known without the packet: operations, jump
 * targets, indices of M[], constant divisors.
 *
 * There are two of it, made from the one text of run.h. cbpf_run() knows only the
 * head of the packet. So it calls nothing, and needs no register that it would have to
 * save for its caller, which takes as long as three steps. What has to look elsewhere
 * begins anew in cbpf_run_rest(): programs have no side effects.
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

/* Loads from the head, elsewhere from the rest. */
static u64 cbpf_load(const struct cbpf_pkt *pkt, u64 off, u32 size)
{
	if (likely(off + size <= pkt->headlen))
		return cbpf_be(pkt->head + cbpf_nospec(off, pkt->headlen), size);
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
	return cbpf_load(pkt, indirect ? off + x : off, sizes[insn.code >> 3 & 3]);
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
#define TO(way)		((const struct cbpf_step *)((const u8 *)step + (way)))
#define JUMP(way)	do { step = TO(way); GO(); } while (0)
#define BRANCH(holds)	do {		\
	if (holds)			\
		JUMP(step->jt);		\
	JUMP(step->jf);			\
} while (0)

/*
 * A load, or the end of the program. The offset has 64 bits so that neither X + k nor
 * the sum below can wrap.
 */
#define LOAD(off, size)	do {						\
	const u64 at = (off);						\
									\
	if (likely(at + (size) <= headlen))				\
		val = cbpf_be(head + cbpf_nospec(at, headlen), size);	\
	else								\
		LOAD_REST(at, size);					\
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

/* Four at a time: a jump back takes as long as two comparisons. */
#define CHAIN_STEP(n)							\
	STEP(CHAIN##n):							\
		for (left = step->k; left >= 4; left -= 4) {		\
			if (a == step->c)				\
				JUMP(step->jt);				\
			step += (n);					\
			if (a == step->c)				\
				JUMP(step->jt);				\
			step += (n);					\
			if (a == step->c)				\
				JUMP(step->jt);				\
			step += (n);					\
			if (a == step->c)				\
				JUMP(step->jt);				\
			step += (n);					\
		}							\
		for (; left; left--) {					\
			if (a == step->c)				\
				JUMP(step->jt);				\
			step += (n);					\
		}							\
		GO();

/* With all that can be had of a packet. */
#define RUN			static noinline u32 cbpf_run_rest
#define LOAD_REST(off, size)	do {					\
	val = cbpf_load_rest(seldom.pkt, off, size);			\
	if (val == OUTSIDE)						\
		return 0;						\
} while (0)
#define LOAD_LINUX()		do {					\
	val = cbpf_load_linux(seldom.pkt, step, a, x);			\
	if (val == OUTSIDE)						\
		return 0;						\
} while (0)
#include "run.h"

#undef RUN
#undef LOAD_REST
#undef LOAD_LINUX

/* Where the head ends the rest begins, if there is one. */
static noinline u32 cbpf_run_beyond(const struct cbpf_prepared *prog, const struct cbpf_pkt *pkt)
{
	if (!pkt->fetch || pkt->headlen == pkt->wirelen)
		return 0;
	return cbpf_run_rest(prog, pkt);
}

/* With the head alone. It begins a cache line wherever it is linked. */
#define RUN			__attribute__((aligned(64))) u32 cbpf_run
#define LOAD_REST(off, size)	return cbpf_run_beyond(seldom.prog, seldom.pkt)
#define LOAD_LINUX()		return cbpf_run_rest(seldom.prog, seldom.pkt)
#include "run.h"
