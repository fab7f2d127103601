// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Interfaces that have another end: each kind has the link type that it should, and
 * a frame written to one end is seen there as sent and at the other end as
 * received, once and byte for byte, tunnels' outer headers, tags and encryption
 * being gone.  Both ends are called x and lie in two namespaces:
 *
 *	x ... u 10.9.0.1, fd09::1 ------- u 10.9.0.2, fd09::2 ... x
 *
 * x is u itself where nothing else is made.
 */
#include "bpf.h"
#include "links.h"
#include "netlink.h"
#include <linux/if_team.h>
#include <linux/wireguard.h>

static int net[2];		/* the namespaces */
static uint8_t mac[2][6];	/* of x there */

/* Private and public keys, made for this test; the second pair is Bob's in RFC 7748. */
static const uint8_t keys[2][2][32] = { {
	{ 0x08, 0xa3, 0x06, 0x6d, 0x1e, 0x7a, 0x25, 0x70, 0x52, 0x2a, 0xd8, 0xf0, 0xd1, 0x33,
	  0x0b, 0x2e, 0x01, 0x2f, 0x5c, 0x9b, 0xf7, 0x47, 0x4e, 0x37, 0x24, 0xf0, 0x11, 0xe8,
	  0x4a, 0x2b, 0x9c, 0x51 },
	{ 0xe5, 0x5e, 0x70, 0xea, 0xd7, 0x50, 0xc0, 0x69, 0x57, 0x33, 0x42, 0x4f, 0x84, 0x8b,
	  0x37, 0x96, 0x75, 0x63, 0x86, 0x9a, 0xb8, 0xe4, 0x4c, 0xae, 0x0e, 0x7d, 0x34, 0xe6,
	  0x84, 0xcd, 0xca, 0x13 },
}, {
	{ 0x5d, 0xab, 0x08, 0x7e, 0x62, 0x4a, 0x8a, 0x4b, 0x79, 0xe1, 0x7f, 0x8b, 0x83, 0x80,
	  0x0e, 0xe6, 0x6f, 0x3b, 0xb1, 0x29, 0x26, 0x18, 0xb6, 0xfd, 0x1c, 0x2f, 0x8b, 0x27,
	  0xff, 0x88, 0xe0, 0xeb },
	{ 0xde, 0x9e, 0xdb, 0x7d, 0x7b, 0x7d, 0xc1, 0xb4, 0xd3, 0x5b, 0x61, 0xc2, 0xec, 0xe4,
	  0x35, 0x37, 0x3f, 0x83, 0x43, 0xc8, 0x5b, 0x78, 0x67, 0x4d, 0xad, 0xfc, 0x7e, 0x14,
	  0x6f, 0x88, 0x2b, 0x4f },
} };

/* wg set x private-key K peer P endpoint u allowed-ips 0.0.0.0/0 */
static void wireguard(int me)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(51820) };
	struct nlattr *peers, *peer, *ips, *ip;
	struct nl_request r;

	inet_pton(AF_INET, me ? "10.9.0.1" : "10.9.0.2", &to.sin_addr);
	nl_begin(&r, must(nl_family(WG_GENL_NAME)), WG_CMD_SET_DEVICE, WG_GENL_VERSION);
	nl_put_string(&r, WGDEVICE_A_IFNAME, "x");
	nl_put(&r, WGDEVICE_A_PRIVATE_KEY, keys[me][0], 32);
	nl_put_u16(&r, WGDEVICE_A_LISTEN_PORT, 51820);
	peers = nl_nest(&r, WGDEVICE_A_PEERS);
	peer = nl_nest(&r, 0);
	nl_put(&r, WGPEER_A_PUBLIC_KEY, keys[!me][1], 32);
	nl_put(&r, WGPEER_A_ENDPOINT, &to, sizeof(to));
	ips = nl_nest(&r, WGPEER_A_ALLOWEDIPS);
	ip = nl_nest(&r, 0);
	nl_put_u16(&r, WGALLOWEDIP_A_FAMILY, AF_INET);
	nl_put_u32(&r, WGALLOWEDIP_A_IPADDR, 0);
	nl_put_u8(&r, WGALLOWEDIP_A_CIDR_MASK, 0);
	nl_end(&r, ip);
	nl_end(&r, ips);
	nl_end(&r, peer);
	nl_end(&r, peers);
	must(nl_ask(&r));
	if_up("x");
}

