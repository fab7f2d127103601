// SPDX-License-Identifier: GPL-2.0
/*
 * What stands in front of each packet that a reader gets: the record header in
 * the layouts that can be asked for, and the time in it.
 */
#include "bsdbpf.h"
#include "record.h"

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/timekeeping.h>

/**
 * bsdbpf_rec_layout() - work out where things stand in a record
 * @d: descriptor, its store frozen; rec.tstamp, rec.abi32, rec.pktinfo and fildrop
 *	say what is wanted, the rest of rec is set
 * @bif: its interface, whose network header is what gets aligned, or NULL
 *
 * Sizes are FreeBSD's: a header counts up to the end of bh_hdrlen, its
 * structure's padding does not.
 */
void bsdbpf_rec_layout(struct bsdbpf_desc *d, const struct bsdbpf_if *bif)
{
	struct bsdbpf_rec *rec = &d->rec;
	u16 linkhdr = bif ? bif->linkhdr : 0;
	u32 format = BPF_T_FORMAT(rec->tstamp);
	bool xhdr = format == BPF_T_NANOTIME || format == BPF_T_BINTIME;

	rec->align = rec->abi32 ? 4 : 8;
	rec->timelen = rec->abi32 && !xhdr ? 8 : 16;
	rec->headlen = rec->timelen + 2 * sizeof(u32) + sizeof(u16);
	if (rec->pktinfo)
		rec->headlen += sizeof(struct bpf_pktinfo);
	rec->hdrlen = ALIGN(linkhdr + rec->headlen, rec->align) - linkhdr;
	rec->plain = rec->tstamp == BPF_T_MICROTIME && !rec->abi32 && !rec->pktinfo;
	rec->tight = rec->plain && rec->hdrlen == BSDBPF_TIGHT_LEN &&
		     d->fildrop == BPF_FILDROP_PASS;
}

/* The network card's own stamp, or 0. */
static ktime_t bsdbpf_stamp_hard(const struct sk_buff *skb)
{
	struct skb_shared_hwtstamps *stamps =
		skb_hwtstamps((struct sk_buff *)skb);

	if (!(skb_shinfo(skb)->tx_flags & SKBTX_HW_TSTAMP_NETDEV))
		return stamps->hwtstamp;
	/* then there is no time in it but what the driver makes one of */
	return skb->dev->netdev_ops->ndo_get_tstamp ?
	       netdev_get_tstamp(skb->dev, stamps, false) : 0;
}

/**
 * bsdbpf_rec_clock() - bsdbpf_rec_stamp() for all but plain records
 * @d: descriptor
 * @rec: layout of its records
 * @frame: the packet
 * @word: as there
 * @time: as there
 *
 * Return: as there.
 */
bool bsdbpf_rec_clock(struct bsdbpf_desc *d, const struct bsdbpf_rec *rec,
		      const struct bsdbpf_frame *frame, u64 word,
		      struct timespec64 *time)
{
	ktime_t now, stamp, soft = bsdbpf_frame_stamp(frame);

	if (unlikely(rec->tstamp == BPF_T_NONE)) {
		*time = (struct timespec64){ 0 };
		return true;
	}
	if (unlikely(rec->tstamp & BPF_T_HARDWARE)) {
		stamp = bsdbpf_stamp_hard(frame->skb);
		if (stamp) {
			*time = ktime_to_timespec64(stamp);
			return true;
		}
	}
	now = rec->tstamp & BPF_T_FAST ? ktime_get_coarse_real() :
					 ktime_get_real();
	stamp = soft ?: now;
	if (unlikely(soft || (word & BSDBPF_ORDERED)) &&
	    !bsdbpf_store_order(&d->store, word, now, &stamp))
		return false;
	if (unlikely(rec->tstamp & BPF_T_MONOTONIC))
		stamp = ktime_sub(stamp, ktime_mono_to_real(0));
	*time = ktime_to_timespec64(stamp);
	return true;
}

/* Nanoseconds as a fraction of a second, in units of 2^-64. */
static u64 bsdbpf_bintime_frac(u32 nsec)
{
	/* 2^64 = 18446744073 * 10^9 + 709551616 */
	return nsec * 18446744073ULL + div_u64(nsec * 709551616ULL, NSEC_PER_SEC);
}

/* The header's first timelen bytes. */
static void bsdbpf_rec_time(const struct bsdbpf_rec *rec, struct timespec64 ts, u8 *to)
{
	switch (BPF_T_FORMAT(rec->tstamp)) {
	case BPF_T_NANOTIME:
		put_unaligned((s64)ts.tv_sec, (s64 *)to);
		put_unaligned((u64)ts.tv_nsec, (u64 *)(to + 8));
		break;
	case BPF_T_BINTIME:
		put_unaligned((s64)ts.tv_sec, (s64 *)to);
		put_unaligned(bsdbpf_bintime_frac(ts.tv_nsec), (u64 *)(to + 8));
		break;
	default:
		if (rec->abi32) {
			put_unaligned((s32)ts.tv_sec, (s32 *)to);
			put_unaligned((s32)(ts.tv_nsec / NSEC_PER_USEC),
				      (s32 *)(to + 4));
		} else {
			put_unaligned((s64)ts.tv_sec, (s64 *)to);
			put_unaligned((s64)(ts.tv_nsec / NSEC_PER_USEC),
				      (s64 *)(to + 8));
		}
	}
}

/* Drops that no record has told of; each is told once. */
static u32 bsdbpf_rec_drops(struct bsdbpf_desc *d)
{
	u64 drop = bsdbpf_loss_sum(d), told = READ_ONCE(d->drop_told), was;

	while (told < drop) {
		was = cmpxchg64(&d->drop_told, told, drop);
		if (was == told)
			return drop - told;
		told = was;
	}
	return 0;
}

static void bsdbpf_rec_pktinfo(struct bsdbpf_desc *d,
			       const struct bsdbpf_frame *frame, u8 *to)
{
	u32 drops = bsdbpf_rec_drops(d);
	struct bpf_pktinfo info = {
		.bpi_direction	= frame->outgoing ? BPF_D_OUT : BPF_D_IN,
		.bpi_type	= bsdbpf_frame_type(frame),
	};

	memcpy(info.bpi_drops, &drops, sizeof(drops));
	memcpy(to, &info, sizeof(info));
}

/**
 * bsdbpf_rec_header() - bsdbpf_rec_write() for all but plain records
 * @d: descriptor
 * @rec: layout of its records
 * @frame: the packet
 * @time: from bsdbpf_rec_stamp()
 * @caplen: how many of its bytes will follow
 * @to: where to
 */
void bsdbpf_rec_header(struct bsdbpf_desc *d, const struct bsdbpf_rec *rec,
		       const struct bsdbpf_frame *frame,
		       const struct timespec64 *time, u32 caplen, u8 *to)
{
	u8 *at = to + rec->timelen;

	memset(to, 0, rec->hdrlen);
	if (rec->tstamp != BPF_T_NONE)
		bsdbpf_rec_time(rec, *time, to);
	put_unaligned(caplen, (u32 *)at);
	put_unaligned(frame->pkt.wirelen, (u32 *)(at + 4));
	put_unaligned(rec->hdrlen, (u16 *)(at + 8));
	if (unlikely(rec->pktinfo))
		bsdbpf_rec_pktinfo(d, frame, at + 10);
}
