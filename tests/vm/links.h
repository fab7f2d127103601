/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the cases about link types share: descriptors that look at one interface
 * from all sides, and a judgement on what they have seen.  Knows nothing of how
 * any kind of interface is made.  Include bpf.h first.
 */
#ifndef VM_LINKS_H
#define VM_LINKS_H

#include <linux/if_packet.h>
#include <net/bpf_dlt.h>
#include <net/ethernet.h>
#include <pcap/pcap.h>
#include <sys/wait.h>

#define SIZE	8192
#define COOKED	113	/* DLT_LINUX_SLL, which only libpcap makes */

/* The descriptors on an interface; the first three differ in direction. */
enum { BOTH, IN, OUT, MATCH, MISS, DESCS };

struct look {
	const char *ifname, *what;
	unsigned int link;	/* bytes of link header that FreeBSD registers */
	int fd[DESCS];
	int packet;		/* a packet socket, for a second opinion */
	unsigned int frames;	/* seen so far */
};

/* Makes interfaces; false, and a skipped test, if this kernel cannot. */
__attribute__((unused))
static bool made(const char *what, const char *command)
{
	char cmd[2048], why[1024];

	snprintf(cmd, sizeof(cmd), "(%s) 2>/run/links.err", command);
	if (!system(cmd))
		return true;
	file_get("/run/links.err", why, sizeof(why));
	if (strstr(why, "Unknown device type") || strstr(why, "not found in directory") ||
	    /* its family of generic netlink */
	    (strstr(command, "l2tp add") && strstr(why, "No such file or directory")))
		printf("ok %d - %s # SKIP this kernel has none\n", ++tap_count, what);
	else
		ok(false, "%s: %s: %s", what, command, why);
	return false;
}

/*
 * FreeBSD aligns what follows the link header, so bh_hdrlen depends on the length
 * that its drivers register (bpfattach() in if_ethersubr.c, if_spppsubr.c, ...).
 */
static unsigned int link_header(unsigned int dlt)
{
	return dlt == DLT_EN10MB ? 14 : dlt == DLT_PPP ? 4 : dlt == DLT_IEEE802_11 ? 24 : 0;
}

/* libpcap's opinion, by a packet socket; some types it has only in cooked mode. */
static void pcap_says(const char *ifname, const char *what, unsigned int dlt)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_create(ifname, err);
	bool same = false, cooked = false;
	int *types = NULL, n = 0;

	if (p && pcap_activate(p) >= 0)
		n = pcap_list_datalinks(p, &types);
	/* of Fibre Channel it offers several */
	for (int i = 0; i < n; i++)
		same |= types[i] == (int)dlt;
	cooked = n > 0 && types[0] == COOKED;
	ok(same || cooked, "%s: libpcap says %s", what, same ? "so, too" : "it has none");
	if (types)
		pcap_free_datalinks(types);
	if (p)
		pcap_close(p);
}

/* Looks at an interface, which must be of this link type. */
__attribute__((unused))
static struct look look_at(const char *ifname, const char *what, unsigned int dlt)
{
	static const unsigned int direction[DESCS] = {
		BPF_D_INOUT, BPF_D_IN, BPF_D_OUT, BPF_D_INOUT, BPF_D_INOUT
	};
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(ifname),
	};
	struct look l = { .ifname = ifname, .what = what, .link = link_header(dlt) };
	unsigned int got = ~0U, types[4] = { ~0U };
	struct bpf_dltlist list = { .bfl_len = 4, .bfl_list = types };

	for (int i = 0; i < DESCS; i++) {
		l.fd[i] = bpf_on(ifname, SIZE);
		must(bpf_set(l.fd[i], BIOCSDIRECTION, direction[i]));
	}
	must(bpf_set(l.fd[BOTH], BIOCSHDRCMPLT, 1));
	must(ioctl(l.fd[BOTH], BIOCGDLT, &got));
	must(ioctl(l.fd[BOTH], BIOCGDLTLIST, &list));
	ok(got == dlt, "%s: link type %u", what, dlt);
	ok(list.bfl_len == 1 && types[0] == dlt, "%s: and no other", what);
	pcap_says(ifname, what, dlt);
	l.packet = must(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	must(bind(l.packet, (struct sockaddr *)&sll, sizeof(sll)));
	return l;
}