/* teamnl x setoption mode roundrobin; it takes ports after that only */
static void team(int me)
{
	struct nlattr *list, *item;
	struct nl_request r;

	(void)me;
	nl_begin(&r, must(nl_family(TEAM_GENL_NAME)), TEAM_CMD_OPTIONS_SET, TEAM_GENL_VERSION);
	nl_put_u32(&r, TEAM_ATTR_TEAM_IFINDEX, if_nametoindex("x"));
	list = nl_nest(&r, TEAM_ATTR_LIST_OPTION);
	item = nl_nest(&r, TEAM_ATTR_ITEM_OPTION);
	nl_put_string(&r, TEAM_ATTR_OPTION_NAME, "mode");
	nl_put_u8(&r, TEAM_ATTR_OPTION_TYPE, 5);	/* NLA_STRING in the kernel */
	nl_put_string(&r, TEAM_ATTR_OPTION_DATA, "roundrobin");
	nl_end(&r, item);
	nl_end(&r, list);
	/* ESRCH: it is set, and nobody listens to hear of it */
	must(nl_ask(&r) && errno != ESRCH ? -1 : 0);
	sh("ip link set u down && ip link set u master x && ip link set u up && ip link set x up");
}

#define ESP	"auth hmac(sha1) 0x0123456789012345678901234567890123456789 enc cipher_null \"\""
#define XFRM(how) \
	"xfrm state add src $me dst $peer proto esp spi $spi mode tunnel " how " " ESP "\n" \
	"xfrm state add src $peer dst $me proto esp spi $spi_in mode tunnel " how " " ESP "\n" \
	"xfrm policy add dir out tmpl src $me dst $peer proto esp mode tunnel " how "\n" \
	"xfrm policy add dir in tmpl src $peer dst $me proto esp mode tunnel " how

/* make is for "ip -batch" */
static const struct kind {
	const char *what;
	unsigned int dlt;
	int ip;			/* version that it carries; 0 for Ethernet */
	const char *make;
	void (*more)(int me);
} kinds[] = {
	{ "veth", DLT_EN10MB, 0, "link set u down\nlink set u name x\nlink set x up", NULL },
	{ "802.1Q", DLT_EN10MB, 0, "link add x link u up type vlan id 5", NULL },
	{ "802.1ad", DLT_EN10MB, 0, "link add x link u up type vlan protocol 802.1ad id 6", NULL },
	{ "802.1Q in 802.1ad", DLT_EN10MB, 0,
	  "link add o link u up type vlan protocol 802.1ad id 6\n"
	  "link add x link o up type vlan id 7", NULL },
	{ "macvlan", DLT_EN10MB, 0, "link add x link u up type macvlan", NULL },
	{ "bridge", DLT_EN10MB, 0,
	  "link add x up type bridge mcast_snooping 0\nlink set u master x", NULL },
	{ "bond", DLT_EN10MB, 0, "link add x type bond mode active-backup\n"
	  "link set u down\nlink set u master x\nlink set x up", NULL },
	{ "team", DLT_EN10MB, 0, "link add x type team", team },
	{ "macsec", DLT_EN10MB, 0, "link add link u x type macsec encrypt on\n"
	  "macsec add x tx sa 0 pn 1 on key 01 000102030405060708090a0b0c0d0e0f\n"
	  "macsec add x rx port 1 address $mac\nmacsec add x rx port 1 address $mac "
	  "sa 0 pn 1 on key 01 000102030405060708090a0b0c0d0e0f\nlink set x up", NULL },
	{ "vxlan", DLT_EN10MB, 0,
	  "link add x up type vxlan id 5 local $me remote $peer dstport 4789 dev u", NULL },
	{ "geneve", DLT_EN10MB, 0, "link add x up type geneve id 5 remote $peer", NULL },
	{ "gretap", DLT_EN10MB, 0, "link add x up type gretap local $me remote $peer", NULL },
	{ "erspan", DLT_EN10MB, 0, "link add x up type erspan seq key 5 local $me "
	  "remote $peer erspan_ver 1 erspan 123", NULL },
	{ "ip6gretap", DLT_EN10MB, 0,
	  "link add x up type ip6gretap local $me6 remote $peer6", NULL },
	{ "l2tp", DLT_EN10MB, 0, "l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 "
	  "encap ip local $me remote $peer\nl2tp add session name x tunnel_id 1 session_id 1 "
	  "peer_session_id 1\nlink set x up", NULL },
	{ "gre", DLT_RAW, 4, "link add x up type gre local $me remote $peer", NULL },
	{ "gre with a key, for IPv6", DLT_RAW, 6,
	  "link add x up type gre local $me remote $peer key 9", NULL },
	{ "ipip", DLT_RAW, 4, "link add x up type ipip local $me remote $peer", NULL },
	{ "sit", DLT_RAW, 6, "link add x up type sit local $me remote $peer", NULL },
	{ "ip6tnl", DLT_RAW, 4,
	  "link add x up type ip6tnl mode any local $me6 remote $peer6", NULL },
	{ "ip6tnl for IPv6", DLT_RAW, 6,
	  "link add x up type ip6tnl mode any local $me6 remote $peer6", NULL },
	{ "ip6gre", DLT_RAW, 6, "link add x up type ip6gre local $me6 remote $peer6", NULL },
	{ "vti", DLT_RAW, 4,
	  "link add x up type vti local $me remote $peer key 5\n" XFRM("mark 5"), NULL },
	{ "xfrm", DLT_RAW, 4, "link add x up type xfrm dev u if_id 5\n" XFRM("if_id 5"), NULL },
	{ "wireguard", DLT_RAW, 4, "link add x type wireguard", wireguard },
};

