// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Random programs and packets: see gen.h. Loads are mostly inside the packet
 * and returns mostly last, or nearly all programs would end after a few
 * instructions with 0.
 */
#include "gen.h"
#include "opcode.h"
#include "runner.h"

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

/* splitmix64: good enough, and one word of state that any number seeds. */
static u64 next(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static u32 below(u64 *state, u32 limit)
{
	return next(state) % limit;
}

static bool one_in(u64 *state, u32 n)
{
	return below(state, n) == 0;
}

/* Values where arithmetic, shifts and offsets go wrong, and any others. */
static u32 wild(u64 *state)
{
	static const u32 edges[] = {
		0, 1, 2, 31, 32, 33, 0x7fffffff, 0x80000000, 0xfffff000,
		0xfffffffc, 0xfffffffe, 0xffffffff,
	};

	switch (below(state, 4)) {
	case 0:
		return edges[below(state, ARRAY_SIZE(edges))];
	case 1:
		return below(state, 256);
	case 2:
		return (u32)1 << below(state, 32);
	default:
		return next(state);
	}
}

/* Near one of Linux's values, or relative to a header. */
static u32 linux_offset(u64 *state, u32 wirelen)
{
	switch (below(state, 4)) {
	case 0:
		return CBPF_OFF_LINK + below(state, wirelen + 4);
	case 1:
		return CBPF_OFF_NETWORK + below(state, wirelen + 4);
	case 2:
		return CBPF_OFF_ANCILLARY + below(state, 4 * CBPF_ANCS + 4);
	default:
		return CBPF_OFF_ANCILLARY + 4 * below(state, CBPF_ANCS);
	}
}

static u32 offset(u64 *state, u32 wirelen)
{
	if (one_in(state, 64))
		return wild(state);
	if (one_in(state, 32))
		return linux_offset(state, wirelen);
	if (one_in(state, 16))
		return below(state, wirelen + 4);
	return wirelen > 8 ? below(state, wirelen - 4) : 0;
}

/* @after: how many instructions follow. */
static void fill(struct cbpf_insn *insn, const struct operation *op, u32 after,
		 u32 wirelen, u64 *state)
{
	u32 reach = after < 256 ? after : 256;

	*insn = (struct cbpf_insn){ .code = op->code, .k = wild(state) };
	if (op->form == CBPF_FORM_ABS || op->form == CBPF_FORM_MSH)
		insn->k = offset(state, wirelen);
	else if (op->form == CBPF_FORM_IND)
		insn->k = one_in(state, 8) ? wild(state) :
					     offset(state, wirelen) / 2;
	if (op->rule == CBPF_RULE_MEM)
		insn->k = below(state, CBPF_MEMWORDS);
	else if (op->rule == CBPF_RULE_DIVISOR)
		insn->k += insn->k == 0;
	else if (op->rule == CBPF_RULE_JUMP)
		insn->k = below(state, one_in(state, 4) ? after : (after + 3) / 4);
	if (op->rule == CBPF_RULE_BRANCH || one_in(state, 16)) {
		/* Mostly short, or long programs would be over at once. */
		insn->jt = below(state, one_in(state, 8) ? reach : (reach + 7) / 8);
		insn->jf = below(state, one_in(state, 8) ? reach : (reach + 7) / 8);
	}
}

static void make_program(struct gen_case *c, u64 *state)
{
	u32 len = 1 + below(state, one_in(state, 32) ? GEN_MAXINSNS - 4 : 40);
	u32 i = 0;

	c->len = len + 4;
	while (i < len) {
		const struct operation *op;

		op = &operations[below(state, ARRAY_SIZE(operations))];
		if (op->rule == CBPF_RULE_RETURN && !one_in(state, 16))
			continue;
		/* An X that was computed seldom points into the packet. */
		if (op->form == CBPF_FORM_IND && i + 1 < len && !one_in(state, 4))
			c->insns[i++] = (struct cbpf_insn){
				.code = CBPF_LDX_IMM,
				.k = below(state, c->wirelen / 2 + 1),
			};
		fill(&c->insns[i], op, c->len - i - 1, c->wirelen, state);
		i++;
	}
	/* The end shows A, X and one word of M[], all at once. */
	c->insns[i++] = (struct cbpf_insn){ .code = CBPF_XOR_X };
	c->insns[i++] = (struct cbpf_insn){
		.code = CBPF_LDX_MEM,
		.k = below(state, CBPF_MEMWORDS),
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
	u32 chains = 1 + below(state, 6), at = 0, i;
	struct cbpf_insn *insn = c->insns;

	c->len = 3 + 40 * chains;
	insn[at++] = (struct cbpf_insn){ CBPF_LDX_MSH, .k = below(state, 24) };
	while (at < c->len - 2) {
		u32 after = c->len - 1 - at, len = 1 + below(state, 39);
		u8 *byte = &c->bytes[below(state, GEN_MAXBYTES - 3)];

		if (at == 1 || one_in(state, 12)) {
			u32 nr = below(state, sizeof(loads) / sizeof(loads[0]));

			insn[at++] = (struct cbpf_insn){
				loads[nr],
				.k = loads[nr] == CBPF_LD_MEM ? below(state, 16) :
								below(state, 40),
			};
			continue;
		}
		/* true: accept, the last one; false: on, or into another chain */
		insn[at++] = (struct cbpf_insn){
			one_in(state, 16) ? CBPF_JGT_K : CBPF_JEQ_K,
			.jt = one_in(state, 40) ? below(state, after) : after - 1,
			.jf = one_in(state, 20) && len < after ? len : 0,
			.k = one_in(state, 2) ? cbpf_be16(byte) :
			     one_in(state, 2) ? cbpf_be32(byte) : below(state, 300),
		};
	}
	for (i = at; i < c->len; i++)
		insn[i] = (struct cbpf_insn){ CBPF_RET_K, .k = i + 1 == c->len };
	insn[c->len - 1].k = 0xffff;
}

void gen_make(struct gen_case *c, u64 number)
{
	u64 state = number;

	c->wirelen = below(&state, one_in(&state, 4) ? 8 : GEN_MAXBYTES + 1);
	c->avail = one_in(&state, 4) ? below(&state, c->wirelen + 1) : c->wirelen;
	c->headlen = one_in(&state, 2) ? below(&state, c->avail + 1) : c->avail;
	for (u32 i = 0; i < c->wirelen; i++)
		c->bytes[i] = one_in(&state, 4) ? 0 : next(&state);
	c->has_facts = !one_in(&state, 4);
	c->facts.network = one_in(&state, 8) ? CBPF_NO_NETWORK :
					       below(&state, c->wirelen + 1);
	c->facts.have = ~(u32)next(&state) | ~(u32)next(&state) | next(&state);
	for (u32 i = 0; i < CBPF_ANCS; i++)
		c->facts.value[i] = one_in(&state, 2) ? below(&state, 64) : next(&state);
	if (one_in(&state, 4))
		make_chains(c, &state);
	else
		make_program(c, &state);
}

void gen_mutate(struct gen_case *c, u64 number)
{
	u64 state = ~number;

	for (u32 n = 1 + below(&state, 4); n > 0; n--) {
		struct cbpf_insn *insn = &c->insns[below(&state, c->len)];

		switch (below(&state, 6)) {
		case 0:
			insn->code = one_in(&state, 8) ? next(&state) :
							 below(&state, 256);
			break;
		case 1:
			insn->code ^= 1 << below(&state, 8);
			break;
		case 2:
			insn->jt = next(&state);
			break;
		case 3:
			insn->jf = next(&state);
			break;
		case 4:
			insn->k = wild(&state);
			break;
		case 5:
			/* Seldom: it often just loses the return. */
			if (one_in(&state, 4))
				c->len = 1 + below(&state, c->len);
			break;
		}
	}
}
