// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 2.7: signals: what sends one, which one, to whom.
 */
#include "conf.h"

static volatile int got;	/* the last signal */
static volatile int count;

static void caught(int sig)
{
	got = sig;
	count++;
}

/* A descriptor of two-frame buffers whose signal, and every other, is caught. */
static int signalling(int sig, pid_t owner)
{
	struct sigaction sa = { .sa_handler = caught };
	int fd = bpf_on("d0", TWO);

	must(sigaction(SIGIO, &sa, NULL));
	must(sigaction(SIGUSR1, &sa, NULL));
	must(sigaction(SIGUSR2, &sa, NULL));
	must(sigaction(SIGURG, &sa, NULL));
	if (sig >= 0)
		must(bpf_set(fd, BIOCSRSIG, sig));
	if (owner)
		must(bpf_set(fd, FIOSETOWN, owner));
	must(bpf_set(fd, FIOASYNC, 1));
	return fd;
}

static void immediate(const struct row *r)
{
	int fd = signalling(r->a, getpid());

	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	frame_send(fd, 60, 1);
	want_true(wait_until(count == 1));
	want(got, r->b);
	frame_send(fd, 60, 2);
	want_true(wait_until(count == 2));
}

static void full(const struct row *r)
{
	int fd = signalling(-1, getpid());

	(void)r;
	send_frames(fd, 2);
	sleep_ms(20);
	want(count, 0);
	frame_send(fd, 60, 3);
	want_true(wait_until(count == 1));
	want(got, SIGIO);
}

/* None of these sends one. */
static void silent(const struct row *r)
{
	int fd = signalling(r->a, r->b ? getpid() : 0);

	must(bpf_set(fd, FIOASYNC, r->c));
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	send_frames(fd, 2);
	sleep_ms(20);
	want(count, 0);
}

static void refused(const struct row *r)
{
	int fd = signalling(-1, getpid());

	(void)r;
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(0))));
	frame_send(fd, 60, 1);
	sleep_ms(20);
	want(count, 0);
}

static void timer(const struct row *r)
{
	int fd = signalling(-1, getpid());

	must(bpf_timeout_ms(fd, 20));
	if (r->a)
		frame_send(fd, 60, 1);
	want(polled(fd, 0), POLLOUT | POLLWRNORM);
	if (r->a)
		want_true(wait_until(count == 1));
	sleep_ms(40);
	want(count, r->a);
}

static void detached(const struct row *r)
{
	int fd = signalling(-1, getpid());

	(void)r;
	(void)fd;
	link_del("d0");
	want_true(wait_until(count == 1));
}

/* A child that ends well when it gets the signal; call signalling() before. */
static pid_t child(void)
{
	pid_t pid = must(fork());

	if (!pid)
		_exit(!wait_until(count));
	return pid;
}

static void ended_well(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0));
	want(status, 0);
}

static void to_process(const struct row *r)
{
	int fd = signalling(-1, 0);
	pid_t pid = child();

	(void)r;
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(bpf_set(fd, FIOSETOWN, pid));
	frame_send(fd, 60, 1);
	ended_well(pid);
	want(count, 0);
}

static void to_group(const struct row *r)
{
	int fd = signalling(-1, 0);
	pid_t pid = child();

	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(bpf_set(fd, r->a, r->b ? -getpgrp() : getpgrp()));
	frame_send(fd, 60, 1);
	want_true(wait_until(count == 1));
	ended_well(pid);
}

static void fcntl_async(const struct row *r)
{
	int fd = signalling(-1, 0);

	(void)r;
	must(bpf_set(fd, FIOASYNC, 0));
	must(fcntl(fd, F_SETOWN, getpid()));
	must(fcntl(fd, F_SETFL, O_ASYNC));
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	frame_send(fd, 60, 1);
	want_true(wait_until(count == 1));
}

static void getown(const struct row *r)
{
	int fd = signalling(-1, getpid());

	(void)r;
	want(fcntl(fd, F_GETOWN), getpid());
	must(bpf_set(fd, FIOSETOWN, -getpgrp()));
	want((int)get(fd, FIOGETOWN), -getpgrp());
}

static void every_wake(const struct row *r)
{
	int fd = signalling(-1, getpid());

	(void)r;
	for (int i = 0; i < 5; i++) {
		send_frames(fd, 3);
		want_true(wait_until(count == i + 1));
		must(ioctl(fd, BIOCFLUSH));
	}
}

