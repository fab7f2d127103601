// SPDX-License-Identifier: GPL-2.0
/*
 * The commands about buffers, reading, writing and statistics.  Contract of
 * every handler: see ioctl.c.
 */
#include "bsdbpf.h"

/* struct timeval of the 64-bit ABI. */
struct bsdbpf_ioc_timeval {
	s64 sec;
	s64 usec;
};

/* The longest read timeout, seconds; FreeBSD's bound. */
#define BSDBPF_RTIMEOUT_MAX	100000000

/**
 * bsdbpf_ioc_gblen() - BIOCGBLEN
 * @d: descriptor
 * @arg: u32, out: buffer size, what a read must ask for
 *
 * Return: 0.
 */
int bsdbpf_ioc_gblen(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = READ_ONCE(d->buf.size);
	return 0;
}

/**
 * bsdbpf_ioc_sblen() - BIOCSBLEN
 * @d: descriptor
 * @arg: u32, in: wanted size; out: the nearest possible one, now in force
 *
 * Return: 0, -EINVAL if attached, -ERESTARTSYS.
 */
int bsdbpf_ioc_sblen(struct bsdbpf_desc *d, void *arg)
{
	u32 *size = arg;

	*size = clamp_t(u32, *size, BPF_MINBUFSIZE, BPF_MAXBUFSIZE);
	return bsdbpf_buf_resize(d, *size);
}

/**
 * bsdbpf_ioc_flush() - BIOCFLUSH
 * @d: descriptor
 * @arg: not used
 *
 * Return: 0.
 */
int bsdbpf_ioc_flush(struct bsdbpf_desc *d, void *arg)
{
	bsdbpf_desc_reset(d);
	return 0;
}

/**
 * bsdbpf_ioc_srtimeout() - BIOCSRTIMEOUT
 * @d: descriptor
 * @arg: struct timeval, in; 0 waits for a full buffer.  Kept exactly: where
 *	BSD rounds up to its clock's ticks this has high resolution timers.
 *
 * Return: 0, -EINVAL.
 */
int bsdbpf_ioc_srtimeout(struct bsdbpf_desc *d, void *arg)
{
	const struct bsdbpf_ioc_timeval *tv = arg;

	if (tv->sec < 0 || tv->sec > BSDBPF_RTIMEOUT_MAX ||
	    tv->usec < 0 || tv->usec >= USEC_PER_SEC)
		return -EINVAL;
	spin_lock_bh(&d->lock);
	d->rtimeout = tv->sec * NSEC_PER_SEC + tv->usec * NSEC_PER_USEC;
	spin_unlock_bh(&d->lock);
	return 0;
}

/**
 * bsdbpf_ioc_grtimeout() - BIOCGRTIMEOUT
 * @d: descriptor
 * @arg: struct timeval, out
 *
 * Return: 0.
 */
int bsdbpf_ioc_grtimeout(struct bsdbpf_desc *d, void *arg)
{
	struct timespec64 ts = ktime_to_timespec64(d->rtimeout);
	struct bsdbpf_ioc_timeval *tv = arg;

	tv->sec = ts.tv_sec;
	tv->usec = ts.tv_nsec / NSEC_PER_USEC;
	return 0;
}

/**
 * bsdbpf_ioc_gstats() - BIOCGSTATS
 * @d: descriptor
 * @arg: struct bpf_stat, out
 *
 * Return: 0.
 */
int bsdbpf_ioc_gstats(struct bsdbpf_desc *d, void *arg)
{
	struct bpf_stat *stat = arg;

	spin_lock_bh(&d->lock);
	stat->bs_recv = bsdbpf_desc_recv(d);
	stat->bs_drop = d->drop;
	spin_unlock_bh(&d->lock);
	return 0;
}

/**
 * bsdbpf_ioc_immediate() - BIOCIMMEDIATE
 * @d: descriptor
 * @arg: u32, in: on if not 0.  From the next packet, read or poll on; does not
 *	wake who sleeps already, as on FreeBSD.
 *
 * Return: 0.
 */
int bsdbpf_ioc_immediate(struct bsdbpf_desc *d, void *arg)
{
	spin_lock_bh(&d->lock);
	WRITE_ONCE(d->immediate, *(u32 *)arg != 0);
	spin_unlock_bh(&d->lock);
	return 0;
}

/**
 * bsdbpf_ioc_version() - BIOCVERSION
 * @d: descriptor
 * @arg: struct bpf_version, out
 *
 * Return: 0.
 */
int bsdbpf_ioc_version(struct bsdbpf_desc *d, void *arg)
{
	struct bpf_version *version = arg;

	version->bv_major = BPF_MAJOR_VERSION;
	version->bv_minor = BPF_MINOR_VERSION;
	return 0;
}

/**
 * bsdbpf_ioc_ghdrcmplt() - BIOCGHDRCMPLT
 * @d: descriptor
 * @arg: u32, out: 0 or 1
 *
 * Return: 0.
 */
int bsdbpf_ioc_ghdrcmplt(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = d->hdrcmplt;
	return 0;
}

/**
 * bsdbpf_ioc_shdrcmplt() - BIOCSHDRCMPLT
 * @d: descriptor
 * @arg: u32, in: if not 0, written frames carry their own source address
 *
 * Return: 0.
 */
int bsdbpf_ioc_shdrcmplt(struct bsdbpf_desc *d, void *arg)
{
	WRITE_ONCE(d->hdrcmplt, *(u32 *)arg != 0);
	return 0;
}

/**
 * bsdbpf_ioc_gdirection() - BIOCGDIRECTION, BIOCGSEESENT
 * @d: descriptor
 * @arg: u32, out: enum bpf_direction
 *
 * Return: 0.
 */
int bsdbpf_ioc_gdirection(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = d->direction;
	return 0;
}

/**
 * bsdbpf_ioc_sdirection() - BIOCSDIRECTION, BIOCSSEESENT
 * @d: descriptor
 * @arg: u32, in: enum bpf_direction
 *
 * Return: 0, -EINVAL.
 */
int bsdbpf_ioc_sdirection(struct bsdbpf_desc *d, void *arg)
{
	u32 direction = *(u32 *)arg;

	if (direction > BPF_D_OUT)
		return -EINVAL;
	WRITE_ONCE(d->direction, direction);
	return 0;
}

/**
 * bsdbpf_ioc_fionread() - FIONREAD
 * @d: descriptor
 * @arg: int, out: bytes buffered, whether a read would return them or not
 *
 * Return: 0.
 */
int bsdbpf_ioc_fionread(struct bsdbpf_desc *d, void *arg)
{
	spin_lock_bh(&d->lock);
	*(int *)arg = d->buf.store_len + d->buf.hold_len;
	spin_unlock_bh(&d->lock);
	return 0;
}
