// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Pass: an offset that is added to others, such as the length of the IPv4 header,
 * stays in a register from where it is checked to where bytes behind it are loaded, in
 * the same block and in those that only lead on from there. One at a time.
 */
#include "emit.h"

/* Is it computed of bytes at constant offsets, in the register that gets the result? */
static bool is_flat(const struct ir *ir, u32 val)
{
	const struct ir_val *v = &ir->vals[val];

	if (ir_kept(ir, val))
		return false;
	if (v->op == IR_LOAD)
		return v->a == IR_ZERO;
	return v->op >= IR_ADD && v->op <= IR_RSH && v->op != IR_DIV && v->op != IR_MOD &&
	       ir->vals[v->b].op == IR_CONST && is_flat(ir, v->a);
}

/* What has to be in the register for a value: the processor multiplies it by 2^scale. */
static u32 unscaled(const struct ir *ir, u32 val, u8 *scale)
{
	const struct ir_val *v = &ir->vals[val];
	u32 by;

	*scale = 0;
	if (v->op != IR_LSH || ir->vals[v->b].op != IR_CONST)
		return val;
	by = ir->vals[v->b].k;
	/* in 64 bits, where nothing is lost */
	if (by > 3 || ir->vals[v->a].max > 0xffffffff >> by)
		return val;
	*scale = by;
	return v->a;
}

static struct x86_mem sum(const struct gen *g, u8 scale, u32 k)
{
	if (!scale)
		return (struct x86_mem){ g->reuse, X_NOINDEX, 0, k };
	return (struct x86_mem){ X_NOBASE, g->reuse, scale, k };
}

/**
 * reused - a value and a constant, as what an instruction can compute
 * @g: generator
 * @val: value, which may then be at hand for the next one who asks
 * @k: constant that can be a displacement
 * @regs: registers to use
 *
 * Return: a base and no index, or no base and an index.
 */
struct x86_mem reused(struct gen *g, u32 val, u32 k, const u8 *regs)
{
	u8 scale;
	u32 part = unscaled(g->ir, val, &scale);

	if (g->reuse == X_NOINDEX || !is_flat(g->ir, part)) {
		eval(g, val, regs);
		return (struct x86_mem){ regs[0], X_NOINDEX, 0, k };
	}
	if (g->reused != part) {
		g->reused = IR_NONE;
		eval(g, part, &g->reuse);
		g->reused = part;
	}
	return sum(g, scale, k);
}

/**
 * reuse_eval - take a value from the register
 * @g: generator
 * @val: value
 * @to: register that gets it
 *
 * Return: false if it is not there.
 */
bool reuse_eval(struct gen *g, u32 val, u8 to)
{
	u8 scale;
	u32 part = unscaled(g->ir, val, &scale);

	if (g->reused == IR_NONE)
		return false;
	if (g->reused == val)
		x86_mov(&g->x, to, g->reuse);
	else if (g->reused == part)
		x86_lea(&g->x, to, sum(g, scale, 0));
	else
		return false;
	return true;
}

/**
 * reuse_begin - find out what is in the register when a block begins
 * @g: generator
 * @n: block; all that lead to it have been there
 */
void reuse_begin(struct gen *g, u32 n)
{
	u32 e = n ? g->ir->blocks[n].pred : IR_NONE;

	g->reused = e == IR_NONE ? IR_NONE : g->reused_at[g->ir->edges[e].from];
	for (; e != IR_NONE; e = g->ir->edges[e].next)
		if (g->reused_at[g->ir->edges[e].from] != g->reused)
			g->reused = IR_NONE;
}

/**
 * reuse_end - note what is in the register where a block ends
 * @g: generator
 * @n: block
 */
void reuse_end(struct gen *g, u32 n)
{
	g->reused_at[n] = g->reused;
}

/**
 * reuse_prepare - find a register
 * @g: generator
 * @free: R11 is free
 */
void reuse_prepare(struct gen *g, bool free)
{
	g->reuse = free && ir_wants(g->ir, CBPF_PASS_REUSE) ? R11 : X_NOINDEX;
}
