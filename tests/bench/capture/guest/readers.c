// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The table of readers, and what they have in common. */
#include <sys/mman.h>

#include "capture.h"

/* In the order of the results; a further way to read is a row here and a file. */
const struct reader_kind *const reader_kinds[] = {
	&reader_recv, &reader_v2, &reader_v3, &reader_v3_tuned,
	&reader_bpf_read, &reader_bpf_zerocopy, &reader_bpf_mmap,
};
const u32 reader_kinds_count = ARRAY_SIZE(reader_kinds);

void reader_open(struct reader *r, const struct reader_kind *kind, const struct wish *wish)
{
	memset(r, 0, sizeof(*r));
	r->kind = kind;
	kind->open(r, wish);
	/* a page's first use is slow, most of all in User Mode Linux */
	for (u32 at = 0; at < r->map_size; at += 4096)
		(void)*(volatile u8 *)(r->map + at);
}

/* A socket that is still mapped goes on listening, so that comes first. */
void reader_close(struct reader *r)
{
	if (r->map)
		must(munmap(r->map, r->map_size));
	free(r->buffer);
	must(close(r->fd));
}
