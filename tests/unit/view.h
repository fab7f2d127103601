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
#include "guard.h"
#include "machine.h"
#include "virtual.h"

/* Which end of the guarded memory the head lies at. */
enum view_side { VIEW_AT_START, VIEW_AT_END };

struct view {
	struct cbpf_pkt pkt;
	const u8 *bytes;	/* the whole packet, as far as it can be read */
	u32 avail;		/* how many bytes that is */
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
	if (off + len > view->avail)
		return false;
	memcpy(to, view->bytes + off, len);
	return true;
}

/*
 * Run @insns over a packet of @wirelen bytes on the wire, of which the first
 * @avail are at @bytes and the first @headlen in the head. Native code and
 * eBPF must agree.
 */
static inline u32 view_run(const struct guard *guard, enum view_side side,
			   const struct cbpf_insn *insns, u32 len,
			   const u8 *bytes, u32 headlen, u32 avail,
			   u32 wirelen, bool fetch)
{
	struct view view = {
		.pkt = {
			.headlen = headlen,
			.wirelen = wirelen,
			.fetch = fetch ? view_fetch : NULL,
		},
		.bytes = bytes,
		.avail = avail,
	};
	u32 result;

	view.pkt.head = side == VIEW_AT_END ?
			guard_at_end(guard, bytes, headlen) :
			guard_at_start(guard, bytes, headlen);
	result = cbpf_run(insns, len, &view.pkt);
	machine_check(insns, len, &view.pkt, result);
	virtual_check(insns, len, &view.pkt, result);
	return result;
}

#endif
