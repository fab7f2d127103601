// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * VLANs: an interface shows the frames that are on its link.  The one below shows
 * the tag in its place, sent and received, whatever the hardware does with it; the
 * VLAN's own interface shows the frames without it.  A filter sees what is shown.
 *
 *	p ------------------- q		a veth pair
 *	p5   VLAN 5           q5	802.1Q
 *	pa   VLAN 6           qa	802.1ad
 *	pa7  VLAN 7 in 6      qa7	802.1Q in 802.1ad
 */
#include "bpf.h"
#include <linux/if_packet.h>

#define SIZE	8192
#define LEN	200

static const char *const names[] = { "p", "p5", "pa", "pa7", "q", "q5", "qa", "qa7" };
static int fds[ARRAY_SIZE(names)];

/* The frame, with tags behind the addresses: pairs of type and number, then 0. */
static size_t tagged(uint8_t *to, const uint8_t *frame, const uint16_t *tags)
{
	size_t at = 12;

	memcpy(to, frame, 12);
	for (; *tags; tags++, at += 2) {
		to[at] = *tags >> 8;
		to[at + 1] = *tags & 0xff;
	}
	memcpy(to + at, frame + 12, LEN - 12);
	return at + LEN - 12;
}

static bool shows(int fd, const uint8_t *frame, const uint16_t *tags)
{
	const struct bpf_hdr *rec;
	uint8_t want[LEN + 8];
	char buf[SIZE];
	size_t len = tagged(want, frame, tags);
	ssize_t n;

	wait_until(bpf_stats(fd).bs_recv);
	n = bpf_drain(fd, buf, SIZE);
	rec = n > 0 ? (void *)buf : NULL;
	return rec && record_count(buf, n) == 1 && rec->bh_datalen == len &&
	       rec->bh_caplen == len && !memcmp(record_data(rec), want, len);
}

static const struct {
	const char *on;		/* sent here */
	uint16_t sent[5];	/* with these tags */
	struct {
		const char *name;
		uint16_t tags[5];
	} shown[6];		/* seen there, with those */
} cases[] = {
	{ "p", { 0 }, { { "p", { 0 } }, { "q", { 0 } } } },
	{ "p5", { 0 }, { { "p5", { 0 } }, { "p", { 0x8100, 5 } },
			 { "q", { 0x8100, 5 } }, { "q5", { 0 } } } },
	{ "pa", { 0 }, { { "pa", { 0 } }, { "p", { 0x88a8, 6 } },
			 { "q", { 0x88a8, 6 } }, { "qa", { 0 } } } },
	{ "pa7", { 0 }, { { "pa7", { 0 } }, { "pa", { 0x8100, 7 } },
			  { "p", { 0x88a8, 6, 0x8100, 7 } }, { "q", { 0x88a8, 6, 0x8100, 7 } },
			  { "qa", { 0x8100, 7 } }, { "qa7", { 0 } } } },
	/* tagged by the sender, with a priority; then a VLAN that nobody has */
	{ "p", { 0x8100, 0x6005 }, { { "p", { 0x8100, 0x6005 } }, { "q", { 0x8100, 0x6005 } },
				     { "q5", { 0 } } } },
	{ "p", { 0x8100, 99 }, { { "p", { 0x8100, 99 } }, { "q", { 0x8100, 99 } } } },
};

static int index_of(const char *name)
{
	size_t i;

	for (i = 0; strcmp(names[i], name); i++)
		;
	return i;
}

/* Sends one frame and looks at all the interfaces. */
static void run(size_t c, const char *offload)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = if_nametoindex(cases[c].on) };
	int sock = must(socket(AF_PACKET, SOCK_RAW, 0));
	uint8_t frame[LEN], sent[LEN + 8];
	bool seen[ARRAY_SIZE(names)] = {};
	size_t i, n, others = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		must(ioctl(fds[i], BIOCFLUSH));
	frame_make(frame, LEN, c);
	n = tagged(sent, frame, cases[c].sent);
	must(sendto(sock, sent, n, 0, (struct sockaddr *)&to, sizeof(to)));
	close(sock);
	for (i = 0; i < ARRAY_SIZE(cases[c].shown) && cases[c].shown[i].name; i++) {
		n = index_of(cases[c].shown[i].name);
		seen[n] = true;
		ok(shows(fds[n], frame, cases[c].shown[i].tags),
		   "%s, frame %zu sent on %s: %s shows it with %s tag", offload, c, cases[c].on,
		   names[n], cases[c].shown[i].tags[2] ? "two" :
		   cases[c].shown[i].tags[0] ? "its" : "no");
	}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		others += !seen[i] && bpf_stats(fds[i]).bs_recv;
	ok(!others, "%s, frame %zu: no other interface shows it", offload, c);
}

/* A filter for the tag, as libpcap compiles "vlan 5" for BSD. */
static void filtered(void)
{
	struct bpf_insn vlan5[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x8100, 0, 4),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 14),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xfff),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 5, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 17),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct bpf_program prog = { ARRAY_SIZE(vlan5), vlan5 };
	int q = fds[index_of("q")], fd = fds[index_of("p")], via5 = bpf_on("p5", 0);
	uint8_t frame[LEN], want[LEN + 8];
	const struct bpf_hdr *rec;
	char buf[SIZE];
	ssize_t n;

	must(ioctl(fd, BIOCSETF, &prog));
	must(ioctl(q, BIOCSETF, &prog));
	must(bpf_set(via5, BIOCSHDRCMPLT, 1));
	frame_send(fd, LEN, 1);		/* not in the VLAN */
	frame_send(via5, LEN, 2);
	wait_until(bpf_stats(q).bs_recv == 2);
	frame_make(frame, LEN, 2);
	tagged(want, frame, (uint16_t []){ 0x8100, 5, 0 });
	for (int i = 0; i < 2; i++) {
		n = bpf_drain(i ? q : fd, buf, SIZE);
		rec = (void *)buf;
		ok(record_count(buf, n) == 1 && rec->bh_caplen == 17 &&
		   rec->bh_datalen == LEN + 4 && !memcmp(record_data(rec), want, 17),
		   "a filter for the VLAN takes what is in it, %s", i ? "received" : "sent");
	}
	close(via5);
}

int main(void)
{
	size_t i;

	private_net();
	sh("ip link add p type veth peer name q && for i in q p; do "
	   "ip link set $i up; "
	   "ip link add ${i}5 link $i up type vlan id 5; "
	   "ip link add ${i}a link $i up type vlan protocol 802.1ad id 6; "
	   "ip link add ${i}a7 link ${i}a up type vlan id 7; done");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		fds[i] = bpf_on(names[i], SIZE);
		if (strchr("p", names[i][0]))
			must(bpf_set(fds[i], BIOCSHDRCMPLT, 1));
	}
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		run(i, "tags in hardware");
	/* without the offload the kernel puts the tag into the frame before it sends */
	sh("ethtool -K p txvlan off tx-vlan-stag-hw-insert off >/dev/null");
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		run(i, "tags in software");
	filtered();
	for (i = 0; i < ARRAY_SIZE(names); i++)
		close(fds[i]);
	return tap_done();
}
