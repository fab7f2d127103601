// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 2.1: the state of a descriptor after open.
 */
#include "conf.h"

static void number(const struct row *r)
{
	want(get(fresh(), r->a), r->b);
}

/* As it is where nobody has set the sysctl; private_net() has. */
static void buffer_size(const struct row *r)
{
	must(unshare(CLONE_NEWNET));
	number(r);
}

static void no_timeout(const struct row *r)
{
	struct timeval tv = { 9, 9 };

	want(ioctl(fresh(), r->a, &tv), 0);
	want_true(!tv.tv_sec && !tv.tv_usec);
}

static void no_wait_timeout(const struct row *r)
{
	struct timeval tv;

	(void)r;
	want_errno(ioctl(fresh(), BIOCGWTIMEOUT, &tv), ENXIO);
}

static void no_counts(const struct row *r)
{
	struct bpf_stat st = bpf_stats(fresh());

	(void)r;
	want_true(!st.bs_recv && !st.bs_drop);
}

static void no_filter(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 1514, 1);
	want(nth(take(fd), 0)->bh_caplen, 1514);
}

static void no_write_filter(const struct row *r)
{
	(void)r;
	want(write(on(), data, 60), 60);
}

static void not_immediate(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 60, 1);
	want(readable(fd), false);
}

static void unattached(const struct row *r)
{
	want_errno(ioctl(fresh(), r->a, data), EINVAL);
}

static void unlocked(const struct row *r)
{
	(void)r;
	want(bpf_set(fresh(), BIOCSBLEN, 100), 0);
}

static void no_signals(const struct row *r)
{
	int fd = on();

	(void)r;
	must(bpf_set(fd, FIOSETOWN, getpid()));
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	/* SIGIO ends a process */
	frame_send(fd, 60, 1);
}

static void no_owner(const struct row *r)
{
	(void)r;
	want(get(fresh(), FIOGETOWN), 0);
}

static void not_promiscuous(const struct row *r)
{
	(void)r;
	on();
	want(promiscuity("d0"), 0);
}

static void no_pcp(const struct row *r)
{
	uint8_t frame[64], tag[2];
	int fd = on();

	(void)r;
	frame_make(frame, sizeof(frame), 1);
	memcpy(frame + 12, "\x81\0\x60\5", 4);
	must(write(fd, frame, sizeof(frame)));
	memcpy(tag, record_data(nth(take(fd), 0)) + 14, 2);
	want(tag[0], 0x60);
}

static const struct row rows[] = {
	{ "2.1", "ours", "the buffer size is 524288", buffer_size,
	  "FreeBSD: 4096, which is less than one burst", .a = BIOCGBLEN, .b = 524288 },
	{ "2.1", "FreeBSD", "there is no read filter: packets come whole", no_filter },
	{ "2.1", "FreeBSD", "there is no write filter", no_write_filter },
	{ "2.1", "FreeBSD", "immediate mode is off", not_immediate },
	{ "2.1", "FreeBSD", "there is no read timeout", no_timeout, .a = BIOCGRTIMEOUT },
	{ "2.1", "FreeBSD", "the signal is SIGIO", number, .a = BIOCGRSIG, .b = SIGIO },
	{ "2.1", "FreeBSD", "signals are off", no_signals },
	{ "2.1", "FreeBSD", "nobody owns its signals", no_owner },
	{ "2.1", "FreeBSD", "both directions are seen", number, .a = BIOCGDIRECTION, .b = 1 },
	{ "2.1", "FreeBSD", "SEESENT, its older name, is on", number, .a = BIOCGSEESENT, .b = 1 },
	{ "2.1", "FreeBSD", "the source address is filled in", number, .a = BIOCGHDRCMPLT, .b = 0 },
	{ "2.1", "FreeBSD", "feedback is off", number, .a = BIOCGFEEDBACK, .b = 0 },
	{ "2.1", "FreeBSD", "stamps are of microseconds and real time", number,
	  .a = BIOCGTSTAMP, .b = 0 },
	{ "2.1", "FreeBSD", "it is not locked", unlocked },
	{ "2.1", "FreeBSD", "the buffer mode is 1", number, .a = BIOCGETBUFMODE, .b = 1 },
	{ "2.1", "FreeBSD", "no interface: GETIF is EINVAL", unattached, .a = BIOCGETIF },
	{ "2.1", "FreeBSD", "no interface: GDLT is EINVAL", unattached, .a = BIOCGDLT },
	{ "2.1", "FreeBSD", "attaching alone does not make it promiscuous", not_promiscuous },
	{ "2.1", "FreeBSD", "nothing is buffered", number, .a = FIONREAD, .b = 0 },
	{ "2.1", "FreeBSD", "the counters are 0", no_counts },
	{ "1.4 SETVLANPCP", "FreeBSD", "written frames keep their 802.1p priority", no_pcp },
	{ "6.5", "OpenBSD", "there is no wait timeout: GWTIMEOUT is ENXIO", no_wait_timeout },
	{ "6.5", "OpenBSD", "matching packets go on to the stack", number,
	  .a = BIOCGFILDROP, .b = 0 },
	{ "1.4 macOS", "macOS", "full buffers drop the new packet", number,
	  .a = BIOCGHEADDROP, .b = 0 },
	{ "1.4 macOS", "macOS", "a write is one frame", number, .a = BIOCGBATCHWRITE, .b = 0 },
	{ "ours", "ours", "records have no packet information", number,
	  .a = BIOCGPKTINFO, .b = 0 },
};

SECTION(defaults, "state after open");
