// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * write(2) on Ethernet: what may be written, in which state, what becomes of the
 * source address, who sees the frame and as what.  Large frames and other kinds
 * of interfaces are in write_link.c.
 *
 * va and vb are the ends of a veth pair, MTU 1500.
 */
#include "bpf.h"
#include "links.h"

#define MTU 1500
#define BLEN 65536

static const uint8_t mac_a[] = { 2, 0, 0, 0, 0, 0xa };
static char buf[BLEN];

/* Waits for n packets on a descriptor; what a read gives then. */
static ssize_t arrive(int fd, unsigned int n)
{
	wait_until(bpf_stats(fd).bs_recv >= n);
	return bpf_drain(fd, buf, BLEN);
}

/* Sizes, tags and states: errno, or 0 for success. */
static void limits(void)
{
	static const struct {
		const char *what;
		size_t len;
		int tags;
		enum { UNATTACHED, DOWN, UP } state;
		int err;
	} rows[] = {
		{ "unattached", 60, 0, UNATTACHED, ENXIO },
		{ "unattached, of 0 bytes", 0, 0, UNATTACHED, ENXIO },
		{ "unattached, too short", 1, 0, UNATTACHED, ENXIO },
		{ "unattached, too long", 9000, 0, UNATTACHED, ENXIO },
		{ "on an interface that is down", 60, 0, DOWN, ENETDOWN },
		{ "down, of 0 bytes", 0, 0, DOWN, ENETDOWN },
		{ "down, too long", 9000, 0, DOWN, ENETDOWN },
		{ "of 0 bytes", 0, 0, UP, 0 },
		{ "of 1 byte", 1, 0, UP, EMSGSIZE },
		{ "a byte short of the link header", 13, 0, UP, EMSGSIZE },
		{ "of the link header alone", 14, 0, UP, 0 },
		{ "with one byte of payload", 15, 0, UP, 0 },
		{ "of the greatest length", MTU + 14, 0, UP, 0 },
		{ "a byte above it", MTU + 15, 0, UP, EMSGSIZE },
		{ "4 bytes above it without a tag", MTU + 18, 0, UP, EMSGSIZE },
		{ "of the greatest length with a tag", MTU + 18, 0x8100, UP, 0 },
		{ "the same with a service tag", MTU + 18, 0x88a8, UP, 0 },
		{ "a byte above it with a tag", MTU + 19, 0x8100, UP, EMSGSIZE },
		{ "of 64 KiB", 65536, 0, UP, EMSGSIZE },
		{ "of 1 MiB", 1 << 20, 0, UP, EMSGSIZE },
	};
	static uint8_t frame[1 << 20];

	for (int nonblock = 0; nonblock < 2; nonblock++)
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			int fd = bpf_open(O_RDWR | (nonblock ? O_NONBLOCK : 0));
			bool sent = !rows[i].err && rows[i].len;

			if (rows[i].state != UNATTACHED)
				must(bpf_setif(fd, "va"));
			if (rows[i].state == DOWN)
				if_down("va");
			frame_make(frame, rows[i].len > 18 ? rows[i].len : 18, i);
			if (rows[i].tags)
				*(uint16_t *)(frame + 12) = htons(rows[i].tags);
			if (rows[i].err)
				is_errno(write(fd, frame, rows[i].len), rows[i].err,
					 "a frame %s%s", rows[i].what,
					 nonblock ? ", O_NONBLOCK" : "");
			else
				is_ret(write(fd, frame, rows[i].len), rows[i].len,
				       "a frame %s%s", rows[i].what,
				       nonblock ? ", O_NONBLOCK" : "");
			ok(bpf_stats(fd).bs_recv == sent, "is %ssent",
			   sent ? "" : "not ");
			close(fd);
			if (rows[i].state == DOWN)
				if_up("va");
		}
}

static void bad_memory(int fd, int peer)
{
	static const struct { const char *what; size_t good; } rows[] = {
		{ "no memory at all", 0 },
		{ "memory for the link header", 14 },
		{ "memory for all but a byte", 59 },
	};

	must(ioctl(fd, BIOCFLUSH));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		is_errno(write(fd, edge_alloc(rows[i].good), 60), EFAULT,
			 "%s: EFAULT", rows[i].what);
	/* up to 4 bytes less it depends on the frame's type */
	is_errno(write(fd, edge_alloc(0), MTU + 19), EMSGSIZE,
		 "the length is looked at before the memory");
	ok(!bpf_stats(fd).bs_recv && !bpf_stats(peer).bs_recv,
	   "and nothing is sent");
}

static void pieces(int fd, int peer)
{
	static const struct { const char *what; size_t len[4]; int err; } rows[] = {
		{ "three pieces are one frame", { 14, 20, 26, 0 }, 0 },
		{ "also inside the link header", { 1, 6, 53, 0 }, 0 },
		{ "also with empty pieces", { 0, 60, 0, 0 }, 0 },
		{ "the sum counts: too short", { 6, 6, 1, 0 }, EMSGSIZE },
		{ "the sum counts: too long", { 14, 1000, 500, 1 }, EMSGSIZE },
		{ "nothing at all", { 0, 0, 0, 0 }, 0 },
	};
	uint8_t frame[2000];

	frame_make(frame, sizeof(frame), 5);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct iovec iov[4];
		size_t at = 0;

		for (int j = 0; j < 4; j++) {
			iov[j] = (struct iovec){ frame + at, rows[i].len[j] };
			at += rows[i].len[j];
		}
		must(ioctl(peer, BIOCFLUSH));
		if (rows[i].err) {
			is_errno(writev(fd, iov, 4), rows[i].err, "writev: %s",
				 rows[i].what);
			continue;
		}
		is_ret(writev(fd, iov, 4), at, "writev: %s", rows[i].what);
		if (!at)
			continue;
		is_ret(arrive(peer, 1), 26 + at, "and it arrives");
		ok(!memcmp(buf + 26, frame, 6) &&
		   !memcmp(buf + 26 + 12, frame + 12, at - 12),
		   "with all bytes in their place");
	}
}

