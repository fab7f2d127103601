// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 2.4: read(2): its size, when it returns, with what.  Sizes: buffers of TWO hold
 * two frames of 60 bytes.  Times have lower bounds only.
 */
#include "conf.h"

static void size(const struct row *r)
{
	int fd = r->b ? on() : fresh();

	if (r->b)
		frame_send(fd, 60, 1);
	bpf_nonblock(fd, true);
	want_errno(read(fd, data, r->a), EINVAL);
	if (r->b)
		want(take(fd), ONE_FRAME);
}

static void unattached(const struct row *r)
{
	want_errno(read(fresh(), data, SIZE), r->a);
}

static void vector(const struct row *r)
{
	struct iovec iov[3] = { { data, 10 }, { data + 100, 50 }, { data + 200, r->a } };
	int fd = on();

	frame_send(fd, 60, 1);
	bpf_nonblock(fd, true);
	if (r->a == SIZE - 60)
		want(readv(fd, iov, 3), ONE_FRAME);
	else
		want_errno(readv(fd, iov, 3), EINVAL);
}

static void nonblock_empty(const struct row *r)
{
	int fd = on();

	if (r->a)
		must(bpf_timeout_ms(fd, r->a));
	want_errno(take(fd), EAGAIN);
}

static void nonblock_store(const struct row *r)
{
	int fd = on();

	(void)r;
	send_frames(fd, 2);
	want(take(fd), TWO_FRAMES);
	want_errno(take(fd), EAGAIN);
}

static void hold_first(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	if (r->a)
		must(bpf_set(fd, BIOCIMMEDIATE, 1));
	send_frames(fd, 3);
	want(read(fd, data, TWO), TWO_FRAMES);
	want(record_serial(data, TWO_FRAMES, 0), 1);
	want(bpf_buffered(fd), ONE_FRAME);
}

static void hold_at_once(const struct row *r)
{
	int fd = bpf_on("d0", TWO);
	long before;

	(void)r;
	must(bpf_timeout_ms(fd, 5000));
	send_frames(fd, 3);
	before = sleeps();
	want(read(fd, data, TWO), TWO_FRAMES);
	want(sleeps(), before);
}

static void immediate(const struct row *r)
{
	int fd = on();

	(void)r;
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	send_frames(fd, 2);
	want(read(fd, data, SIZE), TWO_FRAMES);
}

static void immediate_wakes(const struct row *r)
{
	struct call c = { .fd = on(), .len = SIZE };

	(void)r;
	must(bpf_set(c.fd, BIOCIMMEDIATE, 1));
	call_start(&c);
	frame_send(c.fd, 60, 1);
	want_true(call_end(&c));
	want(c.ret, ONE_FRAME);
}

static void immediate_timeout(const struct row *r)
{
	int64_t start = now_us(CLOCK_MONOTONIC);
	int fd = on();

	(void)r;
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(bpf_timeout_ms(fd, 50));
	want(read(fd, data, SIZE), 0);
	want_true(now_us(CLOCK_MONOTONIC) - start >= 50000);
}

static void timeout_empty(const struct row *r)
{
	int64_t start;
	int fd = on();

	(void)r;
	must(bpf_timeout_ms(fd, 60));
	start = now_us(CLOCK_MONOTONIC);
	want(read(fd, data, SIZE), 0);
	want_true(now_us(CLOCK_MONOTONIC) - start >= 60000);
}

static void timeout_store(const struct row *r)
{
	int64_t start;
	int fd = on();

	(void)r;
	must(bpf_timeout_ms(fd, 60));
	frame_send(fd, 60, 1);
	start = now_us(CLOCK_MONOTONIC);
	want(read(fd, data, SIZE), ONE_FRAME);
	want_true(now_us(CLOCK_MONOTONIC) - start >= 60000);
}

static void timeout_late(const struct row *r)
{
	struct call c = { .fd = on(), .len = SIZE };

	(void)r;
	must(bpf_timeout_ms(c.fd, 700));
	call_start(&c);
	send_frames(c.fd, 2);
	want_true(call_end(&c));
	want(c.ret, TWO_FRAMES);
	want_true(c.end - c.start >= 700000);
}

static void timeout_full(const struct row *r)
{
	struct call c = { .fd = bpf_on("d0", TWO), .len = TWO };

	(void)r;
	must(bpf_timeout_ms(c.fd, 1000000));
	call_start(&c);
	send_frames(c.fd, 3);
	want_true(call_end(&c));
	want(c.ret, TWO_FRAMES);
}

