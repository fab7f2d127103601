// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Packets that find no room: each has a reason in /proc/net/bpf, the reasons add up to
 * the drops, exactly, and the tracepoint tells of the same.  What makes a processor
 * stand still while it writes a record ("closing") cannot be arranged here.
 */
#include "bpf.h"
#include <inttypes.h>
#include <pthread.h>
#include <sys/utsname.h>
#include "engine.h"
#include "stall.h"
#include "zcopy.h"

#define SMALL 200		/* two records of 60 bytes in each buffer */
#define TRACING "/sys/kernel/tracing/"

static const char *const columns[] = {
	"Dunread", "Dreading", "Dclosing", "Dshared", "Dhead", "Dsize"
};

static uint32_t serial;

static void traffic(int w, unsigned int n)
{
	while (n--)
		frame_send(w, 60, serial++);
}

/* A column of the descriptor that was opened last. */
static uint64_t column(const char *name)
{
	char text[8192], *line;
	int at = 0;

	file_get("/proc/net/bpf", text, sizeof(text));
	while (strcmp(word_of(text, at), name))
		must(*word_of(text, at++) ? 0 : -1);
	text[strlen(text) - 1] = '\0';
	line = strrchr(text, '\n') + 1;
	return strtoull(word_of(line, at), NULL, 10);
}

/* All drops have this reason; NULL: there are none. */
static void lost_to(int fd, const char *reason, uint64_t drops)
{
	uint64_t sum = 0, n;
	bool only = true;

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		n = column(columns[i]);
		sum += n;
		only &= n == (reason && !strcmp(columns[i], reason) ? drops : 0);
		if (n)
			printf("# %s %" PRIu64 "\n", columns[i], n);
	}
	is_ret(column("Drop"), drops, "%s: as many drops as there have to be",
	       reason ?: "none");
	is_ret(bpf_stats(fd).bs_drop, drops, "BIOCGSTATS says the same");
	is_ret(sum, drops, "the reasons add up to them");
	ok(only, "and it is that reason alone");
}

static void unread(int w)
{
	int fd = bpf_on("d0", SMALL);

	lost_to(fd, NULL, 0);
	traffic(w, 10);
	lost_to(fd, "Dunread", 6);
	must(ioctl(fd, BIOCFLUSH));
	lost_to(fd, NULL, 0);
	close(fd);
}

static void head(int w)
{
	int fd = bpf_on("d0", SMALL);

	must(bpf_set(fd, BIOCSHEADDROP, 1));
	traffic(w, 10);
	lost_to(fd, "Dhead", 6);
	close(fd);
}

static void size(int w)
{
	int fd = bpf_open(O_RDWR);

	/* 34 bytes of header */
	must(bpf_set(fd, BIOCSPKTINFO, 1));
	must(bpf_set(fd, BIOCSBLEN, 32));
	must(bpf_setif(fd, "d0"));
	traffic(w, 7);
	lost_to(fd, "Dsize", 7);
	close(fd);
}

/* A read into memory that does not come. */
struct slow_read {
	struct stall stall;
	int fd;
};

static void *reader(void *arg)
{
	struct slow_read *at = arg;

	return (void *)read(at->fd, at->stall.page, SMALL);
}

/* It has the hold buffer meanwhile. */
static void reading(int w)
{
	struct slow_read at = { .fd = bpf_on("d0", SMALL) };
	pthread_t thread;
	void *ret;

	if (stall_make(&at.stall)) {
		ok(true, "reading # SKIP no userfaultfd in this kernel");
		close(at.fd);
		return;
	}
	traffic(w, 3);
	must(pthread_create(&thread, NULL, reader, &at) ? -1 : 0);
	must(stall_touched(&at.stall) ? 0 : -1);
	traffic(w, 10);
	/* one more has room beside the third one */
	lost_to(at.fd, "Dreading", 9);
	stall_end(&at.stall);
	pthread_join(thread, &ret);
	ok((long)ret > 0, "the read ends well");
	close(at.fd);
}

static void shared(int w)
{
	struct zcopy z;
	unsigned int fit;

	zcopy_allow(true);
	zcopy_on(&z, MAPPED, 1, "d0");
	fit = (z.size + BPF_WORDALIGN(26 + 60) - (26 + 60)) / RECORD_SIZE(60);
	traffic(w, 2 * fit + 5);
	lost_to(z.fd, "Dshared", 5);
	zcopy_close(&z);
	zcopy_allow(false);
}

/* The tracepoint's packets, for this reason. */
static unsigned int traced(const char *reason)
{
	static char text[65536];
	unsigned int n = 0, packets;
	char *line, *save, *at;

	file_get(TRACING "trace", text, sizeof(text));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		at = strstr(line, " drop: ");
		if (at && strstr(at, reason) &&
		    sscanf(strstr(at, "packets="), "packets=%u", &packets) == 1)
			n += packets;
	}
	return n;
}

static void tracepoint(int w)
{
	if (access(TRACING "events/bsdbpf/drop/enable", W_OK)) {
		ok(true, "events/bsdbpf/drop # SKIP this kernel has no trace events");
		return;
	}
	sh(": >" TRACING "trace");	/* O_TRUNC empties it */
	file_put(TRACING "events/bsdbpf/drop/enable", "1");
	unread(w);
	head(w);
	size(w);
	file_put(TRACING "events/bsdbpf/drop/enable", "0");
	is_ret(traced("reason=unread "), 6, "traced: no read");
	is_ret(traced("reason=head "), 6, "traced: given up");
	is_ret(traced("reason=size "), 7, "traced: too large");
	unread(w);
	is_ret(traced("reason=unread "), 6, "and no more when it is off");
}

int main(void)
{
	int w;

	private_net();
	sh("ip link add d0 up type dummy");
	w = bpf_on("d0", 0);
	must(bpf_set(w, BIOCSHDRCMPLT, 1));
	must(bpf_set(w, BIOCSDIRECTION, BPF_D_IN));
	unread(w);
	head(w);
	size(w);
	reading(w);
	shared(w);
	tracepoint(w);
	return tap_done();
}
