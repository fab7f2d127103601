// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The table of descriptors: takes the text of /proc/net/bpf apart.  It does not
 * know how a table is shown.
 */
#include "bpfstat.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char * const known_names[COLUMNS] = {
	[COL_PID] = "Pid", [COL_NETIF] = "Netif", [COL_FLAGS] = "Flags",
	[COL_RECV] = "Recv", [COL_DROP] = "Drop", [COL_MATCH] = "Match",
	[COL_SBLEN] = "Sblen", [COL_HBLEN] = "Hblen", [COL_COMMAND] = "Command",
};

/* Cuts the next word off a line; NULL when there is none. */
static char *word(char **line)
{
	char *start = *line + strspn(*line, " ");
	size_t len = strcspn(start, " ");

	*line = start + len;
	if (**line)
		*(*line)++ = '\0';
	return len ? start : NULL;
}

static void header(struct table *t, const char *path, char *line)
{
	/* no more words than half of the characters, and one */
	size_t most = strlen(line) / 2 + 1, col, i;
	char *name;

	t->names = calloc(most, sizeof(*t->names));
	if (!t->names)
		die(EXIT_SYSTEM, "out of memory");
	while ((name = word(&line)))
		t->names[t->ncols++] = name;
	for (i = 0; i < COLUMNS; i++) {
		/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): all are named */
		for (col = 0; col < t->ncols && strcmp(t->names[col], known_names[i]); col++)
			;
		if (col == t->ncols)
			die(EXIT_SYSTEM, "%s: line 1 has no column %s: is it like " PROC_FILE "?",
			    path, known_names[i]);
		t->at[i] = col;
	}
}

/* One descriptor.  The last column is what is left of the line. */
static void row(struct table *t, const char *path, char *line)
{
	static const enum column numbers[] = {
		COL_PID, COL_RECV, COL_DROP, COL_MATCH, COL_SBLEN, COL_HBLEN
	};
	const char **cells = t->cells + t->nrows * t->ncols, *cell, *end;
	size_t col, number = t->nrows + 2, i;	/* lines are counted from 1 */
	uint64_t value;

	for (col = 0; col < t->ncols - 1; col++) {
		cells[col] = word(&line);
		if (!cells[col])
			die(EXIT_SYSTEM, "%s: line %zu ends before column %s",
			    path, number, t->names[col]);
	}
	cells[col] = line + strspn(line, " ");
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		cell = cells[t->at[numbers[i]]];
		if (!number_parse(cell, &end, &value) || *end)
			die(EXIT_SYSTEM, "%s: line %zu: %s is no number: \"%s\"",
			    path, number, known_names[numbers[i]], cell);
	}
	t->nrows++;
}

/**
 * seconds_now() - the clock that looks are timed by
 *
 * Return: seconds of CLOCK_MONOTONIC.
 */
double seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/**
 * table_read() - read the descriptors, or die
 * @t: table, for table_free()
 * @path: file
 */
void table_read(struct table *t, const char *path)
{
	size_t len, lines = 1, i;
	char *next, *line;

	*t = (struct table){};
	t->text = file_read(path, &len);
	t->when = seconds_now();
	if (!len)
		die(EXIT_SYSTEM, "%s is empty, without even a header line", path);
	for (i = 0; i < len; i++)
		lines += t->text[i] == '\n';
	next = t->text;
	header(t, path, strsep(&next, "\n"));
	t->cells = calloc(lines * t->ncols, sizeof(*t->cells));
	if (!t->cells)
		die(EXIT_SYSTEM, "out of memory");
	while ((line = strsep(&next, "\n")))
		if (next || *line)
			row(t, path, line);
}

/**
 * table_free() - give its memory back
 * @t: table
 */
void table_free(struct table *t)
{
	free(t->cells);
	free(t->names);
	free(t->text);
	*t = (struct table){};
}

/**
 * table_cell() - what stands in a row and column
 * @t: table
 * @i: row
 * @col: column, as the file counts them
 *
 * Return: text.
 */
const char *table_cell(const struct table *t, size_t i, size_t col)
{
	return t->cells[i * t->ncols + col];
}

/**
 * table_known() - the same for a column that is always there
 * @t: table
 * @i: row
 * @col: which
 *
 * Return: text.
 */
const char *table_known(const struct table *t, size_t i, enum column col)
{
	return table_cell(t, i, t->at[col]);
}

/**
 * table_number() - the same for a column of numbers
 * @t: table
 * @i: row
 * @col: which
 *
 * Return: number.
 */
uint64_t table_number(const struct table *t, size_t i, enum column col)
{
	const char *end;
	uint64_t value = 0;

	number_parse(table_known(t, i, col), &end, &value);	/* row() checked it */
	return value;
}

/**
 * table_is_text() - is this column text, even where it looks like a number?
 * @t: table
 * @col: column, as the file counts them
 */
bool table_is_text(const struct table *t, size_t col)
{
	return col == t->at[COL_NETIF] || col == t->at[COL_FLAGS] ||
	       col == t->at[COL_COMMAND];
}

/**
 * table_find() - where is the column of a name
 * @t: table
 * @name: as the driver writes it
 * @col: set to the column
 *
 * Return: is there one?
 */
bool table_find(const struct table *t, const char *name, size_t *col)
{
	for (*col = 0; *col < t->ncols; (*col)++)
		if (!strcmp(t->names[*col], name))
			return true;
	return false;
}

/**
 * table_is_filter() - is this column a program?
 * @t: table
 * @col: column, as the file counts them
 */
bool table_is_filter(const struct table *t, size_t col)
{
	return !strcmp(t->names[col], "Filter") || !strcmp(t->names[col], "Wfilter");
}

/**
 * table_look() - the descriptors that are asked for, as they are now, or die
 * @t: table, for table_free()
 * @o: options
 */
void table_look(struct table *t, const struct options *o)
{
	table_read(t, o->file);
	table_select(t, o->ifname, o->pid);
}

/**
 * table_select() - drop the rows that were not asked for
 * @t: table
 * @ifname: interface, or NULL for any
 * @pid: process number, or 0 for any
 */
void table_select(struct table *t, const char *ifname, uint64_t pid)
{
	size_t i, kept = 0;

	for (i = 0; i < t->nrows; i++) {
		if ((ifname && strcmp(table_known(t, i, COL_NETIF), ifname)) ||
		    (pid && table_number(t, i, COL_PID) != pid))
			continue;
		memmove(t->cells + kept++ * t->ncols, t->cells + i * t->ncols,
			t->ncols * sizeof(*t->cells));
	}
	t->nrows = kept;
}

/**
 * number_parse() - a number without a sign, decimal or 0x and hexadecimal
 * @text: where it begins
 * @end: set to what follows it
 * @value: the number
 *
 * Return: is there one, and does it fit?
 */
bool number_parse(const char *text, const char **end, uint64_t *value)
{
	bool hex = !strncmp(text, "0x", 2) && isxdigit((unsigned char)text[2]);
	char *stop;

	/* strtoull() would take a sign or blanks */
	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*value = strtoull(text, &stop, hex ? 16 : 10);
	*end = stop;
	return !errno;
}
