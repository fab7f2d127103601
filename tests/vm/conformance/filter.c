// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 1.4 Filters: SETF, SETFNR and SETWF as commands.  What programs compute is in
 * validation.c and machine.c.
 */
#include "conf.h"

#define LONGEST 4096

static struct bpf_insn insns[LONGEST + 1];

static int set(int fd, unsigned long cmd, const void *at, uint32_t len)
{
	struct bpf_program prog = { len, (struct bpf_insn *)at };

	return ioctl(fd, cmd, &prog);
}

/* A program of len instructions that lets 33 bytes through, and its address. */
static const void *long_program(uint32_t len)
{
	for (uint32_t i = 0; i + 1 < len; i++)
		insns[i] = (struct bpf_insn)STMT(BPF_ALU | BPF_ADD | BPF_K, 1);
	insns[len - 1] = (struct bpf_insn)RET(33);
	return insns;
}

/* Bytes of a frame that come through the filter in force; -1 for a refused one. */
static long through(int fd, uint32_t serial)
{
	ssize_t len;

	must(ioctl(fd, BIOCFLUSH));
	frame_send(fd, 60, serial);
	len = take(fd);
	return len < 0 ? -1 : (long)nth(len, 0)->bh_caplen;
}

/* In force: read filters by what is read, write filters by what is written. */
static bool odd_in_force(int fd, unsigned long cmd)
{
	uint8_t frame[60];

	if (cmd != BIOCSETWF)
		return through(fd, 1) == 20 && through(fd, 2) == -1;
	frame_make(frame, 60, 1);
	want(write(fd, frame, 60), 60);
	frame_make(frame, 60, 2);
	return write(fd, frame, 60) == -1;
}

static void refused(int fd, const struct row *r, const void *at, uint32_t len)
{
	want(ioctl(fd, r->a, ODD_ONLY(20)), 0);
	want_errno(set(fd, r->a, at, len), EINVAL);
	/* 1.4: on failure the old filter stays */
	want_true(odd_in_force(fd, r->a));
}

static void too_long(const struct row *r)
{
	refused(on(), r, long_program(LONGEST + 1), LONGEST + 1);
}

static void absurd(const struct row *r)
{
	refused(on(), r, insns, 0xffffffff);
	refused(on(), r, insns, 0x20000000);	/* times 8: 0 in 32 bits */
}

static void no_address(const struct row *r)
{
	refused(on(), r, NULL, 1);
}

static void faults(const struct row *r)
{
	struct bpf_insn *edge = edge_alloc(2 * sizeof(*edge));

	edge[0] = edge[1] = (struct bpf_insn)RET(1);
	refused(on(), r, edge, 3);
	refused(on(), r, (void *)8, 1);
	want(set(on(), r->a, edge, 2), 0);
}

static void invalid(const struct row *r)
{
	struct bpf_insn load = STMT(BPF_LD | BPF_IMM, 1);

	refused(on(), r, &load, 1);
}

static void longest(const struct row *r)
{
	int fd = on();

	want(set(fd, r->a, long_program(LONGEST), LONGEST), 0);
	if (r->a != BIOCSETWF)
		want(through(fd, 1), 33);
}

/* Beyond FreeBSD's default of net.bpf.maxinsns. */
static void longer_than_bsd(const struct row *r)
{
	want(set(on(), r->a, long_program(513), 513), 0);
}

static void removed(const struct row *r)
{
	int fd = on();

	want(ioctl(fd, r->a, PROGRAM(RET(0))), 0);
	want(set(fd, r->a, r->b ? insns : NULL, 0), 0);
	want(write(fd, data, 60), 60);
	want(through(fd, 2), 60);
}

static void removed_snap(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(20))));
	must(set(fd, BIOCSETF, NULL, 0));
	frame_send(fd, 1514, 1);
	want(nth(take(fd), 0)->bh_caplen, 1514);
}

static void bad_when_empty(const struct row *r)
{
	want(set(on(), r->a, (void *)8, 0), 0);
}

static void unattached(const struct row *r)
{
	want(ioctl(fresh(), r->a, PROGRAM(RET(1))), 0);
}

static void flushes(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	send_frames(fd, 5);
	want(ioctl(fd, r->a, PROGRAM(RET(60))), 0);
	want(bpf_buffered(fd), r->b ? 0 : 2 * TWO_FRAMES);
	want(recv_count(fd), r->b ? 0 : 5);
	want(drop_count(fd), r->b ? 0 : 1);
}

static void failure_keeps_data(const struct row *r)
{
	int fd = on();

	send_frames(fd, 2);
	want_errno(set(fd, r->a, NULL, 1), EINVAL);
	want(bpf_buffered(fd), TWO_FRAMES);
	want(recv_count(fd), 2);
}

