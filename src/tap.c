// SPDX-License-Identifier: GPL-2.0
/*
 * The tap: shows each packet of an interface to the descriptors on it,
 * and stores it for those that accept it.  The fast path; neither allocates,
 * sleeps nor prints.  LOCKING MODEL in bsdbpf.h and PROTOCOL in store.h say why
 * it is right.
 */
#include "bsdbpf.h"
#include "record.h"

#include <linux/skbuff.h>

/* What became of an accepted packet. */
enum bsdbpf_fate {
	BSDBPF_REJECTED,
	BSDBPF_STORED,
	BSDBPF_DROPPED,		/* and counted */
	BSDBPF_RETRY,		/* there may be room now */
	BSDBPF_OUTDATED,	/* what it was judged by has changed */
};

/* Where its record goes, and how it looks. */
struct bsdbpf_place {
	struct bsdbpf_room room;
	struct bsdbpf_rec rec;
	struct timespec64 time;
	u32 caplen;
};

/* Takes the way of a rotation; of a drop only where the lock has to tell. */
static noinline enum bsdbpf_fate bsdbpf_make_room(struct bsdbpf_desc *d, u32 epoch,
						  u32 align, u32 len)
{
	struct bsdbpf_store *s = &d->store;
	enum bsdbpf_fate fate = BSDBPF_RETRY;
	bool news = false;
	u32 lost;

	spin_lock(&d->lock);
	bsdbpf_desc_notice(d);
	if (d->epoch != epoch) {
		fate = BSDBPF_OUTDATED;
	} else if (len > s->limit) {
		fate = BSDBPF_DROPPED;
	} else if (!bsdbpf_store_fits(s, bsdbpf_store_look(s), align, len)) {
		if (!bsdbpf_desc_rotate(d)) {
			lost = d->headdrop ? bsdbpf_store_behead(s) : 0;
			if (lost)
				bsdbpf_loss_add(d, BSDBPF_LOSS_HEAD, lost);
			if (!lost || !bsdbpf_desc_rotate(d))
				fate = BSDBPF_DROPPED;
		}
		news = fate == BSDBPF_RETRY ? s->other == BSDBPF_OTHER_HOLD :
					      bsdbpf_store_shut(s);
	}
	if (fate == BSDBPF_DROPPED)
		bsdbpf_loss_add(d, bsdbpf_loss_of(s, len), 1);
	spin_unlock(&d->lock);
	if (news)
		bsdbpf_desc_tell(d);
	return fate;
}

/* Drops a record for which there is no room: in a flood that is most of the work. */
static __always_inline bool bsdbpf_drop_full(struct bsdbpf_desc *d, u64 word,
					     u32 align, u32 len)
{
	if (READ_ONCE(d->headdrop) || len > READ_ONCE(d->store.limit) ||
	    !bsdbpf_store_full(&d->store, word, align, len))
		return false;
	bsdbpf_loss_add(d, bsdbpf_loss_of(&d->store, len), 1);
	return true;
}

/*
 * Reserves room for a record.  One that is larger than an empty buffer is cut to
 * fit; one whose header alone does not fit is dropped.
 */
static __always_inline enum bsdbpf_fate
bsdbpf_reserve(struct bsdbpf_desc *d, u32 epoch, struct bsdbpf_frame *frame, u32 snap,
	       struct bsdbpf_place *place)
{
	const u32 wanted = min(snap, bsdbpf_frame_readable(frame));
	struct bsdbpf_store *s = &d->store;
	enum bsdbpf_fate fate;
	struct bsdbpf_rec rec;
	u32 limit, len;
	u64 word;

