// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Filters made for Linux: the same program on a packet socket and on a descriptor,
 * over the same packets.  What Linux has besides the packet must be the same, byte
 * for byte; what a program returns shows in the length that is captured.  Programs of
 * libpcap for Linux, with its VLAN tests, must choose the same packets.
 *
 *	p ------------------- q		a veth pair with four queues
 *	p5   VLAN 5			whose tag travels beside the packet
 *	p6   VLAN 6, 802.1ad
 *
 * A tap is older than the socket beside it, so that it sees a packet later: when the
 * descriptor has counted it, the socket has got it.
 */
#include "bpf.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>

#define SIZE	8192
#define LEN	400
#define ATTRS	42	/* where the netlink attributes of packet 0 begin */

/* Where packets are sent, and whether they have a tag then that Linux takes away. */
static const struct {
	const char *name;
	int tag;
} senders[] = { { "p", 0 }, { "p5", 4 }, { "p6", 4 } };

static const char *const listeners[] = { "p", "q" };

struct listener {
	const char *name;
	int bpf;
	int sock;
} on[ARRAY_SIZE(listeners)];

/* Frames by what makes them differ for Linux; the rest is 0. */
static const struct {
	const char *what;
	uint8_t to;		/* first byte of the address */
	uint16_t type;
	const char *head;	/* 40 bytes at most */
} packets[] = {
	/* bytes 20 and 21: UDP from 4444 to 53 */
	{ "udp", 2, ETH_P_IP, "\x45\0\x01\x80\0\0\0\0\x40\x11\0\0\x0a\0\0\1\x0a\0\0\2"
	  "\x11\x5c\0\x35\x01\x6c\0\0" },
	/* header of 32 bytes */
	{ "tcp", 2, ETH_P_IP, "\x45\0\x01\x80\0\0\0\0\x40\x06\0\0\x0a\0\0\1\x0a\0\0\2"
	  "\x11\x5c\0\x50\0\0\0\0\0\0\0\0\x80\x10\0\0\0\0\0" },
	{ "a later fragment", 2, ETH_P_IP,
	  "\x45\0\x01\x80\0\0\0\x40\x40\x11\0\0\x0a\0\0\1\x0a\0\0\2" },
	{ "icmp", 0xff, ETH_P_IP, "\x45\0\x01\x80\0\0\0\0\x40\x01\0\0\x0a\0\0\1\x0a\0\0\2" },
	{ "ip6 udp", 0x33, ETH_P_IPV6, "\x60\0\0\0\x01\x58\x11\x40" },
	{ "something else", 4, FRAME_TYPE, "" },
};

/* Attributes of type 1 with 5 bytes, and of type 2 with one of type 7 in it. */
static const uint16_t attributes[] = { 5, 1, 0, 0, 12, 2, 8, 7, 1, 1, 4, 3 };

static void frame_fill(uint8_t *frame, size_t packet)
{
	memset(frame, 0, LEN);
	memcpy(frame, "\0\0\0\0\0\2\2\0\0\0\0\1", 12);
	frame[0] = packets[packet].to;
	if (frame[0] == 0xff)
		memset(frame, 0xff, 6);
	frame[12] = packets[packet].type >> 8;
	frame[13] = packets[packet].type & 0xff;
	memcpy(frame + 14, packets[packet].head, packets[packet].type == ETH_P_IPV6 ? 8 : 39);
	if (!packet)
		memcpy(frame + ATTRS, attributes, sizeof(attributes));
}

static void packet_send(const char *name, size_t packet)
{
	static int socks[ARRAY_SIZE(senders)];
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(name),
				  .sll_protocol = htons(packets[packet].type) };
	uint32_t mark = 0xfedc0000 + packet;
	uint8_t frame[LEN];
	size_t i;

	for (i = 0; strcmp(senders[i].name, name); i++)
		;
	if (!socks[i])
		socks[i] = must(socket(AF_PACKET, SOCK_RAW, 0));
	must(setsockopt(socks[i], SOL_SOCKET, SO_MARK, &mark, sizeof(mark)));
	frame_fill(frame, packet);
	must(sendto(socks[i], frame, LEN, 0, (struct sockaddr *)&to, sizeof(to)));
}

