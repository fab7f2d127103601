// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 1.1: one descriptor with callers of both kinds.  The 32-bit caller is this program,
 * which enters the kernel as a 32-bit one does: its pointers must have 32 bits.
 */
#include "conf.h"

#include <sys/prctl.h>

#define SYS32_IOCTL 54

static const char d0[40] = "d0";

static void no_such_gate(int sig)
{
	(void)sig;
	row_skip("this kernel runs no 32-bit programs");
}

/* A page that a 32-bit program can name, always the same: place is 0 or 1. */
static void *low_page(int place)
{
	static void *pages[2];

	if (!pages[place]) {
		pages[place] = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
		must((long)pages[place]);
	}
	return pages[place];
}

/* ioctl(2) of a 32-bit program; errno is set. */
static int ioctl32(int fd, uint32_t code, const void *arg, size_t size)
{
	char *low = low_page(0);
	long ret = SYS32_IOCTL;

	memcpy(low, arg, size);
	signal(SIGSEGV, no_such_gate);
	asm volatile("int $0x80" : "+a" (ret)
		     : "b" (fd), "c" ((unsigned long)code), "d" (low)
		     : "memory", "r8", "r9", "r10", "r11");
	memcpy(data, low, 64);
	if ((int)ret >= 0)
		return ret;
	errno = -(int)ret;
	return -1;
}

/* A 32-bit program of one instruction. */
static int insn32(int fd, uint32_t code, struct bpf_insn insn)
{
	struct bpf_insn *low = low_page(1);
	uint32_t prog[2] = { 1, (uint32_t)(unsigned long)low };

	*low = insn;
	return ioctl32(fd, code, prog, sizeof(prog));
}

static int setf32(int fd, uint32_t code, uint32_t snap)
{
	return insn32(fd, code, (struct bpf_insn)RET(snap));
}

/* How long the header of the next record is: 26 for us, 18 for 32 bits. */
static int hdrlen(int fd)
{
	ssize_t len;
	uint16_t at16;

	must(ioctl(fd, BIOCFLUSH));
	frame_send(fd, 60, 1);
	len = take(fd);
	memcpy(&at16, data + 16, 2);
	return len == ONE_FRAME ? 26 : len == 18 + 60 && at16 == 18 ? 18 : -1;
}

static void marks(const struct row *r)
{
	char arg[64] = "";
	int fd = on();

	want(hdrlen(fd), 26);
	if (r->b == 1)
		want(setf32(fd, r->a, 60), 0);
	else
		want(ioctl32(fd, r->a, r->p ?: arg, 40), 0);
	want(hdrlen(fd), r->c);
}

static void unmarks(const struct row *r)
{
	int fd = on();

	(void)r;
	want(setf32(fd, 0x40084267, 60), 0);
	want(hdrlen(fd), 18);
	want(bpf_setif(fd, "d0"), 0);
	want(hdrlen(fd), 26);
}

static void stays(const struct row *r)
{
	int fd = on();

	(void)r;
	want(setf32(fd, 0x40084267, 60), 0);
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(60))));
	(void)get(fd, BIOCGBLEN);
	want(hdrlen(fd), 18);
}

static void before_setif(const struct row *r)
{
	int fd = fresh();

	(void)r;
	want(setf32(fd, 0x40084267, 60), 0);
	must(bpf_setif(fd, "d0"));
	want(hdrlen(fd), 26);
}

/* The 8-byte forms are a 32-bit caller's only. */
static void not_ours(const struct row *r)
{
	memset(data, 0, 64);
	want_errno(ioctl(on(), r->a, data), EINVAL);
}

static void failed(const struct row *r)
{
	uint32_t none[2] = { 1, 0 };
	int fd = on();

	(void)r;
	want_errno(ioctl32(fd, 0x40084267, none, sizeof(none)), EINVAL);
}

/* Sends for ever, on another processor if there is one. */
static void flood(void)
{
	int parent = getpid(), fd;
	cpu_set_t set;

	if (must(fork()))
		return;
	must(prctl(PR_SET_PDEATHSIG, SIGKILL));
	CPU_ZERO(&set);
	CPU_SET(1, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
	fd = on();
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_IN));
	while (getppid() == parent)
		frame_send(fd, 60, 1);
	_exit(0);
}

