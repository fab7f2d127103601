// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Instructions a packet. Each cell of the table is measured apart: the same packets
 * with these listeners, in short runs with a look at what came after each. What the
 * generator takes is in it; the cell without listeners says how much that is.
 */
#include "capture.h"
#include "mark.h"

enum {
	RUN = 500,		/* packets; even the smallest of the buffers holds them */
	LONG_RUN = 2500,	/* if none are kept */
	LISTENERS_MAX = 64,
	SETTLE_MS = 1200,	/* longer than any reader's timeout */
};

struct exact_case {
	const char *name;
	enum way way;
	u32 size, listeners;
	bool accept;
};

static const struct exact_case cases[] = {
	{ "rx-reject", WAY_RX, 60, 1, false },
	{ "tx-reject", WAY_TX, 60, 1, false },
	{ "rx-accept-60", WAY_RX, 60, 1, true },
	{ "rx-accept-512", WAY_RX, 512, 1, true },
	{ "rx-accept-1500", WAY_RX, 1500, 1, true },
	{ "tx-accept-60", WAY_TX, 60, 1, true },
	{ "rx-reject-8", WAY_RX, 60, 8, false },
	{ "rx-reject-64", WAY_RX, 60, 64, false },
	{ "tx-reject-8", WAY_TX, 60, 8, false },
};

static struct reader readers[LISTENERS_MAX];

/* Programs of their own: nobody may count on listeners that want the same. */
static void open_all(const struct exact_case *c, const struct reader_kind *kind)
{
	struct wish wish = { .memory = options.memory };

	for (u32 i = 0; kind && i < c->listeners; i++) {
		wish.port = c->accept ? ACCEPTED_PORT : 1000 + i;
		reader_open(&readers[i], kind, &wish);
	}
}

static void take_all(const struct exact_case *c, const struct reader_kind *kind)
{
	if (kind && c->accept)
		kind->take(&readers[0], false);
}

static void check(const struct exact_case *c, const struct reader_kind *kind, u32 packets)
{
	u64 want = c->accept ? packets : 0;

	for (u32 i = 0; kind && i < c->listeners; i++) {
		u64 dropped = kind->dropped(&readers[i]);

		if (dropped || readers[i].records != want)
			die("%s, %s: %llu records of %llu, %llu dropped", c->name, kind->name,
			    (unsigned long long)readers[i].records, (unsigned long long)want,
			    (unsigned long long)dropped);
	}
}

/* What is still in the reader's buffers is counted, the wait for it is not. */
static void measure(const struct exact_case *c, const struct reader_kind *kind, u32 round)
{
	u32 run = c->accept ? RUN : LONG_RUN;
	u32 runs = options.packets / run ?: 1;
	struct traffic traffic = { .way = c->way, .size = c->size, .count = run };
	u32 begin, pause, resume, end;

	open_all(c, kind);
	traffic_prepare(&traffic);
	traffic_run();			/* for what is slow the first time */
	take_all(c, kind);
	begin = mark();
	for (u32 i = 0; i < runs; i++) {
		traffic_run();
		take_all(c, kind);
	}
	pause = mark();
	sleep_ms(SETTLE_MS);
	resume = mark();
	take_all(c, kind);
	end = mark();
	check(c, kind, (runs + 1) * run);
	result("\"case\": \"%s\", \"reader\": \"%s\", \"round\": %u, \"packets\": %u, "
	       "\"between\": [%u, %u, %u, %u]", c->name, kind ? kind->name : "none", round,
	       runs * run, begin, pause, resume, end);
	for (u32 i = 0; kind && i < c->listeners; i++)
		reader_close(&readers[i]);
}

void exact(void)
{
	for (u32 round = 0; round < options.rounds; round++) {
		for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
			const struct exact_case *c = &cases[i];

			if (!wanted(options.which, c->name))
				continue;
			progress("round %u of %u: %s", round + 1, options.rounds, c->name);
			measure(c, NULL, round);
			for (u32 k = 0; k < reader_kinds_count; k++)
				if (wanted(options.reader, reader_kinds[k]->name))
					measure(c, reader_kinds[k], round);
		}
	}
}
