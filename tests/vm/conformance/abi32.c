// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 1.1, 3.1: what a 32-bit program sees of a 64-bit kernel: smaller arguments, other
 * records.  Compiled with -m32 into a program of its own; compat.c has what needs
 * callers of both kinds.
 */
#include "conf.h"
#include "../zcopy.h"

#include <linux/if_arp.h>
#include <linux/if_tun.h>

static void is(const struct row *r)
{
	want(r->a, r->b);
}

/* A filter by this code: 20 bytes of each frame. */
static void setf(const struct row *r)
{
	int fd = on();

	want(ioctl(fd, r->a, PROGRAM(RET(20))), 0);
	frame_send(fd, 60, 1);
	want(take(fd), 18 + 20);
	want(u32_at(8), 20);
	want_errno(ioctl(fd, r->a, PROGRAM(STMT(0xff, 0))), EINVAL);
	want_errno(ioctl(fd, r->a, NULL), EFAULT);
}

static void setwf(const struct row *r)
{
	int fd = on();

	want(ioctl(fd, r->a, PROGRAM(RET(0))), 0);
	want_errno(write(fd, data, 60), EPERM);
}

static void long_filter(const struct row *r)
{
	struct bpf_program prog = { 0xffffffff, (void *)data };

	want_errno(ioctl(on(), r->a, &prog), EINVAL);
	prog = (struct bpf_program){ 1, (void *)8 };
	want_errno(ioctl(on(), r->a, &prog), EINVAL);
	prog = (struct bpf_program){ 0, NULL };
	want(ioctl(on(), r->a, &prog), 0);
}

static void timeout8(const struct row *r)
{
	int32_t tv[4] = { 7, 250000, 0x5a5a5a5a, 0x5a5a5a5a }, got[4] = { 1, 1, 77, 77 };
	int fd = on();

	want(ioctl(fd, r->a, tv), 0);
	want(ioctl(fd, r->b, got), 0);
	want(got[0], 7);
	want(got[1], 250000);
	want(got[2], 77);
}

static void timeout16(const struct row *r)
{
	int64_t tv[2] = { 7, 250000 }, got[2] = {};
	int fd = on();

	want(ioctl(fd, r->a, tv), 0);
	want(ioctl(fd, r->b, got), 0);
	want(got[0], 7);
	want(got[1], 250000);
}

static void bad_timeout(const struct row *r)
{
	int32_t tv[2] = { r->b, r->c };
	int fd = on();

	want_errno(ioctl(fd, r->a, tv), EINVAL);
}

static void dltlist(const struct row *r)
{
	uint32_t list[2] = { 77, 77 };
	struct bpf_dltlist arg = { 2, list };
	int fd = on();

	want(ioctl(fd, r->a, &arg), 0);
	want(arg.bfl_len, 1);
	want(list[0], 1);
	want(list[1], 77);
	arg.bfl_list = NULL;
	want(ioctl(fd, r->a, &arg), 0);
	want(arg.bfl_len, 1);
}

static void iflist(const struct row *r)
{
	struct bpf_iflist arg = {};

	want(ioctl(on(), r->a, &arg), 0);
	want(arg.bi_size, 6);
	want(arg.bi_count, 2);
	arg.bi_ubuf = data;
	want(ioctl(on(), r->a, &arg), 0);
	want_true(!memcmp(data, "d0\0lo", 6) || !memcmp(data, "lo\0d0", 6));
}

/* 7: sizes and addresses of 32 bits. */
static void zerocopy(const struct row *r)
{
	uint32_t max[2] = { 7, 7 }, where[4] = { 7, 7, 7, 7 };
	size_t page = zcopy_page();
	char *at = zcopy_memory(2 * page);
	int fd;

	zcopy_allow(true);
	fd = zcopy_fresh(O_RDWR);
	want(ioctl(fd, r->a, max), 0);
	want(max[0], 2097152);
	want(max[1], 7);
	want(zcopy_set(fd, at, at + page, page), 0);
	must(bpf_setif(fd, "d0"));
	frame_send(fd, 60, 7);
	want(ioctl(fd, r->b, where), 0);
	want(where[0], (uint32_t)at);
	want(where[1], 0);
	want(where[2], 18 + 60);
	want(where[3], 7);
	want(((uint32_t *)at)[0], 1);
	want(((uint32_t *)at)[1], 18 + 60);
	want(record_serial(at + 32, 18 + 60, 0), 7);
}

static void zmapped(const struct row *r)
{
	struct zcopy z;

	(void)r;
	zcopy_allow(true);
	zcopy_on(&z, MAPPED, 1, "d0");
	frame_send(z.fd, 60, 7);
	want(zcopy_rotate(&z, NULL), 18 + 60);
	want(record_serial(zcopy_data(&z, 0), 18 + 60, 0), 7);
}

