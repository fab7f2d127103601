/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A packet for the engine whose head ends anywhere, the rest being served by a
 * fetch function that insists on the contract in cbpf.h. Head and program lie
 * against inaccessible pages.
 */
#ifndef UNIT_VIEW_H
#define UNIT_VIEW_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cbpf.h"
#include "facts.h"
#include "guard.h"
#include "machine.h"

/* Which end of the guarded memory the head lies at. */
enum view_side { VIEW_AT_START, VIEW_AT_END };

struct view {
	struct cbpf_pkt pkt;
	const u8 *bytes;	/* the whole packet, as far as it can be read */
	u32 avail;		/* how many bytes that is */
	const struct facts *facts;
};

static inline void view_insist(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "fetch: %s\n", what);
		abort();
	}
}

static inline bool view_fetch(const struct cbpf_pkt *pkt, u32 off, u32 len,
			      void *to)
{
	const struct view *view = (const struct view *)pkt;

	view_insist(len == 1 || len == 2 || len == 4, "size");
	view_insist((u64)off + len <= pkt->wirelen, "beyond the wire");
	view_insist((u64)off + len > pkt->headlen, "inside the head");
	if ((u64)off + len > view->avail)
		return false;
	memcpy(to, view->bytes + off, len);
	return true;
}

static inline bool view_ancillary(const struct cbpf_pkt *pkt, enum cbpf_anc which,
				  u32 a, u32 x, u32 *val)
{
	const struct view *view = (const struct view *)pkt;

	(void)a;
	(void)x;
	view_insist(which < CBPF_ANCS && which != CBPF_ANC_NLATTR &&
		    which != CBPF_ANC_NLATTR_NEST && which != CBPF_ANC_ALU_XOR_X,
		    "a value that is not asked for");
	if (!(view->facts->have & 1U << which))
		return false;
	*val = view->facts->value[which];
	return true;
}

/*
 * A packet of @wirelen bytes on the wire, of which the first @avail are at @bytes
 * and the first @headlen in the head, which is put into the guarded memory. @facts
 * are for Linux's loads, NULL: there are none.
 */
static inline struct view view_make(const struct guard *guard, enum view_side side,
				    const u8 *bytes, u32 headlen, u32 avail,
				    u32 wirelen, bool fetch, const struct facts *facts)
{
	return (struct view){
		.pkt = {
			.head = side == VIEW_AT_END ?
				guard_at_end(guard, bytes, headlen) :
				guard_at_start(guard, bytes, headlen),
			.headlen = headlen,
			.wirelen = wirelen,
			.fetch = fetch ? view_fetch : NULL,
			.ancillary = facts ? view_ancillary : NULL,
			.network = facts ? facts->network : 0,
		},
		.bytes = bytes,
		.avail = avail,
		.facts = facts,
	};
}

/* Run @insns over such a packet. Native code must agree. */
static inline u32 view_run_facts(const struct guard *guard, enum view_side side,
				 const struct cbpf_insn *insns, u32 len,
				 const u8 *bytes, u32 headlen, u32 avail,
				 u32 wirelen, bool fetch, const struct facts *facts)
{
	struct view view = view_make(guard, side, bytes, headlen, avail, wirelen,
				     fetch, facts);
	/* of the exact size, for the sanitizer */
	struct cbpf_prepared *prog = malloc(cbpf_prepared_size(len));
	u32 result;

	view_insist(prog, "memory");
	memset(prog, 0xa5, cbpf_prepared_size(len));
	cbpf_prepare(prog, insns, len);
	result = cbpf_run(prog, &view.pkt);
	free(prog);
	machine_check(insns, len, &view.pkt, result);
	return result;
}

static inline u32 view_run(const struct guard *guard, enum view_side side,
			   const struct cbpf_insn *insns, u32 len,
			   const u8 *bytes, u32 headlen, u32 avail,
			   u32 wirelen, bool fetch)
{
	return view_run_facts(guard, side, insns, len, bytes, headlen, avail,
			      wirelen, fetch, NULL);
}

#endif
