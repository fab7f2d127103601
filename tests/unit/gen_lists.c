// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Random programs that look through lists: sections that load something and
 * compare it with many constants, that jump into each other's middle, so that
 * ways with different values meet, and that use at the end what they had. This is
 * what the compiler makes tables of; gen.c is for anything else.
 */
#include "array.h"
#include "gen.h"
#include "opcode.h"
#include "rng.h"

enum { LISTS_MAX = 180, SECTIONS = 4 };

/* As many tests as jt can jump over. */
enum { LONG_MIN = 60, LONG_MAX = 240 };

/* Targets until the places are known; smaller ones are instructions. */
enum { NEXT = 1000, YES, NO };

struct list {
	struct cbpf_insn insns[LONG_MAX + 10];
	u32 jt[LONG_MAX + 10], jf[LONG_MAX + 10];
	u32 at;
	u64 *state;
	const u8 *bytes;
};

static void put(struct list *l, u16 code, u32 k)
{
	l->jt[l->at] = l->jf[l->at] = NEXT;
	l->insns[l->at++] = (struct cbpf_insn){ .code = code, .k = k };
}

/* Brings something to A, or leaves there what was before. */
static void put_load(struct list *l)
{
	static const u16 loads[] = {
		CBPF_LD_H_ABS, CBPF_LD_H_ABS, CBPF_LD_W_ABS, CBPF_LD_W_ABS,
		CBPF_LD_B_ABS, CBPF_LD_H_IND, CBPF_LD_W_IND, CBPF_LD_LEN,
	};
	static const u16 more[] = {
		CBPF_AND_K, CBPF_AND_K, CBPF_RSH_K, CBPF_ADD_K, CBPF_ADD_X,
		CBPF_SUB_X, CBPF_XOR_K, CBPF_MUL_X, CBPF_DIV_X, CBPF_LSH_X,
	};
	static const u16 moves[] = { CBPF_ST, CBPF_STX, CBPF_TAX, CBPF_TXA };
	static const u32 masks[] = { 0xff, 0xffff, 0xfff, 0x1fff, 0xffffff00 };
	u16 code;

	if (rng_one_in(l->state, 3))
		put(l, CBPF_LDX_MSH, rng_below(l->state, 24));
	else if (rng_one_in(l->state, 4))
		put(l, CBPF_LDX_MEM, rng_below(l->state, 4));
	if (rng_one_in(l->state, 8))
		put(l, CBPF_LD_MEM, rng_below(l->state, 4));
	else
		put(l, loads[rng_below(l->state, ARRAY_SIZE(loads))],
		    rng_below(l->state, 40));
	if (rng_one_in(l->state, 4)) {
		code = more[rng_below(l->state, ARRAY_SIZE(more))];
		put(l, code, code == CBPF_AND_K ?
		    masks[rng_below(l->state, ARRAY_SIZE(masks))] :
		    rng_below(l->state, 20));
	}
	if (rng_one_in(l->state, 3)) {
		code = moves[rng_below(l->state, ARRAY_SIZE(moves))];
		put(l, code, rng_below(l->state, 4));
	}
}

/* Members that stand close together, of the packet, or anything. */
static u32 member(struct list *l, u32 kind, u32 base)
{
	const u8 *byte = &l->bytes[rng_below(l->state, GEN_MAXBYTES - 3)];

	if (rng_one_in(l->state, 10))
		byte = &l->bytes[rng_below(l->state, 40)];
	else if (kind < 2)
		return base + rng_below(l->state, kind ? 300 : 70);
	else if (kind == 2)
		return rng_next(l->state);
	return rng_one_in(l->state, 2) ? cbpf_be16(byte) : cbpf_be32(byte);
}

static void put_tests(struct list *l, u32 n)
{
	u32 kind = rng_below(l->state, 4), base = rng_next(l->state);

	if (!rng_one_in(l->state, 4))
		base = rng_one_in(l->state, 2) ? base & 0xfff : base & 0xff;
	while (n--) {
		u32 at = l->at;

		put(l, rng_one_in(l->state, 30) ? CBPF_JGT_K :
		       rng_one_in(l->state, 60) ? CBPF_JEQ_X : CBPF_JEQ_K,
		    member(l, kind, base));
		l->jt[at] = rng_one_in(l->state, 40) ? NO : YES;
		if (rng_one_in(l->state, 40))
			l->jt[at] = at + 1 + rng_below(l->state, 40);
		if (rng_one_in(l->state, 12))
			l->jf[at] = at + 1 + rng_below(l->state, 24);
	}
}

/* One list without anything odd, or a single such thing. */
static void put_long(struct list *l)
{
	u32 n = LONG_MIN + rng_below(l->state, LONG_MAX - LONG_MIN), from = l->at, odd;
	u32 kind = rng_below(l->state, 4), base = rng_next(l->state);

	while (n--) {
		put(l, CBPF_JEQ_K, member(l, kind, base));
		l->jt[l->at - 1] = YES;
	}
	odd = from + rng_below(l->state, l->at - from);
	if (rng_one_in(l->state, 4))
		l->insns[odd].code = CBPF_JGT_K;
	else if (rng_one_in(l->state, 4))
		l->jt[odd] = NO;
}

/* Uses what is there, or not. */
static void put_end(struct list *l, u32 result)
{
	switch (rng_below(l->state, 6)) {
	case 0:
		put(l, CBPF_TXA, 0);
		put(l, CBPF_RET_A, 0);
		break;
	case 1:
		put(l, CBPF_LD_MEM, rng_below(l->state, 4));
		put(l, CBPF_RET_A, 0);
		break;
	case 2:
		put(l, CBPF_ADD_X, 0);
		put(l, CBPF_RET_A, 0);
		break;
	case 3:
		put(l, CBPF_RET_A, 0);
		break;
	default:
		put(l, CBPF_RET_K, result);
	}
}

static u32 skip(u32 to, u32 at, u32 no, u32 yes)
{
	if (to == YES)
		return yes - at - 1;
	/* not into the last end: that would be another list's */
	if (to == NO || (to != NEXT && to > no))
		return no - at - 1;
	return to == NEXT ? 0 : to - at - 1;
}

/* Ends, and places for the jumps. */
static void finish(struct list *l, struct gen_case *c)
{
	u32 no = l->at, yes, i;

	put_end(l, 0);
	yes = l->at;
	put_end(l, 0xffff);
	c->len = l->at;
	for (i = 0; i < c->len; i++) {
		c->insns[i] = l->insns[i];
		if (i < no) {
			c->insns[i].jt = skip(l->jt[i], i, no, yes);
			c->insns[i].jf = skip(l->jf[i], i, no, yes);
		}
	}
}

void gen_lists(struct gen_case *c, u64 *state)
{
	struct list l = { .state = state, .bytes = c->bytes };
	u32 sections = 1 + rng_below(state, SECTIONS);

	while (sections-- && l.at < LISTS_MAX - 50) {
		put_load(&l);
		put_tests(&l, rng_one_in(state, 4) ? 1 + rng_below(state, 4) :
						     6 + rng_below(state, 30));
	}
	finish(&l, c);
}

void gen_long(struct gen_case *c, u64 *state)
{
	struct list l = { .state = state, .bytes = c->bytes };

	put_load(&l);
	put_long(&l);
	finish(&l, c);
}
