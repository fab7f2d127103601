// SPDX-License-Identifier: GPL-2.0
/*
 * Which descriptor is attached to which interface: attach, detach, promiscuous
 * mode, and what happens when an interface goes away.  Everything here runs
 * under RTNL.
 */
#include "bsdbpf.h"

#include <linux/hashtable.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

/* Interfaces with a tap, by struct net_device pointer. */
static DEFINE_HASHTABLE(bsdbpf_if_hash, 6);

static struct bsdbpf_if *bsdbpf_if_find(const struct net_device *dev)
{
	struct bsdbpf_if *bif;

	ASSERT_RTNL();
	hash_for_each_possible(bsdbpf_if_hash, bif, hash, (unsigned long)dev)
		if (bif->dev == dev)
			return bif;
	return NULL;
}

/* Puts a tap on the interface.  ERR_PTR of -ENXIO or -ENOBUFS. */
static struct bsdbpf_if *bsdbpf_if_new(struct net_device *dev)
{
	int dlt = bsdbpf_dlt_of(dev);
	struct bsdbpf_if *bif;

	if (dlt < 0)
		return ERR_PTR(dlt);
	bif = kzalloc(sizeof(*bif), GFP_KERNEL);
	if (!bif)
		return ERR_PTR(-ENOBUFS);
	INIT_LIST_HEAD(&bif->descs);
	bif->dev = dev;
	bif->type = dev->type;
	bif->dlt = dlt;
	bif->linkhdr = bsdbpf_dlt_linkhdr(dlt);
	/* what follows the link header is aligned, so the record header pads */
	bif->rechdr = BPF_WORDALIGN(bif->linkhdr +
				    offsetofend(struct bpf_hdr, bh_hdrlen)) -
		      bif->linkhdr;
	netdev_hold(dev, &bif->dev_tracker, GFP_KERNEL);
	hash_add(bsdbpf_if_hash, &bif->hash, (unsigned long)dev);

	bif->pt.type = htons(ETH_P_ALL);
	bif->pt.func = bsdbpf_tap_rcv;
	bif->pt.dev = dev;
	bif->pt.af_packet_net = dev_net(dev);	/* for /proc/net/ptype */
	/*
	 * Loopback receives what it sends, and so does CAN (can_send(), or
	 * the driver once the frame is on the bus): once is enough.
	 */
	bif->pt.ignore_outgoing = (dev->flags & IFF_LOOPBACK) ||
				  dlt == DLT_CAN_SOCKETCAN;
	dev_add_pack(&bif->pt);
	return bif;
}

/* Takes the tap off.  One that is running on another CPU may finish. */
static void bsdbpf_if_del(struct bsdbpf_if *bif)
{
	__dev_remove_pack(&bif->pt);
	hash_del(&bif->hash);
	netdev_put(bif->dev, &bif->dev_tracker);
	kfree_rcu(bif, rcu);
}

static void bsdbpf_if_set_promisc(struct bsdbpf_desc *d, struct bsdbpf_if *bif,
				  bool on)
{
	if (d->promisc == on || dev_set_promiscuity(bif->dev, on ? 1 : -1))
		return;
	d->promisc = on;
}

/* Unlinks one descriptor; the tap stays. */
static void bsdbpf_if_unlink(struct bsdbpf_desc *d, struct bsdbpf_if *bif)
{
	bsdbpf_if_set_promisc(d, bif, false);
	list_del_rcu(&d->if_node);
	d->was_linked = true;
	spin_lock_bh(&d->lock);
	RCU_INIT_POINTER(d->bif, NULL);
	spin_unlock_bh(&d->lock);
}

/**
 * bsdbpf_if_detach() - detach a descriptor from its interface, if it has one
 * @d: descriptor; caller holds RTNL
 *
 * What is buffered stays readable.  On return no tap stores into it any more.
 */
void bsdbpf_if_detach(struct bsdbpf_desc *d)
{
	struct bsdbpf_if *bif = rtnl_dereference(d->bif);

	if (!bif)
		return;
	bsdbpf_if_unlink(d, bif);
	if (list_empty(&bif->descs))
		bsdbpf_if_del(bif);
}

