// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Interfaces that have no other end, or one that is a file: each has the link type
 * that it should, and a frame is seen once, byte for byte, in its direction.  Those
 * with two ends are links_pairs.c, what hardware there may be links_table.c.
 */
#include "bpf.h"
#include "links.h"
#include <linux/if_tun.h>

/* Nothing ever comes in; what is sent is seen before the driver drops it. */
static void one_ended(void)
{
	static const struct {
		const char *what, *make, *dev;
		int direction;
	} kinds[] = {
		/*
		 * What is sent on lo is received, and seen as that only, like on
		 * FreeBSD, where looutput() sets the receiving interface first.
		 */
		{ "lo", "ip link set lo up", "lo", IN },
		{ "dummy", "ip link add du up type dummy", "du", OUT },
		{ "ifb", "ip link add ib up type ifb", "ib", OUT },
	};
	uint8_t frame[200];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!made(kinds[i].what, kinds[i].make))
			continue;
		struct look l = look_at(kinds[i].dev, kinds[i].what, DLT_EN10MB);

		frame_make(frame, sizeof(frame), 2 * i);
		expect(&l, frame, sizeof(frame));
		send_on(kinds[i].dev, FRAME_TYPE, frame, sizeof(frame));
		saw(&l, kinds[i].direction, frame, sizeof(frame));
		frame_make(frame, sizeof(frame), 2 * i + 1);
		expect(&l, frame, sizeof(frame));
		is_ret(write(l.fd[BOTH], frame, sizeof(frame)), sizeof(frame),
		       "%s: a frame is written", kinds[i].what);
		saw(&l, kinds[i].direction, frame, sizeof(frame));
		look_away(&l);
	}
}

/* One end is a file: frames go in there and come out. */
static void file_backed(const char *dev, const char *what, int file, unsigned int dlt,
			const uint8_t *frame, size_t len)
{
	struct look l = look_at(dev, what, dlt);
	uint8_t back[300];

	expect(&l, frame, len);
	must(write(file, frame, len));
	saw(&l, IN, frame, len);
	packet_saw(&l, IN, frame, len);
	expect(&l, frame, len);
	is_ret(write(l.fd[BOTH], frame, len), len, "%s: a frame is written", what);
	saw(&l, OUT, frame, len);
	packet_saw(&l, OUT, frame, len);
	ok(read(file, back, sizeof(back)) == (ssize_t)len && !memcmp(back, frame, len),
	   "%s: and comes out of the file", what);
	look_away(&l);
}

static void tuntap(const char *dev, short flags, unsigned int dlt, const uint8_t *frame,
		   size_t len)
{
	struct ifreq ifr = { .ifr_flags = flags | IFF_NO_PI };
	int file = must(open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));

	strcpy(ifr.ifr_name, dev);
	must(ioctl(file, TUNSETIFF, &ifr));
	if_up(dev);
	file_backed(dev, dev, file, dlt, frame, len);
	close(file);
}

/* A macvlan whose user is a file: what that is given is sent. */
static void macvtap(void)
{
	uint8_t frame[200], back[300], mac[6];
	char path[64], dev[64], *minor;
	int file;

	if (!made("macvtap", "ip link add far type veth peer name lower && "
		  "ip link set far up && ip link set lower up && "
		  "ip link add mt link lower up type macvtap"))
		return;
	/* sysfs shows the namespace that mounted it */
	must(unshare(CLONE_NEWNS));
	sh("mount --make-rprivate / && mount -t sysfs sysfs /sys");
	snprintf(path, sizeof(path), "/sys/class/net/mt/macvtap/tap%u/dev", if_nametoindex("mt"));
	minor = strchr(file_get(path, dev, sizeof(dev)), ':');
	sh("mknod /dev/links-macvtap c %d %d", atoi(dev), atoi(minor + 1));
	file = must(open("/dev/links-macvtap", O_RDWR | O_CLOEXEC | O_NONBLOCK));
	unlink("/dev/links-macvtap");
	must(ioctl(file, TUNSETIFF, &(struct ifreq){ .ifr_flags = IFF_TAP | IFF_NO_PI }));
	wait_running("mt");
	if_hwaddr("mt", mac);

	struct look l = look_at("mt", "macvtap", DLT_EN10MB);
	struct look below = look_at("lower", "the interface below", DLT_EN10MB);

	for (int i = 0; i < 2; i++) {
		frame_make(frame, sizeof(frame), i);
		memcpy(frame + 6, mac, 6);
		expect(&l, frame, sizeof(frame));
		expect(&below, frame, sizeof(frame));
		must(write(i ? l.fd[BOTH] : file, frame, sizeof(frame)));
		saw(&l, OUT, frame, sizeof(frame));
		saw(&below, OUT, frame, sizeof(frame));
	}
	frame_make(frame, sizeof(frame), 2);
	memcpy(frame, mac, 6);
	expect(&l, frame, sizeof(frame));
	expect(&below, frame, sizeof(frame));
	send_on("far", FRAME_TYPE, frame, sizeof(frame));
	saw(&below, IN, frame, sizeof(frame));
	saw(&l, IN, frame, sizeof(frame));
	ok(read(file, back, sizeof(back)) == sizeof(frame) && !memcmp(back, frame, sizeof(frame)),
	   "macvtap: and comes out of the file");
	look_away(&l);
	look_away(&below);
	close(file);
}

/*
 * A GRE tunnel to anywhere has a link header, the packet's future outer one, which
 * says where to.  DLT_RAW shows the packet behind it, so it cannot be written.
 */
static void gre_anywhere(void)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_halen = 4,
		.sll_addr = { 127, 0, 0, 1 },
	};
	uint8_t packet[100];
	size_t len = ip_packet(packet, 4, 1);
	int sock;

	if (!made("gre to anywhere", "ip link set lo up && "
		  "ip link add mg up type gre local 127.0.0.1 key 3"))
		return;
	struct look l = look_at("mg", "gre to anywhere", DLT_RAW);

	is_errno(write(l.fd[BOTH], packet, len), EIO, "gre to anywhere: cannot be written");
	sock = must(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	to.sll_ifindex = if_nametoindex("mg");
	expect(&l, packet, len);
	must(sendto(sock, packet, len, 0, (struct sockaddr *)&to, sizeof(to)));
	/* it comes back by itself, from its own address */
	l.frames += 2;
	ok(wait_until(bpf_stats(l.fd[MISS]).bs_recv == 2) &&
	   holds(&l, OUT, packet, len) && holds(&l, IN, packet, len),
	   "gre to anywhere: what is sent and received is seen without the outer header");
	look_away(&l);
	close(sock);
}

int main(void)
{
	uint8_t frame[200], packet[100];
	size_t len;

	/* the tunnel modules shall not make interfaces of their own accord */
	file_put("/proc/sys/net/core/fb_tunnels_only_for_init_net", "2");
	private_net();
	one_ended();
	frame_make(frame, sizeof(frame), 5);
	tuntap("tap7", IFF_TAP, DLT_EN10MB, frame, sizeof(frame));
	len = ip_packet(packet, 4, 6);
	tuntap("tun7", IFF_TUN, DLT_RAW, packet, len);
	len = ip_packet(packet, 6, 7);
	tuntap("tun8", IFF_TUN, DLT_RAW, packet, len);
	gre_anywhere();
	macvtap();
	return tap_done();
}
