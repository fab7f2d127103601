// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 1.1: one descriptor with callers of both kinds.  The 32-bit caller is this program,
 * which enters the kernel as a 32-bit one does: its pointers must have 32 bits.
 */
#include "conf.h"

#define SYS32_IOCTL 54

static const char d0[40] = "d0";

static void no_such_gate(int sig)
{
	(void)sig;
	row_skip("this kernel runs no 32-bit programs");
}

/* ioctl(2) of a 32-bit program; errno is set. */
static int ioctl32(int fd, uint32_t code, const void *arg, size_t size)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long ret = SYS32_IOCTL;

	must((long)low);
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
static int setf32(int fd, uint32_t code, uint32_t snap)
{
	struct bpf_insn *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	uint32_t prog[2] = { 1, (uint32_t)(unsigned long)low };

	must((long)low);
	*low = (struct bpf_insn)RET(snap);
	return ioctl32(fd, code, prog, sizeof(prog));
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

#define MARKS(name, code, kind, arg)					\
	{ "1.1", "FreeBSD", "a 32-bit caller's " name " marks the descriptor", marks, \
	  .a = code, .b = kind, .c = 18, .p = arg }
#define NOT(name, code)							\
	{ "1.1", "FreeBSD", "a 32-bit caller's " name " does not mark it", marks, \
	  .a = code, .c = 26 }
#define OURS(name, code)						\
	{ "1.1", "FreeBSD", "a 64-bit caller's " name " of 8 bytes (" #code ") is EINVAL", \
	  not_ours, .a = code }

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
	OURS("SETF", 0x40084267),
	OURS("SETWF", 0x4008427b),
	OURS("GDLTLIST", 0xc0084279),
	OURS("SRTIMEOUT", 0x4008426d),
};

SECTION(compat, "callers of both kinds");
