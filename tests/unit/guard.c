// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Memory between two inaccessible pages: see guard.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guard.h"

struct guard guard_alloc(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t room = (size + page - 1) / page * page;
	unsigned char *map;

	map = mmap(NULL, room + 2 * page, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED ||
	    mprotect(map + page, room, PROT_READ | PROT_WRITE) != 0) {
		perror("guard pages");
		exit(EXIT_FAILURE);
	}
	return (struct guard){ map + page, map + page + room };
}

void guard_free(struct guard *guard)
{
	size_t page = sysconf(_SC_PAGESIZE);

	munmap(guard->start - page, guard->end - guard->start + 2 * page);
}

void *guard_at_start(const struct guard *guard, const void *from, size_t len)
{
	if (len)
		memcpy(guard->start, from, len);
	return guard->start;
}

void *guard_at_end(const struct guard *guard, const void *from, size_t len)
{
	if (len)
		memcpy(guard->end - len, from, len);
	return guard->end - len;
}
