// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 1.4: settings that are a value: which values there are, how they are read back.
 */
#include "conf.h"

static void number(const struct row *r)
{
	const unsigned long *cmds = r->p;
	int fd = fresh();

	want(bpf_set(fd, cmds[0], r->a), 0);
	want(get(fd, cmds[1]), r->b);
}

/* EINVAL, and the value from before (r->b) stays. */
static void refused(const struct row *r)
{
	const unsigned long *cmds = r->p;
	int fd = fresh();

	must(bpf_set(fd, cmds[0], r->b));
	want_errno(bpf_set(fd, cmds[0], r->a), EINVAL);
	if (cmds[1])
		want(get(fd, cmds[1]), r->b);
}

static void off_again(const struct row *r)
{
	const unsigned long *cmds = r->p;
	int fd = fresh();

	must(bpf_set(fd, cmds[0], 1));
	want(bpf_set(fd, cmds[0], 0), 0);
	want(get(fd, cmds[1]), 0);
}

static const unsigned long hdrcmplt[] = { BIOCSHDRCMPLT, BIOCGHDRCMPLT };
static const unsigned long direction[] = { BIOCSDIRECTION, BIOCGDIRECTION };
static const unsigned long seesent[] = { BIOCSSEESENT, BIOCGDIRECTION };
static const unsigned long feedback[] = { BIOCFEEDBACK, BIOCGFEEDBACK };
static const unsigned long rsig[] = { BIOCSRSIG, BIOCGRSIG };
static const unsigned long vlanpcp[] = { BIOCSETVLANPCP, 0 };

static void timeout(const struct row *r)
{
	struct timeval tv = { r->a, r->b };
	int fd = fresh();

	want(ioctl(fd, BIOCSRTIMEOUT, &tv), 0);
	memset(&tv, 0xff, sizeof(tv));
	must(ioctl(fd, BIOCGRTIMEOUT, &tv));
	want(tv.tv_sec, r->a);
	want(tv.tv_usec, r->b);
}

static void bad_timeout(const struct row *r)
{
	struct timeval tv = { r->a, r->b };
	int fd = fresh();

	must(bpf_timeout_ms(fd, 2500));
	want_errno(ioctl(fd, BIOCSRTIMEOUT, &tv), EINVAL);
	must(ioctl(fd, BIOCGRTIMEOUT, &tv));
	want_true(tv.tv_sec == 2 && tv.tv_usec == 500000);
}

static void immediate(const struct row *r)
{
	int fd = on();

	frame_send(fd, 60, 1);
	want(bpf_set(fd, BIOCIMMEDIATE, r->a), 0);
	want(readable(fd), r->b);
}

static void immediate_off(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 60, 1);
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	want(bpf_set(fd, BIOCIMMEDIATE, 0), 0);
	want(readable(fd), false);
}

/* From then on: a reader that sleeps already sleeps on. */
static void immediate_asleep(const struct row *r)
{
	struct call c = { .fd = on(), .len = SIZE };

	(void)r;
	call_start(&c);
	frame_send(c.fd, 60, 1);
	must(bpf_set(c.fd, BIOCIMMEDIATE, 1));
	sleep_ms(20);
	want_true(call_asleep(&c));
	frame_send(c.fd, 60, 2);
	want_true(call_end(&c));
	want(c.ret, TWO_FRAMES);
}

static void version(const struct row *r)
{
	struct bpf_version v = { 9, 9 };

	(void)r;
	want(ioctl(fresh(), BIOCVERSION, &v), 0);
	want(v.bv_major, 1);
	want(v.bv_minor, 1);
}

static void vlanpcp_ok(const struct row *r)
{
	want(bpf_set(fresh(), BIOCSETVLANPCP, r->a), 0);
}

static void fionbio(const struct row *r)
{
	int fd = on();

	(void)r;
	want(bpf_set(fd, FIONBIO, 1), 0);
	want_errno(read(fd, data, SIZE), EAGAIN);
}

static void async_off(const struct row *r)
{
	int fd = fresh();

	(void)r;
	must(bpf_set(fd, FIOASYNC, 1));
	want(proc_field("Flags", 0)[5], 'a');
	want(bpf_set(fd, FIOASYNC, 0), 0);
	want(proc_field("Flags", 0)[5], '-');
}

static void owner(const struct row *r)
{
	int fd = fresh();

	want(bpf_set(fd, r->a, r->c ? -getpid() : getpid()), 0);
	want(get(fd, r->b), (uint32_t)(r->c ? -getpid() : getpid()));
}

static void owner_group(const struct row *r)
{
	int fd = fresh();

	want(bpf_set(fd, r->a, getpgrp()), 0);
	want((int)get(fd, FIOGETOWN), -getpgrp());
	want((int)get(fd, TIOCGPGRP), getpgrp());
}

#define OFF(name, array)						\
	{ "1.4", "FreeBSD", name " can be switched off again (16-CURRENT: not)", off_again, \
	  .p = array }
#define DIRECTION(value, what)						\
	{ "1.4 SDIRECTION", "FreeBSD", #value " is " what, number, .p = direction, \
	  .a = value, .b = value }
#define NO_DIRECTION(value)						\
	{ "1.4 SDIRECTION", "FreeBSD", #value " is EINVAL", refused, .p = direction, \
	  .a = value, .b = 2 }
#define TIMEOUT(sec, usec)						\
	{ "1.4 SRTIMEOUT", "ours", #sec " s and " #usec " us are kept to the microsecond", \
	  timeout, "FreeBSD rounds up to clock ticks", .a = sec, .b = usec }