static void no_timeout(const struct row *r)
{
	struct call c = { .fd = bpf_on("d0", TWO), .len = TWO };

	(void)r;
	call_start(&c);
	send_frames(c.fd, 2);
	sleep_ms(30);
	want_true(call_asleep(&c));	/* full to the last byte, but not overflowed */
	frame_send(c.fd, 60, 3);
	want_true(call_end(&c));
	want(c.ret, TWO_FRAMES);
}

/*
 * Once poll's timer has run out every packet wakes the reader, who has no right to
 * it yet.  Were his timeout to start anew each time, he would never return.
 */
static void fixed_deadline(const struct row *r)
{
	struct call c = { .fd = bpf_on("d0", 524288), .len = 524288 };
	int sent = 0;

	(void)r;
	must(bpf_timeout_ms(c.fd, 300));
	call_start(&c);
	must(bpf_timeout_ms(c.fd, 10));
	want(polled(c.fd, 0), POLLOUT | POLLWRNORM);
	while (!__atomic_load_n(&c.end, __ATOMIC_ACQUIRE) && sent < 300) {
		sleep_ms(20);
		frame_send(c.fd, 60, sent++);
	}
	want_true(__atomic_load_n(&c.end, __ATOMIC_ACQUIRE));
	want_true(call_end(&c));
	want_true(record_count(c.buf, c.ret) >= 1);
	want_true(c.end - c.start >= 300000);
}

static void interrupted(const struct row *r)
{
	struct call c = { .fd = on(), .len = SIZE };

	(void)r;
	call_start(&c);
	frame_send(c.fd, 60, 1);
	pthread_kill(c.thread, SIGUSR1);
	want_true(call_end(&c));
	want(c.ret, -1);
	want(c.err, EINTR);
	want(bpf_buffered(c.fd), ONE_FRAME);
}

static void restarted(const struct row *r)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct call c = { .fd = on(), .len = SIZE };

	(void)r;
	sigaction(SIGUSR2, &sa, NULL);
	must(bpf_set(c.fd, BIOCIMMEDIATE, 1));
	call_start(&c);
	pthread_kill(c.thread, SIGUSR2);
	sleep_ms(20);
	frame_send(c.fd, 60, 1);
	want_true(call_end(&c));
	want(c.ret, ONE_FRAME);
}

static void hold_freed(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	send_frames(fd, 4);
	want(read(fd, data, TWO), TWO_FRAMES);
	send_frames(fd, 2);
	want(drop_count(fd), 0);
	want(bpf_buffered(fd), 2 * TWO_FRAMES);
}

static void last_unpadded(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 61, 1);
	want(take(fd), ETHER_HDRLEN + 61);
}

static void fault(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 60, 1);
	want_errno(bpf_drain(fd, edge_alloc(40), SIZE), EFAULT);
	want(bpf_buffered(fd), ONE_FRAME);
	want(take(fd), ONE_FRAME);
}

static void exact_memory(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 60, 1);
	want(bpf_drain(fd, edge_alloc(ONE_FRAME), SIZE), ONE_FRAME);
}

static void never_twice(const struct row *r)
{
	int fd = on();

	(void)r;
	send_frames(fd, 1);
	want(take(fd), ONE_FRAME);
	frame_send(fd, 60, 2);
	want(take(fd), ONE_FRAME);
	want(record_serial(data, ONE_FRAME, 0), 2);
}

static void two_readers(const struct row *r)
{
	struct call a = { .fd = bpf_on("d0", TWO), .len = TWO }, b = a;

	(void)r;
	call_start(&a);
	call_start(&b);
	send_frames(a.fd, 5);
	want_true(wait_until(__atomic_load_n(&a.end, __ATOMIC_ACQUIRE) ||
			     __atomic_load_n(&b.end, __ATOMIC_ACQUIRE)));
	send_frames(a.fd, 5);
	want_true(call_end(&a));
	want_true(call_end(&b));
	want(a.ret, TWO_FRAMES);
	want(b.ret, TWO_FRAMES);
}

