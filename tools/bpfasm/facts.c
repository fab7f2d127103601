// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What of Linux's loads (cbpf.h) can be answered for a packet in a file: what its
 * link header says.  bpfrun(1) has the list.
 */
#include "capture.h"

#include <stdlib.h>

/* One of them, as a number in the link header. */
struct field {
	enum cbpf_anc which;
	u32 off;
	u32 size;
};

static const struct field sll[] = {
	{ CBPF_ANC_PKTTYPE, 0, 2 }, { CBPF_ANC_HATYPE, 2, 2 }, { CBPF_ANC_PROTOCOL, 14, 2 }, {}
};

static const struct field sll2[] = {
	{ CBPF_ANC_PROTOCOL, 0, 2 }, { CBPF_ANC_IFINDEX, 4, 4 }, { CBPF_ANC_HATYPE, 8, 2 },
	{ CBPF_ANC_PKTTYPE, 10, 1 }, {}
};

static const struct {
	int dlt;
	u32 network;
	const struct field *fields;
} links[] = {
	{ DLT_LINUX_SLL, 16, sll }, { DLT_LINUX_SLL2, 20, sll2 },
	{ DLT_RAW, 0, NULL }, { DLT_NULL, 4, NULL }, {}
};

static bool in_bytes(const struct cbpf_pkt *pkt, u32 off, u32 size, u32 *val)
{
	if (pkt->headlen < off + size)
		return false;
	for (*val = 0; size--; off++)
		*val = *val << 8 | pkt->head[off];
	return true;
}

static bool in_header(const struct cbpf_pkt *pkt, const struct field *f, enum cbpf_anc which,
		      u32 *val)
{
	for (; f && f->size; f++)
		if (f->which == which)
			return in_bytes(pkt, f->off, f->size, val);
	return false;
}

/* Behind the tags; libpcap's files have them in their place. */
static bool ethernet(const struct cbpf_pkt *pkt, u32 *network, u32 *type)
{
	for (*network = 14; in_bytes(pkt, *network - 2, 2, type); *network += 4)
		if (*type != 0x8100 && *type != 0x88a8)
			return true;
	return false;
}

static bool answer(const struct cbpf_pkt *pkt, enum cbpf_anc which, u32 a, u32 x, u32 *val)
{
	const struct facts *facts = (const struct facts *)pkt;

	(void)a;
	(void)x;
	switch (which) {
	case CBPF_ANC_VLAN_TAG:
	case CBPF_ANC_VLAN_TAG_PRESENT:
	case CBPF_ANC_VLAN_TPID:
		*val = 0;
		return true;
	case CBPF_ANC_RANDOM:
		*val = random() ^ (u32)random() << 16;
		return true;
	default:
		break;
	}
	if (facts->dlt == DLT_EN10MB && which == CBPF_ANC_PROTOCOL)
		return ethernet(pkt, &(u32){ 0 }, val);
	*val = 1;	/* ARPHRD_ETHER */
	return (facts->dlt == DLT_EN10MB && which == CBPF_ANC_HATYPE) ||
	       in_header(pkt, facts->fields, which, val);
}

/**
 * facts_of() - what is known of the packets of a file
 * @facts: to fill in
 * @dlt: link type of the file
 */
void facts_of(struct facts *facts, int dlt)
{
	size_t i;

	*facts = (struct facts){ .pkt.ancillary = answer, .dlt = dlt,
				 .network = CBPF_NO_NETWORK };
	for (i = 0; links[i].dlt || links[i].network; i++)
		if (links[i].dlt == dlt) {
			facts->network = links[i].network;
			facts->fields = links[i].fields;
		}
}

/**
 * facts_packet() - turn to a packet
 * @facts: of its file
 * @packet: the packet
 * @bytes: its bytes
 */
void facts_packet(struct facts *facts, const struct packet *packet, const u8 *bytes)
{
	struct cbpf_pkt *pkt = &facts->pkt;

	pkt->head = bytes;
	pkt->headlen = packet->head.caplen;
	pkt->wirelen = packet->head.len;
	pkt->network = facts->network;
	if (facts->dlt == DLT_EN10MB && !ethernet(pkt, &pkt->network, &(u32){ 0 }))
		pkt->network = CBPF_NO_NETWORK;
}
