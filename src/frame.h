/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A packet as a filter and a reader see it.  Knows neither descriptors nor hooks.
 */
#ifndef _BSDBPF_FRAME_H
#define _BSDBPF_FRAME_H

#include <linux/ktime.h>
#include <linux/skbuff.h>
#include "filter/cbpf.h"

struct bsdbpf_if;

/*
 * A packet as the frame that was on the link: link header in front, VLAN tag
 * in place.  Lives on the tap's stack; valid as long as the skb.
 *
 * Where the skb holds less or other bytes than the link had, a patch supplies
 * them: frame bytes [patch_off, patch_off + patch_len) are in patch[], those
 * before it are in the skb at off, those behind it at rest.
 */
struct bsdbpf_frame {
	struct cbpf_pkt pkt;		/* what filters run on */
	const struct sk_buff *skb;
	int off;			/* of frame byte 0, relative to skb->data */
	int rest;			/* as off, for bytes behind the patch */
	u32 readable;			/* bytes from its start that can be copied */
	u32 patch_off;
	u32 patch_len;			/* 0: the skb has it all */
	u8 patch[24] __aligned(4);
	u8 peek[64];			/* first bytes of a patched frame */
	bool tag_inside;		/* the skb's VLAN tag is in the patch */
	/* facts that the skb of a packet that is being sent may have wrong */
	bool outgoing;
	int network;			/* of the network header, as off */
};

/* frame.c: from skb to frame */
void bsdbpf_frame_init(struct bsdbpf_frame *frame, const struct sk_buff *skb,
		       const struct bsdbpf_if *bif, bool outgoing);
void bsdbpf_frame_whole(struct bsdbpf_frame *frame, const struct sk_buff *skb);
u8 bsdbpf_frame_type(const struct bsdbpf_frame *frame);
ktime_t bsdbpf_frame_stamp(const struct bsdbpf_frame *frame);
bool bsdbpf_frame_copy(const struct bsdbpf_frame *frame, u32 off, u32 len,
		       void *to);

/* ancillary.c: what is known of a frame besides its bytes */
bool bsdbpf_ancillary(const struct cbpf_pkt *pkt, enum cbpf_anc which, u32 a, u32 x,
		      u32 *val);

#endif /* _BSDBPF_FRAME_H */
