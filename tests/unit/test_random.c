// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Random programs over random packets, the engine against the reference. The
 * first case is taken from the clock, or from CBPF_SEED; a failure names the
 * case to begin with to see it again. Each test runs for two seconds.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gen.h"
#include "guard.h"
#include "reference.h"
#include "runner.h"
#include "text.h"
#include "view.h"

#define SECONDS		2

static struct guard room, code_room;
static u64 seed;

static u64 nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void set_up(void)
{
	room = guard_alloc(GEN_MAXBYTES);
	code_room = guard_alloc(GEN_MAXINSNS * sizeof(struct cbpf_insn));
}

static void tear_down(void)
{
	guard_free(&code_room);
	guard_free(&room);
}

static void give_up(const struct gen_case *c, u64 number, const char *what)
{
	static char text[GEN_MAXINSNS * 40];

	text_of_program(c->insns, c->len, text, sizeof(text));
	ck_abort_msg("%s: CBPF_SEED=%" PRIu64 ", head %u, readable %u, wire %u: %s",
		     what, number, c->headlen, c->avail, c->wirelen, text);
}

/* Run a valid program in all ways; the result, if they agree. */
static u32 compare(const struct gen_case *c, u64 number)
{
	const struct facts *facts = c->has_facts ? &c->facts : NULL;
	const struct cbpf_insn *insns;
	u32 expected, results[4];
	size_t i;

	expected = reference_run_facts(c->insns, c->len, c->bytes, c->avail,
				       c->wirelen, facts);
	insns = guard_at_end(&code_room, c->insns, c->len * sizeof(*insns));
	results[0] = view_run_facts(&room, VIEW_AT_START, insns, c->len, c->bytes,
				    c->headlen, c->avail, c->wirelen, true, facts);
	results[1] = view_run_facts(&room, VIEW_AT_END, insns, c->len, c->bytes,
				    c->headlen, c->avail, c->wirelen, true, facts);
	results[2] = view_run_facts(&room, VIEW_AT_START, insns, c->len, c->bytes,
				    c->avail, c->avail, c->wirelen, false, facts);
	results[3] = view_run_facts(&room, VIEW_AT_END, insns, c->len, c->bytes,
				    c->avail, c->avail, c->wirelen, false, facts);
	for (i = 0; i < ARRAY_SIZE(results); i++)
		if (results[i] != expected)
			give_up(c, number, i < 2 ? "result with fetch" :
						"result without fetch");
	return expected;
}

START_TEST(valid_programs)
{
	u64 end = nanoseconds() + SECONDS * 1000000000ULL;
	u64 number = seed;
	u64 kept = 0;

	do {
		struct gen_case c;

		gen_make(&c, number);
		if (cbpf_validate(c.insns, c.len, NULL) != 0)
			give_up(&c, number, "valid program refused");
		kept += compare(&c, number) != 0;
		number++;
	} while (nanoseconds() < end);
	printf("# %" PRIu64 " valid programs, %" PRIu64 " keep the packet\n",
	       number - seed, kept);
	printf("# native code: %lu decided, %lu undecided, %lu too complex\n",
	       machine_decided, machine_undecided, machine_refused);
	fflush(stdout);
	ck_assert_msg(machine_refused < machine_decided / 50, "too much refused");
	/* A generator of programs that reject at once would test nothing. */
	ck_assert_msg(kept > (number - seed) / 4, "too many packets rejected");
}
END_TEST

START_TEST(damaged_programs)
{
	u64 end = nanoseconds() + SECONDS * 1000000000ULL;
	u64 number = seed;
	u64 accepted = 0;

	do {
		struct gen_case c;
		u32 where = UINT32_MAX;
		int err;

		gen_make(&c, number);
		gen_mutate(&c, number);
		err = cbpf_validate(c.insns, c.len, &where);
		if (!err != reference_valid(c.insns, c.len))
			give_up(&c, number, cbpf_strerror(err));
		if (err && where >= c.len)
			give_up(&c, number, "offence outside the program");
		if (!err) {
			compare(&c, number);
			accepted++;
		}
		number++;
	} while (nanoseconds() < end);
	printf("# %" PRIu64 " damaged programs, %" PRIu64 " still valid\n",
	       number - seed, accepted);
	fflush(stdout);
	ck_assert_msg(accepted > (number - seed) / 20 &&
		      accepted < (number - seed) / 20 * 19,
		      "damage is too strong or too weak");
}
END_TEST

int main(void)
{
	const char *wanted = getenv("CBPF_SEED");
	Suite *suite = suite_create("random");
	TCase *random_cases = tcase_create("random");

	seed = wanted ? strtoull(wanted, NULL, 0) : nanoseconds();
	printf("# CBPF_SEED=%" PRIu64 "\n", seed);
	fflush(stdout);
	tcase_set_timeout(random_cases, 60);
	tcase_add_checked_fixture(random_cases, set_up, tear_down);
	tcase_add_test(random_cases, valid_programs);
	tcase_add_test(random_cases, damaged_programs);
	suite_add_tcase(suite, random_cases);
	return run_suite(suite);
}
