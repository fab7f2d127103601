/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the compiler works on: a program as blocks of checks and a way to leave,
 * over values that have no side effects. Knows neither classic BPF's encoding
 * nor any processor.
 *
 * VALUES. Every expression exists once (ir_value()), wherever the program
 * computes it; two values are equal if their numbers are. A value says nothing
 * about when it is computed: whoever needs one computes it. That is always
 * possible where the program had it, since all it may need is the bytes of the
 * packet, which a check on the way has made sure of.
 *
 * BLOCKS are in an order in which jumps only go forward. A block makes its
 * checks, of which each ends the program with 0 if it fails, and then leaves.
 * Since all checks fail alike their order does not matter, except that what
 * one computes with has been checked before.
 */
#ifndef CBPF_IR_H
#define CBPF_IR_H

#include "cbpf.h"

enum ir_op {
	IR_CONST,	/* k */
	IR_LEN,		/* bytes on the wire */
	IR_ANC,		/* value k of enum cbpf_anc, from the word that has it */
	IR_LOAD,	/* size bytes at a + k, big-endian */
	IR_PHI,		/* one of several, by the way the block was reached */
	IR_ADD,
	IR_SUB,
	IR_MUL,
	IR_DIV,		/* by b, which a check has found not to be 0 */
	IR_MOD,
	IR_OR,
	IR_AND,
	IR_XOR,
	IR_LSH,		/* by 32 and more: 0 */
	IR_RSH,
	/* outcomes: */
	IR_TEST,	/* 1 if test a, b comes out as wanted, else 0 */
	IR_IN,		/* 1 if a is in table k of the program's sets, else 0 */
	IR_BOTH,	/* of two such, or of what is made of them: a and b */
	IR_EITHER,	/* a or b */
};

struct ir_val {
	u8 op;
	u8 size;	/* of a load */
	u8 test;	/* of a test, enum ir_test */
	u8 want;	/* and what it has to come out as */
	u8 cost;	/* operations to compute it, of what is at hand */
	u32 a;
	u32 b;
	u32 k;
	u32 max;	/* it is never above this */
};

/* The value 0, and what stands for no base of a load. */
#define IR_ZERO		0

enum ir_kind {
	IR_READABLE,	/* check: val + end bytes can be read */
	IR_NONZERO,	/* check: val is not 0 */
	IR_DEF,		/* a dear value is computed here */
};

/* What a block does before it leaves, in this order. */
struct ir_step {
	u8 kind;
	u32 val;
	u32 end;
};

enum ir_leave { IR_RET, IR_JUMP, IR_BRANCH };
enum ir_test { IR_EQ, IR_GT, IR_GE, IR_SET };	/* unsigned; SET: a & b */

struct ir_block {
	u8 leave;
	u8 test;
	bool reached;
	u32 a;		/* IR_RET: the result; IR_BRANCH: left side */
	u32 b;		/* IR_BRANCH: right side */
	u32 to[2];	/* where to, if the test fails and if it holds; IR_JUMP: to[1] */
	u32 step;	/* its first step */
	u32 nsteps;
	u32 phi;	/* its first phi */
	u32 nphis;
	u32 idom;	/* the block that every way here goes through; block 0: itself */
	u32 pred;	/* first edge into it, IR_NONE if there is none */
};

#define IR_NONE		0xffffffffU

/*
 * Bytes that nearly all packets have: the headers of Ethernet, IPv4 and TCP, and
 * those of Ethernet, IPv6 and ports. What is behind them is only checked where a
 * program comes to look at it.
 */
#define IR_NEAR		54
#define IR_EARLY	62

/* An edge, one of a list of those into a block. */
struct ir_edge {
	u32 from;
	u32 next;
};

/* A phi: its value, and what it is on each edge into its block. */
struct ir_phi {
	u32 val;
	u32 var;	/* register or word of M[], see decode.c */
};

/* Values above this cost are computed once, where the program does, and kept. */
#define IR_LIGHT	6

