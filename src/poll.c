// SPDX-License-Identifier: GPL-2.0
/*
 * When a descriptor is readable, the timer that makes poll(2) and select(2)
 * honour the read timeout, and the one of the wait timeout.
 *
 * BSD rule: readable means that the hold buffer has data, or that the store
 * buffer has and the descriptor is immediate or its poll timer has run out.
 * The first poll that finds nothing starts the timer, once; that it ran out
 * is remembered until the next read or ioctl.
 *
 * OpenBSD's wait timeout counts from the first packet in the store buffer,
 * whether anybody polls or not, and entitles every reader to that buffer.
 */
#include "bsdbpf.h"

#include <linux/poll.h>

/* Softirq, since the timer is a soft one: desc->lock may be taken. */
static enum hrtimer_restart bsdbpf_poll_expired(struct hrtimer *timer)
{
	struct bsdbpf_desc *d = container_of(timer, struct bsdbpf_desc,
					     poll_timer);
	bool wake = false;

	spin_lock(&d->lock);
	/*
	 * bsdbpf_poll_stop() does not wait for a timer that is already
	 * running: this may be a stale one, before the deadline of its
	 * successor.
	 */
	if (d->poll_state == BSDBPF_POLL_WAITING &&
	    ktime_compare(ktime_get(), d->poll_deadline) >= 0) {
		d->poll_state = BSDBPF_POLL_EXPIRED;
		bsdbpf_poll_follow(d);
		wake = bsdbpf_readable(d);
	}
	spin_unlock(&d->lock);
	if (wake)
		bsdbpf_desc_tell(d);
	return HRTIMER_NORESTART;
}

/* As above; a stale one finds a later deadline, or nothing stored. */
static enum hrtimer_restart bsdbpf_wait_expired(struct hrtimer *timer)
{
	struct bsdbpf_desc *d = container_of(timer, struct bsdbpf_desc,
					     wait_timer);
	bool wake = false;

	spin_lock(&d->lock);
	if (bsdbpf_store_len(&d->store) && d->wtimeout != KTIME_MAX &&
	    ktime_compare(ktime_get(), d->wait_deadline) >= 0) {
		WRITE_ONCE(d->wait_done, true);
		wake = true;
	}
	spin_unlock(&d->lock);
	if (wake)
		bsdbpf_desc_tell(d);
	return HRTIMER_NORESTART;
}

/* Is there a wait timeout that takes a timer? */
static bool bsdbpf_wait_limited(const struct bsdbpf_desc *d)
{
	return d->wtimeout && d->wtimeout != KTIME_MAX;
}

/**
 * bsdbpf_poll_follow() - work out what taps must do behind every packet
 * @d: descriptor; caller holds its lock
 *
 * Full barrier: a tap that did not see it yet has committed its record before
 * the caller looks for one; pairs with bsdbpf_store_commit().
 */
void bsdbpf_poll_follow(struct bsdbpf_desc *d)
{
	u8 follow = 0;

	lockdep_assert_held(&d->lock);
	if (d->immediate || d->poll_state == BSDBPF_POLL_EXPIRED)
		follow |= BSDBPF_FOLLOW_TELL;
	if (bsdbpf_wait_limited(d))
		follow |= BSDBPF_FOLLOW_WAIT;
	WRITE_ONCE(d->follow, follow);
	/* as said above: pairs with bsdbpf_store_commit() */
	smp_mb();
}

/**
 * bsdbpf_wait_start() - the store buffer has its first packet, or the wait
 *	timeout was changed
 * @d: descriptor; caller holds its lock
 */
void bsdbpf_wait_start(struct bsdbpf_desc *d)
{
	lockdep_assert_held(&d->lock);
	WRITE_ONCE(d->wait_done, false);
	if (!bsdbpf_wait_limited(d) || !bsdbpf_store_len(&d->store))
		return;
	d->wait_deadline = ktime_add(ktime_get(), d->wtimeout);
	hrtimer_start(&d->wait_timer, d->wait_deadline, HRTIMER_MODE_ABS_SOFT);
}

/**
 * bsdbpf_poll_init() - set up the poll state of a new descriptor
 * @d: descriptor
 */
void bsdbpf_poll_init(struct bsdbpf_desc *d)
{
	d->wtimeout = KTIME_MAX;
	hrtimer_setup(&d->wait_timer, bsdbpf_wait_expired, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
	hrtimer_setup(&d->poll_timer, bsdbpf_poll_expired, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
}

/**
 * bsdbpf_poll_stop() - back to idle: what every read and every ioctl does
 * @d: descriptor; caller holds its lock
 *
 * Return: whether the timer had run out, which entitles a read to the store
 * buffer.
 */
bool bsdbpf_poll_stop(struct bsdbpf_desc *d)
{
	bool expired = d->poll_state == BSDBPF_POLL_EXPIRED;

	lockdep_assert_held(&d->lock);
	if (d->poll_state == BSDBPF_POLL_WAITING)
		hrtimer_try_to_cancel(&d->poll_timer);
	d->poll_state = BSDBPF_POLL_IDLE;
	if (expired)
		bsdbpf_poll_follow(d);
	return expired;
}

/**
 * bsdbpf_store_ready() - has any reader a right to the store buffer
 * @d: descriptor; with its lock the answer stays true
 */
bool bsdbpf_store_ready(const struct bsdbpf_desc *d)
{
	return bsdbpf_store_begun(&d->store) &&
	       (READ_ONCE(d->immediate) || READ_ONCE(d->wait_done));
}

/**
 * bsdbpf_readable() - would a read return data right now
 * @d: descriptor; caller holds its lock
 */
bool bsdbpf_readable(const struct bsdbpf_desc *d)
{
	lockdep_assert_held(&d->lock);
	return bsdbpf_hold_len(&d->store) || bsdbpf_store_ready(d) ||
	       (d->store.shared && d->store.other == BSDBPF_OTHER_HOLD) ||
	       (bsdbpf_store_begun(&d->store) &&
		d->poll_state == BSDBPF_POLL_EXPIRED);
}

/**
 * bsdbpf_poll() - poll(2), select(2), epoll
 * @file: the open file
 * @table: where to queue, NULL once queued
 *
 * Writing never blocks.  A descriptor whose interface is gone, or that has
 * none yet, is ready for everything: whoever asks shall learn it from the call
 * that fails.
 */
__poll_t bsdbpf_poll(struct file *file, struct poll_table_struct *table)
{
	struct bsdbpf_desc *d = file->private_data;
	__poll_t mask = EPOLLOUT | EPOLLWRNORM;

	bsdbpf_desc_used(d);
	poll_wait(file, &d->wait, table);
	spin_lock_bh(&d->lock);
	bsdbpf_desc_notice(d);
	if (!rcu_access_pointer(d->bif)) {
		mask |= EPOLLHUP | EPOLLIN | EPOLLRDNORM;
	} else if (bsdbpf_readable(d)) {
		mask |= EPOLLIN | EPOLLRDNORM;
	} else if (d->rtimeout && d->poll_state == BSDBPF_POLL_IDLE) {
		d->poll_state = BSDBPF_POLL_WAITING;
		d->poll_deadline = ktime_add_safe(ktime_get(), d->rtimeout);
		hrtimer_start(&d->poll_timer, d->poll_deadline,
			      HRTIMER_MODE_ABS_SOFT);
	}
	spin_unlock_bh(&d->lock);
	return mask;
}