/**
 * bsdbpf_if_attach() - BIOCSETIF
 * @d: descriptor with buffers; caller holds its ctl mutex
 * @name: interface name, NUL-terminated
 *
 * May sleep, takes RTNL.  Resets the descriptor; drops promiscuity if the
 * interface is another one.  A down interface is fine.
 *
 * Return: 0, -ENXIO (no such interface in the descriptor's namespace, or no
 * link type for it), -ENOBUFS.  On error the old attachment stays.
 */
int bsdbpf_if_attach(struct bsdbpf_desc *d, const char *name)
{
	struct net_device *dev;
	struct bsdbpf_if *bif;
	int err = 0;

	rtnl_lock();
	dev = __dev_get_by_name(d->net, name);
	if (!dev || dev->reg_state != NETREG_REGISTERED) {
		err = -ENXIO;
		goto unlock;
	}
	bif = bsdbpf_if_find(dev);
	if (bif && bif == rtnl_dereference(d->bif)) {
		bsdbpf_desc_reset(d);
		goto unlock;
	}
	if (!bif)
		bif = bsdbpf_if_new(dev);
	if (IS_ERR(bif)) {
		err = PTR_ERR(bif);
		goto unlock;
	}
	bsdbpf_if_detach(d);
	/* A tap that stands on if_node must not be led into the other list. */
	if (d->was_linked)
		synchronize_net();
	spin_lock_bh(&d->lock);
	rcu_assign_pointer(d->bif, bif);
	bsdbpf_desc_reset_locked(d);
	spin_unlock_bh(&d->lock);
	list_add_tail_rcu(&d->if_node, &bif->descs);
unlock:
	rtnl_unlock();
	return err;
}

/**
 * bsdbpf_if_promisc() - BIOCPROMISC
 * @d: descriptor; caller holds its ctl mutex
 *
 * May sleep, takes RTNL.  Once per descriptor, until it is detached.
 *
 * Return: 0, -EINVAL if unattached, or the interface layer's error.
 */
int bsdbpf_if_promisc(struct bsdbpf_desc *d)
{
	struct bsdbpf_if *bif;
	int err = 0;

	rtnl_lock();
	bif = rtnl_dereference(d->bif);
	if (!bif)
		err = -EINVAL;
	else if (!d->promisc)
		err = dev_set_promiscuity(bif->dev, 1);
	if (!err)
		d->promisc = true;
	rtnl_unlock();
	return err;
}

/* The interface is gone, or is no longer what it was: wake who waits for it. */
static void bsdbpf_if_gone(struct bsdbpf_if *bif)
{
	struct bsdbpf_desc *d, *next;

	list_for_each_entry_safe(d, next, &bif->descs, if_node) {
		bsdbpf_if_unlink(d, bif);
		bsdbpf_desc_wake(d);
	}
	bsdbpf_if_del(bif);
}

static int bsdbpf_netdev_event(struct notifier_block *nb, unsigned long event,
			       void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct bsdbpf_if *bif = bsdbpf_if_find(dev);

	/* A move to another namespace unregisters, too. */
	if (bif && (event == NETDEV_UNREGISTER || dev->type != bif->type))
		bsdbpf_if_gone(bif);
	return NOTIFY_DONE;
}

static struct notifier_block bsdbpf_netdev_notifier = {
	.notifier_call = bsdbpf_netdev_event,
};

/**
 * bsdbpf_if_init() - start to watch interfaces come and go
 *
 * Return: 0 or an error of register_netdevice_notifier().
 */
int bsdbpf_if_init(void)
{
	return register_netdevice_notifier(&bsdbpf_netdev_notifier);
}

/**
 * bsdbpf_if_exit() - stop to watch; there is no descriptor any more
 *
 * Waits for taps that are still running: their code goes next.
 */
void bsdbpf_if_exit(void)
{
	unregister_netdevice_notifier(&bsdbpf_netdev_notifier);
	synchronize_net();
}
