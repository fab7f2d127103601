// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a descriptor from open to close, and what many calls do to it:
 * wake its readers, reset it, note who used it.
 */
#include "bsdbpf.h"

#include <linux/percpu.h>
#include <linux/poll.h>
#include <linux/rtnetlink.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

/**
 * bsdbpf_desc_new() - make the descriptor of a new open
 * @net: namespace whose interfaces it will see; kept until the last close, as
 *	a socket would
 * @file: the open file
 *
 * May sleep.  State as after open in bpf(4): no interface, no buffers, no
 * filter, no timeout, both directions.
 *
 * Return: the descriptor or an ERR_PTR of -ENOMEM.
 */
struct bsdbpf_desc *bsdbpf_desc_new(struct net *net, struct file *file)
{
	const struct bsdbpf_net *bnet = bsdbpf_net_of(net);
	struct bsdbpf_desc *d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);

	if (!d)
		return ERR_PTR(-ENOMEM);
	d->counts = alloc_percpu_gfp(struct bsdbpf_counts, GFP_KERNEL_ACCOUNT);
	if (!d->counts) {
		kfree(d);
		return ERR_PTR(-ENOMEM);
	}
	spin_lock_init(&d->lock);
	mutex_init(&d->ctl);
	init_waitqueue_head(&d->wait);
	INIT_LIST_HEAD(&d->if_node);
	bsdbpf_poll_init(d);
	d->buf.size = min(READ_ONCE(bnet->bufsize), READ_ONCE(bnet->maxbufsize));
	d->direction = BPF_D_INOUT;
	d->sig = SIGIO;
	d->file = file;
	if (!(file->f_mode & FMODE_READ))
		d->writer = BSDBPF_WRITER;
	d->net = get_net(net);
	bsdbpf_desc_used(d);
	bsdbpf_stats_add(d);
	return d;
}

static void bsdbpf_desc_free(struct rcu_head *rcu)
{
	struct bsdbpf_desc *d = container_of(rcu, struct bsdbpf_desc, rcu);

	bsdbpf_buf_free(&d->buf);
	bsdbpf_prog_free_now(rcu_dereference_protected(d->filter, true));
	bsdbpf_prog_free_now(rcu_dereference_protected(d->wfilter, true));
	free_percpu(d->counts);
	kfree(d);
}

/**
 * bsdbpf_desc_put() - the last close
 * @d: descriptor; nobody is in a system call on it
 *
 * May sleep, takes RTNL.  A tap on another CPU may still look at @d, so the
 * memory goes after a grace period.
 */
void bsdbpf_desc_put(struct bsdbpf_desc *d)
{
	spin_lock_bh(&d->lock);
	bsdbpf_stats_past(d);
	spin_unlock_bh(&d->lock);
	bsdbpf_stats_del(d);
	rtnl_lock();
	bsdbpf_if_detach(d);
	rtnl_unlock();
	hrtimer_cancel(&d->poll_timer);
	hrtimer_cancel(&d->wait_timer);
	put_pid(d->user);
	put_net(d->net);
	call_rcu(&d->rcu, bsdbpf_desc_free);
}

/**
 * bsdbpf_desc_used() - note the calling process as the descriptor's last user
 * @d: descriptor
 *
 * For /proc/net/bpf: as on FreeBSD it names who used the descriptor last, not
 * who opened it.
 */
void bsdbpf_desc_used(struct bsdbpf_desc *d)
{
	struct pid *user, *old;

	if (READ_ONCE(d->user) == task_tgid(current))
		return;
	user = get_pid(task_tgid(current));
	spin_lock_bh(&d->lock);
	old = d->user;
	WRITE_ONCE(d->user, user);
	strscpy_pad(d->comm, current->group_leader->comm, sizeof(d->comm));
	spin_unlock_bh(&d->lock);
	put_pid(old);
}

/**
 * bsdbpf_desc_wake() - wake all who sleep or poll on the descriptor
 * @d: descriptor
 *
 * Any context but hard interrupt.  What they wait for must be visible before
 * the call: wq_has_sleeper() orders it before its look at the queue, pairing
 * with the barrier in prepare_to_wait() and poll_wait().
 */
void bsdbpf_desc_wake(struct bsdbpf_desc *d)
{
	if (wq_has_sleeper(&d->wait))
		wake_up_interruptible_poll(&d->wait, EPOLLIN | EPOLLRDNORM);
}

/**
 * bsdbpf_desc_tell() - there is news for readers: wake them, send the signal
 * @d: descriptor
 *
 * Context as for bsdbpf_desc_wake().
 */
void bsdbpf_desc_tell(struct bsdbpf_desc *d)
{
	bsdbpf_desc_wake(d);
	if (READ_ONCE(d->sig))
		kill_fasync(&d->async, SIGIO, POLL_IN);
}

/**
 * bsdbpf_desc_counts() - what was counted on all processors since the open
 * @d: descriptor
 * @sum: out; of each value not less than it was when the call began
 */
void bsdbpf_desc_counts(const struct bsdbpf_desc *d, struct bsdbpf_counts *sum)
{
	const struct bsdbpf_counts *counts;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		counts = per_cpu_ptr(d->counts, cpu);
		sum->rejects += READ_ONCE(counts->rejects);
		sum->fallback += READ_ONCE(counts->fallback);
		sum->wfallback += READ_ONCE(counts->wfallback);
	}
}

/* How many packets the filter refused; never reset, see reject_base. */
static u64 bsdbpf_desc_rejects(const struct bsdbpf_desc *d)
{
	struct bsdbpf_counts sum;

	bsdbpf_desc_counts(d, &sum);
	return sum.rejects;
}

/**
 * bsdbpf_desc_recv() - how many packets were offered since the last reset
 * @d: descriptor; caller holds its lock
 */
u64 bsdbpf_desc_recv(const struct bsdbpf_desc *d)
{
	lockdep_assert_held(&d->lock);
	return d->match + bsdbpf_desc_rejects(d) - d->reject_base;
}

/**
 * bsdbpf_desc_zero() - count received packets from 0 again
 * @d: descriptor; caller holds its lock
 */
void bsdbpf_desc_zero(struct bsdbpf_desc *d)
{
	lockdep_assert_held(&d->lock);
	d->match = 0;
	d->drop = 0;
	d->drop_told = 0;
	d->reject_base = bsdbpf_desc_rejects(d);
}

/**
 * bsdbpf_desc_reset_locked() - throw away what is buffered, counters to zero
 * @d: descriptor; caller holds its lock
 *
 * A hold buffer that a reader is just copying stays his, since buf.reading
 * keeps it from being reused: that read began before the reset.
 */
void bsdbpf_desc_reset_locked(struct bsdbpf_desc *d)
{
	lockdep_assert_held(&d->lock);
	d->buf.hold_len = 0;
	d->buf.store_len = 0;
	d->buf.store_count = 0;
	bsdbpf_stats_past(d);
	bsdbpf_desc_zero(d);
	atomic64_set(&d->wcount, 0);
	atomic64_set(&d->wmatch, 0);
	atomic64_set(&d->wdrop, 0);
}

/**
 * bsdbpf_desc_reset() - bsdbpf_desc_reset_locked() for those without the lock
 * @d: descriptor
 */
void bsdbpf_desc_reset(struct bsdbpf_desc *d)
{
	spin_lock_bh(&d->lock);
	bsdbpf_desc_reset_locked(d);
	spin_unlock_bh(&d->lock);
}
