// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 2.6: poll, select and epoll: when a descriptor is readable, and the timer.
 */
#include "conf.h"

#include <sys/epoll.h>
#include <sys/select.h>

#define WRITABLE (POLLOUT | POLLWRNORM)
#define READABLE (POLLIN | POLLRDNORM)

static void idle(const struct row *r)
{
	(void)r;
	want(polled(on(), 0), WRITABLE);
}

static void unattached(const struct row *r)
{
	(void)r;
	want(polled(fresh(), 0), POLLHUP | READABLE | WRITABLE);
}

static void is_down(const struct row *r)
{
	int fd = on();

	(void)r;
	if_down("d0");
	want(polled(fd, 0), WRITABLE);
}

static void hold(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	send_frames(fd, 3);
	want(polled(fd, 0), READABLE | WRITABLE);
}

static void store_only(const struct row *r)
{
	int fd = on();

	(void)r;
	send_frames(fd, 3);
	want(polled(fd, 50), WRITABLE);
}

static void store_immediate(const struct row *r)
{
	int fd = on();

	(void)r;
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	want(polled(fd, 0), WRITABLE);
	frame_send(fd, 60, 1);
	want(polled(fd, 0), READABLE | WRITABLE);
	want(read(fd, data, SIZE), ONE_FRAME);
	want(polled(fd, 0), WRITABLE);
}

static void rotates_not(const struct row *r)
{
	int fd = on();

	(void)r;
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	frame_send(fd, 60, 1);
	want_true(readable(fd));
	frame_send(fd, 60, 2);
	want(read(fd, data, SIZE), TWO_FRAMES);
}

static void wakes(const struct row *r)
{
	struct call c = { .fd = bpf_on("d0", TWO), .events = POLLIN };

	must(bpf_set(c.fd, BIOCIMMEDIATE, r->a));
	call_start(&c);
	send_frames(c.fd, r->b);
	want_true(call_end(&c));
	want(c.revents, POLLIN);
}

/* Only what is asked for is told. */
static void asked(const struct row *r)
{
	struct pollfd pfd = { .events = POLLIN };

	(void)r;
	pfd.fd = on();
	want(poll(&pfd, 1, 0), 0);
	want(pfd.revents, 0);
}

/* The read timeout: the first poll that finds nothing starts a timer. */
static void timer(const struct row *r)
{
	int64_t start;
	struct pollfd pfd = { .events = POLLIN };

	(void)r;
	pfd.fd = on();
	must(bpf_timeout_ms(pfd.fd, 60));
	frame_send(pfd.fd, 60, 1);
	start = now_us(CLOCK_MONOTONIC);
	want(poll(&pfd, 1, -1), 1);
	want_true(now_us(CLOCK_MONOTONIC) - start >= 60000);
}

/* Lets poll's timer run out over one stored packet. */
static int timed_out(void)
{
	struct pollfd pfd = { .events = POLLIN };

	pfd.fd = on();
	must(bpf_timeout_ms(pfd.fd, 20));
	frame_send(pfd.fd, 60, 1);
	want(poll(&pfd, 1, -1), 1);
	return pfd.fd;
}

static void timer_stays(const struct row *r)
{
	int fd = timed_out();

	(void)r;
	want_true(readable(fd));
	frame_send(fd, 60, 2);
	want_true(readable(fd));
}

static void timer_entitles(const struct row *r)
{
	int fd = timed_out();
	long before = sleeps();

	(void)r;
	want(read(fd, data, SIZE), ONE_FRAME);
	want(sleeps(), before);
}

static void timer_read_ends(const struct row *r)
{
	int fd = timed_out();

	(void)r;
	want(read(fd, data, SIZE), ONE_FRAME);
	frame_send(fd, 60, 2);
	want(readable(fd), false);
}

static void timer_ioctl_ends(const struct row *r)
{
	int fd = timed_out();

	memset(data, 0, 64);
	(void)ioctl(fd, r->a, data);
	want(readable(fd), false);
}

static void timer_empty(const struct row *r)
{
	int fd = on();

	(void)r;
	must(bpf_timeout_ms(fd, 20));
	want(polled(fd, 0), WRITABLE);
	sleep_ms(40);
	want(readable(fd), false);
}

static void timer_then_packet(const struct row *r)
{
	struct call c = { .fd = on(), .events = POLLIN };

	(void)r;
	must(bpf_timeout_ms(c.fd, 20));
	call_start(&c);
	sleep_ms(100);		/* past the timer: it had nothing to tell */
	want_true(call_asleep(&c));
	frame_send(c.fd, 60, 1);
	want_true(call_end(&c));
	want(c.revents, POLLIN);
}

