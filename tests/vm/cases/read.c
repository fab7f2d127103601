// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * read(2): its size, when it returns and with what, and what interrupts it.
 * What records look like is in record.c.
 *
 * Times have lower bounds only.  That a read did not wait is seen from the
 * thread's count of sleeps, that it waited from what it brings.
 */
#include "bpf.h"
#include "call.h"
#include "stall.h"

#define BLEN 1000			/* 11 records of 60 bytes */
#define FIT 11
#define FULL (10 * RECORD_SIZE(60) + ETHER_HDRLEN + 60)

static char buf[2 * 65536];

static void sizes(bool attached)
{
	static const struct { uint32_t blen; size_t len; } rows[] = {
		{ 4096, 4095 }, { 4096, 4097 }, { 4096, 1 }, { 4096, 0 },
		{ 4096, 8192 }, { 33, 32 }, { 33, 34 }, { 33, 40 },
		{ 65535, 65536 },
	};
	const char *where = attached ? "attached" : "unattached";

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd = bpf_open(O_RDWR | O_NONBLOCK);

		must(bpf_set(fd, BIOCSBLEN, rows[i].blen));
		if (attached) {
			must(bpf_setif(fd, "d0"));
			frame_send(fd, 60, 1);
		}
		is_errno(read(fd, buf, rows[i].len), EINVAL,
			 "%s, buffer size %u: a read of %zu bytes is EINVAL",
			 where, rows[i].blen, rows[i].len);
		if (attached)
			is_ret(read(fd, buf, rows[i].blen),
			       rows[i].blen < 86 ? rows[i].blen : 86,
			       "and the right size still gets the packet");
		else
			is_errno(read(fd, buf, rows[i].blen), ENXIO,
				 "the right size is ENXIO");
		close(fd);
	}
}

static void vectors(void)
{
	static const struct {
		const char *what;
		size_t len[3];
		long ret;	/* or -errno */
	} rows[] = {
		{ "three pieces", { 10, 80, 910 }, 86 },
		{ "empty pieces", { 0, 1000, 0 }, 86 },
		{ "one byte too few", { 10, 80, 909 }, -EINVAL },
		{ "one byte too many", { 10, 80, 911 }, -EINVAL },
	};
	int fd = bpf_on("d0", BLEN);
	char whole[BLEN];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct iovec iov[3];
		char *at = buf;

		must(ioctl(fd, BIOCFLUSH));
		frame_send(fd, 60, 3);
		memset(buf, 0xa5, 2 * BLEN);
		for (int j = 0; j < 3; j++) {
			/* 3 bytes apart */
			iov[j] = (struct iovec){ at, rows[i].len[j] };
			at += rows[i].len[j] + 3;
		}
		bpf_nonblock(fd, true);
		if (rows[i].ret < 0) {
			is_errno(readv(fd, iov, 3), -rows[i].ret,
				 "readv: the sum counts: %s", rows[i].what);
			continue;
		}
		is_ret(readv(fd, iov, 3), rows[i].ret, "readv: %s", rows[i].what);
		at = whole;
		for (int j = 0; j < 3; j++)
			at = mempcpy(at, iov[j].iov_base, iov[j].iov_len);
		ok(record_serial(whole, 86, 0) == 3, "readv fills piece after piece");
	}
	close(fd);
}

static void nonblocking(void)
{
	int fd = bpf_on("d0", BLEN);

	bpf_nonblock(fd, true);
	is_errno(read(fd, buf, BLEN), EAGAIN, "non-blocking, empty: EAGAIN");
	frame_send(fd, 60, 1);
	frame_send(fd, 60, 2);
	is_ret(read(fd, buf, BLEN), 174, "non-blocking: it takes a buffer that is not full");
	ok(record_count(buf, 174) == 2, "and all that is in it");
	is_errno(read(fd, buf, BLEN), EAGAIN, "then EAGAIN");
	must(bpf_timeout_ms(fd, 1000));
	is_errno(read(fd, buf, BLEN), EAGAIN, "EAGAIN, whatever the read timeout");
	for (int i = 0; i < FIT + 1; i++)
		frame_send(fd, 60, i);
	is_ret(read(fd, buf, BLEN), FULL, "the older buffer comes first");
	is_ret(read(fd, buf, BLEN), 86, "the younger one next");
	ok(record_serial(buf, 86, 0) == FIT, "with the packet that did not fit");
	close(fd);
}

