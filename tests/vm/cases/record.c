// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a read returns, byte for byte: record headers, snap lengths, alignment,
 * padding, the end of a buffer, frames that are larger than it.
 */
#include "bpf.h"

static uint8_t buf[65536];

/* Both buffers have held 0xff everywhere, so what is 0 was made 0. */
static void soil(int fd, uint32_t blen)
{
	uint8_t frame[1514];

	memset(frame, 0xff, sizeof(frame));
	must(bpf_snap(fd, BIOCSETF, 0xffffffff));
	for (uint32_t i = 0; i <= 2 * blen / 1536 + 2; i++)
		must(write(fd, frame, sizeof(frame)));
	for (int i = 0; i < 2; i++)
		bpf_drain(fd, buf, blen);
	must(ioctl(fd, BIOCFLUSH));
}

static void header(int fd)
{
	int64_t before = now_us(CLOCK_REALTIME), after, stamp;
	const struct bpf_hdr *rec = (void *)buf;
	uint8_t frame[60];

	frame_make(frame, sizeof(frame), 7);
	frame_send(fd, sizeof(frame), 7);
	after = now_us(CLOCK_REALTIME);
	is_ret(bpf_drain(fd, buf, 4096), 86, "a frame of 60 bytes takes 86");
	ok(rec->bh_hdrlen == 26, "it starts 26 bytes behind the start of the record");
	ok(rec->bh_caplen == 60 && rec->bh_datalen == 60, "both lengths are the frame's");
	stamp = rec->bh_tstamp.tv_sec * 1000000LL + rec->bh_tstamp.tv_usec;
	ok(stamp >= before && stamp <= after, "its time is that of the write");
	ok(rec->bh_tstamp.tv_usec >= 0 && rec->bh_tstamp.tv_usec < 1000000,
	   "in seconds and microseconds");
	ok(!memcmp(buf + 26, frame, 6) && !memcmp(buf + 38, frame + 12, 48),
	   "the frame's bytes follow");
	ok(((uintptr_t)rec + rec->bh_hdrlen + 14) % 8 == 0,
	   "what follows the Ethernet header is aligned");
}

/* What the filter returns, and what is stored of a frame. */
static void snaps(int fd)
{
	static const struct { uint32_t snap, len, caplen; } rows[] = {
		{ 1, 60, 1 }, { 2, 60, 2 }, { 13, 60, 13 }, { 14, 60, 14 },
		{ 15, 60, 15 }, { 68, 60, 60 }, { 68, 68, 68 }, { 68, 69, 68 },
		{ 68, 1514, 68 }, { 1513, 1514, 1513 }, { 1514, 1514, 1514 },
		{ 1515, 1514, 1514 }, { 0x7fffffff, 1514, 1514 },
		{ 0x80000000, 60, 60 }, { 0xffffffff, 18, 18 },
	};
	const struct bpf_hdr *rec = (void *)buf;
	uint8_t frame[1514];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		soil(fd, 4096);
		must(bpf_snap(fd, BIOCSETF, rows[i].snap));
		frame_make(frame, rows[i].len, i);
		must(bpf_set(fd, BIOCSHDRCMPLT, 1));
		frame_send(fd, rows[i].len, i);
		memset(buf, 0xa5, sizeof(buf));
		is_ret(bpf_drain(fd, buf, 4096), 26 + rows[i].caplen,
		       "snap length %u, frame of %u: %u bytes of it are returned",
		       rows[i].snap, rows[i].len, rows[i].caplen);
		ok(rec->bh_caplen == rows[i].caplen && rec->bh_datalen == rows[i].len,
		   "and both lengths say so");
		ok(!memcmp(record_data(rec), frame, rows[i].caplen),
		   "and they are its first bytes");
		ok(buf[26 + rows[i].caplen] == 0xa5, "and nothing is written behind them");
	}
}

/* Records of all lengths modulo 8, one behind the other. */
static void padding(int fd)
{
	const struct bpf_hdr *rec = NULL;
	uint32_t want = 0;
	ssize_t n;

	soil(fd, 4096);
	for (int i = 0; i < 16; i++) {
		must(bpf_snap(fd, BIOCSETFNR, 1 + i));
		frame_send(fd, 60, i);
		want = BPF_WORDALIGN(want) + 26 + 1 + i;
	}
	memset(buf, 0xa5, sizeof(buf));
	n = bpf_drain(fd, buf, 4096);
	ok(n == want, "16 records take %u bytes, the last one without padding", want);
	for (int i = 0; i < 16 && (rec = record_next(buf, n, rec)); i++) {
		uint32_t end = (uint8_t *)rec - buf + 26 + rec->bh_caplen;
		bool zero = true;

		ok(((uint8_t *)rec - buf) % 8 == 0 && rec->bh_hdrlen == 26 &&
		   rec->bh_caplen == 1U + i && rec->bh_datalen == 60,
		   "record %d starts at a multiple of 8", i);
		for (; end < n && end % 8; end++)
			zero &= !buf[end];
		ok(zero, "the bytes between it and the next are 0");
	}
}