static void nothing_behind(const struct row *r)
{
	int fd = on();

	(void)r;
	memset(data, 0x5a, SIZE);
	frame_send(fd, 60, 1);
	want(take(fd), ONE_FRAME);
	for (int i = ONE_FRAME; i < SIZE; i++)
		want(data[i], 0x5a);
}

static void fault_size(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 60, 1);
	want_errno(bpf_drain(fd, edge_alloc(0), SIZE + 1), EINVAL);
}

#define SIZE_ROW(len, attached)						\
	{ "2.4 step 1", "FreeBSD", "a read of " #len " bytes where 4096 are due is EINVAL, " \
	  attached, size, .a = len, .b = attached[0] == 'a' }

static const struct row rows[] = {
	SIZE_ROW(0, "unattached"),
	SIZE_ROW(4095, "unattached"),
	SIZE_ROW(0, "attached"),
	SIZE_ROW(1, "attached"),
	SIZE_ROW(4095, "attached"),
	SIZE_ROW(4097, "attached"),
	SIZE_ROW(8192, "attached"),
	{ "2.4 step 1", "FreeBSD", "the size is looked at before the memory", fault_size },
	{ "2.4 step 1", "FreeBSD", "readv: the sum counts, and pieces are filled in order", vector,
	  .a = SIZE - 60 },
	{ "2.4 step 1", "FreeBSD", "readv: a byte too few is EINVAL", vector, .a = SIZE - 61 },
	{ "2.4 step 1", "FreeBSD", "readv: a byte too many is EINVAL", vector, .a = SIZE - 59 },
	{ "2.4 step 4b", "FreeBSD", "unattached: ENXIO", unattached, .a = ENXIO },
	{ "2.4 step 4", "FreeBSD", "the hold buffer is returned first", hold_first },
	{ "2.4 step 4", "FreeBSD", "also in immediate mode", hold_first, .a = 1 },
	{ "2.4 step 4", "FreeBSD", "a hold buffer is returned without waiting", hold_at_once },
	{ "2.4 step 4a", "FreeBSD", "immediate: the store buffer is returned", immediate },
	{ "2.4 step 4a", "FreeBSD", "O_NONBLOCK: the store buffer is returned", nonblock_store },
	{ "2.4 step 4c", "FreeBSD", "O_NONBLOCK, nothing there: EAGAIN (OpenBSD: 0)",
	  nonblock_empty },
	{ "2.4 step 4c", "FreeBSD", "O_NONBLOCK: EAGAIN at once, whatever the timeout",
	  nonblock_empty, .a = 1000000 },
	{ "2.4 step 4d", "FreeBSD", "immediate: a packet wakes a reader", immediate_wakes },
	{ "2.4 step 4d", "FreeBSD", "no timeout: a full buffer is not enough, one packet more is",
	  no_timeout },
	{ "2.4 step 4d", "FreeBSD", "a full buffer is returned before the timeout", timeout_full },
	{ "2.4 step 4d", "OpenBSD", "a read's deadline is fixed when it is called", fixed_deadline,
	  "FreeBSD starts the timeout anew with each wake-up" },
	{ "2.4 step 4e", "FreeBSD", "a signal: EINTR, and data stays buffered", interrupted },
	{ "2.4 step 4e", "FreeBSD", "under SA_RESTART the read goes on", restarted },
	{ "2.4 step 4f", "FreeBSD", "timeout and nothing there: 0", timeout_empty },
	{ "2.4 step 4f", "FreeBSD", "also in immediate mode", immediate_timeout },
	{ "2.4 step 4f", "FreeBSD", "timeout and something in the store buffer: that",
	  timeout_store },
	{ "2.4", "FreeBSD", "the timeout runs from the call, not from the packet", timeout_late },
	{ "2.4 step 5", "FreeBSD", "after a read the hold buffer is free", hold_freed },
	{ "2.4 step 5", "FreeBSD", "the last record is not padded", last_unpadded },
	{ "2.4 step 5", "FreeBSD", "no packet is returned twice", never_twice },
	{ "2.4 step 5", "FreeBSD", "memory behind the last record is not written", nothing_behind },
	{ "2.4 step 5", "ours", "a read into bad memory is EFAULT and loses nothing", fault,
	  "FreeBSD loses the buffer" },
	{ "2.4 step 5", "ours", "memory for what there is suffices", exact_memory },
	{ "2.4 step 3", "FreeBSD", "two readers get a buffer each", two_readers },
};

SECTION(reading, "read");
