/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A packet as a filter and a reader see it.  Knows neither descriptors nor hooks.
 */
#ifndef _BSDBPF_FRAME_H
#define _BSDBPF_FRAME_H

#include <linux/if_vlan.h>
#include <linux/ktime.h>
#include <linux/skbuff.h>
#include "compat.h"
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
	bool complete;			/* else as bsdbpf_frame_begin() left it */
	/* facts that the skb of a packet that is being sent may have wrong */
	bool outgoing;
	int network;			/* of the network header, as off */
};

/* frame.c: from skb to frame */
void bsdbpf_frame_init(struct bsdbpf_frame *frame, const struct sk_buff *skb,
		       const struct bsdbpf_if *bif, bool outgoing);
void bsdbpf_frame_whole(struct bsdbpf_frame *frame, const struct sk_buff *skb);
void bsdbpf_frame_complete(struct bsdbpf_frame *frame);
u8 bsdbpf_frame_type(const struct bsdbpf_frame *frame);
bool bsdbpf_frame_copy(const struct bsdbpf_frame *frame, u32 off, u32 len,
		       void *to);

/**
 * bsdbpf_write_hidden() - is this the original of a frame that was fed back
 * @skb: a packet that is being sent
 * @dev: by this interface
 *
 * It shall not be seen by taps.  What a tap gets is a clone, so the mark is in what
 * clones share: the argument of a destructor, which a frame from our own memory has
 * not.  It is the interface, so nobody hides the frame where it is forwarded to, and no
 * program can choose it.
 */
static __always_inline bool bsdbpf_write_hidden(const struct sk_buff *skb,
						const struct net_device *dev)
{
	return skb_shinfo(skb)->destructor_arg == dev;
}

/**
 * bsdbpf_skb_plain() - does a packet lie in its skb as it is on the link
 * @skb: packet as taps get it, of an interface with Ethernet headers
 * @outgoing: it is being sent
 *
 * Nearly all do.
 */
static __always_inline bool bsdbpf_skb_plain(const struct sk_buff *skb, bool outgoing)
{
	return likely(!skb_vlan_tag_present(skb)) &&
	       (outgoing || likely(skb_mac_header_was_set(skb)));
}

/**
 * bsdbpf_skb_rcvd() - was a packet that a packet_type hook gets simply received
 * @skb: packet
 *
 * Return: false if it was sent, also to oneself (pkt_type from PACKET_OUTGOING on).
 */
static __always_inline bool bsdbpf_skb_rcvd(const struct sk_buff *skb)
{
	/* one instruction for the compiler's three: the type is in the lowest bits */
#ifdef __LITTLE_ENDIAN_BITFIELD
	BUILD_BUG_ON(PACKET_OUTGOING != 4 || PACKET_KERNEL != 7);
	return !(*((const u8 *)skb + PKT_TYPE_OFFSET) & PACKET_OUTGOING);
#else
	return skb->pkt_type < PACKET_OUTGOING;
#endif
}

/**
 * bsdbpf_skb_head() - where the link header of a plain packet is
 * @skb: packet as taps get it
 * @outgoing: it is being sent
 */
static __always_inline const u8 *bsdbpf_skb_head(const struct sk_buff *skb, bool outgoing)
{
	return outgoing ? skb->data : skb_mac_header(skb);
}

/**
 * bsdbpf_skb_wirelen() - how long a plain packet is
 * @skb: packet as taps get it
 * @head: from bsdbpf_skb_head()
 *
 * All but skb->data_len bytes of it lie at @head.
 */
static __always_inline u32 bsdbpf_skb_wirelen(const struct sk_buff *skb, const u8 *head)
{
	return (u32)(skb->data - head) + skb->len;
}

/**
 * bsdbpf_frame_begin() - bsdbpf_frame_init() for plain packets, as far as most need it
 * @frame: to fill in
 * @skb: a plain packet
 * @outgoing: it is being sent
 *
 * Who wants more than the bytes that lie at pkt.head asks bsdbpf_frame_complete().
 */
static __always_inline void bsdbpf_frame_begin(struct bsdbpf_frame *frame,
					       const struct sk_buff *skb, bool outgoing)
{
	const u8 *head = bsdbpf_skb_head(skb, outgoing);

	frame->skb = skb;
	frame->outgoing = outgoing;
	frame->complete = false;
	frame->pkt.head = head;
	frame->pkt.wirelen = bsdbpf_skb_wirelen(skb, head);
	frame->pkt.headlen = frame->pkt.wirelen - skb->data_len;
}

