// SPDX-License-Identifier: GPL-2.0
/*
 * Which descriptor is attached to which interface: attach, detach, promiscuous
 * mode, and what happens when an interface goes away.  Everything here runs
 * under RTNL.
 *
 * A descriptor that only writes is in a list that no packet ever walks: one
 * opened write-only, or any while net.bpf.optimize_writers is set.  What it
 * sets as its filter tells whether it wants to read after all, see
 * bsdbpf_ioc_setf().
 */
#include "trace.h"

#include <linux/hashtable.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

/* How many readers an interface has room for at first. */
#define BSDBPF_READERS	7

/* In a free place of a table of readers: wants nothing, so that the tap need not ask. */
static struct bsdbpf_desc bsdbpf_nobody;

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

/* Makes what descriptors on an interface share.  ERR_PTR of -ENXIO or -ENOBUFS. */
static struct bsdbpf_if *bsdbpf_if_new(struct net_device *dev)
{
	int dlt = bsdbpf_dlt_of(dev);
	struct bsdbpf_if *bif;

	if (dlt < 0)
		return ERR_PTR(dlt);
	bif = kzalloc(sizeof(*bif), GFP_KERNEL);
	if (!bif)
		return ERR_PTR(-ENOBUFS);
	INIT_LIST_HEAD(&bif->writers);
	INIT_LIST_HEAD(&bif->groups);
	bif->dev = dev;
	bif->type = dev->type;
	bif->dlt = dlt;
	bif->linkhdr = bsdbpf_dlt_linkhdr(dlt);
	bif->ethernet = dlt == DLT_EN10MB && dev_has_header(dev);
	bif->plain = bif->ethernet;
	netdev_hold(dev, &bif->dev_tracker, GFP_KERNEL);
	hash_add(bsdbpf_if_hash, &bif->hash, (unsigned long)dev);
	bsdbpf_hook_new(bif);
	return bif;
}

/* Forgets an interface that has no descriptor any more. */
static void bsdbpf_if_del(struct bsdbpf_if *bif)
{
	hash_del(&bif->hash);
	netdev_put(bif->dev, &bif->dev_tracker);
	if (rcu_access_pointer(bif->readers))
		kfree_rcu(rtnl_dereference(bif->readers), rcu);
	kfree_rcu(bif, rcu);
}

static void bsdbpf_if_set_promisc(struct bsdbpf_desc *d, struct bsdbpf_if *bif,
				  bool on)
{
	if (d->promisc == on || dev_set_promiscuity(bif->dev, on ? 1 : -1))
		return;
	d->promisc = on;
}

/* Who is in a place of a table; NULL if it is free. */
static struct bsdbpf_desc *bsdbpf_if_reader(const struct bsdbpf_readers *readers, u32 i)
{
	struct bsdbpf_desc *d = rtnl_dereference(readers->descs[i]);

	return d == &bsdbpf_nobody ? NULL : d;
}

/* A free place in the interface's table of readers, in a larger table if need be. */
static struct bsdbpf_desc __rcu **bsdbpf_if_place(struct bsdbpf_if *bif)
{
	struct bsdbpf_readers *old = rtnl_dereference(bif->readers), *new;
	u32 i, room = old ? old->room : 0;

	for (i = 0; i < room; i++)
		if (!bsdbpf_if_reader(old, i))
			return &old->descs[i];
	/* and one that stays NULL */
	new = kzalloc(struct_size(new, descs, 2 * room + BSDBPF_READERS + 1),
		      GFP_KERNEL);
	if (!new)
		return NULL;
	new->room = 2 * room + BSDBPF_READERS;
	for (i = 0; i < room; i++)
		RCU_INIT_POINTER(new->descs[i], rtnl_dereference(old->descs[i]));
	RCU_INIT_POINTER(new->descs[room], &bsdbpf_nobody);
	rcu_assign_pointer(bif->readers, new);
	if (old)
		kfree_rcu(old, rcu);
	return &new->descs[room];
}

/* So many more of the readers want sent packets. */
static void bsdbpf_if_sending(struct bsdbpf_if *bif, int more)
{
	bif->sending += more;
	bsdbpf_hook_sent(bif, bif->sending);
}

