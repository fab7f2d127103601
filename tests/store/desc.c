// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * See desc.h.  What is between look and exchange, and what is done under the lock,
 * is as in the driver; the ledger and the marks are the test's.
 */
#include "desc.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void lock(struct desc *d)
{
	store_jitter();
	pthread_mutex_lock(&d->lock);
}

static void unlock(struct desc *d)
{
	pthread_mutex_unlock(&d->lock);
	store_jitter();
}

s64 desc_clock(void)
{
	struct timespec now;

	store_jitter();
	clock_gettime(CLOCK_MONOTONIC, &now);
	store_jitter();
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Byte i of a record that begins so. */
u8 desc_pattern(const struct rec *rec, u32 i)
{
	return rec->magic * 37 + rec->seq * 11 + rec->gen * 5 + i;
}

/* From now on all that is stored is of the present filter or of a later one. */
static void mark(struct desc *d, u64 word)
{
	struct marks *m = &d->marks;

	if (m->count == MARKS)
		m->count--;
	m->at[m->count].off = bsdbpf_word_off(word) - d->store.start;
	m->at[m->count++].gen = d->gen;
}

static void mark_anew(struct desc *d)
{
	d->marks.count = 1;
	d->marks.at[0] = (struct mark){ 0, d->gen };
}

/* Attached from the start; turn is the first one, of BSDBPF_TURN_ONE's field. */
void desc_init(struct desc *d, u32 size, u32 turn)
{
	*d = (struct desc){ .layout = sizeof(struct rec) << 8 | 8 << 4 };
	pthread_mutex_init(&d->lock, NULL);
	bsdbpf_store_init(&d->store, size);
	d->store.frozen = turn * BSDBPF_TURN_ONE;
	desc_attach(d);
}

static bool rotate(struct desc *d)
{
	if (!bsdbpf_store_rotate(&d->store))
		return false;
	d->hold_marks = d->marks;
	mark_anew(d);
	return true;
}

enum fate { STORED, DROPPED, RETRY, OUTDATED };

/* As the driver's bsdbpf_drop_full(). */
static bool drop_full(struct desc *d, u64 word, u32 align, u32 len)
{
	if (READ_ONCE(d->headdrop) || len > READ_ONCE(d->store.limit) ||
	    !bsdbpf_store_full(&d->store, word, align, len))
		return false;
	__atomic_add_fetch(&d->drop, 1, __ATOMIC_RELAXED);
	return true;
}

static enum fate make_room(struct desc *d, u32 epoch, u32 align, u32 len)
{
	struct bsdbpf_store *s = &d->store;
	enum fate fate = RETRY;
	u32 lost;

	lock(d);
	if (d->epoch != epoch) {
		fate = OUTDATED;
	} else if (len > s->limit) {
		fate = DROPPED;
	} else if (!bsdbpf_store_fits(s, bsdbpf_store_look(s), align, len)) {
		if (!rotate(d)) {
			lost = d->headdrop ? bsdbpf_store_behead(s) : 0;
			__atomic_add_fetch(&d->drop, lost, __ATOMIC_RELAXED);
			if (!lost || !rotate(d))
				fate = DROPPED;
		}
	}
	if (fate == DROPPED)
		__atomic_add_fetch(&d->drop, 1, __ATOMIC_RELAXED);
	unlock(d);
	return fate;
}

/* As the driver's bsdbpf_rec_stamp(). */
static bool stamp(struct desc *d, u64 word, s64 soft, s64 *stamp)
{
	s64 now = desc_clock();

	*stamp = soft ? soft : now;
	return !(soft || (word & BSDBPF_ORDERED)) ||
	       bsdbpf_store_order(&d->store, word, now, stamp);
}

static enum fate store(struct desc *d, u32 epoch, u32 gen,
		       const struct packet *pkt)
{
	struct bsdbpf_store *s = &d->store;
	struct bsdbpf_room room;
	u32 layout, align, i;
	struct rec rec;
	enum fate fate;
	u64 word;

	for (;;) {
		word = bsdbpf_store_look(s);
		layout = READ_ONCE(d->layout);
		align = layout >> 4 & 15;
		if (READ_ONCE(d->epoch) != epoch)
			return OUTDATED;
		rec.len = min((layout >> 8) + pkt->len, READ_ONCE(s->limit));
		if (rec.len < layout >> 8)
			rec.len = layout >> 8;
		if (!bsdbpf_store_fits(s, word, align, rec.len)) {
			if (drop_full(d, word, align, rec.len))
				return DROPPED;
			fate = make_room(d, epoch, align, rec.len);
			if (fate != RETRY)
				return fate;
			continue;
		}
		if (stamp(d, word, pkt->soft, &rec.stamp) &&
		    bsdbpf_store_reserve(s, word, align, rec.len, &room))
			break;
	}
	rec.magic = MAGIC | layout | pkt->writer;
	rec.seq = pkt->seq;
	rec.gen = gen;
	memcpy(room.to, &rec, sizeof(rec));
	for (i = sizeof(rec); i < rec.len; i++)
		room.to[i] = desc_pattern(&rec, i);
	if (bsdbpf_store_commit(s, &room)) {
		lock(d);
		bsdbpf_store_publish(s);
		/* a reader may sleep until it is closing no more */
		d->news = true;
		unlock(d);
	}
	return STORED;
}

enum offer desc_offer(struct desc *d, const struct packet *pkt)
{
	u32 epoch, gen;

	do {
		epoch = smp_load_acquire(&d->epoch);
		gen = READ_ONCE(d->gen);
		store_jitter();
		if (!READ_ONCE(d->attached))
			return OFFER_IGNORED;
	} while (store(d, epoch, gen, pkt) == OUTDATED);
	return OFFER_DONE;
}

/* Whoever is entitled gets the store buffer, too. */
bool desc_claim(struct desc *d, bool entitled, struct hold *hold)
{
	lock(d);
	if (entitled && bsdbpf_store_len(&d->store))
		rotate(d);
	hold->data = bsdbpf_hold_claim(&d->store, &hold->len);
	if (hold->data) {
		hold->count = d->store.hold_count;
		hold->resets = d->resets;
		hold->marks = d->hold_marks;
		d->claim_count = hold->count;
	}
	unlock(d);
	return hold->data;
}

/* Return: whether it was delivered. */
bool desc_done(struct desc *d, const struct hold *hold, bool taken)
{
	lock(d);
	bsdbpf_hold_done(&d->store, taken);
	d->claim_count = 0;
	if (hold->resets == d->resets && taken)
		d->claimed += hold->count;
	else if (hold->resets != d->resets && !taken)
		d->discarded += hold->count;
	unlock(d);
	return taken;
}

/* What is thrown away are the records since the last reset that no reader has. */
static void reset_frozen(struct desc *d)
{
	d->discarded += bsdbpf_store_captured(&d->store) - d->claimed;
	if (d->store.reading && !d->store.unwanted)
		d->discarded -= d->claim_count;
	d->claimed = 0;
	d->resets++;
	bsdbpf_store_reset(&d->store);
	mark_anew(d);
}

static void thaw(struct desc *d, bool open)
{
	smp_store_release(&d->epoch, d->epoch + 1);
	if (open) {
		mark(d, d->store.frozen);
		bsdbpf_store_thaw(&d->store);
	}
}

void desc_swap(struct desc *d, bool reset)
{
	bool open;

	lock(d);
	open = bsdbpf_store_freeze(&d->store);
	WRITE_ONCE(d->gen, d->gen + 1);
	if (reset)
		reset_frozen(d);
	thaw(d, open);
	unlock(d);
}

void desc_layout(struct desc *d, u32 layout)
{
	bool open;

	lock(d);
	open = bsdbpf_store_freeze(&d->store);
	WRITE_ONCE(d->layout, layout);
	thaw(d, open);
	unlock(d);
}

void desc_reset(struct desc *d)
{
	bool open;

	lock(d);
	open = bsdbpf_store_freeze(&d->store);
	reset_frozen(d);
	thaw(d, open);
	unlock(d);
}

void desc_rotate(struct desc *d)
{
	lock(d);
	rotate(d);
	unlock(d);
}

void desc_headdrop(struct desc *d, bool on)
{
	lock(d);
	WRITE_ONCE(d->headdrop, on);
	unlock(d);
}

void desc_detach(struct desc *d)
{
	lock(d);
	bsdbpf_store_freeze(&d->store);
	WRITE_ONCE(d->attached, false);
	thaw(d, false);
	unlock(d);
}

/* Detached: with buffers, if there are none. */
void desc_attach(struct desc *d)
{
	u8 *first = NULL, *second = NULL;

	if (!d->store.data[0]) {
		first = malloc(d->store.size);
		second = malloc(d->store.size);
		if (!first || !second)
			abort();
	}
	lock(d);
	if (first) {
		reset_frozen(d);
		bsdbpf_store_set(&d->store, first, second);
	}
	WRITE_ONCE(d->attached, true);
	reset_frozen(d);
	thaw(d, true);
	unlock(d);
}

/* Detached.  Size 0 only frees. */
void desc_resize(struct desc *d, u32 size, void (*grace)(void))
{
	u8 *old[2];
	bool idle;
	u32 was;

	lock(d);
	idle = !d->store.reading && bsdbpf_store_quiet(&d->store);
	unlock(d);
	if (!idle)
		grace();
	lock(d);
	while (d->store.reading) {
		unlock(d);
		sched_yield();
		lock(d);
	}
	old[0] = d->store.data[0];
	old[1] = d->store.data[1];
	was = d->store.size;
	d->store.size = size;
	reset_frozen(d);
	bsdbpf_store_set(&d->store, NULL, NULL);
	unlock(d);
	/* whoever still uses it must be seen, with a thread checker or without */
	memset(old[0], 0xdd, was);
	memset(old[1], 0xdd, was);
	free(old[0]);
	free(old[1]);
}

/* Return: what is not as it must be when all is over, and drained; or NULL. */
const char *desc_leak(struct desc *d)
{
	struct bsdbpf_store *s = &d->store;
	u8 slot = bsdbpf_word_slot(atomic64_read(&s->word));

	if (s->other != BSDBPF_OTHER_FREE)
		return "a buffer is neither the store buffer nor free";
	if (s->reading || s->unwanted)
		return "a claim was left";
	if (atomic_read(&s->due[!slot]))
		return "of a free buffer something is due";
	if (atomic_read(&s->due[slot]) !=
	    -(int)bsdbpf_word_off(atomic64_read(&s->word)))
		return "a store buffer lacks commits";
	if (bsdbpf_store_len(s))
		return "a drained buffer is not empty";
	return NULL;
}
