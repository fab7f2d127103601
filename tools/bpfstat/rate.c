// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How fast counters rise between two looks at the table.  A rate is told only
 * where it is sure which descriptor of the one table is which of the other.
 *
 * Descriptors have no number of their own.  They are listed in the order in which
 * they were opened, so among those with the same process, interface and command
 * the first is still the first, unless one of them was closed or a new one came:
 * then nobody can tell which, and none of them has a rate.
 */
#include "bpfstat.h"

#include <stdlib.h>
#include <string.h>

const char * const rate_titles[RATES] = { "Recv/s", "Drop/s", "Match/s" };

static bool same(const struct table *a, size_t i, const struct table *b, size_t j)
{
	static const enum column key[] = { COL_PID, COL_NETIF, COL_COMMAND };

	for (size_t k = 0; k < ARRAY_SIZE(key); k++)
		if (strcmp(table_known(a, i, key[k]), table_known(b, j, key[k])))
			return false;
	return true;
}

/* The rows of old that are like row i of new: how many, and the one with index nth. */
static size_t alike(const struct table *old, const struct table *new, size_t i,
		    size_t nth, size_t *found)
{
	size_t n = 0, j;

	for (j = 0; j < old->nrows; j++)
		if (same(old, j, new, i) && n++ == nth)
			*found = j;
	return n;
}

static struct rate rate_of(const struct table *old, size_t i, const struct table *new,
			   size_t j)
{
	static const enum column columns[RATES] = { COL_RECV, COL_DROP, COL_MATCH };
	struct rate rate = { .known = true };
	uint64_t before, after;

	for (int k = 0; k < RATES; k++) {
		before = table_number(old, i, columns[k]);
		after = table_number(new, j, columns[k]);
		/* All start anew together, and when is not known. */
		if (after < before)
			return (struct rate){};
		rate.per_s[k] = (after - before) / (new->when - old->when);
	}
	return rate;
}

/**
 * rates_since() - the rates from one table to the next
 * @old: earlier table
 * @new: later table
 *
 * Return: a rate for each row of @new, to be freed; dies without memory.
 */
struct rate *rates_since(const struct table *old, const struct table *new)
{
	struct rate *rates = calloc(new->nrows + 1, sizeof(*rates));
	size_t i, j, nth, before = 0;

	if (!rates)
		die(EXIT_SYSTEM, "out of memory");
	for (i = 0; i < new->nrows; i++) {
		for (nth = 0, j = 0; j < i; j++)
			nth += same(new, j, new, i);
		if (alike(old, new, i, nth, &before) == alike(new, new, i, nth, &j))
			rates[i] = rate_of(old, before, new, i);
	}
	return rates;
}
