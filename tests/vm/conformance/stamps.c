// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 3.2: time stamps: the formats of STSTAMP, their flags and clocks.
 */
#include "conf.h"

static void valid(const struct row *r)
{
	int fd = fresh();

	want(bpf_set(fd, BIOCSTSTAMP, r->a), 0);
	want(get(fd, BIOCGTSTAMP), r->a);
}

static void invalid(const struct row *r)
{
	int fd = fresh();

	must(bpf_set(fd, BIOCSTSTAMP, 0x201));
	want_errno(bpf_set(fd, BIOCSTSTAMP, r->a), EINVAL);
	want(get(fd, BIOCGTSTAMP), 0x201);
}

/* The stamp of one frame, in nanoseconds. */
static int64_t stamp(unsigned int format)
{
	uint64_t bt[2];
	int fd = on();

	must(bpf_set(fd, BIOCSTSTAMP, format));
	frame_send(fd, 60, 1);
	want(take(fd), ONE_FRAME);
	memcpy(bt, data, sizeof(bt));
	switch (format & 3) {
	case 0:
		want_true(bt[1] < 1000000);
		return bt[0] * 1000000000LL + bt[1] * 1000;
	case 1:
		want_true(bt[1] < 1000000000);
		return bt[0] * 1000000000LL + bt[1];
	default:
		return bt[0] * 1000000000LL +
		       (int64_t)(((unsigned __int128)bt[1] * 1000000000) >> 64);
	}
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	must(clock_gettime(clock, &ts));
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Between what the clock said before and after; a cheap one lags by ticks. */
static void clock_is(const struct row *r)
{
	clockid_t clock = r->a & 0x200 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
	int64_t before = now_ns(clock), at = stamp(r->a), after = now_ns(clock);
	/* a tick of at most 10 ms; below the format's resolution */
	int64_t slack = r->a & 0x100 ? 40000000 : 1000;

	if (at < before - slack || at > after + slack) {
		printf("stamp %lld not within %lld .. %lld\n", (long long)at,
		       (long long)before, (long long)after);
		exit(1);
	}
}

static void none(const struct row *r)
{
	int64_t sec, usec;
	int fd = on();

	(void)r;
	must(bpf_set(fd, BIOCSTSTAMP, BPF_T_NONE));
	frame_send(fd, 60, 1);
	memset(data, 0x5a, 64);
	want(take(fd), ONE_FRAME);
	memcpy(&sec, data, 8);
	memcpy(&usec, data + 8, 8);
	want(sec, 0);
	want(usec, 0);
}

static void no_flush(const struct row *r)
{
	int64_t frac[2];
	int fd = on();

	(void)r;
	frame_send(fd, 60, 1);
	want(bpf_set(fd, BIOCSTSTAMP, BPF_T_NONE), 0);
	frame_send(fd, 60, 2);
	want(take(fd), TWO_FRAMES);
	/* the old record keeps its time, the new one has none */
	memcpy(frac, data, 8);
	memcpy(frac + 1, data + RECORD_SIZE(60), 8);
	want_true(frac[0]);
	want(frac[1], 0);
}

static void in_order(const struct row *r)
{
	uint64_t last[2] = {}, bt[2];
	int fd = on();
	ssize_t len;

	must(bpf_set(fd, BIOCSTSTAMP, r->a));
	send_frames(fd, 30);
	len = take(fd);
	want(record_count(data, len), 30);
	for (int i = 0; i < 30; i++) {
		memcpy(bt, nth(len, i), sizeof(bt));
		want_true(bt[0] > last[0] || (bt[0] == last[0] && bt[1] >= last[1]));
		memcpy(last, bt, sizeof(bt));
	}
}

static void each_its_own(const struct row *r)
{
	int micro = on(), nano = on(), up = on();
	uint64_t m[2], n[2], u[2];

	(void)r;
	must(bpf_set(nano, BIOCSTSTAMP, BPF_T_NANOTIME));
	must(bpf_set(up, BIOCSTSTAMP, BPF_T_MICROTIME_MONOTONIC));
	frame_send(micro, 60, 1);
	take(micro);
	memcpy(m, data, 16);
	take(nano);
	memcpy(n, data, 16);
	take(up);
	memcpy(u, data, 16);
	/* the same packet: nearly one time, in each one's format */
	want_true((int64_t)(n[0] - m[0]) >= 0 && n[0] - m[0] <= 1);
	want_true((int64_t)u[0] <= now_us(CLOCK_MONOTONIC) / 1000000);
}

/* Asked on its way in: on a wire the stack may stamp before us. */
static void received(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);
	int64_t before = now_ns(CLOCK_REALTIME), after;
	uint8_t frame[60];
	uint64_t bt[2];

	(void)r;
	must(bpf_set(fd, BIOCSTSTAMP, BPF_T_NANOTIME));
	frame_make(frame, 60, 1);
	wire_receive(wire, frame, 60);
	after = now_ns(CLOCK_REALTIME);
	want(take(fd), ONE_FRAME);
	memcpy(bt, data, 16);
	want_true((int64_t)(bt[0] * 1000000000ULL + bt[1]) >= before);
	want_true((int64_t)(bt[0] * 1000000000ULL + bt[1]) <= after);
}

