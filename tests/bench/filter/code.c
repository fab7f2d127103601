// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Memory for machine code. It is within reach of a 32-bit displacement from this
 * program, which is linked to low addresses, because the Linux kernel's code calls
 * its helpers that way.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

/**
 * code_alloc() - memory for code, all of it traps, that can be written
 * @bytes: how much
 *
 * Return: the memory, at the beginning of a page; or the program ends.
 */
void *code_alloc(size_t bytes)
{
	void *code = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (code == MAP_FAILED)
		die(1, "no memory for code: %s", strerror(errno));
	memset(code, 0xcc, bytes);
	return code;
}

/**
 * code_seal() - from now on it can be run and not written
 * @code: from code_alloc()
 * @bytes: as then
 */
void code_seal(void *code, size_t bytes)
{
	if (mprotect(code, bytes, PROT_READ | PROT_EXEC))
		die(1, "code may not be run: %s", strerror(errno));
}

/**
 * code_free() - give it back
 * @code: from code_alloc()
 * @bytes: as then
 */
void code_free(void *code, size_t bytes)
{
	munmap(code, bytes);
}
