// SPDX-License-Identifier: GPL-2.0
/*
 * The tap: shows each packet of an interface to the descriptors on it,
 * and stores it for those that accept it.  The fast path; neither allocates,
 * sleeps nor prints.  LOCKING MODEL in bsdbpf.h and PROTOCOL in store.h say why
 * it is right.
 */
#include "bsdbpf.h"

#include <linux/skbuff.h>

/**
 * bsdbpf_wants() - does the descriptor want packets of this direction at all
 * @d: descriptor
 * @outgoing: the packet is being sent
 */
bool bsdbpf_wants(const struct bsdbpf_desc *d, bool outgoing)
{
	u8 direction = READ_ONCE(d->direction);

	return direction == BPF_D_INOUT ||
	       (direction == BPF_D_OUT) == outgoing;
}

/* What became of an accepted packet. */
enum bsdbpf_fate {
	BSDBPF_STORED,
	BSDBPF_DROPPED,		/* and counted */
	BSDBPF_RETRY,		/* there may be room now */
	BSDBPF_OUTDATED,	/* what it was judged by has changed */
};

/* Where its record goes, and how it looks. */
struct bsdbpf_place {
	struct bsdbpf_room room;
	struct bsdbpf_rec rec;
	ktime_t stamp;
	u32 caplen;
};

/* Takes the way of a rotation, or of a drop. */
static enum bsdbpf_fate bsdbpf_make_room(struct bsdbpf_desc *d, u32 epoch,
					 const struct bsdbpf_place *place)
{
	const u32 len = place->rec.hdrlen + place->caplen;
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
	} else if (!bsdbpf_store_fits(s, bsdbpf_store_look(s),
				      place->rec.align, len)) {
		if (!bsdbpf_desc_rotate(d)) {
			lost = d->headdrop ? bsdbpf_store_behead(s) : 0;
			WRITE_ONCE(d->drop, d->drop + lost);
			if (!lost || !bsdbpf_desc_rotate(d))
				fate = BSDBPF_DROPPED;
		}
		news = fate == BSDBPF_RETRY ? s->other == BSDBPF_OTHER_HOLD :
					      bsdbpf_store_shut(s);
	}
	if (fate == BSDBPF_DROPPED)
		WRITE_ONCE(d->drop, d->drop + 1);
	spin_unlock(&d->lock);
	if (news)
		bsdbpf_desc_tell(d);
	return fate;
}

/*
 * Reserves room for a record.  One that is larger than an empty buffer is cut to
 * fit; one whose header alone does not fit is dropped.
 */
static enum bsdbpf_fate bsdbpf_reserve(struct bsdbpf_desc *d, u32 epoch,
				       const struct bsdbpf_frame *frame,
				       u32 snap, struct bsdbpf_place *place)
{
	struct bsdbpf_store *s = &d->store;
	enum bsdbpf_fate fate;
	u32 limit, len;
	u64 word;

	for (;;) {
		word = bsdbpf_store_look(s);
		/* read between word and exchange, so it belongs to word */
		place->rec = d->rec;
		limit = READ_ONCE(s->limit);
		if (unlikely(READ_ONCE(d->epoch) != epoch))
			return BSDBPF_OUTDATED;
		len = min(snap, frame->readable);
		if (unlikely(place->rec.hdrlen + len > limit))
			len = limit - min_t(u32, place->rec.hdrlen, limit);
		place->caplen = len;
		len += place->rec.hdrlen;
		if (unlikely(!bsdbpf_store_fits(s, word, place->rec.align, len))) {
			fate = bsdbpf_make_room(d, epoch, place);
			if (fate != BSDBPF_RETRY)
				return fate;
			continue;
		}
		if (bsdbpf_rec_stamp(d, &place->rec, frame, word,
				     &place->stamp) &&
		    bsdbpf_store_reserve(s, word, place->rec.align, len,
					 &place->room))
			return BSDBPF_STORED;
	}
}

/* The last one out of a buffer that is closing. */
static void bsdbpf_publish(struct bsdbpf_desc *d)
{
	spin_lock(&d->lock);
	bsdbpf_store_publish(&d->store);
	spin_unlock(&d->lock);
	/* though it may be free, after a reset: a read may wait for just that */
	bsdbpf_desc_tell(d);
}

/* What follows a record: its buffer may be complete, somebody may wait for it. */
static void bsdbpf_stored(struct bsdbpf_desc *d, const struct bsdbpf_room *room)
{
	if (bsdbpf_store_commit(&d->store, room))
		bsdbpf_publish(d);
	if (unlikely(room->first) && bsdbpf_wait_limited(d)) {
		spin_lock(&d->lock);
		bsdbpf_wait_start(d);
		spin_unlock(&d->lock);
	}
	/* after the commit, a full barrier: pairs with bsdbpf_poll_eager() */
	if (READ_ONCE(d->eager))
		bsdbpf_desc_tell(d);
}

/* fildrop.c will take it from the stack, and nobody wants to see it. */
static enum bsdbpf_fate bsdbpf_keep(struct bsdbpf_desc *d, u32 epoch)
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

