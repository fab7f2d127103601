// SPDX-License-Identifier: GPL-2.0
/*
 * The packet hook: shows each packet of an interface to the descriptors on it.
 * The fast path; neither allocates, sleeps nor prints.  LOCKING MODEL in
 * bsdbpf.h says why it is right.
 */
#include "bsdbpf.h"

#include <linux/rculist.h>
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

/* Stores an accepted packet.  Returns whether readers must be woken. */
static bool bsdbpf_accept(struct bsdbpf_desc *d, struct bsdbpf_frame *frame,
			  u32 snap)
{
	bool first = !d->buf.store_len, wake = false;

	d->match++;
	/* fildrop.c will take it from the stack, and nobody wants to see it */
	if (unlikely(d->fildrop == BPF_FILDROP_DROP) &&
	    frame->skb->pkt_type != PACKET_OUTGOING)
		return false;
	if (!bsdbpf_buf_append(d, frame, snap, &wake)) {
		d->drop++;
		return false;
	}
	if (first || wake)
		bsdbpf_wait_start(d);
	return wake || d->immediate || d->poll_state == BSDBPF_POLL_EXPIRED;
}

static void bsdbpf_offer(struct bsdbpf_desc *d, const struct bsdbpf_if *bif,
			 struct bsdbpf_frame *frame)
{
	struct bsdbpf_prog *prog;
	bool wake;
	u32 snap;

again:
	prog = rcu_dereference(d->filter);
	snap = prog ? bsdbpf_prog_run(prog, &frame->pkt, &d->counts->fallback) :
		      CBPF_WHOLE;
	if (!snap) {
		this_cpu_inc(d->counts->rejects);
		return;
	}

	spin_lock(&d->lock);
	if (unlikely(rcu_access_pointer(d->bif) != bif)) {
		spin_unlock(&d->lock);
		return;
	}
	/*
	 * The filter was swapped meanwhile: what the old one said counts no
	 * more.  An equal pointer is the same program, since none is freed
	 * while this read side lasts.
	 */
	if (unlikely(rcu_access_pointer(d->filter) != prog)) {
		spin_unlock(&d->lock);
		goto again;
	}
	wake = bsdbpf_accept(d, frame, snap);
	spin_unlock(&d->lock);

	/* Still under RCU: the descriptor cannot have been freed. */
	if (wake)
		bsdbpf_desc_tell(d);
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
	struct bsdbpf_frame frame;
	struct bsdbpf_desc *d;

	/*
	 * The stack's own copy of what was sent, seen already: a multicast, or
	 * the echo of a CAN frame, which still belongs to the sender's socket.
	 */
	if (skb->pkt_type == PACKET_LOOPBACK ||
	    (bif->dlt == DLT_CAN_SOCKETCAN && !outgoing && skb->sk))
		goto out;
	if (outgoing && bsdbpf_write_hidden(skb, dev))
		goto out;

	bsdbpf_frame_init(&frame, skb, bif);
	list_for_each_entry_rcu(d, &bif->descs, if_node)
		if (bsdbpf_wants(d, outgoing))
			bsdbpf_offer(d, bif, &frame);
out:
	consume_skb(skb);
	return 0;
}
