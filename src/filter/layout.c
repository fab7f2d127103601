// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Pass: the order of blocks. After each one comes one that it leads to, if all
 * other ways into that begin further up; so few blocks end with a jump.
 */
#include "ir.h"

struct layout {
	struct ir *ir;
	u32 *order;	/* blocks in their new order */
	u32 *at;	/* per block: its place in it */
	u32 *ways;	/* per block: edges into it from blocks without a place */
	u32 n;
};

static void place(struct layout *l, u32 n)
{
	const struct ir_block *b = &l->ir->blocks[n];

	l->at[n] = l->n;
	l->order[l->n++] = n;
	if (b->leave == IR_BRANCH)
		l->ways[b->to[0]]--;
	if (b->leave != IR_RET)
		l->ways[b->to[1]]--;
}

/* What to put after a block: IR_NONE if nothing that it leads to can come next. */
static u32 after(const struct layout *l, u32 n)
{
	const struct ir_block *b = &l->ir->blocks[n];
	u32 way;

	for (way = 0; way < 2 && b->leave != IR_RET; way++) {
		u32 to = b->to[b->leave == IR_JUMP ? 1 : way];

		if (l->at[to] == IR_NONE && !l->ways[to])
			return to;
	}
	return IR_NONE;
}

static int reorder(struct layout *l)
{
	struct ir *ir = l->ir;
	struct ir_block *blocks = cbpf_alloc(ir->nblocks * sizeof(*blocks));
	u32 *state = cbpf_alloc(ir->nblocks * IR_VARS * sizeof(*state)), i, way;

	if (!blocks || !state) {
		cbpf_free(blocks);
		cbpf_free(state);
		return -1;
	}
	for (i = 0; i < l->n; i++) {
		u32 n = l->order[i];

		blocks[i] = ir->blocks[n];
		for (way = 0; way < 2; way++)
			if (blocks[i].leave == IR_BRANCH || (way && blocks[i].leave == IR_JUMP))
				blocks[i].to[way] = l->at[blocks[i].to[way]];
		memcpy(&state[i * IR_VARS], &ir->state[n * IR_VARS],
		       IR_VARS * sizeof(*state));
	}
	cbpf_free(ir->blocks);
	cbpf_free(ir->state);
	ir->blocks = blocks;
	ir->state = state;
	return 0;
}

/**
 * ir_layout - put blocks into an order of few jumps
 * @ir: program
 *
 * Return: 0 or -1 if there is no memory.
 */
int ir_layout(struct ir *ir)
{
	struct layout l = { .ir = ir };
	u32 e, n, next = 0;
	int err;

	if (!ir_wants(ir, CBPF_PASS_LAYOUT))
		return 0;
	l.order = cbpf_alloc(3 * ir->nblocks * sizeof(u32));
	if (!l.order)
		return -1;
	l.at = l.order + ir->nblocks;
	l.ways = l.at + ir->nblocks;
	for (n = 0; n < ir->nblocks; n++) {
		l.at[n] = IR_NONE;
		for (e = ir->blocks[n].pred; e != IR_NONE; e = ir->edges[e].next)
			l.ways[n]++;
	}
	for (n = 0; n < ir->nblocks; n++)
		for (next = n;
		     next != IR_NONE && ir->blocks[next].reached && l.at[next] == IR_NONE;
		     next = after(&l, next))
			place(&l, next);
	/* those that nothing leads to, so that there are as many as before */
	for (n = 0; n < ir->nblocks; n++)
		if (l.at[n] == IR_NONE) {
			l.at[n] = l.n;
			l.order[l.n++] = n;
		}
	err = reorder(&l);
	cbpf_free(l.order);
	if (!err)
		ir_relink(ir);
	return err;
}