/* Lets packets reach a descriptor; the first one has the interface hooked. */
static void bsdbpf_if_listen(struct bsdbpf_desc *d, struct bsdbpf_if *bif,
			     struct bsdbpf_desc __rcu **place)
{
	rcu_assign_pointer(*place, d);
	bsdbpf_if_sending(bif, bsdbpf_wants(d, true));
	if (!bif->reading++)
		bsdbpf_hook_add(bif);
}

/* One that is running on another CPU may finish. */
static void bsdbpf_if_unlisten(struct bsdbpf_desc *d, struct bsdbpf_if *bif)
{
	struct bsdbpf_readers *readers = rtnl_dereference(bif->readers);
	u32 i;

	for (i = 0; rtnl_dereference(readers->descs[i]) != d; i++)
		;
	RCU_INIT_POINTER(readers->descs[i], &bsdbpf_nobody);
	/* the last one takes with him the free places in front of his */
	for (; i && !rtnl_dereference(readers->descs[i + 1]) &&
	     !bsdbpf_if_reader(readers, i); i--)
		RCU_INIT_POINTER(readers->descs[i], NULL);
	bsdbpf_if_sending(bif, -(int)bsdbpf_wants(d, true));
	if (!--bif->reading)
		bsdbpf_hook_del(bif);
}

/* Unlinks one descriptor; the interface's part stays. */
static void bsdbpf_if_unlink(struct bsdbpf_desc *d, struct bsdbpf_if *bif)
{
	bsdbpf_if_set_promisc(d, bif, false);
	if (d->fildrop)
		bsdbpf_fildrop_put(bif);
	bsdbpf_fanout_leave(d);
	if (d->writer)
		list_del(&d->writer_node);
	else
		bsdbpf_if_unlisten(d, bif);
	spin_lock_bh(&d->lock);
	bsdbpf_desc_freeze(d);
	RCU_INIT_POINTER(d->bif, NULL);
	bsdbpf_desc_thaw(d, false);
	spin_unlock_bh(&d->lock);
}

static void bsdbpf_if_tidy(struct bsdbpf_if *bif)
{
	if (!bif->reading && list_empty(&bif->writers))
		bsdbpf_if_del(bif);
}

/* From now on the records are this interface's; there are none yet. */
static void bsdbpf_if_anew(struct bsdbpf_desc *d, struct bsdbpf_if *bif, bool abi32)
{
	bool open;

	spin_lock_bh(&d->lock);
	open = bsdbpf_desc_freeze(d) || !rcu_access_pointer(d->bif);
	rcu_assign_pointer(d->bif, bif);
	d->rec.abi32 = abi32;
	bsdbpf_rec_layout(d, bif);
	bsdbpf_desc_reset_frozen(d);
	bsdbpf_desc_thaw(d, open);
	spin_unlock_bh(&d->lock);
	trace_attach(d, bif);
}

/* Links a descriptor that has no interface. */
static void bsdbpf_if_link(struct bsdbpf_desc *d, struct bsdbpf_if *bif,
			   struct bsdbpf_desc __rcu **place)
{
	if (d->writer)
		list_add_tail(&d->writer_node, &bif->writers);
	else
		bsdbpf_if_listen(d, bif, place);
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
	bsdbpf_if_tidy(bif);
}

/**
 * bsdbpf_if_attach() - BIOCSETIF
 * @d: descriptor with buffers; caller holds its ctl mutex
 * @name: interface name, NUL-terminated
 * @abi32: a 32-bit program will read the records
 *
 * May sleep, takes RTNL.  Resets the descriptor; drops promiscuity if the
 * interface is another one.  A down interface is fine.
 *
 * Return: 0, -ENXIO (no such interface in the descriptor's namespace, or no
 * link type for it), -ENOBUFS.  On error the old attachment stays.
 */