	for (;;) {
		word = bsdbpf_store_look(s);
		/* read between word and exchange, so it belongs to word */
		rec = d->rec;
		limit = READ_ONCE(s->limit);
		if (unlikely(READ_ONCE(d->epoch) != epoch))
			return BSDBPF_OUTDATED;
		len = wanted;
		if (unlikely(rec.hdrlen + len > limit))
			len = limit - min_t(u32, rec.hdrlen, limit);
		place->caplen = len;
		len += rec.hdrlen;
		if (unlikely(!bsdbpf_store_fits(s, word, rec.align, len))) {
			if (bsdbpf_drop_full(d, word, rec.align, len))
				return BSDBPF_DROPPED;
			fate = bsdbpf_make_room(d, epoch, rec.align, len);
			if (fate != BSDBPF_RETRY)
				return fate;
			continue;
		}
		if (bsdbpf_rec_stamp(d, &rec, frame, word, &place->time) &&
		    bsdbpf_store_reserve(s, word, rec.align, len, &place->room)) {
			place->rec = rec;
			return BSDBPF_STORED;
		}
	}
}

/* The last one out of a buffer that is closing. */
static noinline void bsdbpf_publish(struct bsdbpf_desc *d)
{
	spin_lock(&d->lock);
	bsdbpf_store_publish(&d->store);
	spin_unlock(&d->lock);
	/* though it may be free, after a reset: a read may wait for just that */
	bsdbpf_desc_tell(d);
}

static noinline void bsdbpf_follow(struct bsdbpf_desc *d, u8 follow, bool first)
{
	if (first && (follow & BSDBPF_FOLLOW_WAIT)) {
		spin_lock(&d->lock);
		bsdbpf_wait_start(d);
		spin_unlock(&d->lock);
	}
	if (follow & BSDBPF_FOLLOW_TELL)
		bsdbpf_desc_tell(d);
}

/* What follows a record: its buffer may be complete, somebody may wait for it. */
static __always_inline void bsdbpf_stored(struct bsdbpf_desc *d,
					  const struct bsdbpf_room *room)
{
	u8 follow;

	if (bsdbpf_store_commit(&d->store, room))
		bsdbpf_publish(d);
	/* after the commit, a full barrier: pairs with bsdbpf_poll_follow() */
	follow = READ_ONCE(d->follow);
	if (follow)
		bsdbpf_follow(d, follow, room->first);
}

/* fildrop.c will take it from the stack, and nobody wants to see it. */
static noinline enum bsdbpf_fate bsdbpf_keep(struct bsdbpf_desc *d, u32 epoch)
{
	enum bsdbpf_fate fate = BSDBPF_OUTDATED;

	spin_lock(&d->lock);
	if (d->epoch == epoch) {
		d->kept++;
		fate = BSDBPF_STORED;
	}
	spin_unlock(&d->lock);
	return fate;
}

/* By the interpreter, or whatever else is not just a call. */
static noinline u32 bsdbpf_judge_slowly(const struct bsdbpf_desc *d,
					struct bsdbpf_frame *frame)
{
	const struct bsdbpf_prog *prog = rcu_dereference_bh(d->filter);

	if (!prog)
		return CBPF_WHOLE;
	bsdbpf_frame_complete(frame);
	return bsdbpf_prog_run(prog, &frame->pkt, &d->counts->fallback);
}

/*
 * Is this still what judges packets?  Asked before room is reserved, and after the
 * store's word or the epoch was read: whoever sets another filter freezes the store
 * before and counts the epoch up behind, so one of these tells of him.  Code that
 * comes later is never where this one was: that is not freed while we run.
 */
static __always_inline bool bsdbpf_is_judge(const struct bsdbpf_desc *d,
					    bsdbpf_native_fn *native)
{
	return READ_ONCE(d->native) == native;
}

/* verdict: bytes to store, or that it takes more to decide; not 0 */
static __always_inline enum bsdbpf_fate
bsdbpf_take(struct bsdbpf_desc *d, const struct bsdbpf_if *bif,
	    struct bsdbpf_frame *frame, bsdbpf_native_fn *native, u64 verdict)
{
	/* before what belongs to it: pairs with bsdbpf_desc_thaw() */
	const u32 epoch = smp_load_acquire(&d->epoch);
	struct bsdbpf_place place __uninitialized;
	enum bsdbpf_fate fate;

