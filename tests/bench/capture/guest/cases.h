/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What a packet's cost is measured for, by whatever measure. */
#ifndef CASES_H
#define CASES_H

#include "capture.h"

/* What becomes of a case's packets. */
enum fate { REJECTED, READ, DROPPED };

/**
 * struct cost_case - one kind of packet, and who listens
 * @run: packets that are sent in a row, after which the reader has its turn; even
 *	the smallest of the buffers holds them
 */
struct cost_case {
	const char *name;
	enum way way;
	u32 size, listeners, run;
	enum fate fate;
};

/**
 * struct cell - a case with one way to read
 * @kind: the way; NULL: nobody listens
 * @runs: how many to measure
 */
struct cell {
	const struct cost_case *c;
	const struct reader_kind *kind;
	u32 round, runs;
};

void cell_open(const struct cell *cell);
void cell_take(const struct cell *cell);
u64 cell_records(const struct cell *cell);
void cell_close(const struct cell *cell);
const char *cell_reader(const struct cell *cell);
void cells_each(void (*measure)(const struct cell *cell));

#endif /* CASES_H */
