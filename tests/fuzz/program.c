// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Where programs come from: tests/unit/gen.c makes anything that is valid, libpcap
 * what people filter with, linux.c what only Linux knows, and damage makes what nobody
 * has thought of.
 */
#include "program.h"

#include <string.h>

#include "array.h"
#include "expression.h"
#include "gen.h"
#include "packets.h"
#include "rng.h"

static void take(struct fuzz_case *c, const struct gen_case *g)
{
	struct fuzz_packet *p = &c->packet;

	memcpy(c->insns, g->insns, g->len * sizeof(*g->insns));
	c->len = g->len;
	memcpy(p->bytes, g->bytes, g->wirelen);
	p->wirelen = p->avail = p->headlen = g->wirelen;
	p->has_facts = g->has_facts;
	p->facts = g->facts;
}

static void make_random(struct fuzz_case *c, u64 *state)
{
	struct gen_case g;

	gen_make(&g, rng_next(state));
	take(c, &g);
}

static void make_by(struct fuzz_case *c, u64 *state,
		    void (*make)(struct gen_case *, u64 *))
{
	struct gen_case g = { .wirelen = GEN_MAXBYTES };

	for (u32 i = 0; i < GEN_MAXBYTES; i++)
		g.bytes[i] = rng_next(state);
	make(&g, state);
	take(c, &g);
}

/* What libpcap refuses, or makes a loop of, is left for the next one. */
static void make_compiled(struct fuzz_case *c, u64 *state)
{
	char text[EXPRESSION_MAX];
	int dlt;

	do
		dlt = expression_make(text, state);
	while (expression_compile(text, dlt, rng_one_in(state, 2), c->insns, &c->len) ||
	       cbpf_validate(c->insns, c->len, NULL));
	packet_make(&c->packet, state);
}

static void make_damaged(struct fuzz_case *c, u64 *state)
{
	static struct cbpf_insn good[CBPF_MAXINSNS];
	u32 len, tries = 20;

	if (rng_one_in(state, 4))
		make_by(c, state, rng_one_in(state, 2) ? gen_lists : gen_ranges);
	else
		make_compiled(c, state);
	memcpy(good, c->insns, c->len * sizeof(*good));
	for (len = c->len; tries--; c->len = len) {
		gen_damage(c->insns, &c->len, state);
		if (!cbpf_validate(c->insns, c->len, NULL))
			return;
		memcpy(c->insns, good, len * sizeof(*good));
	}
}

/* Nothing left out for half of them: that is what people run. */
static void make_target(struct cbpf_target *t, u64 *state)
{
	*t = (struct cbpf_target){
		.stub = rng_one_in(state, 2),
		.landing = rng_one_in(state, 2),
		.guard = rng_one_in(state, 2),
		.lean = rng_one_in(state, 2),
		.blind = rng_one_in(state, 2) ? rng_next(state) : 0,
	};
	if (rng_one_in(state, 4))
		t->without = 1U << rng_below(state, CBPF_PASSES);
	else if (rng_one_in(state, 3))
		t->without = rng_next(state) & ((1U << CBPF_PASSES) - 1);
}

const char *program_make(struct fuzz_case *c, u64 *state)
{
	make_target(&c->target, state);
	switch (rng_below(state, 64)) {
	case 0 ... 9:
		make_random(c, state);
		return "random";
	case 10:
		make_by(c, state, gen_long);
		return "long";
	case 11 ... 20:
		make_by(c, state, gen_lists);
		return "lists";
	case 21 ... 28:
		make_by(c, state, gen_ranges);
		return "ranges";
	case 29 ... 31:
		make_by(c, state, gen_trees);
		return "trees";
	case 32:
		make_by(c, state, gen_heavy);
		return "heavy";
	case 33 ... 48:
		make_compiled(c, state);
		return "compiled";
	case 49 ... 51:
		linux_make(c, state);
		return "linux";
	default:
		make_damaged(c, state);
		return "damaged";
	}
}
