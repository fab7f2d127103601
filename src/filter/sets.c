// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Pass: finds sets, and makes tables of them. Tests of different values may stand in
 * any order in a chain: since none of them can fail, the order in which they are
 * made does not matter.
 */
#include "sets.h"

/* A chain that enters blocks with phis knows what they are there. */
#define KNOWN_MAX	8

struct walk {
	const struct ir *ir;
	const struct ir_uses *uses;
	u32 nknown;
	struct {
		u32 phi;
		u32 val;
	} known[KNOWN_MAX];
};

/*
 * Can control come to this block from a chain, which sets no phis? Not if it has
 * some, nor if one that the chain has passed may still be used.
 */
static bool can_go(const struct walk *w, u32 n)
{
	const struct ir_block *b = &w->ir->blocks[n];
	u32 i;

	for (i = b->phi; i < b->phi + b->nphis; i++)
		if (w->uses->last[w->ir->phis[i].val] != IR_NONE)
			return false;
	for (i = 0; i < w->nknown; i++)
		if (w->uses->last[w->known[i].phi] >= w->uses->base[n])
			return false;
	return true;
}

static u32 resolve(const struct walk *w, u32 val)
{
	u32 i;

	for (i = 0; i < w->nknown; i++)
		if (w->known[i].phi == val)
			return w->known[i].val;
	return val;
}

/* Can it be computed from the packet alone, wherever the chain begins? */
static bool is_plain(const struct ir *ir, u32 val)
{
	const struct ir_val *v = &ir->vals[val];

	if (v->op == IR_PHI || ir_dear(ir, val))
		return false;
	if (v->op == IR_CONST || v->op == IR_LEN)
		return true;
	return is_plain(ir, v->a) && (v->op == IR_LOAD || is_plain(ir, v->b));
}

/* May the chain go from one block to the next? Learns what phis are there. */
static bool enter(struct walk *w, u32 from, u32 to)
{
	const struct ir_block *b = &w->ir->blocks[to];
	u32 i;

	for (i = b->step; i < b->step + b->nsteps; i++)
		if (w->ir->steps[i].kind != IR_DEF ||
		    w->uses->last[w->ir->steps[i].val] != IR_NONE)
			return false;
	for (i = b->phi; i < b->phi + b->nphis; i++) {
		const struct ir_phi *phi = &w->ir->phis[i];

		if (w->uses->last[phi->val] == IR_NONE)
			continue;
		if (w->nknown == KNOWN_MAX)
			return false;
		w->known[w->nknown].phi = phi->val;
		w->known[w->nknown++].val =
			resolve(w, ir_operand(w->ir, from, phi));
	}
	return true;
}

/* Is this block a test for a chain that goes to @yes? */
static bool is_link(const struct walk *w, u32 n, u32 yes, struct set_test *test)
{
	const struct ir_block *b = &w->ir->blocks[n];

	if (b->leave != IR_BRANCH || b->test != IR_EQ || b->to[1] != yes ||
	    w->ir->vals[b->b].op != IR_CONST)
		return false;
	*test = (struct set_test){ resolve(w, b->a), w->ir->vals[b->b].k };
	return is_plain(w->ir, test->val);
}

/* Return: tests of the chain that begins here, 0 if it is not worth it. */
static u32 follow(struct sets *s, struct walk *w, u32 n, u32 *no)
{
	u32 yes = w->ir->blocks[n].to[1], count = 0, usable = 0, cur = n;
	struct set_test test;

	w->nknown = 0;
	if (w->ir->blocks[n].leave != IR_BRANCH || !can_go(w, yes))
		return 0;
	while (s->ntests + count < s->maxtests && is_link(w, cur, yes, &test)) {
		u32 next = w->ir->blocks[cur].to[0];

		if (test.k <= w->ir->vals[test.val].max)
			s->tests[s->ntests + count++] = test;
		if (can_go(w, next)) {
			*no = next;
			usable = count;
		}
		if (!enter(w, cur, next))
			break;
		cur = next;
	}
	return usable;
}

/* Puts tests of the same value together. */
static void group(struct set_test *tests, u32 n)
{
	u32 done = 0, i;

	while (done < n) {
		u32 val = tests[done].val;

		for (i = done; i < n; i++) {
			struct set_test t = tests[i];

			if (t.val == val) {
				tests[i] = tests[done];
				tests[done++] = t;
			}
		}
	}
}

static void make_set(struct ir *ir, struct sets *s, u32 n, u32 count, u32 no)
{
	struct ir_block *b = &ir->blocks[n];

	group(&s->tests[s->ntests], count);
	s->sets[s->nsets] = (struct set){ s->ntests, count };
	s->ntests += count;
	b->leave = IR_MEMBER;
	b->a = s->nsets++;
	b->to[0] = no;
}

