// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Pass: finds sets, and makes one question of each. Tests of different values may
 * stand in any order in a chain: since none of them can fail, the order in which
 * they are made does not matter.
 */
#include "sets.h"

/* A chain that enters blocks with phis knows what they are there. */
#define KNOWN_MAX	8

struct walk {
	const struct ir *ir;
	const struct ir_uses *uses;
	u32 phis;
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
	for (i = 0; i < w->phis; i++)
		if (w->uses->last[w->known[i].phi] >= w->uses->base[n])
			return false;
	return true;
}

static u32 resolve(const struct walk *w, u32 val)
{
	u32 i;

	for (i = 0; i < w->phis; i++)
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
	if (v->op == IR_CONST || v->op == IR_LEN || v->op == IR_ANC)
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
		if (w->phis == KNOWN_MAX)
			return false;
		w->known[w->phis].phi = phi->val;
		w->known[w->phis++].val =
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

/* Is the value one that few others of the chain stand beside? */
static bool has_room(const struct set_test *tests, u32 n, u32 val)
{
	u32 parts = 0, i, last = IR_NONE;

	/* an estimate from above is enough: programs do not often go back and forth */
	for (i = 0; i < n; i++) {
		if (tests[i].val == val)
			return true;
		parts += tests[i].val != last;
		last = tests[i].val;
	}
	return parts < SET_PARTS;
}

/* Return: tests of the chain that begins here. */
static u32 follow(struct sets *s, struct walk *w, u32 n, u32 *no)
{
	u32 yes = w->ir->blocks[n].to[1], count = 0, usable = 0, cur = n;
	struct set_test test;

	w->phis = 0;
	if (w->ir->blocks[n].leave != IR_BRANCH || !can_go(w, yes))
		return 0;
	while (count < s->maxchain && is_link(w, cur, yes, &test) &&
	       has_room(s->chain, count, test.val)) {
		u32 next = w->ir->blocks[cur].to[0];

		if (test.k <= w->ir->vals[test.val].max)
			s->chain[count++] = test;
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

/* Is there such a table already? Both versions of a program have the same sets. */
static bool same_table(const struct sets *s, const struct set_table *t)
{
	const u32 *members = &s->members[s->nmembers];

	return t->nmembers && !memcmp(&s->members[t->member], members,
				      t->nmembers * sizeof(u32));
}

/* Return: the number of the table of the members that have been put down last. */
static u32 find_table(struct sets *s, u32 n, u32 max, bool raw)
{
	struct set_table t = { 0 };
	u32 i;

	for (i = 0; i < s->ntables; i++)
		if (s->tables[i].nmembers == n && s->tables[i].raw == raw &&
		    same_table(s, &s->tables[i]))
			return i;
	if (s->ntables == s->maxtables ||
	    !set_table_plan(&s->members[s->nmembers], n, max, &t))
		return IR_NONE;
	t.raw = raw;
	t.member = s->nmembers;
	t.nmembers = n;
	s->nmembers += n;
	s->tables[s->ntables] = t;
	return s->ntables++;
}

/* Are the bytes compared as the packet has them? A hash is as good in any order. */
static bool is_raw4(const struct ir *ir, u32 val)
{
	return ir->vals[val].op == IR_LOAD && ir->vals[val].size == 4 &&
	       !ir_kept(ir, val) && ir_wants(ir, CBPF_PASS_SWAP);
}

/* Return: the value that says whether @val is among n members; IR_NONE: no table. */
static u32 look_up(struct ir *ir, struct sets *s, u32 val, u32 n)
{
	u32 *members = &s->members[s->nmembers], i;
	bool raw = is_raw4(ir, val);
	u32 table;

	for (i = 0; raw && i < n; i++)
		members[i] = __builtin_bswap32(members[i]);
	table = find_table(s, n, ir->vals[val].max, raw);
	return table == IR_NONE ? IR_NONE : ir_member(ir, val, table);
}

static u32 either(struct ir *ir, u32 a, u32 b)
{
	return a == IR_NONE ? b : ir_combine(ir, IR_EITHER, a, b);
}

/*
 * The tests of the chain from i on of that value, which then are done. Not all at
 * once, unless they go into a bitmap: of very many none of the hashes tried would be
 * perfect. Return: IR_NONE if they are no set.
 */
static u32 part(struct ir *ir, struct sets *s, u32 i, u32 count, u32 any)
{
	u32 *members = &s->members[s->nmembers], val = s->chain[i].val, n = 0, in;
	u32 most = ir->vals[val].max > SET_BITMAP ? SET_MAX : count;

	for (; i < count && n < most; i++)
		if (s->chain[i].val == val) {
			members[n++] = s->chain[i].k;
			s->chain[i].val = IR_NONE;
		}
	if (n >= SET_MIN) {
		in = look_up(ir, s, val, n);
		return in == IR_NONE ? IR_NONE : either(ir, any, in);
	}
	for (i = 0; i < n; i++)
		any = either(ir, any, ir_outcome(ir, IR_EQ, true, val,
						 ir_const(ir, members[i])));
	return any;
}

static void make_set(struct ir *ir, struct sets *s, u32 n, u32 count, u32 no)
{
	struct ir_block *b = &ir->blocks[n];
	u32 any = IR_NONE, i;

	for (i = 0; i < count; i++) {
		if (s->chain[i].val == IR_NONE)
			continue;
		any = part(ir, s, i, count, any);
		if (any == IR_NONE) {
			s->failed = true;
			return;
		}
	}
	ir_branch(ir, b, any, no, b->to[1]);
}

/* Marks where control can come to, when all blocks above are done. */
static void reach(struct ir *ir, u32 n)
{
	struct ir_block *b = &ir->blocks[n];

	if (b->leave == IR_BRANCH)
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
		/* who defeats one hash will defeat the next: trying takes time */
		count = s->failed ? 0 : follow(s, &w, n, &no);
		if (count >= SET_MIN && s->nmembers + count <= s->maxmembers &&
		    ir->nvals + 3 * count + 1 <= ir->maxvals)
			make_set(ir, s, n, count, no);
		reach(ir, n);
	}
	ir_relink(ir);
}

/**
 * sets_find - find the sets of a program; a block then asks for all of it at once
 * @ir: program; its needless checks are gone
 * @s: where to put tables
 *
 * Return: 0 or -1 if there is no memory.
 */
int sets_find(struct ir *ir, struct sets *s)
{
	struct ir_uses uses;

	if (!ir_wants(ir, CBPF_PASS_SETS))
		return 0;
	if (ir_uses(ir, &uses))
		return -1;
	find(ir, s, &uses);
	ir_uses_free(&uses);
	return 0;
}

/**
 * sets_init - room for the sets of a program
 * @s: to fill in; freed by sets_free() in any case
 * @ir: program
 *
 * Return: 0 or -1 if there is no memory.
 */
int sets_init(struct sets *s, const struct ir *ir)
{
	*s = (struct sets){
		/* both versions may have some of their own */
		.maxtables = 2 * (ir->nblocks / SET_MIN + 1),
		.maxmembers = 2 * ir->nblocks,
		.maxchain = ir->nblocks,
	};
	s->tables = cbpf_alloc(s->maxtables * sizeof(*s->tables));
	s->members = cbpf_alloc(s->maxmembers * sizeof(*s->members));
	s->chain = cbpf_alloc(s->maxchain * sizeof(*s->chain));
	return s->tables && s->members && s->chain ? 0 : -1;
}

/**
 * sets_free - undo sets_init()
 * @s: sets
 */
void sets_free(struct sets *s)
{
	cbpf_free(s->tables);
	cbpf_free(s->members);
	cbpf_free(s->chain);
}
