// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Until where the values that are kept, phis and dear ones, are used: places are
 * numbered in the order of the blocks. Knows no processor.
 */
#include "ir.h"

/* An expression is needed at a place: so are the kept values in it. */
static void use(const struct ir *ir, struct ir_uses *u, u32 val, u32 place)
{
	const struct ir_val *v = &ir->vals[val];

	u->words |= ir_kept(ir, val) || v->op == IR_ANC;
	if (ir_kept(ir, val)) {
		if (u->last[val] == IR_NONE)
			u->last[val] = place;
	} else if (v->op == IR_LOAD || v->op == IR_IN) {
		use(ir, u, v->a, place);
	} else if (v->op != IR_CONST && v->op != IR_LEN && v->op != IR_ANC) {
		use(ir, u, v->a, place);
		use(ir, u, v->b, place);
	}
}

static void use_operands(const struct ir *ir, struct ir_uses *u, u32 val, u32 place)
{
	const struct ir_val *v = &ir->vals[val];

	use(ir, u, v->a, place);
	if (v->op != IR_LOAD) {
		use(ir, u, v->b, place);
		u->divides |= v->op == IR_DIV || v->op == IR_MOD;
		u->shifts |= (v->op == IR_LSH || v->op == IR_RSH) &&
			     ir->vals[v->b].op != IR_CONST;
	}
}

static void use_phis(const struct ir *ir, struct ir_uses *u, u32 n, u32 to, u32 place)
{
	const struct ir_block *b = &ir->blocks[to];
	u32 i;

	for (i = b->phi; i < b->phi + b->nphis; i++)
		if (u->last[ir->phis[i].val] != IR_NONE)
			use(ir, u, ir_operand(ir, n, &ir->phis[i]), place);
}

static void use_block(const struct ir *ir, struct ir_uses *u, u32 n)
{
	const struct ir_block *b = &ir->blocks[n];
	u32 leave = u->base[n] + b->nsteps, i;

	if (b->leave != IR_JUMP)
		use(ir, u, b->a, leave);
	if (b->leave == IR_BRANCH) {
		use(ir, u, b->b, leave);
		use_phis(ir, u, n, b->to[0], leave);
	}
	if (b->leave != IR_RET)
		use_phis(ir, u, n, b->to[1], leave);
	for (i = b->nsteps; i--;) {
		const struct ir_step *s = &ir->steps[b->step + i];

		if (s->kind != IR_DEF)
			use(ir, u, s->val, u->base[n] + i);
		else if (u->last[s->val] != IR_NONE)
			use_operands(ir, u, s->val, u->base[n] + i);
	}
}

/**
 * ir_uses - find out until where each kept value is used
 * @ir: program
 * @u: to fill in; freed by ir_uses_free()
 *
 * Goes backwards, so that the last use is met first, and any use before the
 * making of the value.
 *
 * Return: 0 or -1 if there is no memory.
 */
int ir_uses(const struct ir *ir, struct ir_uses *u)
{
	u32 n = ir->nblocks, i, place = 0;

	*u = (struct ir_uses){
		.last = cbpf_alloc((ir->nvals + ir->nblocks) * sizeof(u32)),
	};
	if (!u->last)
		return -1;
	u->base = u->last + ir->nvals;
	for (i = 0; i < ir->nvals; i++)
		u->last[i] = IR_NONE;
	for (i = 0; i < n; i++) {
		u->base[i] = place;
		place += ir->blocks[i].nsteps + 1;
	}
	while (n--)
		if (ir->blocks[n].reached)
			use_block(ir, u, n);
	return 0;
}

/**
 * ir_uses_free - undo ir_uses()
 * @u: what it filled in
 */
void ir_uses_free(struct ir_uses *u)
{
	cbpf_free(u->last);
}