static void source_address(int fd, int peer)
{
	uint8_t frame[60], want[60];

	for (int complete = 0; complete < 2; complete++) {
		must(ioctl(peer, BIOCFLUSH));
		must(bpf_set(fd, BIOCSHDRCMPLT, complete));
		frame_make(frame, sizeof(frame), 6);
		memcpy(want, frame, sizeof(want));
		if (!complete)
			memcpy(want + 6, mac_a, 6);
		must(write(fd, frame, sizeof(frame)));
		is_ret(arrive(peer, 1), 86, "SHDRCMPLT %d: the frame arrives", complete);
		ok(!memcmp(buf + 26, want, sizeof(want)), "%s",
		   complete ? "as it was written, to the byte" :
		   "with the interface's source address, else as it was written");
		frame_make(want, sizeof(want), 6);
		ok(!memcmp(frame, want, sizeof(want)), "the writer's memory is not touched");
	}
	must(bpf_set(fd, BIOCSHDRCMPLT, 0));
}

/* Frames to whom and from whom make no difference. */
static void destinations(int fd, int peer)
{
	static const struct { const char *what; uint8_t head[14]; } rows[] = {
		{ "broadcast", { 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 9, 0x88, 0xb5 } },
		{ "multicast", { 1, 0, 0x5e, 0, 0, 1, 2, 0, 0, 0, 0, 9, 0x88, 0xb5 } },
		{ "the peer's address", { 2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 9, 0x88, 0xb5 } },
		{ "somebody else's", { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 9, 0x88, 0xb5 } },
		{ "the sender's own", { 2, 0, 0, 0, 0, 0xa, 2, 0, 0, 0, 0, 9, 0x88, 0xb5 } },
		{ "addresses of zeros", { [12] = 0x88, [13] = 0xb5 } },
		{ "a length in place of the type", { 1, 0x80, 0xc2, 0, 0, 0, 2, 0, 0, 0, 0, 9, 0, 46 } },
		{ "type 0", { 2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 9 } },
		{ "a broken IPv4 packet", { 2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 9, 8, 0 } },
	};
	uint8_t frame[60];

	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		must(ioctl(fd, BIOCFLUSH));
		must(ioctl(peer, BIOCFLUSH));
		frame_make(frame, sizeof(frame), i);
		memcpy(frame, rows[i].head, 14);
		is_ret(write(fd, frame, 60), 60, "%s: written", rows[i].what);
		is_ret(arrive(peer, 1), 86, "%s: seen at the other end, once", rows[i].what);
		ok(!memcmp(buf + 26, frame, 60), "unchanged");
		is_ret(bpf_drain(fd, buf, BLEN), 86, "and at this one, once");
		ok(!memcmp(buf + 26, frame, 60), "unchanged, too");
	}
	must(bpf_set(fd, BIOCSHDRCMPLT, 0));
}

/* Who sees which of 3 sent and 2 received packets. */
static void directions(int fd, int peer)
{
	static const struct {
		const char *what;
		uint32_t direction;
		int sent, received;
	} rows[] = {
		{ "IN", BPF_D_IN, 0, 2 },
		{ "INOUT", BPF_D_INOUT, 3, 2 },
		{ "OUT", BPF_D_OUT, 3, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		/* listeners of an interface are served in turn: witness is last */
		int witness, sent = 0, received = 0, total;
		const struct bpf_hdr *rec = NULL;
		struct bpf_stat st;
		ssize_t n;

		must(bpf_set(fd, BIOCSDIRECTION, rows[i].direction));
		must(ioctl(fd, BIOCFLUSH));
		witness = bpf_on("va", BLEN);
		for (int j = 0; j < 3; j++)
			frame_send(fd, 60, j);
		for (int j = 0; j < 2; j++)
			frame_send(peer, 60, 100 + j);
		ok(wait_until(bpf_stats(witness).bs_recv == 5),
		   "another descriptor sees 3 sent and 2 received packets");
		total = rows[i].sent + rows[i].received;
		st = bpf_stats(fd);
		ok(st.bs_recv == (unsigned int)total && !st.bs_drop,
		   "direction %s: %d of them are offered to the filter",
		   rows[i].what, total);
		n = bpf_drain(fd, buf, BLEN);
		while (n > 0 && (rec = record_next(buf, n, rec)))
			if (frame_serial(record_data(rec)) < 100)
				sent++;
			else
				received++;
		ok(sent == rows[i].sent && received == rows[i].received,
		   "direction %s: %d sent, %d received are stored", rows[i].what,
		   rows[i].sent, rows[i].received);
		close(witness);
	}
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_INOUT));
}

int main(void)
{
	int fd, peer;

	private_net();
	sh("ip link add va address 02:00:00:00:00:0a type veth peer name vb address 02:00:00:00:00:0b");
	if_up("va");
	if_up("vb");
	wait_running("va");
	wait_running("vb");
	limits();
	fd = bpf_on("va", BLEN);
	peer = bpf_on("vb", BLEN);
	bad_memory(fd, peer);
	pieces(fd, peer);
	source_address(fd, peer);
	destinations(fd, peer);
	directions(fd, peer);
	return tap_done();
}
