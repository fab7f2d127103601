// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of the store and hold buffers that read(2) copies; of those that a
 * program shares: zbuf.c.  What goes on in them: store.h.
 */
#include "bsdbpf.h"

#include <linux/mm.h>

/**
 * bsdbpf_buf_alloc() - allocate both buffers unless there are some
 * @d: descriptor; caller holds its ctl mutex and found it unattached
 *
 * May sleep.  Charged to the caller's memory cgroup.
 *
 * Return: 0; -ENOBUFS, on which libpcap tries a smaller size; -EINVAL for zero
 * copy, where the program sets them.
 */
int bsdbpf_buf_alloc(struct bsdbpf_desc *d)
{
	u8 *first, *second;

	lockdep_assert_held(&d->ctl);
	if (READ_ONCE(d->store.data[0]))
		return 0;
	if (d->bufmode != BPF_BUFMODE_BUFFER)
		return -EINVAL;
	first = kvmalloc(d->store.size, GFP_KERNEL_ACCOUNT);
	second = kvmalloc(d->store.size, GFP_KERNEL_ACCOUNT);
	if (!first || !second) {
		kvfree(first);
		kvfree(second);
		return -ENOBUFS;
	}
	spin_lock_bh(&d->lock);
	bsdbpf_store_set(&d->store, first, second);
	spin_unlock_bh(&d->lock);
	return 0;
}

/**
 * bsdbpf_buf_free() - free both buffers, and what is in them
 * @d: a descriptor that has neither tap nor reader any more
 *
 * May sleep.
 */
void bsdbpf_buf_free(struct bsdbpf_desc *d)
{
	if (d->zbuf) {
		bsdbpf_zbuf_free(d->zbuf);
		return;
	}
	kvfree(d->store.data[0]);
	kvfree(d->store.data[1]);
}

/**
 * bsdbpf_buf_resize() - another buffer size for an unattached descriptor
 * @d: descriptor that read(2) reads; caller holds its ctl mutex, so it stays unattached
 * @size: bytes, within bounds
 *
 * Buffers with leftovers of an interface that is gone are freed; the next
 * SETIF allocates new ones.  Waits for a reader that is copying.
 *
 * Return: 0, -EINVAL if attached, -ERESTARTSYS.
 */
int bsdbpf_buf_resize(struct bsdbpf_desc *d, u32 size)
{
	u8 *old[2];
	bool quiet;
	int err;

	lockdep_assert_held(&d->ctl);
	if (rcu_access_pointer(d->bif))
		return -EINVAL;
	spin_lock_bh(&d->lock);
	quiet = bsdbpf_store_quiet(&d->store);
	spin_unlock_bh(&d->lock);
	if (!quiet)
		synchronize_net();	/* taps of an interface that is gone */
	for (;;) {
		spin_lock_bh(&d->lock);
		if (!d->store.reading)
			break;
		spin_unlock_bh(&d->lock);
		err = wait_event_interruptible(d->wait,
					       !READ_ONCE(d->store.reading));
		if (err)
			return err;
	}
	WARN_ON_ONCE(!bsdbpf_store_quiet(&d->store));
	old[0] = d->store.data[0];
	old[1] = d->store.data[1];
	d->store.size = size;
	/* the counters stay, though what they counted is gone */
	d->match_base -= bsdbpf_store_captured(&d->store);
	bsdbpf_store_set(&d->store, NULL, NULL);
	spin_unlock_bh(&d->lock);
	kvfree(old[0]);
	kvfree(old[1]);
	return 0;
}
