// SPDX-License-Identifier: GPL-2.0
/*
 * From skb to frame: where the link header is, what a VLAN tag that the skb
 * carries aside looked like on the link, what a link type wants that the skb
 * has not, how to get at bytes in fragments.  The one place that knows how an
 * skb is laid out.
 *
 * Works on a shared skb and never changes it.
 */
#include "bsdbpf.h"

#include <linux/can.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>

#define BSDBPF_CAN_HDR		12	/* of CAN XL, the longest */
#define BSDBPF_NETLINK_HDR	16
#define BSDBPF_GRH_HDR		40	/* InfiniBand's global route header */
#define BSDBPF_GID_LEN		16	/* an address in it */

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
	frame->tag_inside = true;
	frame->rest = frame->off - VLAN_HLEN;
	frame->pkt.wirelen += VLAN_HLEN;
	frame->readable += VLAN_HLEN;
	bsdbpf_frame_peek(frame);
}

/*
 * Linux has a CAN header in host order, DLT_CAN_SOCKETCAN the identifier, or
 * the priority of CAN XL, in network order and what else CAN XL has in little
 * endian.  Readers tell CAN FD by its flag, which the stack sets and a packet
 * socket need not.
 */
static void bsdbpf_frame_can(struct bsdbpf_frame *frame)
{
	u8 *hdr = frame->patch;

	memcpy(hdr, frame->pkt.head, BSDBPF_CAN_HDR);
	cpu_to_be32s((u32 *)hdr);
	switch (frame->skb->protocol) {
	case htons(ETH_P_CAN):
		hdr[offsetof(struct canfd_frame, flags)] &= ~CANFD_FDF;
		break;
	case htons(ETH_P_CANFD):
		hdr[offsetof(struct canfd_frame, flags)] |= CANFD_FDF;
		break;
	case htons(ETH_P_CANXL):
		cpu_to_le16s((u16 *)(hdr + 6));
		cpu_to_le32s((u32 *)(hdr + 8));
		break;
	}
	frame->patch_len = BSDBPF_CAN_HDR;
	bsdbpf_frame_peek(frame);
}

/* Puts len bytes, which are in patch, in place of the first replaced ones. */
static void bsdbpf_frame_header(struct bsdbpf_frame *frame, u32 len,
				u32 replaced)
{
	const u32 longer = len - replaced;

	frame->patch_len = len;
	frame->rest = frame->off - (int)longer;
	frame->pkt.wirelen += longer;
	frame->readable += longer;
	bsdbpf_frame_peek(frame);
}

/*
 * Which netlink protocol it is, only the skb knows.  The fields are those of
 * DLT_LINUX_SLL, and unused where not set.
 */
static void bsdbpf_frame_netlink(struct bsdbpf_frame *frame)
{
	__be16 *hdr = (__be16 *)frame->patch;

	memset(hdr, 0, BSDBPF_NETLINK_HDR);
	hdr[0] = htons(bsdbpf_frame_type(frame));
	hdr[1] = htons(ARPHRD_NETLINK);
	hdr[7] = frame->skb->protocol;
	bsdbpf_frame_header(frame, BSDBPF_NETLINK_HDR, 0);
}

/*
 * Linux puts the receiver's hardware address in front of the IPoIB header: a
 * queue pair number and a GID (struct ipoib_pseudo_header).  DLT_IPOIB has a
 * global route header there, which ends with that GID; no more of it is known.
 */
static void bsdbpf_frame_ipoib(struct bsdbpf_frame *frame)
{
	memset(frame->patch, 0, BSDBPF_GRH_HDR - BSDBPF_GID_LEN);
	bsdbpf_frame_header(frame, BSDBPF_GRH_HDR - BSDBPF_GID_LEN, sizeof(u32));
}

/*
 * Where the frame begins, relative to skb->data.  Without a link header it is
 * the network header: skb_mac_header() may then point at what a tunnel has
 * taken off.  So it is where the link header is none that DLT_RAW could show:
 * the unfinished outer header of a GRE tunnel to anywhere, or 6LoWPAN's.
 */
static int bsdbpf_frame_start(const struct bsdbpf_frame *frame,
			      const struct bsdbpf_if *bif)
{
	const struct sk_buff *skb = frame->skb;

	if (!dev_has_header(bif->dev))
		return 0;
	if (bif->dlt == DLT_RAW)
		return frame->network;
	return !frame->outgoing && skb_mac_header_was_set(skb) ?
	       skb_mac_offset(skb) : 0;
}

