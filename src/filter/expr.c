// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Code for values and tests. Knows nothing of blocks but the test at their end.
 */
#include "emit.h"

/*
 * Registers that an expression takes: with at most IR_LIGHT operations 3, so
 * that a dear value of two such takes 4.
 */
static u32 need(const struct ir *ir, u32 val)
{
	const struct ir_val *v = &ir->vals[val];
	u32 a, b;

	if (kept(ir, val) || v->op == IR_CONST || v->op == IR_LEN)
		return 1;
	a = need(ir, v->a);
	if (v->op == IR_LOAD)
		return a;
	if (ir->vals[v->b].op == IR_CONST)
		return a;
	b = need(ir, v->b);
	return a == b ? a + 1 : a > b ? a : b;
}

/* The address of a load's bytes; @reg is for what has to be computed. */
static struct x86_mem address(struct gen *g, u32 val, const u8 *regs)
{
	const struct ir_val *v = &g->ir->vals[val];
	u32 k = v->k;

	if (v->a == IR_ZERO && k < 0x80000000)
		return (struct x86_mem){ HEAD, X_NOINDEX, 0, k };
	eval(g, v->a, regs);
	/* a displacement is signed */
	for (; k >= 0x80000000; k -= 0x7fffffff)
		x86_lea64(&g->x, regs[0], (struct x86_mem){ regs[0], X_NOINDEX, 0, 0x7fffffff });
	return (struct x86_mem){ HEAD, regs[0], 0, k };
}

static void eval_load(struct gen *g, u32 val, const u8 *regs, bool swap)
{
	u32 size = g->ir->vals[val].size;

	x86_load(&g->x, regs[0], address(g, val, regs), size);
	if (swap && size == 2)
		x86_rol16(&g->x, regs[0]);
	else if (swap && size == 4)
		x86_bswap(&g->x, regs[0]);
}

static void apply_imm(struct gen *g, u32 op, u8 reg, u32 k)
{
	switch (op) {
	case IR_MUL:
		x86_imul_imm(&g->x, reg, reg, k);
		break;
	case IR_LSH:
	case IR_RSH:
		x86_shift_imm(&g->x, op == IR_LSH, reg, k);
		break;
	default: {
		static const u8 alu[] = {
			[IR_ADD] = X_ADD, [IR_SUB] = X_SUB, [IR_OR] = X_OR,
			[IR_AND] = X_AND, [IR_XOR] = X_XOR,
		};

		x86_alu_imm(&g->x, alu[op], reg, k);
	}
	}
}

static void apply(struct gen *g, u32 op, u8 to, u8 from)
{
	static const u8 alu[] = {
		[IR_ADD] = X_ADD, [IR_SUB] = X_SUB, [IR_OR] = X_OR,
		[IR_AND] = X_AND, [IR_XOR] = X_XOR,
	};

	if (op == IR_MUL)
		x86_imul(&g->x, to, from);
	else
		x86_alu(&g->x, alu[op], to, from);
}

/* Operations that need certain registers: only for dear values, all are free. */
static void eval_special(struct gen *g, const struct ir_val *v)
{
	if (need(g->ir, v->b) > need(g->ir, v->a)) {
		eval(g, v->b, g->regs);
		x86_mov(&g->x, R9, AX);
		eval(g, v->a, g->regs);		/* takes at most 2 */
		x86_mov(&g->x, R8, R9);
	} else {
		eval(g, v->a, g->regs);
		eval(g, v->b, g->regs + 1);
	}
	if (v->op == IR_DIV || v->op == IR_MOD) {
		x86_mov_imm(&g->x, DX, 0);
		x86_div(&g->x, R8);
		if (v->op == IR_MOD)
			x86_mov(&g->x, AX, DX);
		return;
	}
	x86_mov(&g->x, CX, R8);
	x86_shift_cl(&g->x, v->op == IR_LSH, AX);
	x86_mov_imm(&g->x, R9, 0);
	x86_alu_imm(&g->x, X_CMP, CX, 32);
	x86_cmov(&g->x, CC_AE, AX, R9);
}

/* Computes an expression of values that are at hand to regs[0]. */
static void eval_op(struct gen *g, u32 val, const u8 *regs)
{
	const struct ir_val *v = &g->ir->vals[val];
	const struct ir_val *vb = &g->ir->vals[v->b];
	bool shift = v->op == IR_LSH || v->op == IR_RSH;

	if (v->op == IR_DIV || v->op == IR_MOD || (shift && vb->op != IR_CONST)) {
		eval_special(g, v);
	} else if (vb->op == IR_CONST) {
		eval(g, v->a, regs);
		apply_imm(g, v->op, regs[0], vb->k);
	} else if (need(g->ir, v->b) > need(g->ir, v->a)) {
		eval(g, v->b, regs);
		eval(g, v->a, regs + 1);
		apply(g, v->op, regs[1], regs[0]);
		x86_mov(&g->x, regs[0], regs[1]);
	} else {
		eval(g, v->a, regs);
		eval(g, v->b, regs + 1);
		apply(g, v->op, regs[0], regs[1]);
	}
}

