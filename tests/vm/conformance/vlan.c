// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 6.6: VLAN tags are in the frame, for filters and for readers, whatever the kernel
 * keeps aside.
 */
#include "conf.h"

static uint8_t frame[2000];

/* Tags as the reference counts them: type and number. */
static size_t tag(uint8_t *at, uint16_t type, uint16_t tci)
{
	at[0] = type >> 8;
	at[1] = type;
	at[2] = tci >> 8;
	at[3] = tci;
	return 4;
}

/* One tag of type r->a, with tci r->b, is received. */
static void received(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);
	const struct bpf_hdr *rec = (void *)data;

	frame_make(frame, 104, 1);
	tag(frame + 12, r->a, r->b);
	wire_receive(wire, frame, 104);
	want(take(fd), ETHER_HDRLEN + 104);
	want(rec->bh_datalen, 104);
	want(rec->bh_caplen, 104);
	want(memcmp(record_data(rec), frame, 104), 0);
}

static void two_tags(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);

	frame_make(frame, 108, 1);
	tag(frame + 12, r->a, 5);
	tag(frame + 16, 0x8100, 6);
	wire_receive(wire, frame, 108);
	want(take(fd), ETHER_HDRLEN + 108);
	want(memcmp(data + ETHER_HDRLEN, frame, 108), 0);
}

static void filtered(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);

	(void)r;
	/* as libpcap compiles "vlan 5" for BSD */
	must(ioctl(fd, BIOCSETF,
		   PROGRAM(STMT(BPF_LD | BPF_H | BPF_ABS, 12),
			   JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x8100, 0, 4),
			   STMT(BPF_LD | BPF_H | BPF_ABS, 14),
			   STMT(BPF_ALU | BPF_AND | BPF_K, 0xfff),
			   JUMP(BPF_JMP | BPF_JEQ | BPF_K, 5, 0, 1), RET(30), RET(0))));
	for (int i = 4; i < 7; i++) {
		frame_make(frame, 104, i);
		tag(frame + 12, 0x8100, i);
		wire_receive(wire, frame, 104);
	}
	want(take(fd), ETHER_HDRLEN + 30);
	want(memcmp(data + ETHER_HDRLEN + 12, "\x81\0\0\5", 4), 0);
	want(recv_count(fd), 3);
}

static void length(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);

	(void)r;
	must(ioctl(fd, BIOCSETF, PROGRAM(STMT(BPF_LD | BPF_W | BPF_LEN, 0),
					 STMT(BPF_RET | BPF_A, 0))));
	frame_make(frame, 104, 1);
	tag(frame + 12, 0x8100, 5);
	wire_receive(wire, frame, 104);
	want(nth(take(fd), 0)->bh_caplen, 104);
}

/* Loads across the tag's edges. */
static void loads(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);
	uint32_t be;

	frame_make(frame, 104, 1);
	tag(frame + 12, 0x8100, 5);
	memcpy(&be, frame + r->a, 4);
	must(ioctl(fd, BIOCSETF, PROGRAM(STMT(BPF_LD | BPF_W | BPF_ABS, r->a),
					 JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(be), 0, 1),
					 RET(1), RET(0))));
	wire_receive(wire, frame, 104);
	want(take(fd), ETHER_HDRLEN + 1);
}

static void snapped(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);

	must(ioctl(fd, BIOCSETF, PROGRAM(RET(r->a))));
	frame_make(frame, 104, 1);
	tag(frame + 12, 0x8100, 5);
	wire_receive(wire, frame, 104);
	want(take(fd), ETHER_HDRLEN + r->a);
	want(memcmp(data + ETHER_HDRLEN, frame, r->a), 0);
}

/* Sent on w0.5: what the interface below shows, and the VLAN's own. */
static void sent(const struct row *r)
{
	int wire = wire_up("w0"), below = bpf_on("w0", 0), fd;
	const struct bpf_hdr *rec = (void *)data;
	uint8_t out[2000];

	vlan_add("w0", 5, 0);
	fd = bpf_on("w0.5", 0);
	frame_send(fd, 60, 1);
	want_true(wait_until(recv_count(below)));
	if (r->a) {
		want(take(below), ETHER_HDRLEN + 64);
		want(rec->bh_datalen, 64);
		want(memcmp(data + ETHER_HDRLEN + 12, "\x81\0\0\5\x88\xb5", 6), 0);
		want(wire_sent(wire, out, sizeof(out)), 64);
		want(memcmp(data + ETHER_HDRLEN, out, 64), 0);
	} else {
		want(take(fd), ETHER_HDRLEN + 60);
		want(memcmp(data + ETHER_HDRLEN + 12, "\x88\xb5", 2), 0);
	}
}

