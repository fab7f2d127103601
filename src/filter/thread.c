// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Pass: jump threading. A block that only asks what has been decided on the way
 * to it is passed by: the edge goes to where it would lead.
 */
#include "ir.h"

/* How far back to look for a test of the same value: keeps the pass linear. */
#define FAR	32

/* What tests on the way have said of a value. */
struct fact {
	u32 val;
	u32 min, max;
	u32 ones;	/* of these bits at least one is set, if not 0 */
	u32 zeros;	/* these are all clear */
	u32 b;		/* what the test in question compares it with */
	bool differs;	/* from b */
};

static void learn(struct fact *f, enum ir_test test, bool held, u32 k)
{
	switch (test) {
	case IR_EQ:
		if (held) {
			f->min = k;
			f->max = k;
		} else if (k == f->b) {
			f->differs = true;
		}
		break;
	case IR_GT:
		if (held && k >= f->min)
			f->min = k + 1;
		else if (!held && k < f->max)
			f->max = k;
		break;
	case IR_GE:
		if (held && k > f->min)
			f->min = k;
		else if (!held && k <= f->max)
			f->max = k - 1;
		break;
	case IR_SET:
		if (held)
			f->ones = k;
		else
			f->zeros |= k;
		break;
	}
}

/* Is the outcome of a test with a constant known? */
static bool decide(const struct fact *f, enum ir_test test, bool *holds)
{
	u32 k = f->b;

	switch (test) {
	case IR_EQ:
		*holds = f->min == k && f->max == k;
		return *holds || f->differs || k < f->min || k > f->max ||
		       (k & f->zeros) || (f->ones && !(k & f->ones));
	case IR_GT:
		*holds = f->min > k;
		return *holds || f->max <= k;
	case IR_GE:
		*holds = f->min >= k;
		return *holds || f->max < k;
	case IR_SET:
		if (f->min == f->max) {
			*holds = f->min & k;
			return true;
		}
		*holds = f->ones && !(f->ones & ~k);
		return *holds || !(k & ~f->zeros);
	}
	return false;
}

/*
 * The program as it was before edges were changed. What was known in a block
 * remains true: who passes by another one to come here would have gone this way.
 */
struct thread {
	struct ir *ir;
	u32 *yes;	/* per block: to[1] */
};

static void learn_edge(const struct thread *t, struct fact *f, u32 from, bool held)
{
	const struct ir_block *b = &t->ir->blocks[from];

	if (b->leave == IR_BRANCH && b->a == f->val &&
	    t->ir->vals[b->b].op == IR_CONST)
		learn(f, b->test, held, t->ir->vals[b->b].k);
}

/* Is there only this one way into the block? */
static bool single(const struct ir *ir, u32 n, u32 from)
{
	u32 e = ir->blocks[n].pred;

	return e != IR_NONE && ir->edges[e].next == IR_NONE &&
	       ir->edges[e].from == from;
}

/* Does control that leaves a block by that way go on from block b to one place? */
static bool decided(const struct thread *t, u32 from, u32 way, const struct ir_block *b,
		    u32 *next)
{
	const struct ir *ir = t->ir;
	struct fact f = { .val = b->a };
	u32 n = from, far = FAR;
	bool holds;

	if (b->leave == IR_JUMP) {
		*next = b->to[1];
		return true;
	}
	if (b->leave != IR_BRANCH || ir->vals[b->b].op != IR_CONST)
		return false;
	f.b = ir->vals[b->b].k;
	f.max = ir->vals[b->a].max;
	learn_edge(t, &f, from, way);
	/* upwards, by edges that are the only ones into their blocks */
	while (n && far--) {
		u32 up = ir->blocks[n].idom;

		if (single(ir, n, up))
			learn_edge(t, &f, up, t->yes[up] == n);
		n = up;
	}
	if (!decide(&f, b->test, &holds))
		return false;
	*next = b->to[holds];
	return true;
}

static void thread_edge(const struct thread *t, u32 n, u32 way)
{
	struct ir *ir = t->ir;
	u32 *to = &ir->blocks[n].to[way], next;

	for (;;) {
		const struct ir_block *b = &ir->blocks[*to];

		if (b->nsteps || b->nphis || !decided(t, n, way, b, &next) ||
		    !ir_same_phis(ir, n, *to, next))
			return;
		*to = next;
	}
}

/**
 * ir_thread - let edges pass by blocks that decide nothing
 * @ir: program; its needless checks are gone
 *
 * Return: 0 or -1 if there is no memory.
 */
int ir_thread(struct ir *ir)
{
	struct thread t = { .ir = ir };
	u32 n;

	if (!ir_wants(ir, CBPF_PASS_THREAD))
		return 0;
	t.yes = cbpf_alloc(ir->nblocks * sizeof(u32));
	if (!t.yes)
		return -1;
	for (n = 0; n < ir->nblocks; n++)
		t.yes[n] = ir->blocks[n].to[1];
	for (n = 0; n < ir->nblocks; n++) {
		struct ir_block *b = &ir->blocks[n];

		if (!b->reached || b->leave == IR_RET)
			continue;
		if (b->leave == IR_BRANCH)
			thread_edge(&t, n, 0);
		thread_edge(&t, n, 1);
	}
	/* only now: while edges are changed a branch says what has been tested */
	for (n = 0; n < ir->nblocks; n++) {
		struct ir_block *b = &ir->blocks[n];

		if (b->leave == IR_BRANCH && b->to[0] == b->to[1])
			b->leave = IR_JUMP;
	}
	cbpf_free(t.yes);
	ir_relink(ir);
	return 0;
}
