// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * write(2) of large frames, and on interfaces that are not a wire: loopback and
 * tun, whose frames have no link header.
 */
#include "bpf.h"

#include <linux/if_tun.h>

#define BLEN 524288
#define LARGEST 65549			/* MTU 65535 and the link header */

static uint8_t buf[BLEN], frame[LARGEST + 1];

static bool same(const struct bpf_hdr *rec, size_t len)
{
	return rec->bh_caplen == len && rec->bh_datalen == len &&
	       !memcmp(record_data(rec), frame, len);
}

/* From one interface to another (or the same); every byte is compared. */
static void large(const char *from, const char *to)
{
	static const size_t lens[] = {
		1514, 4095, 4096, 4097, 7000, 8191, 8192, 8193, 9000, 9014,
		16384, 32768, 40000, 65534, 65535, 65536, LARGEST,
	};
	int fd = bpf_on(from, BLEN), peer = bpf_on(to, BLEN);
	struct iovec iov[3];

	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		size_t len = lens[i], third = len / 3;

		frame_make(frame, len, i);
		must(ioctl(fd, BIOCFLUSH));
		must(ioctl(peer, BIOCFLUSH));
		/* pieces that end at no page's end */
		iov[0] = (struct iovec){ frame, third };
		iov[1] = (struct iovec){ frame + third, third };
		iov[2] = (struct iovec){ frame + 2 * third, len - 2 * third };
		is_ret(writev(fd, iov, 3), len, "%s to %s: %zu bytes are written",
		       from, to, len);
		ok(wait_until(bpf_stats(peer).bs_recv == 1), "and arrive");
		is_ret(bpf_drain(peer, buf, BLEN), 26 + len, "once");
		ok(same((void *)buf, len), "and are the same to the byte");
		is_ret(bpf_drain(fd, buf, BLEN), 26 + len, "the writer sees them, once");
		ok(same((void *)buf, len), "the same to the byte");
	}
	is_errno(write(fd, frame, strcmp(from, "lo") ? LARGEST + 1 : 65536 + 15),
		 EMSGSIZE, "%s: a byte above the MTU is EMSGSIZE", from);
	close(fd);
	close(peer);
}

/* A filter may load from any byte, also of what lies in fragments. */
static void filtered(void)
{
	static const uint32_t at[] = { 0, 13, 63, 64, 4095, 8190, 8191, 8192,
		8193, 16383, 40000, 65534 };
	int fd = bpf_on("lo", BLEN);

	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	frame_make(frame, 65535, 3);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		struct bpf_insn insns[] = {
			BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at[i]),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, frame[at[i]], 0, 1),
			BPF_STMT(BPF_RET | BPF_K, 100),
			BPF_STMT(BPF_RET | BPF_K, 0),
		};
		struct bpf_program prog = { ARRAY_SIZE(insns), insns };

		must(ioctl(fd, BIOCSETF, &prog));
		must(write(fd, frame, 65535));
		frame[at[i]] ^= 1;
		must(write(fd, frame, 65535));
		frame[at[i]] ^= 1;
		ok(wait_until(bpf_stats(fd).bs_recv == 2) &&
		   bpf_drain(fd, buf, BLEN) == 126,
		   "a filter on byte %u of 65535 takes one of two frames", at[i]);
	}
	close(fd);
}

