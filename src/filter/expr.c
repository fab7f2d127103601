// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Code for values. Knows nothing of blocks.
 */
#include "emit.h"

/**
 * load_address - where a load's bytes are
 * @g: generator
 * @val: load
 * @regs: registers for what has to be computed
 */
struct x86_mem load_address(struct gen *g, u32 val, const u8 *regs)
{
	const struct ir_val *v = &g->ir->vals[val];
	u32 k = v->k;

	if (v->a == IR_ZERO && x86_is_plain(&g->x, k))
		return (struct x86_mem){ HEAD, X_NOINDEX, 0, k };
	if (x86_is_plain(&g->x, k)) {
		struct x86_mem mem = reused(g, v->a, k, regs);

		/* what there is as base or index alone, and HEAD */
		if (mem.base == X_NOBASE)
			mem.base = HEAD;
		else
			mem = (struct x86_mem){ HEAD, mem.base, 0, k };
		return mem;
	}
	eval(g, v->a, regs);
	/* no displacement: that is signed, and stands in the code as it is */
	x86_mov_imm(&g->x, g->x.spare, k);
	x86_alu64(&g->x, X_ADD, regs[0], g->x.spare);
	return (struct x86_mem){ HEAD, regs[0], 0, 0 };
}

static void eval_load(struct gen *g, u32 val, const u8 *regs)
{
	u32 size = g->ir->vals[val].size;

	x86_load(&g->x, regs[0], load_address(g, val, regs), size);
	if (size == 2)
		x86_rol16(&g->x, regs[0]);
	else if (size == 4)
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
		if (k < 32)
			x86_shift_imm(&g->x, op == IR_LSH, reg, k);
		else
			x86_mov_imm(&g->x, reg, 0);
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
	if (ir_need(g->ir, v->b) > ir_need(g->ir, v->a)) {
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
	} else if (ir_need(g->ir, v->b) > ir_need(g->ir, v->a)) {
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

	if (ir_kept(g->ir, val))
		x86_load(&g->x, regs[0], slot_of(g, val), 4);
	else if (reuse_eval(g, val, regs[0]))
		;
	else if (v->op == IR_CONST)
		x86_mov_imm(&g->x, regs[0], v->k);
	else if (v->op == IR_LEN)
		x86_mov(&g->x, regs[0], wirelen(g));
	else if (v->op == IR_ANC)
		x86_load(&g->x, regs[0], word_of(g, v->k), 4);
	else if (v->op == IR_LOAD)
		eval_load(g, val, regs);
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
		eval_load(g, val, g->regs);
	else
		eval_op(g, val, g->regs);
}
