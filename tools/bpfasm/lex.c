// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Takes a text apart into words, numbers and single characters, and says what was
 * expected where something else is.  Lines matter to messages only, and to what is
 * a comment.
 */
#include "bpfasm.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *end_of(const struct lexer *lx)
{
	return lx->source->text + lx->source->len;
}

static void skip_line(struct lexer *lx)
{
	while (lx->at < end_of(lx) && *lx->at != '\n')
		lx->at++;
}

static void skip_comment(struct lexer *lx)
{
	u32 line = lx->at_line;

	for (lx->at += 2; lx->at < end_of(lx); lx->at++) {
		if (!strncmp(lx->at, "*/", 2)) {
			lx->at += 2;
			return;
		}
		lx->at_line += *lx->at == '\n';
	}
	die_at(lx->source, line, "this comment does not end: here should be a */ somewhere");
}

/* A # that is the first of its line makes a comment of it; others are operands. */
static void skip_blanks(struct lexer *lx, bool first)
{
	while (lx->at < end_of(lx)) {
		if (*lx->at == '\n') {
			lx->at_line++;
			lx->at++;
			first = true;
		} else if (strchr(" \t\r\f\v", *lx->at) && *lx->at) {
			lx->at++;
		} else if (!strncmp(lx->at, "/*", 2)) {
			skip_comment(lx);
		} else if ((first && *lx->at == '#') ||
			   (*lx->at && strchr(lx->comments, *lx->at))) {
			skip_line(lx);
		} else {
			break;
		}
	}
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static void take_number(struct lexer *lx)
{
	char *end;
	unsigned long long value;

	errno = 0;
	if (lx->len > 2 && lx->text[0] == '0' && (lx->text[1] | 0x20) == 'b')
		value = strtoull(lx->text + 2, &end, 2);
	else
		value = strtoull(lx->text, &end, 0);
	if (end != lx->text + lx->len)
		die_at(lx->source, lx->line, "\"%.*s\" is no number", (int)lx->len, lx->text);
	if (errno || value > 0xffffffff)
		die_at(lx->source, lx->line, "%.*s is too large: numbers have 32 bits",
		       (int)lx->len, lx->text);
	lx->value = value;
}

/**
 * lex_next() - go on to the next token
 * @lx: lexer
 */
void lex_next(struct lexer *lx)
{
	lx->before = lx->line;
	skip_blanks(lx, lx->at == lx->source->text);
	lx->text = lx->at;
	lx->line = lx->at_line;
	lx->len = 0;
	lx->token = TOKEN_END;
	if (lx->at == end_of(lx))
		return;
	while (in_word(lx->text[lx->len]))
		lx->len++;
	lx->token = isdigit((unsigned char)*lx->text) ? TOKEN_NUMBER : TOKEN_WORD;
	if (!lx->len) {
		lx->token = TOKEN_SIGN;
		lx->len = 1;
	}
	lx->at += lx->len;
	if (lx->token == TOKEN_NUMBER)
		take_number(lx);
}

/**
 * lex_open() - begin with the first token of a source
 * @lx: lexer
 * @s: source
 * @comments: characters that make a comment of the rest of a line
 */
void lex_open(struct lexer *lx, const struct source *s, const char *comments)
{
	*lx = (struct lexer){ .source = s, .at = s->text, .at_line = 1, .line = 1,
			      .comments = comments };
	lex_next(lx);
}

/**
 * lex_bad() - die because of the present token
 * @lx: lexer
 * @expected: what it should be
 */
void lex_bad(const struct lexer *lx, const char *expected)
{
	unsigned char c = *lx->text;

	if (lx->token == TOKEN_END)
		die_at(lx->source, lx->before, "expected %s, not the end of the file", expected);
	if (lx->line != lx->before)
		die_at(lx->source, lx->before, "expected %s, not the end of the line", expected);
	if (lx->token == TOKEN_SIGN && !isprint(c))
		die_at(lx->source, lx->line, "expected %s, not a byte 0x%02x", expected, c);
	die_at(lx->source, lx->line, "expected %s, not \"%.*s\"", expected, (int)lx->len,
	       lx->text);
}

/**
 * lex_is() - is the present token this character?
 * @lx: lexer
 * @sign: character
 */
bool lex_is(const struct lexer *lx, char sign)
{
	return lx->token == TOKEN_SIGN && *lx->text == sign;
}

/**
 * lex_accept() - go on if the present token is this character
 * @lx: lexer
 * @sign: character
 *
 * Return: whether it was.
 */
bool lex_accept(struct lexer *lx, char sign)
{
	if (!lex_is(lx, sign))
		return false;
	lex_next(lx);
	return true;
}

/**
 * lex_expect() - go on if the present token is this character, or die
 * @lx: lexer
 * @sign: character
 */
void lex_expect(struct lexer *lx, char sign)
{
	const char quoted[] = { '"', sign, '"', '\0' };

	if (!lex_accept(lx, sign))
		lex_bad(lx, quoted);
}

/**
 * lex_is_word() - is the present token this word, in small or capital letters?
 * @lx: lexer
 * @word: word
 */
bool lex_is_word(const struct lexer *lx, const char *word)
{
	return lx->token == TOKEN_WORD && lx->len == strlen(word) &&
	       !strncasecmp(lx->text, word, lx->len);
}

/**
 * lex_accept_word() - go on if the present token is this word
 * @lx: lexer
 * @word: word
 *
 * Return: whether it was.
 */
bool lex_accept_word(struct lexer *lx, const char *word)
{
	if (!lex_is_word(lx, word))
		return false;
	lex_next(lx);
	return true;
}

/**
 * lex_number() - take a number, or die
 * @lx: lexer
 * @most: the largest that it may be; only for 0xffffffff it may have a sign
 *
 * Return: the number; a negative one modulo 2^32.
 */
u32 lex_number(struct lexer *lx, u32 most)
{
	bool negative = false;
	u32 value;

	if (most == 0xffffffff && (lex_is(lx, '-') || lex_is(lx, '+'))) {
		negative = lex_is(lx, '-');
		lex_next(lx);
	}
	if (lx->token != TOKEN_NUMBER)
		lex_bad(lx, "a number");
	value = lx->value;
	if (value > most)
		die_at(lx->source, lx->line, "%u is too large: at most %u", value, most);
	if (negative && value > 0x80000000)
		die_at(lx->source, lx->line, "-%u is too small: at least -2147483648", value);
	lex_next(lx);
	return negative ? -value : value;
}