	if (unlikely(!bsdbpf_is_judge(d, native)))
		return BSDBPF_OUTDATED;
	if (unlikely(verdict & CBPF_UNDECIDED)) {
		verdict = bsdbpf_judge_slowly(d, frame);
		if (!verdict) {
			this_cpu_inc(d->counts->rejects);
			return BSDBPF_REJECTED;
		}
	}
	if (unlikely(rcu_access_pointer(d->bif) != bif))
		return BSDBPF_REJECTED;
	if (unlikely(READ_ONCE(d->fildrop) == BPF_FILDROP_DROP) &&
	    !frame->outgoing)
		return bsdbpf_keep(d, epoch);
	fate = bsdbpf_reserve(d, epoch, frame, verdict, &place);
	if (fate != BSDBPF_STORED)
		return fate;
	bsdbpf_rec_write(d, &place.rec, frame, &place.time, place.caplen,
			 place.room.to);
	bsdbpf_frame_take(frame, place.caplen, place.room.to + place.rec.hdrlen);
	bsdbpf_stored(d, &place.room);
	return fate;
}

static noinline enum bsdbpf_fate
bsdbpf_take_frame(struct bsdbpf_desc *d, const struct bsdbpf_if *bif,
		  struct bsdbpf_frame *frame, bsdbpf_native_fn *native, u64 verdict)
{
	return bsdbpf_take(d, bif, frame, native, verdict);
}

static noinline enum bsdbpf_fate
bsdbpf_take_begun(struct bsdbpf_desc *d, const struct bsdbpf_if *bif,
		  const struct sk_buff *skb, bsdbpf_native_fn *native, u64 verdict,
		  bool outgoing)
{
	struct bsdbpf_frame frame __uninitialized;

	bsdbpf_frame_begin(&frame, skb, outgoing);
	return bsdbpf_take(d, bif, &frame, native, verdict);
}

/*
 * A plain packet for a plain record, as nearly all are, without a frame.  Whatever is
 * not as usual goes the other way.  What is read behind the word belongs to it, or
 * the reservation fails: that is changed only while the store is frozen.
 */
static __always_inline enum bsdbpf_fate
bsdbpf_take_plain(struct bsdbpf_desc *d, const struct bsdbpf_if *bif,
		  const struct sk_buff *skb, bsdbpf_native_fn *native, u64 verdict,
		  bool outgoing)
{
	struct bsdbpf_store *s = &d->store;
	const u64 word = bsdbpf_store_look(s);
	const u8 *head = bsdbpf_skb_head(skb, outgoing);
	const u32 wirelen = bsdbpf_skb_wirelen(skb, head);
	const u32 caplen = min_t(u64, verdict, wirelen);
	const u32 len = BSDBPF_TIGHT_LEN + caplen;
	struct bsdbpf_room room __uninitialized;
	ktime_t now;

	if (unlikely(verdict & CBPF_UNDECIDED) ||
	    unlikely(caplen > wirelen - skb->data_len) ||
	    unlikely(!bsdbpf_is_judge(d, native)) ||
	    unlikely(rcu_access_pointer(d->bif) != bif) ||
	    unlikely(!d->rec.tight) ||
	    (!outgoing && unlikely(skb->tstamp)))
		return bsdbpf_take_begun(d, bif, skb, native, verdict, outgoing);
	if (unlikely(!bsdbpf_store_easy(s, word, BSDBPF_TIGHT_ALIGN, len))) {
		if (bsdbpf_drop_full(d, word, BSDBPF_TIGHT_ALIGN, len))
			return BSDBPF_DROPPED;
		return bsdbpf_take_begun(d, bif, skb, native, verdict, outgoing);
	}
	now = ktime_get_real();
	if (unlikely(!bsdbpf_store_reserve(s, word, BSDBPF_TIGHT_ALIGN, len, &room)))
		return BSDBPF_OUTDATED;
	bsdbpf_rec_tight(now, caplen, wirelen, room.to);
	bsdbpf_frame_move(room.to + BSDBPF_TIGHT_LEN, head, caplen);
	bsdbpf_stored(d, &room);
	return BSDBPF_STORED;
}

