// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * One program after the other, each over many packets: compiling takes some hundred
 * times as long as running.
 */
#include "worker.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "engines.h"
#include "gen.h"
#include "minimise.h"
#include "program.h"
#include "rng.h"

#define PACKETS		12	/* a program; for one in four four times as many */
#define VIEWS		6	/* a packet */
#define SWEEPS_ONE_IN	20	/* packets that are cut at each byte */
#define DAMAGES		6	/* a program: only validated */

static bool run(struct fuzz_case *c, enum engines_side side,
		struct worker_counts *counts)
{
	counts->executions++;
	return engines_run(&c->packet, side);
}

static bool run_sweep(struct fuzz_case *c, u64 *state, struct worker_counts *counts)
{
	u32 whole = c->packet.avail, at;
	enum packet_sweep sweep = rng_below(state, SWEEPS);

	for (at = 0; at <= whole; at++) {
		packet_sweep(&c->packet, sweep, whole, at);
		if (!run(c, at % ENGINES_SIDES, counts) ||
		    !run(c, (at + 1) % ENGINES_SIDES, counts))
			return false;
	}
	return true;
}

static bool run_packet(struct fuzz_case *c, u64 *state, struct worker_counts *counts)
{
	u32 whole = c->packet.avail, wire = c->packet.wirelen, i;
	bool same = run(c, ENGINES_START, counts) && run(c, ENGINES_END, counts);

	if (same && rng_one_in(state, SWEEPS_ONE_IN))
		same = run_sweep(c, state, counts);
	for (i = 2; same && i < VIEWS; i++) {
		packet_cut(&c->packet, whole, state);
		same = run(c, rng_below(state, ENGINES_SIDES), counts);
	}
	if (same) {
		c->packet.avail = c->packet.headlen = whole;
		c->packet.wirelen = wire;
	}
	return same;
}

static bool try_program(struct fuzz_case *c, u64 *state, struct worker_counts *counts)
{
	u32 packets = rng_one_in(state, 4) ? 4 * PACKETS : PACKETS;

	if (!engines_load(c))
		return false;
	while (engines_valid() && packets--) {
		if (!run_packet(c, state, counts))
			return false;
		packet_vary(c, state);
	}
	for (u32 i = 0; i < DAMAGES; i++) {
		gen_damage(c->insns, &c->len, state);
		if (!engines_validate(c))
			return false;
	}
	return true;
}

static bool run_program(struct fuzz_case *c, u64 *state, struct worker_counts *counts)
{
	return !engines_crash() && try_program(c, state, counts);
}

/* Says what differs, small if it can be made so, and saves it. */
static void report(struct fuzz_case *c, const char *kind, u64 number, const char *folder)
{
	char name[4096];
	FILE *file;
	bool again;

	printf("\nThe engines differ: program %" PRIu64 " (%s)\n", number, kind);
	engines_report(stdout);
	fflush(stdout);
	again = case_minimise(c);
	snprintf(name, sizeof(name), "%s/difference-%" PRIu64, folder, number);
	mkdir(folder, 0777);
	file = fopen(name, "w");
	if (file) {
		engines_report(file);
		case_write(c, file);
		fclose(file);
	} else {
		printf("cannot write %s: %s\n", name, strerror(errno));
	}
	printf(again ? "Made small:\n" : "It does not do so again alone:\n");
	engines_report(stdout);
	case_write(c, stdout);
	printf("To see it again: tests/fuzz/replay %s\n", name);
	fflush(stdout);
}

int worker_run(u64 seed, u64 number, u64 step, u64 limit, const char *folder,
	       struct worker_counts *counts)
{
	static struct fuzz_case c;
	const char *kind;
	u64 state;

	engines_init();
	for (; !limit || counts->executions < limit; number += step) {
		state = seed + number * 0x9e3779b97f4a7c15;
		rng_next(&state);
		kind = program_make(&c, &state);
		if (!run_program(&c, &state, counts)) {
			report(&c, kind, number, folder);
			return 1;
		}
		counts->programs++;
		counts->decided = engines_decided;
		counts->undecided = engines_undecided;
	}
	return 0;
}
