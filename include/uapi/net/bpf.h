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
#include <net/if.h>
#include <stdint.h>
#endif

#include "bpf_dlt.h"

/* Interface version, see BIOCVERSION: a client checks major == and minor <=. */
#define BPF_MAJOR_VERSION	1
#define BPF_MINOR_VERSION	1

/* Bounds of BIOCSBLEN, bytes: values outside are moved to the nearer bound. */
#define BPF_MINBUFSIZE		32
#define BPF_MAXBUFSIZE		0x80000
/* Buffer size of a fresh descriptor, bytes. */
#define BPF_DEFAULTBUFSIZE	4096

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
#define bpf_hdr_time timeval
#endif

/*
 * In front of every packet that read(2) returns.  The packet's bytes start
 * bh_hdrlen bytes after the start of the header - not sizeof(struct bpf_hdr)
 * after it: the padding is chosen so that the network header is aligned, and
 * an Ethernet frame begins inside the structure's tail padding (26 < 32).
 * The next record is at BPF_WORDALIGN(bh_hdrlen + bh_caplen).
 */
struct bpf_hdr {
	struct bpf_hdr_time bh_tstamp;	/* time of capture, real time, us */
	bpf_u_int32 bh_caplen;		/* bytes stored */
	bpf_u_int32 bh_datalen;		/* bytes on the link */
	unsigned short bh_hdrlen;	/* bytes from here to the packet */
};

/* BIOCGSTATS.  Both wrap; both start again at 0 with every flush. */
struct bpf_stat {
	unsigned int bs_recv;	/* packets offered to the filter */
	unsigned int bs_drop;	/* accepted packets that found no room */
};

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
#define BIOCGHDRCMPLT	_IOR('B', 116, unsigned int)
#define BIOCSHDRCMPLT	_IOW('B', 117, unsigned int)
#define BIOCGDIRECTION	_IOR('B', 118, unsigned int)
#define BIOCSDIRECTION	_IOW('B', 119, unsigned int)
#define BIOCSDLT	_IOW('B', 120, unsigned int)
#define BIOCGDLTLIST	_IOWR('B', 121, struct bpf_dltlist)
#define BIOCSETFNR	_IOW('B', 130, struct bpf_program)

/* Older names of the direction commands: 0 is BPF_D_IN, 1 is BPF_D_INOUT. */
#define BIOCGSEESENT	BIOCGDIRECTION
#define BIOCSSEESENT	BIOCSDIRECTION

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
