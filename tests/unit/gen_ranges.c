// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Random programs whose constants are at the edges of what a value can be: masks
 * that just cover it, comparisons with its largest, offsets up to which all has been
 * looked at. For what the compiler concludes from how large values are.
 */
#include "array.h"
#include "gen.h"
#include "opcode.h"
#include "rng.h"

struct range {
	struct cbpf_insn *insns;
	u32 at;
	u64 *state;
	u64 amax, xmax;		/* about what A and X can be */
};

static void put(struct range *r, u16 code, u32 k)
{
	r->insns[r->at++] = (struct cbpf_insn){ .code = code, .k = k };
}

static u64 ones(u64 max)
{
	while (max & (max + 1))
		max |= max >> 1;
	return max;
}

/* Something to which a value is compared, or by which it is masked. */
static u32 edge(struct range *r, u64 max)
{
	switch (rng_below(r->state, 8)) {
	case 0:
		return max + 1;
	case 1:
		return max - 1;
	case 2:
		return ones(max);
	case 3:
		return ones(max) - rng_below(r->state, 3);
	case 4:
		return max & ~(1U << rng_below(r->state, 8));
	case 5:
		return 1U << rng_below(r->state, 9);
	default:
		return max;
	}
}

static void put_load(struct range *r)
{
	static const u16 codes[] = { CBPF_LD_B_ABS, CBPF_LD_H_ABS, CBPF_LD_W_ABS };
	u32 size = rng_one_in(r->state, 4) ? 2 : rng_below(r->state, 2);
	/* mostly after what an index can reach, more or less */
	u64 off = r->xmax < 150 && rng_one_in(r->state, 2) ?
		  r->xmax + rng_below(r->state, 24) : rng_below(r->state, 40);

	put(r, codes[size], off);
	r->amax = (1ULL << (8 << size)) - 1;
}

static void put_index(struct range *r)
{
	static const u16 codes[] = { CBPF_LD_B_IND, CBPF_LD_H_IND, CBPF_LD_W_IND };
	u32 size = rng_below(r->state, 3);

	put(r, codes[size], rng_below(r->state, 24));
	r->amax = (1ULL << (8 << size)) - 1;
}

static void put_alu(struct range *r)
{
	u32 k = edge(r, r->amax);

	switch (rng_below(r->state, 10)) {
	case 0 ... 1:
		put(r, CBPF_AND_K, k);
		r->amax = k < r->amax ? k : r->amax;
		break;
	case 2:
		put(r, CBPF_OR_K, k);
		r->amax = ones(r->amax | k);
		break;
	case 3:
		put(r, CBPF_XOR_K, k);
		r->amax = ones(r->amax | k);
		break;
	case 4:
		put(r, CBPF_ADD_K, k);
		r->amax += k;
		break;
	case 5:
		k = rng_below(r->state, 10);
		put(r, CBPF_MUL_K, k);
		r->amax *= k;
		break;
	case 6:
		k += k == 0;
		put(r, rng_one_in(r->state, 2) ? CBPF_DIV_K : CBPF_MOD_K, k);
		r->amax = r->insns[r->at - 1].code == CBPF_MOD_K ? k - 1 : r->amax / k;
		break;
	case 7:
		k = rng_below(r->state, 12);
		put(r, CBPF_RSH_K, k);
		r->amax >>= k;
		break;
	case 8:
		k = rng_below(r->state, 8);
		put(r, CBPF_LSH_K, k);
		r->amax <<= k;
		break;
	default:
		put(r, rng_one_in(r->state, 2) ? CBPF_ADD_X : CBPF_OR_X, 0);
		r->amax = ones(r->amax | r->xmax);
	}
	r->amax &= 0xffffffff;
	/* the largest value is no mask: which bits can be set? */
	if (r->amax & (r->amax + 1) && rng_one_in(r->state, 4))
		put(r, CBPF_AND_K, r->amax);
}

static void put_move(struct range *r)
{
	switch (rng_below(r->state, 4)) {
	case 0:
		put(r, CBPF_LDX_MSH, rng_below(r->state, 24));
		r->xmax = 60;
		break;
	case 1:
		put(r, CBPF_TXA, 0);
		r->amax = r->xmax;
		break;
	default:
		put(r, CBPF_TAX, 0);
		r->xmax = r->amax;
	}
}

