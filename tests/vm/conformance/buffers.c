// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 1.4 Buffers: SBLEN, GBLEN, the buffer mode, FLUSH, FIONREAD; 7: zero copy, of
 * which tests/vm/cases/zbuf.c has more.
 */
#include "conf.h"
#include "../zcopy.h"

static void sblen(const struct row *r)
{
	uint32_t blen = r->a;
	int fd = fresh();

	want(ioctl(fd, BIOCSBLEN, &blen), 0);
	want(blen, r->b);
	want(get(fd, BIOCGBLEN), r->b);
}

static void read_size(const struct row *r)
{
	int fd = bpf_on("d0", r->a);

	bpf_nonblock(fd, true);
	want_errno(read(fd, data, r->a), EAGAIN);
}

static void sblen_again(const struct row *r)
{
	int fd = fresh();

	(void)r;
	want(bpf_set(fd, BIOCSBLEN, 1000), 0);
	want(bpf_set(fd, BIOCSBLEN, 100000), 0);
	want(bpf_set(fd, BIOCSBLEN, 2000), 0);
	want(get(fd, BIOCGBLEN), 2000);
}

static void sblen_attached(const struct row *r)
{
	int fd = on();

	(void)r;
	want_errno(bpf_set(fd, BIOCSBLEN, 8192), EINVAL);
	want(get(fd, BIOCGBLEN), 4096);
}

static void sblen_same(const struct row *r)
{
	(void)r;
	want_errno(bpf_set(on(), BIOCSBLEN, 4096), EINVAL);
}

static void failed_setif(const struct row *r)
{
	int fd = fresh();

	(void)r;
	want_errno(bpf_setif(fd, "none0"), ENXIO);
	want(bpf_set(fd, BIOCSBLEN, 9000), 0);
	want(get(fd, BIOCGBLEN), 9000);
}

static void each_size(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	send_frames(fd, 5);
	want(bpf_buffered(fd), 2 * TWO_FRAMES);
	want(drop_count(fd), 1);
}

/* Buffer mode: unattached, attached, or with buffers but unattached. */
static void setbufmode(const struct row *r)
{
	int fd = fresh();

	if (r->c)
		must(bpf_setif(fd, "d0"));
	if (r->c == 2)
		link_del("d0");
	if (r->b)
		want_errno(bpf_set(fd, BIOCSETBUFMODE, r->a), r->b);
	else
		want(bpf_set(fd, BIOCSETBUFMODE, r->a), 0);
	want(get(fd, BIOCGETBUFMODE), 1);
}

static void zerocopy(const struct row *r)
{
	if (r->b)
		want_errno(ioctl(on(), r->a, data), EOPNOTSUPP);
	else
		want_errno(ioctl(fresh(), r->a, data), EOPNOTSUPP);
}

static struct zcopy zcopy(enum zkind kind)
{
	struct zcopy z;

	zcopy_allow(true);
	zcopy_on(&z, kind, 1, "d0");
	return z;
}

static void zmode(const struct row *r)
{
	int fd;

	(void)r;
	zcopy_allow(true);
	fd = zcopy_fresh(O_RDWR);
	want(get(fd, BIOCGETBUFMODE), 2);
	want_errno(bpf_setif(fd, "d0"), EINVAL);
	want(bpf_set(fd, BIOCSETBUFMODE, 1), 0);
	want(bpf_setif(fd, "d0"), 0);
}

static void zlen(const struct row *r)
{
	struct zcopy z = zcopy(PINNED);
	unsigned int size = 8192;

	(void)r;
	want(get(z.fd, BIOCGBLEN), zcopy_page() - 32);
	want_errno(ioctl(z.fd, BIOCSBLEN, &size), EOPNOTSUPP);
}

static void zread(const struct row *r)
{
	struct zcopy z = zcopy(PINNED);

	(void)r;
	want_errno(read(z.fd, data, z.size + 1), EINVAL);
	want_errno(read(z.fd, data, z.size), EOPNOTSUPP);
}

/* Frames of which four fit into a page. */
static void zframes(const struct zcopy *z, int n)
{
	while (n--)
		frame_send(z->fd, 960, 1);
}

static void zrotate(const struct row *r)
{
	struct zcopy z = zcopy(r->a);
	int which;

	zframes(&z, 1);
	want(zcopy_owned(&z, 0), 0);
	want(zcopy_rotate(&z, &which), 986);
	want(which, 0);
	want(zcopy_gen(&z, 0), 1);
	want(zcopy_len(&z, 0), 986);
	want(record_serial(zcopy_data(&z, 0), 986, 0), 1);
}

