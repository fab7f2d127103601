/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the interpreter runs: a program of steps, one for each instruction and in
 * the same order. For prepare.c, which makes them, and interp.c, which runs them.
 *
 * A step of an instruction that others follow may do their work, too, and then go
 * on behind them; the steps of those remain for jumps that lead there. What costs most
 * is a jump that cannot be predicted, then the number of steps.
 */
#ifndef CBPF_STEP_H
#define CBPF_STEP_H

#include "cbpf.h"
#include "opcode.h"

/**
 * struct cbpf_step - one step
 * @op: what to do, enum cbpf_step_op
 * @jt: bytes from this step to the next one, if the test holds; also of JA
 * @jf: bytes from this step to the next one, if it does not
 * @k: the instruction's k; of CHAIN1 and CHAIN2: how many steps are like this one, with
 *	it, until the first that is not
 * @c: what the test compares with, or tests for
 */
struct cbpf_step {
	u16 op;
	u16 jt;
	u16 jf;
	u32 k;
	u32 c;
};

static_assert(sizeof(struct cbpf_step) == 16, "jumps of 4095 steps fit in 16 bits");
static_assert(CBPF_MAXINSNS * sizeof(struct cbpf_step) <= 0x10000, "as above");

/* Tests behind a load, SIZE in bytes: OP(name, SIZE, where from, test) */
#define CBPF_STEPS_LOAD(OP, name, size, from) \
	OP(name##_JEQ, size, from, JEQ) \
	OP(name##_JGT, size, from, JGT) \
	OP(name##_JGE, size, from, JGE) \
	OP(name##_JSET, size, from, JSET)

#define CBPF_STEPS_FUSED(OP) \
	CBPF_STEPS_LOAD(OP, LD_W_ABS, 4, ABS) \
	CBPF_STEPS_LOAD(OP, LD_H_ABS, 2, ABS) \
	CBPF_STEPS_LOAD(OP, LD_B_ABS, 1, ABS) \
	CBPF_STEPS_LOAD(OP, LD_W_IND, 4, IND) \
	CBPF_STEPS_LOAD(OP, LD_H_IND, 2, IND) \
	CBPF_STEPS_LOAD(OP, LD_B_IND, 1, IND)

/* Load, AND and equality: OP(name, SIZE, where from) */
#define CBPF_STEPS_MASKED(OP) \
	OP(LD_W_ABS_AND_JEQ, 4, ABS) \
	OP(LD_H_ABS_AND_JEQ, 2, ABS) \
	OP(LD_B_ABS_AND_JEQ, 1, ABS) \
	OP(LD_W_IND_AND_JEQ, 4, IND) \
	OP(LD_H_IND_AND_JEQ, 2, IND) \
	OP(LD_B_IND_AND_JEQ, 1, IND)

/* What has no instruction, or is several: OP(name) */
#define CBPF_STEPS_OTHER(OP) \
	OP(LINUX)	/* a load that needs a closer look, see ancillary.h */ \
	OP(AND_JEQ)	/* AND and equality */ \
	OP(JEQ_RET)	/* equality, and a RET_K either way */ \
	OP(CHAIN1)	/* equality, else the next step, which is one, too */ \
	OP(CHAIN2)	/* equality, else the next but one, which is one, too */ \
	OP(MSH_LD_H_IND_JEQ)	/* length of the IPv4 header, load behind it, equality */

#define CBPF_STEP_OF_INSN(name, code, mnemonic, form, rule)	STEP_##name,
#define CBPF_STEP_OF_FUSED(name, size, from, test)		STEP_##name,
#define CBPF_STEP_OF_MASKED(name, size, from)			STEP_##name,
#define CBPF_STEP_OF_OTHER(name)				STEP_##name,
enum cbpf_step_op {
	CBPF_OPCODES(CBPF_STEP_OF_INSN)
	CBPF_STEPS_FUSED(CBPF_STEP_OF_FUSED)
	CBPF_STEPS_MASKED(CBPF_STEP_OF_MASKED)
	CBPF_STEPS_OTHER(CBPF_STEP_OF_OTHER)
	STEPS
};

#undef CBPF_STEP_OF_INSN
#undef CBPF_STEP_OF_FUSED
#undef CBPF_STEP_OF_MASKED
#undef CBPF_STEP_OF_OTHER

/**
 * struct cbpf_prepared - a program that can be interpreted
 * @mem: it uses M[]
 * @steps: its steps, and one more that accepts the packet
 */
struct cbpf_prepared {
	bool mem;
	struct cbpf_step steps[];
};

#endif /* CBPF_STEP_H */
