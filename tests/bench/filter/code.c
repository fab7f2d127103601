// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Memory for machine code, each with the measuring loop (loop.S) in front of it, in the
 * same page. It is within reach of a 32-bit displacement from this program, which is
 * linked to low addresses, because the Linux kernel's code calls its helpers that way.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

/* The code's distance from the loop, and so from the beginning of the page. */
enum { DISTANCE = 256 };

/**
 * code_make() - put code into memory where it can be run
 * @code: machine code that may be anywhere
 * @bytes: how much
 * @to: where to store what is to be called, from where, and the size
 *
 * Return: the copy, which may be changed until code_seal().
 */
u8 *code_make(const void *code, u32 bytes, struct loaded *to)
{
	u8 *page = mmap(NULL, DISTANCE + bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (page == MAP_FAILED)
		die(1, "no memory for code: %s", strerror(errno));
	memset(page, 0xcc, DISTANCE);
	memcpy(page, loop_begin, loop_end - loop_begin);
	memcpy(page + DISTANCE, code, bytes);
	to->loop = (loop_fn)(void *)page;
	to->judge = (judge_fn)(void *)(page + DISTANCE);
	to->bytes = bytes;
	return page + DISTANCE;
}

/**
 * code_seal() - from now on it can be run and not written
 * @loaded: from code_make()
 */
void code_seal(struct loaded *loaded)
{
	if (mprotect((void *)loaded->loop, DISTANCE + loaded->bytes, PROT_READ | PROT_EXEC))
		die(1, "code may not be run: %s", strerror(errno));
}

/**
 * code_free() - give it back
 * @loaded: from code_make()
 */
void code_free(struct loaded *loaded)
{
	munmap((void *)loaded->loop, DISTANCE + loaded->bytes);
}

/**
 * code_far_loop() - a loop for functions that are anywhere
 *
 * Far away from all of them, so that none of them is called faster than others.
 */
loop_fn code_far_loop(void)
{
	static void *loop;

	if (!loop) {
		loop = mmap((void *)(1ULL << 44), loop_end - loop_begin, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (loop == MAP_FAILED)
			die(1, "no memory for code: %s", strerror(errno));
		memcpy(loop, loop_begin, loop_end - loop_begin);
		mprotect(loop, loop_end - loop_begin, PROT_READ | PROT_EXEC);
	}
	return (loop_fn)loop;
}