#define BAD_TIMEOUT(sec, usec)						\
	{ "1.4 SRTIMEOUT", "FreeBSD", #sec " s and " #usec " us are EINVAL, the old one stays", \
	  bad_timeout, .a = sec, .b = usec }

static const struct row rows[] = {
	{ "1.4 VERSION", "FreeBSD", "VERSION is 1.1", version },
	{ "1.4 SHDRCMPLT", "FreeBSD", "0 is 0", number, .p = hdrcmplt, .a = 0, .b = 0 },
	{ "1.4 SHDRCMPLT", "FreeBSD", "1 is 1", number, .p = hdrcmplt, .a = 1, .b = 1 },
	{ "1.4 SHDRCMPLT", "FreeBSD", "5 is normalised to 1", number, .p = hdrcmplt, .a = 5, .b = 1 },
	{ "1.4 SHDRCMPLT", "FreeBSD", "256 is normalised to 1", number, .p = hdrcmplt,
	  .a = 256, .b = 1 },
	OFF("SHDRCMPLT", hdrcmplt),
	OFF("FEEDBACK", feedback),
	{ "1.4", "FreeBSD", "FIOASYNC can be switched off again (16-CURRENT: not)", async_off },
	{ "1.4", "FreeBSD", "IMMEDIATE can be switched off again (16-CURRENT: not)",
	  immediate_off },
	{ "1.4 FEEDBACK", "NetBSD", "GFEEDBACK gives 1 for any value but 0", number,
	  .p = feedback, .a = 7, .b = 1 },
	DIRECTION(0, "IN"),
	DIRECTION(1, "INOUT"),
	DIRECTION(2, "OUT"),
	NO_DIRECTION(3),
	NO_DIRECTION(256),
	NO_DIRECTION(0xffffffff),
	{ "1.4 SDIRECTION", "FreeBSD", "SEESENT 0 is IN", number, .p = seesent, .a = 0, .b = 0 },
	{ "1.4 SDIRECTION", "FreeBSD", "SEESENT 1 is INOUT", number, .p = seesent, .a = 1, .b = 1 },
	TIMEOUT(0, 0),
	TIMEOUT(0, 1),
	TIMEOUT(0, 999999),
	TIMEOUT(1, 500000),
	TIMEOUT(100000000, 0),
	BAD_TIMEOUT(-1L, 0),
	BAD_TIMEOUT(0, -1L),
	BAD_TIMEOUT(0, 1000000),
	BAD_TIMEOUT(100000001, 0),
	BAD_TIMEOUT(LONG_MIN, 0),
	BAD_TIMEOUT(LONG_MAX, 0),
	BAD_TIMEOUT(0, LONG_MAX),
	{ "1.4 IMMEDIATE", "FreeBSD", "0 is off", immediate, .a = 0, .b = false },
	{ "1.4 IMMEDIATE", "FreeBSD", "1 is on", immediate, .a = 1, .b = true },
	{ "1.4 IMMEDIATE", "FreeBSD", "256 is on (macOS: off)", immediate, .a = 256, .b = true },
	{ "1.4 IMMEDIATE", "FreeBSD", "0x80000000 is on", immediate, .a = 0x80000000, .b = true },
	{ "1.4 IMMEDIATE", "FreeBSD", "IMMEDIATE does not wake a reader that sleeps",
	  immediate_asleep },
	{ "1.4 SRSIG", "FreeBSD", "a signal can be chosen", number, .p = rsig, .a = SIGUSR1,
	  .b = SIGUSR1 },
	{ "1.4 SRSIG", "FreeBSD", "0 disables", number, .p = rsig, .a = 0, .b = 0 },
	{ "1.4 SRSIG", "FreeBSD", "the greatest signal is 64 here", number, .p = rsig, .a = 64,
	  .b = 64 },
	{ "1.4 SRSIG", "FreeBSD", "NSIG, 65 here, is EINVAL", refused, .p = rsig, .a = 65,
	  .b = SIGUSR1 },
	{ "1.4 SRSIG", "FreeBSD", "0xffffffff is EINVAL", refused, .p = rsig, .a = 0xffffffff,
	  .b = SIGUSR1 },
	{ "1.4 SETVLANPCP", "FreeBSD", "0 is legal", vlanpcp_ok, .a = 0 },
	{ "1.4 SETVLANPCP", "FreeBSD", "7 is legal", vlanpcp_ok, .a = 7 },
	{ "1.4 SETVLANPCP", "FreeBSD", "8 is EINVAL", refused, .p = vlanpcp, .a = 8, .b = 1 },
	{ "1.4 SETVLANPCP", "FreeBSD", "0xffffffff is EINVAL", refused, .p = vlanpcp,
	  .a = 0xffffffff, .b = 1 },
	{ "1.4 FIONBIO", "ours", "FIONBIO sets O_NONBLOCK, Linux does it before the driver",
	  fionbio, "FreeBSD's driver accepts it and does nothing" },
	{ "1.4 FIOSETOWN", "FreeBSD", "a positive number is a process", owner,
	  .a = FIOSETOWN, .b = FIOGETOWN },
	{ "1.4 FIOSETOWN", "FreeBSD", "a negative number is a process group", owner,
	  .a = FIOSETOWN, .b = FIOGETOWN, .c = 1 },
	{ "1.4 TIOCSPGRP", "FreeBSD", "TIOCSPGRP has the opposite sign", owner_group,
	  .a = TIOCSPGRP },
};

SECTION(values, "values of settings");
