/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Memory for the engine that can be had or not, as a test wants it. Included before
 * everything else when the engine is compiled for the coverage fuzzer; port.h leaves
 * alone what is defined here.
 */
#ifndef FUZZ_ALLOC_H
#define FUZZ_ALLOC_H

#include <stddef.h>

/* The next so many allocations succeed, the one after them does not. */
extern unsigned int alloc_left;

/* How many there are that have not been freed. */
extern int alloc_live;

void *alloc_zeroed(size_t bytes);
void alloc_free(void *memory);

#define cbpf_alloc(bytes)	alloc_zeroed(bytes)
#define cbpf_free(memory)	alloc_free(memory)

#endif
