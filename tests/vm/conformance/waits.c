// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 6.5: OpenBSD's wait timeout: how long a packet may wait in the store buffer.
 */
#include "conf.h"

static int set_ms(int fd, long ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	return ioctl(fd, BIOCSWTIMEOUT, &tv);
}

static void value(const struct row *r)
{
	struct timeval tv = { r->a, r->b };
	int fd = fresh();

	want(ioctl(fd, BIOCSWTIMEOUT, &tv), 0);
	memset(&tv, 0xff, sizeof(tv));
	want(ioctl(fd, BIOCGWTIMEOUT, &tv), 0);
	want(tv.tv_sec, r->a);
	want(tv.tv_usec, r->b);
}

static void invalid(const struct row *r)
{
	struct timeval tv = { r->a, r->b };
	int fd = fresh();

	must(set_ms(fd, 2500));
	want_errno(ioctl(fd, BIOCSWTIMEOUT, &tv), EINVAL);
	must(ioctl(fd, BIOCGWTIMEOUT, &tv));
	want_true(tv.tv_sec == 2 && tv.tv_usec == 500000);
}

static void off(const struct row *r)
{
	struct timeval tv;
	int fd = fresh();

	must(set_ms(fd, 1000));
	if (r->a == BIOCDWTIMEOUT)
		want(ioctl(fd, BIOCDWTIMEOUT), 0);
	else
		want(bpf_set(fd, BIOCIMMEDIATE, 0), 0);
	want_errno(ioctl(fd, BIOCGWTIMEOUT, &tv), ENXIO);
}

static void immediate(const struct row *r)
{
	struct timeval tv = { 9, 9 };
	int fd = fresh();

	(void)r;
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	want(ioctl(fd, BIOCGWTIMEOUT, &tv), 0);
	want_true(!tv.tv_sec && !tv.tv_usec);
}

static void zero_is_immediate(const struct row *r)
{
	int fd = on();

	(void)r;
	must(set_ms(fd, 0));
	frame_send(fd, 60, 1);
	want_true(readable(fd));
	want(read(fd, data, SIZE), ONE_FRAME);
}

static void poller(const struct row *r)
{
	struct pollfd pfd = { .events = POLLIN };
	int64_t start;

	(void)r;
	pfd.fd = on();
	must(set_ms(pfd.fd, 60));
	start = now_us(CLOCK_MONOTONIC);
	frame_send(pfd.fd, 60, 1);
	want(poll(&pfd, 1, -1), 1);
	want_true(now_us(CLOCK_MONOTONIC) - start >= 60000);
}

static void reader(const struct row *r)
{
	struct call c = { .fd = on(), .len = SIZE };
	int64_t start;

	(void)r;
	must(set_ms(c.fd, 500));
	call_start(&c);
	sleep_ms(20);
	start = now_us(CLOCK_MONOTONIC);
	send_frames(c.fd, 2);
	want_true(call_end(&c));
	want(c.ret, TWO_FRAMES);
	/* from the first packet, not from the call */
	want_true(c.end - start >= 500000);
}

static void ready_read(const struct row *r)
{
	int fd = on();
	long before;

	(void)r;
	must(set_ms(fd, 20));
	frame_send(fd, 60, 1);
	want_true(wait_until(readable(fd)));
	before = sleeps();
	want(read(fd, data, SIZE), ONE_FRAME);
	want(sleeps(), before);
}

static void empty(const struct row *r)
{
	int fd = on();

	(void)r;
	must(set_ms(fd, 20));
	sleep_ms(40);
	want(readable(fd), false);
	bpf_nonblock(fd, true);
	want_errno(read(fd, data, SIZE), EAGAIN);
}

static void each_buffer(const struct row *r)
{
	int64_t start;
	int fd = on();

	(void)r;
	must(set_ms(fd, 60));
	frame_send(fd, 60, 1);
	want_true(wait_until(readable(fd)));
	want(read(fd, data, SIZE), ONE_FRAME);
	start = now_us(CLOCK_MONOTONIC);
	frame_send(fd, 60, 2);
	want_true(wait_until(readable(fd)));
	want_true(now_us(CLOCK_MONOTONIC) - start >= 60000);
}

