// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 1.1 to 1.3: every command in both encodings, the codes written as the numbers
 * that a program has compiled in, and that each does its command's work.
 */
#include "conf.h"
#include "../zcopy.h"

#define BSD_IFREQ 32

/* Calls with a number that another call, in the header's encoding, must see. */
static void number(int fd, unsigned long code, unsigned long getter, uint32_t value)
{
	want(ioctl(fd, code, &value), 0);
	want(get(fd, getter), value);
}

static void says_number(int fd, unsigned long code, uint32_t value)
{
	uint32_t got = 0xdeadbeef;

	want(ioctl(fd, code, &got), 0);
	want(got, value);
}

#define SETS(name, getter, value)					\
static void name(int fd, unsigned long code)				\
{									\
	number(fd, code, getter, value);				\
}

#define SAYS(name, value)						\
static void name(int fd, unsigned long code)				\
{									\
	says_number(fd, code, value);					\
}

SAYS(gblen, 4096)
SAYS(gdlt, 1)
SAYS(version, 1 << 16 | 1)
SAYS(grsig, SIGIO)
SAYS(ghdrcmplt, 0)
SAYS(gdirection, 1)
SAYS(getbufmode, 1)
SAYS(gtstamp, 0)
SAYS(gfildrop, 0)
SAYS(gfeedback, 0)
SAYS(gheaddrop, 0)
SAYS(gbatchwrite, 0)
SAYS(gpktinfo, 0)
SETS(srsig, BIOCGRSIG, SIGUSR1)
SETS(shdrcmplt, BIOCGHDRCMPLT, 1)
SETS(sdirection, BIOCGDIRECTION, 2)
SETS(feedback, BIOCGFEEDBACK, 1)
SETS(ststamp, BIOCGTSTAMP, 0x201)
SETS(sfildrop, BIOCGFILDROP, 1)
SETS(sheaddrop, BIOCGHEADDROP, 1)
SETS(spktinfo, BIOCGPKTINFO, 1)

static void sbatchwrite(int fd, unsigned long code)
{
	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	number(fd, code, BIOCGBATCHWRITE, 1);
}

static void sblen(int fd, unsigned long code)
{
	number(fresh(), code, BIOCGBLEN, 12345);
	(void)fd;
}

static void setbufmode(int fd, unsigned long code)
{
	want(bpf_set(fresh(), code, 1), 0);
	want_errno(bpf_set(fresh(), code, 9), EINVAL);
	(void)fd;
}

/* A program of which something is to be seen: 20 bytes of each frame. */
static void setf(int fd, unsigned long code)
{
	want(ioctl(fd, code, PROGRAM(RET(20))), 0);
	frame_send(fd, 60, 1);
	want(nth(take(fd), 0)->bh_caplen, 20);
}

static void setwf(int fd, unsigned long code)
{
	want(ioctl(fd, code, PROGRAM(RET(0))), 0);
	want_errno(write(fd, data, 60), EPERM);
}

static void flush(int fd, unsigned long code)
{
	frame_send(fd, 60, 1);
	want(bpf_buffered(fd), ONE_FRAME);
	want(ioctl(fd, code, NULL), 0);
	want(bpf_buffered(fd), 0);
}

static void promisc(int fd, unsigned long code)
{
	want(ioctl(fd, code, NULL), 0);
	want(promiscuity("d0"), 1);
}

static void getif(int fd, unsigned long code)
{
	memset(data, 0xff, 64);
	want(ioctl(fd, code, data), 0);
	want(strcmp(data, "d0"), 0);
}

static void setif(int fd, unsigned long code)
{
	fd = fresh();
	memset(data, 0, 64);
	strcpy(data, "d0");
	want(ioctl(fd, code, data), 0);
	want(get(fd, BIOCGDLT), 1);
}

static void srtimeout(int fd, unsigned long code)
{
	int64_t tv[2] = { 7, 250000 }, got[2] = {};

	want(ioctl(fd, code, tv), 0);
	must(ioctl(fd, BIOCGRTIMEOUT, got));
	want_true(got[0] == 7 && got[1] == 250000);
}

static void grtimeout(int fd, unsigned long code)
{
	int64_t tv[2] = { 7, 250000 }, got[2] = {};

	must(ioctl(fd, BIOCSRTIMEOUT, tv));
	want(ioctl(fd, code, got), 0);
	want_true(got[0] == 7 && got[1] == 250000);
}

