// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How long a packet takes from the generator, which writes the time into it, to a
 * reader that sleeps; and how many system calls and wake-ups that costs. A burst is
 * given to the stack in a row, as a network card's driver does, with one time for
 * all of it. Each is a run of the generator: with a delay between bursts it would
 * write the time before it waits. The reader comes before other programs, as it would
 * on a processor of its own; a burst is ended first. The time in packets is in whole
 * microseconds.
 */
#include <arpa/inet.h>

#include "capture.h"
#include "listen.h"

enum {
	SAMPLES_MAX = 4096,
	PAYLOAD = 14 + 20 + 8,		/* where pktgen's header is */
	PKTGEN_MAGIC = 0xbe9be955,
};

static const struct latency_case {
	const char *name;
	u32 burst, bursts;
} cases[] = {
	{ "latency-1", 1, 200 },
	{ "latency-8", 8, 100 },
	{ "latency-64", 64, 50 },
};

static u64 samples[SAMPLES_MAX];
static u32 count;

static void note(struct reader *r, const u8 *packet, u32 caplen)
{
	struct { u32 magic, seq, sec, usec; } head;
	u64 now = now_ns(CLOCK_REALTIME);

	(void)r, (void)caplen;
	memcpy(&head, packet + PAYLOAD, sizeof(head));
	if (ntohl(head.magic) != PKTGEN_MAGIC)
		die("this is no packet of pktgen's");
	if (count < SAMPLES_MAX)
		samples[count++] = now - ntohl(head.sec) * 1000000000ULL -
				   ntohl(head.usec) * 1000ULL;
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static void measure(const struct latency_case *c, const struct reader_kind *kind, u32 round)
{
	struct traffic traffic = { .way = WAY_RX, .size = 128, .count = c->burst,
				   .burst = c->burst };
	struct wish wish = { .port = ACCEPTED_PORT, .memory = options.memory,
			     .immediate = true };
	struct listener l;

	listener_start(&l, kind, &wish, true, note);
	traffic_prepare(&traffic);
	count = 0;
	for (u32 i = 0; i < c->bursts; i++)
		traffic_run();
	listener_stop(&l, c->bursts * c->burst);
	qsort(samples, count, sizeof(*samples), compare);
	result("\"case\": \"%s\", \"reader\": \"%s\", \"round\": %u, \"median\": %llu, "
	       "\"p99\": %llu, \"calls\": %.1f, \"sleeps\": %.1f", c->name, kind->name, round,
	       (unsigned long long)samples[count / 2],
	       (unsigned long long)samples[count * 99 / 100],
	       l.reader.calls * 1000. / count, l.sleeps * 1000. / count);
}

void latency(void)
{
	for (u32 round = 0; round < options.rounds; round++) {
		for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
			const struct latency_case *c = &cases[i];

			if (!wanted(options.which, c->name))
				continue;
			progress("round %u of %u: %s", round + 1, options.rounds, c->name);
			for (u32 k = 0; k < reader_kinds_count; k++)
				if (wanted(options.reader, reader_kinds[k]->name) &&
				    !reader_kinds[k]->late)
					measure(c, reader_kinds[k], round);
		}
	}
}
