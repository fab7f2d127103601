// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a descriptor from open to close, and what many calls do to it:
 * wake its readers, reset it, note who used it.
 */
#include "trace.h"

#include <linux/percpu.h>
#include <linux/poll.h>
#include <linux/rtnetlink.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

/* Where descriptors are freed: that may sleep, and comes after a grace period. */
static struct workqueue_struct *bsdbpf_desc_wq;

/* Softirq, behind the packets of one run of it: however many, they wake once. */
static void bsdbpf_desc_teller(struct tasklet_struct *teller)
{
	struct bsdbpf_desc *d = container_of(teller, struct bsdbpf_desc, teller);

	bsdbpf_desc_wake(d);
	if (!READ_ONCE(d->silent))
		kill_fasync(&d->async, SIGIO, POLL_IN);
}

static void bsdbpf_desc_free(struct work_struct *work)
{
	struct bsdbpf_desc *d = container_of(to_rcu_work(work),
					     struct bsdbpf_desc, free);

	/* a tap that was still at work may have started this one after the close */
	hrtimer_cancel(&d->wait_timer);
	hrtimer_cancel(&d->poll_timer);
	tasklet_kill(&d->teller);
	bsdbpf_buf_free(d);
	bsdbpf_prog_free_now(rcu_dereference_protected(d->filter, true));
	bsdbpf_prog_free_now(rcu_dereference_protected(d->wfilter, true));
	free_percpu(d->counts);
	kfree(d);
}

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
	mutex_init(&d->map);
	init_waitqueue_head(&d->wait);
	INIT_LIST_HEAD(&d->writer_node);
	INIT_RCU_WORK(&d->free, bsdbpf_desc_free);
	tasklet_setup(&d->teller, bsdbpf_desc_teller);
	bsdbpf_poll_init(d);
	bsdbpf_store_init(&d->store, min(READ_ONCE(bnet->bufsize),
					 READ_ONCE(bnet->maxbufsize)));
	d->direction = BPF_D_INOUT;
	d->shown = bsdbpf_ways(d);
	d->native = bsdbpf_prog_native(NULL);
	d->bufmode = BPF_BUFMODE_BUFFER;
	d->file = file;
	if (!(file->f_mode & FMODE_READ))
		d->writer = BSDBPF_WRITER;
	d->net = get_net(net);
	bsdbpf_desc_used(d);
	bsdbpf_stats_add(d);
	return d;
}

/**
 * bsdbpf_desc_put() - the last close
 * @d: descriptor; nobody is in a system call on it
 *
 * May sleep, takes RTNL.  A tap on another CPU may still look at @d, so the
 * memory, timers and tasklet go after a grace period.
 */
void bsdbpf_desc_put(struct bsdbpf_desc *d)
{
	rtnl_lock();
	bsdbpf_if_detach(d);
	rtnl_unlock();
	bsdbpf_stats_del(d);
	put_pid(d->user);
	put_net(d->net);
	queue_rcu_work(bsdbpf_desc_wq, &d->free);
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
	const char *comm = current->group_leader->comm;
	struct pid *user, *old;

	/* the same process may be another program now */
	if (READ_ONCE(d->user) == task_tgid(current) &&
	    !strncmp(d->comm, comm, sizeof(d->comm)))
		return;
	user = get_pid(task_tgid(current));
	spin_lock_bh(&d->lock);
	old = d->user;
	WRITE_ONCE(d->user, user);
	strscpy_pad(d->comm, comm, sizeof(d->comm));
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
	__poll_t events = EPOLLIN | EPOLLRDNORM;

	/* some wait for nothing but the end */
	if (!rcu_access_pointer(d->bif))
		events |= EPOLLHUP;
	if (wq_has_sleeper(&d->wait))
		wake_up_poll(&d->wait, events);
}

/**
 * bsdbpf_desc_tell() - there is news for readers: wake them, send the signal
 * @d: descriptor; the caller is in an RCU read side, a timer of it, or RTNL
 *
 * Context as for bsdbpf_desc_wake().  Nothing happens while nobody waits; else
 * they hear of it at the end of this processor's softirq work, so once for all
 * packets that it takes off a network card's queue in one go.
 */
void bsdbpf_desc_tell(struct bsdbpf_desc *d)
{
	if (wq_has_sleeper(&d->wait) || READ_ONCE(d->async))
		tasklet_schedule(&d->teller);
}

/**
 * bsdbpf_desc_freeze() - begin to change what verdicts and records depend on
 * @d: descriptor; caller holds its lock until after bsdbpf_desc_thaw()
 *
 * Return: what to give to bsdbpf_desc_thaw().
 */
bool bsdbpf_desc_freeze(struct bsdbpf_desc *d)
{
	lockdep_assert_held(&d->lock);
	return bsdbpf_store_freeze(&d->store);
}

/**
 * bsdbpf_desc_thaw() - end of what bsdbpf_desc_freeze() has begun
 * @d: descriptor
 * @open: whether taps may store again
 *
 * Release: a tap that sees the new epoch sees what was changed; one that judged
 * in the old one cannot store, see bsdbpf_reserve().
 */
