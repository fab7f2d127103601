// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 2.5: how a packet gets into the buffers: what fits, rotation, drops, alignment,
 * packets larger than a buffer.
 */
#include "conf.h"

static void start_aligned(const struct row *r)
{
	int fd = on();
	ssize_t len;

	frame_send(fd, r->a, 1);
	frame_send(fd, 60, 2);
	len = take(fd);
	want(len, r->b + ONE_FRAME);
	want((const char *)nth(len, 1) - data, r->b);
}

static void pad_zero(const struct row *r)
{
	int fd = on();

	(void)r;
	memset(data, 0x5a, SIZE);
	/* dirty the buffer first */
	for (int i = 0; i < 2; i++) {
		frame_send(fd, 1500, i);
		take(fd);
	}
	frame_send(fd, 61, 1);
	frame_send(fd, 60, 2);
	want(take(fd), 88 + ONE_FRAME);
	want(data[87], 0);
}

static void exactly_full(const struct row *r)
{
	int fd = bpf_on("d0", TWO_FRAMES);

	(void)r;
	send_frames(fd, 2);
	want(readable(fd), false);
	want(bpf_drain(fd, data, TWO_FRAMES), TWO_FRAMES);
}

static void a_byte_short(const struct row *r)
{
	int fd = bpf_on("d0", TWO_FRAMES - 1);

	(void)r;
	send_frames(fd, 2);
	want(readable(fd), true);
	want(read(fd, data, TWO_FRAMES - 1), ONE_FRAME);
}

static void rotates(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	send_frames(fd, 3);
	want(read(fd, data, TWO), TWO_FRAMES);
	want(bpf_drain(fd, data, TWO), ONE_FRAME);
	want(record_serial(data, ONE_FRAME, 0), 3);
}

static void drops(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	send_frames(fd, 7);
	want(drop_count(fd), 3);
	want(recv_count(fd), 7);
	/* the old ones are kept */
	want(read(fd, data, TWO), TWO_FRAMES);
	want(record_serial(data, TWO_FRAMES, 0), 1);
	want(bpf_drain(fd, data, TWO), TWO_FRAMES);
	want(record_serial(data, TWO_FRAMES, 1), 4);
}

static void smaller_fits(const struct row *r)
{
	int fd = bpf_on("d0", 400);

	(void)r;
	frame_send(fd, 300, 1);
	frame_send(fd, 300, 2);
	frame_send(fd, 300, 3);		/* no room */
	frame_send(fd, 18, 4);		/* room: 328 + 44 */
	want(drop_count(fd), 1);
	want(bpf_buffered(fd), 326 + 328 + 44);
}

static void truncated(const struct row *r)
{
	const struct bpf_hdr *rec;
	int fd = bpf_on("d0", r->a);

	frame_send(fd, 1000, 1);
	want(bpf_drain(fd, data, r->a), r->a);
	rec = (void *)data;
	want(rec->bh_caplen, r->a - ETHER_HDRLEN);
	want(rec->bh_datalen, 1000);
	want(drop_count(fd), 0);
}

static void truncated_each(const struct row *r)
{
	int fd = bpf_on("d0", 64);

	(void)r;
	send_frames(fd, 3);
	want(bpf_buffered(fd), 128);
	want(drop_count(fd), 1);
}

static void snap(const struct row *r)
{
	const struct bpf_hdr *rec;
	int fd = on();

	must(ioctl(fd, BIOCSETF, PROGRAM(RET(r->a))));
	frame_send(fd, 60, 1);
	want(take(fd), ETHER_HDRLEN + r->b);
	rec = (void *)data;
	want(rec->bh_caplen, r->b);
	want(rec->bh_datalen, 60);
}

static void rejected(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(0))));
	frame_send(fd, 60, 1);
	want(bpf_buffered(fd), 0);
	want(drop_count(fd), 0);
}

static void order(const struct row *r)
{
	int fd = on();
	ssize_t len;

	(void)r;
	send_frames(fd, 20);
	len = take(fd);
	want(record_count(data, len), 20);
	for (int i = 0; i < 20; i++)
		want(record_serial(data, len, i), i + 1);
}

static void no_wake(const struct row *r)
{
	struct call c = { .fd = on(), .len = SIZE };

	(void)r;
	must(bpf_timeout_ms(c.fd, 150));
	call_start(&c);
	frame_send(c.fd, 60, 1);
	want_true(call_end(&c));
	want_true(c.end - c.start >= 150000);
}

