// SPDX-License-Identifier: GPL-2.0
/*
 * Arguments whose layout differs between 32-bit and 64-bit programs, and the
 * translation between the two: handlers only know the 64-bit layouts.
 */
#include "bsdbpf.h"

#include <linux/compat.h>

/* struct bpf_program and struct bpf_dltlist. */
struct bsdbpf_list32 {
	u32 len;
	u32 ptr;
};

struct bsdbpf_list64 {
	u32 len;
	u32 pad;
	u64 ptr;
};

struct bsdbpf_timeval32 {
	s32 sec;
	s32 usec;
};

struct bsdbpf_timeval64 {
	s64 sec;
	s64 usec;
};

/* struct bpf_iflist */
struct bsdbpf_iflist32 {
	u32 size;
	u32 count;
	u32 ptr;
};

struct bsdbpf_iflist64 {
	u32 size;
	u32 count;
	u64 ptr;
};

/* struct bpf_zbuf */
struct bsdbpf_zbuf32 {
	u32 bufa;
	u32 bufb;
	u32 buflen;
};

struct bsdbpf_zbuf64 {
	u64 bufa;
	u64 bufb;
	u64 buflen;
};

/**
 * bsdbpf_arg_size32() - size of an argument of a 32-bit program
 * @kind: which argument
 * @size: of it in a 64-bit one, bytes
 */
u32 bsdbpf_arg_size32(enum bsdbpf_arg kind, u32 size)
{
	switch (kind) {
	case ARG_PROGRAM:
	case ARG_LIST:
		return sizeof(struct bsdbpf_list32);
	case ARG_TIMEVAL:
		return sizeof(struct bsdbpf_timeval32);
	case ARG_IFLIST:
		return sizeof(struct bsdbpf_iflist32);
	case ARG_SIZE:
		return sizeof(u32);
	case ARG_ZBUF:
		return sizeof(struct bsdbpf_zbuf32);
	default:
		return size;
	}
}

/**
 * bsdbpf_arg_from32() - make a 64-bit argument of a 32-bit one
 * @kind: which argument
 * @arg: it, in room for the larger one
 */
void bsdbpf_arg_from32(enum bsdbpf_arg kind, void *arg)
{
	const struct bsdbpf_list32 list = *(struct bsdbpf_list32 *)arg;
	const struct bsdbpf_timeval32 tv = *(struct bsdbpf_timeval32 *)arg;
	const struct bsdbpf_iflist32 ifl = *(struct bsdbpf_iflist32 *)arg;
	const struct bsdbpf_zbuf32 zbuf = *(struct bsdbpf_zbuf32 *)arg;

	switch (kind) {
	case ARG_PROGRAM:
	case ARG_LIST:
		*(struct bsdbpf_list64 *)arg = (struct bsdbpf_list64){
			.len = list.len,
			.ptr = list.ptr,
		};
		break;
	case ARG_TIMEVAL:
		*(struct bsdbpf_timeval64 *)arg = (struct bsdbpf_timeval64){
			.sec = tv.sec,
			.usec = tv.usec,
		};
		break;
	case ARG_IFLIST:
		*(struct bsdbpf_iflist64 *)arg = (struct bsdbpf_iflist64){
			.size = ifl.size,
			.count = ifl.count,
			.ptr = ifl.ptr,
		};
		break;
	case ARG_ZBUF:
		*(struct bsdbpf_zbuf64 *)arg = (struct bsdbpf_zbuf64){
			.bufa = zbuf.bufa,
			.bufb = zbuf.bufb,
			.buflen = zbuf.buflen,
		};
		break;
	default:
		break;
	}
}

/**
 * bsdbpf_arg_to32() - make a 32-bit argument of a 64-bit one
 * @kind: which argument
 * @arg: it
 *
 * No handler changes a pointer.  A time that does not fit wraps: only times
 * that were set come back.
 */
void bsdbpf_arg_to32(enum bsdbpf_arg kind, void *arg)
{
	const struct bsdbpf_list64 list = *(struct bsdbpf_list64 *)arg;
	const struct bsdbpf_timeval64 tv = *(struct bsdbpf_timeval64 *)arg;
	const struct bsdbpf_iflist64 ifl = *(struct bsdbpf_iflist64 *)arg;
	const struct bsdbpf_zbuf64 zbuf = *(struct bsdbpf_zbuf64 *)arg;
	const u64 size = *(u64 *)arg;

	switch (kind) {
	case ARG_PROGRAM:
	case ARG_LIST:
		*(struct bsdbpf_list32 *)arg = (struct bsdbpf_list32){
			.len = list.len,
			.ptr = list.ptr,
		};
		break;
	case ARG_TIMEVAL:
		*(struct bsdbpf_timeval32 *)arg = (struct bsdbpf_timeval32){
			.sec = tv.sec,
			.usec = tv.usec,
		};
		break;
	case ARG_IFLIST:
		*(struct bsdbpf_iflist32 *)arg = (struct bsdbpf_iflist32){
			.size = ifl.size,
			.count = ifl.count,
			.ptr = ifl.ptr,
		};
		break;
	case ARG_SIZE:
		*(u32 *)arg = size;
		break;
	case ARG_ZBUF:
		*(struct bsdbpf_zbuf32 *)arg = (struct bsdbpf_zbuf32){
			.bufa = zbuf.bufa,
			.bufb = zbuf.bufb,
			.buflen = zbuf.buflen,
		};
		break;
	default:
		break;
	}
}
