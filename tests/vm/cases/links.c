// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Kinds of interfaces: each has the link type that it should, and a frame that is
 * sent or received on it is captured once, byte for byte.  What VLANs look like
 * on the interfaces involved is links_vlan.c.
 *
 * Frames are sent by packet sockets, or by whatever stands behind the interface.
 */
#include "bpf.h"
#include <linux/can.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>

#define SIZE	8192

/* A packet of IP version 4 or 6 that nobody wants. */
static size_t ip_packet(uint8_t *to, int version)
{
	static const uint8_t v4[20] = { 0x45, 0, 0, 60, 0, 1, 0, 0, 64, 253, 0xdb, 0xb9,
					192, 0, 2, 1, 192, 0, 2, 2 };
	size_t i, len = 60;

	frame_make(to, len, version);
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

/* The descriptor must have just this frame, or get it in time. */
static void captured(int fd, const char *what, const void *frame, size_t len)
{
	const struct bpf_hdr *rec;
	char buf[SIZE];
	bool same;
	ssize_t n;

	wait_until(bpf_stats(fd).bs_recv);
	n = bpf_drain(fd, buf, SIZE);
	rec = n > 0 ? (void *)buf : NULL;
	same = rec && record_count(buf, n) == 1 && rec->bh_caplen == len &&
	       rec->bh_datalen == len && !memcmp(record_data(rec), frame, len);
	ok(same, "%s: captured once, byte for byte", what);
	if (rec && !same)
		printf("# %d records, the first has %u of %u bytes, not %zu\n",
		       record_count(buf, n), rec->bh_caplen, rec->bh_datalen, len);
}

/* A descriptor on it, which must be of this link type. */
static int of_type(const char *ifname, const char *what, unsigned int dlt)
{
	unsigned int got = ~0U;
	int fd = bpf_on(ifname, SIZE);

	must(ioctl(fd, BIOCGDLT, &got));
	ok(got == dlt, "%s: link type %u", what, dlt);
	return fd;
}

/* Makes interfaces; false, and a skipped test, if this kernel cannot. */
static bool made(const char *what, const char *command)
{
	char cmd[512], why[1024];

	snprintf(cmd, sizeof(cmd), "(%s) 2>/run/links.err", command);
	if (!system(cmd))
		return true;
	file_get("/run/links.err", why, sizeof(why));
	if (strstr(why, "Unknown device type") || strstr(why, "not found in directory"))
		printf("ok %d - %s # SKIP this kernel has none\n", ++tap_count, what);
	else
		ok(false, "%s: %s: %s", what, command, why);
	return false;
}

/* Kinds that carry Ethernet; what goes out on them is seen below them, too. */
static void ethernets(void)
{
	static const struct {
		const char *what, *make, *dev, *below;
	} kinds[] = {
		{ "lo", "ip link set lo up", "lo", NULL },
		{ "dummy", "ip link add du up type dummy", "du", NULL },
		{ "veth", "ip link add va type veth peer name vb && ip link set vb up && ip link set va up",
		  "va", "vb" },
		{ "bridge", "ip link add bp up type dummy && ip link add bg up type bridge && "
		  "ip link set bp master bg", "bg", "bp" },
		{ "macvlan", "ip link add mp up type dummy && "
		  "ip link add mv link mp up type macvlan", "mv", "mp" },
		{ "bond", "ip link add sl type dummy && ip link add bo type bond mode active-backup && "
		  "ip link set sl master bo && ip link set bo up && "
		  "until ip -o link show sl | grep -q 'LOWER_UP'; do sleep 0.05; done", "bo", "sl" },
		{ "ifb", "ip link add ib up type ifb", "ib", NULL },
		{ "gretap", "ip link add gt up type gretap local 127.0.0.1 remote 127.0.0.9",
		  "gt", NULL },
	};
	uint8_t frame[200];
	int fd, below;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!made(kinds[i].what, kinds[i].make))
			continue;
		frame_make(frame, sizeof(frame), 100 + i);
		fd = of_type(kinds[i].dev, kinds[i].what, DLT_EN10MB);
		below = kinds[i].below ? bpf_on(kinds[i].below, SIZE) : -1;
		send_on(kinds[i].dev, FRAME_TYPE, frame, sizeof(frame));
		captured(fd, kinds[i].what, frame, sizeof(frame));
		if (below >= 0) {
			captured(below, kinds[i].below, frame, sizeof(frame));
			close(below);
		}
		close(fd);
	}
}

