// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 3.1: the layout of records, byte by byte, for each kind of link header.
 */
#include "conf.h"

#include <linux/if_arp.h>
#include <linux/if_tun.h>

static int64_t s64_at(int off)
{
	int64_t value;

	memcpy(&value, data + off, sizeof(value));
	return value;
}

/* One frame of 60 bytes, 40 of them captured, in data. */
static void captured(unsigned int tstamp)
{
	int fd = on();

	if (tstamp)
		must(bpf_set(fd, BIOCSTSTAMP, tstamp));
	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(40))));
	frame_send(fd, 60, 7);
	memset(data, 0x5a, 128);
	want_true(take(fd) > 0);
}

static void caplen(const struct row *r)
{
	captured(r->b);
	want(u32_at(16), 40);
}

static void datalen(const struct row *r)
{
	captured(r->b);
	want(u32_at(20), 60);
}

static void hdrlen(const struct row *r)
{
	captured(r->b);
	want(u16_at(24), 26);
}

static void frame_at_26(const struct row *r)
{
	uint8_t frame[60];

	captured(r->b);
	frame_make(frame, 60, 7);
	want(memcmp(data + 26, frame, 40), 0);
}

static void seconds(const struct row *r)
{
	int64_t before = time(NULL);

	(void)r;
	captured(0);
	want_true(s64_at(0) >= before - 1 && s64_at(0) <= time(NULL) + 1);
}

static void microseconds(const struct row *r)
{
	(void)r;
	captured(0);
	want_true(s64_at(8) >= 0 && s64_at(8) < 1000000);
}

/* The network header is aligned: bh_hdrlen by the kind of link. */
static void link_hdrlen(const struct row *r)
{
	uint8_t frame[100] = { 0x45 };
	int wire, fd;

	wire = wire_typed("w0", r->c ? IFF_TUN : IFF_TAP, r->a);
	fd = bpf_on("w0", 0);
	if (!r->c)
		frame_make(frame, 100, 1);
	wire_receive(wire, frame, 100);
	want_true(take(fd) > 0);
	want(u16_at(24), r->b);
}

static void aligned_network(const struct row *r)
{
	int fd = on();
	ssize_t len;

	(void)r;
	for (int i = 60; i < 68; i++)
		frame_send(fd, i, i);
	len = take(fd);
	for (int i = 0; i < 8; i++)
		want((record_data(nth(len, i)) + 14 - (uint8_t *)data) % 8, 0);
}

static void zero_rest(const struct row *r)
{
	int wire = wire_typed("t0", IFF_TUN, 0), fd = bpf_on("t0", 0);
	uint8_t packet[60] = { 0x45 };

	(void)r;
	wire_receive(wire, packet, 60);
	memset(data, 0x5a, 64);
	want(take(fd), 32 + 60);
	for (int i = 26; i < 32; i++)
		want(data[i], 0);
}

static void next_record(const struct row *r)
{
	const struct bpf_hdr *rec;
	int fd = on();
	ssize_t len;

	must(ioctl(fd, BIOCSETF, PROGRAM(RET(r->a))));
	frame_send(fd, 60, 1);
	frame_send(fd, 60, 2);
	len = take(fd);
	want(len, r->b + 26 + r->a);
	rec = (const void *)(data + r->b);
	want(rec->bh_caplen, r->a);
	want(rec->bh_hdrlen, 26);
}

static void whole(const struct row *r)
{
	int fd = bpf_on("d0", 65536);

	if_mtu("d0", 65000);
	frame_send(fd, r->a, 1);
	want(bpf_drain(fd, data, 65536), ETHER_HDRLEN + r->a);
	want(u32_at(16), r->a);
	want(u32_at(20), r->a);
}

static void structure(const struct row *r)
{
	(void)r;
	want(sizeof(struct bpf_hdr), 32);
	want(offsetof(struct bpf_hdr, bh_caplen), 16);
	want(offsetof(struct bpf_hdr, bh_datalen), 20);
	want(offsetof(struct bpf_hdr, bh_hdrlen), 24);
}