static void fcntl_signal(const struct row *r)
{
	int fd = signalling(-1, getpid());

	must(fcntl(fd, F_SETSIG, r->a));
	want(get(fd, BIOCGRSIG), r->b);
	want(atoi(proc_field("Sig", 0)), r->b);
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	frame_send(fd, 60, 1);
	want_true(wait_until(count == 1));
	want(got, r->b);
}

static void last_wins(const struct row *r)
{
	int fd = signalling(SIGUSR1, getpid());

	(void)r;
	want(fcntl(fd, F_GETSIG), SIGUSR1);
	must(fcntl(fd, F_SETSIG, SIGURG));
	want(get(fd, BIOCGRSIG), SIGURG);
	must(bpf_set(fd, BIOCSRSIG, SIGUSR2));
	want(fcntl(fd, F_GETSIG), SIGUSR2);
	want(get(fd, BIOCGRSIG), SIGUSR2);
}

/* Signal 0 before F_SETSIG or after it, and until another SRSIG. */
static void none_stays(const struct row *r)
{
	int fd = signalling(r->a ? -1 : 0, getpid());

	must(fcntl(fd, F_SETSIG, SIGUSR1));
	if (r->a)
		must(bpf_set(fd, BIOCSRSIG, 0));
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	frame_send(fd, 60, 1);
	sleep_ms(20);
	want(count, 0);
	want(get(fd, BIOCGRSIG), 0);
	want(atoi(proc_field("Sig", 0)), 0);
	must(bpf_set(fd, BIOCSRSIG, SIGUSR2));
	frame_send(fd, 60, 2);
	want_true(wait_until(count == 1));
	want(got, SIGUSR2);
}

static const struct row rows[] = {
	{ "2.7", "FreeBSD", "immediate: each packet sends one, SIGIO by default", immediate,
	  .a = -1UL, .b = SIGIO },
	{ "2.7", "FreeBSD", "SRSIG chooses another: SIGUSR1", immediate, .a = SIGUSR1,
	  .b = SIGUSR1 },
	{ "2.7", "FreeBSD", "SRSIG chooses another: SIGURG", immediate, .a = SIGURG, .b = SIGURG },
	{ "2.7", "FreeBSD", "a buffer that fills sends one, a packet that fits none", full },
	{ "2.7", "FreeBSD", "each wake-up sends one", every_wake },
	{ "2.7", "FreeBSD", "no FIOASYNC, no signal", silent, .a = SIGIO, .b = 1, .c = 0 },
	{ "2.7", "FreeBSD", "signal 0, no signal", silent, .a = 0, .b = 1, .c = 1 },
	{ "2.7", "FreeBSD", "no owner, no signal", silent, .a = SIGIO, .b = 0, .c = 1 },
	{ "2.7", "FreeBSD", "a packet that the filter refuses sends none", refused },
	{ "2.7", "FreeBSD", "poll's timer sends one if there is data", timer, .a = 1 },
	{ "2.7", "FreeBSD", "poll's timer sends none if there is nothing", timer, .a = 0 },
	{ "2.7", "FreeBSD", "the end of the interface sends one", detached },
	{ "1.4 FIOSETOWN", "FreeBSD", "the owner gets it, nobody else", to_process },
	{ "1.4 FIOSETOWN", "FreeBSD", "FIOSETOWN of a negative number: all of the group",
	  to_group, .a = FIOSETOWN, .b = 1 },
	{ "1.4 TIOCSPGRP", "FreeBSD", "TIOCSPGRP of a positive number: all of the group",
	  to_group, .a = TIOCSPGRP },
	{ "2.7", "ours", "fcntl's F_SETOWN and O_ASYNC do the same", fcntl_async },
	{ "2.7", "ours", "GRSIG says what fcntl's F_SETSIG chose", fcntl_signal, .a = SIGUSR1,
	  .b = SIGUSR1 },
	{ "2.7", "ours", "F_SETSIG of 0 is SIGIO", fcntl_signal, .a = 0, .b = SIGIO },
	{ "2.7", "ours", "of SRSIG and F_SETSIG the last one counts", last_wins },
	{ "2.7", "ours", "SRSIG of 0 silences, in spite of an F_SETSIG before", none_stays, .a = 1 },
	{ "2.7", "ours", "SRSIG of 0 silences, in spite of an F_SETSIG after it", none_stays },
	{ "1.4 FIOGETOWN", "ours", "fcntl's F_GETOWN knows who FIOSETOWN named", getown },
};

SECTION(signals, "signals");