/* Loopback delivers what it sends: on BSD that is seen once. */
static void loopback(void)
{
	static const struct {
		const char *what;
		uint32_t direction;
		unsigned int seen;
	} rows[] = {
		{ "both directions", BPF_D_INOUT, 5 },
		{ "received", BPF_D_IN, 5 },
		{ "sent", BPF_D_OUT, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd = bpf_on("lo", BLEN), witness = bpf_on("lo", BLEN);

		must(bpf_set(fd, BIOCSDIRECTION, rows[i].direction));
		for (int j = 0; j < 5; j++)
			frame_send(fd, 60, j);
		ok(wait_until(bpf_stats(witness).bs_recv >= 5), "lo: frames arrive");
		/* a second look of the tap would come before the first one of this */
		frame_send(witness, 60, 9);
		ok(wait_until(bpf_stats(witness).bs_recv == 6) &&
		   bpf_stats(fd).bs_recv == rows[i].seen + !!rows[i].seen,
		   "lo: each is seen once: %s: %u of 5", rows[i].what, rows[i].seen);
		close(fd);
		close(witness);
	}
}

static int tun_open(const char *name, short flags)
{
	int fd = must(open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
	struct ifreq ifr = { .ifr_flags = IFF_TUN | flags };

	strcpy(ifr.ifr_name, name);
	must(ioctl(fd, TUNSETIFF, &ifr));
	if_up(name);
	return fd;
}

/* What is written to the interface comes out of the program behind it. */
static void tunnel(void)
{
	static const struct {
		const char *what;
		uint8_t first;
		size_t len;
		uint16_t proto;
		int err;
	} rows[] = {
		{ "IPv4", 0x45, 60, 0x0800, 0 },
		{ "IPv6", 0x60, 60, 0x86dd, 0 },
		{ "IPv4 of 20 bytes", 0x45, 20, 0x0800, 0 },
		{ "IPv6 of the MTU", 0x6f, 1500, 0x86dd, 0 },
		{ "a byte above the MTU", 0x45, 1501, 0, EMSGSIZE },
		{ "4 bytes above the MTU", 0x45, 1504, 0, EMSGSIZE },
	};
	int tun = tun_open("t0", 0), fd = bpf_on("t0", BLEN);
	const struct bpf_hdr *rec = (void *)buf;
	uint32_t dlt;

	must(ioctl(fd, BIOCGDLT, &dlt));
	ok(dlt == 12, "tun: the link type is RAW, 12");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tun_pi *pi = (void *)buf;

		frame_make(frame, 2000, i);
		frame[0] = rows[i].first;
		if (rows[i].err) {
			is_errno(write(fd, frame, rows[i].len), rows[i].err,
				 "tun: %s", rows[i].what);
			continue;
		}
		is_ret(write(fd, frame, rows[i].len), rows[i].len,
		       "tun: %s is written", rows[i].what);
		is_ret(read(tun, buf, sizeof(buf)), sizeof(*pi) + rows[i].len,
		       "and comes out");
		ok(ntohs(pi->proto) == rows[i].proto, "as protocol %04x", rows[i].proto);
		ok(!memcmp(pi + 1, frame, rows[i].len), "unchanged: it has no link header");
		is_ret(bpf_drain(fd, buf, BLEN), 32 + rows[i].len,
		       "its record has a header of 32 bytes");
		ok(rec->bh_hdrlen == 32 && same(rec, rows[i].len), "and the packet");
	}
	is_ret(write(fd, frame, 0), 0, "tun: 0 bytes are nothing");
	is_errno(read(tun, buf, sizeof(buf)), EAGAIN, "and nothing comes out");

	/* the other way: what the program sends is received */
	frame_make(frame, 64, 1);
	memcpy(frame, (uint8_t[]){ 0, 0, 8, 0, 0x45 }, 5);
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_IN));
	must(ioctl(fd, BIOCFLUSH));
	must(write(tun, frame, 64));
	ok(wait_until(bpf_stats(fd).bs_recv == 1), "tun: what comes in is seen as received");
	is_ret(bpf_drain(fd, buf, BLEN), 32 + 60, "without a link header");
	ok(!memcmp(record_data(rec), frame + 4, 60), "unchanged");
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_INOUT));
	close(tun);
	is_errno(write(fd, frame, 60), ENXIO, "tun closed: the interface is gone");
	close(fd);
}

/* An interface may have an MTU for which the kernel has no packets. */
static void beyond(void)
{
	static uint8_t long_frame[1000000];
	size_t limit = 77504;		/* of Linux 6.1; later ones can do more */
	int fd;

	sh("ip link add d0 mtu %zu type dummy", sizeof(long_frame));
	if_up("d0");
	fd = bpf_on("d0", BLEN);
	frame_make(long_frame, sizeof(long_frame), 1);
	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	is_ret(write(fd, long_frame, limit), limit, "MTU of 1000000: %zu bytes are written",
	       limit);
	is_ret(bpf_drain(fd, buf, BLEN), 26 + limit, "and seen");
	ok(!memcmp(buf + 26, long_frame, limit), "the same to the byte");
	is_errno(write(fd, long_frame, sizeof(long_frame)), EMSGSIZE,
		 "more than the kernel has packets for is EMSGSIZE, as if above the MTU");
	ok(!bpf_stats(fd).bs_drop && bpf_stats(fd).bs_recv == 1, "and is not sent");
	close(fd);
	sh("ip link del d0");
}

int main(void)
{
	private_net();
	sh("ip link add va mtu 65535 type veth peer name vb mtu 65535");
	if_up("va");
	if_up("vb");
	if_up("lo");
	large("va", "vb");
	large("lo", "lo");
	filtered();
	loopback();
	tunnel();
	beyond();
	return tap_done();
}
