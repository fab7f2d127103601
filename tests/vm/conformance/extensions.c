// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What FreeBSD has only lately, the list of interfaces, and what no BSD has, packet
 * information.
 */
#include "conf.h"

#include <linux/if_packet.h>

static void iflist_size(const struct row *r)
{
	struct bpf_iflist arg = { .bi_count = r->a };

	/* "d0" and "lo" with their NULs */
	want(ioctl(fresh(), BIOCGETIFLIST, &arg), 0);
	want(arg.bi_size, 6);
	want(arg.bi_count, 2);
}

static void iflist(const struct row *r)
{
	struct bpf_iflist arg = { r->a, r->b, data };

	memset(data, 0x5a, 64);
	want(ioctl(r->c ? on() : fresh(), BIOCGETIFLIST, &arg), 0);
	want(arg.bi_size, 6);
	want(arg.bi_count, 2);
	want_true(!memcmp(data, "d0\0lo", 6) || !memcmp(data, "lo\0d0", 6));
	want(data[6], 0x5a);
}

static void iflist_one(const struct row *r)
{
	struct bpf_iflist arg = { 64, 1, data };

	(void)r;
	memset(data, 0x5a, 64);
	want(ioctl(fresh(), BIOCGETIFLIST, &arg), 0);
	want(arg.bi_size, 3);
	want(arg.bi_count, 1);
	want(data[2], 0);
	want(data[3], 0x5a);
}

static void iflist_small(const struct row *r)
{
	struct bpf_iflist arg = { 5, 100, data };

	(void)r;
	want_errno(ioctl(fresh(), BIOCGETIFLIST, &arg), ENOSPC);
}

static void iflist_fault(const struct row *r)
{
	struct bpf_iflist arg = { 64, 100, (void *)8 };

	(void)r;
	want_errno(ioctl(fresh(), BIOCGETIFLIST, &arg), EFAULT);
}

static void iflist_attachable(const struct row *r)
{
	struct bpf_iflist arg = { sizeof(data), 100, data };
	const char *name = data;
	int fd = fresh();

	(void)r;
	wire_up("w0");
	must(ioctl(fd, BIOCGETIFLIST, &arg));
	want(arg.bi_count, 3);
	for (unsigned int i = 0; i < arg.bi_count; i++, name += strlen(name) + 1)
		want(bpf_setif(fd, name), 0);
	want(name - data, arg.bi_size);
}

/* Packet information */
static void pktinfo(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0);
	const struct bpf_hdr *rec = (void *)data;
	const struct bpf_pktinfo *info = (void *)(data + 26);
	uint8_t frame[60];

	must(bpf_set(fd, BIOCSPKTINFO, 1));
	if (r->a == PACKET_OUTGOING) {
		frame_send(fd, 60, 1);
	} else {
		frame_make(frame, 60, 1);
		if (r->a == PACKET_HOST)
			if_mac("w0", frame);
		if (r->a == PACKET_BROADCAST)
			memset(frame, 0xff, 6);
		if (r->a == PACKET_MULTICAST)
			memcpy(frame, "\1\0\x5e\0\0\1", 6);
		wire_receive(wire, frame, 60);
	}
	want(take(fd), 34 + 60);
	want(rec->bh_hdrlen, 34);
	want(rec->bh_caplen, 60);
	want(info->bpi_direction, r->a == PACKET_OUTGOING ? BPF_D_OUT : BPF_D_IN);
	want(info->bpi_type, r->a);
}

static void pktinfo_drops(const struct row *r)
{
	uint32_t drops[3];
	int fd = bpf_on("d0", 2 * 96);

	(void)r;
	must(bpf_set(fd, BIOCSPKTINFO, 1));
	send_frames(fd, 7);		/* 4 fit */
	want(drop_count(fd), 3);
	want(bpf_drain(fd, data, 2 * 96), 96 + 94);
	frame_send(fd, 60, 8);
	want(bpf_drain(fd, data, 2 * 96), 96 + 94);
	memcpy(drops, data + 28, 4);
	want(drops[0], 0);
	want(bpf_drain(fd, data, 2 * 96), 94);
	memcpy(drops, data + 28, 4);
	want(drops[0], 3);
}

