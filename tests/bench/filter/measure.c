// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How all engines are timed, and the comparison of their results.
 *
 * A pass judges all packets of a traffic once, in an order of its own: a fixed order
 * could be learned by the branch predictor, which no traffic allows. Order number n
 * is the same for all engines. A round is some passes of each engine in turn; what
 * counts is an engine's best round, since nothing but disturbance differs between
 * rounds.
 */
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

enum {
	ORDERS = 64,
	AHEAD = 8,			/* calls that loop.S looks ahead */
	ROUND_NS = 150000,		/* aim for an engine's part of a round */
	PASSES_MIN = 2, PASSES_MAX = 64,
};

static u16 orders[ORDERS][BENCH_PACKETS];

u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/**
 * measure_pin() - stay on the processor that this runs on
 */
void measure_pin(void)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? 0 : cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void shuffle_orders(void)
{
	u32 seed = 1;	/* the same orders each time */

	for (u32 n = 0; n < ORDERS; n++) {
		u16 *order = orders[n];

		for (u32 i = 0; i < BENCH_PACKETS; i++) {
			u32 j;

			seed = seed * 1664525 + 1013904223;
			j = (u64)seed * (i + 1) >> 32;
			order[i] = order[j];
			order[j] = i;
		}
	}
}

static volatile u64 sink;

/*
 * Calls in order number @n; the last ones only for fetching ahead. An odd step through
 * a shuffled list meets all of it, and makes so many orders that none comes again
 * while anybody remembers it.
 */
static const struct call *arrange(const struct call *calls, u32 n)
{
	static struct call arranged[BENCH_PACKETS + AHEAD];
	const u16 *order = orders[n % ORDERS];
	u32 random = (n + 1) * 0x9e3779b1U;
	u32 step = random >> 20 | 1, at = random >> 8;

	for (u32 i = 0; i < BENCH_PACKETS + AHEAD; i++, at += step)
		arranged[i] = calls[order[at % BENCH_PACKETS]];
	return arranged;
}

static double part_of_round(const struct loaded *loaded, const struct call *calls, u32 first,
			    u32 passes)
{
	u64 ns = 0;

	for (u32 n = first; n < first + passes; n++) {
		const struct call *arranged = arrange(calls, n);
		u64 start = now_ns();

		sink = loaded->loop(loaded->judge, arranged, arranged + BENCH_PACKETS);
		ns += now_ns() - start;
	}
	return (double)ns / passes / BENCH_PACKETS;
}

static u32 passes_for(const struct loaded *loaded, const struct call *calls)
{
	double ns = part_of_round(loaded, calls, 0, 2) * BENCH_PACKETS;
	u32 passes = ROUND_NS / ns;

	return passes < PASSES_MIN ? PASSES_MIN : passes > PASSES_MAX ? PASSES_MAX : passes;
}

static void count(const struct loaded *loaded, const struct call *calls, struct cell *cell)
{
	const struct call *arranged = arrange(calls, 0);

	cell->instructions = -1;
	cell->misses = -1;
	if (!count_start())
		return;
	sink = loaded->loop(loaded->judge, arranged, arranged + BENCH_PACKETS);
	if (!count_stop(&cell->instructions, &cell->misses))
		return;
	cell->instructions /= BENCH_PACKETS;
	cell->misses /= BENCH_PACKETS;
}

/* How each engine is called for each packet. */
static struct call *calls_of(u32 engine, const struct loaded *loaded,
			     const struct traffic *traffic)
{
	static struct call calls[ENGINES_MAX][BENCH_PACKETS];

	for (u32 i = 0; i < BENCH_PACKETS; i++)
		engines[engine]->call(loaded, &traffic->frames[i], i, &calls[engine][i]);
	return calls[engine];
}

/**
 * measure() - time one filter over one traffic in all engines
 * @loaded: the filter, for each engine
 * @present: whether an engine takes part
 * @traffic: the packets
 * @rounds: how often, the best counts
 * @cells: for each engine: what was measured before, all 0 if nothing was; where to
 *	store what is better
 */
void measure(const struct loaded *loaded, const bool *present, const struct traffic *traffic,
	     u32 rounds, struct cell *cells)
{
	const struct call *calls[ENGINES_MAX];
	u32 passes[ENGINES_MAX];

	shuffle_orders();
	for (u32 e = 0; e < engines_count; e++) {
		if (!present[e])
			continue;
		calls[e] = calls_of(e, &loaded[e], traffic);
		passes[e] = passes_for(&loaded[e], calls[e]);
		count(&loaded[e], calls[e], &cells[e]);
	}
	for (u32 round = 0; round < rounds; round++) {
		for (u32 e = 0; e < engines_count; e++) {
			double ns;

			if (!present[e])
				continue;
			ns = part_of_round(&loaded[e], calls[e], round * PASSES_MAX,
					   passes[e]);
			if (!cells[e].ns || ns < cells[e].ns)
				cells[e].ns = ns;
		}
	}
}

/**
 * measure_compare() - do all engines say the same about each packet?
 * @filter: the filter
 * @loaded: the filter, for each engine
 * @present: whether an engine takes part
 * @traffic: the packets
 * @accepted: where to store how many packets libpcap's interpreter accepts
 *
 * What libpcap's interpreter says is right. Differences go to standard error, a few
 * for each engine.
 *
 * Return: how many results differ.
 */
u32 measure_compare(const struct filter *filter, const struct loaded *loaded,
		    const bool *present, const struct traffic *traffic, u32 *accepted)
{
	static u32 expected[BENCH_PACKETS];
	u32 different = 0;

	*accepted = 0;
	for (u32 i = 0; i < BENCH_PACKETS; i++) {
		const struct frame *f = &traffic->frames[i];

		expected[i] = bpf_filter(filter->program.bf_insns, f->bytes, f->len, f->len);
		*accepted += expected[i] != 0;
	}
	for (u32 e = 0; e < engines_count; e++) {
		const struct call *calls;
		u32 told = 0;

		if (!present[e])
			continue;
		calls = calls_of(e, &loaded[e], traffic);
		for (u32 i = 0; i < BENCH_PACKETS; i++) {
			const u64 *arg = calls[i].arg;
			u32 result = loaded[e].judge(arg[0], arg[1], arg[2], arg[3]);

			if (result == expected[i])
				continue;
			different++;
			if (told++ < 3)
				fprintf(stderr, "%s, %s packet %u: %s says %u instead of %u\n",
					filter->name, traffic->name, i, engines[e]->label,
					result, expected[i]);
		}
	}
	return different;
}

/**
 * measure_compile() - how long an engine takes to translate a program
 * @engine: it
 * @program: what to translate
 * @best: nanoseconds, the shortest so far, 0 if there is none; stays 0 where nothing is
 *	translated
 */
void measure_compile(const struct engine *engine, const struct bpf_program *program,
		     double *best)
{
	enum { MOST = 100, ENOUGH_NS = 10000000 };
	u64 begin = now_ns();

	if (!engine->compile)
		return;
	for (u32 i = 0; !i || (i < MOST && now_ns() - begin < ENOUGH_NS); i++) {
		u64 start = now_ns();
		double ns;

		if (!engine->compile(program))
			return;
		ns = now_ns() - start;
		if (!*best || ns < *best)
			*best = ns;
	}
}