static void gstats(int fd, unsigned long code)
{
	uint32_t got[2] = { 9, 9 };

	frame_send(fd, 60, 1);
	want(ioctl(fd, code, got), 0);
	want_true(got[0] == 1 && got[1] == 0);
}

static void gstats64(int fd, unsigned long code)
{
	uint64_t got[16] = { 9, 9, 9 };

	frame_send(fd, 60, 1);
	want(ioctl(fd, code, got), 0);
	want_true(got[0] == 1 && got[1] == 0 && got[2] == 1);
}

static void gengine(int fd, unsigned long code)
{
	uint64_t got[4] = { 9, 9, 9, 9 };

	want(ioctl(fd, code, got), 0);
	want_true(!got[0] && !got[1] && !got[2] && !got[3]);
}

static void gfanout(int fd, unsigned long code)
{
	struct bpf_fanout got = { 9, 9 };

	want(ioctl(fd, code, &got), 0);
	want_true(!got.bfo_group && !got.bfo_mode);
}

static void sfanout(int fd, unsigned long code)
{
	struct bpf_fanout want_it = { 5, BPF_FANOUT_HASH }, got;

	want(ioctl(fd, code, &want_it), 0);
	must(ioctl(fd, BIOCGFANOUT, &got));
	want_true(got.bfo_group == 5 && got.bfo_mode == BPF_FANOUT_HASH);
}

static void immediate(int fd, unsigned long code)
{
	uint32_t one = 1;

	frame_send(fd, 60, 1);
	want(readable(fd), false);
	want(ioctl(fd, code, &one), 0);
	want(readable(fd), true);
}

static void sdlt(int fd, unsigned long code)
{
	want(bpf_set(fd, code, 1), 0);
	want_errno(bpf_set(fd, code, 2), EINVAL);
}

static void gdltlist(int fd, unsigned long code)
{
	struct { uint32_t len, pad; uint64_t list; } arg = { 9, 0, 0 };

	want(ioctl(fd, code, &arg), 0);
	want(arg.len, 1);
}

static void lock_it(int fd, unsigned long code)
{
	want(ioctl(fd, code, NULL), 0);
	want_errno(bpf_set(fd, BIOCSHDRCMPLT, 1), EPERM);
}

static void vlanpcp(int fd, unsigned long code)
{
	want(bpf_set(fd, code, 7), 0);
	want_errno(bpf_set(fd, code, 8), EINVAL);
}

/* A descriptor for zero copy, with or without buffers. */
static struct zcopy zcopy(int buffers)
{
	struct zcopy z = {};

	zcopy_allow(true);
	if (buffers)
		zcopy_on(&z, PINNED, 1, "d0");
	else
		z.fd = zcopy_fresh(O_RDWR);
	return z;
}

static void getzmax(int fd, unsigned long code)
{
	uint64_t max[2] = { 7, 7 };

	want_errno(ioctl(fd, code, max), EOPNOTSUPP);
	want(ioctl(zcopy(0).fd, code, max), 0);
	want(max[0], 2097152);
	want(max[1], 7);
}

static void setzbuf(int fd, unsigned long code)
{
	char *at = zcopy_memory(2 * zcopy_page());
	uint64_t where[3] = { (uint64_t)at, (uint64_t)at + zcopy_page(), zcopy_page() };

	want_errno(ioctl(fd, code, where), EOPNOTSUPP);
	want(ioctl(zcopy(0).fd, code, where), 0);
	want(*at, 0);
}

static void rotzbuf(int fd, unsigned long code)
{
	uint64_t where[3] = { 7, 7, 7 };
	struct zcopy z = zcopy(1);

	want_errno(ioctl(fd, code, where), EOPNOTSUPP);
	want(ioctl(z.fd, code, where), 0);
	want_true(!where[0] && !where[1] && !where[2]);
	frame_send(z.fd, 60, 1);
	want(ioctl(z.fd, code, where), 0);
	want_true(where[0] == (uint64_t)z.buf[0] && !where[1]);
	want(where[2], ONE_FRAME);
}