/* Are these records for a 64-bit program? */
static bool all64(ssize_t len)
{
	const struct bpf_hdr *rec = NULL;

	while (len > 0 && (rec = record_next(data, len, rec)))
		if (rec->bh_hdrlen != ETHER_HDRLEN || rec->bh_caplen != 60)
			return false;
	return true;
}

static int bad_setif(int fd)
{
	static const char none[40] = "nonesuch";

	return ioctl32(fd, 0x4020426c, none, sizeof(none));
}

static int bad_setf(int fd)
{
	return insn32(fd, 0x40084267, (struct bpf_insn)STMT(0xff, 0));
}

/* A command that fails leaves the records alone, also those of the meantime. */
static void failed_meanwhile(const struct row *r)
{
	int (*fails)(int fd) = r->p;
	const uint32_t blen = 65536;
	int fd = bpf_on("d0", blen);
	uint32_t records = 0;
	cpu_set_t set;
	ssize_t len;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	must(sched_setaffinity(0, sizeof(set), &set));
	flood();
	want_true(wait_until(recv_count(fd) > 100));
	/* often, and with many packets between */
	for (int i = 0; i < 2000 || records < 20000; i++) {
		want_errno(fails(fd), r->a);
		len = bpf_drain(fd, data, blen);
		want_true(all64(len));
		records += record_count(data, len);
	}
}

static void failed_after(const struct row *r)
{
	int (*fails)(int fd) = r->p;
	int fd = on();

	want_errno(fails(fd), r->a);
	want(hdrlen(fd), 26);
}

#define MARKS(name, code, kind, arg)					\
	{ "1.1", "FreeBSD", "a 32-bit caller's " name " marks the descriptor", marks, \
	  .a = code, .b = kind, .c = 18, .p = arg }
#define NOT(name, code)							\
	{ "1.1", "FreeBSD", "a 32-bit caller's " name " does not mark it", marks, \
	  .a = code, .c = 26 }
#define OURS(name, code)						\
	{ "1.1", "FreeBSD", "a 64-bit caller's " name " of 8 bytes (" #code ") is EINVAL", \
	  not_ours, .a = code }
#define FAILS(name, fn, err)						\
	{ "1.1", "ours", "a 32-bit caller's " name " does not mark it", failed_after, \
	  .a = err, .p = fn },						\
	{ "1.1", "ours", "a 32-bit caller's " name ": no packet of the meantime has its layout", \
	  failed_meanwhile, .a = err, .p = fn }

static const struct row rows[] = {
	MARKS("SETF", 0x40084267, 1, NULL),
	MARKS("SETFNR", 0x40084282, 1, NULL),
	MARKS("SETWF", 0x4008427b, 1, NULL),
	MARKS("GDLTLIST", 0xc0084279, 0, NULL),
	MARKS("SRTIMEOUT", 0x4008426d, 0, NULL),
	MARKS("GRTIMEOUT", 0x8008426e, 0, NULL),
	{ "1.1", "ours", "a 32-bit caller's SETIF marks the descriptor", marks,
	  "on FreeBSD it has no command of its own", .a = 0x4020426c, .c = 18, .p = d0 },
	NOT("GBLEN", 0x80044266),
	NOT("FLUSH", 0x00004268),
	NOT("IMMEDIATE", 0x40044270),
	NOT("GSTATS", 0x8008426f),
	{ "1.1", "ours", "a 64-bit caller's SETIF unmarks it", unmarks,
	  "on FreeBSD the mark stays" },
	{ "1.1", "ours", "also its first", before_setif, "on FreeBSD the mark stays" },
	{ "1.1", "FreeBSD", "no other 64-bit command unmarks it", stays },
	{ "1.1", "FreeBSD", "an invalid 32-bit program is EINVAL", failed },
	FAILS("SETIF of no interface", bad_setif, ENXIO),
	FAILS("SETF of an invalid program", bad_setf, EINVAL),
	OURS("SETF", 0x40084267),
	OURS("SETWF", 0x4008427b),
	OURS("GDLTLIST", 0xc0084279),
	OURS("SRTIMEOUT", 0x4008426d),
};

SECTION(compat, "callers of both kinds");