static void xstructure(const struct row *r)
{
	(void)r;
	want(sizeof(struct bpf_xhdr), 32);
	want(sizeof(struct bpf_ts), 16);
	want(offsetof(struct bpf_xhdr, bh_caplen), 16);
	want(offsetof(struct bpf_xhdr, bh_hdrlen), 24);
}

static void alignment(const struct row *r)
{
	(void)r;
	want(BPF_ALIGNMENT, 8);
	want(BPF_WORDALIGN(1), 8);
	want(BPF_WORDALIGN(8), 8);
	want(BPF_WORDALIGN(9), 16);
}

#define FIELD(tstamp, form)						\
	{ "3.1", "FreeBSD", form ": bh_caplen is the u32 at 16", caplen, .b = tstamp }, \
	{ "3.1", "FreeBSD", form ": bh_datalen is the u32 at 20", datalen, .b = tstamp }, \
	{ "3.1", "FreeBSD", form ": bh_hdrlen is the u16 at 24, 26 for Ethernet", hdrlen, \
	  .b = tstamp },						\
	{ "3.1", "FreeBSD", form ": the frame begins at 26, inside the C structure", \
	  frame_at_26, .b = tstamp }

static const struct row rows[] = {
	FIELD(0, "bpf_hdr"),
	FIELD(BPF_T_NANOTIME, "bpf_xhdr, nanoseconds"),
	FIELD(BPF_T_BINTIME, "bpf_xhdr, bintime"),
	{ "3.1", "FreeBSD", "bpf_hdr: seconds are the s64 at 0", seconds },
	{ "3.1", "FreeBSD", "bpf_hdr: microseconds are the s64 at 8", microseconds },
	{ "3.1", "FreeBSD", "the header's struct bpf_hdr has this layout, size 32", structure },
	{ "3.1", "FreeBSD", "the header's struct bpf_xhdr has the same offsets", xstructure },
	{ "3.1", "FreeBSD", "BPF_WORDALIGN rounds to multiples of 8", alignment },
	{ "3.1", "FreeBSD", "Ethernet, 14 bytes of link header: bh_hdrlen 26", link_hdrlen,
	  .a = 0, .b = 26 },
	{ "3.1", "FreeBSD", "raw, none: bh_hdrlen 32", link_hdrlen, .a = 0, .b = 32, .c = 1 },
	{ "3.1", "FreeBSD", "PPP, 4 bytes: bh_hdrlen 28", link_hdrlen, .a = ARPHRD_PPP, .b = 28 },
	{ "3.1", "FreeBSD", "802.11, 24 bytes: bh_hdrlen 32", link_hdrlen,
	  .a = ARPHRD_IEEE80211, .b = 32 },
	{ "3.1", "FreeBSD", "the network header is aligned to 8 in every record",
	  aligned_network },
	{ "3.1", "FreeBSD", "header bytes without a meaning are zero", zero_rest },
	{ "3.1", "FreeBSD", "the next record is at ALIGN(bh_hdrlen + caplen): 14 bytes",
	  next_record, .a = 14, .b = 40 },
	{ "3.1", "FreeBSD", "the next record is at ALIGN(bh_hdrlen + caplen): 15 bytes",
	  next_record, .a = 15, .b = 48 },
	{ "3.1", "FreeBSD", "the next record is at ALIGN(bh_hdrlen + caplen): 1 byte",
	  next_record, .a = 1, .b = 32 },
	{ "3.1", "FreeBSD", "no filter: the whole packet, 18 bytes", whole, .a = 18 },
	{ "3.1", "FreeBSD", "no filter: the whole packet, 1514 bytes", whole, .a = 1514 },
	{ "3.1", "FreeBSD", "no filter: the whole packet, 60000 bytes", whole, .a = 60000 },
};

SECTION(records, "records");
