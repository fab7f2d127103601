/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Random numbers of which a test can make the same again; nothing about filters. */
#ifndef UNIT_RNG_H
#define UNIT_RNG_H

#include "cbpf.h"

/* splitmix64: good enough, and one word of state that any number seeds. */
static inline u64 rng_next(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 to @limit - 1. */
static inline u32 rng_below(u64 *state, u32 limit)
{
	return (rng_next(state) >> 32) * limit >> 32;
}

static inline bool rng_one_in(u64 *state, u32 n)
{
	return rng_below(state, n) == 0;
}

/* Values where arithmetic, shifts and offsets go wrong, and any others. */
static inline u32 rng_wild(u64 *state)
{
	static const u32 edges[] = {
		0, 1, 2, 15, 16, 31, 32, 33, 0x7fffffff, 0x80000000, 0xfffff000,
		0xfffffffc, 0xfffffffe, 0xffffffff,
	};

	switch (rng_below(state, 4)) {
	case 0:
		return edges[rng_below(state, sizeof(edges) / sizeof(edges[0]))];
	case 1:
		return rng_below(state, 256);
	case 2:
		return (u32)1 << rng_below(state, 32);
	default:
		return rng_next(state);
	}
}

#endif
