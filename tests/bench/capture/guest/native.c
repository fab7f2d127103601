// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Nanoseconds a packet, for a kernel that runs at the processor's own speed. A busy
 * host only ever makes a run longer, so of the runs the shortest counts.
 */
#include "cases.h"

enum { SETTLE_MS = 1200 };	/* longer than any reader's timeout */

/* How long the reader has its turn. */
static u64 take(const struct cell *cell)
{
	u64 begin = now_ns(CLOCK_MONOTONIC);

	cell_take(cell);
	return now_ns(CLOCK_MONOTONIC) - begin;
}

static void measure(const struct cell *cell)
{
	u64 best = UINT64_MAX, reading = 0, records;

	cell_open(cell);
	records = cell_records(cell);
	for (u32 i = 0; i < cell->runs; i++) {
		u64 ns;

		traffic_run();
		ns = traffic_nsecs(0);
		if (ns < best)
			best = ns;
		reading += take(cell);
	}
	if (cell->kind && cell->c->accept) {
		sleep_ms(SETTLE_MS);
		reading += take(cell);
	}
	records = cell_records(cell) - records;
	result("\"case\": \"%s\", \"reader\": \"%s\", \"round\": %u, \"store\": %.2f, "
	       "\"read\": %.2f", cell->c->name, cell_reader(cell), cell->round,
	       (double)best / cell->c->run, records ? (double)reading / records : 0);
	cell_close(cell);
}

void native(void)
{
	cells_each(measure);
}
