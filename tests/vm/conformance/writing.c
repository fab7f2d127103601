// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 4: write(2): what may be written, in which order faults are found, what goes out
 * and who sees it.
 */
#include "conf.h"

#include <linux/if_arp.h>
#include <linux/if_tun.h>

static uint8_t frame[70000];

enum { UNATTACHED, DOWN, UP };

/* r->a bytes in state r->b: error r->c. */
static void limit(const struct row *r)
{
	int fd = fresh();

	if (r->b != UNATTACHED)
		must(bpf_setif(fd, "d0"));
	if (r->b == DOWN)
		if_down("d0");
	frame_make(frame, sizeof(frame), 1);
	if (r->c) {
		want_errno(write(fd, frame, r->a), r->c);
		want(recv_count(fd), 0);
	} else {
		want(write(fd, frame, r->a), r->a);
		want(recv_count(fd), r->a ? 1 : 0);
	}
}

static void tagged(const struct row *r)
{
	int fd = on();

	frame_make(frame, sizeof(frame), 1);
	memcpy(frame + 12, "\x81\0\0\5", 4);
	if (r->c)
		want_errno(write(fd, frame, r->a), r->c);
	else
		want(write(fd, frame, r->a), r->a);
}

static void mtu(const struct row *r)
{
	int fd = on();

	(void)r;
	if_mtu("d0", 600);
	want(write(fd, frame, 614), 614);
	want_errno(write(fd, frame, 615), EMSGSIZE);
	if_mtu("d0", 9000);
	want(write(fd, frame, 9014), 9014);
}

/* Another kind of link: r->a its hardware type, r->b the error. */
static void other_link(const struct row *r)
{
	int wire = wire_typed("w0", r->c ? IFF_TUN : IFF_TAP, r->a), fd = bpf_on("w0", 0);

	(void)wire;
	memset(frame, 0, 100);
	frame[0] = 0x45;
	if (r->b)
		want_errno(write(fd, frame, 60), r->b);
	else
		want(write(fd, frame, 60), 60);
}

static void ppp_mtu(const struct row *r)
{
	int fd;

	(void)r;
	wire_typed("w0", IFF_TAP, ARPHRD_PPP);
	fd = bpf_on("w0", 0);
	want_errno(write(fd, frame, 3), EMSGSIZE);
	want(write(fd, frame, 1504), 1504);
	want_errno(write(fd, frame, 1505), EMSGSIZE);
}

static void raw_mtu(const struct row *r)
{
	int fd;

	(void)r;
	wire_typed("t0", IFF_TUN, 0);
	fd = bpf_on("t0", 0);
	memset(frame, 0, 1600);
	frame[0] = 0x45;
	want(write(fd, frame, 1500), 1500);
	want_errno(write(fd, frame, 1501), EMSGSIZE);
}

static void vector(const struct row *r)
{
	struct iovec iov[3] = { { frame, 6 }, { frame + 6, 20 }, { frame + 26, 34 } };
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);
	uint8_t out[2000];

	(void)r;
	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	frame_make(frame, 60, 3);
	want(writev(fd, iov, 3), 60);
	want(wire_sent(wire, out, sizeof(out)), 60);
	want(memcmp(out, frame, 60), 0);
	want_errno(wire_sent(wire, out, sizeof(out)), EAGAIN);
}

static void vector_sum(const struct row *r)
{
	struct iovec iov[2] = { { frame, 13 }, { frame + 13, 1 } };

	(void)r;
	want_errno(writev(on(), iov, 1), EMSGSIZE);
	want(writev(on(), iov, 2), 14);
}

static void bad_memory(const struct row *r)
{
	int fd = on();

	(void)r;
	want_errno(write(fd, edge_alloc(59), 60), EFAULT);
	want_errno(write(fd, edge_alloc(0), 60), EFAULT);
	want(recv_count(fd), 0);
}

static void size_first(const struct row *r)
{
	(void)r;
	want_errno(write(on(), edge_alloc(0), 5), EMSGSIZE);
}

static void down_first(const struct row *r)
{
	int fd = on();

	(void)r;
	if_down("d0");
	want_errno(write(fd, edge_alloc(0), 5), ENETDOWN);
}

/* hdrcmplt: what comes out at the other end. */
static void source(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);
	uint8_t out[2000], want_frame[60];

	must(bpf_set(fd, BIOCSHDRCMPLT, r->a));
	frame_make(frame, 60, 3);
	memcpy(want_frame, frame, 60);
	if (!r->a)
		if_mac("w0", want_frame + 6);
	want(write(fd, frame, 60), 60);
	want(wire_sent(wire, out, sizeof(out)), 60);
	want(memcmp(out, want_frame, 60), 0);
	/* and so it is captured */
	want(take(fd), ONE_FRAME);
	want(memcmp(data + ETHER_HDRLEN, want_frame, 60), 0);
}

static void callers_memory(const struct row *r)
{
	uint8_t copy[60];

	(void)r;
	frame_make(frame, 60, 3);
	memcpy(copy, frame, 60);
	want(write(on(), frame, 60), 60);
	want(memcmp(frame, copy, 60), 0);
}

static void any_type(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);
	uint8_t out[2000];

	frame_make(frame, 60, 3);
	frame[12] = r->a >> 8;
	frame[13] = r->a;
	want(write(fd, frame, 60), 60);
	want(wire_sent(wire, out, sizeof(out)), 60);
	want(memcmp(out + 12, frame + 12, 48), 0);
	want(memcmp(out, frame, 6), 0);
}

