// SPDX-License-Identifier: GPL-2.0
/*
 * The commands about the buffer mode and zero-copy buffers.  Contract of every
 * handler: see ioctl.c.
 */
#include "bsdbpf.h"

#include <linux/mm.h>

/* The most pages that one buffer may have; FreeBSD's. */
#define BSDBPF_ZBUF_PAGES	512

/**
 * bsdbpf_ioc_getbufmode() - BIOCGETBUFMODE
 * @d: descriptor
 * @arg: u32, out: BPF_BUFMODE_*
 *
 * Return: 0.
 */
int bsdbpf_ioc_getbufmode(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = d->bufmode;
	return 0;
}

/**
 * bsdbpf_ioc_setbufmode() - BIOCSETBUFMODE
 * @d: descriptor
 * @arg: u32, in: BPF_BUFMODE_*
 *
 * Return: 0, -EINVAL for another mode, and for zero copy unless the namespace
 * allows it, -EBUSY once there are buffers.
 */
int bsdbpf_ioc_setbufmode(struct bsdbpf_desc *d, void *arg)
{
	u32 mode = *(u32 *)arg;
	int err = -EBUSY;

	if (mode != BPF_BUFMODE_BUFFER &&
	    (mode != BPF_BUFMODE_ZBUF ||
	     !READ_ONCE(bsdbpf_net_of(d->net)->zerocopy_enable)))
		return -EINVAL;
	mutex_lock(&d->map);
	spin_lock_bh(&d->lock);
	if (!d->store.data[0]) {
		d->bufmode = mode;
		err = 0;
	}
	spin_unlock_bh(&d->lock);
	mutex_unlock(&d->map);
	return err;
}

/**
 * bsdbpf_ioc_getzmax() - BIOCGETZMAX
 * @d: descriptor
 * @arg: u64, out: bytes of the largest buffer that BIOCSETZBUF takes
 *
 * Return: 0, -EOPNOTSUPP in another buffer mode.
 */
int bsdbpf_ioc_getzmax(struct bsdbpf_desc *d, void *arg)
{
	if (d->bufmode != BPF_BUFMODE_ZBUF)
		return -EOPNOTSUPP;
	*(u64 *)arg = BSDBPF_ZBUF_PAGES * PAGE_SIZE;
	return 0;
}

/**
 * bsdbpf_ioc_setzbuf() - BIOCSETZBUF: memory of the caller's as buffers
 * @d: descriptor
 * @arg: struct bpf_zbuf of the 64-bit ABI, in
 *
 * Return: 0, -EOPNOTSUPP in another buffer mode, -EBADF if the descriptor is not
 * for reading, -EINVAL (not whole pages, too many, or there are buffers already),
 * -EFAULT, -ENOMEM.
 */
int bsdbpf_ioc_setzbuf(struct bsdbpf_desc *d, void *arg)
{
	const struct bpf_zbuf *where = arg;

	if (d->bufmode != BPF_BUFMODE_ZBUF)
		return -EOPNOTSUPP;
	if (!(d->file->f_mode & FMODE_READ))
		return -EBADF;
	if (!where->bz_bufa || !where->bz_bufb || !where->bz_buflen ||
	    offset_in_page(where->bz_bufa) || offset_in_page(where->bz_bufb) ||
	    offset_in_page(where->bz_buflen) ||
	    where->bz_buflen > BSDBPF_ZBUF_PAGES * PAGE_SIZE)
		return -EINVAL;
	if (READ_ONCE(d->store.data[0]))
		return -EINVAL;
	return bsdbpf_zbuf_pin(d, where);
}

/* Which buffer is not the store buffer; caller holds the lock. */
static u8 bsdbpf_zbuf_other(const struct bsdbpf_store *s)
{
	return !bsdbpf_word_slot(atomic64_read(&s->word));
}

/**
 * bsdbpf_ioc_rotzbuf() - BIOCROTZBUF: hand over what there is, if the program has
 *	nothing else
 * @d: descriptor
 * @arg: struct bpf_zbuf of the 64-bit ABI, out: where the buffer is that was
 *	handed over just now, and the bytes in it; else zeros
 *
 * Who closes a buffer that a tap is still writing into waits for it, which takes
 * no longer than a packet to copy.
 *
 * Return: 0, -EOPNOTSUPP in another buffer mode.
 */
int bsdbpf_ioc_rotzbuf(struct bsdbpf_desc *d, void *arg)
{
	struct bsdbpf_store *s = &d->store;
	struct bpf_zbuf *where = arg;
	bool rotated;
	u8 which;

	if (d->bufmode != BPF_BUFMODE_ZBUF)
		return -EOPNOTSUPP;
	spin_lock_bh(&d->lock);
	bsdbpf_desc_notice(d);
	rotated = bsdbpf_store_len(s) && bsdbpf_desc_rotate(d);
	which = bsdbpf_zbuf_other(s);
	while (rotated && s->other == BSDBPF_OTHER_CLOSING) {
		spin_unlock_bh(&d->lock);
		wait_event(d->wait, READ_ONCE(s->other) != BSDBPF_OTHER_CLOSING);
		spin_lock_bh(&d->lock);
	}
	if (rotated && s->other == BSDBPF_OTHER_HOLD &&
	    which == bsdbpf_zbuf_other(s)) {
		where->bz_bufa = (void *)(unsigned long)
				 bsdbpf_zbuf_where(d->zbuf, which);
		where->bz_buflen = s->hold_len;
	}
	spin_unlock_bh(&d->lock);
	return 0;
}
