// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Pass: if-conversion. Where a branch leads to another one and both have a way in
 * common, both tests are made and one branch decides. A branch that the
 * processor guesses wrong costs as much as a dozen tests.
 *
 * For the version of a program that may make checks too early only: a check
 * that fails leads to the exact version, so it may be made where the program
 * would not have come to it.
 */
#include "ir.h"

/* Tests that one branch may decide upon. */
#define TESTS_MAX	12
/* Registers that their values may need. */
#define NEED_MAX	3

/* Registers and tests of a value that is to become part of an outcome. */
struct weight {
	u32 need;
	u32 tests;
};

static struct weight weigh(const struct ir *ir, u32 val)
{
	const struct ir_val *v = &ir->vals[val];
	struct weight a, b;

	if (ir_kept(ir, val) || v->op == IR_CONST || v->op == IR_LEN)
		return (struct weight){ 1, 0 };
	a = weigh(ir, v->a);
	if (v->op == IR_LOAD)
		return a;
	b = (struct weight){ 0, 0 };
	if (ir->vals[v->b].op != IR_CONST)
		b = weigh(ir, v->b);
	return (struct weight){
		a.need == b.need ? a.need + 1 : a.need > b.need ? a.need : b.need,
		a.tests + b.tests + (v->op == IR_TEST),
	};
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

/* Can everything that the block does be done before it is known to be needed? */
static bool can_hoist(const struct ir *ir, const struct ir_block *s)
{
	u32 i;

	if (s->leave != IR_BRANCH || s->nphis)
		return false;
	for (i = s->step; i < s->step + s->nsteps; i++)
		if (ir->steps[i].kind != IR_READABLE)
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

static bool set_branch(struct ir *ir, struct ir_block *b, u32 val, u32 no, u32 yes)
{
	b->test = IR_SET;
	b->a = val;
	b->b = ir_const(ir, 1);
	b->to[0] = no;
	b->to[1] = yes;
	return true;
}

static bool light(const struct ir *ir, u32 val)
{
	struct weight w = weigh(ir, val);

	return w.need <= NEED_MAX && w.tests <= TESTS_MAX;
}

/*
 * If block n does not go out by @way it comes to s, which may go out there, too:
 * n leaves by the outcome of both tests.
 */
static bool join(struct ir *ir, u32 n, bool way)
{
	struct ir_block *b = &ir->blocks[n];
	u32 next = b->to[!way], out = b->to[way], val;
	const struct ir_block *s = &ir->blocks[next];
	bool s_way;

	if (!can_hoist(ir, s))
		return false;
	s_way = same_end(ir, s->to[1], out);
	if (!s_way && !same_end(ir, s->to[0], out))
		return false;
	/* which way control comes must not matter */
	if (!ir_same_phis(ir, n, next, s->to[0]) ||
	    !ir_same_phis(ir, n, next, s->to[1]))
		return false;
	val = ir_combine(ir, IR_EITHER, outcome(ir, b, way), outcome(ir, s, s_way));
	if (!light(ir, val) || !take_steps(ir, b, s))
		return false;
	return set_branch(ir, b, val, s->to[!s_way], out);
}

/* Both ways of block n come to branches that lead to the same two places. */
static bool choose(struct ir *ir, u32 n)
{
	struct ir_block *b = &ir->blocks[n];
	const struct ir_block *s = &ir->blocks[b->to[0]], *t = &ir->blocks[b->to[1]];
	bool same, crossed;
	u32 val;

	if (!can_hoist(ir, s) || !can_hoist(ir, t))
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
	val = ir_combine(ir, IR_EITHER,
			 ir_combine(ir, IR_BOTH, outcome(ir, b, false),
				    outcome(ir, s, true)),
			 ir_combine(ir, IR_BOTH, outcome(ir, b, true),
				    outcome(ir, t, same)));
	if (!light(ir, val) || !take_steps(ir, b, s) || !take_steps(ir, b, t))
		return false;
	return set_branch(ir, b, val, s->to[0], s->to[1]);
}

/**
 * ir_ifconv - let one branch decide upon several tests
 * @ir: program; its checks may be made too early
 */
void ir_ifconv(struct ir *ir)
{
	u32 n = ir->nblocks;

	if (!ir_wants(ir, CBPF_PASS_IFCONV))
		return;
	while (n--) {
		struct ir_block *b = &ir->blocks[n];

		while (b->reached && b->leave == IR_BRANCH &&
		       ir->nvals + 8 <= ir->maxvals &&
		       (join(ir, n, false) || join(ir, n, true) || choose(ir, n)))
			;
	}
	ir_relink(ir);
}