static void complete_when_woken(const struct row *r)
{
	struct call c = { .fd = on(), .len = SIZE };
	uint8_t frame[1000];

	(void)r;
	must(bpf_set(c.fd, BIOCIMMEDIATE, 1));
	must(bpf_set(c.fd, BIOCSHDRCMPLT, 1));
	call_start(&c);
	frame_send(c.fd, 1000, 5);
	want_true(call_end(&c));
	want(c.ret, ETHER_HDRLEN + 1000);
	frame_make(frame, 1000, 5);
	want(memcmp(c.buf + ETHER_HDRLEN, frame, 1000), 0);
}

static void headdrop(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	must(bpf_set(fd, BIOCSHEADDROP, 1));
	send_frames(fd, 7);
	/* 1, 2 and then 3, 4 gave way */
	want(drop_count(fd), 4);
	want(recv_count(fd), 7);
	want(bpf_drain(fd, data, TWO), TWO_FRAMES);
	want(record_serial(data, TWO_FRAMES, 0), 5);
	want(bpf_drain(fd, data, TWO), ONE_FRAME);
	want(record_serial(data, ONE_FRAME, 0), 7);
}

static void headdrop_off(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	must(bpf_set(fd, BIOCSHEADDROP, 1));
	must(bpf_set(fd, BIOCSHEADDROP, 0));
	send_frames(fd, 5);
	want(drop_count(fd), 1);
	want(bpf_drain(fd, data, TWO), TWO_FRAMES);
	want(record_serial(data, TWO_FRAMES, 0), 1);
}

static const struct row rows[] = {
	{ "2.5", "FreeBSD", "records start at multiples of 8: behind 60 bytes", start_aligned,
	  .a = 60, .b = 88 },
	{ "2.5", "FreeBSD", "records start at multiples of 8: behind 61 bytes", start_aligned,
	  .a = 61, .b = 88 },
	{ "2.5", "FreeBSD", "records start at multiples of 8: behind 62 bytes", start_aligned,
	  .a = 62, .b = 88 },
	{ "2.5", "FreeBSD", "records start at multiples of 8: behind 63 bytes", start_aligned,
	  .a = 63, .b = 96 },
	{ "2.5", "FreeBSD", "bytes between records are zero", pad_zero },
	{ "2.5", "FreeBSD", "a buffer can be filled to its last byte", exactly_full },
	{ "2.5", "FreeBSD", "a byte too few: the packet does not fit", a_byte_short },
	{ "2.4", "FreeBSD", "what does not fit goes to the other buffer", rotates },
	{ "2.5", "FreeBSD", "no free buffer: the new packet is dropped and counted", drops },
	{ "2.5", "FreeBSD", "a smaller packet may still fit then", smaller_fits },
	{ "2.5", "FreeBSD", "a packet larger than the buffer is cut, not dropped", truncated,
	  .a = 500 },
	{ "2.5", "ours", "a buffer of 32 bytes: 6 bytes of a packet", truncated, .a = 32 },
	{ "2.5", "ours", "a buffer of 33 bytes: 7 bytes of a packet", truncated, .a = 33 },
	{ "2.5", "FreeBSD", "cut packets fill a buffer each", truncated_each },
	{ "8.4", "FreeBSD", "a filter that returns 20 stores 20 bytes, datalen is whole", snap,
	  .a = 20, .b = 20 },
	{ "3.1", "FreeBSD", "a filter that returns 1 stores a byte", snap, .a = 1, .b = 1 },
	{ "8.4", "FreeBSD", "a filter that returns the length stores all", snap, .a = 60, .b = 60 },
	{ "8.4", "FreeBSD", "a filter that returns more stores all", snap, .a = 61, .b = 60 },
	{ "8.4", "FreeBSD", "a filter that returns 0x80000000 stores all", snap,
	  .a = 0x80000000, .b = 60 },
	{ "8.4", "FreeBSD", "a filter that returns 0xffffffff stores all", snap,
	  .a = 0xffffffff, .b = 60 },
	{ "8.4", "FreeBSD", "a filter that returns 0 stores nothing, and that is no drop",
	  rejected },
	{ "2.5", "FreeBSD", "records are in the order of packets", order },
	{ "2.5", "FreeBSD", "a packet wakes nobody unless it fills or is immediate", no_wake },
	{ "2.5", "FreeBSD", "the record is complete when its reader is woken",
	  complete_when_woken },
	{ "2.5", "macOS", "HEADDROP: the hold buffer gives way, its packets are counted",
	  headdrop },
	{ "2.5", "macOS", "HEADDROP can be switched off again", headdrop_off },
};

SECTION(store, "storing packets");
