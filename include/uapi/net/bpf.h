/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-2-Clause */
/*
 * The user interface of /dev/bpf: every number, structure and constant that a
 * program shares with the bsdbpf module.  Numbers and layouts are FreeBSD's;
 * source: FreeBSD bpf(4) and its net/bpf.h.  Describes only what the module of
 * this tree implements: a client may take a macro's presence as a promise.
 *
 * Programs get the BSD names.  In the kernel some of them (struct bpf_insn,
 * the BPF_* opcodes) belong to eBPF, so the module uses cbpf_* from the filter
 * engine for those and takes the rest from here.
 *
 * Byte order is the host's everywhere except inside packets.
 */
#ifndef _NET_BPF_H_
#define _NET_BPF_H_

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/ioctl.h>
#else
#include <sys/types.h>
#include <sys/time.h>
#include <sys/ioctl.h>
#include <time.h>
#include <net/if.h>
#include <stdint.h>
#endif

#include "bpf_dlt.h"

/* Interface version, see BIOCVERSION: a client checks major == and minor <=. */
#define BPF_MAJOR_VERSION	1
#define BPF_MINOR_VERSION	1

/*
 * Bounds of BIOCSBLEN, bytes: values outside are moved to the nearer bound.
 * The upper one is the default of the sysctl net.bpf.maxbufsize.
 */
#define BPF_MINBUFSIZE		32
#define BPF_MAXBUFSIZE		0x80000
/*
 * Buffer size of a fresh descriptor, bytes; default of net.bpf.bufsize.  FreeBSD
 * has 4096 there: less than one burst of packets.
 */
#define BPF_DEFAULTBUFSIZE	0x80000

/*
 * Records in a buffer start at multiples of this many bytes.  Replaces the
 * value of libpcap's own header where that was included first.
 */
#undef BPF_ALIGNMENT
#undef BPF_WORDALIGN
#define BPF_ALIGNMENT		sizeof(long)
#define BPF_WORDALIGN(x)	(((x) + (BPF_ALIGNMENT - 1)) & ~(BPF_ALIGNMENT - 1))

#ifdef __KERNEL__
typedef __s32 bpf_int32;
typedef __u32 bpf_u_int32;
typedef __s64 bpf_int64;
typedef __u64 bpf_u_int64;
/* struct timeval of the 64-bit ABI; the kernel has no type of that name left. */
struct bpf_hdr_time {
	__s64 tv_sec;
	__s64 tv_usec;
};
#else
#ifndef lib_pcap_bpf_h
typedef int32_t bpf_int32;
typedef u_int32_t bpf_u_int32;
#endif
typedef int64_t bpf_int64;
typedef u_int64_t bpf_u_int64;
#if __SIZEOF_LONG__ == 8
#define bpf_hdr_time timeval
#else
/* A 32-bit program's time_t may have 64 bits, the record's has not. */
struct bpf_hdr_time {
	bpf_int32 tv_sec;
	bpf_int32 tv_usec;
};
#endif
#endif

/*
 * In front of every packet that read(2) returns.  The packet's bytes start
 * bh_hdrlen bytes after the start of the header - not sizeof(struct bpf_hdr)
 * after it: the padding is chosen so that the network header is aligned, and
 * an Ethernet frame begins inside the structure's tail padding (26 < 32).
 * The next record is at BPF_WORDALIGN(bh_hdrlen + bh_caplen).
 */
struct bpf_hdr {
	struct bpf_hdr_time bh_tstamp;	/* time of capture, us */
	bpf_u_int32 bh_caplen;		/* bytes stored */
	bpf_u_int32 bh_datalen;		/* bytes on the link */
	unsigned short bh_hdrlen;	/* bytes from here to the packet */
};

/* Time in the records that begin with struct bpf_xhdr, see BIOCSTSTAMP. */
struct bpf_ts {
	bpf_int64 bt_sec;	/* seconds */
	bpf_u_int64 bt_frac;	/* nanoseconds, or 2^-64 seconds */
};

/* Record header of the nanosecond and bintime formats; as struct bpf_hdr. */
struct bpf_xhdr {
	struct bpf_ts bh_tstamp;
	bpf_u_int32 bh_caplen;
	bpf_u_int32 bh_datalen;
	unsigned short bh_hdrlen;
};

