// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 9.3: the sysctls, one set for each network namespace.
 */
#include "conf.h"

static void is(const struct row *r)
{
	must(unshare(CLONE_NEWNET));	/* private_net() has set some */
	want(atol(sysctl_get(r->p)), r->a);
	want_true(*sysctl_get(r->p));
}

/* Values r->a .. r->b are taken, those just outside refused. */
static void range(const struct row *r)
{
	char low[32], high[32], below[32], above[32];

	sprintf(low, "%lu", r->a);
	sprintf(high, "%lu", r->b);
	sprintf(below, "%ld", (long)r->a - 1);
	sprintf(above, "%lu", r->b + 1);
	want(sysctl_set(r->p, low), 0);
	want(atol(sysctl_get(r->p)), r->a);
	want(sysctl_set(r->p, below), EINVAL);
	want(atol(sysctl_get(r->p)), r->a);
	want(sysctl_set(r->p, high), 0);
	want(atol(sysctl_get(r->p)), r->b);
	want(sysctl_set(r->p, above), EINVAL);
	want(atol(sysctl_get(r->p)), r->b);
}

static void garbage(const struct row *r)
{
	want(sysctl_set(r->p, "many"), EINVAL);
}

static void bufsize(const struct row *r)
{
	int before = fresh();

	(void)r;
	want(sysctl_set("bufsize", "12345"), 0);
	want(get(fresh(), BIOCGBLEN), 12345);
	want(get(before, BIOCGBLEN), 4096);
}

static void bufsize_max(const struct row *r)
{
	(void)r;
	want(sysctl_set("bufsize", "524288"), 0);
	want(sysctl_set("bufsize", "524289"), EINVAL);
	want(sysctl_set("maxbufsize", "1000000"), 0);
	want(sysctl_set("bufsize", "524289"), 0);
}

static void maxbufsize(const struct row *r)
{
	uint32_t blen = 1000000;
	int fd = fresh();

	(void)r;
	want(sysctl_set("maxbufsize", "600000"), 0);
	want(ioctl(fd, BIOCSBLEN, &blen), 0);
	want(blen, 600000);
	want(sysctl_set("maxbufsize", "8192"), 0);
	blen = 1000000;
	want(ioctl(fd, BIOCSBLEN, &blen), 0);
	want(blen, 8192);
}

static void maxinsns(const struct row *r)
{
	int fd = fresh();

	want(sysctl_set("maxinsns", "3"), 0);
	want(ioctl(fd, r->a, PROGRAM(RET(1), RET(1), RET(1))), 0);
	want_errno(ioctl(fd, r->a, PROGRAM(RET(1), RET(1), RET(1), RET(1))), EINVAL);
}

static void maxinsns_old(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCSETF, ODD_ONLY(20)));
	want(sysctl_set("maxinsns", "1"), 0);
	frame_send(fd, 60, 1);
	want(nth(take(fd), 0)->bh_caplen, 20);
}

static void own_set(const struct row *r)
{
	char before[64];

	must(unshare(CLONE_NEWNET));	/* private_net() has set some */
	strcpy(before, sysctl_get(r->p));
	want(sysctl_set(r->p, "1000"), 0);
	must(unshare(CLONE_NEWNET));
	want(strcmp(sysctl_get(r->p), before), 0);
}

/* Root of a namespace that any user can make is not whom it protects. */
static void harden_user(const struct row *r)
{
	(void)r;
	must(unshare(CLONE_NEWUSER | CLONE_NEWNET));
	want(atol(sysctl_get("jit_harden")), 1);
	want(sysctl_set("jit_harden", "0"), EACCES);
}

/* "recv drop capt" of the namespace */
static void stats(const struct row *r)
{
	long recv, drop, capt;
	int fd = bpf_on("d0", TWO), other = on();

	(void)r;
	must(ioctl(fd, BIOCSETF, ODD_ONLY(60)));
	send_frames(other, 12);
	want(sscanf(sysctl_get("stats"), "%ld %ld %ld", &recv, &drop, &capt), 3);
	want(recv, 24);
	want(drop, 2);
	want(capt, 18);
}

static void stats_closed(const struct row *r)
{
	long recv, drop, capt;
	int fd = on();

	(void)r;
	send_frames(fd, 3);
	must(close(fd));
	want(sscanf(sysctl_get("stats"), "%ld %ld %ld", &recv, &drop, &capt), 3);
	want(recv, 3);
	want(capt, 3);
}