static void received_above(const struct row *r)
{
	int wire = wire_up("w0"), fd;

	(void)r;
	vlan_add("w0", 5, 0);
	fd = bpf_on("w0.5", 0);
	frame_make(frame, 104, 1);
	tag(frame + 12, 0x8100, 5);
	wire_receive(wire, frame, 104);
	tag(frame + 12, 0x8100, 6);
	wire_receive(wire, frame, 104);
	want(take(fd), ETHER_HDRLEN + 100);
	want(memcmp(data + ETHER_HDRLEN + 12, frame + 16, 88), 0);
	want(recv_count(fd), 1);
}

static void untagged(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);

	(void)r;
	frame_make(frame, 60, 1);
	wire_receive(wire, frame, 60);
	want(take(fd), ONE_FRAME);
	want(memcmp(data + ETHER_HDRLEN, frame, 60), 0);
}

static void written(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);
	uint8_t out[2000];

	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	frame_make(frame, 104, 1);
	tag(frame + 12, r->a, 0x6005);
	want(write(fd, frame, 104), 104);
	want(take(fd), ETHER_HDRLEN + 104);
	want(memcmp(data + ETHER_HDRLEN, frame, 104), 0);
	want(wire_sent(wire, out, sizeof(out)), 104);
	want(memcmp(out, frame, 104), 0);
}

static const struct row rows[] = {
	{ "6.6", "FreeBSD", "received 802.1Q: the tag is in its place, datalen counts it",
	  received, .a = 0x8100, .b = 5 },
	{ "6.6", "FreeBSD", "received 802.1Q: priority and DEI are kept", received,
	  .a = 0x8100, .b = 0xb005 },
	{ "6.6", "FreeBSD", "received 802.1Q: VLAN 0 is a tag, too", received,
	  .a = 0x8100, .b = 0 },
	{ "6.6", "FreeBSD", "received 802.1Q: VLAN 4095", received, .a = 0x8100, .b = 0xffff },
	{ "6.6", "FreeBSD", "received 802.1ad: the same", received, .a = 0x88a8, .b = 5 },
	{ "6.6", "FreeBSD", "received 0x9100: as it came", received, .a = 0x9100, .b = 5 },
	{ "6.6", "FreeBSD", "received: two tags, 802.1ad and 802.1Q", two_tags, .a = 0x88a8 },
	{ "6.6", "FreeBSD", "received: two tags, both 802.1Q", two_tags, .a = 0x8100 },
	{ "6.6", "FreeBSD", "received: an untagged frame has none", untagged },
	{ "6.6", "FreeBSD", "a filter sees the tag: \"vlan 5\"", filtered },
	{ "6.6", "FreeBSD", "a filter's length counts the tag", length },
	{ "6.6", "FreeBSD", "a load across the tag's beginning", loads, .a = 10 },
	{ "6.6", "FreeBSD", "a load of the tag", loads, .a = 12 },
	{ "6.6", "FreeBSD", "a load across the tag's end", loads, .a = 14 },
	{ "6.6", "FreeBSD", "a load behind the tag", loads, .a = 16 },
	{ "6.6", "FreeBSD", "a load far behind the tag: of the last bytes", loads, .a = 100 },
	{ "6.6", "FreeBSD", "a snap length before the tag", snapped, .a = 11 },
	{ "6.6", "FreeBSD", "a snap length in the middle of the tag", snapped, .a = 14 },
	{ "6.6", "FreeBSD", "a snap length behind the tag", snapped, .a = 50 },
	{ "6.6", "FreeBSD", "sent in a VLAN: the interface below shows the tag", sent, .a = 1 },
	{ "6.6", "FreeBSD", "sent in a VLAN: the VLAN's interface shows none", sent, .a = 0 },
	{ "6.6", "FreeBSD", "received in a VLAN: its interface shows no tag", received_above },
	{ "6.6", "FreeBSD", "written with a tag: sent and shown as written, 802.1Q", written,
	  .a = 0x8100 },
	{ "6.6", "FreeBSD", "written with a tag: sent and shown as written, 802.1ad", written,
	  .a = 0x88a8 },
};

SECTION(vlan, "VLAN tags");