static void setif(const struct row *r)
{
	struct ifreq ifr = {};
	int fd = fresh();

	strcpy(ifr.ifr_name, "d0");
	want(ioctl(fd, r->a, &ifr), 0);
	want(get(fd, BIOCGDLT), 1);
	memset(&ifr, 0xff, sizeof(ifr));
	want(ioctl(fd, r->b, &ifr), 0);
	want(strcmp(ifr.ifr_name, "d0"), 0);
}

/* 3.1: one frame of 60 bytes in data, in this format. */
static void captured(unsigned int tstamp)
{
	int fd = on();

	must(bpf_set(fd, BIOCSTSTAMP, tstamp));
	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(40))));
	frame_send(fd, 60, 7);
	memset(data, 0x5a, 128);
	want_true(take(fd) > 0);
}

static void u32_is(const struct row *r)
{
	captured(r->c);
	want(u32_at(r->a), r->b);
}

static void u16_is(const struct row *r)
{
	captured(r->c);
	want(u16_at(r->a), r->b);
}

static void frame_at(const struct row *r)
{
	uint8_t frame[60];

	captured(r->c);
	frame_make(frame, 60, 7);
	want(memcmp(data + r->a, frame, 40), 0);
}

static void seconds(const struct row *r)
{
	time_t now = time(NULL);

	captured(r->c);
	want_true((time_t)u32_at(0) >= now - 60 && (time_t)u32_at(0) <= now + 60);
	if (r->c == BPF_T_MICROTIME)
		want_true(u32_at(4) < 1000000);
	else
		want(u32_at(4), 0);	/* the seconds' upper half */
}

static void aligned(const struct row *r)
{
	int fd = on();
	ssize_t len;

	must(bpf_set(fd, BIOCSTSTAMP, r->c));
	frame_send(fd, r->a, 1);
	frame_send(fd, 60, 2);
	len = take(fd);
	want(len, r->b + (r->c ? 26 : 18) + 60);
	want(u32_at(r->b + (r->c ? 16 : 8)), 60);
}

static void link_hdrlen(const struct row *r)
{
	uint8_t frame[100] = { 0x45 };
	int wire = wire_typed("w0", r->a == ARPHRD_NONE ? IFF_TUN : IFF_TAP,
			      r->a == ARPHRD_NONE ? 0 : r->a);
	int fd = bpf_on("w0", 0);

	must(bpf_set(fd, BIOCSTSTAMP, r->c));
	wire_receive(wire, frame, 100);
	want_true(take(fd) > 0);
	want(u16_at(r->c ? 24 : 16), r->b);
}

static void pktinfo(const struct row *r)
{
	int fd = on();

	must(bpf_set(fd, BIOCSTSTAMP, r->c));
	must(bpf_set(fd, BIOCSPKTINFO, 1));
	frame_send(fd, 60, 1);
	want(take(fd), r->b + 60);
	want(u16_at(r->a - 2), r->b);
	want(data[r->a], BPF_D_OUT);
}

static void bufsize(const struct row *r)
{
	uint32_t blen = 5000;
	int fd = fresh();

	(void)r;
	want(ioctl(fd, BIOCSBLEN, &blen), 0);
	want(get(fd, BIOCGBLEN), 5000);
}

static void stats64(const struct row *r)
{
	uint64_t st[16];
	int fd = on();

	(void)r;
	send_frames(fd, 2);
	want(ioctl(fd, BIOCGSTATS64, st), 0);
	want_true(st[0] == 2 && st[1] == 0 && st[2] == 2);
}

/* The read filter's engine, none, no packet that was left to the interpreter. */
static void engine(const struct row *r)
{
	struct bpf_engine engine;
	uint32_t got[8];
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCSETF, ODD_ONLY(60)));
	memset(got, 0xa5, sizeof(got));
	want(ioctl(fd, BIOCGENGINE, got), 0);
	want(got[0], 2);
	for (int i = 1; i < 8; i++)
		want(got[i], 0);
	want(sizeof(engine), 32);
	want(offsetof(struct bpf_engine, be_fallback), 8);
	want(offsetof(struct bpf_engine, be_wfallback), 16);
}

static void fionread(const struct row *r)
{
	int n, fd = on();

	frame_send(fd, 60, 1);
	want(ioctl(fd, r->a, &n), 0);
	want(n, 18 + 60);
}

static void filled(const struct row *r)
{
	int fd = bpf_on("d0", 80 + 78);

	(void)r;
	send_frames(fd, 5);		/* two of 78 bytes a buffer */
	want(drop_count(fd), 1);
	want(bpf_buffered(fd), 2 * 158);
}

static void unknown(const struct row *r)
{
	want_errno(ioctl(on(), r->a, data), EINVAL);
}