static void seen_by_writer(const struct row *r)
{
	int fd = on();

	must(bpf_set(fd, BIOCSDIRECTION, r->a));
	frame_send(fd, 60, 1);
	want(recv_count(fd), r->b);
}

static void seen_by_others(const struct row *r)
{
	int fd = on(), other = on();

	must(bpf_set(other, BIOCSDIRECTION, r->a));
	frame_send(fd, 60, 1);
	want(recv_count(other), r->b);
}

static void not_buffered(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);
	uint8_t out[2000];

	(void)r;
	frame_send(fd, 60, 1);
	frame_send(fd, 61, 2);
	want(wire_sent(wire, out, sizeof(out)), 60);
	want(wire_sent(wire, out, sizeof(out)), 61);
}

static void nonblock(const struct row *r)
{
	int fd = on();

	(void)r;
	bpf_nonblock(fd, true);
	want(write(fd, frame, 60), 60);
	want_errno(write(fd, frame, 5), EMSGSIZE);
}

#define LIMIT(len, state, err, what)					\
	{ "4", "FreeBSD", what, limit, .a = len, .b = state, .c = err }

static const struct row rows[] = {
	LIMIT(60, UNATTACHED, ENXIO, "unattached: ENXIO"),
	LIMIT(0, UNATTACHED, ENXIO, "unattached, 0 bytes: ENXIO"),
	LIMIT(5, UNATTACHED, ENXIO, "unattached, too short: ENXIO"),
	LIMIT(60, DOWN, ENETDOWN, "interface down: ENETDOWN"),
	LIMIT(0, DOWN, ENETDOWN, "interface down, 0 bytes: ENETDOWN"),
	LIMIT(5, DOWN, ENETDOWN, "interface down, too short: ENETDOWN"),
	LIMIT(0, UP, 0, "0 bytes: returns 0, sends nothing"),
	LIMIT(1, UP, EMSGSIZE, "1 byte of Ethernet: EMSGSIZE"),
	LIMIT(13, UP, EMSGSIZE, "a byte short of the link header: EMSGSIZE"),
	LIMIT(14, UP, 0, "the link header alone is a packet"),
	LIMIT(15, UP, 0, "one byte more is a packet"),
	LIMIT(1514, UP, 0, "the MTU does not count the link header: 1514 bytes pass"),
	LIMIT(1515, UP, EMSGSIZE, "a byte above it: EMSGSIZE"),
	LIMIT(1518, UP, EMSGSIZE, "1518 bytes without a tag: EMSGSIZE"),
	LIMIT(65536, UP, EMSGSIZE, "64 KiB: EMSGSIZE"),
	{ "4", "ours", "1518 bytes with a VLAN tag pass", tagged,
	  "FreeBSD counts the tag as payload: EMSGSIZE", .a = 1518 },
	{ "4", "FreeBSD", "1519 bytes with a VLAN tag: EMSGSIZE", tagged, .a = 1519,
	  .c = EMSGSIZE },
	{ "4", "FreeBSD", "the limit is the interface's MTU of the moment", mtu },
	{ "4", "FreeBSD", "an unsupported link type: EIO", other_link, .a = ARPHRD_CAN,
	  .b = EIO },
	{ "4", "FreeBSD", "802.11 is writable, without a link header to count", other_link,
	  .a = ARPHRD_IEEE80211 },
	{ "4", "FreeBSD", "PPP: the link header is 4 bytes, beside the MTU", ppp_mtu },
	{ "4", "FreeBSD", "raw has none", other_link, .a = 0, .c = 1 },
	{ "4", "FreeBSD", "raw: the MTU is the longest packet", raw_mtu },
	{ "4", "FreeBSD", "writev: all pieces are one frame", vector },
	{ "4", "FreeBSD", "writev: the sum is what counts", vector_sum },
	{ "4", "FreeBSD", "a bad pointer is EFAULT, and nothing is sent", bad_memory },
	{ "4", "FreeBSD", "the length is looked at before the pointer", size_first },
	{ "4", "FreeBSD", "the interface's state is looked at before both", down_first },
	{ "4", "FreeBSD", "hdrcmplt 0: the interface's source address, the rest as written",
	  source, .a = 0 },
	{ "4", "FreeBSD", "hdrcmplt 1: the frame goes out verbatim", source, .a = 1 },
	{ "4", "FreeBSD", "the writer's memory is not changed", callers_memory },
	{ "4", "FreeBSD", "type untouched: IPv4", any_type, .a = 0x0800 },
	{ "4", "FreeBSD", "type untouched: a length (802.3)", any_type, .a = 46 },
	{ "4", "FreeBSD", "type untouched: 0", any_type, .a = 0 },
	{ "4", "FreeBSD", "nothing is buffered: a write is a packet", not_buffered },
	{ "4", "FreeBSD", "O_NONBLOCK makes no difference", nonblock },
	{ "4", "FreeBSD", "the writer reads it back: direction INOUT", seen_by_writer,
	  .a = 1, .b = 1 },
	{ "4", "FreeBSD", "the writer reads it back: direction OUT", seen_by_writer,
	  .a = 2, .b = 1 },
	{ "4", "FreeBSD", "the writer does not read it back: direction IN", seen_by_writer,
	  .a = 0, .b = 0 },
	{ "4", "FreeBSD", "others see it as outgoing: OUT", seen_by_others, .a = 2, .b = 1 },
	{ "4", "FreeBSD", "others see it as outgoing: IN does not", seen_by_others,
	  .a = 0, .b = 0 },
};

SECTION(writing, "write");