static void flush(const struct row *r)
{
	int64_t start;
	int fd = on();

	(void)r;
	must(set_ms(fd, 100));
	frame_send(fd, 60, 1);
	sleep_ms(60);
	must(ioctl(fd, BIOCFLUSH));
	start = now_us(CLOCK_MONOTONIC);
	frame_send(fd, 60, 2);
	want_true(wait_until(readable(fd)));
	want_true(now_us(CLOCK_MONOTONIC) - start >= 100000);
}

static void full(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	must(set_ms(fd, 100000));
	send_frames(fd, 3);
	want_true(readable(fd));
	want(read(fd, data, TWO), TWO_FRAMES);
}

static void with_read_timeout(const struct row *r)
{
	int fd = on();

	(void)r;
	must(set_ms(fd, 100000));
	must(bpf_timeout_ms(fd, 30));
	frame_send(fd, 60, 1);
	want(read(fd, data, SIZE), ONE_FRAME);
	want(read(fd, data, SIZE), 0);
}

static void nonblock(const struct row *r)
{
	int fd = on();

	(void)r;
	must(set_ms(fd, 100000));
	frame_send(fd, 60, 1);
	want(take(fd), ONE_FRAME);
}

static void survives(const struct row *r)
{
	struct timeval tv;
	int fd = fresh();

	(void)r;
	must(set_ms(fd, 1000));
	must(bpf_setif(fd, "d0"));
	must(bpf_setif(fd, "lo"));
	want(ioctl(fd, BIOCGWTIMEOUT, &tv), 0);
	want(tv.tv_sec, 1);
}

#define VALUE(sec, usec)						\
	{ "6.5", "OpenBSD", "SWTIMEOUT of " #sec " s and " #usec " us is read back", value, \
	  .a = sec, .b = usec }
#define INVALID(sec, usec)						\
	{ "6.5", "OpenBSD", "SWTIMEOUT of " #sec " s and " #usec " us is EINVAL", invalid, \
	  .a = sec, .b = usec }

static const struct row rows[] = {
	VALUE(0, 0),
	VALUE(0, 1),
	VALUE(1, 999999),
	VALUE(300, 0),
	INVALID(300, 1),
	INVALID(301, 0),
	INVALID(-1L, 0),
	INVALID(0, -1L),
	INVALID(0, 1000000),
	INVALID(LONG_MAX, 0),
	{ "6.5", "OpenBSD", "DWTIMEOUT: back to infinite, GWTIMEOUT is ENXIO", off,
	  .a = BIOCDWTIMEOUT },
	{ "6.5", "OpenBSD", "IMMEDIATE 0 after SWTIMEOUT forgets it", off, .a = BIOCIMMEDIATE },
	{ "6.5", "OpenBSD", "IMMEDIATE 1 is a wait timeout of 0", immediate },
	{ "6.5", "OpenBSD", "a wait timeout of 0 is immediate mode", zero_is_immediate },
	{ "6.5", "OpenBSD", "on expiry polls become ready, not earlier", poller },
	{ "6.5", "OpenBSD", "on expiry a sleeping read returns; counted from the first packet",
	  reader },
	{ "6.5", "OpenBSD", "after expiry a read does not wait", ready_read },
	{ "6.5", "OpenBSD", "an empty buffer never becomes ready by it", empty },
	{ "6.5", "OpenBSD", "each buffer's wait begins with its own first packet", each_buffer },
	{ "6.5", "OpenBSD", "FLUSH cancels a running wait", flush },
	{ "6.5", "OpenBSD", "a full buffer does not wait", full },
	{ "6.5", "ours", "the read timeout works beside it", with_read_timeout },
	{ "6.5", "ours", "a non-blocking read gets what waits", nonblock },
	{ "6.5", "ours", "it survives SETIF", survives },
};

SECTION(waits, "wait timeout");
