/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What src/store.h takes from the kernel, for a program: the same names, with at
 * most the ordering that the kernel promises, so that a thread checker sees
 * what is missing.  Knows nothing of what is stored.
 */
#ifndef _STORE_KERNEL_H
#define _STORE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
typedef s64 ktime_t;

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define min(a, b)	((a) < (b) ? (a) : (b))
#define ALIGN(x, a)	(((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))

#define prefetchw(x)	__builtin_prefetch(x, 1)
#define ____cacheline_aligned	__attribute__((aligned(64)))

#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)

/* Called before every step that others can see: a test makes it last, at times. */
#ifdef STORE_JITTER
void store_jitter(void);
#else
static inline void store_jitter(void) { }
#endif

typedef struct {
	s64 counter;
} atomic64_t;

typedef struct {
	int counter;
} atomic_t;

static inline s64 atomic64_read(const atomic64_t *v)
{
	store_jitter();
	return READ_ONCE(v->counter);
}

static inline s64 atomic64_read_acquire(const atomic64_t *v)
{
	store_jitter();
	return smp_load_acquire(&v->counter);
}

static inline void atomic64_set(atomic64_t *v, s64 i)
{
	store_jitter();
	WRITE_ONCE(v->counter, i);
}

static inline void atomic64_set_release(atomic64_t *v, s64 i)
{
	store_jitter();
	smp_store_release(&v->counter, i);
}

static inline s64 atomic64_fetch_or(s64 i, atomic64_t *v)
{
	store_jitter();
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);
}

/* As in the kernel, one that fails orders nothing. */
static inline bool atomic64_try_cmpxchg(atomic64_t *v, s64 *old, s64 new)
{
	store_jitter();
	return __atomic_compare_exchange_n(&v->counter, old, new, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static inline int atomic_read(const atomic_t *v)
{
	store_jitter();
	return READ_ONCE(v->counter);
}

static inline int atomic_read_acquire(const atomic_t *v)
{
	store_jitter();
	return smp_load_acquire(&v->counter);
}

static inline void atomic_set(atomic_t *v, int i)
{
	store_jitter();
	WRITE_ONCE(v->counter, i);
}

static inline void atomic_sub(int i, atomic_t *v)
{
	store_jitter();
	__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED);
}

static inline bool atomic_sub_and_test(int i, atomic_t *v)
{
	store_jitter();
	return !__atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline int atomic_add_return(int i, atomic_t *v)
{
	store_jitter();
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

#endif /* _STORE_KERNEL_H */
