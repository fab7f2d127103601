// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Pass: if-conversion. Where a branch leads to another one and both have a way in
 * common, both tests are made and one branch decides. A branch that the
 * processor guesses wrong costs as much as a dozen tests. And where two blocks do
 * the same, one is enough.
 */
#include "ir.h"

/* Tests that one branch may decide upon. */
#define TESTS_MAX	8
/* What looking into a table counts for. */
#define TESTS_IN	1
/* Registers that their values may need. */
#define NEED_MAX	4

struct ifconv {
	struct ir *ir;
	bool early;	/* checks may be made too early */
	bool shared;	/* blocks that several ways lead to are taken, too */
	u32 *alias;	/* per block: one that does the same */
	u32 *hash;	/* of blocks without checks: number + 1, 0 is free */
	u32 mask;
};

/* Tests in a value that is to become part of an outcome. */
static u32 tests_of(const struct ir *ir, u32 val)
{
	const struct ir_val *v = &ir->vals[val];
	u32 test = v->op == IR_TEST && !ir_is_outcome(ir, v->a);

	if (v->op == IR_IN)
		return TESTS_IN;
	if (!ir_is_outcome(ir, val))
		return 0;
	return test + tests_of(ir, v->a) + tests_of(ir, v->b);
}

/* The outcome of a block's test. */
static u32 outcome(struct ir *ir, const struct ir_block *b, bool want)
{
	if (ir_is_outcome(ir, b->a)) {
		/* made here before: a & 1 */
		if (want)
			return b->a;
		return ir_outcome(ir, IR_EQ, true, b->a, IR_ZERO);
	}
	return ir_outcome(ir, b->test, want, b->a, b->b);
}

/* Do two blocks only return the same? */
static bool same_end(const struct ir *ir, u32 a, u32 b)
{
	const struct ir_block *x = &ir->blocks[a], *y = &ir->blocks[b];

	if (a == b)
		return true;
	return x->leave == IR_RET && y->leave == IR_RET && !x->nsteps &&
	       !y->nsteps && x->a == y->a && ir->vals[x->a].op == IR_CONST;
}

/*
 * Can everything that the block does be done before it is known to be needed? Its
 * checks, if they may be made @early: those that every sensible packet passes.
 */
static bool can_hoist(const struct ifconv *c, const struct ir_block *s)
{
	const struct ir *ir = c->ir;
	u32 i;

	if (s->leave != IR_BRANCH || s->nphis || (s->nsteps && !c->early))
		return false;
	if (!c->shared && ir->edges[s->pred].next != IR_NONE)
		return false;
	for (i = s->step; i < s->step + s->nsteps; i++)
		if (ir->steps[i].kind != IR_READABLE ||
		    (!ir->steps[i].val && ir->steps[i].end > IR_EARLY))
			return false;
	return true;
}

/* The checks of both blocks, in a new place. */
static bool take_steps(struct ir *ir, struct ir_block *b, const struct ir_block *s)
{
	u32 i, step = ir->nsteps;

	if (!s->nsteps)
		return true;
	if (ir->nsteps + b->nsteps + s->nsteps > ir->maxsteps)
		return false;
	for (i = 0; i < b->nsteps; i++)
		ir->steps[ir->nsteps++] = ir->steps[b->step + i];
	for (i = 0; i < s->nsteps; i++)
		ir->steps[ir->nsteps++] = ir->steps[s->step + i];
	b->nsteps += s->nsteps;
	b->step = step;
	return true;
}

static bool light(const struct ir *ir, u32 val)
{
	return ir_need(ir, val) <= NEED_MAX && tests_of(ir, val) <= TESTS_MAX;
}

/* Is a value not @k if an outcome is @truth? */
static bool excludes(const struct ir *ir, u32 outcome, bool truth, u32 val, u32 k)
{
	const struct ir_val *v = &ir->vals[outcome];
	bool a, b;

	switch (v->op) {
	case IR_TEST:
		if (ir_is_outcome(ir, v->a))
			return excludes(ir, v->a, !truth, val, k);
		if (v->test != IR_EQ || v->a != val ||
		    ir->vals[v->b].op != IR_CONST)
			return false;
		return (v->want == truth) == (ir->vals[v->b].k != k);
	case IR_BOTH:
	case IR_EITHER:
		a = excludes(ir, v->a, truth, val, k);
		b = excludes(ir, v->b, truth, val, k);
		return (v->op == IR_BOTH) == truth ? a || b : a && b;
	default:
		return false;
	}
}

/*
 * The outcome that block b leaves by @way, or what follows does by @then. Who is to stay
 * there may not need what block b asks.
 */
static u32 either(struct ir *ir, const struct ir_block *b, bool way, u32 then)
{
	if (way && b->test == IR_EQ && ir->vals[b->b].op == IR_CONST &&
	    excludes(ir, then, false, b->a, ir->vals[b->b].k))
		return then;
	return ir_combine(ir, IR_EITHER, outcome(ir, b, way), then);
}

/*
 * If block n does not go out by @way it comes to s, which may go out there, too:
 * n leaves by the outcome of both tests.
 */
static bool join(const struct ifconv *c, u32 n, bool way)
{
	struct ir *ir = c->ir;
	struct ir_block *b = &ir->blocks[n];
	u32 next = b->to[!way], out = b->to[way], val;
	const struct ir_block *s = &ir->blocks[next];
	bool s_way;

	if (!can_hoist(c, s))
		return false;
	s_way = same_end(ir, s->to[1], out);
	if (!s_way && !same_end(ir, s->to[0], out))
		return false;
	/* which way control comes must not matter */
	if (!ir_same_phis(ir, n, next, s->to[0]) ||
	    !ir_same_phis(ir, n, next, s->to[1]))
		return false;
	val = either(ir, b, way, outcome(ir, s, s_way));
	if (!light(ir, val) || !take_steps(ir, b, s))
		return false;
	ir_branch(ir, b, val, s->to[!s_way], out);
	return true;
}