/* How many frames of a length fit into a buffer, to the byte. */
static void fits(void)
{
	static const struct { uint32_t blen, len; int fit; } rows[] = {
		{ 86, 60, 1 }, { 87, 60, 1 }, { 173, 60, 1 }, { 174, 60, 2 },
		{ 175, 60, 2 }, { 261, 60, 2 }, { 262, 60, 3 }, { 44, 18, 1 },
		{ 91, 18, 1 }, { 92, 18, 2 }, { 4096, 1514, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd = bpf_on("d0", rows[i].blen), fit = rows[i].fit;
		long want = (fit - 1) * RECORD_SIZE(rows[i].len) + 26 + rows[i].len;
		struct bpf_stat st;

		for (int j = 0; j < 2 * fit + 1; j++)
			frame_send(fd, rows[i].len, j);
		st = bpf_stats(fd);
		ok(st.bs_recv == 2U * fit + 1 && st.bs_drop == 1,
		   "buffer of %u: twice %d frames of %u fit, and no more",
		   rows[i].blen, fit, rows[i].len);
		for (int j = 0; j < 2; j++) {
			is_ret(bpf_drain(fd, buf, rows[i].blen), want,
			       "buffer of %u: %d frames of %u take %ld",
			       rows[i].blen, fit, rows[i].len, want);
			ok(record_serial(buf, want, 0) == j * fit &&
			   record_serial(buf, want, fit - 1) == j * fit + fit - 1,
			   "in the order of their arrival");
		}
		close(fd);
	}
}

/* A frame larger than an empty buffer is cut, not dropped. */
static void cut(void)
{
	static const struct { uint32_t blen, len; } rows[] = {
		{ 32, 60 }, { 32, 1514 }, { 33, 60 }, { 40, 18 }, { 85, 60 },
		{ 128, 200 }, { 1000, 1514 }, { 1539, 1514 },
	};
	const struct bpf_hdr *rec = (void *)buf;
	uint8_t frame[1514];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd = bpf_on("d0", rows[i].blen);

		must(bpf_set(fd, BIOCSHDRCMPLT, 1));
		for (int j = 0; j < 3; j++)
			frame_send(fd, rows[i].len, j);
		ok(bpf_stats(fd).bs_drop == 1, "buffer of %u, frame of %u: two are stored",
		   rows[i].blen, rows[i].len);
		memset(buf, 0xa5, sizeof(buf));
		is_ret(bpf_drain(fd, buf, rows[i].blen), rows[i].blen,
		       "each fills a buffer");
		frame_make(frame, rows[i].len, 0);
		ok(rec->bh_caplen == rows[i].blen - 26 &&
		   rec->bh_datalen == rows[i].len &&
		   !memcmp(buf + 26, frame, rec->bh_caplen),
		   "with its first bytes; its length is known");
		ok(buf[rows[i].blen] == 0xa5, "nothing is written behind");
		close(fd);
	}
}

/* The same layout on loopback, where frames have an Ethernet header, too. */
static void loopback(void)
{
	const struct bpf_hdr *rec = (void *)buf;
	int fd = bpf_on("lo", 0);
	uint32_t dlt;

	must(ioctl(fd, BIOCGDLT, &dlt));
	ok(dlt == 1, "lo: the link type is EN10MB");
	frame_send(fd, 60, 5);
	ok(wait_until(bpf_stats(fd).bs_recv), "lo: a written frame arrives");
	is_ret(bpf_drain(fd, buf, 4096), 86, "lo: it takes 86 bytes");
	ok(rec->bh_hdrlen == 26 && rec->bh_caplen == 60 &&
	   frame_serial(record_data(rec)) == 5, "lo: the layout is Ethernet's");
	close(fd);
}

int main(void)
{
	int fd;

	private_net();
	sh("ip link add d0 type dummy");
	if_up("d0");
	if_up("lo");
	fd = bpf_on("d0", 0);
	header(fd);
	snaps(fd);
	padding(fd);
	close(fd);
	fits();
	cut();
	loopback();
	return tap_done();
}
