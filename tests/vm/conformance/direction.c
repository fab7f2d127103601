// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 6.1: which packets a descriptor sees by their direction, and lo.
 */
#include "conf.h"

/* r->a: direction; then how many of 2 received, 3 sent are seen. */
static void seen(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0), other = bpf_on("w0", 0);
	uint8_t frame[60];

	must(bpf_set(fd, BIOCSDIRECTION, r->a));
	for (int i = 0; i < 3; i++) {
		frame_make(frame, 60, i);
		if (i < 2)
			wire_receive(wire, frame, 60);
		frame_send(other, 60, 100 + i);
	}
	want(recv_count(fd), r->b);
	want(record_count(data, take(fd)), r->b);
}

static void at_once(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 60, 1);
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_IN));
	frame_send(fd, 60, 2);
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_INOUT));
	frame_send(fd, 60, 3);
	want(take(fd), TWO_FRAMES);
	want(record_serial(data, TWO_FRAMES, 0), 1);
	want(record_serial(data, TWO_FRAMES, 1), 3);
}

static void lo_once(const struct row *r)
{
	int fd, other;

	if_up("lo");
	fd = bpf_on("lo", 0);
	other = bpf_on("lo", 0);
	must(bpf_set(fd, BIOCSDIRECTION, r->a));
	send_frames(other, 3);
	want_true(wait_until(recv_count(other) >= 3));
	frame_send(other, 60, 9);
	want_true(wait_until(recv_count(other) >= 4));
	want(recv_count(fd), r->b);
	want(recv_count(other), 4);
}

static void no_flush(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 60, 1);
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_IN));
	want(bpf_buffered(fd), ONE_FRAME);
	want(recv_count(fd), 1);
}

static void to_us(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);
	uint8_t frame[60], mac[6];

	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_IN));
	if_mac("w0", mac);
	frame_make(frame, 60, 1);
	if (r->a == 1)
		memcpy(frame, mac, 6);
	else if (r->a == 2)
		memset(frame, 0xff, 6);
	else if (r->a == 3)
		memcpy(frame, "\1\0\x5e\0\0\1", 6);
	wire_receive(wire, frame, 60);
	want(take(fd), ONE_FRAME);
	want(memcmp(data + ETHER_HDRLEN, frame, 60), 0);
}

static void own_source(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);
	uint8_t frame[60];

	(void)r;
	/* received is what came in, even with our own source address */
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_OUT));
	frame_make(frame, 60, 1);
	if_mac("w0", frame + 6);
	wire_receive(wire, frame, 60);
	want(recv_count(fd), 0);
}

static const struct row rows[] = {
	{ "6.1", "FreeBSD", "INOUT sees both: 2 received, 3 sent", seen, .a = 1, .b = 5 },
	{ "6.1", "FreeBSD", "IN sees what is received, and counts no other", seen, .a = 0, .b = 2 },
	{ "6.1", "FreeBSD", "OUT sees what is sent, and counts no other (OpenBSD: it does)", seen,
	  .a = 2, .b = 3 },
	{ "6.1", "FreeBSD", "SDIRECTION is in force at once", at_once },
	{ "1.4 SDIRECTION", "FreeBSD", "SDIRECTION discards nothing", no_flush },
	{ "6.1", "FreeBSD", "received is what came in, whatever its source", own_source },
	{ "6.1", "FreeBSD", "received: to somebody else", to_us, .a = 0 },
	{ "6.1", "FreeBSD", "received: to us", to_us, .a = 1 },
	{ "6.1", "FreeBSD", "received: broadcast", to_us, .a = 2 },
	{ "6.1", "FreeBSD", "received: multicast", to_us, .a = 3 },
	{ "6.1", "all", "lo: each packet is seen once", lo_once, .a = 1, .b = 4 },
	{ "6.1", "ours", "lo: as received", lo_once, .a = 0, .b = 4 },
	{ "6.1", "ours", "lo: not as sent", lo_once,
	  "Linux shows lo's packets twice: one look had to go", .a = 2, .b = 0 },
};

SECTION(direction, "direction");
