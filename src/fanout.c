// SPDX-License-Identifier: GPL-2.0
/*
 * Fan-out (BIOCSFANOUT): descriptors on one interface that share its packets, each
 * packet going to one of them.  Who gets it is settled before any filter runs, so
 * the members of a group should have the same filter and direction.
 *
 * Members stay in the interface's table of readers, which the tap passes over
 * for them (bsdbpf_desc.shown), and are in their group's table beside it.
 */
#include "bsdbpf.h"

#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/flow_dissector.h>

/* FreeBSD has no such thing; Linux's packet sockets have the same bound. */
#define BSDBPF_FANOUT_MAX	256

struct bsdbpf_group {
	struct list_head node;		/* in bif->groups; RTNL, RCU */
	u32 id;
	u32 mode;			/* BPF_FANOUT_* */
	atomic_t turn;			/* of BPF_FANOUT_RR and _ROLLOVER */
	u32 count;			/* of members; writers: RTNL */
	struct rcu_head rcu;
	struct bsdbpf_desc __rcu *members[BSDBPF_FANOUT_MAX];
};

static u32 bsdbpf_fanout_rollover(struct bsdbpf_group *group, u32 count,
				  const struct bsdbpf_frame *frame)
{
	u32 first = atomic_read(&group->turn), i, n;
	const struct bsdbpf_desc *d;
	struct bsdbpf_rec rec;

	for (i = 0; i < count; i++) {
		n = (first + i) % count;
		d = rcu_dereference_bh(group->members[n]);
		if (!d)
			continue;
		rec = d->rec;
		if (bsdbpf_store_room(&d->store, rec.align,
				      rec.hdrlen + frame->readable)) {
			if (i)
				atomic_set(&group->turn, n);
			return n;
		}
	}
	return first % count;
}

/**
 * bsdbpf_fanout_pick() - who of a group gets a packet
 * @group: one of bif->groups
 * @frame: the packet
 *
 * Softirq or with bottom halves off, which is the RCU read side.
 *
 * Return: a member, or NULL if it has just lost its last one.
 */
struct bsdbpf_desc *bsdbpf_fanout_pick(struct bsdbpf_group *group,
				       const struct bsdbpf_frame *frame)
{
	u32 count = READ_ONCE(group->count), n;

	if (!count)
		return NULL;
	switch (group->mode) {
	case BPF_FANOUT_HASH:
		/* the same for both directions of a connection */
		n = reciprocal_scale(__skb_get_hash_symmetric(frame->skb), count);
		break;
	case BPF_FANOUT_RR:
		n = (u32)atomic_inc_return(&group->turn) % count;
		break;
	case BPF_FANOUT_CPU:
		n = smp_processor_id() % count;
		break;
	default:
		n = bsdbpf_fanout_rollover(group, count, frame);
	}
	return rcu_dereference_bh(group->members[n]);
}

/**
 * bsdbpf_fanout_shown() - work out which packets the tap itself shows a descriptor
 * @d: descriptor; caller holds RTNL
 *
 * Release: who sees that it is shown packets sees that it has left its group.
 */
void bsdbpf_fanout_shown(struct bsdbpf_desc *d)
{
	/* as said above; whoever leaves the group did so before */
	smp_store_release(&d->shown, rtnl_dereference(d->group) ? 0 : bsdbpf_ways(d));
}

/* NULL if the interface has no such group. */
static struct bsdbpf_group *bsdbpf_fanout_find(const struct bsdbpf_if *bif, u32 id)
{
	struct bsdbpf_group *group;

	list_for_each_entry(group, &bif->groups, node)
		if (group->id == id)
			return group;
	return NULL;
}

static struct bsdbpf_group *bsdbpf_fanout_new(u32 id, u32 mode)
{
	struct bsdbpf_group *group = kzalloc(sizeof(*group), GFP_KERNEL_ACCOUNT);

	if (group) {
		group->id = id;
		group->mode = mode;
	}
	return group;
}

/**
 * bsdbpf_fanout_leave() - a descriptor leaves its group, if it is in one
 * @d: descriptor; caller holds RTNL
 *
 * A packet that was given to it before may still be stored.
 */
