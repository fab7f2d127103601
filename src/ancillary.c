// SPDX-License-Identifier: GPL-2.0
/*
 * Facts about a packet that are not in it, for filters that were made for Linux
 * (cbpf.h): the values that a packet socket's filter gets in the kernel this runs
 * on.  What is not a field of the skb is found out only when a filter asks.
 */
#include "bsdbpf.h"

#include <linux/dccp.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_vlan.h>
#include <linux/igmp.h>
#include <linux/random.h>
#include <linux/sctp.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/flow_dissector.h>

/* Length of the transport header, 0 if it is not known. */
static u32 bsdbpf_transport_len(const struct sk_buff *skb,
				const struct flow_keys_basic *keys)
{
	const u8 *doff;
	u8 copy;

	switch (keys->basic.ip_proto) {
	case IPPROTO_TCP:
		doff = skb_header_pointer(skb, keys->control.thoff + 12, 1, &copy);
		if (!doff)
			return 0;
		return max_t(u32, sizeof(struct tcphdr), (*doff & 0xf0) >> 2);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return sizeof(struct udphdr);
	case IPPROTO_ICMP:
		return sizeof(struct icmphdr);
	case IPPROTO_ICMPV6:
		return sizeof(struct icmp6hdr);
	case IPPROTO_IGMP:
		return sizeof(struct igmphdr);
	case IPPROTO_DCCP:
		return sizeof(struct dccp_hdr);
	case IPPROTO_SCTP:
		return sizeof(struct sctphdr);
	}
	return 0;
}

/*
 * Where the payload begins, as skb_get_poff() has it, which is not exported.  The
 * dissector counts from skb->data, a filter from the beginning of the frame.
 */
static u32 bsdbpf_payload(const struct bsdbpf_frame *frame)
{
	const struct sk_buff *skb = frame->skb;
	struct flow_keys_basic keys;
	const void *data = NULL;
	u32 off;

	/* where the skb's own idea is wrong, see bsdbpf_frame_facts() */
	if (unlikely(frame->network != skb_network_offset(skb)))
		data = skb->data;
	if (!skb_flow_dissect_flow_keys_basic(NULL, skb, &keys, data,
					      skb_vlan_tag_present(skb) ?
					      skb->vlan_proto : skb->protocol,
					      frame->network, skb_headlen(skb), 0))
		return 0;
	off = keys.control.thoff - frame->rest;
	/* only the first fragment has a transport header */
	if ((keys.control.flags & FLOW_DIS_IS_FRAGMENT) &&
	    !(keys.control.flags & FLOW_DIS_FIRST_FRAG))
		return off;
	return off + bsdbpf_transport_len(skb, &keys);
}

/**
 * bsdbpf_ancillary() - get a value of Linux's loads
 * @pkt: packet, part of a frame
 * @which: value
 * @a: register A; not used
 * @x: register X; not used
 * @val: where to store the value
 *
 * Any context.
 *
 * Return: false if the frame has none.
 */
bool bsdbpf_ancillary(const struct cbpf_pkt *pkt, enum cbpf_anc which, u32 a, u32 x,
		      u32 *val)
{
	const struct bsdbpf_frame *frame =
		container_of(pkt, struct bsdbpf_frame, pkt);
	const struct sk_buff *skb = frame->skb;

	switch (which) {
	case CBPF_ANC_PROTOCOL:
		*val = ntohs(skb->protocol);
		return true;
	case CBPF_ANC_PKTTYPE:
		*val = bsdbpf_frame_type(frame);
		return true;
	case CBPF_ANC_IFINDEX:
		*val = skb->dev->ifindex;
		return true;
	case CBPF_ANC_MARK:
		*val = skb->mark;
		return true;
	case CBPF_ANC_QUEUE:
		*val = skb->queue_mapping;
		return true;
	case CBPF_ANC_HATYPE:
		*val = skb->dev->type;
		return true;
	case CBPF_ANC_RXHASH:
		*val = skb->hash;
		return true;
	case CBPF_ANC_CPU:
		*val = raw_smp_processor_id();
		return true;
	case CBPF_ANC_VLAN_TAG:
		*val = skb_vlan_tag_get(skb);
		return true;
	case CBPF_ANC_VLAN_TAG_PRESENT:
		*val = skb_vlan_tag_present(skb) && !frame->tag_inside;
		return true;
	case CBPF_ANC_VLAN_TPID:
		*val = ntohs(skb->vlan_proto);
		return true;
	case CBPF_ANC_PAY_OFFSET:
		*val = bsdbpf_payload(frame);
		return true;
	case CBPF_ANC_RANDOM:
		*val = get_random_u32();
		return true;
	default:
		return false;
	}
}
