// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Packets: headers as they are in the world, and what leads through a program.
 */
#include <string.h>

#include "array.h"
#include "packets.h"
#include "program.h"
#include "reference.h"
#include "rng.h"

static void put(struct fuzz_packet *p, u32 off, u32 size, u32 value)
{
	/* what a program wants to see may be behind the end */
	while (off + size > p->avail && off < FUZZ_MAXBYTES - 4)
		p->bytes[p->avail++] = 0;
	if (off + size > p->avail || off + size < off)
		return;
	while (size--) {
		p->bytes[off + size] = value;
		value >>= 8;
	}
	if (p->wirelen < p->avail)
		p->wirelen = p->avail;
	p->headlen = p->avail;
}

/* What Linux's loads bring: mostly all of it. */
static void make_facts(struct fuzz_packet *p, u64 *state)
{
	p->has_facts = rng_one_in(state, 2);
	p->facts.network = rng_one_in(state, 8) ? CBPF_NO_NETWORK : 14;
	p->facts.have = rng_one_in(state, 4) ? rng_next(state) : 0xffffffff;
	for (u32 i = 0; i < CBPF_ANCS; i++)
		p->facts.value[i] = rng_wild(state);
}

void packet_make(struct fuzz_packet *p, u64 *state)
{
	struct packet known;
	u32 i, n;

	if (rng_one_in(state, 6)) {
		p->avail = rng_below(state, FUZZ_MAXBYTES + 1);
		for (i = 0; i < p->avail; i++)
			p->bytes[i] = rng_one_in(state, 3) ? 0 : rng_next(state);
		if (rng_one_in(state, 3))
			linux_attributes(p, state);
	} else {
		known = packets_make(rng_below(state, packets_count()));
		/* without the Ethernet header: where other links begin */
		n = rng_one_in(state, 8) ? 14 : 0;
		p->avail = known.len - n;
		memcpy(p->bytes, known.bytes + n, p->avail);
	}
	p->headlen = p->wirelen = p->avail;
	make_facts(p, state);
	for (n = rng_one_in(state, 2) ? 0 : rng_below(state, 6); n && p->avail; n--)
		p->bytes[rng_below(state, p->avail)] = rng_wild(state);
}

/* A value for which a comparison with b comes out so or so, or just so. */
static u32 wanted(u32 b, u64 *state)
{
	switch (rng_below(state, 8)) {
	case 0:
		return b + 1;
	case 1:
		return b - 1;
	case 2:
		return b ^ 1U << rng_below(state, 32);
	case 3:		/* around the ends of words of bits */
		return b + 32 * (rng_below(state, 9) - 4) - rng_below(state, 2);
	case 4:
		return ~b;
	default:
		return b;
	}
}

void packet_vary(struct fuzz_case *c, u64 *state)
{
	struct fuzz_packet *p = &c->packet;
	struct reference_trace trace;
	u32 test, load, value;

	reference_follow(c->insns, c->len, p->bytes, p->avail, p->wirelen,
			 packet_facts(p), &trace);
	if (!trace.ntests || rng_one_in(state, 16)) {
		if (!trace.nloads || !p->avail || rng_one_in(state, 4)) {
			packet_make(p, state);
			return;
		}
		load = rng_below(state, trace.nloads);
		put(p, trace.loads[load].off, trace.loads[load].size,
		    rng_wild(state));
		return;
	}
	/* the last tests are the ones that nobody has been to */
	test = trace.ntests - 1;
	if (!rng_one_in(state, 3))
		test = rng_below(state, trace.ntests);
	load = trace.tests[test].load;
	if (!load)
		return;
	load = rng_one_in(state, 5) ? rng_below(state, load) : load - 1;
	value = wanted(trace.tests[test].b, state);
	/* it may have been shifted after it was loaded */
	if (rng_one_in(state, 8))
		value <<= rng_below(state, 9);
	put(p, trace.loads[load].off, trace.loads[load].size, value);
}

void packet_cut(struct fuzz_packet *p, u32 whole, u64 *state)
{
	p->avail = rng_one_in(state, 3) ? rng_below(state, whole + 1) : whole;
	p->headlen = rng_one_in(state, 3) ? p->avail :
		     rng_one_in(state, 6) ? 0 : rng_below(state, p->avail + 1);
	p->wirelen = rng_one_in(state, 2) ? whole : p->avail;
	if (rng_one_in(state, 12))
		p->wirelen += rng_below(state, 2000);
	if (rng_one_in(state, 40))
		p->wirelen = 0xffffffff - rng_below(state, 4);
}

void packet_sweep(struct fuzz_packet *p, enum packet_sweep sweep, u32 whole, u32 at)
{
	p->headlen = at;
	p->avail = sweep == SWEEP_FETCHED ? whole : at;
	p->wirelen = sweep == SWEEP_SHORT ? at : whole;
}
