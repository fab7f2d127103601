// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 2.1, 2.2: opening and closing.
 */
#include "conf.h"

#include <sys/stat.h>

static void opens(const struct row *r)
{
	want_true(open(r->p, O_RDWR) >= 0);
}

static void node(const struct row *r)
{
	struct stat st;

	want(stat(r->p, &st), 0);
	want_true(S_ISCHR(st.st_mode));
	want(st.st_mode & 07777, 0600);
	want(st.st_uid, 0);
	want(st.st_gid, 0);
}

static void no_second(const struct row *r)
{
	(void)r;
	want_errno(open("/dev/bpf1", O_RDWR), ENOENT);
}

static void many(const struct row *r)
{
	for (int i = 0; i < 200; i++)
		want_true(open(r->p, O_RDWR) >= 0);
}

static void own_state(const struct row *r)
{
	int one = fresh(), other = fresh();

	(void)r;
	must(bpf_set(one, BIOCSHDRCMPLT, 1));
	must(bpf_set(one, BIOCSBLEN, 5000));
	want(get(other, BIOCGHDRCMPLT), 0);
	want(get(other, BIOCGBLEN), 4096);
}

static void shared_state(const struct row *r)
{
	int fd = fresh(), copy = must(dup(fd));

	(void)r;
	must(bpf_setif(fd, "d0"));
	want(get(copy, BIOCGDLT), 1);
	must(close(fd));
	frame_send(copy, 60, 1);
	want(take(copy), ONE_FRAME);
}

static void forked(const struct row *r)
{
	int fd = fresh(), status;
	pid_t child = must(fork());

	(void)r;
	if (!child)
		_exit(bpf_set(fd, BIOCSHDRCMPLT, 1) ? 1 : 0);
	must(waitpid(child, &status, 0));
	want(status, 0);
	want(get(fd, BIOCGHDRCMPLT), 1);
}

/* No privilege is asked for but that of the open. */
static void unprivileged(const struct row *r)
{
	int fd = fresh();

	(void)r;
	must(setresuid(65534, 65534, 65534));
	want(bpf_setif(fd, "d0"), 0);
	want(ioctl(fd, BIOCPROMISC, NULL), 0);
	want(ioctl(fd, BIOCSETF, PROGRAM(RET(60))), 0);
	want(bpf_set(fd, BIOCIMMEDIATE, 1), 0);
	frame_send(fd, 60, 1);
	want(take(fd), ONE_FRAME);
	want_errno(open("/dev/bpf", O_RDWR), EACCES);
}

static void only_reading(const struct row *r)
{
	int fd = bpf_open(O_RDONLY), other = on();

	(void)r;
	must(bpf_setif(fd, "d0"));
	frame_send(other, 60, 1);
	want(take(fd), ONE_FRAME);
	want_errno(write(fd, data, 60), EBADF);
}

static void only_writing(const struct row *r)
{
	int fd = bpf_open(O_WRONLY);

	(void)r;
	must(bpf_setif(fd, "d0"));
	want_errno(read(fd, data, SIZE), EBADF);
	want(write(fd, data, 60), 60);
}

/* 2.2 */
static void close_promisc(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCPROMISC, NULL));
	must(close(fd));
	want(promiscuity("d0"), 0);
}

static void close_detaches(const struct row *r)
{
	int fd = on(), other = on();

	(void)r;
	must(close(fd));
	frame_send(other, 60, 1);
	want(proc_lines("d0"), 1);
	want(take(other), ONE_FRAME);
}

/* A poll of a closed file is over when nobody has it any more; here: the last. */
static void close_while_timer(const struct row *r)
{
	int fd = on();

	(void)r;
	must(bpf_timeout_ms(fd, 20));
	want(polled(fd, 0), POLLOUT | POLLWRNORM);
	must(close(fd));
	sleep_ms(40);
}

static void close_drops_owner(const struct row *r)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	int fd = on(), other = on();

	(void)r;
	sigaction(SIGUSR1, &sa, NULL);
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(bpf_set(fd, BIOCSRSIG, SIGUSR1));
	must(bpf_set(fd, FIOSETOWN, getpid()));
	must(bpf_set(fd, FIOASYNC, 1));
	must(close(fd));
	/* it would be our end */
	frame_send(other, 60, 1);
}

static const struct row rows[] = {
	{ "2.1", "FreeBSD", "/dev/bpf opens", opens, .p = "/dev/bpf" },
	{ "2.1", "FreeBSD", "/dev/bpf0 opens", opens, .p = "/dev/bpf0" },
	{ "2.1", "FreeBSD", "/dev/bpf is a character device of root, mode 0600", node,
	  .p = "/dev/bpf" },
	{ "2.1", "FreeBSD", "/dev/bpf0 is a character device of root, mode 0600", node,
	  .p = "/dev/bpf0" },
	{ "2.1", "FreeBSD", "there is no /dev/bpf1: ENOENT ends a client's loop", no_second },
	{ "2.1", "FreeBSD", "/dev/bpf can be open any number of times, never EBUSY", many,
	  .p = "/dev/bpf" },
	{ "2.1", "FreeBSD", "so can /dev/bpf0", many, .p = "/dev/bpf0" },
	{ "2.1", "FreeBSD", "every open has a state of its own", own_state },
	{ "2.1", "all", "dup shares one state, which lives until the last close", shared_state },
	{ "2.1", "all", "so does fork", forked },
	{ "2.1", "FreeBSD", "nothing but the open asks for privilege", unprivileged },
	{ "2.1", "FreeBSD", "opened read-only it captures, and write is EBADF", only_reading },
	{ "2.1", "FreeBSD", "opened write-only it writes, and read is EBADF", only_writing },
	{ "2.2", "FreeBSD", "close gives promiscuous mode back", close_promisc },
	{ "2.2", "all", "close detaches from the interface", close_detaches },
	{ "2.2", "FreeBSD", "close stops poll's timer", close_while_timer },
	{ "2.2", "FreeBSD", "close drops the owner: no signal after it", close_drops_owner },
};

SECTION(life, "open and close");
