// SPDX-License-Identifier: GPL-2.0
/*
 * What is done to the buffers under the descriptor's lock: rotation, hand-over to
 * the reader, reset.  What writers do without it, and why that is right, is in
 * store.h.
 */
#include "store.h"

/* A clock that is this far behind was set back. */
#define BSDBPF_CLOCK_BACK	1000000000LL	/* ns */

/* The word, or what it will be when it is thawed. */
static u64 bsdbpf_store_word(const struct bsdbpf_store *s)
{
	u64 word = atomic64_read(&s->word);

	return bsdbpf_word_off(word) == BSDBPF_OFF_MASK ? READ_ONCE(s->frozen) : word;
}

/**
 * bsdbpf_store_init() - set up, frozen and without memory
 * @s: buffers
 * @size: bytes that each of them will have
 */
void bsdbpf_store_init(struct bsdbpf_store *s, u32 size)
{
	atomic64_set(&s->word, BSDBPF_OFF_MASK);
	s->size = size;
}

/**
 * bsdbpf_store_set() - give the buffers their memory
 * @s: frozen and quiet
 * @first: s->size bytes, or NULL
 * @second: the same
 *
 * What is buffered is gone.
 */
void bsdbpf_store_set(struct bsdbpf_store *s, u8 *first, u8 *second)
{
	/* an offset of all ones means frozen, and a reset aligns offsets */
	u32 limit = min(s->size, BSDBPF_OFF_MASK & ~7U);

	bsdbpf_store_reset(s);
	s->frozen &= ~BSDBPF_SLOT;
	WRITE_ONCE(s->data[0], first);
	WRITE_ONCE(s->data[1], second);
	WRITE_ONCE(s->limit, first ? limit : 0);
}

/**
 * bsdbpf_store_freeze() - let no more reservation succeed
 * @s: buffers; caller holds the lock
 *
 * Return: whether it was not frozen before, so that the caller is to thaw.
 */
bool bsdbpf_store_freeze(struct bsdbpf_store *s)
{
	u64 word = atomic64_fetch_or(BSDBPF_OFF_MASK, &s->word);
	bool open;

	if (bsdbpf_word_off(word) == BSDBPF_OFF_MASK) {
		open = s->reopen;
		s->reopen = false;
		return open;
	}
	s->frozen = word;
	return true;
}

/**
 * bsdbpf_store_thaw() - let writers reserve
 * @s: frozen; caller holds the lock
 *
 * Release: they see what was changed meanwhile.  While it is shut it stays frozen.
 */
void bsdbpf_store_thaw(struct bsdbpf_store *s)
{
	s->reopen = s->shut != BSDBPF_SHUT_NOT;
	if (!s->reopen)
		atomic64_set_release(&s->word, s->frozen + BSDBPF_TURN_ONE);
}

/**
 * bsdbpf_store_quiet() - is no writer between its reservation and its commit
 * @s: frozen; caller holds the lock
 *
 * If not: it is after a grace period.
 */
bool bsdbpf_store_quiet(const struct bsdbpf_store *s)
{
	u8 slot = bsdbpf_word_slot(s->frozen);

	if (s->shut)
		return s->shut == BSDBPF_SHUT_DONE;
	return s->other != BSDBPF_OTHER_CLOSING &&
	       atomic_read_acquire(&s->due[slot]) ==
	       -(int)bsdbpf_word_off(s->frozen);
}

/* The other buffer is free from now on. */
static void bsdbpf_other_free(struct bsdbpf_store *s)
{
	WRITE_ONCE(s->other, BSDBPF_OTHER_FREE);
}

/* A complete buffer is the program's, if there is one that shares it. */
static void bsdbpf_store_give(struct bsdbpf_store *s, u8 slot, u32 start, u32 len)
{
	struct bsdbpf_share *share = &s->share[slot];

	/* a reset while somebody was copying, which is rare */
	if (unlikely(start))
		memmove(s->data[slot], s->data[slot] + start, len);
	if (!s->shared)
		return;
	WRITE_ONCE(share->gen, share->gen + 1);
	WRITE_ONCE(*share->kernel_len, len);
	/* pairs with the program's acquire: it sees records and length */
	smp_store_release(share->kernel_gen, share->gen);
}

