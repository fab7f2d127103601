/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the parts of bpfstat tell each other: the table of descriptors as it was
 * at one moment, a condition on it, rates between two of them, and how either is
 * shown.  The driver's only contract is the header line of /proc/net/bpf, whose
 * columns are found by name.
 */
#ifndef BPFSTAT_H
#define BPFSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define PROC_FILE "/proc/net/bpf"
#define FILTER_FILE PROC_FILE "_filter"

/* Exit statuses besides 0; bpfstat(8) promises them to scripts. */
enum {
	EXIT_TIMEOUT = 1,	/* --wait: the condition did not come true */
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 3,	/* the table cannot be read, or nothing written */
};

/* The columns of FreeBSD's netstat -B, in its order: they have to be there. */
enum column {
	COL_PID, COL_NETIF, COL_FLAGS, COL_RECV, COL_DROP, COL_MATCH,
	COL_SBLEN, COL_HBLEN, COL_COMMAND,
	COLUMNS
};

/**
 * struct table - the descriptors at one moment
 * @text:	the file; all names and cells lie in it
 * @names:	names of the columns
 * @cells:	row after row, @ncols in each
 * @ncols:	number of columns, those that bpfstat does not know included
 * @nrows:	number of descriptors
 * @at:		where in a row the columns of enum column are
 * @when:	seconds of CLOCK_MONOTONIC
 */
struct table {
	char *text;
	const char **names;
	const char **cells;
	size_t ncols;
	size_t nrows;
	size_t at[COLUMNS];
	double when;
};

/* What a rate is told of. */
enum counter {
	RATE_RECV, RATE_DROP, RATE_MATCH,
	RATES
};

/**
 * struct rate - how fast the counters of one descriptor rise
 * @known:	is there an earlier look at it to compare with?
 * @per_s:	each counter's growth, per second
 */
struct rate {
	bool known;
	double per_s[RATES];
};

/**
 * struct condition - what --wait waits for
 * @text:	as it was typed, for complaints
 * @name:	the column, in @text
 * @name_len:	its length
 * @op:		index of the operator
 * @value:	what is compared with
 */
struct condition {
	const char *text;
	const char *name;
	size_t name_len;
	unsigned int op;
	uint64_t value;
};

/**
 * struct options - the command line
 * @file:	what to read
 * @netns:	network namespace to look into, or NULL
 * @ifname:	only descriptors on this interface, or NULL
 * @pid:	only this process's descriptors, or 0
 * @verbose:	all columns
 * @json:	as JSON
 * @filters:	show filters, too
 * @live:	on a terminal, one view that is kept up to date
 * @sort:	column that the rows are sorted by, or NULL
 * @interval:	seconds between two samples; 0: just one
 * @count:	how many samples; 0: no end
 * @wait:	wait for @condition?
 * @condition:	the condition
 * @timeout:	seconds it may take; negative: for ever
 */
struct options {
	const char *file;
	const char *netns;
	const char *ifname;
	uint64_t pid;
	bool verbose;
	bool json;
	bool filters;
	bool live;
	const char *sort;
	double interval;
	uint64_t count;
	bool wait;
	struct condition condition;
	double timeout;
};

__attribute__((noreturn, format(printf, 2, 3)))
void die(int status, const char *fmt, ...);
extern void (*die_first)(void);
bool flushed(void);

void options_parse(struct options *o, int argc, char **argv);

char *file_read(const char *path, size_t *len);

void table_read(struct table *t, const char *path);
void table_free(struct table *t);
void table_select(struct table *t, const char *ifname, uint64_t pid);
const char *table_cell(const struct table *t, size_t row, size_t col);
const char *table_known(const struct table *t, size_t row, enum column col);
uint64_t table_number(const struct table *t, size_t row, enum column col);
bool table_find(const struct table *t, const char *name, size_t *col);
bool table_is_filter(const struct table *t, size_t col);
bool table_is_text(const struct table *t, size_t col);
bool number_parse(const char *text, const char **end, uint64_t *value);

void condition_parse(struct condition *c, const char *text);
bool condition_holds(const struct condition *c, const struct table *t);

extern const char * const rate_titles[RATES];
struct rate *rates_since(const struct table *old, const struct table *new);

struct rate *table_sorted(struct table *to, const struct table *t, const struct rate *rates,
			  const char *column, bool reversed);

void table_look(struct table *t, const struct options *o);
double seconds_now(void);
bool live_run(const struct options *o);

void text_show(const struct table *t, const struct rate *rates, bool verbose,
	       bool filters);
void json_show(const struct table *t, const struct rate *rates, bool line,
	       double elapsed);

#endif /* BPFSTAT_H */
