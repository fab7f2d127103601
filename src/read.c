// SPDX-License-Identifier: GPL-2.0
/*
 * read(2): waits for a buffer and copies it out whole.
 */
#include "bsdbpf.h"

#include <linux/sched/signal.h>
#include <linux/uio.h>

/*
 * Something may have changed for a sleeping reader; looked at without the
 * lock, since the caller looks again with it.
 */
static bool bsdbpf_read_event(const struct bsdbpf_desc *d)
{
	switch (READ_ONCE(d->store.other)) {
	case BSDBPF_OTHER_CLOSING:
		return false;
	case BSDBPF_OTHER_HOLD:
		return !READ_ONCE(d->store.reading);
	default:
		return !rcu_access_pointer(d->bif) || bsdbpf_store_ready(d);
	}
}

/*
 * Sleeps until there is something to look at.  Deadline 0 is none.
 * Return: 0, -ETIME, -ERESTARTSYS.
 */
static int bsdbpf_read_sleep(struct bsdbpf_desc *d, ktime_t deadline)
{
	ktime_t left;

	if (!deadline)
		return wait_event_interruptible(d->wait, bsdbpf_read_event(d));
	left = ktime_sub(deadline, ktime_get());
	if (left <= 0)
		return -ETIME;
	return wait_event_interruptible_hrtimeout(d->wait,
						  bsdbpf_read_event(d), left);
}

/*
 * Sleeps while another reader copies the hold buffer: there is more behind it, which
 * cannot be had before.
 * Return: 0, -ERESTARTSYS.
 */
static int bsdbpf_read_next(struct bsdbpf_desc *d)
{
	return wait_event_interruptible(d->wait, !READ_ONCE(d->store.reading));
}

/*
 * Makes the store buffer the hold buffer if the reader is entitled to it.
 * After the interface has gone nothing more will be added, so whoever is left
 * gets what is left.
 */
static void bsdbpf_read_rotate(struct bsdbpf_desc *d, bool entitled)
{
	if (bsdbpf_store_len(&d->store) &&
	    (entitled || bsdbpf_store_ready(d) || !rcu_access_pointer(d->bif)))
		bsdbpf_desc_rotate(d);
}

/*
 * Waits until there is a hold buffer and claims it: on success store.reading is
 * up and *len bytes at *data are the caller's until bsdbpf_read_done().
 * Who closes a buffer that a tap is still writing into waits for it, even if he
 * does not want to block: it takes no longer than a packet to copy.
 * Return: 0, -ETIME if there was nothing in time, or the error of the read.
 */
static int bsdbpf_read_claim(struct bsdbpf_desc *d, size_t count, bool nonblock,
			     const u8 **data, u32 *len)
{
	ktime_t deadline = 0;
	bool entitled, closing, copying;
	int err = 0;

	spin_lock_bh(&d->lock);
	entitled = bsdbpf_poll_stop(d) || nonblock;
	if (d->rtimeout)
		deadline = ktime_add_safe(ktime_get(), d->rtimeout);
	for (;;) {
		/* another interface, with other buffers, may have come */
		if (count != d->store.size) {
			err = -EINVAL;
			break;
		}
		if (d->bufmode != BPF_BUFMODE_BUFFER) {
			err = -EOPNOTSUPP;
			break;
		}
		bsdbpf_read_rotate(d, entitled || err == -ETIME);
		*data = bsdbpf_hold_claim(&d->store, len);
		if (*data) {
			err = 0;
			break;
		}
		closing = d->store.other == BSDBPF_OTHER_CLOSING;
		copying = d->store.reading && bsdbpf_store_len(&d->store);
		if (d->store.other == BSDBPF_OTHER_FREE &&
		    !rcu_access_pointer(d->bif))
			err = -ENXIO;
		else if (nonblock && !err && !closing && !copying)
			err = -EAGAIN;
		if (err && !closing && !copying)
			break;
		spin_unlock_bh(&d->lock);
		if (closing)
			wait_event(d->wait, READ_ONCE(d->store.other) !=
					    BSDBPF_OTHER_CLOSING);
		else if (copying && (err || nonblock))
			err = bsdbpf_read_next(d) ?: err;
		else
			err = bsdbpf_read_sleep(d, deadline);
		spin_lock_bh(&d->lock);
		if (err == -ERESTARTSYS)
			break;
	}
	spin_unlock_bh(&d->lock);
	return err;
}

/* Gives the hold buffer back: free if it was taken, else still to be read. */
static void bsdbpf_read_done(struct bsdbpf_desc *d, bool taken)
{
	spin_lock_bh(&d->lock);
	bsdbpf_hold_done(&d->store, taken);
	spin_unlock_bh(&d->lock);
	bsdbpf_desc_wake(d);
}

/**
 * bsdbpf_read_iter() - read(2) and readv(2)
 * @iocb: the open file
 * @to: where to; must ask for exactly the buffer size
 *
 * May sleep, at most for the read timeout, which runs from the call on.  If
 * @to faults the data stays, for a read that does better.
 *
 * Return: length of the buffer read; 0 if the timeout passed and there was
 * nothing; -EINVAL (wrong size), -EOPNOTSUPP (zero copy), -EAGAIN (would block, nothing buffered),
 * -ENXIO (no interface, nothing left), -EFAULT, -ERESTARTSYS.
 */
ssize_t bsdbpf_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct bsdbpf_desc *d = iocb->ki_filp->private_data;
	bool nonblock = (iocb->ki_filp->f_flags & O_NONBLOCK) ||
			(iocb->ki_flags & IOCB_NOWAIT);
	const u8 *data;
	size_t copied;
	u32 len;
	int err;

	bsdbpf_desc_used(d);
	err = bsdbpf_read_claim(d, iov_iter_count(to), nonblock, &data, &len);
	if (err)
		return err == -ETIME ? 0 : err;
	copied = copy_to_iter(data, len, to);
	bsdbpf_read_done(d, copied == len);
	return copied == len ? (ssize_t)copied : -EFAULT;
}