void bsdbpf_desc_thaw(struct bsdbpf_desc *d, bool open)
{
	lockdep_assert_held(&d->lock);
	/* pairs with the look before the filter, in bsdbpf_take() */
	smp_store_release(&d->epoch, d->epoch + 1);
	if (open)
		bsdbpf_store_thaw(&d->store);
}

/**
 * bsdbpf_desc_rotate() - bsdbpf_store_rotate(), and a new wait begins
 * @d: descriptor; caller holds its lock
 */
bool bsdbpf_desc_rotate(struct bsdbpf_desc *d)
{
	lockdep_assert_held(&d->lock);
	if (!bsdbpf_store_rotate(&d->store))
		return false;
	trace_rotate(d);
	WRITE_ONCE(d->wait_done, false);
	return true;
}

/**
 * bsdbpf_desc_notice() - look for shared buffers that have come back
 * @d: descriptor; caller holds its lock
 */
void bsdbpf_desc_notice(struct bsdbpf_desc *d)
{
	lockdep_assert_held(&d->lock);
	if (bsdbpf_store_notice(&d->store))
		WRITE_ONCE(d->wait_done, false);
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

/**
 * bsdbpf_desc_totals() - what became of the packets since the last reset
 * @d: descriptor; caller holds its lock
 * @totals: out
 *
 * Taps refuse and drop packets without the lock, so each counter is read once and
 * what is reset is what was read here: no packet is counted twice or never.
 */
void bsdbpf_desc_totals(const struct bsdbpf_desc *d, struct bsdbpf_totals *totals)
{
	struct bsdbpf_counts sum;
	int i;

	lockdep_assert_held(&d->lock);
	bsdbpf_desc_counts(d, &sum);
	totals->drop = 0;
	for (i = 0; i < BSDBPF_LOSSES; i++) {
		totals->lost[i] = atomic64_read(&d->lost[i]) - d->lost_base[i];
		totals->drop += totals->lost[i];
	}
	totals->match = bsdbpf_store_captured(&d->store) + totals->drop + d->kept -
			d->match_base;
	totals->recv = totals->match + sum.rejects - d->reject_base;
}

/* Zero, as far as the counters go that are not the store's. */
static void bsdbpf_desc_zero_counts(struct bsdbpf_desc *d,
				    const struct bsdbpf_totals *totals)
{
	u64 told = 0;
	int i;

	for (i = 0; i < BSDBPF_LOSSES; i++) {
		d->lost_base[i] += totals->lost[i];
		told += d->lost_base[i];
	}
	WRITE_ONCE(d->drop_told, told);
	d->kept = 0;
	d->reject_base += totals->recv - totals->match;
}

/**
 * bsdbpf_desc_zero() - count received packets from 0 again
 * @d: descriptor; caller holds its lock
 *
 * What is buffered stays.
 */
void bsdbpf_desc_zero(struct bsdbpf_desc *d)
{
	struct bsdbpf_totals totals;

	bsdbpf_desc_totals(d, &totals);
	d->match_base += totals.match - totals.drop - d->kept;
	bsdbpf_desc_zero_counts(d, &totals);
}

/**
 * bsdbpf_desc_reset_frozen() - throw away what is buffered, counters to zero
 * @d: descriptor; caller holds its lock and has frozen it
 */
void bsdbpf_desc_reset_frozen(struct bsdbpf_desc *d)
{
	struct bsdbpf_totals totals;

	bsdbpf_desc_totals(d, &totals);
	bsdbpf_stats_past(d, &totals);
	bsdbpf_desc_zero_counts(d, &totals);
	bsdbpf_store_reset(&d->store);
	d->match_base = 0;
	WRITE_ONCE(d->wait_done, false);
	atomic64_set(&d->wcount, 0);
	atomic64_set(&d->wmatch, 0);
	atomic64_set(&d->wdrop, 0);
}

/**
 * bsdbpf_desc_reset() - bsdbpf_desc_reset_frozen() for those without the lock
 * @d: descriptor
 */
void bsdbpf_desc_reset(struct bsdbpf_desc *d)
{
	bool open;

	spin_lock_bh(&d->lock);
	open = bsdbpf_desc_freeze(d);
	bsdbpf_desc_reset_frozen(d);
	bsdbpf_desc_thaw(d, open);
	spin_unlock_bh(&d->lock);
}

/**
 * bsdbpf_desc_init() - make what descriptors need
 *
 * Return: 0 or -ENOMEM.
 */
int bsdbpf_desc_init(void)
{
	bsdbpf_desc_wq = alloc_workqueue("bsdbpf", 0, 0);
	return bsdbpf_desc_wq ? 0 : -ENOMEM;
}

/**
 * bsdbpf_desc_flush() - wait until closed descriptors are freed
 *
 * May sleep.  After rcu_barrier(): then those are the workqueue's.
 */
void bsdbpf_desc_flush(void)
{
	flush_workqueue(bsdbpf_desc_wq);
}

/**
 * bsdbpf_desc_exit() - free the last descriptors
 *
 * After rcu_barrier(): then those are the workqueue's.
 */
void bsdbpf_desc_exit(void)
{
	destroy_workqueue(bsdbpf_desc_wq);
}
