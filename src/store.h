/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A descriptor's store and hold buffers, and how any number of processors put
 * records into them at once.  Knows neither packets nor filters nor readers, and
 * builds for userspace, too, where a thread checker looks at it (tests/store).
 *
 * One of the two buffers is the store buffer, which records are appended to.
 * The other one is free, or closing (full, and somebody still copies into it), or
 * the hold buffer, complete and waiting for the reader.
 *
 * PROTOCOL
 *
 * All that a writer decides on is one word:
 *
 *	turn:19 | slot:1 | ordered:1 | count:19 | off:24
 *
 * slot is the store buffer, off its used bytes, count its records.  turn changes
 * with every rotation and with every change of what a record depends on.
 *
 *   reserve	The writer reads the word (W1, acquire), works out where its record
 *		would lie, reads the clock, and moves off and count on by
 *		compare-and-exchange.  If that fails, somebody was quicker and all
 *		is done again, so stamps ascend from record to record.
 *   copy	Into its own bytes, beside other writers.
 *   commit	It takes its bytes off the buffer's count of what is due (W2, full
 *		barrier), which is 0 for an empty one and negative until it is closed.
 *   close	The buffer is full, or a reader wants it: under the lock the word is
 *		turned to the other buffer, if that is free, and off is added to what
 *		is due for the old one.  Whoever brings that to 0 - the closer, or the
 *		last writer - publishes it as the hold buffer, under the lock.  So
 *		nobody ever waits for a writer that is stalled.
 *   free	Under the lock: a reader has copied the hold buffer, or whoever it is
 *		shared with has acknowledged it.
 *
 * shared	Buffers may lie in memory that a program has, too (struct
 *		bsdbpf_share).  Publishing then is to store the length and, with
 *		release, a new kernel_gen, which pairs with the program's acquire;
 *		the program acknowledges by storing the same number in user_gen,
 *		with release, which pairs with our acquire.  Nobody tells us: it
 *		is noticed when somebody looks, bsdbpf_store_notice().
 *   drop	There is no room, and the other buffer is not free: a writer sees that
 *		without the lock, bsdbpf_store_full(), or finds it out with it.
 *   shut	A writer finds no room, and none free: a shared store buffer
 *		is closed where it is and published, too, so the program has both.
 *		Nothing is stored until the hold buffer has come back, whose place
 *		the shut one takes.
 *		The program can write every byte of these buffers at any time; so
 *		nothing but user_gen is ever read from them, and that is compared
 *		with a number of our own.
 *
 * freeze	While off is all ones nothing fits, so no reservation succeeds; what
 *		writers read beside the word (buffers, limit, the record's layout,
 *		the descriptor's filter) is changed only then, under the lock.
 *		Whoever had read the word before cannot reserve any more, since thaw
 *		changes turn.  A buffer's memory may be replaced only when no writer
 *		is in it (bsdbpf_store_quiet()), as after a grace period.
 *
 * Barriers: thaw and close (release) pair with W1: who sees a word sees the
 * buffers as they belong to it, and those that the reader had freed before.
 * W2 of every writer pairs with that of the one who publishes: what it
 * hands over is complete.  Publishing, claiming and freeing are under the lock.
 *
 * turn is reused after 2^19 rotations or changes.  A writer that is stalled that
 * long between W1 and its exchange, and then finds the same word, reserves what is
 * there to be reserved, with a stamp, a verdict, a layout and even memory that may
 * be old: half a million system calls within one packet's way through the tap.
 */
#ifndef _BSDBPF_STORE_H
#define _BSDBPF_STORE_H

#ifdef __KERNEL__
#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/prefetch.h>
#include <linux/ktime.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include "kernel.h"
#endif

#define BSDBPF_OFF_BITS		24
#define BSDBPF_COUNT_BITS	19
#define BSDBPF_OFF_MASK		((1U << BSDBPF_OFF_BITS) - 1)
#define BSDBPF_COUNT_MASK	((1U << BSDBPF_COUNT_BITS) - 1)
#define BSDBPF_COUNT_ONE	(1ULL << BSDBPF_OFF_BITS)
#define BSDBPF_ORDERED		(BSDBPF_COUNT_ONE << BSDBPF_COUNT_BITS)
#define BSDBPF_SLOT		(BSDBPF_ORDERED << 1)
#define BSDBPF_TURN_ONE		(BSDBPF_SLOT << 1)

/* What the buffer is that is not the store buffer. */
enum bsdbpf_other {
	BSDBPF_OTHER_FREE,
	BSDBPF_OTHER_CLOSING,
	BSDBPF_OTHER_HOLD,
};

/* What happens to the store buffer where it is; shared buffers only. */
enum bsdbpf_shut {
	BSDBPF_SHUT_NOT,
	BSDBPF_SHUT_CLOSING,
	BSDBPF_SHUT_DONE,	/* published */
};

/* What a program is told of a buffer that it shares, and tells us. */
struct bsdbpf_share {
	u32 *kernel_gen;	/* all three in memory that it can write */
	u32 *kernel_len;
	const u32 *user_gen;
	u32 gen;		/* what kernel_gen was set to */
};

struct bsdbpf_store {
	/* what writers look at */
	atomic64_t word;
	atomic64_t last;		/* latest stamp, while ordered is set */
	u8 *data[2];			/* NULL until there are buffers */
	u32 limit;			/* bytes of each that can be used */

	/* what they write last, on a line of its own: others reserve meanwhile */
	atomic_t due[2] ____cacheline_aligned;

	/* the rest, and what changes the above, under the descriptor's lock */
	u32 size;			/* bytes of each */
	u64 frozen;			/* the word as it was, and will be again */
	u32 start;			/* bytes of the store buffer that were reset */
	enum bsdbpf_other other;
	u32 hold_start;			/* of the other buffer: as start */
	u32 hold_len;			/* used bytes, including those */
	u32 hold_count;
	bool reading;			/* a reader is copying the hold buffer */
	bool unwanted;			/* and shall give it back in any case */
	u64 captured;			/* records in closed buffers since the reset */
	bool shared;			/* the buffers have a share each */
	bool reopen;			/* it is frozen only since it is shut */
	enum bsdbpf_shut shut;
	u8 awaited;			/* 1 + which has to come back, so that there is room; else 0 */
	struct bsdbpf_share share[2];
};

/* A writer's reservation. */
struct bsdbpf_room {
	u8 *to;				/* where the record begins */
	u32 bytes;			/* what to commit */
	u32 slot;
	bool first;			/* in its buffer */
};

static inline u32 bsdbpf_word_off(u64 word)
{
	return word & BSDBPF_OFF_MASK;
}

static inline u32 bsdbpf_word_count(u64 word)
{
	return (word >> BSDBPF_OFF_BITS) & BSDBPF_COUNT_MASK;
}

static inline u32 bsdbpf_word_slot(u64 word)
{
	return word >> (BSDBPF_OFF_BITS + BSDBPF_COUNT_BITS + 1) & 1;
}

/**
 * bsdbpf_store_look() - begin an attempt to reserve
 * @s: buffers
 *
 * Return: the word to decide on.
 */
static inline u64 bsdbpf_store_look(const struct bsdbpf_store *s)
{
	prefetchw(&s->word);	/* read it where it will be written */
	return atomic64_read_acquire(&s->word);
}

/* Does it end inside of the buffer? */
static inline bool bsdbpf_store_inside(const struct bsdbpf_store *s, u64 word,
				       u32 align, u32 len)
{
	return ALIGN(bsdbpf_word_off(word), align) + len <= READ_ONCE(s->limit);
}

/**
 * bsdbpf_store_fits() - is there room for a record
 * @s: buffers
 * @word: from bsdbpf_store_look()
 * @align: of its start, a power of 2
 * @len: bytes, not 0
 */
static inline bool bsdbpf_store_fits(const struct bsdbpf_store *s, u64 word,
				     u32 align, u32 len)
{
	return bsdbpf_store_inside(s, word, align, len) &&
	       bsdbpf_word_count(word) < BSDBPF_COUNT_MASK;
}

/**
 * bsdbpf_store_easy() - is there room for a record, and nothing else to consider
 * @s: buffers
 * @word: from bsdbpf_store_look()
 * @align: of its start, a power of 2
 * @len: bytes, not 0
 *
 * Return: false also in some cases in which it fits: there are very many records, or
 * bsdbpf_store_order() has to be asked for its stamp.
 */
static inline bool bsdbpf_store_easy(const struct bsdbpf_store *s, u64 word,
				     u32 align, u32 len)
{
	/* the highest bit of count, and ordered */
	return !(word & (BSDBPF_ORDERED | BSDBPF_ORDERED >> 1)) &&
	       bsdbpf_store_inside(s, word, align, len);
}

/**
 * bsdbpf_store_full() - is there neither room for a record nor a way to make some
 * @s: buffers
 * @word: from bsdbpf_store_look()
 * @align: of its start, a power of 2
 * @len: bytes, not 0
 *
 * Any context.  The word is looked at again behind the other buffer; if it is the
 * same, there was a moment at which both were occupied.
 *
 * Return: false also where only the lock can tell.
 */
static inline bool bsdbpf_store_full(const struct bsdbpf_store *s, u64 word,
				     u32 align, u32 len)
{
	const u8 awaited = READ_ONCE(s->awaited);
	const struct bsdbpf_share *share;

	if (awaited) {
		share = &s->share[awaited - 1];
		return smp_load_acquire(share->user_gen) != READ_ONCE(share->gen) &&
		       atomic64_read(&s->word) == (s64)word;
	}
	/* frozen: somebody is changing it; shared: the other one may have come back */
	if (READ_ONCE(s->shared) || bsdbpf_word_off(word) == BSDBPF_OFF_MASK ||
	    bsdbpf_store_fits(s, word, align, len))
		return false;
	/* acquire: before the second look */
	return smp_load_acquire(&s->other) != BSDBPF_OTHER_FREE &&
	       atomic64_read(&s->word) == (s64)word;
}

/**
 * bsdbpf_store_reserve() - reserve room for a record that fits
 * @s: buffers
 * @word: from bsdbpf_store_look()
 * @align: of its start, a power of 2
 * @len: bytes, at least 8
 * @room: out; every byte of it must be written and committed
 *
 * Any context; wait-free.
 *
 * Return: false if @word is no longer what it was: look again.
 */
static inline bool bsdbpf_store_reserve(struct bsdbpf_store *s, u64 word,
					u32 align, u32 len,
					struct bsdbpf_room *room)
{
	u32 off = bsdbpf_word_off(word), start = ALIGN(off, align);
	u32 slot = bsdbpf_word_slot(word);
	u8 *data = READ_ONCE(s->data[slot]);
	s64 old = word;

	room->bytes = start + len - off;
	if (!atomic64_try_cmpxchg(&s->word, &old,
				  word + BSDBPF_COUNT_ONE + room->bytes))
		return false;
	room->to = data + start;
	room->slot = slot;
	room->first = !bsdbpf_word_count(word);
	/* a reader gets what is between records, too: up to 7 bytes, and then the room's */
	memset(data + off, 0, sizeof(u64));
	return true;
}

/**
 * bsdbpf_store_commit() - the record is complete
 * @s: buffers
 * @room: from bsdbpf_store_reserve(); not the caller's any more
 *
 * Any context.  A full barrier.
 *
 * Return: true if the caller must take the lock and bsdbpf_store_publish().
 */
static inline bool bsdbpf_store_commit(struct bsdbpf_store *s,
				       const struct bsdbpf_room *room)
{
	return unlikely(atomic_sub_and_test(room->bytes, &s->due[room->slot]));
}

bool bsdbpf_hold_returned(const struct bsdbpf_store *s);

/**
 * bsdbpf_store_room() - would a record be stored
 * @s: buffers
 * @align: of its start, a power of 2
 * @len: bytes; cut to an empty buffer
 *
 * Without the lock the answer may be old.
 */
static inline bool bsdbpf_store_room(const struct bsdbpf_store *s, u32 align, u32 len)
{
	u64 word = atomic64_read(&s->word);

	return READ_ONCE(s->other) == BSDBPF_OTHER_FREE ||
	       bsdbpf_store_fits(s, word, align, min(len, READ_ONCE(s->limit))) ||
	       bsdbpf_hold_returned(s);
}

/**
 * bsdbpf_store_begun() - has the store buffer any record
 * @s: buffers
 *
 * One that is complete, or nearly.  Without the lock the answer may be old.
 */
static inline bool bsdbpf_store_begun(const struct bsdbpf_store *s)
{
	u64 word = atomic64_read(&s->word);
	u32 start = READ_ONCE(s->start);

	/* after a reset beside a writer, commits do not tell whose they are */
	return start ? bsdbpf_word_off(word) > start :
		       atomic_read(&s->due[bsdbpf_word_slot(word)]) < 0;
}

void bsdbpf_store_init(struct bsdbpf_store *s, u32 size);
void bsdbpf_store_set(struct bsdbpf_store *s, u8 *first, u8 *second);
bool bsdbpf_store_freeze(struct bsdbpf_store *s);
void bsdbpf_store_thaw(struct bsdbpf_store *s);
bool bsdbpf_store_quiet(const struct bsdbpf_store *s);
bool bsdbpf_store_rotate(struct bsdbpf_store *s);
u32 bsdbpf_store_behead(struct bsdbpf_store *s);
void bsdbpf_store_publish(struct bsdbpf_store *s);
bool bsdbpf_store_shut(struct bsdbpf_store *s);
bool bsdbpf_store_notice(struct bsdbpf_store *s);
void bsdbpf_store_reset(struct bsdbpf_store *s);
bool bsdbpf_store_order(struct bsdbpf_store *s, u64 word, ktime_t now,
			ktime_t *stamp);
u32 bsdbpf_store_len(const struct bsdbpf_store *s);
u32 bsdbpf_hold_len(const struct bsdbpf_store *s);
u64 bsdbpf_store_captured(const struct bsdbpf_store *s);
const u8 *bsdbpf_hold_claim(struct bsdbpf_store *s, u32 *len);
void bsdbpf_hold_done(struct bsdbpf_store *s, bool taken);

#endif /* _BSDBPF_STORE_H */
