// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Takes away from a case what it does not need to make the engines differ, until
 * there is nothing left of which one step can be taken away.
 */
#include "minimise.h"

#include <string.h>
#include <time.h>

#include "engines.h"
#include "opcode.h"

#define SECONDS	20

static struct fuzz_case trial;
static time_t end;

/* Is the trial still one? Then it is what to go on with. */
static bool better(struct fuzz_case *c)
{
	if (time(NULL) >= end || !engines_differ(&trial))
		return false;
	*c = trial;
	return true;
}

/* How far a jump goes after n instructions at @from have been taken out. */
static u32 shortened(u32 at, u32 skip, u32 from, u32 n)
{
	u64 to = (u64)at + 1 + skip;

	if (at >= from || to <= from)
		return skip;
	return to >= (u64)from + n ? skip - n : from - at - 1;
}

static void take_out(struct fuzz_case *c, u32 from, u32 n)
{
	for (u32 i = 0; i < from; i++) {
		struct cbpf_insn *insn = &c->insns[i];

		if (insn->code == CBPF_JA) {
			insn->k = shortened(i, insn->k, from, n);
		} else if ((insn->code & 7) == 5) {
			insn->jt = shortened(i, insn->jt, from, n);
			insn->jf = shortened(i, insn->jf, from, n);
		}
	}
	memmove(c->insns + from, c->insns + from + n,
		(c->len - from - n) * sizeof(c->insns[0]));
	c->len -= n;
}

static bool less_program(struct fuzz_case *c)
{
	bool some = false;

	for (u32 n = c->len / 2; n; n /= 2)
		for (u32 at = 0; at + n <= c->len;) {
			trial = *c;
			take_out(&trial, at, n);
			if (better(c))
				some = true;
			else
				at += n;
		}
	return some;
}

/* A simpler value instead of one. */
static bool simpler(struct fuzz_case *c, void *field, size_t size)
{
	const u32 values[] = { 0, 1 };
	char *in_trial = (char *)&trial + ((char *)field - (char *)c);

	for (size_t i = 0; i < 2; i++) {
		if (memcmp(field, &values[i], size) == 0)
			return false;
		trial = *c;
		memcpy(in_trial, &values[i], size);
		if (better(c))
			return true;
	}
	return false;
}

static bool simpler_program(struct fuzz_case *c)
{
	bool some = false;

	for (u32 i = 0; i < c->len; i++) {
		some |= simpler(c, &c->insns[i].jt, sizeof(c->insns[i].jt));
		some |= simpler(c, &c->insns[i].jf, sizeof(c->insns[i].jf));
		some |= simpler(c, &c->insns[i].k, sizeof(c->insns[i].k));
	}
	return some;
}

static bool simpler_target(struct fuzz_case *c)
{
	struct cbpf_target *t = &c->target;
	bool some = false;

	some |= simpler(c, &t->stub, sizeof(t->stub));
	some |= simpler(c, &t->landing, sizeof(t->landing));
	some |= simpler(c, &t->guard, sizeof(t->guard));
	some |= simpler(c, &t->lean, sizeof(t->lean));
	some |= simpler(c, &t->blind, sizeof(t->blind));
	for (u32 bit = 1; bit; bit <<= 1)
		if (t->without & bit) {
			trial = *c;
			trial.target.without &= ~bit;
			some |= better(c);
		}
	return some;
}

static bool less_packet(struct fuzz_case *c)
{
	const struct fuzz_packet *p = &c->packet;
	bool some = false;

	for (u32 n = FUZZ_MAXBYTES; n; n /= 2)
		while (p->avail >= n) {
			trial = *c;
			trial.packet.avail -= n;
			trial.packet.wirelen -= n;
			if (trial.packet.headlen > trial.packet.avail)
				trial.packet.headlen = trial.packet.avail;
			if (!better(c))
				break;
			some = true;
		}
	if (p->wirelen != p->avail) {
		trial = *c;
		trial.packet.wirelen = p->avail;
		some |= better(c);
	}
	if (p->headlen != p->avail) {
		trial = *c;
		trial.packet.headlen = p->avail;
		some |= better(c);
	}
	some |= simpler(c, &c->packet.has_facts, sizeof(bool));
	for (u32 i = 0; i < p->avail; i++)
		some |= simpler(c, &c->packet.bytes[i], 1);
	return some;
}

bool case_minimise(struct fuzz_case *c)
{
	bool some = true;

	if (!engines_differ(c))
		return false;
	end = time(NULL) + SECONDS;
	while (some && time(NULL) < end) {
		some = less_program(c);
		some |= less_packet(c);
		some |= simpler_target(c);
		some |= simpler_program(c);
	}
	/* the last trial was none: leave the report to this one */
	return engines_differ(c);
}
