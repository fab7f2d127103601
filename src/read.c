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
	if (READ_ONCE(d->buf.reading))
		return false;
	return READ_ONCE(d->buf.hold_len) || !rcu_access_pointer(d->bif) ||
	       bsdbpf_store_ready(d);
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
 * Makes the store buffer the hold buffer if the reader is entitled to it.
 * After the interface has gone nothing more will be added, so whoever is left
 * gets what is left.
 */
static void bsdbpf_read_rotate(struct bsdbpf_desc *d, bool entitled)
{
	if (!d->buf.hold_len && d->buf.store_len &&
	    (entitled || bsdbpf_store_ready(d) || !rcu_access_pointer(d->bif)))
		bsdbpf_buf_rotate(&d->buf);
}

/*
 * Waits until there is a hold buffer and claims it: on success buf.reading is
 * up and *len bytes at *data are the caller's until bsdbpf_read_done().
 * Return: 0, -ETIME if there was nothing in time, or the error of the read.
 */
static int bsdbpf_read_claim(struct bsdbpf_desc *d, size_t count, bool nonblock,
			     const u8 **data, u32 *len)
{
	ktime_t deadline = 0;
	bool entitled;
	int err = 0;

	spin_lock_bh(&d->lock);
	if (count != d->buf.size) {
		err = -EINVAL;
		goto unlock;
	}
	entitled = bsdbpf_poll_stop(d) || nonblock;
	if (d->rtimeout)
		deadline = ktime_add_safe(ktime_get(), d->rtimeout);
	for (;;) {
		if (!d->buf.reading) {
			bsdbpf_read_rotate(d, entitled || err == -ETIME);
			if (d->buf.hold_len)
				break;
			if (!rcu_access_pointer(d->bif)) {
				err = -ENXIO;
				goto unlock;
			}
		}
		if (err)
			goto unlock;
		if (nonblock) {
			err = -EAGAIN;
			goto unlock;
		}
		spin_unlock_bh(&d->lock);
		err = bsdbpf_read_sleep(d, deadline);
		spin_lock_bh(&d->lock);
		if (err == -ERESTARTSYS)
			goto unlock;
		/* another interface, with other buffers, may have come */
		if (count != d->buf.size) {
			err = -EINVAL;
			goto unlock;
		}
	}
	err = 0;
	WRITE_ONCE(d->buf.reading, true);
	*data = d->buf.data[d->buf.store ^ 1];
	*len = d->buf.hold_len;
unlock:
	spin_unlock_bh(&d->lock);
	return err;
}

/* Gives the hold buffer back: free if it was taken, else still to be read. */
static void bsdbpf_read_done(struct bsdbpf_desc *d, bool taken)
{
	spin_lock_bh(&d->lock);
	if (taken)
		WRITE_ONCE(d->buf.hold_len, 0);
	WRITE_ONCE(d->buf.reading, false);
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
 * nothing; -EINVAL (wrong size), -EAGAIN (would block, nothing buffered),
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
