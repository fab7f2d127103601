// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Interfaces that stand upon others, and which of them shows what.  As on FreeBSD:
 *
 *	bridge	shows what the host sends on it (bridge_transmit()), what comes in for
 *		the host or for all, and what it forwards (bridge_forward(), "push it
 *		through the bpf(4) machinery"), once each; a port shows its own.  On
 *		Linux the last is so only for descriptors in promiscuous mode: else the
 *		stack is never shown what a bridge forwards.
 *	lagg	(bond, team) shows what is sent on it (lagg_transmit()) and what comes
 *		in on any port (lagg_input()), once; a port shows its own, in
 *		ether_input_internal() and the driver's transmit.
 *	vlan	its parent shows the frames with their tag, both ways (vlan_transmit(),
 *		ETHER_BPF_MTAP()).  More in links_vlan.c.
 *
 *	ha ------- p --+		+-- r ------- hc
 *		       bri	bo
 *	hb ------- q --+		+-- s ------- hd
 */
#include "bpf.h"
#include "links.h"

#define LEN 100

static struct look looks[8];
static uint8_t mac[8][6];
static int count;

static struct look *look(const char *ifname, const char *what)
{
	if_hwaddr(ifname, mac[count]);
	looks[count] = look_at(ifname, what, DLT_EN10MB);
	return &looks[count++];
}

static int of(const char *ifname)
{
	int i;

	for (i = 0; strcmp(looks[i].ifname, ifname); i++)
		;
	return i;
}

/* A frame sent on one interface is seen on these, "<" received or ">" sent. */
static void passes(const char *what, const char *on, const uint8_t *to, const uint8_t *from,
		   const char *const shown[5], int tag)
{
	static uint32_t serial;
	uint8_t frame[LEN + 4], tagged[LEN + 4];
	struct look *l;

	frame_make(frame, LEN, ++serial);
	memcpy(frame, to, 6);
	memcpy(frame + 6, from, 6);
	memcpy(tagged, frame, 12);
	memcpy(tagged + 12, (uint8_t []){ 0x81, 0, 0, tag }, 4);
	memcpy(tagged + 16, frame + 12, LEN - 12);
	printf("# %s\n", what);
	for (int i = 0; i < count; i++)
		expect(&looks[i], tag ? tagged : frame, tag ? LEN + 4 : LEN);
	send_on(on, FRAME_TYPE, frame, LEN);
	for (int i = 0; i < 5 && shown[i]; i++) {
		l = &looks[of(shown[i] + 1)];
		saw(l, *shown[i] == '<' ? IN : OUT, tag ? tagged : frame, tag ? LEN + 4 : LEN);
	}
}

#define SHOWN(...) ((const char *const [5]){ __VA_ARGS__ })

static void end_looks(void)
{
	while (count)
		look_away(&looks[--count]);
}

static void bridge(void)
{
	static const uint8_t all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const uint8_t a[6] = { 2, 0, 0, 0, 1, 1 }, b[6] = { 2, 0, 0, 0, 1, 2 };
	uint8_t *br;
	int promisc;

	sh("ip link add ha address 02:00:00:00:01:01 type veth peer name p && "
	   "ip link add hb address 02:00:00:00:01:02 type veth peer name q && "
	   "ip link add bri address 02:00:00:00:01:03 type bridge mcast_snooping 0 && "
	   "for i in p q; do ip link set $i master bri; done && "
	   "for i in ha hb p q bri; do ip link set $i up; done");
	wait_running("p");
	wait_running("q");
	wait_running("bri");
	look("p", "port p");
	look("q", "port q");
	look("bri", "the bridge");
	br = mac[of("bri")];

	passes("for all, so that the bridge learns where ha is", "ha", all, a,
	       SHOWN("<p", "<bri", ">q"), 0);
	passes("for all, from hb", "hb", all, b, SHOWN("<q", "<bri", ">p"), 0);
	passes("for the host", "ha", br, a, SHOWN("<p", "<bri"), 0);
	passes("from the host", "bri", a, br, SHOWN(">bri", ">p"), 0);
	passes("forwarded, not in promiscuous mode", "ha", b, a, SHOWN("<p", ">q"), 0);
	promisc = bpf_on("bri", 0);
	must(ioctl(promisc, BIOCPROMISC));
	passes("forwarded, in promiscuous mode", "ha", b, a, SHOWN("<p", "<bri", ">q"), 0);
	passes("for the host, in promiscuous mode", "ha", br, a, SHOWN("<p", "<bri"), 0);
	end_looks();
	close(promisc);
}

static void link_aggregation(void)
{
	static const uint8_t c[6] = { 2, 0, 0, 0, 2, 1 }, d[6] = { 2, 0, 0, 0, 2, 2 };
	cpu_set_t one;
	uint8_t *bo;

	/* each processor has its own turns */
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	must(sched_setaffinity(0, sizeof(one), &one));
	if (!made("bond", "ip link add hc type veth peer name r && "
		  "ip link add hd type veth peer name s && "
		  "ip link add bo type bond mode balance-rr && "
		  "for i in r s; do ip link set $i master bo; done && "
		  "for i in hc hd bo; do ip link set $i up; done"))
		return;
	wait_running("r");
	wait_running("s");
	wait_running("bo");
	look("r", "member r");
	look("s", "member s");
	look("bo", "the bond");
	bo = mac[of("bo")];
	passes("received by one member", "hc", bo, c, SHOWN("<r", "<bo"), 0);
	passes("received by the other", "hd", bo, d, SHOWN("<s", "<bo"), 0);
	passes("sent, by members in turn", "bo", c, bo, SHOWN(">bo", ">s"), 0);
	passes("sent, again", "bo", c, bo, SHOWN(">bo", ">r"), 0);
	end_looks();

	/* the VLAN's parent is the bond: the tag is in all that is below bo.5 */
	sh("ip link add bo.5 link bo up type vlan id 5 && "
	   "ip link add hc.5 link hc up type vlan id 5 && ip link set hc.5 up");
	wait_running("bo.5");
	look("r", "member r");
	look("s", "member s");
	look("bo", "the bond, a VLAN's parent");
	passes("a VLAN's frame, sent", "bo.5", c, bo, SHOWN(">bo", ">s"), 5);
	passes("a VLAN's frame, received", "hc.5", bo, c, SHOWN("<r", "<bo"), 5);
	end_looks();
}

int main(void)
{
	private_net();
	bridge();
	link_aggregation();
	return tap_done();
}