static noinline enum bsdbpf_fate bsdbpf_accept(struct bsdbpf_desc *d, u32 epoch,
				      const struct bsdbpf_frame *frame, u32 snap)
{
	struct bsdbpf_place place;
	enum bsdbpf_fate fate;
	u8 *to;

	if (unlikely(READ_ONCE(d->fildrop) == BPF_FILDROP_DROP) &&
	    !frame->outgoing)
		return bsdbpf_keep(d, epoch);
	fate = bsdbpf_reserve(d, epoch, frame, snap, &place);
	if (fate != BSDBPF_STORED)
		return fate;
	to = place.room.to + place.rec.hdrlen;
	bsdbpf_rec_write(d, &place.rec, frame, place.stamp, place.caplen,
			 place.room.to);
	if (likely(place.caplen <= frame->pkt.headlen))
		memcpy(to, frame->pkt.head, place.caplen);
	else if (!bsdbpf_frame_copy(frame, 0, place.caplen, to))
		memset(to, 0, place.caplen);
	bsdbpf_stored(d, &place.room);
	return fate;
}

/* By the interpreter, or whatever else is not just a call. */
static noinline u32 bsdbpf_judge_slowly(const struct bsdbpf_desc *d,
					const struct bsdbpf_frame *frame)
{
	const struct bsdbpf_prog *prog = rcu_dereference(d->filter);

	return prog ? bsdbpf_prog_run(prog, &frame->pkt, &d->counts->fallback) :
		      CBPF_WHOLE;
}

/*
 * The filter's verdict: bytes to store, 0 is none.  Generated code has no type for
 * kCFI, and reads no word that it has not written.
 */
static __always_inline __nocfi u32 bsdbpf_judge(const struct bsdbpf_desc *d,
						const struct bsdbpf_frame *frame)
{
	bsdbpf_native_fn *native = READ_ONCE(d->native);
	u32 words[CBPF_NATIVE_WORDS] __uninitialized;
	u64 verdict;

	if (likely(native)) {
		verdict = native(frame->pkt.head, frame->pkt.headlen,
				 frame->pkt.wirelen, words);
		if (likely(!(verdict & CBPF_UNDECIDED)))
			return verdict;
	}
	return bsdbpf_judge_slowly(d, frame);
}

static __always_inline __nocfi void bsdbpf_offer(struct bsdbpf_desc *d,
						 const struct bsdbpf_if *bif,
						 const struct bsdbpf_frame *frame)
{
	u32 snap, epoch;

	do {
		/* before what belongs to it: pairs with bsdbpf_desc_thaw() */
		epoch = smp_load_acquire(&d->epoch);
		snap = bsdbpf_judge(d, frame);
		if (likely(!snap)) {
			this_cpu_inc(d->counts->rejects);
			return;
		}
		if (unlikely(rcu_access_pointer(d->bif) != bif))
			return;
	} while (bsdbpf_accept(d, epoch, frame, snap) == BSDBPF_OUTDATED);
}

/* To one member of each group. */
static noinline void bsdbpf_deal(const struct bsdbpf_if *bif,
				 const struct bsdbpf_frame *frame, bool outgoing)
{
	struct bsdbpf_group *group = NULL;
	struct bsdbpf_desc *d;

	while ((group = bsdbpf_fanout_next(bif, group))) {
		d = bsdbpf_fanout_pick(group, frame);
		if (d && bsdbpf_wants(d, outgoing))
			bsdbpf_offer(d, bif, frame);
	}
}

/**
 * bsdbpf_tap_show() - show a packet to who wants packets of its direction
 * @bif: interface it is seen on
 * @skb: packet as taps get it, see bsdbpf_frame_init(); the contents are shared
 * @outgoing: it is being sent
 *
 * Softirq or with bottom halves off, under rcu_read_lock().
 */
void __nocfi bsdbpf_tap_show(const struct bsdbpf_if *bif, const struct sk_buff *skb,
			     bool outgoing)
{
	const struct bsdbpf_readers *readers = rcu_dereference(bif->readers);
	struct bsdbpf_frame frame __uninitialized;
	struct bsdbpf_desc *d;
	u32 i;

	if (outgoing && bsdbpf_write_hidden(skb, bif->dev))
		return;
	bsdbpf_frame_init(&frame, skb, bif, outgoing);
	for (i = 0; i < READ_ONCE(readers->used); i++) {
		d = rcu_dereference(readers->descs[i]);
		/* acquire: pairs with bsdbpf_fanout_leave() */
		if (d && !smp_load_acquire(&d->group) && bsdbpf_wants(d, outgoing))
			bsdbpf_offer(d, bif, &frame);
	}
	if (unlikely(!list_empty(&bif->groups)))
		bsdbpf_deal(bif, &frame, outgoing);
}

/**
 * bsdbpf_tap_rcv() - the packet_type hook
 * @skb: packet; one reference is ours, the contents are shared
 * @dev: interface it is seen on
 * @pt: hook, part of a struct bsdbpf_if
 * @orig_dev: interface it came in on first; not used
 *
 * Softirq or with bottom halves off, under rcu_read_lock(): called by
 * __netif_receive_skb_core() and dev_queue_xmit_nit().
 *
 * Return: 0; nobody looks.
 */
int bsdbpf_tap_rcv(struct sk_buff *skb, struct net_device *dev,
		   struct packet_type *pt, struct net_device *orig_dev)
{
	const struct bsdbpf_if *bif = container_of(pt, struct bsdbpf_if, pt);
	bool outgoing = skb->pkt_type == PACKET_OUTGOING;

	/*
	 * The stack's own copy of what was sent, seen already: a multicast, or
	 * the echo of a CAN frame, which still belongs to the sender's socket.
	 */
	if (skb->pkt_type != PACKET_LOOPBACK &&
	    (bif->dlt != DLT_CAN_SOCKETCAN || outgoing || !skb->sk))
		bsdbpf_tap_show(bif, skb, outgoing);
	consume_skb(skb);
	return 0;
}
