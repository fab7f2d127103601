/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the parts of the code generator share: native.c (blocks and the whole),
 * expr.c (values and tests), slots.c (values that are kept). For them only.
 */
#ifndef CBPF_EMIT_H
#define CBPF_EMIT_H

#include "native.h"
#include "sets.h"
#include "x86.h"

#define HEAD	DI
#define HEADLEN	SI

enum version { FAST, EXACT };

struct gen {
	const struct ir *ir;
	const struct cbpf_target *target;
	struct x86 x;
	const u64 *ends;	/* of the version: which checks to make */
	u32 *slot;		/* per value: its word, or IR_NONE */
	u32 *last;		/* per value: the last place where it is used, or IR_NONE */
	bool divides, shifts;	/* then DX, CX are not the arguments */
	enum version version;
	u8 regs[4];		/* for expressions */
	u32 *holder;		/* per word: the value in it, or IR_NONE */
	u32 *tailed;		/* per value: the round in which it got its tail */
	u32 round;
	struct sets sets;	/* of the first version */
	struct set_table *tables;	/* of those parts of sets that have one */
	u32 *table_of;		/* per test of a set: its part's table + 1, or 0 */
	u32 ntables;
	bool complex;
};

static inline enum x86_reg wirelen(const struct gen *g)
{
	return g->divides ? R10 : DX;
}

/* Is it in a word once it has been computed? */
static inline bool kept(const struct ir *ir, u32 val)
{
	return ir->vals[val].op == IR_PHI || ir_dear(ir, val);
}

/* Where a step of a block is in the program, and its way out. */
static inline u32 place_step(u32 n, u32 step)
{
	return step + n;
}

static inline u32 place_leave(const struct ir *ir, u32 n)
{
	return ir->blocks[n].step + ir->blocks[n].nsteps + n;
}

/* The value of a phi's variable at a block's end. */
static inline u32 phi_operand(const struct ir *ir, u32 from,
			      const struct ir_phi *phi)
{
	return ir->state[from * IR_VARS + phi->var];
}

/* Labels: blocks of both versions, tails of constants, tables and past them. */
static inline u32 label_table(const struct gen *g, u32 table)
{
	return 2 * g->ir->nblocks + 2 + g->ir->nvals + 2 * table;
}

u32 swapped(u32 k, u32 size);
void eval(struct gen *g, u32 val, const u8 *regs);
void eval_dear(struct gen *g, u32 val);
void eval_raw(struct gen *g, u32 val);
enum x86_cc emit_test(struct gen *g, const struct ir_block *b);

int tables_plan(struct gen *g);
void tables_free(struct gen *g);
void emit_set(struct gen *g, const struct set *set, u32 yes, u32 no);
void emit_tables(struct gen *g);

void find_uses(struct gen *g);
struct x86_mem slot_of(struct gen *g, u32 val);
void keep(struct gen *g, u32 val, u32 place);

#endif /* CBPF_EMIT_H */