static void zfull(const struct row *r)
{
	struct zcopy z = zcopy(r->a);

	zframes(&z, 9);
	want_true(zcopy_owned(&z, 0) && zcopy_owned(&z, 1));
	want(drop_count(z.fd), 1);
	zcopy_ack(&z, 0);
	zframes(&z, 1);
	want(drop_count(z.fd), 1);
	want(zcopy_gen(&z, 1), 1);
}

static void zstall(const struct row *r)
{
	struct zcopy z = zcopy(r->a);

	zframes(&z, 1);
	want(zcopy_rotate(&z, NULL), 986);
	zframes(&z, 1);
	want(zcopy_rotate(&z, NULL), 0);
	zcopy_ack(&z, 0);
	want(zcopy_rotate(&z, NULL), 986);
}

static void zpoll(const struct row *r)
{
	struct zcopy z = zcopy(r->a);

	zframes(&z, 5);
	want(zcopy_polls(&z), POLLIN);
	zcopy_ack(&z, 0);
	want(zcopy_polls(&z), 0);
}

static void zflush(const struct row *r)
{
	struct zcopy z = zcopy(r->a);

	zframes(&z, 5);
	must(ioctl(z.fd, BIOCFLUSH));
	want(zcopy_len(&z, 0), 3 * 992 + 986);
	want(bpf_buffered(z.fd), 3 * 992 + 986);
	zcopy_ack(&z, 0);
	must(ioctl(z.fd, BIOCFLUSH));
	want(bpf_buffered(z.fd), 0);
}

static void flush(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	send_frames(fd, 5);
	want(ioctl(fd, BIOCFLUSH), 0);
	want(bpf_buffered(fd), 0);
	want_errno(bpf_drain(fd, data, TWO), EAGAIN);
}

static void flush_counters(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	send_frames(fd, 5);
	must(ioctl(fd, BIOCFLUSH));
	want(recv_count(fd), 0);
	want(drop_count(fd), 0);
}

static void flush_match(const struct row *r)
{
	int fd = on();

	frame_send(fd, 60, 1);
	want(atoi(proc_field(r->p, 0)), 1);
	must(ioctl(fd, BIOCFLUSH));
	want(atoi(proc_field(r->p, 0)), 0);
}

static void flush_unattached(const struct row *r)
{
	(void)r;
	want(ioctl(fresh(), BIOCFLUSH), 0);
}

static void flush_filter(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(20))));
	must(ioctl(fd, BIOCFLUSH));
	frame_send(fd, 60, 1);
	want(nth(take(fd), 0)->bh_caplen, 20);
}

static void flush_reader(const struct row *r)
{
	struct call c = { .fd = on(), .len = SIZE };

	(void)r;
	call_start(&c);
	must(ioctl(c.fd, BIOCFLUSH));
	want_true(call_asleep(&c));
	must(bpf_set(c.fd, BIOCIMMEDIATE, 1));
	frame_send(c.fd, 60, 1);
	want_true(call_end(&c));
	want(c.ret, ONE_FRAME);
}

static void fionread(const struct row *r)
{
	static const int bytes[] = { 0, 86, 174, 260, 348, 348 };
	int fd = bpf_on("d0", TWO);

	(void)r;
	for (int i = 0; i < 6; i++) {
		want(bpf_buffered(fd), bytes[i]);
		frame_send(fd, 60, i);
	}
}

static void fionread_immediate(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 60, 1);
	want(bpf_buffered(fd), 86);
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	want(bpf_buffered(fd), 86);
}

static void less_than_fionread(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	send_frames(fd, 3);
	want(bpf_buffered(fd), 260);
	want(bpf_drain(fd, data, TWO), 174);
	want(bpf_buffered(fd), 86);
}

#define SBLEN(ask, get_, what)						\
	{ "1.4 SBLEN", "FreeBSD", "SBLEN " #ask " gives " #get_ ": " what, sblen, \
	  .a = ask, .b = get_ }

