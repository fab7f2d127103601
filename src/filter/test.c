// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Code for tests: their outcome in the flags, or what is made of several of them.
 * Knows nothing of blocks but the test at their end.
 *
 * An outcome in a register is a number that is 0 if it is the wanted one: of a test for
 * equality the difference, of one of bits these bits, which cost less than to ask
 * for the flags and to put them down. If both outcomes have to be the wanted ones OR
 * finds it out, or a conditional move of what is never 0: the length of the head is not
 * where something of it has been loaded. If one of them is enough a conditional
 * move of the 0 does.
 */
#include "emit.h"

/* Both sides of a test; of a constant right side nothing. Return: is the left one first? */
static bool eval_sides(struct gen *g, const struct ir_val *test, const u8 *regs)
{
	if (g->ir->vals[test->b].op == IR_CONST) {
		eval(g, test->a, regs);
		return true;
	}
	if (ir_need(g->ir, test->b) > ir_need(g->ir, test->a)) {
		eval(g, test->b, regs);
		eval(g, test->a, regs + 1);
		return false;
	}
	eval(g, test->a, regs);
	eval(g, test->b, regs + 1);
	return true;
}

static void emit_plain_test(struct gen *g, const struct ir_val *test, const u8 *regs)
{
	const struct ir_val *vb = &g->ir->vals[test->b];
	bool left = eval_sides(g, test, regs);

	if (vb->op == IR_CONST && test->test == IR_SET)
		x86_test_imm(&g->x, regs[0], vb->k);
	else if (vb->op == IR_CONST)
		x86_alu_imm(&g->x, X_CMP, regs[0], vb->k);
	else if (test->test == IR_SET)
		x86_test(&g->x, regs[0], regs[1]);
	else
		x86_alu(&g->x, X_CMP, regs[!left], regs[left]);
}

/* What makes a test of equality fail, or one of bits hold, to regs[0]; and flags of it. */
static void eval_difference(struct gen *g, const struct ir_val *test, const u8 *regs)
{
	const struct ir_val *vb = &g->ir->vals[test->b];
	enum x86_alu op = test->test == IR_SET ? X_AND : X_XOR;

	eval_sides(g, test, regs);
	if (vb->op == IR_CONST)
		x86_alu_imm(&g->x, op, regs[0], vb->k);
	else
		x86_alu(&g->x, op, regs[0], regs[1]);
}

/* Return: the condition that says that the test holds. */
static enum x86_cc emit_flags(struct gen *g, const struct ir_val *test, const u8 *regs)
{
	static const u8 conditions[] = {
		[IR_EQ] = CC_E, [IR_GT] = CC_A, [IR_GE] = CC_AE, [IR_SET] = CC_NE,
	};
	struct bits bits;

	if (find_bits(g, test, &bits))
		emit_bits(g, &bits, regs);
	else
		emit_plain_test(g, test, regs);
	return conditions[test->test];
}

/* What an outcome is as a number that is 0 if it is the wanted one. */
struct form {
	u8 cost;	/* instructions, not to be above 255 */
	bool byte;	/* it is 0 or 1 in the low byte; above that is anything */
	bool flags;	/* "equal" says whether it is 0 */
	u8 test;	/* of bits of the packet: instructions that set the flags */
};

/* For an outcome of 0, and one of 1. */
struct forms {
	struct form of[2];
};

/* Is val the opposite of an outcome? Of outcomes only the test with 0 is made. */
static bool is_opposite(const struct ir *ir, const struct ir_val *v)
{
	return v->op == IR_TEST && ir_is_outcome(ir, v->a);
}

/* The outcome of a test that is a number as it is, if it has one: else 2. */
static u32 plain_outcome(const struct ir_val *v)
{
	if (v->op != IR_TEST || (v->test != IR_EQ && v->test != IR_SET))
		return 2;
	return v->want ^ (v->test == IR_SET);
}

/* If a single bit is not one thing it is the other. */
static bool is_one(const struct bits *bits)
{
	return bits->mask && !(bits->mask & (bits->mask - 1)) &&
	       !(bits->k & ~bits->mask);
}

static struct form bits_form(const struct bits *bits)
{
	return (struct form){
		.cost = 1 + !bits->all + !!bits->k, .flags = !bits->all || bits->k,
	};
}

/* Of a single test; the address of what it loads costs the same in any form. */
static struct forms leaf_forms(const struct gen *g, const struct ir_val *v)
{
	struct forms f = { { { .cost = 3, .byte = true }, { .cost = 3, .byte = true } } };
	u32 plain = plain_outcome(v), test;
	struct bits bits;

	if (plain == 2)
		return f;
	f.of[plain] = (struct form){ .cost = 2, .flags = true };
	if (!find_bits(g, v, &bits))
		return f;
	f.of[plain] = bits_form(&bits);
	test = bits_cost(g, &bits);
	f.of[!plain].cost = test + 1;
	if (is_one(&bits)) {
		bits.k ^= bits.mask;
		f.of[!plain] = bits_form(&bits);
	}
	f.of[0].test = test;
	f.of[1].test = test;
	return f;
}

