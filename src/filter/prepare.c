// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * From a valid program to the interpreter's steps: jumps lead where they end, and
 * what often comes together becomes one step. Knows what steps there are, not how
 * they are run.
 */
#include "ancillary.h"
#include "step.h"

#define STEP_ROW(name, code, mnemonic, form, rule)	[CBPF_##name] = STEP_##name,
static const u8 step_of[256] = {
	CBPF_OPCODES(STEP_ROW)
};

#undef STEP_ROW

static_assert(STEPS <= 256, "steps have one byte in the table");

static bool is_branch(const struct cbpf_insn *insn)
{
	return (insn->code & 7) == 5 && insn->code != CBPF_JA;
}

/* Bytes from a step to where a jump to another one ends, whose step has been made. */
static u16 way(const struct cbpf_step *from, const struct cbpf_step *to)
{
	u32 way = (u8 *)to - (u8 *)from;

	return to->op == STEP_JA ? way + to->jt : way;
}

/* A step for each instruction alone. */
static void plain(struct cbpf_step *step, const struct cbpf_insn *insn)
{
	const struct cbpf_step *next = step + 1;

	*step = (struct cbpf_step){ .op = step_of[insn->code], .k = insn->k, .c = insn->k };
	if (insn->code == CBPF_JA) {
		step->jt = way(step, next + insn->k);
	} else if (is_branch(insn)) {
		step->jt = way(step, next + insn->jt);
		step->jf = way(step, next + insn->jf);
	} else if (cbpf_ancillary_which(insn) != CBPF_LOAD_PLAIN) {
		step->op = STEP_LINUX;
		step->c = insn->code;
	}
}

static bool is_equality(u32 op)
{
	return op == STEP_JEQ_K || op == STEP_CHAIN1 || op == STEP_CHAIN2;
}

static bool returns(const struct cbpf_step *step, u32 way)
{
	return ((const struct cbpf_step *)((const u8 *)step + way))->op == STEP_RET_K;
}

/* Does all depend on this comparison of bytes at a known place? */
static bool decides(const struct cbpf_step *load)
{
	const struct cbpf_step *test = load + 1;

	return (load->op == STEP_LD_W_ABS || load->op == STEP_LD_H_ABS ||
		load->op == STEP_LD_B_ABS) && test->op == STEP_JEQ_K &&
	       returns(test, test->jt) && returns(test, test->jf);
}

/* The step for a load and a test, or STEPS. */
static u32 loads_and_tests(u32 load, u32 test)
{
	static const u8 rows[][5] = {
		{ STEP_LD_W_ABS, STEP_LD_W_ABS_JEQ },
		{ STEP_LD_H_ABS, STEP_LD_H_ABS_JEQ },
		{ STEP_LD_B_ABS, STEP_LD_B_ABS_JEQ },
		{ STEP_LD_W_IND, STEP_LD_W_IND_JEQ },
		{ STEP_LD_H_IND, STEP_LD_H_IND_JEQ },
		{ STEP_LD_B_IND, STEP_LD_B_IND_JEQ },
	};
	u32 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i][0] != load)
			continue;
		if (is_equality(test))
			return rows[i][1];
		switch (test) {
		case STEP_JGT_K:
			return rows[i][1] + 1;
		case STEP_JGE_K:
			return rows[i][1] + 2;
		case STEP_JSET_K:
			return rows[i][1] + 3;
		case STEP_AND_JEQ:
			return STEP_LD_W_ABS_AND_JEQ + i;
		}
	}
	return STEPS;
}

static_assert(STEP_LD_B_IND_AND_JEQ == STEP_LD_W_ABS_AND_JEQ + 5, "in the order of rows");
static_assert(STEP_LD_W_ABS_JSET == STEP_LD_W_ABS_JEQ + 3, "in the order of tests");

/* Takes over the test of the next step. */
static void take_test(struct cbpf_step *step, u32 op)
{
	step->op = op;
	step->c = step[1].c;
	step->jt = step[1].jt + sizeof(*step);
	step->jf = step[1].jf + sizeof(*step);
}

/* Lets an equality that fails go on with the one that comes then, if it is near. */
static void chain(struct cbpf_step *step)
{
	u32 n = step->jf / sizeof(*step);

	u32 op = n == 1 ? STEP_CHAIN1 : STEP_CHAIN2;

	if (n > 2 || !is_equality(step[n].op))
		return;
	step->op = op;
	step->k = step[n].op == op ? step[n].k + 1 : 1;
}

/*
 * Joins a step with those behind it, which have been joined already: they still do
 * what they did, and maybe more.
 */
static void join(struct cbpf_step *step)
{
	struct cbpf_step *next = step + 1;
	u32 op = loads_and_tests(step->op, next->op);

	if (decides(step))
		next->op = STEP_JEQ_RET;
	else if (op != STEPS)
		take_test(step, op);
	else if (step->op == STEP_AND_K && is_equality(next->op))
		take_test(step, STEP_AND_JEQ);
	else if (step->op == STEP_LDX_MSH && next->op == STEP_LD_H_IND_JEQ)
		take_test(step, STEP_MSH_LD_H_IND_JEQ);
	else if (step->op == STEP_JEQ_K)
		chain(step);
}

size_t cbpf_prepared_size(u32 len)
{
	return sizeof(struct cbpf_prepared) + (len + 1) * sizeof(struct cbpf_step);
}

void cbpf_prepare(struct cbpf_prepared *prog, const struct cbpf_insn *insns, u32 len)
{
	struct cbpf_step *step = prog->steps + len;

	*step = (struct cbpf_step){ .op = STEP_RET_K, .k = CBPF_WHOLE };
	prog->mem = false;
	while (step-- > prog->steps) {
		plain(step, &insns[step - prog->steps]);
		prog->mem |= step->op == STEP_LD_MEM || step->op == STEP_LDX_MEM;
		join(step);
	}
}