static const struct row rows[] = {
	SBLEN(0, 32, "the least"),
	SBLEN(1, 32, "the least"),
	SBLEN(31, 32, "the least"),
	SBLEN(32, 32, "as asked"),
	SBLEN(33, 33, "not rounded"),
	SBLEN(4096, 4096, "as asked"),
	SBLEN(32767, 32767, "not rounded"),
	SBLEN(65535, 65535, "not rounded"),
	SBLEN(524287, 524287, "not rounded"),
	SBLEN(524288, 524288, "the greatest"),
	SBLEN(524289, 524288, "the greatest"),
	SBLEN(0x80000000, 524288, "the greatest, it is not negative"),
	SBLEN(0xffffffff, 524288, "the greatest, it is not negative"),
	{ "1.4 GBLEN", "FreeBSD", "the buffer size is the read size: 32", read_size, .a = 32 },
	{ "1.4 GBLEN", "FreeBSD", "the buffer size is the read size: 65535", read_size, .a = 65535 },
	{ "1.4 GBLEN", "FreeBSD", "the buffer size is the read size: 524288", read_size,
	  .a = 524288 },
	{ "1.4 SBLEN", "FreeBSD", "SBLEN may be repeated until an interface is attached",
	  sblen_again },
	{ "1.4 SBLEN", "FreeBSD", "SBLEN is EINVAL when attached, and the size stays",
	  sblen_attached },
	{ "1.4 SBLEN", "FreeBSD", "also to the size it has", sblen_same },
	{ "1.4 SBLEN", "FreeBSD", "SBLEN works after a SETIF that failed", failed_setif },
	{ "1.4 SBLEN", "FreeBSD", "the size is that of each of two buffers", each_size },
	{ "1.4 SETBUFMODE", "FreeBSD", "SETBUFMODE 1 works", setbufmode, .a = 1 },
	{ "1.4 SETBUFMODE", "FreeBSD", "SETBUFMODE 2 is EINVAL, net.bpf.zerocopy_enable being 0",
	  setbufmode, .a = 2, .b = EINVAL },
	{ "1.4 SETBUFMODE", "FreeBSD", "SETBUFMODE 0 is EINVAL", setbufmode, .a = 0, .b = EINVAL },
	{ "1.4 SETBUFMODE", "FreeBSD", "SETBUFMODE 3 is EINVAL", setbufmode, .a = 3, .b = EINVAL },
	{ "1.4 SETBUFMODE", "FreeBSD", "SETBUFMODE 257 is EINVAL", setbufmode, .a = 257,
	  .b = EINVAL },
	{ "1.4 SETBUFMODE", "FreeBSD", "SETBUFMODE is EBUSY when attached", setbufmode,
	  .a = 1, .b = EBUSY, .c = 1 },
	{ "1.4 SETBUFMODE", "FreeBSD", "SETBUFMODE is EBUSY when buffers exist, also unattached",
	  setbufmode, .a = 1, .b = EBUSY, .c = 2 },
	{ "7", "FreeBSD", "GETZMAX without zero copy is EOPNOTSUPP", zerocopy, .a = 0x4008427f },
	{ "7", "FreeBSD", "SETZBUF without zero copy is EOPNOTSUPP", zerocopy, .a = 0x80184281 },
	{ "7", "FreeBSD", "ROTZBUF without zero copy is EOPNOTSUPP", zerocopy, .a = 0x40184280 },
	{ "7", "FreeBSD", "also when attached: ROTZBUF", zerocopy, .a = 0x40184280, .b = 1 },
	{ "7", "FreeBSD", "SETBUFMODE 2 works with net.bpf.zerocopy_enable; SETIF wants buffers",
	  zmode },
	{ "7", "FreeBSD", "GBLEN is the length without the header, SBLEN is EOPNOTSUPP", zlen },
	{ "7", "FreeBSD", "read is EOPNOTSUPP, after the size was looked at", zread },
	{ "7", "FreeBSD", "ROTZBUF hands the first buffer over: length, generation 1", zrotate },
	{ "7", "ours", "also one that was mapped", zrotate, .a = MAPPED },
	{ "7", "FreeBSD", "buffer full: both are the program's; one given back, it goes on",
	  zfull },
	{ "7", "ours", "also mapped ones", zfull, .a = MAPPED },
	{ "7", "ours", "ROTZBUF sees a buffer that was given back", zstall,
	  "FreeBSD: not before the next packet" },
	{ "7", "FreeBSD", "poll: readable until the buffer is given back", zpoll },
	{ "7", "FreeBSD", "FLUSH takes no buffer from the program", zflush },
	{ "1.4 FLUSH", "FreeBSD", "FLUSH empties both buffers", flush },
	{ "1.4 FLUSH", "FreeBSD", "FLUSH zeroes recv and drop", flush_counters },
	{ "1.4 FLUSH", "FreeBSD", "FLUSH zeroes the filter's matches", flush_match, .p = "Match" },
	{ "1.4 FLUSH", "FreeBSD", "FLUSH zeroes the count of writes", flush_match, .p = "Wcount" },
	{ "1.4 FLUSH", "FreeBSD", "FLUSH works unattached", flush_unattached },
	{ "1.4 FLUSH", "FreeBSD", "FLUSH keeps the filter", flush_filter },
	{ "2.4", "FreeBSD", "FLUSH does not wake a reader", flush_reader },
	{ "1.4 FIONREAD", "FreeBSD", "FIONREAD is the bytes in both buffers", fionread },
	{ "1.4 FIONREAD", "FreeBSD", "FIONREAD is the same in immediate mode", fionread_immediate },
	{ "1.4 FIONREAD", "FreeBSD", "a read may return less: the hold buffer", less_than_fionread },
};

SECTION(buffers, "buffers");