static void locked(const struct row *r)
{
	int fd = on();

	want(ioctl(fd, BIOCLOCK), 0);
	memset(data, 0, 64);
	if (r->b)
		want_errno(ioctl(fd, r->a, data), EPERM);
	else
		want(ioctl(fd, r->a, data), 0);
}

static void batch(const struct row *r)
{
	int fd = on(), source = on();
	ssize_t len;

	(void)r;
	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	must(bpf_set(fd, BIOCSBATCHWRITE, 1));
	send_frames(source, 3);
	len = take(source);
	must(ioctl(fd, BIOCFLUSH));
	want(write(fd, data, len), len);
	want(recv_count(fd), 3);
}

#define IS(what, got, expected) \
	{ "3.1", "FreeBSD", what " is " #expected, is, .a = got, .b = expected }
#define BOTH(para, name, fn, bsd, lin)					\
	{ para, "FreeBSD", name ", BSD code 0x" #bsd, fn, .a = 0x##bsd },	\
	{ para, "FreeBSD", name ", Linux code 0x" #lin, fn, .a = 0x##lin }

static const struct row rows[] = {
	IS("sizeof(struct bpf_hdr)", sizeof(struct bpf_hdr), 20),
	IS("offset of bh_caplen", offsetof(struct bpf_hdr, bh_caplen), 8),
	IS("offset of bh_datalen", offsetof(struct bpf_hdr, bh_datalen), 12),
	IS("offset of bh_hdrlen", offsetof(struct bpf_hdr, bh_hdrlen), 16),
	IS("offset of bpf_xhdr's bh_caplen", offsetof(struct bpf_xhdr, bh_caplen), 16),
	IS("offset of bpf_xhdr's bh_hdrlen", offsetof(struct bpf_xhdr, bh_hdrlen), 24),
	IS("sizeof(struct bpf_program)", sizeof(struct bpf_program), 8),
	IS("BPF_ALIGNMENT", BPF_ALIGNMENT, 4),
	IS("sizeof(struct bpf_iflist)", sizeof(struct bpf_iflist), 12),
	BOTH("1.1", "SETF with an 8-byte program", setf, 80084267, 40084267),
	BOTH("1.1", "SETFNR with an 8-byte program", setf, 80084282, 40084282),
	BOTH("1.1", "SETWF with an 8-byte program", setwf, 8008427b, 4008427b),
	BOTH("1.1", "SETF: errors are EINVAL, length 0 removes", long_filter, 80084267, 40084267),
	{ "1.1", "FreeBSD", "SRTIMEOUT, GRTIMEOUT with an 8-byte timeval, BSD codes", timeout8,
	  .a = 0x8008426d, .b = 0x4008426e },
	{ "1.1", "FreeBSD", "SRTIMEOUT, GRTIMEOUT with an 8-byte timeval, Linux codes", timeout8,
	  .a = 0x4008426d, .b = 0x8008426e },
	{ "1.1", "ours", "SRTIMEOUT, GRTIMEOUT with a 16-byte timeval (64-bit time_t)",
	  timeout16, .a = 0x4010426d, .b = 0x8010426e },
	{ "ours", "ours", "SWTIMEOUT, GWTIMEOUT with an 8-byte timeval", timeout8,
	  .a = 0x400842a0, .b = 0x800842a1 },
	{ "1.1", "FreeBSD", "SRTIMEOUT of -1 s is EINVAL", bad_timeout, .a = 0x4008426d, .b = -1UL },
	{ "1.1", "FreeBSD", "SRTIMEOUT of -1 us is EINVAL", bad_timeout, .a = 0x4008426d,
	  .c = -1UL },
	{ "1.1", "FreeBSD", "SRTIMEOUT of 1000000 us is EINVAL", bad_timeout, .a = 0x4008426d,
	  .c = 1000000 },
	{ "1.1", "FreeBSD", "GDLTLIST with an 8-byte list, 0xc0084279", dltlist, .a = 0xc0084279 },
	{ "1.4 GETIFLIST", "ours", "GETIFLIST with 12 bytes, 0xc00c42ab", iflist, .a = 0xc00c42ab },
	IS("sizeof(struct bpf_zbuf)", sizeof(struct bpf_zbuf), 12),
	{ "7", "FreeBSD", "GETZMAX with 4 bytes, SETZBUF, ROTZBUF with 12, BSD codes", zerocopy,
	  .a = 0x4004427f, .b = 0x400c4280 },
	{ "7", "FreeBSD", "GETZMAX with 4 bytes, SETZBUF, ROTZBUF with 12, Linux codes", zerocopy,
	  .a = 0x8004427f, .b = 0x800c4280 },
	{ "7", "ours", "zero-copy buffers by mmap", zmapped },
	{ "1.1", "FreeBSD", "SETIF, GETIF with 32 bytes, BSD codes", setif,
	  .a = 0x8020426c, .b = 0x4020426b },
	{ "1.1", "FreeBSD", "SETIF, GETIF with 32 bytes, Linux codes", setif,
	  .a = 0x4020426c, .b = 0x8020426b },
	{ "1.4 SBLEN", "FreeBSD", "SBLEN, GBLEN", bufsize },
	{ "9.1", "NetBSD", "GSTATS64 has 64 bits here, too", stats64 },
	{ "ours", "ours", "GENGINE has the layout of 64 bits", engine },
	BOTH("1.4 FIONREAD", "FIONREAD counts 32-bit records", fionread, 4004667f, 541b),
	{ "3.1", "FreeBSD", "bpf_hdr: seconds at 0, microseconds at 4", seconds, .c = 0 },
	{ "3.1", "FreeBSD", "bpf_hdr: bh_caplen is the u32 at 8", u32_is, .a = 8, .b = 40 },
	{ "3.1", "FreeBSD", "bpf_hdr: bh_datalen is the u32 at 12", u32_is, .a = 12, .b = 60 },
	{ "3.1", "FreeBSD", "bpf_hdr: bh_hdrlen is the u16 at 16, 18 for Ethernet", u16_is,
	  .a = 16, .b = 18 },
	{ "3.1", "FreeBSD", "bpf_hdr: the frame begins at 18", frame_at, .a = 18 },
	{ "3.1", "FreeBSD", "bpf_xhdr: seconds of 64 bits at 0", seconds, .c = BPF_T_NANOTIME },
	{ "3.1", "FreeBSD", "bpf_xhdr: bh_caplen is the u32 at 16", u32_is, .a = 16, .b = 40,
	  .c = BPF_T_NANOTIME },
	{ "3.1", "FreeBSD", "bpf_xhdr: bh_datalen is the u32 at 20", u32_is, .a = 20, .b = 60,
	  .c = BPF_T_BINTIME },
	{ "3.1", "FreeBSD", "bpf_xhdr: bh_hdrlen is the u16 at 24, 26 for Ethernet", u16_is,
	  .a = 24, .b = 26, .c = BPF_T_BINTIME },
	{ "3.1", "FreeBSD", "bpf_xhdr: the frame begins at 26", frame_at, .a = 26,
	  .c = BPF_T_NANOTIME },
	{ "3.1", "FreeBSD", "records start at multiples of 4: behind 60 bytes", aligned,
	  .a = 60, .b = 80 },
	{ "3.1", "FreeBSD", "records start at multiples of 4: behind 63 bytes", aligned,
	  .a = 63, .b = 84 },
	{ "3.1", "FreeBSD", "bpf_xhdr: records start at multiples of 4: behind 65 bytes", aligned,
	  .a = 65, .b = 92, .c = BPF_T_NANOTIME },
	{ "3.1", "FreeBSD", "PPP, bpf_hdr: bh_hdrlen 20", link_hdrlen, .a = ARPHRD_PPP, .b = 20 },
	{ "3.1", "FreeBSD", "raw, bpf_hdr: bh_hdrlen 20", link_hdrlen, .a = ARPHRD_NONE, .b = 20 },
	{ "3.1", "FreeBSD", "PPP, bpf_xhdr: bh_hdrlen 28", link_hdrlen, .a = ARPHRD_PPP, .b = 28,
	  .c = BPF_T_NANOTIME },
	{ "3.1", "FreeBSD", "raw, bpf_xhdr: bh_hdrlen 28", link_hdrlen, .a = ARPHRD_NONE, .b = 28,
	  .c = BPF_T_NANOTIME },
	{ "ours", "ours", "packet information behind bpf_hdr: at 18, bh_hdrlen 26", pktinfo,
	  .a = 18, .b = 26 },
	{ "ours", "ours", "packet information behind bpf_xhdr: at 26, bh_hdrlen 34", pktinfo,
	  .a = 26, .b = 34, .c = BPF_T_NANOTIME },
	{ "2.5", "FreeBSD", "buffers are filled with 32-bit records", filled },
	{ "ours", "ours", "a batch of 32-bit records can be written", batch },
	{ "1.1", "all", "a size that is neither ABI's is EINVAL: SETF with 12 bytes", unknown,
	  .a = 0x400c4267 },
	{ "5", "FreeBSD", "locked: GDLTLIST of 8 bytes is permitted", locked, .a = 0xc0084279 },
	{ "5", "FreeBSD", "locked: SRTIMEOUT of 8 bytes is permitted", locked, .a = 0x4008426d },
	{ "5", "FreeBSD", "locked: SETF of 8 bytes is EPERM", locked, .a = 0x40084267, .b = 1 },
};

SECTION(abi32, "32-bit programs");