/*
 * What stands right behind bh_hdrlen, in either header, after BIOCSPKTINFO.
 * Not a BSD's.
 */
struct bpf_pktinfo {
	unsigned char bpi_direction;	/* BPF_D_IN or BPF_D_OUT */
	unsigned char bpi_type;		/* PACKET_HOST ... of <linux/if_packet.h> */
	unsigned char bpi_drops[4];	/* u32, host order, unaligned: packets
					 * dropped between the record before
					 * and this one
					 */
};

/*
 * BIOCSTSTAMP: a format, or'ed with flags.  MICROTIME gives struct bpf_hdr,
 * NANOTIME and BINTIME give struct bpf_xhdr, NONE struct bpf_hdr with time 0.
 */
#define BPF_T_MICROTIME		0x0000
#define BPF_T_NANOTIME		0x0001
#define BPF_T_BINTIME		0x0002
#define BPF_T_NONE		0x0003
#define BPF_T_FORMAT_MASK	0x0003
#define BPF_T_NORMAL		0x0000
#define BPF_T_FAST		0x0100	/* a cheap clock that moves by ticks */
#define BPF_T_MONOTONIC		0x0200	/* CLOCK_MONOTONIC, else real time */
#define BPF_T_MONOTONIC_FAST	(BPF_T_FAST | BPF_T_MONOTONIC)
#define BPF_T_FLAG_MASK		0x0300
/* Not a BSD's: the network card's own stamp, where it has made one. */
#define BPF_T_HARDWARE		0x1000
#define BPF_T_FORMAT(t)		((t) & BPF_T_FORMAT_MASK)
#define BPF_T_FLAG(t)		((t) & BPF_T_FLAG_MASK)
#define BPF_T_VALID(t)							\
	((t) == BPF_T_NONE || (BPF_T_FORMAT(t) != BPF_T_NONE &&		\
	 ((t) & ~(BPF_T_FORMAT_MASK | BPF_T_FLAG_MASK | BPF_T_HARDWARE)) == 0))

#define BPF_T_MICROTIME_FAST		(BPF_T_MICROTIME | BPF_T_FAST)
#define BPF_T_MICROTIME_MONOTONIC	(BPF_T_MICROTIME | BPF_T_MONOTONIC)
#define BPF_T_MICROTIME_MONOTONIC_FAST	(BPF_T_MICROTIME | BPF_T_MONOTONIC_FAST)
#define BPF_T_NANOTIME_FAST		(BPF_T_NANOTIME | BPF_T_FAST)
#define BPF_T_NANOTIME_MONOTONIC	(BPF_T_NANOTIME | BPF_T_MONOTONIC)
#define BPF_T_NANOTIME_MONOTONIC_FAST	(BPF_T_NANOTIME | BPF_T_MONOTONIC_FAST)
#define BPF_T_BINTIME_FAST		(BPF_T_BINTIME | BPF_T_FAST)
#define BPF_T_BINTIME_MONOTONIC		(BPF_T_BINTIME | BPF_T_MONOTONIC)
#define BPF_T_BINTIME_MONOTONIC_FAST	(BPF_T_BINTIME | BPF_T_MONOTONIC_FAST)

#ifndef __KERNEL__
/*
 * FreeBSD's time type and its conversions, which readers of BINTIME stamps
 * (libpcap) expect to find where BIOCSTSTAMP is defined.  They round to the
 * nearest nanosecond, so that the kernel's come out as they went in.
 */
struct bintime {
	time_t sec;
	bpf_u_int64 frac;
};

static inline void bintime2timespec(const struct bintime *bt,
				    struct timespec *ts)
{
	bpf_u_int64 nsec = (1000000000 * (bt->frac >> 32) + 0x80000000) >> 32;

	ts->tv_sec = bt->sec;
	ts->tv_nsec = nsec < 1000000000 ? nsec : 999999999;
}

