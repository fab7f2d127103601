// SPDX-License-Identifier: GPL-2.0
/*
 * The store and hold buffers: their memory, rotation, and the record that an
 * accepted packet becomes.  Knows neither readers nor filters.
 */
#include "bsdbpf.h"

#include <linux/mm.h>
#include <linux/timekeeping.h>

/* Bytes of struct bpf_hdr that have a meaning, without its tail padding. */
#define BSDBPF_HDR_LEN	offsetofend(struct bpf_hdr, bh_hdrlen)

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
	buf->store ^= 1;
	WRITE_ONCE(buf->store_len, 0);
	return true;
}

/* Further back than this in time is not a packet that waited in a queue. */
#define BSDBPF_STAMP_WAIT	NSEC_PER_SEC

/*
 * The time of a packet: a stamp that the driver or the stack took is nearer to
 * the wire than our own.  But a stamped packet may have waited in a queue while
 * another went past it, and readers count on records in the order of time: such
 * a one gets the time of the record before it.  A clock that was set back is
 * believed.
 */
static ktime_t bsdbpf_buf_stamp(struct bsdbpf_buf *buf,
				const struct sk_buff *skb)
{
	ktime_t stamp = skb_tstamp(skb) ?: ktime_get_real();

	if (stamp >= buf->stamp ||
	    ktime_sub(buf->stamp, stamp) > BSDBPF_STAMP_WAIT)
		buf->stamp = stamp;
	return buf->stamp;
}

static void bsdbpf_hdr_write(u8 *to, const struct bsdbpf_if *bif,
			     const struct bsdbpf_frame *frame, ktime_t stamp,
			     u32 caplen)
{
	struct timespec64 ts = ktime_to_timespec64(stamp);
	struct bpf_hdr hdr = {
		.bh_tstamp.tv_sec = ts.tv_sec,
		.bh_tstamp.tv_usec = ts.tv_nsec / NSEC_PER_USEC,
		.bh_caplen = caplen,
		.bh_datalen = frame->pkt.wirelen,
		.bh_hdrlen = bif->rechdr,
	};

	memcpy(to, &hdr, BSDBPF_HDR_LEN);
	memset(to + BSDBPF_HDR_LEN, 0, bif->rechdr - BSDBPF_HDR_LEN);
}

/**
 * bsdbpf_buf_append() - store a packet
 * @d: descriptor; caller, a tap, holds its lock and found it attached to @bif
 * @bif: interface the packet was seen on
 * @frame: the packet
 * @snap: how many of its bytes the filter wants
 * @rotated: set to true if a full buffer has become the hold buffer
 *
 * Softirq or with bottom halves off; neither allocates nor sleeps.  A packet
 * larger than an empty buffer is cut to fit.  Every byte up to store_len is
 * written, also those between records: a reader gets them all.
 *
 * Return: whether it was stored; false means no room, and nothing changed.
 */
bool bsdbpf_buf_append(struct bsdbpf_desc *d, const struct bsdbpf_if *bif,
		       const struct bsdbpf_frame *frame, u32 snap,
		       bool *rotated)
{
	struct bsdbpf_buf *buf = &d->buf;
	u32 caplen = min3(snap, frame->readable, buf->size - bif->rechdr);
	u32 total = bif->rechdr + caplen;
	u32 off = BPF_WORDALIGN(buf->store_len);
	u8 *to;

	lockdep_assert_held(&d->lock);
	if (off + total > buf->size) {
		if (!bsdbpf_buf_rotate(buf))
			return false;
		*rotated = true;
		off = 0;
	}
	to = buf->data[buf->store];
	memset(to + buf->store_len, 0, off - buf->store_len);
	bsdbpf_hdr_write(to + off, bif, frame,
			 bsdbpf_buf_stamp(buf, frame->skb), caplen);
	if (!bsdbpf_frame_copy(frame, 0, caplen, to + off + bif->rechdr))
		memset(to + off + bif->rechdr, 0, caplen);
	WRITE_ONCE(buf->store_len, off + total);
	return true;
}