static noinline enum bsdbpf_fate
bsdbpf_take_rcvd(struct bsdbpf_desc *d, const struct bsdbpf_if *bif,
		 const struct sk_buff *skb, bsdbpf_native_fn *native, u64 verdict)
{
	return bsdbpf_take_plain(d, bif, skb, native, verdict, false);
}

static noinline enum bsdbpf_fate
bsdbpf_take_sent(struct bsdbpf_desc *d, const struct bsdbpf_if *bif,
		 const struct sk_buff *skb, bsdbpf_native_fn *native, u64 verdict)
{
	return bsdbpf_take_plain(d, bif, skb, native, verdict, true);
}

/* A packet on its way past descriptors: as a frame, or plain and still without one. */
struct bsdbpf_sight {
	struct bsdbpf_frame *frame;
	const struct sk_buff *skb;	/* if there is no frame */
	const u8 *head;
	u32 headlen;
	u32 wirelen;
	bool outgoing;
};

/*
 * Shows a descriptor the packet.  The fast way is a rejected one's.  Generated code
 * has no type for kCFI.
 *
 * A verdict that is followed must be the current filter's at the moment for which
 * room is reserved; so whoever reserves asks again which code it is, see
 * bsdbpf_is_judge().  A rejected packet's is whatever it was.
 */
static __always_inline __nocfi void bsdbpf_offer(struct bsdbpf_desc *d,
						 const struct bsdbpf_if *bif,
						 const struct bsdbpf_sight *sight)
{
	bsdbpf_native_fn *native;
	enum bsdbpf_fate fate;
	u64 verdict;

	do {
		native = READ_ONCE(d->native);
		verdict = native(sight->head, sight->headlen, sight->wirelen);
		if (likely(!verdict)) {
			this_cpu_inc(d->counts->rejects);
			return;
		}
		if (sight->frame)
			fate = bsdbpf_take_frame(d, bif, sight->frame, native, verdict);
		else if (sight->outgoing)
			fate = bsdbpf_take_sent(d, bif, sight->skb, native, verdict);
		else
			fate = bsdbpf_take_rcvd(d, bif, sight->skb, native, verdict);
	} while (unlikely(fate == BSDBPF_OUTDATED));
}

static __always_inline __nocfi void bsdbpf_show(const struct bsdbpf_if *bif,
						const struct bsdbpf_sight *sight)
{
	struct bsdbpf_desc __rcu *const *at = rcu_dereference_bh(bif->readers)->descs;
	const u8 way = bsdbpf_way(sight->outgoing);
	struct bsdbpf_desc *d;

	/* the first one is always somebody */
	d = rcu_dereference_bh(*at);
	do {
		/* a byte: before a change or behind it */
		if (likely(data_race(d->shown) & way)) {
			/* pairs with bsdbpf_fanout_shown() */
			smp_acquire__after_ctrl_dep();
			bsdbpf_offer(d, bif, sight);
		}
		d = rcu_dereference_bh(*++at);
	} while (d);
}

/* To one member of each group. */
static __nocfi void bsdbpf_deal(const struct bsdbpf_if *bif,
				struct bsdbpf_frame *frame,
				const struct bsdbpf_sight *sight)
{
	struct bsdbpf_group *group = NULL;
	struct bsdbpf_desc *d;

	while ((group = bsdbpf_fanout_next(bif, group))) {
		d = bsdbpf_fanout_pick(group, frame);
		if (d && bsdbpf_wants(d, frame->outgoing))
			bsdbpf_offer(d, bif, sight);
	}
}

