// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Ours: /dev/bpf, by read(2); and what the other ways to read it need, too. */
#include <fcntl.h>
#include <poll.h>

#include "bpf.h"

void bpf_set(int fd, unsigned long command, unsigned int value)
{
	must(ioctl(fd, command, &value));
}

/* A descriptor that does not yet listen. */
void bpf_open(struct reader *r, const struct wish *wish, int flags)
{
	struct bpf_insn insns[64];
	struct bpf_program program = { .bf_insns = insns };

	r->fd = must(open("/dev/bpf", flags | O_CLOEXEC));
	program.bf_len = filter_make(wish->port, (struct insn *)insns, ARRAY_SIZE(insns));
	must(ioctl(r->fd, BIOCSETF, &program));
	bpf_set(r->fd, BIOCIMMEDIATE, wish->immediate);
}

void bpf_bind(struct reader *r)
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

	bpf_open(&r, &wish, O_RDONLY);
	must(ioctl(r.fd, BIOCGENGINE, &engine));
	close(r.fd);
	return engine.be_read < ARRAY_SIZE(names) ? names[engine.be_read] : "unknown";
}

u64 bpf_dropped(struct reader *r)
{
	struct bpf_stat64 stat;

	must(ioctl(r->fd, BIOCGSTATS64, &stat));
	return stat.bs_drop;
}

/* Two buffers share the memory. */
static void read_open(struct reader *r, const struct wish *wish)
{
	struct timeval timeout = { .tv_sec = READ_TIMEOUT_MS / 1000 };

	bpf_open(r, wish, O_RDONLY);
	r->buffer_size = wish->memory / 2;
	bpf_set(r->fd, BIOCSBLEN, r->buffer_size);
	if (!wish->immediate)
		must(ioctl(r->fd, BIOCSRTIMEOUT, &timeout));
	r->buffer = malloc(r->buffer_size);
	memset(r->buffer, 0, r->buffer_size);
	bpf_bind(r);
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