static void at_once(const struct row *r)
{
	int fd = on();

	want(ioctl(fd, r->a, PROGRAM(RET(20))), 0);
	want(through(fd, 1), 20);
	want(ioctl(fd, r->a, PROGRAM(RET(30))), 0);
	want(through(fd, 1), 30);
}

/* Old records keep what the old filter let through. */
static void setfnr_mixed(const struct row *r)
{
	int fd = on();
	ssize_t len;

	(void)r;
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(20))));
	frame_send(fd, 60, 1);
	must(ioctl(fd, BIOCSETFNR, PROGRAM(RET(40))));
	frame_send(fd, 60, 2);
	len = take(fd);
	want(nth(len, 0)->bh_caplen, 20);
	want(nth(len, 1)->bh_caplen, 40);
}

static void survives_setif(const struct row *r)
{
	int fd = fresh();

	must(ioctl(fd, r->a, ODD_ONLY(20)));
	must(bpf_setif(fd, "d0"));
	want_true(odd_in_force(fd, r->a));
	want_true(link_add("d1", "dummy"));
	if_up("d1");
	must(bpf_setif(fd, "d1"));
	want_true(odd_in_force(fd, r->a));
}

static void apart(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCSETWF, ODD_ONLY(20)));
	want(through(fd, 1), 60);
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(0))));
	frame_send(fd, 60, 1);
}

static void copied(const struct row *r)
{
	struct bpf_insn insn = RET(20);
	int fd = on();

	(void)r;
	must(set(fd, BIOCSETF, &insn, 1));
	insn.k = 50;
	want(through(fd, 1), 20);
}

#define ALL(says, fn)							\
	{ "1.4 SETF", "FreeBSD", "SETF: " says, fn, .a = BIOCSETF },	\
	{ "1.4 SETFNR", "FreeBSD", "SETFNR: " says, fn, .a = BIOCSETFNR }, \
	{ "1.4 SETWF", "FreeBSD", "SETWF: " says, fn, .a = BIOCSETWF }
#define LONG(name)							\
	{ "8.1", "ours", #name ": 4096 instructions are a program", longest, \
	  "FreeBSD's default is 512: too few for a list of 200 ports", .a = BIOC##name }

static const struct row rows[] = {
	ALL("longer than net.bpf.maxinsns is EINVAL, the old one stays", too_long),
	ALL("absurd lengths are EINVAL", absurd),
	ALL("no address but a length is EINVAL, the old one stays", no_address),
	ALL("instructions that cannot be read are EINVAL, not EFAULT", faults),
	ALL("an invalid program is EINVAL, the old one stays", invalid),
	ALL("a failure discards no data and no count", failure_keeps_data),
	ALL("works unattached", unattached),
	ALL("survives SETIF, also to another interface", survives_setif),
	ALL("with length 0 a bad address does not matter", bad_when_empty),
	LONG(SETF),
	LONG(SETFNR),
	LONG(SETWF),
	{ "8.1", "ours", "513 instructions are a program", longer_than_bsd,
	  "FreeBSD's default is 512", .a = BIOCSETF },
	{ "1.4 SETF", "FreeBSD", "SETF of length 0 removes the filter", removed, .a = BIOCSETF },
	{ "1.4 SETF", "FreeBSD", "also with an address (OpenBSD: EINVAL)", removed,
	  .a = BIOCSETF, .b = 1 },
	{ "1.4 SETF", "FreeBSD", "SETFNR of length 0 removes the filter", removed,
	  .a = BIOCSETFNR },
	{ "1.4 SETWF", "FreeBSD", "SETWF of length 0 removes the write filter", removed,
	  .a = BIOCSETWF },
	{ "1.4 SETF", "FreeBSD", "without a filter the snap length is unlimited", removed_snap },
	{ "1.4 SETF", "FreeBSD", "SETF discards buffers and counts", flushes,
	  .a = BIOCSETF, .b = 1 },
	{ "1.4 SETFNR", "FreeBSD", "SETFNR discards nothing", flushes, .a = BIOCSETFNR },
	{ "1.4 SETWF", "FreeBSD", "SETWF discards nothing (NetBSD: it does)", flushes,
	  .a = BIOCSETWF },
	{ "1.4 SETF", "FreeBSD", "SETF is in force at once", at_once, .a = BIOCSETF },
	{ "1.4 SETFNR", "FreeBSD", "SETFNR is in force at once", at_once, .a = BIOCSETFNR },
	{ "1.4 SETFNR", "FreeBSD", "records from before a SETFNR stay as they are", setfnr_mixed },
	{ "1.4 SETWF", "FreeBSD", "read and write filter do not touch each other", apart },
	{ "1.4 SETF", "FreeBSD", "the program is copied", copied },
};

SECTION(filter, "filters as commands");