/* The shut store buffer, all of which was reset meanwhile, goes on. */
static void bsdbpf_store_unshut(struct bsdbpf_store *s)
{
	s->shut = BSDBPF_SHUT_NOT;
	WRITE_ONCE(s->awaited, 0);
	if (s->reopen)
		bsdbpf_store_thaw(s);
}

static void bsdbpf_shut_publish(struct bsdbpf_store *s)
{
	u8 slot = bsdbpf_word_slot(s->frozen);
	u32 len = bsdbpf_word_off(s->frozen) - s->start;

	if (len) {
		bsdbpf_store_give(s, slot, s->start, len);
		s->shut = BSDBPF_SHUT_DONE;
		WRITE_ONCE(s->awaited, 1 + !slot);
	}
	s->frozen &= ~(u64)BSDBPF_OFF_MASK;
	s->frozen |= len;
	WRITE_ONCE(s->start, 0);
	if (!len)
		bsdbpf_store_unshut(s);
}

/**
 * bsdbpf_store_publish() - the closing buffer is complete: make it the hold buffer
 * @s: buffers; caller holds the lock, and brought what is due to 0
 */
void bsdbpf_store_publish(struct bsdbpf_store *s)
{
	u8 slot = !bsdbpf_word_slot(bsdbpf_store_word(s));

	/* no buffer is shut while the other one is closing */
	if (s->other != BSDBPF_OTHER_CLOSING) {
		bsdbpf_shut_publish(s);
		return;
	}
	s->hold_len -= s->hold_start;
	/* a program counts on buffers in turns, so it gets an empty one, too */
	if (!s->hold_len && !s->shared) {
		bsdbpf_other_free(s);
		return;
	}
	bsdbpf_store_give(s, slot, s->hold_start, s->hold_len);
	WRITE_ONCE(s->other, BSDBPF_OTHER_HOLD);
}

/* The store buffer, frozen, and the other one, which is free, change places. */
static void bsdbpf_store_swap(struct bsdbpf_store *s, enum bsdbpf_other other)
{
	WRITE_ONCE(s->other, other);
	s->hold_start = s->start;
	s->hold_len = bsdbpf_word_off(s->frozen);
	s->hold_count = bsdbpf_word_count(s->frozen);
	WRITE_ONCE(s->captured, s->captured + s->hold_count);
	WRITE_ONCE(s->start, 0);
	s->frozen ^= BSDBPF_SLOT;
	s->frozen &= ~(BSDBPF_ORDERED - 1);
}

/* Nothing more is reserved in a buffer of off bytes: who is the last one in it? */
static bool bsdbpf_store_seal(struct bsdbpf_store *s, u8 slot, u32 off)
{
	return atomic_add_return(off, &s->due[slot]) == 0;
}

/* The store buffer, frozen, is closed, and the free one takes its place. */
static void bsdbpf_store_close(struct bsdbpf_store *s)
{
	u8 slot = bsdbpf_word_slot(s->frozen);

	bsdbpf_store_swap(s, BSDBPF_OTHER_CLOSING);
	if (bsdbpf_store_seal(s, slot, s->hold_len))
		bsdbpf_store_publish(s);
}

/**
 * bsdbpf_store_rotate() - close the store buffer, store into the free one
 * @s: buffers; caller holds the lock
 *
 * It is the hold buffer at once, or when the last writer has left it; it is free
 * again, if it was empty.
 *
 * Return: false, and nothing changes, if none is free.
 */
bool bsdbpf_store_rotate(struct bsdbpf_store *s)
{
	bool open;

	if (s->other != BSDBPF_OTHER_FREE)
		return false;
	open = bsdbpf_store_freeze(s);
	bsdbpf_store_close(s);
	if (open)
		bsdbpf_store_thaw(s);
	return true;
}

/**
 * bsdbpf_store_shut() - let the program have both shared buffers
 * @s: buffers; caller holds the lock, and could not rotate
 *
 * Return: whether the store buffer was published right now.
 */