/*
 * The next frame to come will be this one: one descriptor gets a filter that
 * takes it, by bytes in the link header, around its end and up to the last byte,
 * and one a filter that differs in its last comparison only.
 */
__attribute__((unused))
static void expect(struct look *l, const uint8_t *frame, size_t len)
{
	const uint32_t at[] = { 0, 3, l->link - 1, l->link, l->link + 9, len / 2, len - 1 };
	struct bpf_insn insns[2 * ARRAY_SIZE(at) + 4];
	unsigned int n = 0, end = 2 * ARRAY_SIZE(at) + 3;
	struct bpf_program prog = { end + 1, insns };

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		uint32_t off = at[i] < len ? at[i] : 0;

		insns[n++] = (struct bpf_insn)BPF_STMT(BPF_LD | BPF_B | BPF_ABS, off);
		insns[n] = (struct bpf_insn)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, frame[off],
						     0, end - n - 1);
		n++;
	}
	insns[n++] = (struct bpf_insn)BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0);
	insns[n] = (struct bpf_insn)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, len, 0, end - n - 1);
	n++;
	insns[n++] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, 7);
	insns[n] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, 0);
	must(ioctl(l->fd[MATCH], BIOCSETF, &prog));
	insns[2 * ARRAY_SIZE(at) - 1].k ^= 1;
	must(ioctl(l->fd[MISS], BIOCSETF, &prog));
}

/* Does the descriptor hold this frame, and no other? */
static bool holds(const struct look *l, int desc, const uint8_t *frame, size_t len)
{
	unsigned int hdrlen = BPF_WORDALIGN(l->link + 26) - l->link;
	const struct bpf_hdr *rec;
	char buf[SIZE];
	ssize_t n;
	bool same;

	n = bpf_drain(l->fd[desc], buf, SIZE);
	rec = n > 0 ? (void *)buf : NULL;
	same = rec && record_count(buf, n) == 1 && rec->bh_caplen == len &&
	       rec->bh_datalen == len && rec->bh_hdrlen == hdrlen &&
	       !memcmp(record_data(rec), frame, len);
	if (rec && !same) {
		printf("# %d records, the first has %u of %u bytes, not %zu, at %u, not %u:",
		       record_count(buf, n), rec->bh_caplen, rec->bh_datalen, len,
		       rec->bh_hdrlen, hdrlen);
		for (size_t i = 0; i < rec->bh_caplen && i < 60; i++)
			printf(" %02x", record_data(rec)[i]);
		printf("\n");
	}
	return same;
}

static bool holds_nothing(const struct look *l, int desc)
{
	char buf[SIZE];

	return bpf_drain(l->fd[desc], buf, SIZE) == -1 && errno == EWOULDBLOCK;
}

/* The frame that was expected has come, in that direction, and nothing else. */
__attribute__((unused))
static void saw(struct look *l, int direction, const uint8_t *frame, size_t len)
{
	const char *how = direction == OUT ? "sent" : "received";

	l->frames++;
	/* the last descriptor: then all of them have it */
	wait_until(bpf_stats(l->fd[MISS]).bs_recv);
	ok(holds(l, BOTH, frame, len), "%s: what is %s is seen once, byte for byte",
	   l->what, how);
	ok(holds(l, direction, frame, len) && holds_nothing(l, IN + OUT - direction),
	   "%s: as being %s", l->what, how);
	ok(bpf_buffered(l->fd[MATCH]) && !bpf_buffered(l->fd[MISS]),
	   "%s: and a filter finds it by its bytes", l->what);
}