/*
 * What packet_type hooks are told of a packet, also of one that has not been made
 * ready for them (dev_queue_xmit_nit()).  As it comes from its sender, its type is
 * whatever that left there, its network header may be nowhere, and its time is when
 * it shall be sent, if anything.
 */
static void bsdbpf_frame_facts(struct bsdbpf_frame *frame)
{
	int network = skb_network_offset(frame->skb);

	if (frame->outgoing &&
	    (network < 0 || network > (int)skb_headlen(frame->skb)))
		network = 0;
	frame->network = network;
}

/**
 * bsdbpf_frame_type() - how it came or goes: PACKET_HOST, PACKET_OUTGOING, ...
 * @frame: the frame
 */
u8 bsdbpf_frame_type(const struct bsdbpf_frame *frame)
{
	return frame->outgoing ? PACKET_OUTGOING : frame->skb->pkt_type;
}

/* Where a filter finds the network header. */
static u32 bsdbpf_frame_network(const struct bsdbpf_frame *frame)
{
	int network = frame->network - frame->rest;

	return network < 0 ? CBPF_NO_NETWORK : network;
}

/* The frame as it lies in the skb, from off on. */
static void bsdbpf_frame_plain(struct bsdbpf_frame *frame, int off)
{
	const struct sk_buff *skb = frame->skb;

	frame->off = off;
	frame->rest = off;
	frame->patch_off = 0;
	frame->patch_len = 0;
	frame->tag_inside = false;
	frame->complete = true;
	frame->pkt.head = skb->data + off;
	frame->pkt.headlen = skb_headlen(skb) - off;
	frame->pkt.wirelen = skb->len - off;
	frame->pkt.fetch = bsdbpf_frame_fetch;
	frame->readable = skb_frags_readable(skb) ? frame->pkt.wirelen :
						    frame->pkt.headlen;
	frame->pkt.network = bsdbpf_frame_network(frame);
}

/**
 * bsdbpf_frame_whole() - look at an skb that is a frame from its first byte on
 * @frame: to fill in
 * @skb: a frame that somebody wrote
 */
void bsdbpf_frame_whole(struct bsdbpf_frame *frame, const struct sk_buff *skb)
{
	frame->skb = skb;
	frame->outgoing = true;
	/* nothing is known of it yet but its bytes */
	frame->pkt.ancillary = NULL;
	bsdbpf_frame_facts(frame);
	bsdbpf_frame_plain(frame, 0);
}

/**
 * bsdbpf_frame_complete() - find out the rest about a frame
 * @frame: from bsdbpf_frame_begin()
 *
 * Softirq or with bottom halves off.
 */
void bsdbpf_frame_complete(struct bsdbpf_frame *frame)
{
	if (frame->complete)
		return;
	frame->pkt.ancillary = bsdbpf_ancillary;
	bsdbpf_frame_facts(frame);
	bsdbpf_frame_plain(frame, frame->pkt.head - frame->skb->data);
}

/**
 * bsdbpf_frame_init() - look at an skb as the frame that was on the link
 * @frame: to fill in
 * @skb: a packet as taps get it: data at the link header if it is being sent,
 *	at the network header if it was received; may be shared
 * @bif: interface it was seen on
 * @outgoing: it is being sent
 *
 * Softirq or with bottom halves off.
 */
void bsdbpf_frame_init(struct bsdbpf_frame *frame, const struct sk_buff *skb,
		       const struct bsdbpf_if *bif, bool outgoing)
{
	frame->skb = skb;
	frame->outgoing = outgoing;
	frame->pkt.ancillary = bsdbpf_ancillary;
	bsdbpf_frame_facts(frame);
	bsdbpf_frame_plain(frame, bsdbpf_frame_start(frame, bif));
	switch (bif->dlt) {
	case DLT_EN10MB:
		if (skb_vlan_tag_present(skb) &&
		    frame->pkt.headlen >= 2 * ETH_ALEN)
			bsdbpf_frame_insert_tag(frame);
		break;
	case DLT_CAN_SOCKETCAN:
		if (frame->pkt.headlen >= BSDBPF_CAN_HDR)
			bsdbpf_frame_can(frame);
		break;
	case DLT_NETLINK:
		bsdbpf_frame_netlink(frame);
		break;
	case DLT_IPOIB:
		if (frame->pkt.headlen >= sizeof(u32))
			bsdbpf_frame_ipoib(frame);
		break;
	}
	frame->pkt.network = bsdbpf_frame_network(frame);
}