static void swtimeout(int fd, unsigned long code)
{
	int64_t tv[2] = { 7, 250000 }, got[2] = {};

	want(ioctl(fd, code, tv), 0);
	must(ioctl(fd, BIOCGWTIMEOUT, got));
	want_true(got[0] == 7 && got[1] == 250000);
}

static void gwtimeout(int fd, unsigned long code)
{
	int64_t got[2] = { 9, 9 };

	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	want(ioctl(fd, code, got), 0);
	want_true(!got[0] && !got[1]);
}

static void dwtimeout(int fd, unsigned long code)
{
	int64_t tv[2] = { 7, 250000 };

	must(ioctl(fd, BIOCSWTIMEOUT, tv));
	want(ioctl(fd, code, NULL), 0);
	want_errno(ioctl(fd, BIOCGWTIMEOUT, tv), ENXIO);
}

static void getiflist(int fd, unsigned long code)
{
	struct { uint32_t size, count; uint64_t at; } arg = {};

	want(ioctl(fd, code, &arg), 0);
	/* "d0" and "lo" */
	want(arg.size, 6);
	want(arg.count, 2);
}

static void fionread(int fd, unsigned long code)
{
	frame_send(fd, 60, 1);
	says_number(fd, code, 86);
}

static void fionbio(int fd, unsigned long code)
{
	want(bpf_set(fd, code, 1), 0);
}

static void fioasync(int fd, unsigned long code)
{
	want(bpf_set(fd, code, 1), 0);
	want(proc_field("Flags", 0)[5], 'a');
}

static void setown(int fd, unsigned long code)
{
	want(bpf_set(fd, code, getpid()), 0);
	want(get(fd, FIOGETOWN), getpid());
}

static void getown(int fd, unsigned long code)
{
	must(bpf_set(fd, FIOSETOWN, getpid()));
	says_number(fd, code, getpid());
}

/* The opposite sign. */
static void setpgrp_(int fd, unsigned long code)
{
	want(bpf_set(fd, code, getpgrp()), 0);
	want(get(fd, FIOGETOWN), (uint32_t)-getpgrp());
}

static void getpgrp_(int fd, unsigned long code)
{
	must(bpf_set(fd, FIOSETOWN, -getpgrp()));
	says_number(fd, code, getpgrp());
}

static void gifaddr(int fd, unsigned long code)
{
	struct sockaddr_in *sin = (void *)(data + 16);

	if_addr("d0", "10.1.2.3");
	memset(data, 0, 64);
	want(ioctl(fd, code, data), 0);
	want(ntohl(sin->sin_addr.s_addr), 0x0a010203);
}

static void code(const struct row *r)
{
	r->use(on(), r->a);
}