/**
 * eval - compute a value
 * @g: generator
 * @val: value; what is kept of it has been computed
 * @regs: registers to use; the result is in the first one
 */
void eval(struct gen *g, u32 val, const u8 *regs)
{
	const struct ir_val *v = &g->ir->vals[val];

	if (kept(g->ir, val))
		x86_load(&g->x, regs[0], slot_of(g, val), 4);
	else if (v->op == IR_CONST)
		x86_mov_imm(&g->x, regs[0], v->k);
	else if (v->op == IR_LEN)
		x86_mov(&g->x, regs[0], wirelen(g));
	else if (v->op == IR_LOAD)
		eval_load(g, val, regs, true);
	else
		eval_op(g, val, regs);
}

/**
 * eval_dear - compute a dear value, which then has to be kept
 * @g: generator
 * @val: value; the result is in AX
 */
void eval_dear(struct gen *g, u32 val)
{
	if (g->ir->vals[val].op == IR_LOAD)
		eval_load(g, val, g->regs, true);
	else
		eval_op(g, val, g->regs);
}

/**
 * swapped - a constant as the packet has it
 * @k: constant
 * @size: bytes
 */
u32 swapped(u32 k, u32 size)
{
	return size == 1 ? k : size == 2 ? __builtin_bswap16(k) : __builtin_bswap32(k);
}

/**
 * eval_raw - load bytes of the packet as they are
 * @g: generator
 * @val: load that is not kept; the result is in AX
 */
void eval_raw(struct gen *g, u32 val)
{
	eval_load(g, val, g->regs, false);
}

/*
 * Equality and bit tests of bytes of the packet need not put them in order: the
 * constant is swapped instead. Return: false if this is no such test.
 */
static bool emit_raw_test(struct gen *g, const struct ir_block *b)
{
	const struct ir_val *v = &g->ir->vals[b->a], *vb = &g->ir->vals[b->b];
	u32 val = b->a, mask = 0xffffffff, k = vb->k;

	if (vb->op != IR_CONST || (b->test != IR_EQ && b->test != IR_SET) ||
	    kept(g->ir, val))
		return false;
	if (v->op == IR_AND && g->ir->vals[v->b].op == IR_CONST &&
	    !kept(g->ir, v->a)) {
		mask = g->ir->vals[v->b].k;
		val = v->a;
		v = &g->ir->vals[val];
	}
	if (v->op != IR_LOAD)
		return false;
	if (b->test == IR_SET) {
		k &= mask;
		mask = k;
	}
	k = swapped(k, v->size);
	if (b->test == IR_EQ && mask == 0xffffffff) {
		if (v->size != 2) {
			x86_cmp_mem(&g->x, address(g, val, g->regs), v->size, k);
		} else {
			eval_load(g, val, g->regs, false);
			x86_alu_imm(&g->x, X_CMP, AX, k);
		}
		return true;
	}
	/* with a mask: EQ compares what it leaves, SET wants any of it */
	mask = swapped(mask, v->size);
	if ((b->test == IR_SET || !k) && v->size != 2) {
		x86_test_mem(&g->x, address(g, val, g->regs), v->size, mask);
		return true;
	}
	eval_load(g, val, g->regs, false);
	if (b->test == IR_SET || !k) {
		x86_test_imm(&g->x, AX, mask);
	} else {
		x86_alu_imm(&g->x, X_AND, AX, mask);
		x86_alu_imm(&g->x, X_CMP, AX, k);
	}
	return true;
}

static void emit_plain_test(struct gen *g, const struct ir_block *b)
{
	const struct ir_val *vb = &g->ir->vals[b->b];
	u8 spare = g->regs[3];

	if (vb->op == IR_CONST) {
		eval(g, b->a, g->regs);
		if (b->test == IR_SET)
			x86_test_imm(&g->x, AX, vb->k);
		else
			x86_alu_imm(&g->x, X_CMP, AX, vb->k);
		return;
	}
	eval(g, b->b, g->regs);
	x86_mov(&g->x, spare, AX);
	eval(g, b->a, g->regs);
	if (b->test == IR_SET)
		x86_test(&g->x, AX, spare);
	else
		x86_alu(&g->x, X_CMP, AX, spare);
}

/**
 * emit_test - set the flags by the test of a block
 * @g: generator
 * @b: block
 *
 * Return: the condition that says that the test holds.
 */
enum x86_cc emit_test(struct gen *g, const struct ir_block *b)
{
	if (!emit_raw_test(g, b))
		emit_plain_test(g, b);
	switch (b->test) {
	case IR_EQ:
		return CC_E;
	case IR_GT:
		return CC_A;
	case IR_GE:
		return CC_AE;
	default:
		return CC_NE;
	}
}