struct ir {
	u32 without;	/* passes to leave out */
	struct ir_val *vals;
	u32 nvals, maxvals;
	u32 *hash;	/* of values; hashmask + 1 slots, 0 is free */
	u32 hashmask;
	struct ir_block *blocks;
	u32 nblocks;
	struct ir_step *steps;
	u32 nsteps, maxsteps;
	struct ir_phi *phis;
	u32 nphis, maxphis;
	struct ir_edge *edges;
	u32 nedges;
	u32 *state;	/* per block: value of each variable at its end */
	u32 *mark;	/* per value: the last block that has it as a step, plus 1 */
};

#define IR_VARS		(2 + CBPF_MEMWORDS)

/* Is the value 0 or 1, an outcome of tests? */
static inline bool ir_is_outcome(const struct ir *ir, u32 val)
{
	return ir->vals[val].op >= IR_TEST;
}

static inline bool ir_wants(const struct ir *ir, enum cbpf_pass pass)
{
	return !(ir->without & 1U << pass);
}

/* The value of a phi's variable at a block's end. */
static inline u32 ir_operand(const struct ir *ir, u32 from, const struct ir_phi *phi)
{
	return ir->state[from * IR_VARS + phi->var];
}

/* ir.c: values */
int ir_init(struct ir *ir, u32 len);
void ir_free(struct ir *ir);
u32 ir_const(struct ir *ir, u32 k);
u32 ir_value(struct ir *ir, enum ir_op op, u32 a, u32 b);
u32 ir_load(struct ir *ir, u32 size, u32 base, u32 off);
u32 ir_leaf(struct ir *ir, const struct ir_val *val);
u32 ir_phi(struct ir *ir);
u32 ir_outcome(struct ir *ir, enum ir_test test, bool want, u32 a, u32 b);
u32 ir_member(struct ir *ir, u32 val, u32 table);
u32 ir_combine(struct ir *ir, enum ir_op op, u32 a, u32 b);
void ir_branch(struct ir *ir, struct ir_block *b, u32 val, u32 no, u32 yes);
bool ir_dear(const struct ir *ir, u32 val);
bool ir_kept(const struct ir *ir, u32 val);
u32 ir_need(const struct ir *ir, u32 val);
bool ir_holds(const struct ir *ir, enum ir_test test, u32 a, u32 b, bool *holds);

/* uses.c: until where kept values are used */
struct ir_uses {
	u32 *last;	/* per value: the last place where it is used, or IR_NONE */
	u32 *base;	/* per block: its first place; one more for each step */
	bool divides, shifts;	/* operations that take certain registers */
	bool words;	/* values that are in words of memory */
};

int ir_uses(const struct ir *ir, struct ir_uses *u);
void ir_uses_free(struct ir_uses *u);

/* flow.c: blocks and edges */
void ir_edge(struct ir *ir, u32 from, u32 to);
void ir_dominate(struct ir *ir, u32 n);
void ir_relink(struct ir *ir);
int ir_copy(struct ir *to, const struct ir *from);
void ir_copy_free(struct ir *copy);
bool ir_same_phis(const struct ir *ir, u32 a, u32 b, u32 to);

/* passes, each in a file of its own; those that return int: 0, or -1 without memory */
bool ir_fold(struct ir *ir, enum ir_op *op, u32 *a, u32 *b, u32 *val);
u32 ir_compute(enum ir_op op, u32 a, u32 b);
u32 ir_ones(u32 x);
u32 ir_enough(const struct ir *ir);
int ir_checks(struct ir *ir, u32 start, bool merge);
int ir_thread(struct ir *ir);
int ir_ifconv(struct ir *ir, bool early);
int ir_wide(struct ir *ir);
int ir_layout(struct ir *ir);

int ir_decode(struct ir *ir, const struct cbpf_insn *insns, u32 len, u32 without);

#endif /* CBPF_IR_H */
