/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the engine needs from its surroundings, for the kernel module and for
 * the userspace library. This is the only file of the engine that includes a
 * header of the kernel or of libc. It must not know anything about filters
 * beyond that.
 */
#ifndef CBPF_PORT_H
#define CBPF_PORT_H

#ifdef __KERNEL__

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

/*
 * A filter's author chooses the offsets of its loads. Where a bounds check is
 * predicted wrongly, the index must not reach the memory behind the packet
 * (Spectre v1; Documentation/admin-guide/hw-vuln/spectre.rst).
 */
#define cbpf_nospec(index, size)	array_index_nospec(index, size)

/* Memory for the compiler, zeroed; may sleep. */
#define cbpf_alloc(bytes)	kvzalloc(bytes, GFP_KERNEL_ACCOUNT)
#define cbpf_free(memory)	kvfree(memory)

#ifdef CONFIG_X86_64
#define CBPF_X86_64
#endif

/*
 * The interpreter jumps from step to step by labels in a table, which objtool knows
 * by its section. Not where such a jump may be a retpoline: that takes five times as
 * long as the comparisons that a switch becomes there.
 */
#if !defined(CONFIG_RETPOLINE) && !defined(CONFIG_MITIGATION_RETPOLINE)
#define CBPF_THREADED
#endif
#define CBPF_JUMP_TABLE		__annotate_jump_table

/* Not to be cleared by the compiler. */
#define CBPF_UNINITIALIZED	__uninitialized

#else

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;

#ifndef likely
#define likely(x)	__builtin_expect(!!(x), 1)
#endif

#ifndef unlikely
#define unlikely(x)	__builtin_expect(!!(x), 0)
#endif

#ifndef noinline
#define noinline	__attribute__((__noinline__))
#endif

#ifndef __always_inline
#define __always_inline	inline __attribute__((__always_inline__))
#endif

/* Memory for the compiler, zeroed; a test may have its own. */
#ifndef cbpf_alloc
#define cbpf_alloc(bytes)	calloc(1, bytes)
#define cbpf_free(memory)	free(memory)
#endif

/* A process runs its own filters over its own memory: nothing to hide. */
#define cbpf_nospec(index, size)	(index)

#ifdef __x86_64__
#define CBPF_X86_64
#endif

/* Labels as values: gcc and clang. CBPF_SWITCH: as in most kernels, to test that. */
#ifndef CBPF_SWITCH
#define CBPF_THREADED
#endif
#define CBPF_JUMP_TABLE

#define CBPF_UNINITIALIZED

#endif /* __KERNEL__ */

/*
 * Big-endian loads at any alignment. Put together from bytes they need no
 * header whose name changed between kernels, and gcc and clang make one load
 * and one byte swap of them.
 */
static inline u32 cbpf_be16(const u8 *p)
{
	return (u32)p[0] << 8 | p[1];
}

static inline u32 cbpf_be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

#endif /* CBPF_PORT_H */