#define BOTH(name, bsd, lin, use_)					\
	{ "1.3", "FreeBSD", name " by its BSD code 0x" #bsd, code,	\
	  .a = 0x##bsd, .use = use_ },					\
	{ "1.3", "FreeBSD", name " by its Linux code 0x" #lin, code,	\
	  .a = 0x##lin, .use = use_ }
#define ONE(name, number, use_)						\
	{ "1.3", "FreeBSD", name " is 0x" #number ", the same in both encodings", \
	  code, .a = 0x##number, .use = use_ }
#define OURS(name, from, bsd, lin, use_)				\
	{ "ours", from, name ", under a number no BSD uses, by BSD code 0x" #bsd, \
	  code, .a = 0x##bsd, .use = use_ },				\
	{ "ours", from, name ", under a number no BSD uses, by Linux code 0x" #lin, \
	  code, .a = 0x##lin, .use = use_ }

static const struct row rows[] = {
	BOTH("GBLEN", 40044266, 80044266, gblen),
	ONE("SBLEN", c0044266, sblen),
	BOTH("SETF", 80104267, 40104267, setf),
	BOTH("FLUSH", 20004268, 00004268, flush),
	BOTH("PROMISC", 20004269, 00004269, promisc),
	BOTH("GDLT", 4004426a, 8004426a, gdlt),
	BOTH("GETIF", 4020426b, 8028426b, getif),
	BOTH("SETIF", 8020426c, 4028426c, setif),
	BOTH("SRTIMEOUT", 8010426d, 4010426d, srtimeout),
	BOTH("GRTIMEOUT", 4010426e, 8010426e, grtimeout),
	BOTH("GSTATS", 4008426f, 8008426f, gstats),
	BOTH("IMMEDIATE", 80044270, 40044270, immediate),
	BOTH("VERSION", 40044271, 80044271, version),
	BOTH("GRSIG", 40044272, 80044272, grsig),
	BOTH("SRSIG", 80044273, 40044273, srsig),
	BOTH("GHDRCMPLT", 40044274, 80044274, ghdrcmplt),
	BOTH("SHDRCMPLT", 80044275, 40044275, shdrcmplt),
	BOTH("GDIRECTION", 40044276, 80044276, gdirection),
	BOTH("SDIRECTION", 80044277, 40044277, sdirection),
	BOTH("SDLT", 80044278, 40044278, sdlt),
	ONE("GDLTLIST", c0104279, gdltlist),
	BOTH("LOCK", 2000427a, 0000427a, lock_it),
	BOTH("SETWF", 8010427b, 4010427b, setwf),
	BOTH("FEEDBACK", 8004427c, 4004427c, feedback),
	BOTH("GETBUFMODE", 4004427d, 8004427d, getbufmode),
	BOTH("SETBUFMODE", 8004427e, 4004427e, setbufmode),
	BOTH("GETZMAX", 4008427f, 8008427f, getzmax),
	BOTH("ROTZBUF", 40184280, 80184280, rotzbuf),
	BOTH("SETZBUF", 80184281, 40184281, setzbuf),
	BOTH("SETFNR", 80104282, 40104282, setf),
	BOTH("GTSTAMP", 40044283, 80044283, gtstamp),
	BOTH("STSTAMP", 80044284, 40044284, ststamp),
	BOTH("SETVLANPCP", 80044285, 40044285, vlanpcp),
	BOTH("FIONREAD", 4004667f, 541b, fionread),
	BOTH("FIONBIO", 8004667e, 5421, fionbio),
	BOTH("FIOASYNC", 8004667d, 5452, fioasync),
	BOTH("FIOSETOWN", 8004667c, 8901, setown),
	BOTH("FIOGETOWN", 4004667b, 8903, getown),
	BOTH("TIOCSPGRP", 80047476, 5410, setpgrp_),
	BOTH("TIOCGPGRP", 40047477, 540f, getpgrp_),
	{ "1.3", "ours", "SIOCSPGRP, Linux's other name of FIOSETOWN, 0x8902", code,
	  .a = 0x8902, .use = setown },
	{ "1.3", "ours", "SIOCGPGRP, Linux's other name of FIOGETOWN, 0x8904", code,
	  .a = 0x8904, .use = getown },
	BOTH("SIOCGIFADDR", c0206921, 8915, gifaddr),
	OURS("SWTIMEOUT", "OpenBSD", 801042a0, 401042a0, swtimeout),
	OURS("GWTIMEOUT", "OpenBSD", 401042a1, 801042a1, gwtimeout),
	OURS("DWTIMEOUT", "OpenBSD", 200042a2, 000042a2, dwtimeout),
	OURS("GFILDROP", "OpenBSD", 400442a3, 800442a3, gfildrop),
	OURS("SFILDROP", "OpenBSD", 800442a4, 400442a4, sfildrop),
	OURS("GSTATS64", "NetBSD", 408042a5, 808042a5, gstats64),
	OURS("GFEEDBACK", "NetBSD", 400442a6, 800442a6, gfeedback),
	OURS("GHEADDROP", "macOS", 400442a7, 800442a7, gheaddrop),
	OURS("SHEADDROP", "macOS", 800442a8, 400442a8, sheaddrop),
	OURS("GBATCHWRITE", "macOS", 400442a9, 800442a9, gbatchwrite),
	OURS("SBATCHWRITE", "macOS", 800442aa, 400442aa, sbatchwrite),
	{ "ours", "FreeBSD", "GETIFLIST, under a number no BSD uses: 0xc01042ab", code,
	  .a = 0xc01042ab, .use = getiflist },
	OURS("GPKTINFO", "ours", 400442ac, 800442ac, gpktinfo),
	OURS("SPKTINFO", "ours", 800442ad, 400442ad, spktinfo),
	OURS("GENGINE", "ours", 402042ae, 802042ae, gengine),
	OURS("GFANOUT", "ours", 400842af, 800842af, gfanout),
	OURS("SFANOUT", "ours", 800842b0, 400842b0, sfanout),
};

SECTION(codes, "codes");
