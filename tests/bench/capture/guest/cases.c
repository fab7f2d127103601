// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Cases of a packet's cost. Each cell of the table is one way to read in one case:
 * the same packets with these listeners, in short runs with a look at what came after
 * each. What the generator takes is in it; the cell without listeners says how much
 * that is.
 */
#include "cases.h"

enum {
	SHORT = 500,
	LONG = 5000,
	LISTENERS_MAX = 64,
	UNHOOK_MS = 1200,	/* the driver's tracepoint outlasts its listeners by a second */
};

static const struct cost_case cases[] = {
	{ "rx-reject", WAY_RX, 60, 1, LONG, REJECTED },
	{ "tx-reject", WAY_TX, 60, 1, LONG, REJECTED },
	{ "rx-accept-60", WAY_RX, 60, 1, SHORT, READ },
	{ "rx-accept-512", WAY_RX, 512, 1, SHORT, READ },
	{ "rx-accept-1500", WAY_RX, 1500, 1, SHORT, READ },
	{ "tx-accept-60", WAY_TX, 60, 1, SHORT, READ },
	{ "rx-reject-8", WAY_RX, 60, 8, LONG, REJECTED },
	{ "rx-reject-64", WAY_RX, 60, 64, LONG, REJECTED },
	{ "tx-reject-8", WAY_TX, 60, 8, LONG, REJECTED },
	{ "rx-full-512", WAY_RX, 512, 1, LONG, DROPPED },
};

static struct reader readers[LISTENERS_MAX];

static u32 listeners(const struct cell *cell)
{
	return cell->kind ? cell->c->listeners : 0;
}

/* Programs of their own: nobody may count on listeners that want the same. */
static void open_readers(const struct cell *cell)
{
	struct wish wish = { .memory = options.memory };

	for (u32 i = 0; i < listeners(cell); i++) {
		wish.port = cell->c->fate == REJECTED ? 1000 + i : ACCEPTED_PORT;
		reader_open(&readers[i], cell->kind, &wish);
	}
}

/**
 * cell_open() - open the listeners, and run once for what is slow the first time, and
 *	to fill buffers that shall be full
 * @cell: which; traffic_run() then sends a run of its packets
 */
void cell_open(const struct cell *cell)
{
	struct traffic traffic = { .way = cell->c->way, .size = cell->c->size,
				   .count = cell->c->run };

	open_readers(cell);
	if (cell->c->fate == DROPPED) {
		struct traffic fill = traffic;

		fill.count = options.memory / fill.size;
		traffic_prepare(&fill);
		traffic_run();
	}
	traffic_prepare(&traffic);
	traffic_run();
	cell_take(cell);
}

/* Gives the reader its turn. */
void cell_take(const struct cell *cell)
{
	if (cell->kind && cell->c->fate == READ)
		cell->kind->take(&readers[0], false);
}

u64 cell_records(const struct cell *cell)
{
	return cell->kind ? readers[0].records : 0;
}

/* A packet whose fate is another costs another sum. */
static bool as_wanted(const struct cell *cell, const struct reader *r, u64 dropped)
{
	u64 packets = (cell->runs + 1ULL) * cell->c->run;

	switch (cell->c->fate) {
	case READ: return r->records == packets && !dropped;
	case DROPPED: return !r->records && dropped >= packets;
	default: return !r->records && !dropped;
	}
}

void cell_close(const struct cell *cell)
{
	for (u32 i = 0; i < listeners(cell); i++) {
		struct reader *r = &readers[i];
		u64 dropped = cell->kind->dropped(r);

		if (!as_wanted(cell, r, dropped))
			die("%s, %s: %llu records, %llu dropped", cell->c->name,
			    cell->kind->name, (unsigned long long)r->records,
			    (unsigned long long)dropped);
		reader_close(r);
	}
}

const char *cell_reader(const struct cell *cell)
{
	return cell->kind ? cell->kind->name : "none";
}

/* Nobody may listen, or be prepared to, when it is measured what nobody costs. */
static void each_reader(struct cell *cell, void (*measure)(const struct cell *cell))
{
	sleep_ms(UNHOOK_MS);
	cell->kind = NULL;
	measure(cell);
	for (u32 k = 0; k < reader_kinds_count; k++) {
		cell->kind = reader_kinds[k];
		if (wanted(options.reader, cell->kind->name))
			measure(cell);
	}
}

/**
 * cells_each() - measure all that was asked for, round by round
 * @measure: measures a cell, and says the result
 */
void cells_each(void (*measure)(const struct cell *cell))
{
	for (u32 round = 0; round < options.rounds; round++) {
		for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
			struct cell cell = { .c = &cases[i], .round = round };

			if (!wanted(options.which, cases[i].name) ||
			    !wanted(options.way, way_name(cases[i].way)))
				continue;
			cell.runs = options.packets / cases[i].run ?: 1;
			progress("round %u of %u: %s", round + 1, options.rounds, cases[i].name);
			each_reader(&cell, measure);
		}
	}
}
