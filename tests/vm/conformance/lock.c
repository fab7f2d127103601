// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 5: what a locked descriptor may still do, command by command, in both encodings.
 */
#include "conf.h"
#include "../zcopy.h"

/* Locked, attached, with an argument that is right for anything permitted. */
static int locked(void)
{
	int fd = on();

	must(ioctl(fd, BIOCLOCK));
	memset(data, 0, 512);
	return fd;
}

static void permitted(const struct row *r)
{
	int fd = locked();

	want(ioctl(fd, r->a, data), 0);
	/* and the lock is still there */
	want_errno(ioctl(fd, BIOCPROMISC, NULL), EPERM);
}

static void refused(const struct row *r)
{
	int fd = locked();

	want_errno(ioctl(fd, r->a, data), EPERM);
	/* before any other check: unattached, and with what is no value */
	fd = fresh();
	must(ioctl(fd, BIOCLOCK));
	memset(data, 0xff, 512);
	want_errno(ioctl(fd, r->a, data), EPERM);
}

static void faults(const struct row *r)
{
	want_errno(ioctl(locked(), r->a, NULL), EFAULT);
}

static void rotzbuf(const struct row *r)
{
	struct zcopy z;

	want_errno(ioctl(locked(), r->a, data), EOPNOTSUPP);
	zcopy_allow(true);
	zcopy_on(&z, PINNED, 1, "d0");
	must(ioctl(z.fd, BIOCLOCK));
	want(ioctl(z.fd, r->a, data), 0);
}

static void gwtimeout(const struct row *r)
{
	struct timeval tv = { 9, 9 };
	int fd = on();

	(void)r;
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(ioctl(fd, BIOCLOCK));
	want(ioctl(fd, BIOCGWTIMEOUT, &tv), 0);
	want_true(!tv.tv_sec && !tv.tv_usec);
}

static void no_change(const struct row *r)
{
	int fd = locked();

	(void)r;
	(void)bpf_set(fd, BIOCSHDRCMPLT, 1);
	(void)bpf_set(fd, BIOCSDIRECTION, 2);
	(void)ioctl(fd, BIOCPROMISC, NULL);
	want(get(fd, BIOCGHDRCMPLT), 0);
	want(promiscuity("d0"), 0);
	frame_send(fd, 60, 1);
	want(take(fd), ONE_FRAME);
}

static void reads_and_writes(const struct row *r)
{
	int fd = on();

	(void)r;
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(ioctl(fd, BIOCLOCK));
	want(polled(fd, 0), POLLOUT | POLLWRNORM);
	frame_send(fd, 60, 1);
	want_true(readable(fd));
	want(read(fd, data, SIZE), ONE_FRAME);
	must(close(fd));
}

static void no_unlock(const struct row *r)
{
	int fd = locked();

	(void)r;
	want(ioctl(fd, BIOCLOCK), 0);
	want_errno(bpf_set(fd, BIOCSHDRCMPLT, 1), EPERM);
}

static void inherited(const struct row *r)
{
	int fd = locked(), copy = must(dup(fd)), status;
	pid_t child;

	(void)r;
	want_errno(bpf_set(copy, BIOCSHDRCMPLT, 1), EPERM);
	child = must(fork());
	if (!child)
		_exit(bpf_set(fd, BIOCSHDRCMPLT, 1) == -1 && errno == EPERM ? 0 : 1);
	must(waitpid(child, &status, 0));
	want(status, 0);
}

static void unprivileged(const struct row *r)
{
	int fd = locked();

	(void)r;
	must(setresuid(65534, 65534, 65534));
	want_errno(bpf_set(fd, BIOCSHDRCMPLT, 1), EPERM);
}

static void own_open(const struct row *r)
{
	int fd = locked();

	(void)r;
	(void)fd;
	want(bpf_set(on(), BIOCSHDRCMPLT, 1), 0);
}

