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

struct checks {
	struct ir *ir;
	u32 start;
	bool merge;
	u32 merged;	/* values for which wanted() has been asked */
	u32 *known;	/* per block: bytes that can be read at its end */
	u32 *ends;	/* per step: bytes that can be read after it, at its value */
	bool *needless;	/* per step */
};

/*
 * Has a block on every way here checked nearly as much? Then it may ask for the
 * rest, too: what is looked at later is seldom not there.
 */
static bool ask_before(struct checks *c, u32 n, u32 end)
{
	const struct ir *ir = c->ir;
	const struct ir_block *b = &ir->blocks[n];
	u32 i, far = FAR;

	while (far-- && n) {
		n = b->idom;
		b = &ir->blocks[n];
		for (i = b->step; i < b->step + b->nsteps; i++)
			if (!ir->steps[i].val && ir->steps[i].kind == IR_READABLE &&
			    !c->needless[i]) {
				if (end > c->ends[i])
					c->ends[i] = end;
				return true;
			}
	}
	return false;
}

/* Has a block on every way here checked as much? ends: what it asks for now. */
static bool checked_before(const struct ir *ir, u32 n, const struct ir_step *s,
			   const u32 *ends)
{
	const struct ir_block *b = &ir->blocks[n];
	u32 i, far = FAR;

	while (far-- && n) {
		n = b->idom;
		b = &ir->blocks[n];
		for (i = b->step; i < b->step + b->nsteps; i++)
			if (ir->steps[i].val == s->val &&
			    ir->steps[i].kind == s->kind && ends[i] >= s->end)
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

static void check_block(struct checks *c, u32 n)
{
	struct ir *ir = c->ir;
	const struct ir_block *b = &ir->blocks[n];
	u32 have = known_before(ir, n, c->start, c->known), i;

	for (i = b->step; i < b->step + b->nsteps; i++) {
		const struct ir_step *s = &ir->steps[i];
		u32 max = ir->vals[s->val].max;

		c->ends[i] = s->end;
		if (s->kind == IR_DEF)
			continue;
		/* wanted() looks at everything: only for a few */
		if (c->merge && s->val && s->kind == IR_READABLE && c->merged++ < 4)
			c->ends[i] = wanted(ir, s->val);
		if (s->kind == IR_READABLE && have >= c->ends[i] &&
		    max <= have - c->ends[i]) {
			c->needless[i] = true;
		} else if (s->val && checked_before(ir, n, s, c->ends)) {
			c->needless[i] = true;
			c->ends[i] = s->end;
		} else if (!s->val) {
			have = c->ends[i];
			c->needless[i] = c->merge && ask_before(c, n, have);
		}
	}
	c->known[n] = have;
}

static void drop(const struct checks *c, struct ir_block *b)
{
	struct ir *ir = c->ir;
	u32 i, to = b->step;

	for (i = b->step; i < b->step + b->nsteps; i++) {
		if (c->needless[i])
			continue;
		ir->steps[to] = ir->steps[i];
		if (ir->steps[to].kind == IR_READABLE)
			ir->steps[to].end = c->ends[i];
		to++;
	}
	b->nsteps = to - b->step;
}

/**
 * ir_enough - bytes that a packet must have so that most checks can be left out
 * @ir: program
 */
u32 ir_enough(const struct ir *ir)
{
	u32 i, most = 0;

	if (!ir_wants(ir, CBPF_PASS_CHECKS))
		return 0;
	for (i = 0; i < ir->nsteps; i++)
		if (ir->steps[i].kind == IR_READABLE && !ir->steps[i].val &&
		    ir->steps[i].end > most && ir->steps[i].end <= IR_NEAR)
			most = ir->steps[i].end;
	return most;
}

/**
 * ir_checks - leave out the checks that need not be made
 * @ir: program
 * @start: bytes that can surely be read when it begins
 * @merge: a check may also ask for what later ones of the same value will;
 *	then it may fail where the program would not
 *
 * Return: 0 or -1 if there is no memory.
 */
int ir_checks(struct ir *ir, u32 start, bool merge)
{
	struct checks c = { .ir = ir, .start = start, .merge = merge };
	u32 n;

	if (!ir_wants(ir, CBPF_PASS_CHECKS))
		return 0;
	c.known = cbpf_alloc((ir->nblocks + ir->nsteps) * sizeof(u32) + ir->nsteps);
	if (!c.known)
		return -1;
	c.ends = c.known + ir->nblocks;
	c.needless = (bool *)(c.ends + ir->nsteps);
	for (n = 0; n < ir->nblocks; n++)
		if (ir->blocks[n].reached)
			check_block(&c, n);
	for (n = 0; n < ir->nblocks; n++)
		if (ir->blocks[n].reached)
			drop(&c, &ir->blocks[n]);
	cbpf_free(c.known);
	return 0;
}
