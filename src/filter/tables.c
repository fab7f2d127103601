// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Code for sets: looks into tables, which lie behind the code.
 */
#include "emit.h"

/* The hash of the value says where in the table it would stand. */
static enum x86_cc look_hash(struct gen *g, const struct set_table *t, u32 label,
			     const u8 *regs)
{
	const struct x86_mem word = { g->x.spare, regs[1], 2, 0 };

	x86_imul_imm(&g->x, regs[1], regs[0], t->mul);
	x86_shift_imm(&g->x, false, regs[1], 32 - t->bits);
	x86_lea_label(&g->x, g->x.spare, label);
	if (!g->table_key) {
		x86_cmp_reg_mem(&g->x, regs[0], word);
		return CC_E;
	}
	x86_load(&g->x, regs[1], word, 4);
	x86_alu_imm(&g->x, X_XOR, regs[1], g->table_key);
	x86_alu(&g->x, X_CMP, regs[0], regs[1]);
	return CC_E;
}

/* Values beyond the table are looked for in its last word, which is 0. */
static enum x86_cc look_bitmap(struct gen *g, const struct set_table *t, u32 label,
			       const u8 *regs)
{
	const struct x86_mem word = { g->x.spare, regs[1], 2, 0 };

	if (t->min)
		x86_alu_imm(&g->x, X_SUB, regs[0], t->min);
	x86_mov_imm(&g->x, regs[1], 32 * (t->words - 1));
	x86_alu(&g->x, X_CMP, regs[0], regs[1]);
	x86_cmov(&g->x, CC_A, regs[0], regs[1]);
	x86_mov(&g->x, regs[1], regs[0]);
	x86_shift_imm(&g->x, false, regs[1], 5);
	x86_lea_label(&g->x, g->x.spare, label);
	x86_load(&g->x, regs[1], word, 4);
	if (g->table_key)
		x86_alu_imm(&g->x, X_XOR, regs[1], g->table_key);
	x86_bt(&g->x, regs[1], regs[0]);
	return CC_B;
}

/**
 * emit_lookup - set the flags by whether a value is in a table
 * @g: generator
 * @val: IR_IN
 * @regs: registers to use, two at least
 *
 * Return: the condition that says that it is.
 */
enum x86_cc emit_lookup(struct gen *g, const struct ir_val *val, const u8 *regs)
{
	const struct set_table *t = &g->sets->tables[val->k];

	if (t->raw)
		eval_raw(g, val->a, regs);
	else
		eval(g, val->a, regs);
	return t->mul ? look_hash(g, t, label_table(g, val->k), regs) :
			look_bitmap(g, t, label_table(g, val->k), regs);
}

static void emit_table(struct gen *g, u32 table)
{
	const struct set_table *t = &g->sets->tables[table];
	u32 *words, i;

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
	set_table_fill(&g->sets->members[t->member], t->nmembers, t, words);
	for (i = 0; i < t->words; i++)
		x86_u32(&g->x, words[i] ^ g->table_key);
	cbpf_free(words);
}

/**
 * emit_tables - the tables of all sets
 * @g: generator
 */
void emit_tables(struct gen *g)
{
	u32 i;

	for (i = 0; i < g->sets->ntables; i++)
		emit_table(g, i);
}