static void vfs(const struct row *r)
{
	int fd = locked();

	(void)r;
	want(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	want_errno(read(fd, data, SIZE), EAGAIN);
}

static void unattached(const struct row *r)
{
	int fd = fresh();

	(void)r;
	want(ioctl(fd, BIOCLOCK), 0);
	want_errno(bpf_setif(fd, "d0"), EPERM);
}

static void filters_stay(const struct row *r)
{
	int fd = on();
	uint8_t frame[60];

	(void)r;
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(20))));
	must(ioctl(fd, BIOCSETWF, ODD_ONLY(60)));
	must(ioctl(fd, BIOCLOCK));
	want_errno(ioctl(fd, BIOCSETF, PROGRAM(RET(60))), EPERM);
	want_errno(ioctl(fd, BIOCSETWF, PROGRAM(RET(60))), EPERM);
	frame_make(frame, 60, 2);
	want_errno(write(fd, frame, 60), EPERM);
	frame_send(fd, 60, 1);
	want(nth(take(fd), 0)->bh_caplen, 20);
}

#define MAY(who, name, bsd, lin)					\
	{ "5", who, name " is permitted", permitted, .a = 0x##lin },	\
	{ "5", who, name " is permitted by its BSD code", permitted, .a = 0x##bsd }
#define NOT(who, name, bsd, lin)					\
	{ "5", who, name " is EPERM", refused, .a = 0x##lin },		\
	{ "5", who, name " is EPERM by its BSD code", refused, .a = 0x##bsd }

static const struct row rows[] = {
	MAY("FreeBSD", "GBLEN", 40044266, 80044266),
	MAY("FreeBSD", "FLUSH", 20004268, 00004268),
	MAY("FreeBSD", "GDLT", 4004426a, 8004426a),
	{ "5", "FreeBSD", "GDLTLIST is permitted", permitted, .a = 0xc0104279 },
	MAY("FreeBSD", "GETIF", 4020426b, 8028426b),
	MAY("FreeBSD", "GRTIMEOUT", 4010426e, 8010426e),
	MAY("FreeBSD", "GSTATS", 4008426f, 8008426f),
	MAY("FreeBSD", "VERSION", 40044271, 80044271),
	MAY("FreeBSD", "GHDRCMPLT", 40044274, 80044274),
	MAY("FreeBSD", "FIONREAD", 4004667f, 541b),
	MAY("FreeBSD", "LOCK", 2000427a, 0000427a),
	MAY("FreeBSD", "SRTIMEOUT", 8010426d, 4010426d),
	MAY("FreeBSD", "IMMEDIATE", 80044270, 40044270),
	MAY("FreeBSD", "TIOCGPGRP", 40047477, 540f),
	MAY("FreeBSD", "GRSIG", 40044272, 80044272),
	MAY("FreeBSD", "STSTAMP", 80044284, 40044284),
	MAY("FreeBSD", "FEEDBACK", 8004427c, 4004427c),
	{ "5", "FreeBSD", "ROTZBUF is permitted; EOPNOTSUPP without zero copy", rotzbuf,
	  .a = 0x40184280 },
	{ "5", "FreeBSD", "GETIFLIST is permitted", permitted, .a = 0xc01042ab },
	MAY("OpenBSD", "SWTIMEOUT", 801042a0, 401042a0),
	MAY("OpenBSD", "DWTIMEOUT", 200042a2, 000042a2),
	{ "5", "OpenBSD", "GWTIMEOUT is permitted", gwtimeout },
	MAY("ours", "GSTATS64", 408042a5, 808042a5),
	MAY("ours", "GENGINE", 402042ae, 802042ae),
	NOT("FreeBSD", "SETIF", 8020426c, 4028426c),
	{ "5", "FreeBSD", "SBLEN is EPERM", refused, .a = 0xc0044266 },
	NOT("FreeBSD", "SETF", 80104267, 40104267),
	NOT("FreeBSD", "SETFNR", 80104282, 40104282),
	NOT("FreeBSD", "SETWF", 8010427b, 4010427b),
	NOT("FreeBSD", "SDLT", 80044278, 40044278),
	NOT("FreeBSD", "PROMISC", 20004269, 00004269),
	NOT("FreeBSD", "SDIRECTION", 80044277, 40044277),
	NOT("FreeBSD", "SHDRCMPLT", 80044275, 40044275),
	NOT("FreeBSD", "SRSIG", 80044273, 40044273),
	NOT("FreeBSD", "SETBUFMODE", 8004427e, 4004427e),
	NOT("FreeBSD", "SETZBUF", 80184281, 40184281),
	NOT("FreeBSD", "GDIRECTION", 40044276, 80044276),
	NOT("FreeBSD", "GTSTAMP", 40044283, 80044283),
	NOT("FreeBSD", "GETBUFMODE", 4004427d, 8004427d),
	NOT("FreeBSD", "GETZMAX", 4008427f, 8008427f),
	NOT("FreeBSD", "FIOSETOWN", 8004667c, 8901),
	NOT("FreeBSD", "FIOGETOWN", 4004667b, 8903),
	NOT("FreeBSD", "TIOCSPGRP", 80047476, 5410),
	NOT("FreeBSD", "SETVLANPCP", 80044285, 40044285),
	NOT("FreeBSD", "SIOCGIFADDR", c0206921, 8915),
	{ "5", "FreeBSD", "FIONBIO is EPERM by its BSD code", refused, .a = 0x8004667e },
	{ "5", "FreeBSD", "FIOASYNC is EPERM by its BSD code", refused, .a = 0x8004667d },
	{ "5", "ours", "Linux's FIONBIO works", permitted,
	  "the VFS does it and never asks the driver", .a = 0x5421 },
	{ "5", "ours", "Linux's FIOASYNC works", permitted,
	  "the VFS does it and never asks the driver", .a = 0x5452 },
	{ "5", "ours", "fcntl can make it non-blocking", vfs,
	  "BSD's fcntl uses FIONBIO and fails; Linux's does not ask the driver" },
	NOT("NetBSD", "GFEEDBACK", 400442a6, 800442a6),
	NOT("OpenBSD", "GFILDROP", 400442a3, 800442a3),
	NOT("OpenBSD", "SFILDROP", 800442a4, 400442a4),
	NOT("ours", "GHEADDROP", 400442a7, 800442a7),
	NOT("ours", "SHEADDROP", 800442a8, 400442a8),
	NOT("ours", "GBATCHWRITE", 400442a9, 800442a9),
	NOT("ours", "SBATCHWRITE", 800442aa, 400442aa),
	NOT("ours", "GPKTINFO", 400442ac, 800442ac),
	NOT("ours", "SPKTINFO", 800442ad, 400442ad),
	NOT("ours", "GFANOUT", 400842af, 800842af),
	NOT("ours", "SFANOUT", 800842b0, 400842b0),
	{ "5", "FreeBSD", "a command that does not exist is EPERM", refused, .a = 0x40044293 },
	{ "5", "FreeBSD", "NetBSD's LOCK, which is no command here, is EPERM", refused,
	  .a = 0x2000427e },
	{ "5", "all", "a bad pointer of a refused command is EFAULT: copied in first", faults,
	  .a = BIOCSHDRCMPLT },
	{ "5", "all", "a bad pointer of a permitted command is EFAULT", faults, .a = BIOCGBLEN },
	{ "5", "FreeBSD", "a refused command changes nothing", no_change },
	{ "5", "FreeBSD", "read, write, poll and close remain usable", reads_and_writes },
	{ "5", "FreeBSD", "there is no unlock", no_unlock },
	{ "5", "FreeBSD", "dup and fork inherit it", inherited },
	{ "5", "FreeBSD", "it binds root (OpenBSD: not), and others", unprivileged },
	{ "5", "FreeBSD", "another open is not locked", own_open },
	{ "5", "FreeBSD", "an unattached descriptor can be locked, and stays so", unattached },
	{ "5", "FreeBSD", "both filters stay in force and cannot be replaced", filters_stay },
};

SECTION(lock, "lock");
