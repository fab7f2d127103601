/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the parts of the code generator share: native.c (blocks and the whole),
 * expr.c (values), test.c and swap.c (tests), tables.c (sets), slots.c (values
 * that are kept), reuse.c (offsets). For them only.
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
	const struct ir *ir;	/* of the version */
	const struct ir_uses *uses;	/* of the version */
	const struct cbpf_target *target;
	struct x86 x;
	u32 *slot;		/* per value: its word, or IR_NONE */
	bool divides, shifts;	/* then DX, CX are not the arguments */
	bool wide;		/* HEADLEN is used in 64 bits */
	enum version version;
	u8 regs[4];		/* for expressions */
	u32 *holder;		/* per word: the value in it, or IR_NONE */
	u32 *tailed;		/* per value: the round in which its tail is needed */
	u8 reuse;		/* register of the value below, or X_NOINDEX */
	u32 reused;		/* what is in it, or IR_NONE */
	u32 *reused_at;		/* per block: what is in it at the end */
	u32 round;
	u32 nvals;		/* of both versions */
	const struct sets *sets;
	u32 table_key;		/* what the words of tables are hidden by */
	bool complex;
};

static inline enum x86_reg wirelen(const struct gen *g)
{
	return g->divides ? R10 : DX;
}

/* Labels: blocks and tails of constants, of both versions, and tables. */
static inline u32 label_table(const struct gen *g, u32 table)
{
	return 2 * g->ir->nblocks + 2 + 2 * g->nvals + table;
}

/* expr.c: values */
void eval(struct gen *g, u32 val, const u8 *regs);
void eval_dear(struct gen *g, u32 val);
struct x86_mem load_address(struct gen *g, u32 val, const u8 *regs);

/* reuse.c: offsets that are computed once */
void reuse_prepare(struct gen *g, bool free);
void reuse_begin(struct gen *g, u32 n);
void reuse_end(struct gen *g, u32 n);
struct x86_mem reused(struct gen *g, u32 val, u32 k, const u8 *regs);
bool reuse_eval(struct gen *g, u32 val, u8 to);

/* test.c: tests and what is made of them */
enum x86_cc emit_test(struct gen *g, const struct ir_block *b);
enum x86_cc emit_choice(struct gen *g, const struct ir_block *b, bool carries);

/* swap.c: bytes of the packet as they are */
u32 swapped(u32 k, u32 size);
bool is_raw(const struct gen *g, u32 val);
void eval_raw(struct gen *g, u32 val, const u8 *regs);

/* Bits of a load, in the order of the packet: those of the mask, or all, are k or not. */
struct bits {
	u32 val;
	u32 mask;
	u32 k;
	bool all;
};

bool find_bits(const struct gen *g, const struct ir_val *test, struct bits *bits);
u32 bits_cost(const struct gen *g, const struct bits *bits);
void emit_bits(struct gen *g, const struct bits *bits, const u8 *regs);
void eval_bits(struct gen *g, const struct bits *bits, const u8 *regs);

/* tables.c: sets */
enum x86_cc emit_lookup(struct gen *g, const struct ir_val *val, const u8 *regs);
void emit_tables(struct gen *g);

/* slots.c */
struct x86_mem word_of(struct gen *g, u32 n);
struct x86_mem slot_of(struct gen *g, u32 val);
void keep(struct gen *g, u32 val, u32 place);

#endif /* CBPF_EMIT_H */
