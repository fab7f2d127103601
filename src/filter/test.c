// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Code for tests: their outcome in the flags, or as a number of one byte, of
 * which both, either and the opposite are made. Knows nothing of blocks but the
 * test at their end.
 */
#include "emit.h"

static void emit_plain_test(struct gen *g, const struct ir_val *test, const u8 *regs)
{
	const struct ir_val *vb = &g->ir->vals[test->b];
	u8 a = regs[0], b = regs[1];

	if (vb->op == IR_CONST) {
		eval(g, test->a, regs);
		if (test->test == IR_SET)
			x86_test_imm(&g->x, a, vb->k);
		else
			x86_alu_imm(&g->x, X_CMP, a, vb->k);
		return;
	}
	if (value_need(g->ir, test->b) > value_need(g->ir, test->a)) {
		eval(g, test->b, regs);
		eval(g, test->a, regs + 1);
		a = regs[1];
		b = regs[0];
	} else {
		eval(g, test->a, regs);
		eval(g, test->b, regs + 1);
	}
	if (test->test == IR_SET)
		x86_test(&g->x, a, b);
	else
		x86_alu(&g->x, X_CMP, a, b);
}

/* Return: the condition that says that the test holds. */
static enum x86_cc emit_flags(struct gen *g, const struct ir_val *test, const u8 *regs)
{
	static const u8 conditions[] = {
		[IR_EQ] = CC_E, [IR_GT] = CC_A, [IR_GE] = CC_AE, [IR_SET] = CC_NE,
	};

	if (!emit_raw_test(g, test, regs))
		emit_plain_test(g, test, regs);
	return conditions[test->test];
}

static enum x86_cc emit_outcome(struct gen *g, u32 val, const u8 *regs);

/* The outcome in the low byte of regs[0]. */
static void eval_outcome(struct gen *g, u32 val, const u8 *regs)
{
	enum x86_cc cc = emit_outcome(g, val, regs);

	/* what is made of two is there already */
	if (g->ir->vals[val].op < IR_BOTH)
		x86_setcc(&g->x, cc, regs[0]);
}

/* Return: the condition that says that the outcome is 1. */
static enum x86_cc emit_outcome(struct gen *g, u32 val, const u8 *regs)
{
	const struct ir_val *v = &g->ir->vals[val];

	/* of outcomes only the test with 0 is made: the opposite */
	if (v->op == IR_TEST && ir_is_outcome(g->ir, v->a))
		return emit_outcome(g, v->a, regs) ^ 1;
	if (v->op == IR_IN)
		return emit_lookup(g, v, regs);
	if (v->op == IR_TEST)
		return emit_flags(g, v, regs) ^ !v->want;
	if (value_need(g->ir, v->b) > value_need(g->ir, v->a)) {
		eval_outcome(g, v->b, regs);
		eval_outcome(g, v->a, regs + 1);
	} else {
		eval_outcome(g, v->a, regs);
		eval_outcome(g, v->b, regs + 1);
	}
	x86_alu8(&g->x, v->op == IR_BOTH ? X_AND : X_OR, regs[0], regs[1]);
	return CC_NE;
}

/**
 * emit_test - set the flags by the test of a block
 * @g: generator
 * @b: block that leaves by IR_BRANCH
 *
 * Return: the condition that says that the test holds.
 */
enum x86_cc emit_test(struct gen *g, const struct ir_block *b)
{
	const struct ir_val test = {
		.op = IR_TEST, .test = b->test, .want = true, .a = b->a, .b = b->b,
	};

	/* IR_SET with 1 */
	if (ir_is_outcome(g->ir, b->a))
		return emit_outcome(g, b->a, g->regs);
	return emit_flags(g, &test, g->regs);
}