#define VALID(value, what)						\
	{ "3.2", "FreeBSD", #value " (" what ") is valid", valid, .a = value }
#define INVALID(value, what)						\
	{ "3.2", "FreeBSD", #value " (" what ") is EINVAL, the old one stays", invalid, \
	  .a = value }
#define CLOCK(value, what)						\
	{ "3.2", "FreeBSD", #value ": the time is in " what, clock_is, .a = value }

static const struct row rows[] = {
	VALID(0x000, "microtime"),
	VALID(0x100, "microtime, fast"),
	VALID(0x200, "microtime, monotonic"),
	VALID(0x300, "microtime, monotonic and fast"),
	VALID(0x001, "nanotime"),
	VALID(0x101, "nanotime, fast"),
	VALID(0x201, "nanotime, monotonic"),
	VALID(0x301, "nanotime, monotonic and fast"),
	VALID(0x002, "bintime"),
	VALID(0x102, "bintime, fast"),
	VALID(0x202, "bintime, monotonic"),
	VALID(0x302, "bintime, monotonic and fast"),
	VALID(0x003, "none"),
	{ "ours", "ours", "0x1000 or'ed to a format asks for the card's stamp", valid,
	  .a = 0x1000 },
	{ "ours", "ours", "0x1301 too", valid, .a = 0x1301 },
	INVALID(0x103, "none with a flag"),
	INVALID(0x203, "none with a flag"),
	INVALID(0x303, "none with flags"),
	INVALID(0x1003, "none from the card"),
	INVALID(0x004, "no format"),
	INVALID(0x400, "no flag"),
	INVALID(0x2000, "no flag"),
	INVALID(0x10000, "no flag"),
	INVALID(0xffffffff, "everything"),
	CLOCK(0x000, "microseconds of real time"),
	CLOCK(0x100, "microseconds of real time, of a cheap clock"),
	CLOCK(0x200, "microseconds since boot"),
	CLOCK(0x300, "microseconds since boot, of a cheap clock"),
	CLOCK(0x001, "nanoseconds of real time"),
	CLOCK(0x101, "nanoseconds of real time, of a cheap clock"),
	CLOCK(0x201, "nanoseconds since boot"),
	CLOCK(0x301, "nanoseconds since boot, of a cheap clock"),
	CLOCK(0x002, "seconds and 2^-64 of real time"),
	CLOCK(0x102, "seconds and 2^-64 of real time, of a cheap clock"),
	CLOCK(0x202, "seconds and 2^-64 since boot"),
	CLOCK(0x302, "seconds and 2^-64 since boot, of a cheap clock"),
	{ "ours", "ours", "0x1001: no stamp of a card: that of the clock", clock_is,
	  .a = 0x1001 },
	{ "3.2", "FreeBSD", "none leaves the time zero", none },
	{ "3.2", "FreeBSD", "STSTAMP does not flush; stored records keep their time", no_flush },
	{ "3.2", "FreeBSD", "each descriptor gets its own format of the same packet",
	  each_its_own },
	{ "3.2", "FreeBSD", "a received packet has a time within its arrival", received },
	{ "ours", "ours", "records are in the order of time: microtime", in_order, .a = 0 },
	{ "ours", "ours", "records are in the order of time: bintime", in_order, .a = 2 },
};

SECTION(stamps, "time stamps");