/* The same program for both. */
static void program_set(struct listener *l, const struct bpf_insn *insns, unsigned int len)
{
	struct bpf_program bsd = { len, (struct bpf_insn *)insns };
	struct sock_fprog linux_prog = { len, (struct sock_filter *)insns };

	must(setsockopt(l->sock, SOL_SOCKET, SO_ATTACH_FILTER, &linux_prog,
			sizeof(linux_prog)));
	must(ioctl(l->bpf, BIOCSETF, &bsd));
}

/* What each captured of one packet; 0: nothing. */
struct result {
	int bsd, afp;
};

/* Both listeners see each packet, of which this one is asked. */
static struct result taken(struct listener *l)
{
	struct result r = {};
	char buf[SIZE];
	ssize_t n;

	for (size_t i = 0; i < ARRAY_SIZE(on); i++)
		if (!wait_until(bpf_stats(on[i].bpf).bs_recv))
			return (struct result){ -1, -1 };
	n = bpf_drain(l->bpf, buf, SIZE);
	if (n > 0)
		r.bsd = ((struct bpf_hdr *)buf)->bh_caplen;
	n = recv(l->sock, buf, SIZE, MSG_DONTWAIT);
	if (n > 0)
		r.afp = n;
	for (size_t i = 0; i < ARRAY_SIZE(on); i++) {
		while (recv(on[i].sock, buf, SIZE, MSG_DONTWAIT) >= 0)
			;
		must(ioctl(on[i].bpf, BIOCFLUSH));
	}
	return r;
}

/* One byte of what a program computes; false: it was ended. */
static bool byte_of(struct listener *l, const char *sender, size_t packet, int byte,
		    const struct bpf_insn *insns, unsigned int len, struct result *r)
{
	struct bpf_insn prog[12];

	memcpy(prog, insns, len * sizeof(*insns));
	prog[len++] = (struct bpf_insn)BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 8 * byte);
	prog[len++] = (struct bpf_insn)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff);
	prog[len++] = (struct bpf_insn)BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1);
	prog[len++] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_A, 0);
	program_set(l, prog, len);
	packet_send(sender, packet);
	*r = taken(l);
	return r->bsd > 0 && r->afp > 0;
}

struct value {
	const char *name;
	uint32_t k;
	bool zero;		/* it may be 0 for all packets */
	bool tagless;		/* Linux's packet has no tag in it, ours has */
	uint32_t a, x;
	uint8_t ind;
};

#define AD(name) SKF_AD_OFF + SKF_AD_##name

static const struct value values[] = {
	{ .name = "protocol", .k = AD(PROTOCOL) },
	{ .name = "packet type", .k = AD(PKTTYPE) },
	{ .name = "ifindex", .k = AD(IFINDEX) },
	{ .name = "netlink attribute", .k = AD(NLATTR), .a = ATTRS, .x = 2, .tagless = true },
	{ .name = "nested attribute", .k = AD(NLATTR_NEST), .a = ATTRS + 8, .x = 7, .tagless = true },
	{ .name = "attribute that is not there", .k = AD(NLATTR), .a = ATTRS, .x = 9, .zero = true },
	{ .name = "mark", .k = AD(MARK) },
	{ .name = "queue", .k = AD(QUEUE) },
	{ .name = "hatype", .k = AD(HATYPE) },
	{ .name = "rxhash", .k = AD(RXHASH) },
	{ .name = "alu xor x", .k = AD(ALU_XOR_X), .a = 0x12345678, .x = 0x0f0f0f0f },
	{ .name = "vlan tag", .k = AD(VLAN_TAG) },
	{ .name = "vlan tpid", .k = AD(VLAN_TPID) },
	{ .name = "payload offset", .k = AD(PAY_OFFSET), .tagless = true },
	{ .name = "network header", .k = SKF_NET_OFF + 2 },
	{ .name = "network header and x", .k = SKF_NET_OFF + 1, .x = 8, .ind = true },
	{ .name = "link header", .k = SKF_LL_OFF + 8 },
	{ .name = "link header and x", .k = SKF_LL_OFF + 5, .x = 3, .ind = true },
};

/* How a value is loaded; of Linux's own the size of the load does not matter. */
static unsigned int loading(struct bpf_insn *to, const struct value *v, int byte, int shift)
{
	static const uint16_t sizes[] = { BPF_W, BPF_H, BPF_B, BPF_W };
	bool bytes = v->k < (uint32_t)SKF_AD_OFF;
	bool search = v->k == (uint32_t)(AD(NLATTR)) || v->k == (uint32_t)(AD(NLATTR_NEST));

	to[0] = (struct bpf_insn)BPF_STMT(BPF_LD | BPF_IMM, v->a + (search ? shift : 0));
	to[1] = (struct bpf_insn)BPF_STMT(BPF_LDX | BPF_IMM, v->x);
	to[2] = (struct bpf_insn)BPF_STMT(BPF_LD | (bytes ? BPF_W : sizes[byte]) |
					  (v->ind ? BPF_IND : BPF_ABS), v->k);
	return 3;
}

