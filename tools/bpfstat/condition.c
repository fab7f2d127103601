// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Conditions of --wait: COLUMN OPERATOR NUMBER.  What is wrong with one is shown
 * where it is wrong.  It does not know how waiting is done.
 */
#include "bpfstat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* An operator before those that begin it. */
static const char * const operators[] = { "<=", "==", "!=", ">=", "<", ">" };

__attribute__((noreturn))
static void bad(const struct condition *c, const char *at, const char *what)
{
	fprintf(stderr, "bpfstat: --wait: %s\n  %s\n  %*s^\n", what, c->text,
		(int)(at - c->text), "");
	exit(EXIT_USAGE);
}

/**
 * condition_parse() - take a condition apart, or die
 * @c: condition
 * @text: as typed; has to stay
 */
void condition_parse(struct condition *c, const char *text)
{
	const char *at, *end;

	c->text = text;
	c->name = text + strspn(text, " ");
	c->name_len = strcspn(c->name, " <>=!");
	if (!c->name_len)
		bad(c, c->name, "this begins with no column name, nor with count");
	at = c->name + c->name_len;
	at += strspn(at, " ");
	for (c->op = 0; c->op < ARRAY_SIZE(operators); c->op++)
		if (!strncmp(at, operators[c->op], strlen(operators[c->op])))
			break;
	if (c->op == ARRAY_SIZE(operators))
		bad(c, at, "here should be one of < <= == != >= >");
	at += strlen(operators[c->op]);
	at += strspn(at, " ");
	if (!number_parse(at, &end, &c->value))
		bad(c, at, "here should be a number from 0 to 18446744073709551615");
	end += strspn(end, " ");
	if (*end)
		bad(c, end, "here it should end: a condition is COLUMN OPERATOR NUMBER");
}

static bool compare(const struct condition *c, uint64_t value)
{
	switch (operators[c->op][0]) {
	case '=': return value == c->value;
	case '!': return value != c->value;
	case '<': return value < c->value || (operators[c->op][1] && value == c->value);
	default: return value > c->value || (operators[c->op][1] && value == c->value);
	}
}

static bool named(const struct condition *c, const char *name)
{
	return strlen(name) == c->name_len && !strncasecmp(name, c->name, c->name_len);
}

/**
 * condition_holds() - is it true for any row?
 * @c: condition; dies if it names no column of numbers
 * @t: table
 *
 * A cell without a number, as the link type of a descriptor that has no interface,
 * fulfils nothing.
 */
bool condition_holds(const struct condition *c, const struct table *t)
{
	const char *end;
	uint64_t value;
	size_t col, i;

	if (named(c, "count"))
		return compare(c, t->nrows);
	for (col = 0; col < t->ncols && !named(c, t->names[col]); col++)
		;
	if (col == t->ncols)
		bad(c, c->name, "no such column; bpfstat --verbose shows them all");
	if (table_is_text(t, col))
		bad(c, c->name, "this column is no number");
	for (i = 0; i < t->nrows; i++)
		if (number_parse(table_cell(t, i, col), &end, &value) && !*end &&
		    compare(c, value))
			return true;
	return false;
}