/* Any packet. */
static noinline __nocfi void bsdbpf_show_frame(const struct bsdbpf_if *bif,
					       const struct sk_buff *skb, bool outgoing)
{
	struct bsdbpf_frame frame __uninitialized;
	struct bsdbpf_sight sight;

	bsdbpf_frame_init(&frame, skb, bif, outgoing);
	sight.frame = &frame;
	sight.head = frame.pkt.head;
	sight.headlen = frame.pkt.headlen;
	sight.wirelen = frame.pkt.wirelen;
	sight.outgoing = outgoing;
	bsdbpf_show(bif, &sight);
	if (unlikely(!list_empty(&bif->groups)))
		bsdbpf_deal(bif, &frame, &sight);
}

/* Nearly any. */
static __always_inline __nocfi void bsdbpf_show_plain(const struct bsdbpf_if *bif,
						      const struct sk_buff *skb,
						      bool outgoing)
{
	const u8 *head = bsdbpf_skb_head(skb, outgoing);
	const u32 wirelen = bsdbpf_skb_wirelen(skb, head);
	const struct bsdbpf_sight sight = {
		.skb = skb,
		.head = head,
		.headlen = wirelen - skb->data_len,
		.wirelen = wirelen,
		.outgoing = outgoing,
	};

	bsdbpf_show(bif, &sight);
}

/**
 * bsdbpf_tap_sent() - show a packet that is being sent to who wants such packets
 * @bif: interface it is seen on
 * @skb: packet as taps get it, see bsdbpf_frame_init(); the contents are shared
 *
 * Softirq or with bottom halves off, which is the RCU read side that is needed.
 */
void __nocfi bsdbpf_tap_sent(const struct bsdbpf_if *bif, const struct sk_buff *skb)
{
	if (unlikely(bsdbpf_write_hidden(skb, bif->dev)))
		return;
	/* a byte: before a change or behind it */
	if (likely(data_race(bif->plain)) && bsdbpf_skb_plain(skb, true))
		bsdbpf_show_plain(bif, skb, true);
	else
		bsdbpf_show_frame(bif, skb, true);
}

/*
 * What is not just an Ethernet frame that was received.  The stack's own copy of what
 * was sent has been seen already: a multicast, or the echo of a CAN frame, which still
 * belongs to the sender's socket.
 */
static noinline void bsdbpf_rcv_rest(const struct bsdbpf_if *bif,
				     const struct sk_buff *skb)
{
	if (skb->pkt_type == PACKET_OUTGOING)
		bsdbpf_tap_sent(bif, skb);
	else if (skb->pkt_type != PACKET_LOOPBACK &&
		 (bif->dlt != DLT_CAN_SOCKETCAN || !skb->sk))
		bsdbpf_show_frame(bif, skb, false);
}

/**
 * bsdbpf_tap_rcv() - the packet_type hook
 * @skb: packet; one reference is ours, the contents are shared
 * @dev: interface it is seen on
 * @pt: hook, part of a struct bsdbpf_if
 * @orig_dev: interface it came in on first; not used
 *
 * Softirq or with bottom halves off: called by
 * __netif_receive_skb_core() and dev_queue_xmit_nit().
 *
 * Return: 0; nobody looks.
 */
int __nocfi bsdbpf_tap_rcv(struct sk_buff *skb, struct net_device *dev,
			   struct packet_type *pt, struct net_device *orig_dev)
{
	const struct bsdbpf_if *bif = container_of(pt, struct bsdbpf_if, pt);

	/* a byte: before a change or behind it */
	if (likely(data_race(bif->plain)) && likely(bsdbpf_skb_rcvd(skb)) &&
	    bsdbpf_skb_plain(skb, false))
		bsdbpf_show_plain(bif, skb, false);
	else
		bsdbpf_rcv_rest(bif, skb);
	/* consume_skb() without the call, since somebody else nearly always has it, too */
	if (unlikely(refcount_dec_and_test(&skb->users)))
		__kfree_skb(skb);
	return 0;
}
