/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Marks between which count.c, the plugin outside of the test machine, counts
 * instructions. A mark is an instruction that does nothing and that nobody else
 * uses: a long no-op with letters in it. Without the plugin nothing happens.
 */
#ifndef MARK_H
#define MARK_H

/* Returns the number of this mark; the first one is 0. */
static inline unsigned int mark(void)
{
	static unsigned int marks;

	__asm__ volatile(".byte 0x0f, 0x1f, 0x80, 'B', 'b', 'p', 'f'" : : : "memory");
	return marks++;
}

#endif /* MARK_H */