static u8 sum(u32 a, u32 b, u32 more)
{
	return a + b + more < 255 ? a + b + more : 255;
}

/* Is it cheaper to move something by the flags than to make a number and OR it? */
static bool moves(struct form f, struct form to)
{
	return f.test && !to.byte && f.test + 1 < f.cost + (f.byte ? 2 : 1);
}

/* Of two outcomes that both have to be the wanted ones. */
static struct form form_all(struct form a, struct form b)
{
	if (a.byte && b.byte)
		return (struct form){ sum(a.cost, b.cost, 1), true, true, 0 };
	if (moves(b, a))
		return (struct form){ .cost = sum(a.cost, b.test, 1) };
	if (moves(a, b))
		return (struct form){ .cost = sum(b.cost, a.test, 1) };
	return (struct form){
		.cost = sum(a.cost, b.cost, a.byte || b.byte ? 2 : 1), .flags = true,
	};
}

/* Of two outcomes of which one is enough. */
static struct form form_any(struct form a, struct form b)
{
	if (a.byte && b.byte)
		return (struct form){ sum(a.cost, b.cost, 1), true, true, 0 };
	return (struct form){
		.cost = sum(a.cost, b.cost, a.byte || b.byte || !(a.flags || b.flags) ? 2 : 1),
	};
}

static bool turns(struct form from, struct form to)
{
	return from.cost + 1 + !from.flags < to.cost;
}

/* The cheaper one may be made, and then its opposite. */
static struct form turned(struct form from)
{
	return (struct form){ .cost = sum(from.cost, 1, !from.flags), .byte = true };
}

static struct forms forms_of(const struct gen *g, u32 val);

/* Of two outcomes together, as they are made. */
static struct forms direct_forms(const struct gen *g, const struct ir_val *v)
{
	struct forms a = forms_of(g, v->a), b = forms_of(g, v->b), f;
	u32 all = v->op == IR_BOTH;

	f.of[all] = form_all(a.of[all], b.of[all]);
	f.of[!all] = form_any(a.of[!all], b.of[!all]);
	return f;
}

static struct forms forms_of(const struct gen *g, u32 val)
{
	const struct ir_val *v = &g->ir->vals[val];
	struct forms f;

	if (is_opposite(g->ir, v)) {
		f = forms_of(g, v->a);
		return (struct forms){ { f.of[1], f.of[0] } };
	}
	if (v->op < IR_BOTH)
		return leaf_forms(g, v);
	f = direct_forms(g, v);
	if (turns(f.of[0], f.of[1]))
		f.of[1] = turned(f.of[0]);
	else if (turns(f.of[1], f.of[0]))
		f.of[0] = turned(f.of[1]);
	return f;
}

/* Return: the condition that says that the outcome of a single test is 1. */
static enum x86_cc emit_leaf(struct gen *g, const struct ir_val *v, const u8 *regs)
{
	if (v->op == IR_IN)
		return emit_lookup(g, v, regs);
	return emit_flags(g, v, regs) ^ !v->want;
}

static struct form eval_leaf(struct gen *g, const struct ir_val *v, bool wanted,
			     const u8 *regs)
{
	struct form f = leaf_forms(g, v).of[wanted];
	struct bits bits;

	if (f.byte) {
		x86_setcc(&g->x, emit_leaf(g, v, regs) ^ wanted, regs[0]);
	} else if (find_bits(g, v, &bits)) {
		if (plain_outcome(v) != wanted)
			bits.k ^= bits.mask;
		eval_bits(g, &bits, regs);
	} else {
		eval_difference(g, v, regs);
	}
	return f;
}

static void emit_zero_flag(struct gen *g, struct form f, u8 reg)
{
	if (f.flags)
		return;
	if (f.byte)
		x86_test8(&g->x, reg, reg);
	else
		x86_test(&g->x, reg, reg);
}

static void widen(struct gen *g, struct form *f, u8 reg)
{
	if (f->byte)
		x86_movzx8(&g->x, reg, reg);
	f->flags &= !f->byte;
	f->byte = false;
}

static struct form eval_outcome(struct gen *g, u32 val, bool wanted, const u8 *regs);

static enum x86_cc emit_outcome(struct gen *g, u32 val, const u8 *regs);

/* Of two outcomes that have to be the wanted ones the second by its flags, if it should. */
static bool eval_moved(struct gen *g, u32 first, u32 second, bool wanted, const u8 *regs)
{
	if (ir_need(g->ir, second) > ir_need(g->ir, first) ||
	    !moves(forms_of(g, second).of[wanted], forms_of(g, first).of[wanted]))
		return false;
	eval_outcome(g, first, wanted, regs);
	x86_cmov(&g->x, emit_outcome(g, second, regs + 1) ^ wanted, regs[0], HEADLEN);
	return true;
}