/* tun and tap: one end is a file. */
static void tuntap(const char *what, short flags, unsigned int dlt,
		   const void *frame, size_t len, int proto)
{
	struct ifreq ifr = { .ifr_flags = flags | IFF_NO_PI };
	int file, fd;

	strcpy(ifr.ifr_name, what);
	file = must(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
	must(ioctl(file, TUNSETIFF, &ifr));
	if_up(what);
	fd = of_type(what, what, dlt);
	must(write(file, frame, len));
	captured(fd, "received", frame, len);
	must(ioctl(fd, BIOCFLUSH));
	send_on(what, proto, frame, len);
	captured(fd, "sent", frame, len);
	close(fd);
	close(file);
}

/*
 * Tunnels between two namespaces: what is sent into one end has lost its outer
 * headers when it comes out of the other.
 */
static void tunnels(void)
{
	static const struct {
		const char *type;
		int version;
	} kinds[] = { { "gre", 4 }, { "ipip", 4 }, { "sit", 6 } };
	int ours, theirs, out, in, proto;
	uint8_t packet[100];
	char make[256];
	size_t len;

	ours = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	private_net();
	theirs = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	sh("ip link add tb type veth peer name ta netns /proc/%d/fd/%d", getpid(), ours);
	sh("ip address add 10.9.0.2/24 dev tb && ip link set tb up");
	must(setns(ours, CLONE_NEWNET));
	sh("ip address add 10.9.0.1/24 dev ta && ip link set ta up");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		snprintf(make, sizeof(make),
			 "ip link add tun%zu up type %s local 10.9.0.1 remote 10.9.0.2",
			 i, kinds[i].type);
		if (!made(kinds[i].type, make))
			continue;
		must(setns(theirs, CLONE_NEWNET));
		sh("ip link add tun%zu up type %s local 10.9.0.2 remote 10.9.0.1",
		   i, kinds[i].type);
		snprintf(make, sizeof(make), "tun%zu", i);
		in = of_type(make, kinds[i].type, DLT_RAW);
		must(setns(ours, CLONE_NEWNET));
		out = of_type(make, kinds[i].type, DLT_RAW);
		proto = kinds[i].version == 4 ? ETH_P_IP : ETH_P_IPV6;
		len = ip_packet(packet, kinds[i].version);
		send_on(make, proto, packet, len);
		captured(out, "sent into it", packet, len);
		captured(in, "received from it", packet, len);
		close(in);
		close(out);
	}
	close(ours);
	close(theirs);
}

static void wireguard(void)
{
	uint8_t packet[100];
	size_t len;
	int fd;

	if (!made("wireguard", "ip link add wg up type wireguard"))
		return;
	fd = of_type("wg", "wireguard", DLT_RAW);
	len = ip_packet(packet, 4);
	send_on("wg", ETH_P_IP, packet, len);
	captured(fd, "wireguard", packet, len);
	close(fd);
}

/* The identifier is in the machine's order in the kernel, big-endian in the file. */
static void can(void)
{
	struct can_frame frame = { .can_id = 0x12345678 | CAN_EFF_FLAG, .len = 5,
				   .data = { 1, 2, 3, 4, 5 } };
	struct sockaddr_can to = { .can_family = AF_CAN };
	int fd, sock;

	if (!made("vcan", "modprobe can-raw && ip link add vc up type vcan"))
		return;
	fd = of_type("vc", "vcan", DLT_CAN_SOCKETCAN);
	to.can_ifindex = if_nametoindex("vc");
	sock = must(socket(PF_CAN, SOCK_RAW, CAN_RAW));
	must(sendto(sock, &frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)));
	frame.can_id = htonl(frame.can_id);
	captured(fd, "vcan", &frame, sizeof(frame));
	close(sock);
	close(fd);
}

int main(void)
{
	uint8_t frame[200], packet[100];
	size_t len = ip_packet(packet, 4);
	int fd;

	/* the tunnel modules shall not make interfaces of their own accord */
	file_put("/proc/sys/net/core/fb_tunnels_only_for_init_net", "2");
	private_net();
	ethernets();
	frame_make(frame, sizeof(frame), 5);
	tuntap("tap7", IFF_TAP, DLT_EN10MB, frame, sizeof(frame), FRAME_TYPE);
	tuntap("tun7", IFF_TUN, DLT_RAW, packet, len, ETH_P_IP);
	len = ip_packet(packet, 6);
	tuntap("tun8", IFF_TUN, DLT_RAW, packet, len, ETH_P_IPV6);
	tunnels();
	wireguard();
	can();
	if (made("nlmon", "ip link add nl up type nlmon")) {
		fd = bpf_open(O_RDWR);
		is_errno(bpf_setif(fd, "nl"), ENXIO, "nlmon: has no link type");
		close(fd);
	}
	return tap_done();
}
