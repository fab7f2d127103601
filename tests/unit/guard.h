/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Memory between two inaccessible pages, so that reading one byte too many
 * ends the test, also in code that no sanitizer looks at.
 */
#ifndef UNIT_GUARD_H
#define UNIT_GUARD_H

#include <stddef.h>

struct guard {
	unsigned char *start;	/* the byte before it is inaccessible */
	unsigned char *end;	/* the byte at it is inaccessible */
};

/* Room for at least @size bytes; ends the program if there is no memory. */
struct guard guard_alloc(size_t size);
void guard_free(struct guard *guard);

/* Copy @len bytes to the very start, or to the very end, of the room. */
void *guard_at_start(const struct guard *guard, const void *from, size_t len);
void *guard_at_end(const struct guard *guard, const void *from, size_t len);

#endif
