// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Ours: /dev/bpf, by read(2). */
#include <fcntl.h>
#include <net/bpf.h>
#include <poll.h>

#include "capture.h"

static void set(int fd, unsigned long command, unsigned int value)
{
	must(ioctl(fd, command, &value));
}

/* A descriptor that does not yet listen. */
static void bpf_open(struct reader *r, const struct wish *wish)
{
	struct bpf_insn insns[64];
	struct bpf_program program = { .bf_insns = insns };

	r->fd = must(open("/dev/bpf", O_RDONLY | O_CLOEXEC));
	program.bf_len = filter_make(wish->port, (struct insn *)insns, ARRAY_SIZE(insns));
	must(ioctl(r->fd, BIOCSETF, &program));
	set(r->fd, BIOCIMMEDIATE, wish->immediate);
}

static void bpf_bind(struct reader *r)
{
	struct ifreq ifr = { .ifr_name = INTERFACE };

	must(ioctl(r->fd, BIOCSETIF, &ifr));
}

/**
 * bpf_engine() - what runs the driver's filters
 *
 * Return: its name.
 */
const char *bpf_engine(void)
{
	static const char *const names[] = { "none", "interpreter", "native", "eBPF" };
	struct wish wish = { .port = ACCEPTED_PORT };
	struct bpf_engine engine;
	struct reader r;

	bpf_open(&r, &wish);
	must(ioctl(r.fd, BIOCGENGINE, &engine));
	close(r.fd);
	return engine.be_read < ARRAY_SIZE(names) ? names[engine.be_read] : "unknown";
}

static u64 bpf_dropped(struct reader *r)
{
	struct bpf_stat64 stat;

	must(ioctl(r->fd, BIOCGSTATS64, &stat));
	return stat.bs_drop;
}

/* Two buffers share the memory. */
static void read_open(struct reader *r, const struct wish *wish)
{
	struct timeval timeout = { .tv_sec = 1 };	/* tcpdump's */

	bpf_open(r, wish);
	r->buffer_size = wish->memory / 2;
	set(r->fd, BIOCSBLEN, r->buffer_size);
	if (!wish->immediate)
		must(ioctl(r->fd, BIOCSRTIMEOUT, &timeout));
	r->buffer = malloc(r->buffer_size);
	memset(r->buffer, 0, r->buffer_size);
	bpf_bind(r);
}

/* Records are in the order of their places, and each says how long it is. */
static void bpf_walk(struct reader *r, const u8 *at, const u8 *end)
{
	while (at < end) {
		const struct bpf_hdr *hdr = (const void *)at;

		reader_seen(r, at + hdr->bh_hdrlen, hdr->bh_caplen);
		at += BPF_WORDALIGN(hdr->bh_hdrlen + hdr->bh_caplen);
	}
}

static bool bpf_readable(struct reader *r)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };

	r->calls++;
	return must(poll(&p, 1, 0)) > 0;
}

static void read_take(struct reader *r, bool wait)
{
	ssize_t len;

	while (wait || bpf_readable(r)) {
		r->calls++;
		len = read(r->fd, r->buffer, r->buffer_size);
		if (len < 0 && errno != EINTR)
			die("read: %s", strerror(errno));
		if (len > 0)
			bpf_walk(r, r->buffer, r->buffer + len);
		if (wait)
			break;
	}
}

const struct reader_kind reader_bpf_read = {
	.name = "bpf-read", .label = "bsdbpf, read",
	.open = read_open, .take = read_take, .dropped = bpf_dropped,
};