void gen_ranges(struct gen_case *c, u64 *state)
{
	static const u16 tests[] = {
		CBPF_JEQ_K, CBPF_JGT_K, CBPF_JGE_K, CBPF_JSET_K, CBPF_JGT_X, CBPF_JGE_X,
	};
	struct range r = { .insns = c->insns, .state = state };
	u32 len = 4 + rng_below(state, 40), i;

	put_load(&r);
	while (r.at < len)
		switch (rng_below(state, 8)) {
		case 0:
			put_load(&r);
			break;
		case 1:
			put_index(&r);
			break;
		case 2 ... 3:
			put_move(&r);
			break;
		case 4 ... 5:
			put_alu(&r);
			break;
		default:
			put(&r, tests[rng_below(state, ARRAY_SIZE(tests))],
			    edge(&r, r.amax));
		}
	put(&r, CBPF_XOR_X, 0);
	put(&r, CBPF_OR_K, 0x10000);
	put(&r, CBPF_RET_A, 0);
	put(&r, CBPF_RET_K, 1);
	put(&r, CBPF_RET_K, 2);
	c->len = r.at;
	for (i = 0; i < c->len - 5; i++)
		if ((c->insns[i].code & 7) == 5) {
			u32 after = c->len - i - 1;

			/* on, or to one of the last two */
			c->insns[i].jt = rng_below(state, 2) ? 0 : after - 1 -
					 rng_below(state, 2);
			c->insns[i].jf = rng_below(state, 3) ? rng_below(state, 2) :
					 after - 1 - rng_below(state, 2);
		}
}

/* A sum of some values that are dear to compute, to X. */
static void put_sum(struct range *r, u32 terms)
{
	put(r, CBPF_LDX_IMM, 0);
	while (terms--) {
		put(r, CBPF_LD_B_ABS, rng_below(r->state, 100));
		put(r, rng_one_in(r->state, 2) ? CBPF_DIV_K : CBPF_MOD_K,
		    3 + 2 * rng_below(r->state, 4));
		put(r, CBPF_ADD_X, 0);
		put(r, CBPF_TAX, 0);
	}
}

void gen_heavy(struct gen_case *c, u64 *state)
{
	struct range r = { .insns = c->insns, .state = state };
	u32 sums = rng_one_in(state, 2) ? CBPF_MEMWORDS :
		   1 + rng_below(state, CBPF_MEMWORDS);
	u32 terms = 2 + rng_below(state, 5), i;

	for (i = 0; i < sums; i++) {
		put_sum(&r, terms);
		put(&r, CBPF_STX, i);
	}
	put_sum(&r, terms);
	put(&r, CBPF_LD_B_ABS, rng_below(state, 100));
	/* two ways, on which all have different values */
	put(&r, CBPF_JGT_K, 128);
	c->insns[r.at - 1].jt = sums + 1;
	put(&r, CBPF_LD_W_ABS, rng_below(state, 40));
	for (i = 0; i < sums; i++)
		put(&r, CBPF_ST, i);
	for (i = 0; i < sums; i++) {
		put(&r, rng_one_in(state, 2) ? CBPF_ADD_X : CBPF_XOR_X, 0);
		put(&r, CBPF_LDX_MEM, i);
	}
	put(&r, CBPF_ADD_X, 0);
	put(&r, CBPF_RET_A, 0);
	c->len = r.at;
}

void gen_trees(struct gen_case *c, u64 *state)
{
	static const u16 ops[] = {
		CBPF_ADD_X, CBPF_SUB_X, CBPF_SUB_X, CBPF_MUL_X, CBPF_XOR_X,
		CBPF_AND_X, CBPF_OR_X, CBPF_LSH_X, CBPF_RSH_X, CBPF_DIV_X,
	};
	struct range r = { .insns = c->insns, .state = state };
	u32 n = 2 + rng_below(state, 14), words = 1 + rng_below(state, 4), op;

	while (n--) {
		if (rng_one_in(state, 3))
			put(&r, CBPF_LDX_MEM, rng_below(state, words));
		else
			put(&r, CBPF_TAX, 0);
		if (rng_one_in(state, 3))
			put(&r, CBPF_LD_MEM, rng_below(state, words));
		else
			put(&r, CBPF_LD_B_ABS, rng_below(state, 40));
		op = rng_below(state, ARRAY_SIZE(ops) - (rng_one_in(state, 4) ? 0 : 3));
		put(&r, ops[op], 0);
		if (rng_one_in(state, 2))
			put(&r, CBPF_ST, rng_below(state, words));
	}
	put(&r, rng_one_in(state, 2) ? CBPF_JGT_X : CBPF_JEQ_X, 0);
	c->insns[r.at - 1].jt = rng_below(state, 2);
	put(&r, CBPF_RET_A, 0);
	put(&r, CBPF_ADD_X, 0);
	put(&r, CBPF_RET_A, 0);
	c->len = r.at;
}
