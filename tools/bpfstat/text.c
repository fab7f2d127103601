// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The table for people.  Without options it is laid out as FreeBSD's netstat -B
 * does it, so that what reads the one reads the other.  It knows columns and
 * widths, not what they mean.
 */
#include "bpfstat.h"
#include "filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for a rate; nothing counts 1e20 packets a second. */
#define RATE_SIZE 24

/*
 * What stands below one heading: a column of the table, or a rate.  A cell longer
 * than the width moves the rest of its line, as on FreeBSD; one longer than most
 * is cut.
 */
struct field {
	const char *title;
	int width;
	int most;
	bool is_rate;
	size_t index;		/* column of the table, or enum counter */
};

/* Widths from FreeBSD's usr.bin/netstat/bpf.c; it has just the first seven flags. */
static const struct {
	const char *title;
	int width;
	int most;
} netstat[COLUMNS] = {
	[COL_PID] = { "Pid", 5, -1 },
	[COL_NETIF] = { "Netif", 6, -1 },
	[COL_FLAGS] = { "Flags", 7, 7 },
	[COL_RECV] = { "Recv", 9, -1 },
	[COL_DROP] = { "Drop", 9, -1 },
	[COL_MATCH] = { "Match", 9, -1 },
	[COL_SBLEN] = { "Sblen", 5, -1 },
	[COL_HBLEN] = { "Hblen", 5, -1 },
	[COL_COMMAND] = { "Command", 0, -1 },
};

static const char *field_text(const struct field *f, const struct table *t,
			      const struct rate *rates, size_t row, char *buf)
{
	if (!f->is_rate)
		return table_cell(t, row, f->index);
	if (!rates[row].known)
		return "-";
	snprintf(buf, RATE_SIZE, "%.1f", rates[row].per_s[f->index]);
	return buf;
}

/* Makes a field as wide as its widest cell. */
static void widen(struct field *f, const struct table *t, const struct rate *rates)
{
	char buf[RATE_SIZE];
	size_t i, len;

	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): every field has a title */
	f->width = strlen(f->title);
	for (i = 0; i < t->nrows; i++) {
		len = strlen(field_text(f, t, rates, i, buf));
		if (len > (size_t)f->width)
			f->width = len;
	}
}

/* The fields of a line; rates stand before the last one, which has no width. */
static size_t arrange(struct field *fields, const struct table *t,
		      const struct rate *rates, bool verbose)
{
	size_t columns = verbose ? t->ncols : COLUMNS, n = 0, i, k;

	for (i = 0; i < columns; i++) {
		if (verbose && table_is_filter(t, i))
			continue;
		for (k = 0; rates && i == columns - 1 && k < RATES; k++)
			fields[n++] = (struct field){ rate_titles[k], 9, -1, true, k };
		if (verbose)
			fields[n++] = (struct field){ t->names[i], 0, -1, false, i };
		else
			fields[n++] = (struct field){ netstat[i].title, netstat[i].width,
						      netstat[i].most, false, t->at[i] };
	}
	for (i = 0; verbose && i < n - 1; i++)
		widen(&fields[i], t, rates);
	return n;
}

/* What a row's filters do. */
static void show_filters(const struct table *t, size_t row)
{
	const char *engine = NULL;
	size_t col;

	if (table_find(t, "Engine", &col))
		engine = table_cell(t, row, col);
	if (!table_find(t, "Filter", &col))
		die(EXIT_SYSTEM, "no column Filter: is it like " FILTER_FILE "?");
	filter_show("read", table_cell(t, row, col), engine);
	if (table_find(t, "Wfilter", &col) && strcmp(table_cell(t, row, col), "-"))
		filter_show("write", table_cell(t, row, col), NULL);
}

/**
 * text_show() - print the table
 * @t: table
 * @rates: a rate for each row, or NULL
 * @verbose: all columns, each as wide as it needs to be
 * @filters: and below each descriptor its filters
 */
void text_show(const struct table *t, const struct rate *rates, bool verbose, bool filters)
{
	struct field *fields = calloc(t->ncols + COLUMNS + RATES, sizeof(*fields));
	char buf[RATE_SIZE];
	size_t n, i, k;

	if (!fields)
		die(EXIT_SYSTEM, "out of memory");
	n = arrange(fields, t, rates, verbose);
	for (k = 0; k < n; k++)
		printf("%*s%c", fields[k].width, fields[k].title, k < n - 1 ? ' ' : '\n');
	for (i = 0; i < t->nrows; i++) {
		for (k = 0; k < n; k++)
			printf("%*.*s%c", fields[k].width, fields[k].most,
			       field_text(&fields[k], t, rates, i, buf),
			       k < n - 1 ? ' ' : '\n');
		if (filters)
			show_filters(t, i);
	}
	free(fields);
}
