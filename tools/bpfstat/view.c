// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Draws the live view: one line for each descriptor, with rates, a bar for the share
 * of its packets that is lost, and why.  It fits any size of a screen; what is too
 * much is cut.
 */
#include "live.h"

#include <curses.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BAR 10
#define LINE 256

/* What left and right go through. */
static const char * const columns[] = {
	"Pid", "Netif", "Recv/s", "Match/s", "Drop/s", "Recv", "Drop", "Command"
};

/**
 * view_turn() - sort by another column
 * @v: view
 * @step: how many further to the right
 */
void view_turn(struct view *v, int step)
{
	int n = ARRAY_SIZE(columns), i;

	/* one of --sort that is not among them is before the first */
	for (i = 0; i < n && strcasecmp(columns[i], v->column); i++)
		;
	if (i == n)
		i = step > 0 ? -1 : n;
	v->column = columns[(i + step + n) % n];
}

static const char *rate_text(const struct rate *r, enum counter which, char *buf, size_t size)
{
	if (!r->known)
		return "-";
	snprintf(buf, size, "%.1f", r->per_s[which]);
	return buf;
}

/* Lost packets of those that matched: just now, or at all where that is not known. */
static double lost_share(const struct table *t, const struct rate *r, size_t row)
{
	double drop = table_number(t, row, COL_DROP), match = table_number(t, row, COL_MATCH);

	if (r->known) {
		drop = r->per_s[RATE_DROP];
		match = r->per_s[RATE_MATCH];
	}
	return match > 0 ? drop / match : 0;
}

/* Any loss shows, and only a total one fills it. */
static void bar(char *to, double share)
{
	int full = share * BAR;

	if (share > 0 && !full)
		full = 1;
	memset(to, ' ', BAR);
	memset(to, '#', full > BAR ? BAR : full);
	to[BAR] = '\0';
}

/* The reason that most of the drops had: the columns D... of the driver. */
static const char *reason(const struct table *t, size_t row)
{
	const char *end, *most = "-";
	uint64_t value, top = 0;
	size_t col;

	for (col = 0; col < t->ncols; col++)
		if (t->names[col][0] == 'D' && strcmp(t->names[col], "Drop") &&
		    strcmp(t->names[col], "Dlt") &&
		    number_parse(table_cell(t, row, col), &end, &value) && value > top) {
			top = value;
			most = t->names[col] + 1;
		}
	return most;
}

static void draw_row(int y, const struct table *t, const struct rate *r, size_t row)
{
	char recv[32], match[32], drop[32], lost[BAR + 1], line[LINE];

	bar(lost, lost_share(t, r, row));
	snprintf(line, sizeof(line), "%7s %-10s %-10s %10s %10s %10s %10s [%s] %-7s %s",
		 table_known(t, row, COL_PID), table_known(t, row, COL_NETIF),
		 table_known(t, row, COL_FLAGS),
		 rate_text(r, RATE_RECV, recv, sizeof(recv)),
		 rate_text(r, RATE_MATCH, match, sizeof(match)),
		 rate_text(r, RATE_DROP, drop, sizeof(drop)),
		 table_known(t, row, COL_DROP), lost, reason(t, row),
		 table_known(t, row, COL_COMMAND));
	if (lost[0] == '#')
		attron(A_BOLD);
	mvaddnstr(y, 0, line, COLS);
	attroff(A_BOLD);
}

/**
 * view_draw() - bring the screen up to date
 * @v: view; its first row is moved where it can be
 * @t: table, in the view's order
 * @rates: a rate for each row
 */
void view_draw(struct view *v, const struct table *t, const struct rate *rates)
{
	size_t room = LINES > 3 ? LINES - 3 : 0, i;
	char line[LINE];

	if (v->first + room > t->nrows)
		v->first = t->nrows > room ? t->nrows - room : 0;
	erase();
	snprintf(line, sizeof(line), "bpfstat: %zu descriptor%s, every %g s, by %s%s", t->nrows,
		 t->nrows == 1 ? "" : "s", v->interval, v->column,
		 v->reversed ? ", reversed" : "");
	mvaddnstr(0, 0, line, COLS);
	snprintf(line, sizeof(line), "%7s %-10s %-10s %10s %10s %10s %10s %-12s %-7s %s", "Pid",
		 "Netif", "Flags", "Recv/s", "Match/s", "Drop/s", "Drop", "Lost", "Why",
		 "Command");
	attron(A_REVERSE);
	mvaddnstr(1, 0, line, COLS);
	attroff(A_REVERSE);
	for (i = 0; i < room && v->first + i < t->nrows; i++)
		draw_row(i + 2, t, &rates[v->first + i], v->first + i);
	if (LINES > 2)
		mvaddnstr(LINES - 1, 0, "q quit  left, right: sort by  r reverse  up, down: more",
			  COLS);
	refresh();
}