static void timer_once(const struct row *r)
{
	int64_t start;
	int fd = on(), polls = 0;

	(void)r;
	must(bpf_timeout_ms(fd, 200));
	frame_send(fd, 60, 1);
	start = now_us(CLOCK_MONOTONIC);
	/* were it started anew by each poll it would never run out */
	while (!(polled(fd, 0) & POLLIN) && polls++ < 500)
		sleep_ms(10);
	want_true(polls < 500);
	want_true(now_us(CLOCK_MONOTONIC) - start >= 200000);
}

static void timer_full_first(const struct row *r)
{
	struct call c = { .fd = bpf_on("d0", TWO), .events = POLLIN };

	(void)r;
	must(bpf_timeout_ms(c.fd, 1000000));
	call_start(&c);
	send_frames(c.fd, 3);
	want_true(call_end(&c));
}

static void no_timer(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 60, 1);
	want(polled(fd, 100), WRITABLE);
}

static void select_first(const struct row *r)
{
	struct timeval tv = { 0, 20000 };
	int fd = on();
	fd_set in;

	(void)r;
	bpf_nonblock(fd, true);
	frame_send(fd, 60, 1);
	FD_ZERO(&in);
	FD_SET(fd, &in);
	want(select(fd + 1, &in, NULL, NULL, &tv), 0);
	want(read(fd, data, SIZE), ONE_FRAME);
}

static void select_write(const struct row *r)
{
	int fd = on();
	fd_set out;

	(void)r;
	FD_ZERO(&out);
	FD_SET(fd, &out);
	want(select(fd + 1, NULL, &out, NULL, NULL), 1);
}

static void edges(const struct row *r)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	int fd = on(), ep = must(epoll_create1(EPOLL_CLOEXEC));

	(void)r;
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	want(epoll_wait(ep, &ev, 1, 0), 0);
	for (int i = 0; i < 3; i++) {
		frame_send(fd, 60, i);
		want(epoll_wait(ep, &ev, 1, 0), 1);
		want(epoll_wait(ep, &ev, 1, 0), 0);
	}
}

static void flushed(const struct row *r)
{
	int fd = on();

	(void)r;
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	frame_send(fd, 60, 1);
	must(ioctl(fd, BIOCFLUSH));
	want(readable(fd), false);
}

#define ENDS(name, cmd)							\
	{ "1.1", "FreeBSD", "an ioctl ends what poll's timer has made readable: " name, \
	  timer_ioctl_ends, .a = cmd }

static const struct row rows[] = {
	{ "2.6", "FreeBSD", "attached and empty: writable only", idle },
	{ "2.3", "FreeBSD", "unattached: ready for everything, and hang-up", unattached },
	{ "2.6", "FreeBSD", "interface down: writable", is_down },
	{ "2.6", "FreeBSD", "a hold buffer makes it readable", hold },
	{ "2.6", "FreeBSD", "a store buffer alone does not", store_only },
	{ "2.6", "FreeBSD", "in immediate mode it does, until it is read", store_immediate },
	{ "2.4", "FreeBSD", "poll does not rotate", rotates_not },
	{ "2.6", "FreeBSD", "immediate: a packet wakes a poller", wakes, .a = 1, .b = 1 },
	{ "2.6", "FreeBSD", "a buffer that fills wakes a poller", wakes, .a = 0, .b = 3 },
	{ "2.6", "all", "what was not asked for is not told", asked },
	{ "2.6", "FreeBSD", "flushed: not readable", flushed },
	{ "2.6", "FreeBSD", "the read timeout makes stored data readable, not earlier", timer },
	{ "2.6", "FreeBSD", "it stays readable, also when more comes", timer_stays },
	{ "2.4 step 4a", "FreeBSD", "the next read gets the store buffer without waiting",
	  timer_entitles },
	{ "2.4 step 2", "FreeBSD", "a read ends that state", timer_read_ends },
	ENDS("GBLEN", BIOCGBLEN),
	ENDS("GSTATS", BIOCGSTATS),
	ENDS("VERSION", BIOCVERSION),
	ENDS("FIONREAD", FIONREAD),
	ENDS("IMMEDIATE 0", BIOCIMMEDIATE),
	ENDS("SETBUFMODE, which fails", BIOCSETBUFMODE),
	{ "2.6", "FreeBSD", "the timer over an empty buffer tells nothing", timer_empty },
	{ "2.6", "FreeBSD", "but the first packet after it wakes at once", timer_then_packet },
	{ "2.6", "FreeBSD", "further polls do not start a running timer anew", timer_once },
	{ "2.6", "FreeBSD", "a full buffer is told before the timer", timer_full_first },
	{ "2.6", "FreeBSD", "no timeout, not immediate: only a full buffer counts", no_timer },
	{ "2.6", "all", "select by its own timeout, then a non-blocking read: the data",
	  select_first },
	{ "2.6", "all", "select for writing does not wait", select_write },
	{ "2.6", "ours", "edge-triggered epoll: an event for every packet in immediate mode",
	  edges },
};

SECTION(polling, "poll");
