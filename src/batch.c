// SPDX-License-Identifier: GPL-2.0
/*
 * A write that is many frames (BIOCSBATCHWRITE, macOS's): a sequence of records
 * laid out as this descriptor's reads give them, so that what was read can be
 * written as it is.
 */
#include "bsdbpf.h"

#include <linux/mm.h>
#include <linux/uio.h>

/* The most bytes one write may have; macOS's limit of a frame. */
#define BSDBPF_BATCH_MAX	(16U << 20)

/* Where a record's frame is, and where the next record begins. */
struct bsdbpf_record {
	u32 frame;
	u32 len;
	u32 next;
};

/*
 * Reads the record header at off.  The time and all that stands behind
 * bh_hdrlen are not looked at.
 */
static bool bsdbpf_batch_parse(const struct bsdbpf_rec *rec, const u8 *data,
			       u32 size, u32 off, struct bsdbpf_record *r)
{
	const u8 *at = data + off + rec->timelen;
	u32 head = rec->timelen + 2 * sizeof(u32) + sizeof(u16);
	u32 left = size - off, caplen, datalen;
	u16 hdrlen;

	if (left < head)
		return false;
	caplen = get_unaligned((u32 *)at);
	datalen = get_unaligned((u32 *)(at + 4));
	hdrlen = get_unaligned((u16 *)(at + 8));
	if (hdrlen < head || hdrlen > left || caplen > left - hdrlen ||
	    caplen != datalen)
		return false;
	r->frame = off + hdrlen;
	r->len = caplen;
	/* the last one need not be padded */
	r->next = min(off + ALIGN(hdrlen + caplen, rec->align), size);
	return true;
}

static int bsdbpf_batch_send(struct bsdbpf_desc *d, u8 *data,
			     const struct bsdbpf_record *r)
{
	struct kvec vec = { .iov_base = data + r->frame, .iov_len = r->len };
	struct iov_iter from;

	if (!r->len)
		return 0;
	iov_iter_kvec(&from, WRITE, &vec, 1, r->len);
	return bsdbpf_write_frame(d, &from);
}

/* Everything is well-formed before anything is sent. */
static ssize_t bsdbpf_batch_run(struct bsdbpf_desc *d, u8 *data, u32 size)
{
	struct bsdbpf_record r;
	struct bsdbpf_rec rec;
	bool sent = false;
	u32 off;
	int err;

	spin_lock_bh(&d->lock);
	rec = d->rec;
	spin_unlock_bh(&d->lock);
	for (off = 0; off < size; off = r.next)
		if (!bsdbpf_batch_parse(&rec, data, size, off, &r))
			return -EINVAL;
	for (off = 0; off < size; off = r.next) {
		bsdbpf_batch_parse(&rec, data, size, off, &r);
		err = bsdbpf_batch_send(d, data, &r);
		if (err)
			return sent ? (ssize_t)off : err;
		sent |= r.len > 0;
		cond_resched();
	}
	return size;
}

/**
 * bsdbpf_batch_write() - send every frame of a sequence of records
 * @d: descriptor
 * @from: the records, see struct bpf_hdr; bh_caplen must be bh_datalen, records
 *	without bytes are skipped
 *
 * May sleep.
 *
 * Return: the bytes of the records that were sent, so that a caller can go on
 * behind them; the error of the first frame if that could not be sent, see
 * bsdbpf_write_iter(); -EINVAL (a record is malformed: none was sent),
 * -EMSGSIZE (more than 16 MiB), -ENXIO, -ENOBUFS, -EFAULT.
 */
ssize_t bsdbpf_batch_write(struct bsdbpf_desc *d, struct iov_iter *from)
{
	size_t size = iov_iter_count(from);
	ssize_t ret;
	u8 *data;

	if (!rcu_access_pointer(d->bif))
		return -ENXIO;
	if (!size)
		return 0;
	if (size > BSDBPF_BATCH_MAX)
		return -EMSGSIZE;
	data = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!data)
		return -ENOBUFS;
	if (copy_from_iter_full(data, size, from))
		ret = bsdbpf_batch_run(d, data, size);
	else
		ret = -EFAULT;
	kvfree(data);
	return ret;
}