/* The packet socket got these bytes, in this direction. */
__attribute__((unused))
static void packet_saw(struct look *l, int direction, const uint8_t *frame, size_t len)
{
	struct sockaddr_ll from;
	socklen_t fromlen = sizeof(from);
	uint8_t buf[SIZE];
	ssize_t n = -1;

	wait_until((n = recvfrom(l->packet, buf, sizeof(buf), MSG_TRUNC,
				 (struct sockaddr *)&from, &fromlen)) >= 0);
	if (!ok(n == (ssize_t)len && !memcmp(buf, frame, len) &&
		(from.sll_pkttype == PACKET_OUTGOING) == (direction == OUT),
		"%s: as a packet socket sees it", l->what))
		printf("# %zd bytes, not %zu; type %d\n", n, len, from.sll_pkttype);
}

/* tcpdump reads a file with this frame, and says this of it. */
__attribute__((unused))
static void tcpdump_says(const char *what, unsigned int dlt, const uint8_t *frame, size_t len,
			 const char *says)
{
	struct pcap_pkthdr hdr = { .caplen = len, .len = len };
	pcap_t *p = pcap_open_dead(dlt, 65535);
	pcap_dumper_t *d = pcap_dump_open(p, "/run/links.pcap");
	char text[4096];
	size_t n;
	FILE *f;

	must(d ? 0 : -1);
	pcap_dump((u_char *)d, &hdr, frame);
	pcap_dump_close(d);
	pcap_close(p);
	f = popen("tcpdump -nevr /run/links.pcap 2>&1", "r");
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	if (!ok(!pclose(f) && strstr(text, says) && !strstr(text, "[|") && !strstr(text, "invalid"),
		"%s: tcpdump reads it: %s", what, says))
		printf("# %s\n", text);
}

/* Ends the look; nothing came that was not asked for. */
__attribute__((unused))
static void look_away(struct look *l)
{
	unsigned int recv = bpf_stats(l->fd[BOTH]).bs_recv;

	if (!ok(recv == l->frames, "%s: nothing else was seen", l->what))
		printf("# %u packets, not %u\n", recv, l->frames);
	for (int i = 0; i < DESCS; i++)
		close(l->fd[i]);
	close(l->packet);
}

/* A packet of IP version 4 or 6 that nobody wants. */
__attribute__((unused))
static size_t ip_packet(uint8_t *to, int version, uint32_t serial)
{
	static const uint8_t v4[20] = { 0x45, 0, 0, 60, 0, 1, 0, 0, 64, 253, 0xf5, 0xc0,
					192, 0, 2, 1, 192, 0, 2, 2 };
	size_t i, len = version == 4 ? 60 : 100;

	frame_make(to, len, serial);
	if (version == 4) {
		memcpy(to, v4, sizeof(v4));
	} else {
		memset(to, 0, 40);
		to[0] = 0x60;
		to[5] = len - 40;
		to[6] = 253;
		to[7] = 64;
		for (i = 8; i < 40; i++)
			to[i] = i % 16 < 2 ? 0xfd : i;
	}
	return len;
}

/* Through the stack's back door, as other programs do. */
__attribute__((unused))
static void send_on(const char *ifname, int proto, const void *frame, size_t len)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(proto),
		.sll_ifindex = if_nametoindex(ifname),
	};
	int fd = must(socket(AF_PACKET, SOCK_RAW, 0));

	/* the tap comes before the driver, which may have no use for the frame */
	sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

static inline struct ifreq if_get(const char *ifname, unsigned long what)
{
	int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	struct ifreq ifr = {};

	strcpy(ifr.ifr_name, ifname);
	must(ioctl(fd, what, &ifr));
	close(fd);
	return ifr;
}

static inline void if_hwaddr(const char *ifname, uint8_t *mac)
{
	memcpy(mac, if_get(ifname, SIOCGIFHWADDR).ifr_hwaddr.sa_data, 6);
}

/* Waits until there is a carrier, and whoever stands upon it knows. */
static inline void wait_running(const char *ifname)
{
	must(wait_until(if_get(ifname, SIOCGIFFLAGS).ifr_flags & IFF_RUNNING) ? 0 : -1);
	/* the news is spread under the lock that this takes */
	if_up(ifname);
}

static inline int this_net(void)
{
	return must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
}

#endif /* VM_LINKS_H */
