// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * IEEE 802.11, in radios that the kernel simulates: what an access point and its
 * station show is Ethernet, what a monitor shows is radiotap, and what is written
 * to a monitor goes on the air.  Interfaces, of a radio each:
 *
 *	wlan0  access point (hostapd)		wlan2  monitor
 *	wlan1  its station			wlan3  monitor
 */
#include "bpf.h"
#include "links.h"
#include "netlink.h"
#include <linux/filter.h>
#include <linux/nl80211.h>

#define RADIOS 4
#define LEN 200

/* A number of drivers/net/wireless/mac80211_hwsim.h. */
#define HWSIM_CMD_NEW_RADIO 4

static char wlan[RADIOS][IFNAMSIZ];
static int nl80211;

/* A radio that lasts as long as the namespace. */
static void new_radio(char *ifname)
{
	struct if_nameindex *before = if_nameindex(), *after, *i, *k;
	struct nl_request r;

	nl_begin(&r, must(nl_family("MAC80211_HWSIM")), HWSIM_CMD_NEW_RADIO, 1);
	/* the radio's number comes where an error would be, but is positive */
	if (nl_ask(&r) && errno > 0)
		must(-1);
	after = if_nameindex();
	for (i = after; i->if_index; i++) {
		for (k = before; k->if_index && k->if_index != i->if_index; k++)
			;
		if (!k->if_index)
			strcpy(ifname, i->if_name);
	}
	if_freenameindex(before);
	if_freenameindex(after);
	must(*ifname ? 0 : -1);
}

static void monitor_mode(const char *ifname)
{
	struct nl_request r;

	nl_begin(&r, nl80211, NL80211_CMD_SET_INTERFACE, 0);
	nl_put_u32(&r, NL80211_ATTR_IFINDEX, if_nametoindex(ifname));
	nl_put_u32(&r, NL80211_ATTR_IFTYPE, NL80211_IFTYPE_MONITOR);
	must(nl_ask(&r));
	if_up(ifname);
	nl_begin(&r, nl80211, NL80211_CMD_SET_WIPHY, 0);
	nl_put_u32(&r, NL80211_ATTR_IFINDEX, if_nametoindex(ifname));
	nl_put_u32(&r, NL80211_ATTR_WIPHY_FREQ, 2412);
	must(nl_ask(&r));
}

static bool access_point(void)
{
	struct nl_request r;
	int news;

	if (system("command -v hostapd >/dev/null")) {
		printf("ok %d - managed mode # SKIP hostapd is not installed\n", ++tap_count);
		return false;
	}
	sh("printf '%%s\\n' interface=%s driver=nl80211 ssid=bsdbpf hw_mode=g channel=1 "
	   ">/run/hostapd.conf && hostapd -B -P /run/hostapd.pid /run/hostapd.conf >/run/hostapd.log",
	   wlan[0]);
	/* for the frame by which mac80211 tells bridges where a new station is */
	news = bpf_on(wlan[0], 0);
	if_up(wlan[1]);
	nl_begin(&r, nl80211, NL80211_CMD_CONNECT, 0);
	nl_put_u32(&r, NL80211_ATTR_IFINDEX, if_nametoindex(wlan[1]));
	nl_put(&r, NL80211_ATTR_SSID, "bsdbpf", 6);
	nl_put_u32(&r, NL80211_ATTR_WIPHY_FREQ, 2412);
	must(nl_ask(&r));
	wait_running(wlan[1]);
	must(wait_until(bpf_stats(news).bs_recv) ? 0 : -1);
	close(news);
	return true;
}

/*
 * A program for the frames of a monitor that are data with our type in the LLC
 * header and this byte behind it.  It has to get past a radiotap header, whose
 * little-endian length is at 2.
 */
#define DATA_FILTER(serial) {						\
	{ 0x30, 0, 0, 3 },		/* ldb [3] */			\
	{ 0x64, 0, 0, 8 },		/* lsh #8 */			\
	{ 0x07, 0, 0, 0 },		/* tax */			\
	{ 0x30, 0, 0, 2 },		/* ldb [2] */			\
	{ 0x4c, 0, 0, 0 },		/* or x */			\
	{ 0x07, 0, 0, 0 },		/* tax */			\
	{ 0x50, 0, 0, 0 },		/* ldb [x + 0] */		\
	{ 0x15, 0, 5, 0x08 },		/* jeq data */			\
	{ 0x48, 0, 0, 24 + 6 },		/* ldh [x + 30] */		\
	{ 0x15, 0, 3, FRAME_TYPE },	/* jeq our type */		\
	{ 0x50, 0, 0, 24 + 8 + 3 },	/* ldb [x + 35] */		\
	{ 0x15, 0, 1, serial },		/* jeq serial number */		\
	{ 0x06, 0, 0, 4000 },						\
	{ 0x06, 0, 0, 0 },						\
}

/* Both kinds of listeners on a monitor shall get the same. */
static void listen_for(struct look *mon, uint32_t serial)
{
	struct bpf_insn insns[] = DATA_FILTER(serial);
	struct sock_filter same[] = DATA_FILTER(serial);
	struct bpf_program prog = { ARRAY_SIZE(insns), insns };
	struct sock_fprog fprog = { ARRAY_SIZE(same), same };
	char old[1];

	for (int i = 0; i < DESCS; i++)
		must(ioctl(mon->fd[i], BIOCSETF, &prog));
	must(setsockopt(mon->packet, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog)));
	/* unlike a descriptor it keeps what it has got */
	while (recv(mon->packet, old, sizeof(old), 0) >= 0)
		;
}

