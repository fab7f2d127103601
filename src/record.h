/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Record headers on the way of every stored packet: the plain one, which nearly
 * everybody has, is written here, all others in record.c.
 */
#ifndef _BSDBPF_RECORD_H
#define _BSDBPF_RECORD_H

#include <linux/math64.h>
#include <linux/timekeeping.h>

#include "bsdbpf.h"

/* record.c: all others */
bool bsdbpf_rec_clock(struct bsdbpf_desc *d, const struct bsdbpf_rec *rec,
		      const struct bsdbpf_frame *frame, u64 word,
		      struct timespec64 *time);
void bsdbpf_rec_header(struct bsdbpf_desc *d, const struct bsdbpf_rec *rec,
		       const struct bsdbpf_frame *frame,
		       const struct timespec64 *time, u32 caplen, u8 *to);

/**
 * bsdbpf_rec_stamp() - the time that a record gets
 * @d: descriptor
 * @rec: layout of its records
 * @frame: the packet
 * @word: from bsdbpf_store_look(); only the reservation made with it may use
 *	the stamp
 * @time: out: by the clock that was asked for; 0 if by none
 *
 * A stamp that the driver or the stack took is nearer to the wire than our own;
 * see bsdbpf_store_order() for what becomes of it.  The card's own is believed
 * as it is.
 *
 * Return: false if @word is no longer what it was: look again.
 */
static __always_inline bool
bsdbpf_rec_stamp(struct bsdbpf_desc *d, const struct bsdbpf_rec *rec,
		 const struct bsdbpf_frame *frame, u64 word, struct timespec64 *time)
{
	if (unlikely(!rec->plain || (word & BSDBPF_ORDERED) ||
		     bsdbpf_frame_stamp(frame)))
		return bsdbpf_rec_clock(d, rec, frame, word, time);
	ktime_get_real_ts64(time);
	return true;
}

/* struct bpf_hdr in front of a packet with an Ethernet header: nothing to fill up. */
#define BSDBPF_TIGHT_LEN	offsetofend(struct bpf_hdr, bh_hdrlen)
#define BSDBPF_TIGHT_ALIGN	8

/* A plain record's header, of hdrlen bytes, all of which are written. */
static __always_inline void bsdbpf_rec_plain(s64 sec, u32 nsec, u32 caplen, u32 wirelen,
					     u16 hdrlen, u8 *to)
{
	struct bpf_hdr *hdr = (struct bpf_hdr *)to;

	hdr->bh_tstamp.tv_sec = sec;
	hdr->bh_tstamp.tv_usec = nsec / (u32)NSEC_PER_USEC;
	hdr->bh_caplen = caplen;
	hdr->bh_datalen = wirelen;
	hdr->bh_hdrlen = hdrlen;
	if (unlikely(hdrlen != BSDBPF_TIGHT_LEN))
		memset(to + BSDBPF_TIGHT_LEN, 0, hdrlen - BSDBPF_TIGHT_LEN);
}

/**
 * bsdbpf_rec_tight() - write the header of a record whose layout is tight
 * @now: its time, real
 * @caplen: how many bytes of the packet will follow
 * @wirelen: how many it has
 * @to: where to; BSDBPF_TIGHT_LEN bytes, all of which are written
 */
static __always_inline void bsdbpf_rec_tight(ktime_t now, u32 caplen, u32 wirelen, u8 *to)
{
	u32 nsec;
	s64 sec = div_u64_rem(now, NSEC_PER_SEC, &nsec);

	bsdbpf_rec_plain(sec, nsec, caplen, wirelen, BSDBPF_TIGHT_LEN, to);
}

/**
 * bsdbpf_rec_write() - write a record header
 * @d: descriptor
 * @rec: layout of its records
 * @frame: the packet
 * @time: from bsdbpf_rec_stamp()
 * @caplen: how many of its bytes will follow
 * @to: where to; rec->hdrlen bytes, all of which are written
 */
static __always_inline void
bsdbpf_rec_write(struct bsdbpf_desc *d, const struct bsdbpf_rec *rec,
		 const struct bsdbpf_frame *frame, const struct timespec64 *time,
		 u32 caplen, u8 *to)
{
	if (likely(rec->plain))
		bsdbpf_rec_plain(time->tv_sec, time->tv_nsec, caplen,
				 frame->pkt.wirelen, rec->hdrlen, to);
	else
		bsdbpf_rec_header(d, rec, frame, time, caplen, to);
}

#endif /* _BSDBPF_RECORD_H */