void bsdbpf_fanout_leave(struct bsdbpf_desc *d)
{
	struct bsdbpf_group *group = rtnl_dereference(d->group);
	struct bsdbpf_if *bif = rtnl_dereference(d->bif);
	u32 i = 0, last;

	if (!group)
		return;
	while (rtnl_dereference(group->members[i]) != d)
		i++;
	/* the last one takes its place; for a moment it has two */
	last = group->count - 1;
	rcu_assign_pointer(group->members[i],
			   rtnl_dereference(group->members[last]));
	/* behind the move: who counts one less finds the moved one in its new place */
	smp_store_release(&group->count, last);
	/* pairs with the tap's look at it: no packet goes both ways */
	RCU_INIT_POINTER(d->group, NULL);
	bsdbpf_fanout_shown(d);
	if (!last) {
		list_del_rcu(&group->node);
		WRITE_ONCE(bif->plain, bif->ethernet && list_empty(&bif->groups));
		kfree_rcu(group, rcu);
	}
}

/* Return: 0, -EINVAL, -ENOBUFS (no memory, or too many). */
static int bsdbpf_fanout_join(struct bsdbpf_desc *d, struct bsdbpf_if *bif,
			      u32 id, u32 mode)
{
	struct bsdbpf_group *old = bsdbpf_fanout_find(bif, id), *group = old;

	if (rtnl_dereference(d->group))
		return -EINVAL;
	if (old && old->mode != mode)
		return -EINVAL;
	if (!old)
		group = bsdbpf_fanout_new(id, mode);
	if (!group || group->count == BSDBPF_FANOUT_MAX)
		return -ENOBUFS;
	/* who asks for a part of the packets wants packets */
	if (bsdbpf_if_promote(d)) {
		if (!old)
			kfree(group);
		return -ENOBUFS;
	}
	if (!old) {
		list_add_tail_rcu(&group->node, &bif->groups);
		WRITE_ONCE(bif->plain, false);
	}
	rcu_assign_pointer(d->group, group);
	bsdbpf_fanout_shown(d);
	rcu_assign_pointer(group->members[group->count], d);
	/* behind the member: who counts it finds it */
	smp_store_release(&group->count, group->count + 1);
	return 0;
}

/**
 * bsdbpf_fanout_set() - BIOCSFANOUT
 * @d: descriptor; caller holds its ctl mutex
 * @id: of the group
 * @mode: BPF_FANOUT_*
 *
 * May sleep, takes RTNL.  Ends with the attachment.
 *
 * Return: 0, -EINVAL (unattached, in a group already, another mode than the
 * group's, or not in any and it should leave), -ENOBUFS.
 */
int bsdbpf_fanout_set(struct bsdbpf_desc *d, u32 id, u32 mode)
{
	struct bsdbpf_if *bif;
	int err = -EINVAL;

	if (mode > BPF_FANOUT_ROLLOVER)
		return -EINVAL;
	rtnl_lock();
	bif = rtnl_dereference(d->bif);
	if (bif && mode) {
		err = bsdbpf_fanout_join(d, bif, id, mode);
	} else if (bif && rtnl_dereference(d->group)) {
		bsdbpf_fanout_leave(d);
		err = 0;
	}
	rtnl_unlock();
	return err;
}

/**
 * bsdbpf_fanout_get() - BIOCGFANOUT
 * @d: descriptor
 * @id: out: of its group, 0 if it is in none
 * @mode: out: BPF_FANOUT_*
 *
 * May sleep, takes RTNL.
 */
void bsdbpf_fanout_get(const struct bsdbpf_desc *d, u32 *id, u32 *mode)
{
	const struct bsdbpf_group *group;

	rtnl_lock();
	group = rtnl_dereference(d->group);
	*id = group ? group->id : 0;
	*mode = group ? group->mode : BPF_FANOUT_NONE;
	rtnl_unlock();
}

/**
 * bsdbpf_fanout_next() - walk an interface's groups
 * @bif: interface; caller is in an RCU read side
 * @group: where the walk is, NULL at first
 *
 * Return: the next group, NULL behind the last.
 */
struct bsdbpf_group *bsdbpf_fanout_next(const struct bsdbpf_if *bif,
					struct bsdbpf_group *group)
{
	struct list_head *at = group ? &group->node :
				       (struct list_head *)&bif->groups;

	return list_next_or_null_rcu((struct list_head *)&bif->groups, at,
				     struct bsdbpf_group, node);
}
