// SPDX-License-Identifier: GPL-2.0
/*
 * How an interface's packets come to tap.c.  What is received comes by a
 * packet_type hook.  So can what is sent, but the kernel clones each sent packet
 * for such hooks, before any filter has judged it; the tracepoint net_dev_start_xmit
 * is passed right behind them, by the same packets in the same state, and clones
 * nothing.  Neither is asked for anything while no descriptor wants what is sent.
 *
 * One probe serves all interfaces, since a tracepoint does not know of them; a
 * packet of another interface pays for a look into a hash table.
 *
 * LOCKING: RTNL for all that changes anything.  The tracepoint's own mutex, and the
 * lock of CPU hotplug that it takes, nest inside, as with the static keys that the
 * stack itself turns on and off under RTNL.  Only the end of the module waits for
 * probes that are running, and does it without RTNL.
 */
#include "bsdbpf.h"

#include <linux/hashtable.h>
#include <linux/if_arp.h>
#include <linux/moduleparam.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

/* Values of the parameter tx_hook; after loading never AUTO. */
enum bsdbpf_tx_hook { BSDBPF_TX_AUTO, BSDBPF_TX_TRACE, BSDBPF_TX_PTYPE };

static const char *const bsdbpf_tx_names[] = { "auto", "trace", "ptype" };
static enum bsdbpf_tx_hook bsdbpf_tx_hook = BSDBPF_TX_AUTO;

static int bsdbpf_tx_set(const char *val, const struct kernel_param *kp)
{
	int i = sysfs_match_string(bsdbpf_tx_names, val);

	if (i < 0)
		return i;
	bsdbpf_tx_hook = i;
	return 0;
}

static int bsdbpf_tx_get(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n",
			 bsdbpf_tx_names[bsdbpf_tx_hook]);
}

static const struct kernel_param_ops bsdbpf_tx_ops = {
	.set	= bsdbpf_tx_set,
	.get	= bsdbpf_tx_get,
};
module_param_cb(tx_hook, &bsdbpf_tx_ops, NULL, 0444);
MODULE_PARM_DESC(tx_hook, "how to see what is sent: trace, ptype, or auto (default): trace if the kernel has it");

/*
 * With PREEMPT_RT a probe may not be preempted and so may not take our locks, which
 * sleep there.
 */
#if defined(HAVE_TRACE_START_XMIT) && defined(CONFIG_TRACEPOINTS) && \
	!defined(CONFIG_PREEMPT_RT)

/*
 * How long the probe outlasts the last interface that needed it: to set a tracepoint
 * stops all processors, and may wait for a grace period, and many a program attaches
 * to one interface after the other.
 */
#define BSDBPF_TRACE_IDLE	HZ

/* NULL: there is none, or it is not wanted. */
static struct tracepoint *bsdbpf_trace_point;
/* Interfaces whose sent packets are wanted, by struct net_device pointer. */
static DEFINE_HASHTABLE(bsdbpf_trace_hash, 6);
static unsigned int bsdbpf_trace_count;
static bool bsdbpf_trace_set;			/* the probe is there */

/* Bottom halves off, from xmit_one(): an RCU read side. */
static void bsdbpf_trace_xmit(void *data, const struct sk_buff *skb,
			      const struct net_device *dev)
{
	const struct bsdbpf_if *bif;

	hash_for_each_possible_rcu(bsdbpf_trace_hash, bif, traced,
				   (unsigned long)dev, rcu_read_lock_bh_held()) {
		if (bif->dev == dev) {
			bsdbpf_tap_sent(bif, skb);
			break;
		}
	}
}

static void bsdbpf_trace_idle(struct work_struct *work)
{
	rtnl_lock();
	if (bsdbpf_trace_set && !bsdbpf_trace_count) {
		tracepoint_probe_unregister(bsdbpf_trace_point, bsdbpf_trace_xmit,
					    NULL);
		bsdbpf_trace_set = false;
	}
	rtnl_unlock();
}

static DECLARE_DELAYED_WORK(bsdbpf_trace_work, bsdbpf_trace_idle);

/*
 * A packet that stands on an entry that comes back is led through its bucket once
 * more; that is all, since an interface never changes its bucket.
 */
static bool bsdbpf_trace_add(struct bsdbpf_if *bif)
{
	if (!bsdbpf_trace_set &&
	    tracepoint_probe_register(bsdbpf_trace_point, bsdbpf_trace_xmit, NULL))
		return false;
	bsdbpf_trace_set = true;
	bsdbpf_trace_count++;
	hash_add_rcu(bsdbpf_trace_hash, &bif->traced, (unsigned long)bif->dev);
	return true;
}

static void bsdbpf_trace_del(struct bsdbpf_if *bif)
{
	hash_del_rcu(&bif->traced);
	if (!--bsdbpf_trace_count)
		schedule_delayed_work(&bsdbpf_trace_work, BSDBPF_TRACE_IDLE);
}