/* Two outcomes of which each has to be the wanted one, or one of them, to regs[0]. */
static struct form eval_two(struct gen *g, const struct ir_val *v, bool wanted,
			    const u8 *regs)
{
	u32 a_need = ir_need(g->ir, v->a), b_need = ir_need(g->ir, v->b);
	bool all = (v->op == IR_BOTH) == wanted;
	u32 first = v->a, second = v->b;
	struct form a, b;

	if (all && (eval_moved(g, v->a, v->b, wanted, regs) ||
		    eval_moved(g, v->b, v->a, wanted, regs)))
		return (struct form){ 0 };
	/* what is moved, or not, had best set the flags itself */
	if (b_need > a_need || (b_need == a_need && forms_of(g, v->a).of[wanted].flags)) {
		first = v->b;
		second = v->a;
	}
	a = eval_outcome(g, first, wanted, regs);
	if (a.byte && !forms_of(g, second).of[wanted].byte)
		widen(g, &a, regs[0]);
	b = eval_outcome(g, second, wanted, regs + 1);
	if (a.byte && b.byte) {
		x86_alu8(&g->x, all ? X_OR : X_AND, regs[0], regs[1]);
		return (struct form){ .byte = true, .flags = true };
	}
	widen(g, &b, regs[1]);
	if (all) {
		x86_alu(&g->x, X_OR, regs[0], regs[1]);
		return (struct form){ .flags = true };
	}
	emit_zero_flag(g, b, regs[1]);
	x86_cmov(&g->x, CC_E, regs[0], regs[1]);
	return (struct form){ 0 };
}

/* A number that is 0 if the outcome is the wanted one, to regs[0]. */
static struct form eval_outcome(struct gen *g, u32 val, bool wanted, const u8 *regs)
{
	const struct ir_val *v = &g->ir->vals[val];
	struct forms direct;
	struct form f;

	if (is_opposite(g->ir, v))
		return eval_outcome(g, v->a, !wanted, regs);
	if (v->op < IR_BOTH)
		return eval_leaf(g, v, wanted, regs);
	direct = direct_forms(g, v);
	if (!turns(direct.of[!wanted], direct.of[wanted]))
		return eval_two(g, v, wanted, regs);
	f = eval_two(g, v, !wanted, regs);
	emit_zero_flag(g, f, regs[0]);
	x86_setcc(&g->x, CC_E, regs[0]);
	return (struct form){ .byte = true };
}

/* Two outcomes to regs[0]. Return: what that then is; and which one is wanted. */
static struct form eval_cheapest(struct gen *g, const struct ir_val *v, bool *wanted,
				 const u8 *regs)
{
	struct forms f = direct_forms(g, v);

	*wanted = f.of[1].cost + !f.of[1].flags <= f.of[0].cost + !f.of[0].flags;
	return eval_two(g, v, *wanted, regs);
}

/* Return: the condition that says that the outcome is 1. */
static enum x86_cc emit_outcome(struct gen *g, u32 val, const u8 *regs)
{
	const struct ir_val *v = &g->ir->vals[val];
	bool wanted;

	if (is_opposite(g->ir, v))
		return emit_outcome(g, v->a, regs) ^ 1;
	if (v->op < IR_BOTH)
		return emit_leaf(g, v, regs);
	emit_zero_flag(g, eval_cheapest(g, v, &wanted, regs), regs[0]);
	return CC_E ^ !wanted;
}

/* The same; and if the outcome is a number the carry says that it is @carries. */
static enum x86_cc emit_carry(struct gen *g, u32 val, bool carries, const u8 *regs)
{
	const struct ir_val *v = &g->ir->vals[val];
	struct form f;
	bool wanted;

	if (is_opposite(g->ir, v))
		return emit_carry(g, v->a, !carries, regs) ^ 1;
	if (v->op < IR_BOTH)
		return emit_leaf(g, v, regs);
	f = eval_cheapest(g, v, &wanted, regs);
	if (f.byte) {
		emit_zero_flag(g, f, regs[0]);
		return CC_E ^ !wanted;
	}
	if (wanted == carries)
		x86_alu_imm(&g->x, X_CMP, regs[0], 1);
	else
		x86_neg(&g->x, regs[0]);
	return CC_B ^ !carries;
}

/**
 * emit_choice - set the flags by the test of a block, to choose a number or 0
 * @g: generator
 * @b: block that leaves by IR_BRANCH
 * @carries: the outcome that the number is for
 *
 * Return: the condition that says that the test holds; best that of the carry.
 */
enum x86_cc emit_choice(struct gen *g, const struct ir_block *b, bool carries)
{
	/* IR_SET with 1 */
	if (ir_is_outcome(g->ir, b->a))
		return emit_carry(g, b->a, carries, g->regs);
	return emit_test(g, b);
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
