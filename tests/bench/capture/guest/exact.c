// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Instructions a packet. The plugin outside of the machine counts all of them, also
 * those of the generator's threads while this program sleeps.
 */
#include "cases.h"
#include "mark.h"

enum { SETTLE_MS = 1200 };	/* longer than any reader's timeout */

/* What is still in the reader's buffers is counted, the wait for it is not. */
static void measure(const struct cell *cell)
{
	u32 begin, pause, resume, end;

	cell_open(cell);
	begin = mark();
	for (u32 i = 0; i < cell->runs; i++) {
		traffic_run();
		cell_take(cell);
	}
	pause = mark();
	sleep_ms(SETTLE_MS);
	resume = mark();
	cell_take(cell);
	end = mark();
	result("\"case\": \"%s\", \"way\": \"%s\", \"reader\": \"%s\", \"round\": %u, "
	       "\"packets\": %u, \"between\": [%u, %u, %u, %u]", cell->c->name,
	       way_name(cell->c->way), cell_reader(cell), cell->round,
	       cell->runs * cell->c->run, begin, pause, resume, end);
	cell_close(cell);
}

/* Instructions whose number is known, to see that the plugin counts right. */
static void calibrate(void)
{
	u32 turns = 1000000, begin, end;

	begin = mark();
	__asm__ volatile("1: dec %0; jnz 1b" : "+r" (turns));
	end = mark();
	result("\"instructions\": %u, \"counted\": [%u, %u]", 2000000, begin, end);
}

void exact(void)
{
	calibrate();
	cells_each(measure);
}
