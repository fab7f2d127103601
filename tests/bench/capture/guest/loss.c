// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a reader loses that does the same work with each packet, at a rising rate.
 * Packets come before everything else, as interrupts do; the reader has what is left
 * of the processor. So what a packet costs in the kernel is missing in the reader.
 */
#include "capture.h"
#include "listen.h"

enum {
	WORK = 500,		/* turns of a loop, two instructions each */
	TICK_NS = 1000000,	/* from burst to burst; pktgen does not let go of the
				 * processor for the last 100000 before one
				 */
	SIZE = 512,
	PACKETS = 40000,	/* many times what buffers hold */
};

/* in 1000 packets a second */
static const u32 rates[] = { 200, 300, 350, 400, 425, 450, 475, 500, 550, 600, 700, 800 };

static void work(struct reader *r, const u8 *packet, u32 caplen)
{
	unsigned int turns = WORK;

	(void)r, (void)packet, (void)caplen;
	__asm__ volatile("1: dec %0; jnz 1b" : "+r" (turns));
}

static void measure(u32 rate, const struct reader_kind *kind)
{
	u32 burst = (u64)rate * 1000 * TICK_NS / 1000000000;
	struct traffic traffic = { .way = WAY_RX, .size = SIZE, .burst = burst,
				   .count = (PACKETS + burst - 1) / burst * burst,
				   .delay = TICK_NS };
	struct wish wish = { .port = ACCEPTED_PORT, .memory = options.memory };
	struct listener l;

	listener_start(&l, kind, &wish, false, work);
	traffic_prepare(&traffic);
	traffic_run();
	listener_stop(&l, traffic.count);
	result("\"case\": \"%u\", \"reader\": \"%s\", \"rate\": %u, \"packets\": %u, "
	       "\"dropped\": %llu, \"calls\": %llu, \"sleeps\": %llu", rate, kind->name, rate * 1000,
	       traffic.count, (unsigned long long)l.dropped,
	       (unsigned long long)l.reader.calls, (unsigned long long)l.sleeps);
}

void loss(void)
{
	traffic_urgent(true);
	for (u32 i = 0; i < ARRAY_SIZE(rates); i++) {
		progress("%u of %zu: %u000 packets a second", i + 1, ARRAY_SIZE(rates), rates[i]);
		for (u32 k = 0; k < reader_kinds_count; k++)
			if (wanted(options.reader, reader_kinds[k]->name))
				measure(rates[i], reader_kinds[k]);
	}
	traffic_urgent(false);
}
