// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Pass: which checks need not be made, because others have been made on every
 * way to them, or because a value cannot be that large.
 */
#include "ir.h"

/* How far back to look for a check of the same value: keeps the pass linear. */
#define FAR	16

/* Bytes that can surely be read when the block begins. */
static u32 known_before(const struct ir *ir, u32 n, u32 start, const u32 *known)
{
	u32 e = ir->blocks[n].pred, least = 0xffffffff;

	if (!n)
		return start;
	for (; e != IR_NONE; e = ir->edges[e].next)
		if (known[ir->edges[e].from] < least)
			least = known[ir->edges[e].from];
	return least;
}

/* Has a block on every way here checked as much? */
static bool checked_before(const struct ir *ir, u32 n, const struct ir_step *s,
			   const u64 *ends)
{
	const struct ir_block *b = &ir->blocks[n];
	u32 i, far = FAR;

	while (far-- && n) {
		n = b->idom;
		b = &ir->blocks[n];
		for (i = b->step; i < b->step + b->nsteps; i++)
			if (ir->steps[i].val == s->val &&
			    ir->steps[i].kind == s->kind &&
			    (ir->steps[i].end >= s->end ||
			     (ends[i] != IR_SKIP && ends[i] >= s->end)))
				return true;
	}
	return false;
}

/* The most that any check wants to read at a value. */
static u32 wanted(const struct ir *ir, u32 val)
{
	u32 i, most = 0;

	for (i = 0; i < ir->nsteps; i++)
		if (ir->steps[i].val == val && ir->steps[i].kind == IR_READABLE &&
		    ir->steps[i].end > most)
			most = ir->steps[i].end;
	return most;
}

/**
 * ir_checks - decide which checks are to be made
 * @ir: program
 * @start: bytes that can surely be read when it begins
 * @merge: a check may also ask for what later ones of the same value will;
 *	then it may fail where the program would not
 * @ends: out: for each step that is a check how much to ask for, IR_SKIP for a
 *	check that need not be made
 *
 * Return: how many are to be made, or -1 if there is no memory.
 */
int ir_checks(const struct ir *ir, u32 start, bool merge, u64 *ends)
{
	u32 *known = cbpf_alloc(ir->nblocks * sizeof(*known));
	u32 n, i, merged = 0;
	int count = 0;

	if (!known)
		return -1;
	for (i = 0; i < ir->nsteps; i++)
		ends[i] = ir->steps[i].end;
	for (n = 0; n < ir->nblocks; n++) {
		const struct ir_block *b = &ir->blocks[n];
		u32 have;

		if (!b->reached)
			continue;
		have = known_before(ir, n, start, known);
		for (i = b->step; i < b->step + b->nsteps; i++) {
			const struct ir_step *s = &ir->steps[i];
			u32 max = ir->vals[s->val].max;

			if (s->kind == IR_DEF)
				continue;
			/* wanted() looks at everything: only for a few */
			if (merge && s->val && s->kind == IR_READABLE && merged++ < 4)
				ends[i] = wanted(ir, s->val);
			if (s->kind == IR_READABLE && have >= ends[i] &&
			    max <= have - ends[i])
				ends[i] = IR_SKIP;
			else if (s->val && checked_before(ir, n, s, ends))
				ends[i] = IR_SKIP;
			else if (!s->val)
				have = ends[i];
			count += ends[i] != IR_SKIP;
		}
		known[n] = have;
	}
	cbpf_free(known);
	return count;
}
