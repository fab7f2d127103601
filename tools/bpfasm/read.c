// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reads programs in any format, and finds out in which one: raw instructions,
 * decimal numbers as of tcpdump -ddd and bpf_asm, a C array as of tcpdump -dd, or
 * assembly.  Whether a program is valid is not asked here.
 */
#include "bpfasm.h"

#include <ctype.h>
#include <string.h>

/* The upper byte of each operation's code is 0, and text has no such byte. */
static bool is_raw(const struct source *s)
{
	return memchr(s->text, '\0', s->len);
}

static void read_raw(struct program *p, const struct source *s)
{
	struct cbpf_insn insn;
	size_t i;

	if (s->len % sizeof(insn))
		die_at(s, 0, "%zu bytes are no whole number of instructions of %zu bytes",
		       s->len, sizeof(insn));
	for (i = 0; i < s->len; i += sizeof(insn)) {
		memcpy(&insn, s->text + i, sizeof(insn));
		program_add(p, insn, 0);
	}
}

static void separator(struct lexer *lx, char sign)
{
	if (sign)
		lex_expect(lx, sign);
}

/* code jt jf k, with something in between, or just blanks */
static void four_numbers(struct program *p, struct lexer *lx, char between)
{
	struct cbpf_insn insn;
	u32 line = lx->line;

	insn.code = lex_number(lx, 0xffff);
	separator(lx, between);
	insn.jt = lex_number(lx, 0xff);
	separator(lx, between);
	insn.jf = lex_number(lx, 0xff);
	separator(lx, between);
	insn.k = lex_number(lx, 0xffffffff);
	program_add(p, insn, line);
}

/* How many, and so many instructions; commas may stand in for ends of lines. */
static void read_decimal(struct program *p, const struct source *s)
{
	struct lexer lx;
	u32 len, i;

	lex_open(&lx, s, "");
	len = lex_number(&lx, 0xffffffff);
	for (i = 0; i < len; i++) {
		lex_accept(&lx, ',');
		if (lx.token == TOKEN_END)
			die_at(s, lx.before, "%u instructions are announced, but there are %u",
			       len, i);
		four_numbers(p, &lx, 0);
	}
	lex_accept(&lx, ',');
	if (lx.token != TOKEN_END)
		die_at(s, lx.line, "more follows than the %u instructions announced", len);
}

/*
 * { code, jt, jf, k }, and so on; with or without braces around all of them, what is
 * before those, and a semicolon after them.
 */
static void read_c(struct program *p, const struct source *s)
{
	struct lexer lx;
	bool outer;

	lex_open(&lx, s, "");
	while (!lex_is(&lx, '{'))
		lex_next(&lx);
	lex_next(&lx);
	outer = lex_is(&lx, '{') || lex_is(&lx, '}');
	if (outer)
		lex_accept(&lx, '{');
	while (!lex_is(&lx, '}')) {
		four_numbers(p, &lx, ',');
		lex_expect(&lx, '}');
		if (!lex_accept(&lx, ',') || !lex_accept(&lx, '{'))
			break;
	}
	if (outer)
		lex_expect(&lx, '}');
	lex_accept(&lx, ';');
	if (lx.token != TOKEN_END)
		lex_bad(&lx, "{ code, jt, jf, k }, or the end");
}

/* Assembly has braces in its comments only; C has one before the first semicolon. */
static bool has_brace(const struct source *s)
{
	struct lexer lx;

	lex_open(&lx, s, ";");
	while (lx.token != TOKEN_END && !lex_is(&lx, '{'))
		lex_next(&lx);
	return lx.token != TOKEN_END;
}

/**
 * program_read() - read a program of any format, or die
 * @p: program to add to, which need not be valid afterwards
 * @s: source
 */
void program_read(struct program *p, const struct source *s)
{
	size_t first = strspn(s->text, " \t\r\n\f\v");

	if (is_raw(s))
		read_raw(p, s);
	else if (!s->text[first])
		die_at(s, 0, "empty: here should be a program");
	else if (isdigit((unsigned char)s->text[first]))
		read_decimal(p, s);
	else if (has_brace(s))
		read_c(p, s);
	else
		asm_read(p, s);
}
