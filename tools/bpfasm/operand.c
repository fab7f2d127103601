// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Operands as assembly has them, whichever the operation is.
 */
#include "bpfasm.h"

/* SKF_AD_OFF of linux/filter.h: where Linux has what is not in the packet. */
#define ANCILLARY 0xfffff000

/* Offsets from there, SKF_AD_... of linux/filter.h. */
static const struct {
	const char *name;
	u32 offset;
} ancillary[] = {
	{ "proto", 0 }, { "type", 4 }, { "ifidx", 8 }, { "nla", 12 }, { "nlan", 16 },
	{ "mark", 20 }, { "queue", 24 }, { "hatype", 28 }, { "rxhash", 32 }, { "cpu", 36 },
	{ "vlan_tci", 44 }, { "vlan_avail", 48 }, { "vlan_pr", 48 }, { "poff", 52 },
	{ "rand", 56 }, { "vlan_tpid", 60 },
};

/* What is named, with or without #: the length, or what Linux has. */
static bool named(struct lexer *lx, struct operand *o)
{
	size_t i;

	if (lex_accept_word(lx, "len") || lex_accept_word(lx, "pktlen")) {
		o->form = CBPF_FORM_LEN;
		return true;
	}
	for (i = 0; i < ARRAY_SIZE(ancillary); i++) {
		if (lex_accept_word(lx, ancillary[i].name)) {
			o->form = CBPF_FORM_ABS;
			o->k = ANCILLARY + ancillary[i].offset;
			return true;
		}
	}
	return false;
}

/* Between the brackets, the first of which was taken: k, x + k or %x + k. */
static void in_brackets(struct lexer *lx, struct operand *o)
{
	o->form = CBPF_FORM_ABS;
	if (lex_is(lx, '%') || lex_is_word(lx, "x")) {
		o->form = CBPF_FORM_IND;
		lex_accept(lx, '%');
		if (!lex_accept_word(lx, "x"))
			lex_bad(lx, "x");
		lex_expect(lx, '+');
	}
	o->k = lex_number(lx, 0xffffffff);
	lex_expect(lx, ']');
}

/* 4*([k]&0xf) */
static void header_length(struct lexer *lx, struct operand *o)
{
	o->form = CBPF_FORM_MSH;
	if (lx->value != 4)
		lex_bad(lx, "4*([k]&0xf)");
	lex_next(lx);
	lex_expect(lx, '*');
	lex_expect(lx, '(');
	lex_expect(lx, '[');
	o->k = lex_number(lx, 0xffffffff);
	lex_expect(lx, ']');
	lex_expect(lx, '&');
	if (lx->token != TOKEN_NUMBER || lx->value != 0xf)
		lex_bad(lx, "0xf");
	lex_next(lx);
	lex_expect(lx, ')');
}

/**
 * operand_read() - take an operand, or die
 * @lx: lexer
 * @immediate: it can only be k, even without #
 *
 * Return: the operand, which the operation need not know.
 */
struct operand operand_read(struct lexer *lx, bool immediate)
{
	struct operand o = {};

	if (lex_accept(lx, '#')) {
		if (named(lx, &o))
			return o;
		if (lx->token == TOKEN_WORD)
			lex_bad(lx, "a number, or the name of a value");
		o.form = CBPF_FORM_IMM;
		o.k = lex_number(lx, 0xffffffff);
	} else if (immediate) {
		o.form = CBPF_FORM_IMM;
		o.k = lex_number(lx, 0xffffffff);
	} else if (lex_accept(lx, '[')) {
		in_brackets(lx, &o);
	} else if (lx->token == TOKEN_NUMBER) {
		header_length(lx, &o);
	} else if (lex_accept_word(lx, "m")) {
		lex_expect(lx, '[');
		in_brackets(lx, &o);
		if (o.form == CBPF_FORM_IND)
			die_at(lx->source, lx->before, "M[] takes a number only");
		o.form = CBPF_FORM_MEM;
	} else if (!named(lx, &o)) {
		lex_accept(lx, '%');
		o.form = lex_is_word(lx, "x") ? CBPF_FORM_X : CBPF_FORM_A;
		if (!lex_accept_word(lx, "x") && !lex_accept_word(lx, "a"))
			lex_bad(lx, "an operand: #k, [k], x or another");
	}
	return o;
}
