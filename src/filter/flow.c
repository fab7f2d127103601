// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How the blocks of a program hang together: edges, and which block is on every
 * way to another. Knows nothing of what the blocks compute.
 */
#include "ir.h"

/**
 * ir_edge - note that control can go from one block to another
 * @ir: program
 * @from: block
 * @to: a later one, which so is reached
 */
void ir_edge(struct ir *ir, u32 from, u32 to)
{
	struct ir_block *b = &ir->blocks[to];

	ir->edges[ir->nedges] = (struct ir_edge){ from, b->pred };
	b->pred = ir->nedges++;
	b->reached = true;
}

/* The nearest block that every way to both goes through. */
static u32 common(const struct ir *ir, u32 a, u32 b)
{
	while (a != b)
		if (a > b)
			a = ir->blocks[a].idom;
		else
			b = ir->blocks[b].idom;
	return a;
}

/**
 * ir_dominate - find the nearest block on every way to a block
 * @ir: program
 * @n: block; all edges into it are known
 */
void ir_dominate(struct ir *ir, u32 n)
{
	struct ir_block *b = &ir->blocks[n];
	u32 e;

	b->idom = n ? ir->edges[b->pred].from : 0;
	for (e = b->pred; n && e != IR_NONE; e = ir->edges[e].next)
		b->idom = common(ir, b->idom, ir->edges[e].from);
}

/**
 * ir_relink - find all edges anew, after blocks have got other ways to leave
 * @ir: program
 */
void ir_relink(struct ir *ir)
{
	u32 n;

	ir->nedges = 0;
	for (n = 0; n < ir->nblocks; n++) {
		ir->blocks[n].pred = IR_NONE;
		ir->blocks[n].reached = !n;
	}
	for (n = 0; n < ir->nblocks; n++) {
		const struct ir_block *b = &ir->blocks[n];

		if (!b->reached)
			continue;
		ir_dominate(ir, n);
		if (b->leave == IR_BRANCH)
			ir_edge(ir, n, b->to[0]);
		if (b->leave != IR_RET)
			ir_edge(ir, n, b->to[1]);
	}
}

/**
 * ir_copy - blocks that can be changed while the first ones stay
 * @to: to fill in; freed by ir_copy_free() if this succeeds
 * @from: program; values and phis are the same ones afterwards, and new values
 *	are for the copy only
 *
 * There is room for twice as many steps.
 *
 * Return: 0 or -1 if there is no memory.
 */
int ir_copy(struct ir *to, const struct ir *from)
{
	*to = *from;
	to->maxsteps = 2 * from->nsteps;
	to->blocks = cbpf_alloc(from->nblocks * sizeof(*to->blocks));
	to->steps = cbpf_alloc((to->maxsteps + 1) * sizeof(*to->steps));
	to->edges = cbpf_alloc((2 * from->nblocks + 1) * sizeof(*to->edges));
	to->state = cbpf_alloc(from->nblocks * IR_VARS * sizeof(*to->state));
	if (!to->blocks || !to->steps || !to->edges || !to->state) {
		ir_copy_free(to);
		return -1;
	}
	memcpy(to->blocks, from->blocks, from->nblocks * sizeof(*to->blocks));
	memcpy(to->steps, from->steps, from->nsteps * sizeof(*to->steps));
	memcpy(to->state, from->state,
	       from->nblocks * IR_VARS * sizeof(*to->state));
	ir_relink(to);
	return 0;
}

/**
 * ir_copy_free - undo ir_copy()
 * @copy: what it filled in
 */
void ir_copy_free(struct ir *copy)
{
	cbpf_free(copy->blocks);
	cbpf_free(copy->steps);
	cbpf_free(copy->edges);
	cbpf_free(copy->state);
}

/**
 * ir_same_phis - does it matter from which of two blocks control comes?
 * @ir: program
 * @a: one
 * @b: the other
 * @to: where it comes to
 *
 * Return: true if the phis of @to are the same in either case.
 */
bool ir_same_phis(const struct ir *ir, u32 a, u32 b, u32 to)
{
	const struct ir_block *t = &ir->blocks[to];
	u32 i;

	for (i = t->phi; i < t->phi + t->nphis; i++)
		if (ir_operand(ir, a, &ir->phis[i]) !=
		    ir_operand(ir, b, &ir->phis[i]))
			return false;
	return true;
}