/**
 * bsdbpf_frame_readable() - how many bytes of it can be copied
 * @frame: the frame; may be completed
 */
static inline u32 bsdbpf_frame_readable(struct bsdbpf_frame *frame)
{
	if (likely(frame->pkt.headlen == frame->pkt.wirelen))
		return frame->pkt.wirelen;
	bsdbpf_frame_complete(frame);
	return frame->readable;
}

#define BSDBPF_MOVE_STEP	32U	/* bytes */
#define BSDBPF_MOVE_MANY	256U

static __always_inline void bsdbpf_move_step(u8 *to, const u8 *from)
{
	const u64 a = get_unaligned((const u64 *)from);
	const u64 b = get_unaligned((const u64 *)(from + 8));
	const u64 c = get_unaligned((const u64 *)(from + 16));
	const u64 d = get_unaligned((const u64 *)(from + 24));

	put_unaligned(a, (u64 *)to);
	put_unaligned(b, (u64 *)(to + 8));
	put_unaligned(c, (u64 *)(to + 16));
	put_unaligned(d, (u64 *)(to + 24));
}

/*
 * memcpy() for packets.  Kernels since 6.4 copy by moves of eight bytes in a loop on
 * processors that do not have fast short string moves; string moves are faster than
 * that from some 256 bytes on (an AMD EPYC takes 79 cycles for 512 bytes instead of 111,
 * 164 for 1500 instead of 275), and not slower than what there is for others.  Below,
 * to move them here saves the call and what it decides.
 */
static __always_inline void bsdbpf_frame_move(u8 *to, const u8 *from, u32 len)
{
#if defined(CONFIG_X86_64) && !defined(CONFIG_KASAN) && !defined(CONFIG_KCSAN) && \
	!defined(CONFIG_KMSAN)
	const u32 rest = len - BSDBPF_MOVE_STEP;
	unsigned long words = len / sizeof(u64);
	u32 at;

	/* one comparison: wraps around where len is less than a step */
	if (likely(rest < BSDBPF_MOVE_MANY - BSDBPF_MOVE_STEP)) {
		/* the last step may be over some of what is there already */
		bsdbpf_move_step(to, from);
		for (at = BSDBPF_MOVE_STEP; unlikely(at < rest); at += BSDBPF_MOVE_STEP)
			bsdbpf_move_step(to + at, from + at);
		bsdbpf_move_step(to + rest, from + rest);
		return;
	}
	if (len >= BSDBPF_MOVE_MANY) {
		put_unaligned(get_unaligned((const u64 *)(from + len - sizeof(u64))),
			      (u64 *)(to + len - sizeof(u64)));
		asm volatile("rep movsq" : "+D" (to), "+S" (from), "+c" (words) :: "memory");
		return;
	}
#endif
	memcpy(to, from, len);
}

/**
 * bsdbpf_frame_take() - copy the beginning of the frame into a record
 * @frame: the frame; may be completed
 * @len: bytes, at most bsdbpf_frame_readable()
 * @to: where to
 *
 * Softirq or with bottom halves off.
 */
static __always_inline void bsdbpf_frame_take(struct bsdbpf_frame *frame, u32 len,
					      u8 *to)
{
	if (likely(len <= frame->pkt.headlen)) {
		bsdbpf_frame_move(to, frame->pkt.head, len);
		return;
	}
	bsdbpf_frame_complete(frame);
	if (!bsdbpf_frame_copy(frame, 0, len, to))
		memset(to, 0, len);
}

/**
 * bsdbpf_frame_stamp() - when the driver or the stack received it, or 0
 * @frame: the frame
 */
static inline ktime_t bsdbpf_frame_stamp(const struct bsdbpf_frame *frame)
{
	return frame->outgoing ? 0 : skb_tstamp(frame->skb);
}

/* ancillary.c: what is known of a frame besides its bytes */
bool bsdbpf_ancillary(const struct cbpf_pkt *pkt, enum cbpf_anc which, u32 a, u32 x,
		      u32 *val);

#endif /* _BSDBPF_FRAME_H */
