// SPDX-License-Identifier: GPL-2.0
/*
 * The store and hold buffers: their memory, rotation, and where in them an
 * accepted packet goes.  Knows neither readers nor filters.
 */
#include "bsdbpf.h"

#include <linux/mm.h>

/**
 * bsdbpf_buf_alloc() - allocate both buffers unless there are some
 * @d: descriptor; caller holds its ctl mutex and found it unattached
 *
 * May sleep.  Charged to the caller's memory cgroup.
 *
 * Return: 0, or -ENOBUFS, on which libpcap tries a smaller size.
 */
int bsdbpf_buf_alloc(struct bsdbpf_desc *d)
{
	u8 *data[2];

	lockdep_assert_held(&d->ctl);
	if (d->buf.data[0])
		return 0;
	data[0] = kvmalloc(d->buf.size, GFP_KERNEL_ACCOUNT);
	data[1] = kvmalloc(d->buf.size, GFP_KERNEL_ACCOUNT);
	if (!data[0] || !data[1]) {
		kvfree(data[0]);
		kvfree(data[1]);
		return -ENOBUFS;
	}
	spin_lock_bh(&d->lock);
	d->buf.data[0] = data[0];
	d->buf.data[1] = data[1];
	spin_unlock_bh(&d->lock);
	return 0;
}

/**
 * bsdbpf_buf_free() - free both buffers, and what is in them
 * @buf: of a descriptor that has neither tap nor reader
 */
void bsdbpf_buf_free(struct bsdbpf_buf *buf)
{
	kvfree(buf->data[0]);
	kvfree(buf->data[1]);
	buf->data[0] = NULL;
	buf->data[1] = NULL;
	buf->store_len = 0;
	buf->hold_len = 0;
	buf->store_count = 0;
	buf->hold_count = 0;
}

/**
 * bsdbpf_buf_resize() - another buffer size for an unattached descriptor
 * @d: descriptor; caller holds its ctl mutex, so it stays unattached
 * @size: bytes, within bounds
 *
 * Buffers with leftovers of an interface that is gone are freed; the next
 * SETIF allocates new ones.  Waits for a reader that is copying.
 *
 * Return: 0, -EINVAL if attached, -ERESTARTSYS.
 */
int bsdbpf_buf_resize(struct bsdbpf_desc *d, u32 size)
{
	struct bsdbpf_buf old = {};
	int err = -EINVAL;

	lockdep_assert_held(&d->ctl);
	spin_lock_bh(&d->lock);
	while (!rcu_access_pointer(d->bif)) {
		if (!d->buf.reading) {
			old = d->buf;
			d->buf = (struct bsdbpf_buf){ .size = size };
			err = 0;
			break;
		}
		spin_unlock_bh(&d->lock);
		err = wait_event_interruptible(d->wait,
					       !READ_ONCE(d->buf.reading));
		if (err)
			return err;
		err = -EINVAL;
		spin_lock_bh(&d->lock);
	}
	spin_unlock_bh(&d->lock);
	bsdbpf_buf_free(&old);
	return err;
}

/**
 * bsdbpf_buf_rotate() - store becomes hold, free becomes store
 * @buf: caller holds the descriptor's lock
 *
 * Return: false, and nothing changes, if there is no free buffer.
 */
bool bsdbpf_buf_rotate(struct bsdbpf_buf *buf)
{
	if (buf->hold_len || buf->reading)
		return false;
	WRITE_ONCE(buf->hold_len, buf->store_len);
	buf->hold_count = buf->store_count;
	buf->store ^= 1;
	buf->store_count = 0;
	WRITE_ONCE(buf->store_len, 0);
	return true;
}

/* Makes room by giving up the hold buffer, unless a reader is at it. */
static bool bsdbpf_buf_behead(struct bsdbpf_desc *d)
{
	if (!d->headdrop || d->buf.reading)
		return false;
	d->drop += d->buf.hold_count;
	d->buf.hold_len = 0;
	return bsdbpf_buf_rotate(&d->buf);
}

/**
 * bsdbpf_buf_append() - store a packet
 * @d: descriptor; caller, a tap, holds its lock and found it attached
 * @frame: the packet
 * @snap: how many of its bytes the filter wants
 * @rotated: set to true if a full buffer has become the hold buffer
 *
 * Softirq or with bottom halves off; neither allocates nor sleeps.  A packet
 * larger than an empty buffer is cut to fit; one whose header alone does not
 * fit is dropped.  Every byte up to store_len is written, also those between
 * records: a reader gets them all.
 *
 * Return: whether it was stored; false means no room, and nothing changed.
 */
bool bsdbpf_buf_append(struct bsdbpf_desc *d, struct bsdbpf_frame *frame,
		       u32 snap, bool *rotated)
{
	struct bsdbpf_buf *buf = &d->buf;
	u32 hdrlen = d->rec.hdrlen, off, caplen;
	u8 *to;

	lockdep_assert_held(&d->lock);
	if (unlikely(hdrlen > buf->size))
		return false;
	caplen = min3(snap, frame->readable, buf->size - hdrlen);
	off = ALIGN(buf->store_len, d->rec.align);
	if (off + hdrlen + caplen > buf->size) {
		if (!bsdbpf_buf_rotate(buf) && !bsdbpf_buf_behead(d))
			return false;
		*rotated = true;
		off = 0;
	}
	to = buf->data[buf->store];
	memset(to + buf->store_len, 0, off - buf->store_len);
	bsdbpf_rec_write(d, frame, caplen, to + off);
	if (!bsdbpf_frame_copy(frame, 0, caplen, to + off + hdrlen))
		memset(to + off + hdrlen, 0, caplen);
	buf->store_count++;
	WRITE_ONCE(buf->store_len, off + hdrlen + caplen);
	return true;
}
