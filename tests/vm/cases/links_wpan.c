// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * IEEE 802.15.4, in radios that the kernel simulates: what a node's interface
 * shows has no checksum, what a monitor's shows has one; 6LoWPAN shows the IPv6
 * packets before they are compressed.
 *
 *	wpan0 ~~~~~ wpan1, or mon in its place
 *	lp0         lp1		6LoWPAN upon them
 */
#include "bpf.h"
#include "links.h"
#include "netlink.h"

/* Numbers of net/nl802154.h, which is no UAPI header but is as stable. */
#define CMD_NEW_INTERFACE	7
#define CMD_SET_PAN_ID		10
#define CMD_SET_SHORT_ADDR	11
#define ATTR_WPAN_PHY		1
#define ATTR_IFINDEX		3
#define ATTR_IFNAME		4
#define ATTR_IFTYPE		5
#define ATTR_PAN_ID		9
#define ATTR_SHORT_ADDR		10
#define IFTYPE_MONITOR		1

#define PAN	0xabcd

static int family;

static void set(const char *ifname, int command, int attr, uint16_t value)
{
	struct nl_request r;

	nl_begin(&r, family, command, 1);
	nl_put_u32(&r, ATTR_IFINDEX, if_nametoindex(ifname));
	nl_put_u16(&r, attr, value);
	must(nl_ask(&r));
}

/* The kernel's CRC-CCITT, least significant bit first: IEEE 802.15.4, 7.2.10. */
static uint16_t crc(const uint8_t *data, size_t len)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x8408 : crc >> 1;
	}
	return crc;
}

/* The number of a radio by its interface. */
static int radio(const char *ifname)
{
	char path[100], text[20];

	snprintf(path, sizeof(path), "/sys/class/net/%s/device/index", ifname);
	return atoi(file_get(path, text, sizeof(text)));
}

static void nodes(void)
{
	/* data, short addresses in one PAN: from 2 to 1, and back */
	uint8_t frame[2][60] = { { 0x41, 0x88, 7, PAN & 0xff, PAN >> 8, 1, 0, 2, 0 },
				 { 0x41, 0x88, 8, PAN & 0xff, PAN >> 8, 2, 0, 1, 0 } };
	struct look l[2] = { look_at("wpan0", "802.15.4", DLT_IEEE802_15_4_NOFCS),
			     look_at("wpan1", "802.15.4, the other", DLT_IEEE802_15_4_NOFCS) };
	size_t len = sizeof(frame[0]);

	for (int i = 0; i < 2; i++) {
		for (size_t k = 9; k < len; k++)
			frame[i][k] = k * 3 + i;
		expect(&l[0], frame[i], len);
		expect(&l[1], frame[i], len);
		send_on(i ? "wpan0" : "wpan1", ETH_P_IEEE802154, frame[i], len);
		saw(&l[!i], OUT, frame[i], len);
		packet_saw(&l[!i], OUT, frame[i], len);
		saw(&l[i], IN, frame[i], len);
		packet_saw(&l[i], IN, frame[i], len);
	}
	tcpdump_says("802.15.4", DLT_IEEE802_15_4_NOFCS, frame[0], len, "IEEE 802.15.4 Data packet");
	is_errno(write(l[0].fd[BOTH], frame[0], len), EIO, "802.15.4: cannot be written");
	for (int i = 0; i < 2; i++)
		look_away(&l[i]);
}

/* A radio is a node's or a monitor's. */
static void monitor(void)
{
	uint8_t frame[62] = { 0x41, 0x88, 9, PAN & 0xff, PAN >> 8, 3, 0, 1, 0, 1, 2, 3 };
	size_t len = sizeof(frame) - 2;
	uint16_t sum = crc(frame, len);

	sh("ip link set lp1 down && ip link set wpan1 down && ip link set mon up");
	struct look mon = look_at("mon", "802.15.4 monitor", DLT_IEEE802_15_4_WITHFCS);

	frame[len] = sum & 0xff;
	frame[len + 1] = sum >> 8;
	expect(&mon, frame, len + 2);
	send_on("wpan0", ETH_P_IEEE802154, frame, len);
	saw(&mon, IN, frame, len + 2);
	packet_saw(&mon, IN, frame, len + 2);
	tcpdump_says("802.15.4 monitor", DLT_IEEE802_15_4_WITHFCS, frame, len + 2,
		     "IEEE 802.15.4 Data packet");
	is_errno(write(mon.fd[BOTH], frame, len), EIO, "802.15.4 monitor: cannot be written");
	look_away(&mon);
}

static void lowpan(void)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IPV6), .sll_halen = 8,
	};
	int sock = must(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	struct ifreq ifr = if_get("lp1", SIOCGIFHWADDR);
	uint8_t packet[120];
	size_t len = ip_packet(packet, 6, 1);
	struct look a = look_at("lp0", "6lowpan", DLT_RAW);
	struct look b = look_at("lp1", "6lowpan, the other", DLT_RAW);

	to.sll_ifindex = if_nametoindex("lp0");
	memcpy(to.sll_addr, ifr.ifr_hwaddr.sa_data, 8);
	expect(&a, packet, len);
	expect(&b, packet, len);
	must(sendto(sock, packet, len, 0, (struct sockaddr *)&to, sizeof(to)));
	saw(&a, OUT, packet, len);
	saw(&b, IN, packet, len);
	/* which node it is for, no packet says */
	is_errno(write(a.fd[BOTH], packet, len), EIO, "6lowpan: cannot be written");
	look_away(&a);
	look_away(&b);
	close(sock);
}

int main(void)
{
	struct nl_request r;

	/* the radios' interfaces cannot leave the namespace where they are made */
	file_put("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	if (!made("802.15.4", "modprobe mac802154_hwsim && modprobe ieee802154_6lowpan") ||
	    !made("802.15.4", "modprobe ieee802154_socket"))
		return tap_done();
	family = must(nl_family("nl802154"));
	for (int i = 0; i < 2; i++) {
		set(i ? "wpan1" : "wpan0", CMD_SET_PAN_ID, ATTR_PAN_ID, PAN);
		set(i ? "wpan1" : "wpan0", CMD_SET_SHORT_ADDR, ATTR_SHORT_ADDR, i + 1);
	}
	nl_begin(&r, family, CMD_NEW_INTERFACE, 1);
	nl_put_u32(&r, ATTR_WPAN_PHY, radio("wpan1"));
	nl_put_string(&r, ATTR_IFNAME, "mon");
	nl_put_u32(&r, ATTR_IFTYPE, IFTYPE_MONITOR);
	must(nl_ask(&r));
	sh("ip link add lp0 link wpan0 type lowpan && ip link add lp1 link wpan1 type lowpan && "
	   "for i in wpan0 wpan1 lp0 lp1; do ip link set $i up; done");
	nodes();
	lowpan();
	monitor();
	sh("ip link del lp0; ip link del lp1; modprobe -r mac802154_hwsim");
	file_put("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0");
	return tap_done();
}