static inline void bintime2timeval(const struct bintime *bt, struct timeval *tv)
{
	struct timespec ts;

	bintime2timespec(bt, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
}
#endif

/* BIOCGSTATS.  Both wrap; both start again at 0 with every flush. */
struct bpf_stat {
	unsigned int bs_recv;	/* packets offered to the filter */
	unsigned int bs_drop;	/* accepted packets that found no room */
};

/* BIOCGSTATS64: the same and more, in NetBSD's layout. */
struct bpf_stat64 {
	bpf_u_int64 bs_recv;
	bpf_u_int64 bs_drop;
	bpf_u_int64 bs_capt;	/* accepted packets, dropped ones included */
	bpf_u_int64 bs_padding[13];
};

/*
 * BIOCGENGINE: what runs the filters, and how many packets it left to the
 * interpreter, because they were not in one piece where the filter looked, since
 * the descriptor was opened.  Not a BSD's.
 */
struct bpf_engine {
	bpf_u_int32 be_read;	/* BPF_ENGINE_*, of the read filter */
	bpf_u_int32 be_write;	/* of the write filter */
	bpf_u_int64 be_fallback;	/* packets that were read, */
	bpf_u_int64 be_wfallback;	/* and written */
	bpf_u_int64 be_padding;	/* 0 */
};

#define BPF_ENGINE_NONE		0	/* there is no filter */
#define BPF_ENGINE_INTERP	1	/* the interpreter */
#define BPF_ENGINE_NATIVE	2	/* code of the driver's own compiler */
#define BPF_ENGINE_EBPF		3	/* code of the kernel's eBPF compiler */

/* BIOCVERSION. */
struct bpf_version {
	unsigned short bv_major;
	unsigned short bv_minor;
};

/*
 * BIOCGDLTLIST.  With bfl_list NULL, bfl_len is set to how many link types
 * there are; otherwise up to bfl_len of them are stored, and their number.
 */
struct bpf_dltlist {
	unsigned int bfl_len;
	unsigned int *bfl_list;
};

/* BIOCGDIRECTION, BIOCSDIRECTION: which packets a descriptor sees. */
enum bpf_direction {
	BPF_D_IN,	/* received ones */
	BPF_D_INOUT,	/* all, the default */
	BPF_D_OUT	/* sent ones */
};

/* BIOCGETBUFMODE, BIOCSETBUFMODE: packets are read with read(2), or */
#define BPF_BUFMODE_BUFFER	1
/* from buffers that program and kernel share: each begins with a header. */
#define BPF_BUFMODE_ZBUF	2

/* BIOCSETZBUF, BIOCROTZBUF. */
struct bpf_zbuf {
	void *bz_bufa;		/* where the two buffers are */
	void *bz_bufb;
	size_t bz_buflen;	/* bytes of each, the header included */
};

/*
 * What such a buffer begins with; records follow.  It is the program's while
 * the generations differ.  Load kernel_gen with acquire semantics; give the buffer
 * back by storing kernel_gen in user_gen with release semantics.
 */
struct bpf_zbuf_header {
	bpf_u_int32 bzh_kernel_gen;	/* one more each time that it is filled */
	bpf_u_int32 bzh_kernel_len;	/* bytes of records */
	bpf_u_int32 bzh_user_gen;	/* the program's */
	bpf_u_int32 _bzh_pad[5];
};

/* BIOCGFILDROP, BIOCSFILDROP: what becomes of a received packet that matches. */
#define BPF_FILDROP_PASS	0	/* captured, and the stack gets it, too */
#define BPF_FILDROP_CAPTURE	1	/* captured, and kept from the stack */
#define BPF_FILDROP_DROP	2	/* neither */

/*
 * BIOCGFANOUT, BIOCSFANOUT: each packet of the interface goes to one member of
 * the group.  All its members must name the same mode.
 */
struct bpf_fanout {
	bpf_u_int32 bfo_group;	/* its number, any */
	bpf_u_int32 bfo_mode;
};

#define BPF_FANOUT_NONE		0	/* leave the group */
#define BPF_FANOUT_HASH		1	/* the same member for all of a connection */
#define BPF_FANOUT_RR		2	/* one after the other */
#define BPF_FANOUT_CPU		3	/* by the processor that handles it */
#define BPF_FANOUT_ROLLOVER	4	/* one until it is full, then the next */

/*
 * BIOCGETIFLIST: the interfaces that a descriptor can be attached to.  With
 * bi_size 0, bi_size and bi_count are set to what the whole list takes;
 * otherwise at most bi_count names, each with its terminating NUL, are stored
 * back to back, and bi_size and bi_count are set to what was stored.
 */
struct bpf_iflist {
	bpf_u_int32 bi_size;	/* bytes at bi_ubuf */
	bpf_u_int32 bi_count;	/* names */
	void *bi_ubuf;
};

/*
 * The commands.  Each is also accepted in the BSDs' own encoding (direction
 * bits swapped, struct ifreq of 32 bytes), for programs that carry the numbers
 * with them.
 */
#define BIOCGBLEN	_IOR('B', 102, unsigned int)
#define BIOCSBLEN	_IOWR('B', 102, unsigned int)
#define BIOCSETF	_IOW('B', 103, struct bpf_program)
#define BIOCFLUSH	_IO('B', 104)
#define BIOCPROMISC	_IO('B', 105)
#define BIOCGDLT	_IOR('B', 106, unsigned int)
#define BIOCGETIF	_IOR('B', 107, struct ifreq)
#define BIOCSETIF	_IOW('B', 108, struct ifreq)
#define BIOCSRTIMEOUT	_IOW('B', 109, struct timeval)
#define BIOCGRTIMEOUT	_IOR('B', 110, struct timeval)
#define BIOCGSTATS	_IOR('B', 111, struct bpf_stat)
#define BIOCIMMEDIATE	_IOW('B', 112, unsigned int)
#define BIOCVERSION	_IOR('B', 113, struct bpf_version)
#define BIOCGRSIG	_IOR('B', 114, unsigned int)
#define BIOCSRSIG	_IOW('B', 115, unsigned int)
#define BIOCGHDRCMPLT	_IOR('B', 116, unsigned int)
#define BIOCSHDRCMPLT	_IOW('B', 117, unsigned int)
#define BIOCGDIRECTION	_IOR('B', 118, unsigned int)
#define BIOCSDIRECTION	_IOW('B', 119, unsigned int)
#define BIOCSDLT	_IOW('B', 120, unsigned int)
#define BIOCGDLTLIST	_IOWR('B', 121, struct bpf_dltlist)
#define BIOCLOCK	_IO('B', 122)
#define BIOCSETWF	_IOW('B', 123, struct bpf_program)
#define BIOCFEEDBACK	_IOW('B', 124, unsigned int)
#define BIOCGETBUFMODE	_IOR('B', 125, unsigned int)
#define BIOCSETBUFMODE	_IOW('B', 126, unsigned int)
#define BIOCGETZMAX	_IOR('B', 127, size_t)
#define BIOCROTZBUF	_IOR('B', 128, struct bpf_zbuf)
#define BIOCSETZBUF	_IOW('B', 129, struct bpf_zbuf)
#define BIOCSETFNR	_IOW('B', 130, struct bpf_program)
#define BIOCGTSTAMP	_IOR('B', 131, unsigned int)
#define BIOCSTSTAMP	_IOW('B', 132, unsigned int)
#define BIOCSETVLANPCP	_IOW('B', 133, unsigned int)

/* Older names of the direction commands: 0 is BPF_D_IN, 1 is BPF_D_INOUT. */
#define BIOCGSEESENT	BIOCGDIRECTION
#define BIOCSSEESENT	BIOCSDIRECTION

#define BIOCSFEEDBACK	BIOCFEEDBACK

/*
 * What other BSDs have, and what none has, under numbers that no BSD uses and
 * Documentation/userspace-api/ioctl/ioctl-number.rst leaves free.
 */
/* OpenBSD: how long a packet may wait in the store buffer for a reader. */
#define BIOCSWTIMEOUT	_IOW('B', 160, struct timeval)
#define BIOCGWTIMEOUT	_IOR('B', 161, struct timeval)
#define BIOCDWTIMEOUT	_IO('B', 162)
/* OpenBSD: keep received packets that match from the stack. */
#define BIOCGFILDROP	_IOR('B', 163, unsigned int)
#define BIOCSFILDROP	_IOW('B', 164, unsigned int)
/* NetBSD: its BIOCGSTATS, its BIOCGFEEDBACK. */
#define BIOCGSTATS64	_IOR('B', 165, struct bpf_stat64)
#define BIOCGFEEDBACK	_IOR('B', 166, unsigned int)
/* macOS: with both buffers full, drop the older one, not the new packet. */
#define BIOCGHEADDROP	_IOR('B', 167, unsigned int)
#define BIOCSHEADDROP	_IOW('B', 168, unsigned int)
/* macOS: a write is a sequence of records, each one frame. */
#define BIOCGBATCHWRITE	_IOR('B', 169, unsigned int)
#define BIOCSBATCHWRITE	_IOW('B', 170, unsigned int)
/* FreeBSD 16, whose number for it is not known here. */
#define BIOCGETIFLIST	_IOWR('B', 171, struct bpf_iflist)
/* Ours: struct bpf_pktinfo in every record; what runs the filters. */
#define BIOCGPKTINFO	_IOR('B', 172, unsigned int)
#define BIOCSPKTINFO	_IOW('B', 173, unsigned int)
#define BIOCGENGINE	_IOR('B', 174, struct bpf_engine)
/* Ours: descriptors that share an interface's packets. */
#define BIOCGFANOUT	_IOR('B', 175, struct bpf_fanout)
#define BIOCSFANOUT	_IOW('B', 176, struct bpf_fanout)

/* <pcap/bpf.h>, when it came first, has brought the rest already. */
#if !defined(__KERNEL__) && !defined(lib_pcap_bpf_h)

/* One instruction of the filter machine; layout of Linux's struct sock_filter. */
struct bpf_insn {
	u_short code;
	u_char jt;
	u_char jf;
	bpf_u_int32 k;
};

/* BIOCSETF, BIOCSETFNR.  bf_len 0 removes the filter: all packets pass. */
struct bpf_program {
	unsigned int bf_len;
	struct bpf_insn *bf_insns;
};

/* Longest program that is accepted, and words of scratch memory M[]. */
#define BPF_MAXINSNS	4096
#define BPF_MEMWORDS	16

#define BPF_STMT(code, k) { (u_short)(code), 0, 0, k }
#define BPF_JUMP(code, k, jt, jf) { (u_short)(code), jt, jf, k }

/* instruction classes */
#define BPF_CLASS(code) ((code) & 0x07)
#define BPF_LD		0x00
#define BPF_LDX		0x01
#define BPF_ST		0x02
#define BPF_STX		0x03
#define BPF_ALU		0x04
#define BPF_JMP		0x05
#define BPF_RET		0x06
#define BPF_MISC	0x07

/* ld, ldx: size and mode */
#define BPF_SIZE(code)	((code) & 0x18)
#define BPF_W		0x00
#define BPF_H		0x08
#define BPF_B		0x10
#define BPF_MODE(code)	((code) & 0xe0)
#define BPF_IMM		0x00
#define BPF_ABS		0x20
#define BPF_IND		0x40
#define BPF_MEM		0x60
#define BPF_LEN		0x80
#define BPF_MSH		0xa0

/* alu, jmp: operation and second operand */
#define BPF_OP(code)	((code) & 0xf0)
#define BPF_ADD		0x00
#define BPF_SUB		0x10
#define BPF_MUL		0x20
#define BPF_DIV		0x30
#define BPF_OR		0x40
#define BPF_AND		0x50
#define BPF_LSH		0x60
#define BPF_RSH		0x70
#define BPF_NEG		0x80
#define BPF_MOD		0x90
#define BPF_XOR		0xa0
#define BPF_JA		0x00
#define BPF_JEQ		0x10
#define BPF_JGT		0x20
#define BPF_JGE		0x30
#define BPF_JSET	0x40
#define BPF_SRC(code)	((code) & 0x08)
#define BPF_K		0x00
#define BPF_X		0x08

/* ret: BPF_K, BPF_X or the accumulator */
#define BPF_RVAL(code)	((code) & 0x18)
#define BPF_A		0x10

/* misc */
#define BPF_MISCOP(code) ((code) & 0xf8)
#define BPF_TAX		0x00
#define BPF_TXA		0x80

#endif /* !__KERNEL__ && !lib_pcap_bpf_h */

#endif /* _NET_BPF_H_ */
