// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Nanoseconds a packet, for a kernel that runs at the processor's own speed. A busy
 * host only ever makes a run longer, so of the runs the shortest counts, and of the
 * reader's turns the one that took least for a record.
 */
#include "cases.h"

enum {
	SETTLE_MS = 1200,	/* longer than any reader's timeout */
	RUNS_MIN = 8,
};

/* Nanoseconds a record when the reader has its turn; best if it brings nothing. */
static double take(const struct cell *cell, double best)
{
	u64 records = cell_records(cell), begin = now_ns(CLOCK_MONOTONIC), ns;

	cell_take(cell);
	ns = now_ns(CLOCK_MONOTONIC) - begin;
	records = cell_records(cell) - records;
	if (records && (double)ns / records < best)
		return (double)ns / records;
	return best;
}

static void measure(const struct cell *wanted_cell)
{
	struct cell cell = *wanted_cell;
	double reading = 1e9;
	u64 best = UINT64_MAX;

	if (cell.runs < RUNS_MIN)
		cell.runs = RUNS_MIN;
	cell_open(&cell);
	for (u32 i = 0; i < cell.runs; i++) {
		u64 ns;

		traffic_run();
		ns = traffic_nsecs(0);
		if (ns < best)
			best = ns;
		reading = take(&cell, reading);
	}
	if (cell.kind && cell.c->fate == READ) {
		sleep_ms(SETTLE_MS);
		reading = take(&cell, reading);
	} else {
		reading = 0;
	}
	result("\"case\": \"%s\", \"way\": \"%s\", \"reader\": \"%s\", \"round\": %u, "
	       "\"store\": %.2f, \"read\": %.2f", cell.c->name, way_name(cell.c->way), cell_reader(&cell), cell.round,
	       (double)best / cell.c->run, reading);
	cell_close(&cell);
}

void native(void)
{
	cells_each(measure);
}