static void bsdbpf_trace_exit(void)
{
	cancel_delayed_work_sync(&bsdbpf_trace_work);
	bsdbpf_trace_idle(NULL);
	tracepoint_synchronize_unregister();
}

static void bsdbpf_trace_match(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "net_dev_start_xmit"))
		*(struct tracepoint **)found = tp;
}

static bool bsdbpf_trace_find(void)
{
	for_each_kernel_tracepoint(bsdbpf_trace_match, &bsdbpf_trace_point);
	return bsdbpf_trace_point;
}

#else

static bool bsdbpf_trace_add(struct bsdbpf_if *bif)
{
	return false;
}

static void bsdbpf_trace_del(struct bsdbpf_if *bif)
{
}

static void bsdbpf_trace_exit(void)
{
}

static bool bsdbpf_trace_find(void)
{
	return false;
}

#endif

/*
 * Drivers that show packets to packet_type hooks themselves, besides those that
 * pass the tracepoint: VRF devices (drivers/net/vrf.c), and one of FDDI (defza.c).
 */
static bool bsdbpf_hook_traceable(const struct net_device *dev)
{
	return bsdbpf_tx_hook == BSDBPF_TX_TRACE && !netif_is_l3_master(dev) &&
	       dev->type != ARPHRD_FDDI;
}

/**
 * bsdbpf_hook_sent() - from now on sent packets are wanted, or not
 * @bif: interface; caller holds RTNL
 * @wanted: whether any of its descriptors wants them
 *
 * May sleep.  Packets that are on their way may still be shown.
 */
void bsdbpf_hook_sent(struct bsdbpf_if *bif, bool wanted)
{
	ASSERT_RTNL();
	/* Loopback receives what it sends: once is enough. */
	if (bif->dev->flags & IFF_LOOPBACK || wanted == bif->sent)
		return;
	bif->sent = wanted;
	if (!wanted && bif->is_traced) {
		bif->is_traced = false;
		bsdbpf_trace_del(bif);
		return;
	}
	bif->is_traced = wanted && bsdbpf_hook_traceable(bif->dev) &&
			 bsdbpf_trace_add(bif);
	if (!bif->is_traced)
		WRITE_ONCE(bif->pt.ignore_outgoing, !wanted);
}

/**
 * bsdbpf_hook_new() - prepare the hooks of a new interface
 * @bif: interface, with its device
 */
void bsdbpf_hook_new(struct bsdbpf_if *bif)
{
	bif->pt.type = htons(ETH_P_ALL);
	bif->pt.func = bsdbpf_tap_rcv;
	bif->pt.dev = bif->dev;
	bif->pt.af_packet_net = dev_net(bif->dev);	/* for /proc/net/ptype */
	bif->pt.ignore_outgoing = true;
}

/**
 * bsdbpf_hook_add() - the interface has its first reader
 * @bif: interface; caller holds RTNL
 *
 * May sleep.  A packet that stands on the hook where it was must not be led into
 * another list.
 */
void bsdbpf_hook_add(struct bsdbpf_if *bif)
{
	if (bif->was_tapped)
		synchronize_net();
	dev_add_pack(&bif->pt);
}

/**
 * bsdbpf_hook_del() - the last reader has left
 * @bif: interface; caller holds RTNL.  Stays for a grace period.
 *
 * A packet may still be on its way to tap.c.
 */
void bsdbpf_hook_del(struct bsdbpf_if *bif)
{
	__dev_remove_pack(&bif->pt);
	bif->was_tapped = true;
}

/*
 * AUTO is TRACE where there is one.  A kernel that dies of int3 in dev_hard_start_xmit()
 * when the tracepoint is set or unset under traffic runs in QEMU before 8.1 without KVM,
 * which can keep a stale translation of the breakpoint by which the kernel changes its
 * code.  Debian's 6.1 and 6.12 do so without this module, too, of their own trace event;
 * not with a newer QEMU, nor with one thread for all processors: tools/vm/README.md.
 */

/**
 * bsdbpf_hook_init() - find out how sent packets can be seen here
 */
void bsdbpf_hook_init(void)
{
	if (bsdbpf_tx_hook != BSDBPF_TX_PTYPE && bsdbpf_trace_find()) {
		bsdbpf_tx_hook = BSDBPF_TX_TRACE;
		return;
	}
	if (bsdbpf_tx_hook == BSDBPF_TX_TRACE)
		pr_warn("bsdbpf: this kernel has no tracepoint for tx_hook=trace, ptype is used\n");
	bsdbpf_tx_hook = BSDBPF_TX_PTYPE;
}

/**
 * bsdbpf_hook_exit() - wait for what still runs; there is no interface any more
 *
 * May sleep; without RTNL.
 */
void bsdbpf_hook_exit(void)
{
	bsdbpf_trace_exit();
	synchronize_net();
}
