// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The table in another order: by a column, or by a rate.  The largest number comes
 * first, text by its characters; what is equal stays in the order of the table.
 */
#include "bpfstat.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What is compared. */
struct key {
	const struct table *t;
	const struct rate *rates;
	size_t col;			/* or, if is_rate, enum counter */
	bool is_rate;
	bool reversed;
};

static bool key_find(struct key *k, const char *column)
{
	for (k->col = 0; k->col < RATES; k->col++)
		if (!strcasecmp(column, rate_titles[k->col])) {
			k->is_rate = true;
			return k->rates;
		}
	for (k->col = 0; k->col < k->t->ncols; k->col++)
		if (!strcasecmp(column, k->t->names[k->col]))
			return true;
	return false;
}

/* Of a row: no number is less than any. */
static double key_number(const struct key *k, size_t row)
{
	const char *end;
	uint64_t value;

	if (k->is_rate)
		return k->rates[row].known ? k->rates[row].per_s[k->col] : -1;
	return number_parse(table_cell(k->t, row, k->col), &end, &value) ? value : -1.0;
}

static int compare(const void *left, const void *right, void *arg)
{
	const struct key *k = arg;
	size_t a = *(const size_t *)left, b = *(const size_t *)right;
	double x, y;
	int order;

	if (!k->is_rate && table_is_text(k->t, k->col)) {
		order = strcmp(table_cell(k->t, a, k->col), table_cell(k->t, b, k->col));
	} else {
		x = key_number(k, a);
		y = key_number(k, b);
		order = (x < y) - (x > y);
	}
	if (order)
		return k->reversed ? -order : order;
	return a < b ? -1 : a > b;
}

/**
 * table_sorted() - a table and its rates in another order, or die
 * @to: the sorted table; lives no longer than @t, its cells are to be freed
 * @t: table
 * @rates: a rate for each row, or NULL
 * @column: name of a column or of a rate
 * @reversed: the other way round
 *
 * Return: the rates in that order, to be freed; NULL if there are none.
 */
struct rate *table_sorted(struct table *to, const struct table *t, const struct rate *rates,
			  const char *column, bool reversed)
{
	struct key key = { .t = t, .rates = rates, .reversed = reversed };
	size_t *order = calloc(t->nrows + 1, sizeof(*order)), i;
	struct rate *sorted = rates ? calloc(t->nrows + 1, sizeof(*sorted)) : NULL;

	*to = *t;
	to->cells = calloc(t->nrows * t->ncols + 1, sizeof(*to->cells));
	if (!order || !to->cells || (rates && !sorted))
		die(EXIT_SYSTEM, "out of memory");
	if (!key_find(&key, column))
		die(EXIT_USAGE, "--sort: no column %s; bpfstat --verbose shows them all%s", column,
		    rates ? "" : ", rates want --interval");
	for (i = 0; i < t->nrows; i++)
		order[i] = i;
	qsort_r(order, t->nrows, sizeof(*order), compare, &key);
	for (i = 0; i < t->nrows; i++) {
		memcpy(to->cells + i * t->ncols, t->cells + order[i] * t->ncols,
		       t->ncols * sizeof(*t->cells));
		if (rates)
			sorted[i] = rates[order[i]];
	}
	free(order);
	return sorted;
}