/* Both ends of a kind, in namespaces of their own; false if this kernel has none. */
static bool ends(const struct kind *k)
{
	static const char *const names[] = { "me", "peer", "me6", "peer6", "mac", "spi", "spi_in" };
	static const char *const values[2][ARRAY_SIZE(names)] = {
		{ "10.9.0.1", "10.9.0.2", "fd09::1", "fd09::2", "02:00:00:00:00:02", "257", "258" },
		{ "10.9.0.2", "10.9.0.1", "fd09::2", "fd09::1", "02:00:00:00:00:01", "258", "257" },
	};
	bool v6 = strstr(k->make, "me6");	/* it makes noise, so not always */
	char command[1500];

	sh("ip link add u address 02:00:00:00:00:02 type veth peer name u "
	   "address 02:00:00:00:00:01 netns /proc/%d/fd/%d", getpid(), net[0]);
	for (int me = 0; me < 2; me++) {
		must(setns(net[me], CLONE_NEWNET));
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			setenv(names[i], values[me][i], 1);
		if (v6)
			file_put("/proc/sys/net/ipv6/conf/u/disable_ipv6", "0");
		snprintf(command, sizeof(command), "ip -batch - <<END\nlink set u up\n"
			 "address add $me/24 dev u\n%s%s\nEND\n",
			 v6 ? "address add $me6/64 dev u nodad\n" : "", k->make);
		if (!made(k->what, command))
			return false;
		if (k->more)
			k->more(me);
	}
	for (int me = 0; me < 2; me++) {
		must(setns(net[me], CLONE_NEWNET));
		if (if_nametoindex("u"))
			wait_running("u");
		wait_running("x");
		if_hwaddr("x", mac[me]);
	}
	return true;
}

/* From one end to the other. */
static void pass(const struct kind *k, struct look *l, int from, uint32_t serial)
{
	uint8_t frame[200];
	size_t len = 120;

	if (k->ip) {
		len = ip_packet(frame, k->ip, serial);
	} else {
		frame_make(frame, len, serial);
		memcpy(frame, mac[!from], 6);
		memcpy(frame + 6, mac[from], 6);
	}
	expect(&l[0], frame, len);
	expect(&l[1], frame, len);
	is_ret(write(l[from].fd[BOTH], frame, len), len, "%s: a frame is written", k->what);
	saw(&l[from], OUT, frame, len);
	packet_saw(&l[from], OUT, frame, len);
	saw(&l[!from], IN, frame, len);
	packet_saw(&l[!from], IN, frame, len);
}

static void pair(const struct kind *k)
{
	struct look l[2];

	for (int i = 0; i < 2; i++) {
		private_net();
		net[i] = this_net();
	}
	if (ends(k)) {
		for (int i = 0; i < 2; i++) {
			must(setns(net[i], CLONE_NEWNET));
			l[i] = look_at("x", k->what, k->dlt);
		}
		for (int i = 0; i < 4; i++)
			pass(k, l, i % 2, i);
		for (int i = 0; i < 2; i++)
			look_away(&l[i]);
	}
	/* the namespaces end with all that is in them */
	close(net[0]);
	close(net[1]);
}

int main(int argc, char **argv)
{
	/* the tunnel modules shall not make interfaces of their own accord */
	file_put("/proc/sys/net/core/fb_tunnels_only_for_init_net", "2");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (argc < 2 || !strcmp(argv[1], kinds[i].what))
			pair(&kinds[i]);
	return tap_done();
}