/* Marks where control can come to, when all blocks above are done. */
static void reach(struct ir *ir, u32 n)
{
	struct ir_block *b = &ir->blocks[n];

	if (ir_forks(b))
		ir->blocks[b->to[0]].reached = true;
	if (b->leave != IR_RET)
		ir->blocks[b->to[1]].reached = true;
}

static void find(struct ir *ir, struct sets *s, const struct ir_uses *uses)
{
	struct walk w = { .ir = ir, .uses = uses };
	u32 n, no = 0, count;

	/* a link of a chain that nothing else leads to begins none */
	for (n = 1; n < ir->nblocks; n++)
		ir->blocks[n].reached = false;
	for (n = 0; n < ir->nblocks; n++) {
		if (!ir->blocks[n].reached)
			continue;
		count = follow(s, &w, n, &no);
		if (count >= SET_MIN)
			make_set(ir, s, n, count, no);
		reach(ir, n);
	}
	ir_relink(ir);
}

/**
 * sets_find - find the sets of a program, which its blocks leave by afterwards
 * @ir: program; its needless checks are gone
 * @s: to fill in; freed by sets_free() in any case
 *
 * Return: 0 or -1 if there is no memory.
 */
int sets_find(struct ir *ir, struct sets *s)
{
	struct ir_uses uses;

	*s = (struct sets){ .maxtests = 2 * ir->nblocks };
	if (!ir_wants(ir, CBPF_PASS_SETS))
		return 0;
	s->sets = cbpf_alloc(ir->nblocks * sizeof(*s->sets));
	s->tests = cbpf_alloc(s->maxtests * sizeof(*s->tests));
	if (!s->sets || !s->tests || ir_uses(ir, &uses))
		return -1;
	find(ir, s, &uses);
	ir_uses_free(&uses);
	ir->sets = s;
	return 0;
}

/**
 * sets_free - undo sets_find()
 * @s: sets
 */
void sets_free(struct sets *s)
{
	cbpf_free(s->sets);
	cbpf_free(s->tests);
	*s = (struct sets){ 0 };
}

static u32 word_of(const struct set_table *t, u32 k)
{
	return k * t->mul >> (32 - t->bits);
}

/* Do all members have places of their own? words: one for each place, 0 at first. */
static bool fits(const struct set_test *tests, u32 n, const struct set_table *t,
		 u32 *places)
{
	u32 i, *place;

	for (i = 0; i < t->words; i++)
		places[i] = 0;
	for (i = 0; i < n; i++) {
		place = &places[word_of(t, tests[i].k)];
		if (*place && tests[*place - 1].k != tests[i].k)
			return false;
		*place = i + 1;
	}
	return true;
}

/* Largest hash table, and how often to try to find one of a size. */
#define HASH_BITS	12
#define HASH_TRIES	200

static bool plan_hash(const struct set_test *tests, u32 n, struct set_table *t)
{
	u32 *places = cbpf_alloc((1 << HASH_BITS) * sizeof(*places));
	u32 tries, x = 0x9e3779b1;
	bool found = false;

	for (t->bits = 3; places && !found && t->bits <= HASH_BITS; t->bits++) {
		t->words = 1 << t->bits;
		for (tries = 0; t->words >= n && tries < HASH_TRIES; tries++) {
			/* an odd one loses nothing */
			x = x * 1664525 + 1013904223;
			t->mul = x | 1;
			found = fits(tests, n, t, places);
			if (found)
				break;
		}
		if (found)
			break;
	}
	cbpf_free(places);
	return found;
}

/**
 * set_table_plan - find out what table a part of a set needs
 * @tests: its members, all of one value
 * @n: how many
 * @bitmap: the value has at most 16 bits
 * @t: out
 *
 * Return: false if there is none.
 */
bool set_table_plan(const struct set_test *tests, u32 n, bool bitmap,
		    struct set_table *t)
{
	u32 i, max = 0;

	*t = (struct set_table){ .min = 0xffffffff };
	if (!bitmap)
		return plan_hash(tests, n, t);
	for (i = 0; i < n; i++) {
		if (tests[i].k < t->min)
			t->min = tests[i].k;
		if (tests[i].k > max)
			max = tests[i].k;
	}
	t->words = (max - t->min) / 32 + 1;
	return true;
}

/**
 * set_table_fill - make a table
 * @tests: members
 * @n: how many
 * @t: its plan
 * @words: t->words of them, all 0
 */
void set_table_fill(const struct set_test *tests, u32 n,
		    const struct set_table *t, u32 *words)
{
	u32 i;

	if (!t->mul) {
		for (i = 0; i < n; i++)
			words[(tests[i].k - t->min) / 32] |=
				1U << (tests[i].k - t->min) % 32;
		return;
	}
	/* in an empty place stands what is never looked for there */
	for (i = 0; i < t->words; i++)
		words[i] = tests[0].k;
	for (i = 0; i < n; i++)
		words[word_of(t, tests[i].k)] = tests[i].k;
}