/*
 * One value, everywhere.  Offsets in a packet whose tag Linux has taken out of it are
 * 4 less there: such packets are left to shifted().
 */
static void compare(const struct value *v, const char *engine)
{
	uint32_t differ = 0, seen = 0;
	struct bpf_insn insns[3];
	struct result r;
	int ran = 0, none = 0;

	for (size_t i = 0; i < ARRAY_SIZE(listeners) * ARRAY_SIZE(senders) *
				   ARRAY_SIZE(packets) * 4; i++) {
		struct listener *l = &on[i % 2];
		size_t s = i / 2 % ARRAY_SIZE(senders), p = i / 2 / ARRAY_SIZE(senders) / 4;
		int byte = i / 2 / ARRAY_SIZE(senders) % 4;

		if (v->tagless && senders[s].tag)
			continue;
		if (!byte_of(l, senders[s].name, p, byte, insns,
			     loading(insns, v, byte, 0), &r))
			none++;
		ran++;
		seen |= r.bsd - 1;
		if (r.bsd != r.afp && differ++ < 5)
			printf("# %s, %s sent on %s, seen on %s, byte %d: %d, not %d\n", v->name,
			       packets[p].what, senders[s].name, l->name, byte, r.bsd - 1,
			       r.afp - 1);
	}
	ok(!differ && !none && (seen || v->zero), "%s, %s: the same in %d packets", engine,
	   v->name, ran);
}

/* Where offsets show the tag that is in our packet only. */
static void shifted(const char *engine)
{
	struct listener *q = &on[1];
	struct bpf_insn insns[3];
	struct result r;
	size_t i, s;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		for (s = 1; s < ARRAY_SIZE(senders) && values[i].tagless; s++) {
			byte_of(q, senders[s].name, 0, 0, insns,
				loading(insns, &values[i], 0, 0), &r);
			if (values[i].k == (uint32_t)(AD(PAY_OFFSET))) {
				ok(r.bsd == r.afp + 4, "%s, %s, on %s: counts the tag", engine,
				   values[i].name, senders[s].name);
				continue;
			}
			byte_of(q, "p", 0, 0, insns, loading(insns, &values[i], 0, 0), &r);
			int plain = r.afp;

			byte_of(q, senders[s].name, 0, 0, insns,
				loading(insns, &values[i], 0, 4), &r);
			ok(plain > 1 && r.bsd == plain + 4, "%s, %s, on %s: counts the tag",
			   engine, values[i].name, senders[s].name);
		}
}

/* The tag is not outside of the frame, since it is in it. */
static void present(const char *engine)
{
	const struct bpf_insn load = BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AD(VLAN_TAG_PRESENT));
	struct result r;
	size_t s;

	for (s = 0; s < ARRAY_SIZE(senders); s++) {
		byte_of(&on[1], senders[s].name, 0, 0, &load, 1, &r);
		ok(r.bsd == 1 && r.afp == (senders[s].tag ? 2 : 1),
		   "%s, vlan tag present, %s: no, since it is in the frame; on Linux %s", engine,
		   senders[s].name, senders[s].tag ? "yes" : "no, neither");
	}
}

/* Two loads of random numbers are equal once in 2^32 packets. */
static void random_numbers(const char *engine)
{
	const struct bpf_insn insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AD(RANDOM)),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AD(RANDOM)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 20),
		BPF_STMT(BPF_RET | BPF_K, 30),
	};
	struct result r;

	program_set(&on[1], insns, ARRAY_SIZE(insns));
	packet_send("p", 0);
	r = taken(&on[1]);
	ok(r.bsd == 30 && r.afp == 30, "%s, random: two numbers differ", engine);
}