/* The outcome @then, if the one of block b is @way; it may exclude the other way. */
static u32 given(struct ir *ir, const struct ir_block *b, bool way, u32 then)
{
	if (!way && b->test == IR_EQ && ir->vals[b->b].op == IR_CONST &&
	    excludes(ir, then, true, b->a, ir->vals[b->b].k))
		return then;
	return ir_combine(ir, IR_BOTH, outcome(ir, b, way), then);
}

/* The outcome of what follows on either way out of block b. */
static u32 chosen(struct ir *ir, const struct ir_block *b, u32 no, u32 yes)
{
	return ir_combine(ir, IR_EITHER, given(ir, b, false, no),
			  given(ir, b, true, yes));
}

/* Both ways of block n come to branches that lead to the same two places. */
static bool choose(const struct ifconv *c, u32 n)
{
	struct ir *ir = c->ir;
	struct ir_block *b = &ir->blocks[n];
	const struct ir_block *s = &ir->blocks[b->to[0]], *t = &ir->blocks[b->to[1]];
	bool same, crossed, yes;
	u32 val, inverse;

	if (!can_hoist(c, s) || !can_hoist(c, t))
		return false;
	same = same_end(ir, s->to[0], t->to[0]) && same_end(ir, s->to[1], t->to[1]);
	crossed = same_end(ir, s->to[0], t->to[1]) && same_end(ir, s->to[1], t->to[0]);
	if (!same && !crossed)
		return false;
	if (!ir_same_phis(ir, n, b->to[0], s->to[0]) ||
	    !ir_same_phis(ir, n, b->to[0], s->to[1]) ||
	    !ir_same_phis(ir, n, b->to[1], s->to[0]) ||
	    !ir_same_phis(ir, n, b->to[1], s->to[1]))
		return false;
	val = chosen(ir, b, outcome(ir, s, true), outcome(ir, t, same));
	inverse = chosen(ir, b, outcome(ir, s, false), outcome(ir, t, !same));
	yes = tests_of(ir, inverse) >= tests_of(ir, val);
	if (!yes)
		val = inverse;
	if (!light(ir, val) || !take_steps(ir, b, s) || !take_steps(ir, b, t))
		return false;
	ir_branch(ir, b, val, s->to[!yes], s->to[yes]);
	return true;
}

static u32 hash_of(const struct ir_block *b)
{
	u32 h = b->a * 0x9e3779b1 ^ b->b * 0x85ebca77;

	h ^= (b->to[0] << 3 | b->test) * 0xc2b2ae3d ^ b->to[1] * 0x27d4eb2f;
	return h ^ h >> 15;
}

/* Finds a block that asks the same and leads to the same places. */
static u32 find_alias(struct ifconv *c, u32 n)
{
	const struct ir_block *b = &c->ir->blocks[n], *same;
	u32 slot = hash_of(b);

	if (b->leave != IR_BRANCH || b->nsteps || b->nphis)
		return n;
	for (;; slot++) {
		slot &= c->mask;
		if (!c->hash[slot])
			break;
		same = &c->ir->blocks[c->hash[slot] - 1];
		if (same->a == b->a && same->b == b->b && same->test == b->test &&
		    same->to[0] == b->to[0] && same->to[1] == b->to[1] &&
		    ir_same_phis(c->ir, n, c->hash[slot] - 1, b->to[0]) &&
		    ir_same_phis(c->ir, n, c->hash[slot] - 1, b->to[1]))
			return c->hash[slot] - 1;
	}
	c->hash[slot] = n + 1;
	return n;
}

static void convert(struct ifconv *c, u32 n)
{
	struct ir *ir = c->ir;
	struct ir_block *b = &ir->blocks[n];

	if (b->leave == IR_BRANCH)
		b->to[0] = c->alias[b->to[0]];
	if (b->leave != IR_RET)
		b->to[1] = c->alias[b->to[1]];
	while (b->leave == IR_BRANCH && ir->nvals + 16 <= ir->maxvals &&
	       (join(c, n, false) || join(c, n, true) || choose(c, n)))
		;
	c->alias[n] = find_alias(c, n);
}

/**
 * ir_ifconv - let one branch decide upon several tests
 * @ir: program
 * @early: checks may be made where the program would not have come to them: where
 *	one fails this version of the program does not decide
 *
 * Return: 0 or -1 if there is no memory.
 */
int ir_ifconv(struct ir *ir, bool early)
{
	struct ifconv c = { .ir = ir, .early = early, .mask = 15 };
	u32 n, round;

	if (!ir_wants(ir, CBPF_PASS_IFCONV))
		return 0;
	while (c.mask < 2 * ir->nblocks)
		c.mask = 2 * c.mask + 1;
	c.alias = cbpf_alloc((ir->nblocks + c.mask + 1) * sizeof(u32));
	if (!c.alias)
		return -1;
	c.hash = c.alias + ir->nblocks;
	/* what several blocks lead to is taken last: maybe it is one block by then */
	for (round = 0; round < 3; round++) {
		c.shared = round == 2;
		memset(c.hash, 0, (c.mask + 1) * sizeof(u32));
		/* backwards: what a block leads to is done before it */
		for (n = ir->nblocks; n--;)
			if (ir->blocks[n].reached)
				convert(&c, n);
		ir_relink(ir);
	}
	cbpf_free(c.alias);
	return 0;
}