bool bsdbpf_store_shut(struct bsdbpf_store *s)
{
	if (!s->shared || s->shut || s->other != BSDBPF_OTHER_HOLD)
		return false;
	s->reopen = bsdbpf_store_freeze(s);
	s->shut = BSDBPF_SHUT_CLOSING;
	if (bsdbpf_store_seal(s, bsdbpf_word_slot(s->frozen),
			      bsdbpf_word_off(s->frozen)))
		bsdbpf_shut_publish(s);
	return s->shut == BSDBPF_SHUT_DONE;
}

/**
 * bsdbpf_hold_returned() - has the program given a shared hold buffer back
 * @s: buffers
 *
 * Without the lock the answer may be old.
 */
bool bsdbpf_hold_returned(const struct bsdbpf_store *s)
{
	u8 slot = !bsdbpf_word_slot(bsdbpf_store_word(s));

	return s->shared && READ_ONCE(s->other) == BSDBPF_OTHER_HOLD &&
	       /* pairs with the program's store: it has done with the records */
	       smp_load_acquire(s->share[slot].user_gen) ==
	       READ_ONCE(s->share[slot].gen);
}

/* A hold buffer that has been given back is free. */
static bool bsdbpf_hold_acked(struct bsdbpf_store *s)
{
	if (!bsdbpf_hold_returned(s))
		return false;
	bsdbpf_other_free(s);
	return true;
}

/**
 * bsdbpf_store_notice() - look whether the program has given shared buffers back
 * @s: buffers; caller holds the lock
 *
 * They come back in the order in which they were handed over, as the program
 * reads them.
 *
 * Return: whether another buffer is the store buffer now.
 */
bool bsdbpf_store_notice(struct bsdbpf_store *s)
{
	if (!bsdbpf_hold_acked(s) || !s->shut)
		return false;
	bsdbpf_store_swap(s, s->shut == BSDBPF_SHUT_DONE ?
			     BSDBPF_OTHER_HOLD : BSDBPF_OTHER_CLOSING);
	bsdbpf_store_unshut(s);
	bsdbpf_hold_acked(s);
	return true;
}

/**
 * bsdbpf_store_behead() - give the hold buffer up, unless it is a reader's
 * @s: buffers; caller holds the lock
 *
 * Return: how many records were lost; 0 if there is none that can be.
 */
u32 bsdbpf_store_behead(struct bsdbpf_store *s)
{
	if (s->other != BSDBPF_OTHER_HOLD || s->reading || s->shared)
		return 0;
	WRITE_ONCE(s->captured, s->captured - s->hold_count);
	bsdbpf_other_free(s);
	return s->hold_count;
}

/* The open store buffer begins anew; what is being written is passed over later. */
static u32 bsdbpf_store_skip(struct bsdbpf_store *s)
{
	u32 off = bsdbpf_word_off(s->frozen), pad;
	u8 slot = bsdbpf_word_slot(s->frozen);

	if (atomic_read_acquire(&s->due[slot]) == -(int)off) {
		atomic_set(&s->due[slot], 0);
		return 0;
	}
	/* the next record begins where the reset bytes end */
	pad = ALIGN(off, sizeof(u64)) - off;
	atomic_sub(pad, &s->due[slot]);
	return off + pad;
}

/**
 * bsdbpf_store_reset() - throw away what is buffered
 * @s: frozen; caller holds the lock
 *
 * A hold buffer that a reader is copying stays his: that read began before.  What
 * was handed to the program that shares the buffers stays the program's until
 * it gives it back.  Of a buffer that somebody is writing into, what is reserved
 * is passed over later.
 */
void bsdbpf_store_reset(struct bsdbpf_store *s)
{
	u32 off;

	bsdbpf_store_notice(s);
	WRITE_ONCE(s->captured, 0);
	if (s->other == BSDBPF_OTHER_CLOSING)
		s->hold_start = s->hold_len;
	else if (s->reading)
		s->unwanted = true;
	else if (s->other == BSDBPF_OTHER_HOLD && !s->shared)
		bsdbpf_other_free(s);

	off = s->shut ? bsdbpf_word_off(s->frozen) : bsdbpf_store_skip(s);
	if (s->shut != BSDBPF_SHUT_DONE)
		WRITE_ONCE(s->start, off);
	/* neither records nor an order with what was before */
	s->frozen &= ~(u64)(BSDBPF_SLOT - 1);
	s->frozen |= off;
}