static void timeouts(void)
{
	struct call c = { .len = BLEN };
	int fd = bpf_on("d0", BLEN);
	int64_t start;

	must(bpf_timeout_ms(fd, 200));
	start = now_us(CLOCK_MONOTONIC);
	is_ret(guarded(read(fd, buf, BLEN)), 0, "nothing within the timeout: 0");
	ok(now_us(CLOCK_MONOTONIC) - start >= 200000, "and not earlier");

	frame_send(fd, 60, 1);
	start = now_us(CLOCK_MONOTONIC);
	is_ret(guarded(read(fd, buf, BLEN)), 86,
	       "data but no full buffer: read returns it");
	ok(now_us(CLOCK_MONOTONIC) - start >= 200000,
	   "at the end of the timeout, which runs from the call on");

	must(bpf_timeout_ms(fd, 1000));
	c.fd = fd;
	call_start(&c);
	frame_send(fd, 60, 2);
	frame_send(fd, 60, 3);
	ok(call_end(&c) && c.ret == 174 && record_count(c.buf, c.ret) == 2,
	   "packets within the timeout: read returns them together");
	ok(c.end - c.start >= 1000000, "at its end, not when they arrive");

	must(bpf_timeout_ms(fd, 100000));
	call_start(&c);
	for (int i = 0; i < FIT + 1; i++)
		frame_send(fd, 60, i);
	ok(call_end(&c) && c.ret == FULL, "a full buffer is returned before the timeout");
	must(bpf_timeout_ms(fd, 200));
	is_ret(guarded(read(fd, buf, BLEN)), 86, "the packet that did not fit comes next");
	close(fd);
}

static void no_timeout(void)
{
	struct call c = { .len = BLEN };
	int fd = bpf_on("d0", BLEN);
	long before;

	c.fd = fd;
	call_start(&c);
	for (int i = 0; i < FIT + 1; i++)
		frame_send(fd, 60, i);
	ok(call_end(&c) && c.ret == FULL && record_count(c.buf, c.ret) == FIT,
	   "no timeout: read waits until a packet does not fit");
	for (int i = 1; i < FIT + 1; i++)
		frame_send(fd, 60, FIT + i);
	before = sleeps();
	is_ret(guarded(read(fd, buf, BLEN)), FULL, "a full buffer there already: returned");
	ok(sleeps() == before, "without sleeping");
	ok(record_serial(buf, FULL, 0) == FIT, "and in the order of arrival");

	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	before = sleeps();
	is_ret(guarded(read(fd, buf, BLEN)), 86, "immediate: what is there is returned");
	ok(sleeps() == before, "without sleeping");
	call_start(&c);
	frame_send(fd, 60, 50);
	ok(call_end(&c) && c.ret == 86 && record_serial(c.buf, c.ret, 0) == 50,
	   "immediate: a packet wakes a reader");
	for (int i = 0; i < 3; i++)
		frame_send(fd, 60, i);
	is_ret(guarded(read(fd, buf, BLEN)), 2 * 88 + 86, "immediate: all of several packets");
	must(bpf_timeout_ms(fd, 200));
	is_ret(guarded(read(fd, buf, BLEN)), 0, "immediate: the timeout holds, too");
	close(fd);
}

/* A reader takes no part in what a filter refuses. */
static void filtered(void)
{
	struct call c = { .len = BLEN };
	int fd = bpf_on("d0", BLEN);

	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(bpf_snap(fd, BIOCSETF, 0));
	c.fd = fd;
	call_start(&c);
	frame_send(fd, 60, 1);
	must(bpf_snap(fd, BIOCSETF, 40));
	frame_send(fd, 60, 2);
	ok(call_end(&c) && c.ret == 66 && record_serial(c.buf, c.ret, 0) == 2,
	   "a refused packet does not wake a reader; the filter may change while he sleeps");
	close(fd);
}

static int signals;

static void count_signal(int sig)
{
	(void)sig;
	__atomic_add_fetch(&signals, 1, __ATOMIC_RELEASE);
}

static void interrupted(void)
{
	struct sigaction sa = { .sa_handler = count_signal };
	struct call c = { .len = BLEN };
	int fd = bpf_on("d0", BLEN);

	sigaction(SIGUSR2, &sa, NULL);
	c.fd = fd;
	call_start(&c);
	frame_send(fd, 60, 1);
	pthread_kill(c.thread, SIGUSR2);
	ok(call_end(&c) && c.ret == -1 && c.err == EINTR && signals == 1,
	   "a signal interrupts a read: EINTR");
	is_ret(bpf_buffered(fd), 86, "and what is buffered stays so");

	sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR2, &sa, NULL);
	call_start(&c);
	pthread_kill(c.thread, SIGUSR2);
	ok(wait_until(__atomic_load_n(&signals, __ATOMIC_ACQUIRE) == 2 &&
		      call_asleep(&c)), "with SA_RESTART the read goes on");
	for (int i = 0; i < FIT; i++)
		frame_send(fd, 60, 2 + i);
	ok(call_end(&c) && c.ret == FULL, "and returns data as if nothing had been");
	close(fd);
}

