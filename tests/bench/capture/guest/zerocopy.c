// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Ours: buffers that the driver shares with the program, which are the program's own
 * memory (BIOCSETZBUF, as FreeBSD has it) or the driver's, by mmap(2). As libpcap reads
 * them: headers say what there is, and where they say nothing, poll sleeps, and
 * BIOCROTZBUF asks for a buffer that is not full.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include "bpf.h"

enum { HEADER = sizeof(struct bpf_zbuf_header) };

/* Unattached, in the buffer mode. The wish's memory is two buffers with their headers. */
static void zbuf_open(struct reader *r, const struct wish *wish)
{
	bpf_open(r, wish, O_RDWR);
	bpf_set(r->fd, BIOCSETBUFMODE, BPF_BUFMODE_ZBUF);
	r->block_size = wish->memory / 2;
	r->blocks = 2;
	r->map_size = 2 * r->block_size;
}

static void own_open(struct reader *r, const struct wish *wish)
{
	struct bpf_zbuf where;

	zbuf_open(r, wish);
	r->map = mmap(NULL, r->map_size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must((long)r->map);
	where = (struct bpf_zbuf){ r->map, r->map + r->block_size, r->block_size };
	must(ioctl(r->fd, BIOCSETZBUF, &where));
	bpf_bind(r);
}

static void mmap_open(struct reader *r, const struct wish *wish)
{
	zbuf_open(r, wish);
	bpf_set(r->fd, BIOCSBLEN, r->block_size - HEADER);
	r->map = mmap(NULL, r->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	must((long)r->map);
	bpf_bind(r);
}

/* The next buffer, if it is the program's: without any call. */
static bool zbuf_next(struct reader *r)
{
	struct bpf_zbuf_header *header = (void *)(r->map + r->at * r->block_size);
	const u8 *records = (u8 *)header + HEADER;
	u32 gen = __atomic_load_n(&header->bzh_kernel_gen, __ATOMIC_ACQUIRE);

	if (gen == header->bzh_user_gen)
		return false;
	bpf_walk(r, records, records + header->bzh_kernel_len);
	__atomic_store_n(&header->bzh_user_gen, gen, __ATOMIC_RELEASE);
	r->at = !r->at;
	return true;
}

static void zbuf_sleep(struct reader *r)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };

	r->calls++;
	if (poll(&p, 1, READ_TIMEOUT_MS) < 0 && errno != EINTR)
		die("poll: %s", strerror(errno));
}

/* Whether there was anything. */
static bool zbuf_rotate(struct reader *r)
{
	struct bpf_zbuf where;

	r->calls++;
	must(ioctl(r->fd, BIOCROTZBUF, &where));
	return where.bz_buflen;
}

static void zbuf_take(struct reader *r, bool wait)
{
	u64 before = r->records;

	do {
		while (zbuf_next(r))
			;
		if (wait && r->records != before)
			return;
		if (wait)
			zbuf_sleep(r);
		/* what a full buffer woke it for is there without this call */
	} while (zbuf_next(r) || zbuf_rotate(r));
}

const struct reader_kind reader_bpf_zerocopy = {
	.name = "bpf-zerocopy", .label = "bsdbpf, BIOCSETZBUF",
	.open = own_open, .take = zbuf_take, .dropped = bpf_dropped,
};

const struct reader_kind reader_bpf_mmap = {
	.name = "bpf-mmap", .label = "bsdbpf, mmap",
	.open = mmap_open, .take = zbuf_take, .dropped = bpf_dropped,
};