static void stats_flush(const struct row *r)
{
	long recv, drop, capt;
	int fd = on();

	(void)r;
	send_frames(fd, 3);
	must(ioctl(fd, BIOCFLUSH));
	want(sscanf(sysctl_get("stats"), "%ld %ld %ld", &recv, &drop, &capt), 3);
	want(recv, 3);
}

static void stats_zero(const struct row *r)
{
	int fd = on();

	(void)r;
	send_frames(fd, 3);
	want(sysctl_set("stats", "0"), 0);
	want(recv_count(fd), 0);
	want(atoi(proc_field("Match", 0)), 0);
	want(bpf_buffered(fd), 2 * RECORD_SIZE(60) + ONE_FRAME);
}

static void stats_other(const struct row *r)
{
	(void)r;
	want(sysctl_set("stats", "1"), EINVAL);
}

#define IS(name, value, what)						\
	{ "9.3", "FreeBSD", "net.bpf." name " is " #value ": " what, is, .p = name, .a = value }
#define RANGE(name, low, high)						\
	{ "9.3", "ours", "net.bpf." name " goes from " #low " to " #high, range, .p = name, \
	  .a = low, .b = high }

static const struct row rows[] = {
	{ "9.3", "ours", "net.bpf.bufsize is 524288: buffer size at open", is, "FreeBSD: 4096",
	  .p = "bufsize", .a = 524288 },
	IS("maxbufsize", 524288, "greatest SBLEN"),
	{ "9.3", "ours", "net.bpf.maxinsns is 4096", is, "FreeBSD: 512", .p = "maxinsns",
	  .a = 4096 },
	IS("optimize_writers", 0, "all descriptors receive"),
	IS("zerocopy_enable", 0, "SETBUFMODE 2 is not allowed"),
	{ "9.3", "ours", "net.bpf.jit_enable is 1", is, "FreeBSD: net.bpf_jitter.enable",
	  .p = "jit_enable", .a = 1 },
	{ "9.3", "ours", "net.bpf.jit_harden is 1", is, .p = "jit_harden", .a = 1 },
	RANGE("bufsize", 32, 524288),
	RANGE("maxbufsize", 32, 16777216),
	RANGE("maxinsns", 1, 4096),
	RANGE("optimize_writers", 0, 1),
	RANGE("zerocopy_enable", 0, 1),
	RANGE("jit_enable", 0, 2),
	RANGE("jit_harden", 0, 2),
	{ "9.3", "ours", "net.bpf.bufsize takes numbers only", garbage, .p = "bufsize" },
	{ "9.3", "FreeBSD", "bufsize is the size of later opens", bufsize },
	{ "9.3", "ours", "bufsize cannot be above maxbufsize", bufsize_max },
	{ "9.3", "FreeBSD", "maxbufsize is SBLEN's ceiling", maxbufsize },
	{ "9.3", "FreeBSD", "maxinsns bounds SETF", maxinsns, .a = BIOCSETF },
	{ "9.3", "FreeBSD", "maxinsns bounds SETFNR", maxinsns, .a = BIOCSETFNR },
	{ "9.3", "FreeBSD", "maxinsns bounds SETWF", maxinsns, .a = BIOCSETWF },
	{ "9.3", "FreeBSD", "a lower maxinsns leaves filters that are set", maxinsns_old },
	{ "9.3", "FreeBSD", "a namespace has its own bufsize", own_set, .p = "bufsize" },
	{ "9.3", "FreeBSD", "a namespace has its own maxinsns", own_set, .p = "maxinsns" },
	{ "9.3", "ours", "a user's namespace cannot lower jit_harden", harden_user },
	{ "9.3", "NetBSD", "net.bpf.stats: recv, drop, capt of all descriptors", stats },
	{ "9.3", "NetBSD", "net.bpf.stats: those of closed descriptors, too", stats_closed },
	{ "9.3", "NetBSD", "net.bpf.stats: FLUSH does not change it", stats_flush },
	{ "9.2", "FreeBSD", "writing 0 to it zeroes the descriptors' counters, not their data",
	  stats_zero },
	{ "9.2", "FreeBSD", "writing anything else is EINVAL", stats_other },
};

SECTION_OWN_NET(sysctls, "sysctls");
