// SPDX-License-Identifier: GPL-2.0
/*
 * From skb to frame: where the link header is, what a VLAN tag that the skb
 * carries aside looked like on the link, how to get at bytes in fragments.
 * The one place that knows how an skb is laid out.
 *
 * Works on a shared skb and never changes it.
 */
#include "bsdbpf.h"

#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>

/**
 * bsdbpf_frame_copy() - copy bytes of the frame
 * @frame: the frame
 * @off: first byte, counted from the link header
 * @len: how many; @off + @len is at most frame->readable
 * @to: where to
 *
 * Any context.  Follows fragments and fragment lists.
 *
 * Return: false if the skb is not what it said it is; @to is undefined then.
 */
bool bsdbpf_frame_copy(const struct bsdbpf_frame *frame, u32 off, u32 len,
		       void *to)
{
	const u32 patch_end = frame->patch_off + frame->patch_len;
	u32 n;

	if (off < frame->patch_off) {
		n = min(len, frame->patch_off - off);
		if (skb_copy_bits(frame->skb, frame->off + (int)off, to, n))
			return false;
		off += n;
		len -= n;
		to += n;
	}
	if (len && off < patch_end) {
		n = min(len, patch_end - off);
		memcpy(to, frame->patch + off - frame->patch_off, n);
		off += n;
		len -= n;
		to += n;
	}
	return !len ||
	       !skb_copy_bits(frame->skb, frame->rest + (int)off, to, len);
}

/* What a filter calls for bytes that are not in pkt.head. */
static bool bsdbpf_frame_fetch(const struct cbpf_pkt *pkt, u32 off, u32 len,
			       void *to)
{
	const struct bsdbpf_frame *frame =
		container_of(pkt, struct bsdbpf_frame, pkt);

	return len <= frame->readable && off <= frame->readable - len &&
	       bsdbpf_frame_copy(frame, off, len, to);
}

/*
 * The first bytes of a patched frame are laid out anew, so that a filter finds
 * nearly all that it asks for without a call.
 */
static void bsdbpf_frame_peek(struct bsdbpf_frame *frame)
{
	frame->pkt.head = frame->peek;
	frame->pkt.headlen = min_t(u32, frame->readable, sizeof(frame->peek));
	if (!bsdbpf_frame_copy(frame, 0, frame->pkt.headlen, frame->peek))
		frame->pkt.headlen = 0;
}

/*
 * Received VLAN tags are always taken out of the frame, and sent ones are put
 * in only by the hardware where that can do it: filters and readers shall see
 * the frame that is on the link.
 */
static void bsdbpf_frame_insert_tag(struct bsdbpf_frame *frame)
{
	const __be16 tag[2] = {
		frame->skb->vlan_proto,
		htons(skb_vlan_tag_get(frame->skb)),
	};

	memcpy(frame->patch, tag, sizeof(tag));
	frame->patch_off = 2 * ETH_ALEN;
	frame->patch_len = VLAN_HLEN;
	frame->rest = frame->off - VLAN_HLEN;
	frame->pkt.wirelen += VLAN_HLEN;
	frame->readable += VLAN_HLEN;
	bsdbpf_frame_peek(frame);
}

/*
 * struct can_frame has its identifier in host order, DLT_CAN_SOCKETCAN in
 * network order.
 */
static void bsdbpf_frame_swap_can_id(struct bsdbpf_frame *frame)
{
	u32 id;

	memcpy(&id, frame->pkt.head, sizeof(id));
	id = (__force u32)htonl(id);
	memcpy(frame->patch, &id, sizeof(id));
	frame->patch_len = sizeof(id);
	bsdbpf_frame_peek(frame);
}

/**
 * bsdbpf_frame_init() - look at an skb as the frame that was on the link
 * @frame: to fill in
 * @skb: a packet as taps get it: data at the link header if it is being sent,
 *	at the network header if it was received; may be shared
 * @bif: interface it was seen on
 *
 * Softirq or with bottom halves off.  An interface without a link header has
 * frames that begin with the network header: skb_mac_header() may then point
 * at what a tunnel has taken off.
 */
void bsdbpf_frame_init(struct bsdbpf_frame *frame, const struct sk_buff *skb,
		       const struct bsdbpf_if *bif)
{
	int off = 0;

	if (dev_has_header(bif->dev) && skb_mac_header_was_set(skb))
		off = skb_mac_header(skb) - skb->data;

	frame->skb = skb;
	frame->off = off;
	frame->rest = off;
	frame->patch_off = 0;
	frame->patch_len = 0;
	frame->pkt.head = skb->data + off;
	frame->pkt.headlen = skb_headlen(skb) - off;
	frame->pkt.wirelen = skb->len - off;
	frame->pkt.fetch = bsdbpf_frame_fetch;
	frame->readable = skb_frags_readable(skb) ? frame->pkt.wirelen :
						    frame->pkt.headlen;
	if (bif->dlt == DLT_EN10MB && skb_vlan_tag_present(skb) &&
	    frame->pkt.headlen >= 2 * ETH_ALEN)
		bsdbpf_frame_insert_tag(frame);
	else if (bif->dlt == DLT_CAN_SOCKETCAN &&
		 frame->pkt.headlen >= sizeof(u32))
		bsdbpf_frame_swap_can_id(frame);
}
