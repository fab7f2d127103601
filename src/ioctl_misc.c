// SPDX-License-Identifier: GPL-2.0
/*
 * The commands about buffers, statistics and the descriptor as a whole.
 * Contract of every handler: see ioctl.c.
 */
#include "bsdbpf.h"

/**
 * bsdbpf_ioc_gblen() - BIOCGBLEN
 * @d: descriptor
 * @arg: u32, out: buffer size, what a read must ask for
 *
 * Return: 0.
 */
int bsdbpf_ioc_gblen(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = READ_ONCE(d->store.size);
	return 0;
}

/**
 * bsdbpf_ioc_sblen() - BIOCSBLEN
 * @d: descriptor
 * @arg: u32, in: wanted size; out: the nearest possible one, now in force
 *
 * Return: 0, -EINVAL if attached, -EOPNOTSUPP if there are shared buffers,
 * -ERESTARTSYS.
 */
int bsdbpf_ioc_sblen(struct bsdbpf_desc *d, void *arg)
{
	u32 *size = arg;

	*size = clamp_t(u32, *size, BPF_MINBUFSIZE,
			READ_ONCE(bsdbpf_net_of(d->net)->maxbufsize));
	return d->bufmode == BPF_BUFMODE_BUFFER ?
	       bsdbpf_buf_resize(d, *size) : bsdbpf_zbuf_resize(d, *size);
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
 * bsdbpf_ioc_fionread() - FIONREAD
 * @d: descriptor
 * @arg: int, out: bytes buffered, whether a read would return them or not
 *
 * Return: 0.
 */
int bsdbpf_ioc_fionread(struct bsdbpf_desc *d, void *arg)
{
	spin_lock_bh(&d->lock);
	bsdbpf_desc_notice(d);
	*(int *)arg = bsdbpf_store_len(&d->store) +
		       bsdbpf_hold_len(&d->store);
	spin_unlock_bh(&d->lock);
	return 0;
}

/**
 * bsdbpf_ioc_gheaddrop() - BIOCGHEADDROP
 * @d: descriptor
 * @arg: u32, out: 0 or 1
 *
 * Return: 0.
 */
int bsdbpf_ioc_gheaddrop(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = d->headdrop;
	return 0;
}

/**
 * bsdbpf_ioc_sheaddrop() - BIOCSHEADDROP
 * @d: descriptor
 * @arg: u32, in: if not 0, the oldest packets go when there is no room
 *
 * Return: 0.
 */
int bsdbpf_ioc_sheaddrop(struct bsdbpf_desc *d, void *arg)
{
	spin_lock_bh(&d->lock);
	WRITE_ONCE(d->headdrop, *(u32 *)arg != 0);
	spin_unlock_bh(&d->lock);
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
	struct bsdbpf_totals totals;

	spin_lock_bh(&d->lock);
	bsdbpf_desc_totals(d, &totals);
	spin_unlock_bh(&d->lock);
	stat->bs_recv = totals.recv;
	stat->bs_drop = totals.drop;
	return 0;
}

/**
 * bsdbpf_ioc_gstats64() - BIOCGSTATS64
 * @d: descriptor
 * @arg: struct bpf_stat64, out
 *
 * Return: 0.
 */
int bsdbpf_ioc_gstats64(struct bsdbpf_desc *d, void *arg)
{
	struct bpf_stat64 *stat = arg;
	struct bsdbpf_totals totals;

	spin_lock_bh(&d->lock);
	bsdbpf_desc_totals(d, &totals);
	spin_unlock_bh(&d->lock);
	stat->bs_recv = totals.recv;
	stat->bs_drop = totals.drop;
	stat->bs_capt = totals.match;
	return 0;
}

/* BPF_ENGINE_* of one of the descriptor's filters. */
static u32 bsdbpf_ioc_engine(struct bsdbpf_prog __rcu *filter,
			     const struct bsdbpf_desc *d)
{
	const struct bsdbpf_prog *prog =
		rcu_dereference_protected(filter, lockdep_is_held(&d->lock));

	return prog ? prog->engine : BPF_ENGINE_NONE;
}

/**
 * bsdbpf_ioc_gengine() - BIOCGENGINE
 * @d: descriptor
 * @arg: struct bpf_engine, out
 *
 * Return: 0.
 */
int bsdbpf_ioc_gengine(struct bsdbpf_desc *d, void *arg)
{
	struct bpf_engine *engine = arg;
	struct bsdbpf_counts sum;

	spin_lock_bh(&d->lock);
	engine->be_read = bsdbpf_ioc_engine(d->filter, d);
	engine->be_write = bsdbpf_ioc_engine(d->wfilter, d);
	spin_unlock_bh(&d->lock);
	bsdbpf_desc_counts(d, &sum);
	engine->be_fallback = sum.fallback;
	engine->be_wfallback = sum.wfallback;
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
 * bsdbpf_ioc_lock() - BIOCLOCK: only what cannot change the descriptor's part
 *	in the network is permitted from now on, see ioctl.c
 * @d: descriptor
 * @arg: not used
 *
 * Return: 0.
 */
int bsdbpf_ioc_lock(struct bsdbpf_desc *d, void *arg)
{
	WRITE_ONCE(d->locked, true);
	return 0;
}
