// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Two processors, each with a flow of its own as fast as it can, to one listener
 * that does nothing with its packets. In real time, so only ratios within one run
 * mean something.
 */
#include "capture.h"
#include "listen.h"

enum { CPUS = 2, SIZE = 60, PACKETS = 100032, ROUNDS = 4 };

static void measure(const struct reader_kind *kind, u32 round)
{
	struct traffic traffic = { .way = WAY_RX, .size = SIZE, .count = PACKETS,
				   .burst = 64, .cpus = CPUS };
	struct wish wish = { .port = ACCEPTED_PORT, .memory = options.memory };
	u64 ns = 0, packets = CPUS * PACKETS;
	struct listener l = { 0 };

	if (kind)
		listener_start(&l, kind, &wish, false, NULL);
	traffic_prepare(&traffic);
	traffic_run();
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		if (traffic_nsecs(cpu) > ns)
			ns = traffic_nsecs(cpu);
	if (kind)
		listener_stop(&l, packets);
	result("\"case\": \"two-flows\", \"reader\": \"%s\", \"round\": %u, \"packets\": %llu, "
	       "\"ns\": %llu, \"dropped\": %llu", kind ? kind->name : "none", round,
	       (unsigned long long)packets, (unsigned long long)ns,
	       (unsigned long long)l.dropped);
}

void flows(void)
{
	for (u32 round = 0; round < ROUNDS * options.rounds; round++) {
		progress("round %u of %u", round + 1, ROUNDS * options.rounds);
		measure(NULL, round);
		for (u32 k = 0; k < reader_kinds_count; k++)
			if (wanted(options.reader, reader_kinds[k]->name))
				measure(reader_kinds[k], round);
	}
}
