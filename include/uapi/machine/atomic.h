/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-2-Clause */
/*
 * The two functions of FreeBSD's <machine/atomic.h> with which programs use
 * zero-copy buffers.  libpcap includes it where <net/bpf.h> has BIOCROTZBUF.
 */
#ifndef _MACHINE_ATOMIC_H_
#define _MACHINE_ATOMIC_H_

#include <sys/types.h>

static inline u_int atomic_load_acq_int(const u_int *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void atomic_store_rel_int(u_int *p, u_int v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

#endif /* _MACHINE_ATOMIC_H_ */
