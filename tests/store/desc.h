/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A descriptor as far as its store is concerned: what the driver's tap, its
 * ioctls and its read do to one (src/tap.c, desc.c, buf.c, read.c), with a ledger
 * of every record.  Knows nothing of threads and of chance.
 */
#ifndef _STORE_DESC_H
#define _STORE_DESC_H

#include <pthread.h>

#include "store.h"

#define WRITERS		3
#define MARKS		32

/* What every record begins with; more may follow, see layout. */
struct rec {
	u32 magic;			/* MAGIC, hdrlen, align, writer */
	u32 len;			/* bytes, with the header */
	u32 seq;			/* of its writer */
	u32 gen;			/* of the filter that accepted it */
	s64 stamp;
};

#define MAGIC		0xb5d00000U

/* From a place in a buffer on, all is of this generation of the filter or later. */
struct mark {
	u32 off;
	u32 gen;
};

struct marks {
	struct mark at[MARKS];
	u32 count;
};

struct desc {
	pthread_mutex_t lock;
	struct bsdbpf_store store;

	/* as in the driver: between freeze and thaw, under the lock */
	u32 epoch;
	u32 gen;			/* the filter: its number */
	u32 layout;			/* hdrlen << 8 | align << 4 */
	bool attached;

	/* under the lock */
	bool headdrop;
	bool news;			/* a reader would be woken */
	u32 resets;
	u32 claim_count;		/* records in what is being read */
	u64 drop;
	u64 discarded;			/* by resets, or unwanted afterwards */
	u64 claimed;			/* since the reset; counted when taken */
	struct marks marks, hold_marks;
};

/* A packet: who sends it, and a stamp it has got already, or 0. */
struct packet {
	u32 writer;
	u32 seq;
	u32 len;
	s64 soft;
};

enum offer {
	OFFER_DONE,			/* stored or dropped */
	OFFER_IGNORED,			/* nobody is attached */
};

/* A hold buffer that was claimed. */
struct hold {
	const u8 *data;
	u32 len;
	u32 count;
	u32 resets;
	struct marks marks;
};

s64 desc_clock(void);
u8 desc_pattern(const struct rec *rec, u32 i);
void desc_init(struct desc *d, u32 size, u32 turn);
enum offer desc_offer(struct desc *d, const struct packet *pkt);
bool desc_claim(struct desc *d, bool entitled, struct hold *hold);
bool desc_done(struct desc *d, const struct hold *hold, bool taken);
void desc_swap(struct desc *d, bool reset);
void desc_layout(struct desc *d, u32 layout);
void desc_reset(struct desc *d);
void desc_rotate(struct desc *d);
void desc_headdrop(struct desc *d, bool on);
void desc_attach(struct desc *d);
void desc_detach(struct desc *d);
void desc_resize(struct desc *d, u32 size, void (*grace)(void));
const char *desc_leak(struct desc *d);

#endif /* _STORE_DESC_H */
