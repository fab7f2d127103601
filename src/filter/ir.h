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
};

struct ir_val {
	u8 op;
	u8 size;
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

/* No end of a check. */
#define IR_SKIP		0x100000000ULL

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

int ir_init(struct ir *ir, u32 len);
void ir_free(struct ir *ir);
u32 ir_const(struct ir *ir, u32 k);
u32 ir_value(struct ir *ir, enum ir_op op, u32 a, u32 b);
u32 ir_load(struct ir *ir, u32 size, u32 base, u32 off);
u32 ir_leaf(struct ir *ir, const struct ir_val *val);
u32 ir_phi(struct ir *ir);
bool ir_holds(const struct ir *ir, enum ir_test test, u32 a, u32 b, bool *holds);

bool ir_dear(const struct ir *ir, u32 val);
int ir_checks(const struct ir *ir, u32 start, bool merge, u64 *ends);

int ir_decode(struct ir *ir, const struct cbpf_insn *insns, u32 len);

#endif /* CBPF_IR_H */
