// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The interface goes away under a descriptor: what is left is read first, who
 * waits is woken, the descriptor can be used again.  And what is not a removal:
 * down and up, a rename.
 */
#include "bpf.h"
#include "call.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

#define BLEN 1000			/* 11 records of 60 bytes */
#define FIT 11
#define FULL (10 * RECORD_SIZE(60) + ETHER_HDRLEN + 60)
#define ALL (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)

static char buf[BLEN];

static void add(const char *name)
{
	sh("ip link add %s type dummy", name);
	if_up(name);
}

/* The two ways by which an interface leaves its namespace. */
static pid_t other_net;

static void delete(void)
{
	sh("ip link del d0");
}

static void move(void)
{
	static int moved;

	/* where it goes nothing may have its name */
	sh("ip link set d0 netns %d name moved%d", other_net, moved++);
}

static const struct {
	const char *what;
	void (*leave)(void);
} ways[] = {
	{ "deleted", delete },
	{ "moved to another namespace", move },
};

/* A process in another namespace, to move interfaces to. */
static pid_t other_net_start(void)
{
	int pipes[2];
	pid_t child;
	char c;

	must(pipe(pipes));
	child = must(fork());
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) || write(pipes[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	must(read(pipes[0], &c, 1) == 1 ? 0 : -1);
	return child;
}

static void leftovers(int way)
{
	static const struct {
		const char *what;
		int packets;
		long reads[2];
	} rows[] = {
		{ "nothing buffered", 0, { -ENXIO, -ENXIO } },
		{ "a started buffer", 1, { 86, -ENXIO } },
		{ "a full buffer and a started one", FIT + 1, { FULL, 86 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd;

		add("d0");
		fd = bpf_on("d0", BLEN);
		for (int j = 0; j < rows[i].packets; j++)
			frame_send(fd, 60, j);
		ways[way].leave();
		for (int j = 0; j < 2; j++)
			if (rows[i].reads[j] < 0)
				is_errno(guarded(read(fd, buf, BLEN)), ENXIO,
					 "%s with %s: then reads are ENXIO",
					 ways[way].what, rows[i].what);
			else
				is_ret(guarded(read(fd, buf, BLEN)), rows[i].reads[j],
				       "%s with %s: reads get it",
				       ways[way].what, rows[i].what);
		is_errno(read(fd, buf, BLEN), ENXIO, "and ENXIO for ever");
		close(fd);
	}
}

static void waiting(int way)
{
	struct call reader = { .len = BLEN }, late = { .len = BLEN };
	struct call poller = { .events = ALL & ~(POLLOUT | POLLWRNORM) };

	add("d0");
	reader.fd = poller.fd = bpf_on("d0", BLEN);
	late.fd = bpf_on("d0", BLEN);
	must(bpf_timeout_ms(late.fd, 1000000));
	call_start(&reader);
	call_start(&poller);
	call_start(&late);
	frame_send(late.fd, 60, 1);
	must(ioctl(reader.fd, BIOCFLUSH));
	ways[way].leave();
	ok(call_end(&reader) && reader.ret == -1 && reader.err == ENXIO,
	   "%s: a sleeping reader gets ENXIO", ways[way].what);
	ok(call_end(&late) && late.ret == 86, "or what is left");
	ok(call_end(&poller) && poller.revents == (POLLHUP | POLLIN | POLLRDNORM),
	   "%s: a sleeping poller is told", ways[way].what);
	close(reader.fd);
	close(late.fd);
}

/* POLLHUP is told also to those who asked for nothing. */
static void waiting_for_the_end(int way)
{
	struct epoll_event ev = { .events = EPOLLHUP };
	struct call bare = { .events = 0 }, epoll = { .events = POLLIN };
	int fd;

	add("d0");
	fd = bare.fd = bpf_on("d0", BLEN);
	epoll.fd = must(epoll_create1(EPOLL_CLOEXEC));
	must(epoll_ctl(epoll.fd, EPOLL_CTL_ADD, fd, &ev));
	call_start(&bare);
	call_start(&epoll);
	ways[way].leave();
	ok(call_end(&bare) && bare.ret == 1 && bare.revents == POLLHUP,
	   "%s: a poller for no event is woken by the hang-up", ways[way].what);
	ok(call_end(&epoll) && epoll.ret == 1 &&
	   epoll_wait(epoll.fd, &ev, 1, 0) == 1 && ev.events == EPOLLHUP,
	   "%s: so is an epoll for EPOLLHUP alone", ways[way].what);
	close(epoll.fd);
	close(fd);
}

static void unattached(int way)
{
	static const struct { const char *what; unsigned long cmd; } rows[] = {
		{ "GETIF", BIOCGETIF }, { "GDLT", BIOCGDLT },
		{ "PROMISC", BIOCPROMISC }, { "SDLT", BIOCSDLT },
		{ "GDLTLIST", BIOCGDLTLIST },
	};
	struct pollfd pfd = { .events = ALL };
	char arg[64] = { 1 };
	uint32_t blen = 2000;
	int fd;

	add("d0");
	add("d1");
	pfd.fd = fd = bpf_on("d0", BLEN);
	must(ioctl(fd, BIOCPROMISC, NULL));
	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	must(bpf_snap(fd, BIOCSETF, 40));
	frame_send(fd, 60, 1);
	ways[way].leave();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		is_errno(ioctl(fd, rows[i].cmd, arg), EINVAL,
			 "%s: %s is EINVAL", ways[way].what, rows[i].what);
	is_errno(write(fd, arg, 60), ENXIO, "%s: write is ENXIO", ways[way].what);
	must(poll(&pfd, 1, 0));
	ok(pfd.revents == (POLLHUP | ALL), "%s: poll says POLLHUP", ways[way].what);
	ok(proc_lines("-") == 1, "%s: /proc/net/bpf lists it as unattached",
	   ways[way].what);
	is_errno(bpf_setif(fd, "d0"), ENXIO, "%s: SETIF does not find it",
		 ways[way].what);
	is_ret(bpf_buffered(fd), 66, "and what is left is still there");
	is_ret(ioctl(fd, BIOCSBLEN, &blen), 0, "SBLEN is legal again");
	is_ret(bpf_buffered(fd), 0, "and drops what is left");
	is_ret(bpf_setif(fd, "d1"), 0, "the descriptor can be bound again");
	is_ret(ioctl(fd, BIOCPROMISC, NULL), 0, "PROMISC works again");
	ok(promiscuity("d1") == 1, "and reaches the new interface");
	frame_send(fd, 60, 2);
	is_ret(bpf_buffered(fd), 66, "it captures, and its filter has stayed");
	close(fd);
	ok(promiscuity("d1") == 0, "close gives promiscuous mode back");

	/* the same with leftovers that nobody read */
	add("d0");
	fd = bpf_on("d0", BLEN);
	for (int i = 0; i < FIT + 1; i++)
		frame_send(fd, 60, i);
	ways[way].leave();
	is_ret(bpf_setif(fd, "d1"), 0, "bound again with data left");
	is_ret(bpf_buffered(fd), 0, "the data is dropped");
	ok(!bpf_stats(fd).bs_recv, "so are the counters");
	close(fd);
	sh("ip link del d1");
}

/* One name, another interface: the descriptor does not follow. */
static void name_again(void)
{
	int fd, other;

	add("d0");
	fd = bpf_on("d0", BLEN);
	delete();
	add("d0");
	other = bpf_on("d0", BLEN);
	frame_send(other, 60, 1);
	is_ret(bpf_buffered(fd), 0, "a new interface of the old name is another one");
	is_errno(write(fd, buf, 60), ENXIO, "for writing, too");
	is_ret(bpf_setif(fd, "d0"), 0, "until SETIF");
	frame_send(other, 60, 2);
	is_ret(bpf_buffered(fd), 86, "from then on it is captured");
	close(fd);
	close(other);
	delete();
}

static void down_and_up(void)
{
	struct call c = { .len = BLEN };
	struct pollfd pfd = { .events = ALL };

	add("d0");
	pfd.fd = c.fd = bpf_on("d0", BLEN);
	must(bpf_set(c.fd, BIOCIMMEDIATE, 1));
	call_start(&c);
	if_down("d0");
	must(poll(&pfd, 1, 0));
	ok(pfd.revents == (POLLOUT | POLLWRNORM), "down is no hang-up");
	is_errno(bpf_drain(c.fd, buf, BLEN), EAGAIN, "nor an error of read");
	if_up("d0");
	frame_send(c.fd, 60, 4);
	ok(call_end(&c) && c.ret == 86 && record_serial(c.buf, 86, 0) == 4,
	   "a reader sleeps over down and up, and gets the next packet");

	/* down, renamed and up again */
	call_start(&c);
	if_down("d0");
	if_rename("d0", "e0");
	if_up("e0");
	frame_send(c.fd, 60, 5);
	ok(call_end(&c) && c.ret == 86 && record_serial(c.buf, 86, 0) == 5,
	   "so he does over a rename");
	close(c.fd);
	sh("ip link del e0");
}

int main(void)
{
	private_net();
	other_net = other_net_start();
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		leftovers(i);
		waiting(i);
		waiting_for_the_end(i);
		unattached(i);
	}
	name_again();
	down_and_up();
	kill(other_net, SIGKILL);
	return tap_done();
}