static void pktinfo_flushed(const struct row *r)
{
	uint32_t drops;
	int fd = bpf_on("d0", 2 * 96);

	(void)r;
	must(bpf_set(fd, BIOCSPKTINFO, 1));
	send_frames(fd, 7);
	must(bpf_drain(fd, data, 2 * 96));
	frame_send(fd, 60, 8);		/* told: 3 dropped */
	must(ioctl(fd, BIOCFLUSH));
	frame_send(fd, 60, 9);
	want(bpf_drain(fd, data, 2 * 96), 94);
	memcpy(&drops, data + 28, 4);
	want(drops, 0);
}

static void pktinfo_keeps(const struct row *r)
{
	int fd = on();
	ssize_t len;

	(void)r;
	frame_send(fd, 60, 1);
	want(bpf_set(fd, BIOCSPKTINFO, 1), 0);
	frame_send(fd, 60, 2);
	len = take(fd);
	want(nth(len, 0)->bh_hdrlen, 26);
	want(nth(len, 1)->bh_hdrlen, 34);
}

static void pktinfo_x(const struct row *r)
{
	int fd = on();

	(void)r;
	must(bpf_set(fd, BIOCSTSTAMP, BPF_T_NANOTIME));
	must(bpf_set(fd, BIOCSPKTINFO, 1));
	frame_send(fd, 60, 2);
	want(nth(take(fd), 0)->bh_hdrlen, 34);
	want(data[26], BPF_D_OUT);
}

static void pktinfo_off(const struct row *r)
{
	int fd = on();

	(void)r;
	must(bpf_set(fd, BIOCSPKTINFO, 1));
	must(bpf_set(fd, BIOCSPKTINFO, 0));
	frame_send(fd, 60, 2);
	want(nth(take(fd), 0)->bh_hdrlen, 26);
}

#define PKTINFO(type, what)						\
	{ "ours", "ours", "packet information: " what, pktinfo, .a = type }

static const struct row rows[] = {
	{ "1.4 GETIFLIST", "FreeBSD", "size 0: needed size and count", iflist_size },
	{ "1.4 GETIFLIST", "FreeBSD", "size 0: whatever the count says", iflist_size, .a = 1 },
	{ "1.4 GETIFLIST", "FreeBSD", "names back to back, each with its NUL", iflist,
	  .a = 64, .b = 100 },
	{ "1.4 GETIFLIST", "FreeBSD", "just enough room is enough", iflist, .a = 6, .b = 2 },
	{ "1.4 GETIFLIST", "FreeBSD", "it works attached, too", iflist, .a = 64, .b = 2, .c = 1 },
	{ "1.4 GETIFLIST", "FreeBSD", "the count on entry limits the names", iflist_one },
	{ "1.4 GETIFLIST", "FreeBSD", "too small is ENOSPC", iflist_small },
	{ "1.4 GETIFLIST", "FreeBSD", "bad memory is EFAULT", iflist_fault },
	{ "1.4 GETIFLIST", "FreeBSD", "each name can be attached to", iflist_attachable },
	PKTINFO(PACKET_HOST, "received, to us"),
	PKTINFO(PACKET_BROADCAST, "received, broadcast"),
	PKTINFO(PACKET_MULTICAST, "received, multicast"),
	PKTINFO(PACKET_OTHERHOST, "received, to somebody else"),
	PKTINFO(PACKET_OUTGOING, "sent"),
	{ "ours", "ours", "packet information: drops since the record before", pktinfo_drops },
	{ "ours", "ours", "packet information: FLUSH begins drops anew", pktinfo_flushed },
	{ "ours", "ours", "packet information: old records stay as they are", pktinfo_keeps },
	{ "ours", "ours", "packet information: behind bpf_xhdr, too", pktinfo_x },
	{ "ours", "ours", "packet information can be switched off again", pktinfo_off },
};

SECTION(extensions, "extensions");
