// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * poll(2), select(2) and epoll: when a descriptor is readable, and the timer by
 * which they honour the read timeout.
 */
#include "bpf.h"
#include "call.h"

#include <sys/epoll.h>
#include <sys/select.h>

#define BLEN 1000			/* 11 records of 60 bytes */
#define FIT 11
#define ALL (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLPRI)
#define WRITABLE (POLLOUT | POLLWRNORM)
#define READABLE (POLLIN | POLLRDNORM)

static char buf[BLEN];

static short polled(int fd, short events, int ms)
{
	struct pollfd pfd = { fd, events, 0 };

	must(guarded(poll(&pfd, 1, ms)));
	return pfd.revents;
}

static void states(void)
{
	int fd = bpf_open(O_RDWR);

	ok(polled(fd, ALL, 0) == (POLLHUP | READABLE | WRITABLE),
	   "unattached: POLLHUP, and ready for everything");
	ok(polled(fd, POLLIN, -1) == (POLLHUP | POLLIN),
	   "unattached: what was not asked for is not told, but POLLHUP is");
	must(bpf_set(fd, BIOCSBLEN, BLEN));
	must(bpf_setif(fd, "d0"));
	ok(polled(fd, ALL, 0) == WRITABLE, "attached, nothing there: writable only");
	if_down("d0");
	ok(polled(fd, ALL, 0) == WRITABLE, "interface down: the same");
	if_up("d0");
	for (int i = 0; i < FIT; i++)
		frame_send(fd, 60, i);
	ok(polled(fd, ALL, 0) == WRITABLE,
	   "no timeout, not immediate: data is not enough to be readable");
	ok(polled(fd, POLLIN, 300) == 0, "however long one waits");
	frame_send(fd, 60, FIT);
	ok(polled(fd, ALL, 0) == (READABLE | WRITABLE), "a full buffer is");
	must(bpf_drain(fd, buf, BLEN));
	ok(polled(fd, ALL, 0) == WRITABLE, "once it is read no more");
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	ok(polled(fd, ALL, 0) == (READABLE | WRITABLE),
	   "immediate: any data makes it readable");
	must(bpf_set(fd, BIOCIMMEDIATE, 0));
	ok(polled(fd, ALL, 0) == WRITABLE, "not immediate again: it does not");
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(ioctl(fd, BIOCFLUSH));
	ok(polled(fd, ALL, 0) == WRITABLE, "immediate, flushed: not readable");
	close(fd);
}

static void woken(void)
{
	struct call c = { .events = POLLIN };
	int fd = bpf_on("d0", BLEN);

	c.fd = fd;
	call_start(&c);
	for (int i = 0; i < FIT + 1; i++)
		frame_send(fd, 60, i);
	ok(call_end(&c) && c.revents == POLLIN, "a buffer that fills wakes a poller");
	must(ioctl(fd, BIOCFLUSH));
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	call_start(&c);
	frame_send(fd, 60, 1);
	ok(call_end(&c) && c.revents == POLLIN, "immediate: a packet wakes a poller");
	close(fd);
}

/* With a read timeout the first poll starts a timer, once. */
static void timer(void)
{
	int fd = bpf_on("d0", BLEN);
	int64_t start;
	long before;

	must(bpf_timeout_ms(fd, 300));
	frame_send(fd, 60, 1);
	start = now_us(CLOCK_MONOTONIC);
	ok(polled(fd, POLLIN, -1) == POLLIN, "timeout and data: it becomes readable");
	ok(now_us(CLOCK_MONOTONIC) - start >= 300000, "not before the timeout passed");
	ok(polled(fd, POLLIN, 0) == POLLIN, "and stays so");
	frame_send(fd, 60, 2);
	ok(polled(fd, POLLIN, 0) == POLLIN, "also when more arrives");
	before = sleeps();
	is_ret(guarded(read(fd, buf, BLEN)), 174, "the next read gets what is there");
	ok(sleeps() == before, "without waiting, though the buffer is not full");

	frame_send(fd, 60, 3);
	start = now_us(CLOCK_MONOTONIC);
	while (!polled(fd, POLLIN, 20) &&
	       now_us(CLOCK_MONOTONIC) - start < PATIENCE * 1000000LL)
		;
	ok(polled(fd, POLLIN, 0) == POLLIN,
	   "polls that end earlier do not start the timer anew");
	ok(now_us(CLOCK_MONOTONIC) - start >= 300000,
	   "a read has ended the readable state: the next poll starts a timer");
	(void)bpf_buffered(fd);
	start = now_us(CLOCK_MONOTONIC);
	ok(polled(fd, POLLIN, -1) == POLLIN &&
	   now_us(CLOCK_MONOTONIC) - start >= 300000, "an ioctl ends it, too");
	start = now_us(CLOCK_MONOTONIC);
	(void)bpf_stats(fd);
	is_ret(guarded(read(fd, buf, BLEN)), 86, "then a read is an ordinary one");
	ok(now_us(CLOCK_MONOTONIC) - start >= 300000, "which waits for its own timeout");
	close(fd);
}

