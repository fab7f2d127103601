// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Code for sets: parts with many members look into a table, which lies behind
 * the code; the others compare.
 */
#include "emit.h"

/* The tests from i on that have the same value. */
static u32 part(const struct gen *g, const struct set *set, u32 i)
{
	const struct set_test *t = g->sets->tests;
	u32 n;

	for (n = 1; i + n < set->test + set->ntests && t[i + n].val == t[i].val; n++)
		;
	return n;
}

/* A whole word, which hashes as well in either order. */
static bool is_raw4(const struct gen *g, u32 val)
{
	return is_raw(g, val) && g->ir->vals[val].size == 4;
}

static void plan_part(struct gen *g, u32 i, u32 n)
{
	struct set_test *tests = &g->sets->tests[i];
	u32 j;

	/* the packet is not put in order: the constants are */
	if (is_raw4(g, tests->val))
		for (j = 0; j < n; j++)
			tests[j].k = swapped(tests[j].k, 4);
	if (n >= SET_MIN &&
	    set_table_plan(tests, n, g->ir->vals[tests->val].max <= 0xffff,
			   &g->tables[g->ntables]))
		g->table_of[i] = ++g->ntables;
}

/**
 * tables_plan - find out what tables the sets of a program need
 * @g: generator, ready for its first version, which has the sets
 *
 * Return: 0 or -1 if there is no memory; tables_free() in either case.
 */
int tables_plan(struct gen *g)
{
	u32 s, i, n;

	if (!g->sets || !g->sets->nsets)
		return 0;
	if (g->target->blind)
		g->table_key = g->target->blind * 0x9e3779b1 | 1;
	g->tables = cbpf_alloc((g->sets->ntests / SET_MIN + 1) * sizeof(*g->tables));
	g->table_of = cbpf_alloc(g->sets->ntests * sizeof(*g->table_of));
	if (!g->tables || !g->table_of)
		return -1;
	for (s = 0; s < g->sets->nsets; s++) {
		const struct set *set = &g->sets->sets[s];

		for (i = set->test; i < set->test + set->ntests; i += n) {
			n = part(g, set, i);
			plan_part(g, i, n);
		}
	}
	return 0;
}

/**
 * tables_free - undo tables_plan()
 * @g: generator
 */
void tables_free(struct gen *g)
{
	cbpf_free(g->tables);
	cbpf_free(g->table_of);
}

/* The hash of AX says where in the table it would stand. */
static void look_hash(struct gen *g, const struct set_table *t, struct x86_mem word,
		      u32 label)
{
	x86_imul_imm(&g->x, R8, AX, t->mul);
	x86_shift_imm(&g->x, false, R8, 32 - t->bits);
	x86_lea_label(&g->x, R9, label);
	if (!g->table_key) {
		x86_cmp_reg_mem(&g->x, AX, word);
		return;
	}
	x86_load(&g->x, R8, word, 4);
	x86_alu_imm(&g->x, X_XOR, R8, g->table_key);
	x86_alu(&g->x, X_CMP, AX, R8);
}

/*
 * The bit of AX is the carry. A value that is too large and speculated with reads
 * at most 8 kB behind the table, since it has 16 bits: code of filters.
 */
static void look_bitmap(struct gen *g, const struct set_table *t, struct x86_mem word,
			u32 label)
{
	if (t->min)
		x86_alu_imm(&g->x, X_SUB, AX, t->min);
	x86_alu_imm(&g->x, X_CMP, AX, 32 * t->words - 1);
	x86_jump(&g->x, CC_A, label + 1);
	x86_mov(&g->x, R8, AX);
	x86_shift_imm(&g->x, false, R8, 5);
	x86_lea_label(&g->x, R9, label);
	x86_load(&g->x, R8, word, 4);
	if (g->table_key)
		x86_alu_imm(&g->x, X_XOR, R8, g->table_key);
	x86_bt(&g->x, R8, AX);
}

static void emit_lookup(struct gen *g, u32 val, u32 table, u32 yes)
{
	const struct set_table *t = &g->tables[table];
	const struct x86_mem word = { R9, R8, 2, 0 };
	u32 label = label_table(g, table);

	if (is_raw4(g, val))
		eval_raw(g, val, g->regs);
	else
		eval(g, val, g->regs);
	if (t->mul) {
		look_hash(g, t, word, label);
		x86_jump(&g->x, CC_E, yes);
	} else {
		look_bitmap(g, t, word, label);
		x86_jump(&g->x, CC_B, yes);
		x86_label(&g->x, label + 1);
	}
}

static void emit_compare(struct gen *g, const struct set_test *t, u32 yes)
{
	u32 k = t->k;

	if (!is_raw(g, t->val)) {
		eval(g, t->val, g->regs);
	} else {
		eval_raw(g, t->val, g->regs);
		if (g->ir->vals[t->val].size == 2)
			k = swapped(k, 2);
	}
	x86_alu_imm(&g->x, X_CMP, AX, k);
	x86_jump(&g->x, CC_E, yes);
}

/**
 * emit_set - code of a set
 * @g: generator
 * @set: set
 * @yes: label where to go if a test holds
 * @no: label where to go if none does; IR_NONE: it comes next
 */
void emit_set(struct gen *g, const struct set *set, u32 yes, u32 no)
{
	u32 i, j, n;

	for (i = set->test; i < set->test + set->ntests; i += n) {
		n = part(g, set, i);
		if (g->table_of[i]) {
			emit_lookup(g, g->sets->tests[i].val, g->table_of[i] - 1, yes);
			continue;
		}
		for (j = i; j < i + n; j++)
			emit_compare(g, &g->sets->tests[j], yes);
	}
	if (no != IR_NONE)
		x86_jump(&g->x, CC_ALWAYS, no);
}

static void emit_table(struct gen *g, const struct set *set, u32 i)
{
	u32 table = g->table_of[i] - 1, j;
	const struct set_table *t = &g->tables[table];
	u32 *words;

	while (g->x.size % sizeof(u32))
		x86_byte(&g->x, 0xcc);
	x86_label(&g->x, label_table(g, table));
	if (!g->x.code) {
		g->x.size += t->words * sizeof(u32);
		return;
	}
	words = cbpf_alloc(t->words * sizeof(u32));
	if (!words) {
		g->complex = true;
		return;
	}
	set_table_fill(&g->sets->tests[i], part(g, set, i), t, words);
	for (j = 0; j < t->words; j++)
		x86_u32(&g->x, words[j] ^ g->table_key);
	cbpf_free(words);
}

/**
 * emit_tables - the tables of all sets
 * @g: generator
 */
void emit_tables(struct gen *g)
{
	u32 s, i;

	for (s = 0; g->table_of && s < g->sets->nsets; s++) {
		const struct set *set = &g->sets->sets[s];

		for (i = set->test; i < set->test + set->ntests; i++)
			if (g->table_of[i])
				emit_table(g, set, i);
	}
}
