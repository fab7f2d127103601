// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Random programs and packets: see gen.h. Loads are mostly inside the packet
 * and returns mostly last, or nearly all programs would end after a few
 * instructions with 0.
 */
#include "array.h"
#include "gen.h"
#include "opcode.h"
#include "rng.h"

struct operation {
	u16 code;
	enum cbpf_form form;
	enum cbpf_rule rule;
};

#define OPERATION(name, code, mnemonic, form, rule) \
	{ code, CBPF_FORM_##form, CBPF_RULE_##rule },
static const struct operation operations[] = {
	CBPF_OPCODES(OPERATION)
};

/* Near one of Linux's values, or relative to a header. */
static u32 linux_offset(u64 *state, u32 wirelen)
{
	switch (rng_below(state, 4)) {
	case 0:
		return CBPF_OFF_LINK + rng_below(state, wirelen + 4);
	case 1:
		return CBPF_OFF_NETWORK + rng_below(state, wirelen + 4);
	case 2:
		return CBPF_OFF_ANCILLARY + rng_below(state, 4 * CBPF_ANCS + 4);
	default:
		return CBPF_OFF_ANCILLARY + 4 * rng_below(state, CBPF_ANCS);
	}
}

static u32 offset(u64 *state, u32 wirelen)
{
	if (rng_one_in(state, 64))
		return rng_wild(state);
	if (rng_one_in(state, 32))
		return linux_offset(state, wirelen);
	if (rng_one_in(state, 16))
		return rng_below(state, wirelen + 4);
	return wirelen > 8 ? rng_below(state, wirelen - 4) : 0;
}

/* @after: how many instructions follow. */
static void fill(struct cbpf_insn *insn, const struct operation *op, u32 after,
		 u32 wirelen, u64 *state)
{
	u32 reach = after < 256 ? after : 256;

	*insn = (struct cbpf_insn){ .code = op->code, .k = rng_wild(state) };
	if (op->form == CBPF_FORM_ABS || op->form == CBPF_FORM_MSH)
		insn->k = offset(state, wirelen);
	else if (op->form == CBPF_FORM_IND)
		insn->k = rng_one_in(state, 8) ? rng_wild(state) :
					     offset(state, wirelen) / 2;
	if (op->rule == CBPF_RULE_MEM)
		insn->k = rng_below(state, CBPF_MEMWORDS);
	else if (op->rule == CBPF_RULE_DIVISOR)
		insn->k += insn->k == 0;
	else if (op->rule == CBPF_RULE_JUMP)
		insn->k = rng_below(state, rng_one_in(state, 4) ? after : (after + 3) / 4);
	if (op->rule == CBPF_RULE_BRANCH || rng_one_in(state, 16)) {
		/* Mostly short, or long programs would be over at once. */
		insn->jt = rng_below(state, rng_one_in(state, 8) ? reach : (reach + 7) / 8);
		insn->jf = rng_below(state, rng_one_in(state, 8) ? reach : (reach + 7) / 8);
	}
}

static void make_program(struct gen_case *c, u64 *state)
{
	u32 len = 1 + rng_below(state, rng_one_in(state, 32) ? GEN_MAXINSNS - 4 : 40);
	u32 i = 0;

	c->len = len + 4;
	while (i < len) {
		const struct operation *op;

		op = &operations[rng_below(state, ARRAY_SIZE(operations))];
		if (op->rule == CBPF_RULE_RETURN && !rng_one_in(state, 16))
			continue;
		/* An X that was computed seldom points into the packet. */
		if (op->form == CBPF_FORM_IND && i + 1 < len && !rng_one_in(state, 4))
			c->insns[i++] = (struct cbpf_insn){
				.code = CBPF_LDX_IMM,
				.k = rng_below(state, c->wirelen / 2 + 1),
			};
		fill(&c->insns[i], op, c->len - i - 1, c->wirelen, state);
		i++;
	}
	/* The end shows A, X and one word of M[], all at once. */
	c->insns[i++] = (struct cbpf_insn){ .code = CBPF_XOR_X };
	c->insns[i++] = (struct cbpf_insn){
		.code = CBPF_LDX_MEM,
		.k = rng_below(state, CBPF_MEMWORDS),
	};
	c->insns[i++] = (struct cbpf_insn){ .code = CBPF_ADD_X };
	c->insns[i++] = (struct cbpf_insn){ .code = CBPF_RET_A };
}

/*
 * What lists of ports and hosts compile to: chains of tests for equality that all
 * accept, the ways that join in them having loaded different things before. The
 * constants are near what the packet has.
 */
static void make_chains(struct gen_case *c, u64 *state)
{
	static const u16 loads[] = {
		CBPF_LD_W_ABS, CBPF_LD_H_ABS, CBPF_LD_B_ABS, CBPF_LD_H_IND,
		CBPF_LD_W_IND, CBPF_LD_LEN, CBPF_LD_MEM,
	};
	u32 chains = 1 + rng_below(state, 6), at = 0, i;
	struct cbpf_insn *insn = c->insns;

	c->len = 3 + 40 * chains;
	insn[at++] = (struct cbpf_insn){ CBPF_LDX_MSH, .k = rng_below(state, 24) };
	while (at < c->len - 2) {
		u32 after = c->len - 1 - at, len = 1 + rng_below(state, 39);
		u8 *byte = &c->bytes[rng_below(state, GEN_MAXBYTES - 3)];

		if (at == 1 || rng_one_in(state, 12)) {
			u32 nr = rng_below(state, sizeof(loads) / sizeof(loads[0]));

			insn[at++] = (struct cbpf_insn){
				loads[nr],
				.k = loads[nr] == CBPF_LD_MEM ? rng_below(state, 16) :
								rng_below(state, 40),
			};
			continue;
		}
		/* true: accept, the last one; false: on, or into another chain */
		insn[at++] = (struct cbpf_insn){
			rng_one_in(state, 16) ? CBPF_JGT_K : CBPF_JEQ_K,
			.jt = rng_one_in(state, 40) ? rng_below(state, after) : after - 1,
			.jf = rng_one_in(state, 20) && len < after ? len : 0,
			.k = rng_one_in(state, 2) ? cbpf_be16(byte) :
			     rng_one_in(state, 2) ? cbpf_be32(byte) : rng_below(state, 300),
		};
	}
	for (i = at; i < c->len; i++)
		insn[i] = (struct cbpf_insn){ CBPF_RET_K, .k = i + 1 == c->len };
	insn[c->len - 1].k = 0xffff;
}

void gen_make(struct gen_case *c, u64 number)
{
	u64 state = number;

	c->wirelen = rng_below(&state, rng_one_in(&state, 4) ? 8 : GEN_MAXBYTES + 1);
	c->avail = rng_one_in(&state, 4) ? rng_below(&state, c->wirelen + 1) : c->wirelen;
	c->headlen = rng_one_in(&state, 2) ? rng_below(&state, c->avail + 1) : c->avail;
	for (u32 i = 0; i < c->wirelen; i++)
		c->bytes[i] = rng_one_in(&state, 4) ? 0 : rng_next(&state);
	c->has_facts = !rng_one_in(&state, 4);
	c->facts.network = rng_one_in(&state, 8) ? CBPF_NO_NETWORK :
					       rng_below(&state, c->wirelen + 1);
	c->facts.have = ~(u32)rng_next(&state) | ~(u32)rng_next(&state) | rng_next(&state);
	for (u32 i = 0; i < CBPF_ANCS; i++)
		c->facts.value[i] = rng_one_in(&state, 2) ? rng_below(&state, 64) : rng_next(&state);
	if (rng_one_in(&state, 4))
		make_chains(c, &state);
	else if (rng_one_in(&state, 3))
		gen_lists(c, &state);
	else if (rng_one_in(&state, 3))
		gen_ranges(c, &state);
	else if (rng_one_in(&state, 6))
		gen_trees(c, &state);
	else if (rng_one_in(&state, 40))
		gen_heavy(c, &state);
	else
		make_program(c, &state);
}

void gen_damage(struct cbpf_insn *insns, u32 *len, u64 *state)
{
	for (u32 n = 1 + rng_below(state, 4); n > 0; n--) {
		struct cbpf_insn *insn = &insns[rng_below(state, *len)];

		switch (rng_below(state, 6)) {
		case 0:
			insn->code = rng_one_in(state, 8) ? rng_next(state) :
							    rng_below(state, 256);
			break;
		case 1:
			insn->code ^= 1 << rng_below(state, 8);
			break;
		case 2:
			insn->jt = rng_next(state);
			break;
		case 3:
			insn->jf = rng_next(state);
			break;
		case 4:
			insn->k = rng_one_in(state, 3) ?
				  *len - (insn - insns) - rng_below(state, 3) :
				  rng_wild(state);
			break;
		case 5:
			/* Seldom: it often just loses the return. */
			if (rng_one_in(state, 4))
				*len = 1 + rng_below(state, *len);
			break;
		}
	}
}

void gen_mutate(struct gen_case *c, u64 number)
{
	u64 state = ~number;

	gen_damage(c->insns, &c->len, &state);
}