static void bad_memory(void)
{
	static const struct { const char *what; size_t good; } rows[] = {
		{ "no memory at all", 0 },
		{ "memory for half of the record", 40 },
		{ "memory for all but the last byte", 85 },
	};
	int fd = bpf_on("d0", BLEN);

	bpf_nonblock(fd, true);
	frame_send(fd, 60, 9);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *edge = edge_alloc(rows[i].good);

		is_errno(read(fd, edge, BLEN), EFAULT, "%s: EFAULT", rows[i].what);
		is_ret(bpf_buffered(fd), 86, "and the data is not lost");
	}
	frame_send(fd, 60, 10);
	/* only what is there is written: the rest need not be mapped */
	is_ret(read(fd, edge_alloc(86), BLEN), 86,
	       "memory for what there is suffices, and it is the same packet");
	is_ret(read(fd, buf, BLEN), 86, "the next packet is the next read's");
	ok(record_serial(buf, 86, 0) == 10, "whole");
	close(fd);
}

/* --- a second reader, while one is stuck in the copy of the hold buffer --- */

struct stuck {
	int fd;
	struct stall stall;
	long ret;
	pthread_t thread;
};

static void *stuck_read(void *arg)
{
	struct stuck *s = arg;

	s->ret = read(s->fd, s->stall.page, BLEN);
	return NULL;
}

/* A reader that stands still over packet 1, and maybe packet 2 behind it. */
static void stuck_start(struct stuck *s, int fd, bool more)
{
	s->fd = fd;
	must(stall_make(&s->stall));
	bpf_nonblock(fd, true);
	frame_send(fd, 60, 1);
	errno = pthread_create(&s->thread, NULL, stuck_read, s);
	must(errno ? -1 : 0);
	must(stall_touched(&s->stall) ? 0 : -1);
	if (more)
		frame_send(fd, 60, 2);
}

static void stuck_end(struct stuck *s)
{
	stall_end(&s->stall);
	pthread_join(s->thread, NULL);
	is_ret(s->ret, 86, "the first reader gets the first packet");
	munmap(s->stall.page, s->stall.reg.range.len);
}

static void behind_another(bool nonblock)
{
	const char *how = nonblock ? "non-blocking" : "timed";
	struct call c = { .len = BLEN };
	int fd = bpf_on("d0", BLEN);
	struct stuck stuck;

	stuck_start(&stuck, fd, true);
	bpf_nonblock(fd, nonblock);
	must(bpf_timeout_ms(fd, 100));
	c.fd = fd;
	call_start(&c);
	/* a timed read is at its end then, and has to wait all the same */
	sleep_ms(300);
	ok(call_asleep(&c), "%s, while another reader copies: waits for the copy", how);
	stuck_end(&stuck);
	ok(call_end(&c) && c.ret == 86 && record_serial(c.buf, 86, 0) == 2,
	   "%s: and gets the packets behind it", how);

	stuck_start(&stuck, fd, true);
	bpf_nonblock(fd, nonblock);
	call_start(&c);
	sleep_ms(300);
	pthread_kill(c.thread, SIGUSR1);
	ok(call_end(&c) && c.ret == -1 && c.err == EINTR,
	   "%s: a signal ends that wait: EINTR", how);
	stuck_end(&stuck);
	is_ret(bpf_drain(fd, buf, BLEN), 86, "and the packets are still there");
	ok(record_serial(buf, 86, 0) == 2, "to be read");
	close(fd);
}

/* With nothing behind it there is nothing to wait for. */
static void nothing_behind(void)
{
	int fd = bpf_on("d0", BLEN);
	struct stuck stuck;

	stuck_start(&stuck, fd, false);
	is_errno(guarded(read(fd, buf, BLEN)), EAGAIN,
		 "non-blocking, nothing behind what another reader copies: EAGAIN");
	stuck_end(&stuck);
	close(fd);
}

static void two_readers(void)
{
	struct stall stall;

	if (stall_make(&stall)) {
		ok(errno == ENOSYS, "two readers # SKIP this kernel has no userfaultfd");
		return;
	}
	close(stall.uffd);
	behind_another(true);
	behind_another(false);
	nothing_behind();
}

int main(void)
{
	private_net();
	sh("ip link add d0 type dummy");
	if_up("d0");
	sizes(false);
	sizes(true);
	vectors();
	nonblocking();
	timeouts();
	no_timeout();
	filtered();
	interrupted();
	bad_memory();
	two_readers();
	return tap_done();
}