/* One frame came to the monitor, which ends like this. */
static void monitored(struct look *mon, int direction, const uint8_t *end, size_t len)
{
	struct sockaddr_ll from;
	socklen_t fromlen = sizeof(from);
	uint8_t frame[SIZE];
	ssize_t n = -1;
	int radiotap;

	wait_until((n = recvfrom(mon->packet, frame, SIZE, 0, (void *)&from, &fromlen)) >= 0);
	radiotap = n > 4 ? frame[2] | frame[3] << 8 : 0;
	wait_until(bpf_buffered(mon->fd[MISS]));
	ok(n > 0 && holds(mon, direction, frame, n), "%s: byte for byte what a packet socket sees",
	   mon->what);
	ok(n == radiotap + 24 + (ssize_t)len && !memcmp(frame + n - len, end, len) &&
	   frame[radiotap] == 0x08, "%s: the data is in it, and no checksum", mon->what);
	ok(holds_nothing(mon, IN + OUT - direction) && from.sll_pkttype != PACKET_OUTGOING,
	   "%s: as being received", mon->what);
	tcpdump_says(mon->what, DLT_IEEE802_11_RADIO, frame, n, "link-type IEEE802_11_RADIO");
}

/* Ethernet between station and access point, radiotap on the monitor. */
static void managed(struct look *mon)
{
	static const uint8_t llc[] = { 0xaa, 0xaa, 3, 0, 0, 0, FRAME_TYPE >> 8, FRAME_TYPE & 0xff };
	struct look l[2] = { look_at(wlan[0], "access point", DLT_EN10MB),
			     look_at(wlan[1], "station", DLT_EN10MB) };
	uint8_t frame[LEN], mac[2][6], end[LEN];

	for (int i = 0; i < 2; i++)
		if_hwaddr(wlan[i], mac[i]);
	for (int from = 1; from >= 0; from--) {
		frame_make(frame, LEN, 50 + from);
		memcpy(frame, mac[!from], 6);
		memcpy(frame + 6, mac[from], 6);
		listen_for(mon, 50 + from);
		expect(&l[0], frame, LEN);
		expect(&l[1], frame, LEN);
		is_ret(write(l[from].fd[BOTH], frame, LEN), LEN, "%s: a frame is written",
		       l[from].what);
		saw(&l[from], OUT, frame, LEN);
		packet_saw(&l[from], OUT, frame, LEN);
		saw(&l[!from], IN, frame, LEN);
		packet_saw(&l[!from], IN, frame, LEN);
		memcpy(end, llc, 8);
		memcpy(end + 8, frame + 14, LEN - 14);
		monitored(mon, IN, end, LEN - 14 + 8);
	}
	look_away(&l[0]);
	look_away(&l[1]);
}

/* What is written to one monitor, another one hears. */
static void injected(struct look *from, struct look *to)
{
	/* radiotap without any field; data, not to or from an access point, for all */
	uint8_t frame[8 + 24 + 8 + 100] = {
		0, 0, 8, 0, 0, 0, 0, 0,
		0x08, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9,
		2, 0, 0, 0, 0, 9, 0, 0,
		0xaa, 0xaa, 3, 0, 0, 0, FRAME_TYPE >> 8, FRAME_TYPE & 0xff, 0, 0, 0, 77,
	};
	const struct bpf_hdr *rec;
	char buf[SIZE];
	ssize_t n;

	for (size_t i = 44; i < sizeof(frame); i++)
		frame[i] = i;
	listen_for(from, 77);
	listen_for(to, 77);
	is_ret(write(from->fd[BOTH], frame, sizeof(frame)), sizeof(frame),
	       "monitor: a frame is written");
	n = bpf_drain(from->fd[OUT], buf, SIZE);
	rec = (void *)buf;
	ok(n > 0 && record_count(buf, n) == 1 && rec->bh_caplen == sizeof(frame) &&
	   rec->bh_hdrlen == 32 && !memcmp(record_data(rec), frame, sizeof(frame)),
	   "monitor: it is seen once as being sent");
	/* mac80211 shows each monitor what was sent on its radio, as received */
	ok(wait_until(bpf_buffered(from->fd[IN])),
	   "monitor: and once as received, with what the radio says of it");
	monitored(to, IN, frame + 32, sizeof(frame) - 32);
}

int main(void)
{
	struct look mon[2];

	private_net();
	if (!made("802.11", "modprobe mac80211_hwsim radios=0"))
		return tap_done();
	for (int i = 0; i < RADIOS; i++)
		new_radio(wlan[i]);
	nl80211 = must(nl_family(NL80211_GENL_NAME));
	for (int i = 0; i < 2; i++) {
		monitor_mode(wlan[2 + i]);
		mon[i] = look_at(wlan[2 + i], i ? "second monitor" : "monitor",
				 DLT_IEEE802_11_RADIO);
	}
	injected(&mon[0], &mon[1]);
	if (access_point()) {
		managed(&mon[0]);
		sh("kill $(cat /run/hostapd.pid)");
	}
	for (int i = 0; i < 2; i++) {
		for (int k = 0; k < DESCS; k++)
			close(mon[i].fd[k]);
		close(mon[i].packet);
	}
	return tap_done();
}