/* The timer alone makes nothing readable, but what comes afterwards is at once. */
static void timer_without_data(void)
{
	struct call c = { .events = POLLIN };
	int fd = bpf_on("d0", BLEN);

	must(bpf_timeout_ms(fd, 100));
	ok(polled(fd, POLLIN, 1000) == 0, "timeout and no data: never readable");
	frame_send(fd, 60, 1);
	ok(wait_until(polled(fd, POLLIN, 0) == POLLIN),
	   "the first packet after the timeout makes it readable");
	must(bpf_drain(fd, buf, BLEN));
	c.fd = fd;
	call_start(&c);
	frame_send(fd, 60, 2);
	ok(call_end(&c) && c.revents == POLLIN, "a sleeping poller learns of it");
	ok(c.end - c.start >= 100000, "when the timeout has passed");
	must(bpf_drain(fd, buf, BLEN));
	must(bpf_timeout_ms(fd, 100000));
	call_start(&c);
	for (int i = 0; i < FIT + 1; i++)
		frame_send(fd, 60, i);
	ok(call_end(&c) && c.revents == POLLIN,
	   "a full buffer wakes a poller before the timeout");
	close(fd);
}

/* The way around BSDs whose select() knows only full buffers. */
static void classic_select(void)
{
	struct timeval tv = { 0, 100000 };
	int fd = bpf_on("d0", BLEN);
	fd_set in, out;

	bpf_nonblock(fd, true);
	frame_send(fd, 60, 8);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fd, &in);
	is_ret(guarded(select(fd + 1, &in, NULL, NULL, &tv)), 0,
	       "select with a timeout of its own passes");
	is_ret(read(fd, buf, BLEN), 86, "and the non-blocking read after it gets the data");
	FD_SET(fd, &in);
	FD_SET(fd, &out);
	is_ret(guarded(select(fd + 1, &in, &out, NULL, NULL)), 1,
	       "select for writing does not wait");
	ok(FD_ISSET(fd, &out) && !FD_ISSET(fd, &in), "and knows what is ready");
	close(fd);
}

static void edges(bool immediate)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	int fd = bpf_on("d0", BLEN), ep = must(epoll_create1(EPOLL_CLOEXEC));
	const char *mode = immediate ? "immediate" : "not immediate";

	must(bpf_set(fd, BIOCIMMEDIATE, immediate));
	must(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	is_ret(epoll_wait(ep, &ev, 1, 0), 0, "edge-triggered, %s: no event at first", mode);
	for (int i = 0; i < 3; i++) {
		/* a packet each, or a buffer: there are two */
		for (int j = 0; j < (immediate ? 1 : FIT + !i); j++)
			frame_send(fd, 60, i);
		/* a buffer that finds the hold buffer full makes no event */
		is_ret(epoll_wait(ep, &ev, 1, 0), immediate || !i,
		       "edge-triggered, %s, %d: %s", mode, i,
		       immediate ? "each packet is an event, read or not" :
		       "a buffer that becomes readable is one");
		is_ret(epoll_wait(ep, &ev, 1, 0), 0, "and no second one");
	}
	close(fd);
	is_ret(epoll_wait(ep, &ev, 1, 0), 0, "closed: no events");
	close(ep);
}

int main(void)
{
	private_net();
	sh("ip link add d0 type dummy");
	if_up("d0");
	states();
	woken();
	timer();
	timer_without_data();
	classic_select();
	edges(true);
	edges(false);
	return tap_done();
}