/* Notes a stamp, or takes over the noted one if that is later. */
static void bsdbpf_store_note(struct bsdbpf_store *s, ktime_t now, ktime_t *stamp)
{
	s64 last = atomic64_read(&s->last);

	do {
		if (*stamp < last && last - now <= BSDBPF_CLOCK_BACK) {
			*stamp = last;
			return;
		}
	} while (!atomic64_try_cmpxchg(&s->last, &last, *stamp));
}

/**
 * bsdbpf_store_order() - the stamp of a record, where stamps come from elsewhere
 * @s: buffers
 * @word: from bsdbpf_store_look(), before @now was read
 * @now: the clock
 * @stamp: in: the packet's own stamp, or @now; out: not before the record's
 *	predecessor's
 *
 * A stamped packet may have waited in a queue while another went past it, and
 * readers count on records in the order of time: such a one gets the time of the
 * record before it.  A clock that was set back is believed.  Records stamped
 * with the clock alone ascend by themselves; so this is needed only after the
 * first other one, which sets the ordered bit of the word.
 *
 * Each writer notes its stamp before it reserves, so whoever looks at the word
 * afterwards finds noted what is not before the stamp of any record there is.
 *
 * Return: false if @word is no longer what it was: look again.
 */
bool bsdbpf_store_order(struct bsdbpf_store *s, u64 word, ktime_t now,
			ktime_t *stamp)
{
	s64 old = word;
	ktime_t first = now;

	if (word & BSDBPF_ORDERED) {
		bsdbpf_store_note(s, now, stamp);
		return true;
	}
	/* what is stored so far is not younger than now */
	if (!bsdbpf_word_count(word) && !READ_ONCE(s->captured))
		first = *stamp;
	bsdbpf_store_note(s, now, &first);
	atomic64_try_cmpxchg(&s->word, &old, word | BSDBPF_ORDERED);
	return false;
}

/**
 * bsdbpf_store_len() - how much is in the store buffer
 * @s: buffers; caller holds the lock
 *
 * Return: bytes, also of records that are still being written.
 */
u32 bsdbpf_store_len(const struct bsdbpf_store *s)
{
	return bsdbpf_word_off(bsdbpf_store_word(s)) - s->start;
}

/**
 * bsdbpf_hold_len() - how much is in the hold buffer, or will be
 * @s: buffers; caller holds the lock
 *
 * Return: bytes.
 */
u32 bsdbpf_hold_len(const struct bsdbpf_store *s)
{
	switch (s->other) {
	case BSDBPF_OTHER_CLOSING:
		return s->hold_len - s->hold_start;
	case BSDBPF_OTHER_HOLD:
		return s->unwanted ? 0 : s->hold_len;
	default:
		return 0;
	}
}

/**
 * bsdbpf_store_captured() - how many records were stored since the reset
 * @s: buffers; caller holds the lock
 *
 * Return: records, without those that bsdbpf_store_behead() gave up.
 */
u64 bsdbpf_store_captured(const struct bsdbpf_store *s)
{
	return s->captured + bsdbpf_word_count(bsdbpf_store_word(s));
}

/**
 * bsdbpf_hold_claim() - take the hold buffer to read it
 * @s: buffers; caller holds the lock
 * @len: out: bytes in it
 *
 * Return: its contents, the caller's until bsdbpf_hold_done(); NULL if there is
 * none or another reader has it.
 */
const u8 *bsdbpf_hold_claim(struct bsdbpf_store *s, u32 *len)
{
	if (s->other != BSDBPF_OTHER_HOLD || s->reading)
		return NULL;
	WRITE_ONCE(s->reading, true);
	*len = s->hold_len;
	return s->data[!bsdbpf_word_slot(bsdbpf_store_word(s))];
}

/**
 * bsdbpf_hold_done() - give the hold buffer back
 * @s: buffers; caller holds the lock, and has claimed it
 * @taken: it has been read, so it is free; else it is still to be read
 */
void bsdbpf_hold_done(struct bsdbpf_store *s, bool taken)
{
	WRITE_ONCE(s->reading, false);
	if (taken || s->unwanted)
		bsdbpf_other_free(s);
	s->unwanted = false;
}
