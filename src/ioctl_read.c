// SPDX-License-Identifier: GPL-2.0
/*
 * The commands about what a reader gets, and when.  Contract of every handler:
 * see ioctl.c.
 */
#include "bsdbpf.h"

/* struct timeval of the 64-bit ABI. */
struct bsdbpf_ioc_timeval {
	s64 sec;
	s64 usec;
};

/* The longest read timeout, seconds; FreeBSD's bound. */
#define BSDBPF_RTIMEOUT_MAX	100000000
/* The longest wait timeout, seconds; OpenBSD's. */
#define BSDBPF_WTIMEOUT_MAX	300

/* Return: nanoseconds or -EINVAL. */
static s64 bsdbpf_timeval_ns(const struct bsdbpf_ioc_timeval *tv, s64 max)
{
	if (tv->sec < 0 || tv->sec > max || tv->usec < 0 ||
	    tv->usec >= USEC_PER_SEC)
		return -EINVAL;
	return tv->sec * NSEC_PER_SEC + tv->usec * NSEC_PER_USEC;
}

static void bsdbpf_timeval_set(struct bsdbpf_ioc_timeval *tv, ktime_t time)
{
	struct timespec64 ts = ktime_to_timespec64(time);

	tv->sec = ts.tv_sec;
	tv->usec = ts.tv_nsec / NSEC_PER_USEC;
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
	s64 timeout = bsdbpf_timeval_ns(arg, BSDBPF_RTIMEOUT_MAX);

	if (timeout < 0)
		return timeout;
	spin_lock_bh(&d->lock);
	d->rtimeout = timeout;
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
	bsdbpf_timeval_set(arg, d->rtimeout);
	return 0;
}

/* Immediate mode is a wait of no time at all. */
static void bsdbpf_wait_set(struct bsdbpf_desc *d, ktime_t timeout)
{
	spin_lock_bh(&d->lock);
	WRITE_ONCE(d->wtimeout, timeout);
	WRITE_ONCE(d->immediate, timeout == 0);
	bsdbpf_poll_follow(d);
	bsdbpf_wait_start(d);
	spin_unlock_bh(&d->lock);
}

/**
 * bsdbpf_ioc_swtimeout() - BIOCSWTIMEOUT
 * @d: descriptor
 * @arg: struct timeval, in: how long a packet may wait in the store buffer
 *	until a reader gets it; 0 is immediate mode
 *
 * Return: 0, -EINVAL.
 */
int bsdbpf_ioc_swtimeout(struct bsdbpf_desc *d, void *arg)
{
	s64 timeout = bsdbpf_timeval_ns(arg, BSDBPF_WTIMEOUT_MAX);

	if (timeout < 0 || timeout > BSDBPF_WTIMEOUT_MAX * NSEC_PER_SEC)
		return -EINVAL;
	bsdbpf_wait_set(d, timeout);
	return 0;
}

/**
 * bsdbpf_ioc_gwtimeout() - BIOCGWTIMEOUT
 * @d: descriptor
 * @arg: struct timeval, out
 *
 * Return: 0, -ENXIO if there is no limit.
 */
int bsdbpf_ioc_gwtimeout(struct bsdbpf_desc *d, void *arg)
{
	if (d->wtimeout == KTIME_MAX)
		return -ENXIO;
	bsdbpf_timeval_set(arg, d->wtimeout);
	return 0;
}

/**
 * bsdbpf_ioc_dwtimeout() - BIOCDWTIMEOUT: no limit, as after open
 * @d: descriptor
 * @arg: not used
 *
 * Return: 0.
 */
int bsdbpf_ioc_dwtimeout(struct bsdbpf_desc *d, void *arg)
{
	bsdbpf_wait_set(d, KTIME_MAX);
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
	bsdbpf_wait_set(d, *(u32 *)arg ? 0 : KTIME_MAX);
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
	bsdbpf_if_direction(d, direction);
	return 0;
}

/* Other records from now on; what is buffered stays as it is, see BIOCFLUSH. */
static void bsdbpf_rec_set(struct bsdbpf_desc *d, u32 tstamp, bool pktinfo,
			   bool abi32)
{
	const struct bsdbpf_if *bif;
	bool open;

	spin_lock_bh(&d->lock);
	open = bsdbpf_desc_freeze(d);
	d->rec.tstamp = tstamp;
	d->rec.pktinfo = pktinfo;
	d->rec.abi32 = abi32;
	bif = rcu_dereference_check(d->bif, lockdep_is_held(&d->lock));
	bsdbpf_rec_layout(d, bif);
	bsdbpf_desc_thaw(d, open);
	spin_unlock_bh(&d->lock);
}

/**
 * bsdbpf_desc_abi32() - for what kind of program records are laid out
 * @d: descriptor; caller holds its ctl mutex
 * @abi32: for 32-bit ones
 */
void bsdbpf_desc_abi32(struct bsdbpf_desc *d, bool abi32)
{
	lockdep_assert_held(&d->ctl);
	if (abi32 != d->rec.abi32)
		bsdbpf_rec_set(d, d->rec.tstamp, d->rec.pktinfo, abi32);
}

/**
 * bsdbpf_ioc_gtstamp() - BIOCGTSTAMP
 * @d: descriptor
 * @arg: u32, out: BPF_T_*
 *
 * Return: 0.
 */
int bsdbpf_ioc_gtstamp(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = d->rec.tstamp;
	return 0;
}

/**
 * bsdbpf_ioc_ststamp() - BIOCSTSTAMP
 * @d: descriptor
 * @arg: u32, in: BPF_T_*
 *
 * Return: 0, -EINVAL.
 */
int bsdbpf_ioc_ststamp(struct bsdbpf_desc *d, void *arg)
{
	u32 tstamp = *(u32 *)arg;

	if (!BPF_T_VALID(tstamp))
		return -EINVAL;
	bsdbpf_rec_set(d, tstamp, d->rec.pktinfo, d->rec.abi32);
	return 0;
}

/**
 * bsdbpf_ioc_gpktinfo() - BIOCGPKTINFO
 * @d: descriptor
 * @arg: u32, out: 0 or 1
 *
 * Return: 0.
 */
int bsdbpf_ioc_gpktinfo(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = d->rec.pktinfo;
	return 0;
}

/**
 * bsdbpf_ioc_spktinfo() - BIOCSPKTINFO
 * @d: descriptor
 * @arg: u32, in: if not 0, records have a struct bpf_pktinfo
 *
 * Return: 0.
 */
int bsdbpf_ioc_spktinfo(struct bsdbpf_desc *d, void *arg)
{
	bsdbpf_rec_set(d, d->rec.tstamp, *(u32 *)arg != 0, d->rec.abi32);
	return 0;
}