int bsdbpf_if_attach(struct bsdbpf_desc *d, const char *name, bool abi32)
{
	struct bsdbpf_desc __rcu **place = NULL;
	struct net_device *dev;
	bool writer;
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
		bsdbpf_if_anew(d, bif, abi32);
		goto unlock;
	}
	if (!bif)
		bif = bsdbpf_if_new(dev);
	if (IS_ERR(bif)) {
		err = PTR_ERR(bif);
		goto unlock;
	}
	writer = d->writer || READ_ONCE(bsdbpf_net_of(d->net)->optimize_writers);
	if (!writer) {
		place = bsdbpf_if_place(bif);
		err = place ? 0 : -ENOBUFS;
	}
	if (!err && d->fildrop)
		err = bsdbpf_fildrop_get(bif);
	if (err) {
		bsdbpf_if_tidy(bif);
		goto unlock;
	}
	bsdbpf_if_detach(d);
	d->writer = writer ? BSDBPF_WRITER : 0;
	bsdbpf_if_anew(d, bif, abi32);
	bsdbpf_if_link(d, bif, place);
unlock:
	rtnl_unlock();
	return err;
}

/**
 * bsdbpf_if_promote() - a writer shall see packets from now on
 * @d: descriptor; caller holds its ctl mutex, and RTNL
 *
 * May sleep.  Nothing happens to one that does already.
 *
 * Return: 0 or -ENOMEM; it stays a writer then.
 */
int bsdbpf_if_promote(struct bsdbpf_desc *d)
{
	struct bsdbpf_if *bif = rtnl_dereference(d->bif);
	struct bsdbpf_desc __rcu **place;

	if (d->writer && bif) {
		place = bsdbpf_if_place(bif);
		if (!place)
			return -ENOMEM;
		list_del(&d->writer_node);
		bsdbpf_if_listen(d, bif, place);
	}
	d->writer = 0;
	return 0;
}

/**
 * bsdbpf_if_fildrop() - BIOCSFILDROP
 * @d: descriptor; caller holds its ctl mutex
 * @fildrop: BPF_FILDROP_*
 *
 * May sleep, takes RTNL.
 *
 * Return: 0 or -ENOBUFS; on error nothing changes.
 */
int bsdbpf_if_fildrop(struct bsdbpf_desc *d, u8 fildrop)
{
	struct bsdbpf_if *bif;
	int err = 0;
	bool open;

	rtnl_lock();
	bif = rtnl_dereference(d->bif);
	if (bif && fildrop && !d->fildrop)
		err = bsdbpf_fildrop_get(bif);
	if (bif && !fildrop && d->fildrop)
		bsdbpf_fildrop_put(bif);
	if (!err) {
		spin_lock_bh(&d->lock);
		open = bsdbpf_desc_freeze(d);
		WRITE_ONCE(d->fildrop, fildrop);
		bsdbpf_rec_layout(d, bif);
		bsdbpf_desc_thaw(d, open);
		spin_unlock_bh(&d->lock);
	}
	rtnl_unlock();
	return err;
}

/**
 * bsdbpf_if_direction() - BIOCSDIRECTION
 * @d: descriptor; caller holds its ctl mutex
 * @direction: enum bpf_direction
 *
 * May sleep, takes RTNL.
 */
void bsdbpf_if_direction(struct bsdbpf_desc *d, u8 direction)
{
	struct bsdbpf_if *bif;
	int more;

	rtnl_lock();
	bif = rtnl_dereference(d->bif);
	more = -(int)bsdbpf_wants(d, true);
	WRITE_ONCE(d->direction, direction);
	bsdbpf_fanout_shown(d);
	more += bsdbpf_wants(d, true);
	if (bif && !d->writer)
		bsdbpf_if_sending(bif, more);
	rtnl_unlock();
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
	struct bsdbpf_readers *readers = rtnl_dereference(bif->readers);
	struct bsdbpf_desc *d, *next;
	u32 i;

	for (i = 0; readers && i < readers->room; i++) {
		d = bsdbpf_if_reader(readers, i);
		if (!d)
			continue;
		bsdbpf_if_unlink(d, bif);
		bsdbpf_desc_tell(d);
	}
	list_for_each_entry_safe(d, next, &bif->writers, writer_node) {
		bsdbpf_if_unlink(d, bif);
		bsdbpf_desc_tell(d);
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
	bsdbpf_hook_init();
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
	bsdbpf_hook_exit();
}