/* The processor: on each of them. */
static void processors(const char *engine)
{
	const struct bpf_insn load = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AD(CPU));
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), cpu, right = 0;
	struct result r;
	cpu_set_t all, set;

	must(sched_getaffinity(0, sizeof(all), &all));
	for (cpu = 0; cpu < cpus; cpu++) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		must(sched_setaffinity(0, sizeof(set), &set));
		byte_of(&on[0], "p", 0, 0, &load, 1, &r);
		right += r.bsd == cpu + 1 && r.afp == cpu + 1;
	}
	must(sched_setaffinity(0, sizeof(all), &all));
	ok(right == cpus, "%s, cpu: right on %d of %d", engine, right, cpus);
}

/*
 * Debian's libpcap compiles for the Linux socket it has opened; the programs go to
 * both unchanged.  Tests that look behind the tag are only made after "vlan": without
 * it Linux's filters look into tagged packets, and those of the BSDs do not.
 */
static void libpcap(const char *engine, const char *expression)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *live = pcap_create("q", err);
	struct bpf_program prog;
	int differ = 0, kept = 0, ran = 0, metadata = 0;
	struct result r;

	if (!live || pcap_activate(live) < 0 ||
	    pcap_compile(live, &prog, expression, 1, PCAP_NETMASK_UNKNOWN)) {
		ok(false, "%s: %s", expression, live ? pcap_geterr(live) : err);
		return;
	}
	pcap_close(live);
	for (unsigned int i = 0; i < prog.bf_len; i++)
		metadata += prog.bf_insns[i].k >= (uint32_t)SKF_AD_OFF;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(senders) * ARRAY_SIZE(packets); i++) {
		struct listener *l = &on[i % 2];
		size_t s = i / 2 % ARRAY_SIZE(senders), p = i / 2 / ARRAY_SIZE(senders);

		program_set(l, (void *)prog.bf_insns, prog.bf_len);
		packet_send(senders[s].name, p);
		r = taken(l);
		ran++;
		kept += r.bsd > 0;
		if ((r.bsd > 0) != (r.afp > 0) && differ++ < 5)
			printf("# %s sent on %s, seen on %s: %d, not %d\n", packets[p].what,
			       senders[s].name, l->name, r.bsd, r.afp);
	}
	ok(!differ && kept && kept < ran && metadata,
	   "%s, \"%s\": the same %d of %d packets", engine, expression, kept, ran);
	pcap_freecode(&prog);
}

static void expressions(const char *engine)
{
	char ifindex[2][20];

	for (int i = 0; i < 2; i++)
		sprintf(ifindex[i], "ifindex %u", if_nametoindex(listeners[i]));
	libpcap(engine, "inbound");
	libpcap(engine, "outbound");
	libpcap(engine, ifindex[0]);
	libpcap(engine, ifindex[1]);
	libpcap(engine, "vlan");
	libpcap(engine, "not vlan");
	libpcap(engine, "vlan 5");
	libpcap(engine, "vlan 6");
	libpcap(engine, "vlan and ip");
	libpcap(engine, "vlan and udp port 53");
	libpcap(engine, "vlan 5 and tcp dst port 80");
	libpcap(engine, "vlan and outbound and host 10.0.0.2");
	libpcap(engine, "inbound and ether multicast");
}

int main(void)
{
	static const char *const engines[] = { "interp", "native" };

	private_net();
	sh("ip link add p numtxqueues 4 numrxqueues 4 type veth "
	   "peer name q numtxqueues 4 numrxqueues 4 && "
	   "ip link set p up && ip link set q up && "
	   "ip link add p5 link p up type vlan id 5 && "
	   "ip link add p6 link p up type vlan protocol 802.1ad id 6");
	for (size_t i = 0; i < ARRAY_SIZE(listeners); i++) {
		struct sockaddr_ll at = { .sll_family = AF_PACKET,
					  .sll_protocol = htons(ETH_P_ALL),
					  .sll_ifindex = if_nametoindex(listeners[i]) };

		on[i].name = listeners[i];
		on[i].bpf = bpf_on(listeners[i], SIZE);
		on[i].sock = must(socket(AF_PACKET, SOCK_RAW, 0));
		must(bind(on[i].sock, (struct sockaddr *)&at, sizeof(at)));
	}
	for (size_t e = 0; e < ARRAY_SIZE(engines); e++) {
		file_put("/proc/sys/net/bpf/jit_enable", e ? "1" : "0");
		for (size_t i = 0; i < ARRAY_SIZE(values); i++)
			compare(&values[i], engines[e]);
		shifted(engines[e]);
		present(engines[e]);
		random_numbers(engines[e]);
		processors(engines[e]);
		expressions(engines[e]);
	}
	return tap_done();
}
