// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Words for the values that are kept, phis and dear ones: from where they are
 * computed to where they are used last, in the order of the blocks.
 */
#include "emit.h"

/* An expression is needed at a place: so are the kept values in it. */
static void use(struct gen *g, u32 val, u32 place)
{
	const struct ir_val *v = &g->ir->vals[val];

	if (kept(g->ir, val)) {
		if (g->last[val] == IR_NONE)
			g->last[val] = place;
	} else if (v->op == IR_LOAD) {
		use(g, v->a, place);
	} else if (v->op != IR_CONST && v->op != IR_LEN) {
		use(g, v->a, place);
		use(g, v->b, place);
	}
}

static void use_operands(struct gen *g, u32 val, u32 place)
{
	const struct ir_val *v = &g->ir->vals[val];

	use(g, v->a, place);
	if (v->op != IR_LOAD) {
		use(g, v->b, place);
		g->divides |= v->op == IR_DIV || v->op == IR_MOD;
		g->shifts |= (v->op == IR_LSH || v->op == IR_RSH) &&
			     g->ir->vals[v->b].op != IR_CONST;
	}
}

static void use_phis(struct gen *g, u32 n, u32 to)
{
	const struct ir_block *b = &g->ir->blocks[to];
	u32 i;

	for (i = b->phi; i < b->phi + b->nphis; i++)
		if (g->last[g->ir->phis[i].val] != IR_NONE)
			use(g, phi_operand(g->ir, n, &g->ir->phis[i]),
			    place_leave(g->ir, n));
}

/**
 * find_uses - find out until where each kept value is used
 * @g: generator; sets last, and which registers the program takes
 *
 * Goes backwards, so that the last use is met first, and any use before the
 * making of the value.
 */
void find_uses(struct gen *g)
{
	const struct ir *ir = g->ir;
	u32 n = ir->nblocks, i;

	for (i = 0; i < ir->nvals; i++)
		g->last[i] = IR_NONE;
	while (n--) {
		const struct ir_block *b = &ir->blocks[n];
		u32 place = place_leave(ir, n);

		if (!b->reached)
			continue;
		if (b->leave != IR_JUMP)
			use(g, b->a, place);
		if (b->leave == IR_BRANCH) {
			use(g, b->b, place);
			use_phis(g, n, b->to[0]);
		}
		if (b->leave != IR_RET)
			use_phis(g, n, b->to[1]);
		for (i = b->step + b->nsteps; i-- > b->step;) {
			const struct ir_step *s = &ir->steps[i];

			if (s->kind != IR_DEF)
				use(g, s->val, place_step(n, i));
			else if (g->last[s->val] != IR_NONE)
				use_operands(g, s->val, place_step(n, i));
		}
	}
}

/* A word for a kept value, and of those whose value nobody uses any more. */
static void slot_take(struct gen *g, u32 val, u32 place)
{
	u32 i;

	if (g->slot[val] != IR_NONE)
		return;
	for (i = 0; i < CBPF_NATIVE_WORDS; i++)
		if (g->holder[i] == IR_NONE || g->last[g->holder[i]] < place)
			break;
	if (i == CBPF_NATIVE_WORDS) {
		g->complex = true;
		i = 0;
	}
	g->holder[i] = val;
	g->slot[val] = i;
}

/**
 * slot_of - the word of a kept value
 * @g: generator
 * @val: value that has been kept
 */
struct x86_mem slot_of(struct gen *g, u32 val)
{
	return (struct x86_mem){ g->shifts ? R11 : CX, X_NOINDEX, 0, 4 * g->slot[val] };
}

/**
 * keep - put AX into the word of a value
 * @g: generator
 * @val: value
 * @place: where in the program this is
 */
void keep(struct gen *g, u32 val, u32 place)
{
	slot_take(g, val, place);
	x86_store(&g->x, slot_of(g, val), AX);
}
