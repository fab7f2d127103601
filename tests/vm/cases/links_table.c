// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Every hardware type that has a link type, also those whose interfaces need
 * hardware that no test machine has: a tun interface can be told which type it
 * has (TUNSETLINK), and carries whatever bytes its file is given.
 */
#include "bpf.h"
#include "links.h"
#include <linux/if_arp.h>
#include <linux/if_tun.h>

/* What of the frames on such an interface is shown differently. */
enum { AS_IS, NETLINK, IPOIB };

static const struct row {
	const char *name;
	unsigned short type;
	unsigned int dlt;
	int writable;		/* as in FreeBSD's bpf_movein() */
	int shown;
} rows[] = {
#define ROW(type, dlt, ...) { #type, ARPHRD_##type, DLT_##dlt, __VA_ARGS__ }
	ROW(METRICOM, EN10MB, 1, 0),
	ROW(EETHER, EN3MB, 0, 0),
	ROW(AX25, AX25_KISS, 0, 0),
	ROW(PRONET, PRONET, 0, 0),
	ROW(CHAOS, CHAOS, 0, 0),
	ROW(IEEE802, IEEE802, 0, 0),
	ROW(IEEE802_TR, IEEE802, 0, 0),
	ROW(ARCNET, ARCNET_LINUX, 0, 0),
	ROW(FDDI, FDDI, 1, 0),
	ROW(FCPP, IP_OVER_FC, 0, 0),
	ROW(FCAL, IP_OVER_FC, 0, 0),
	ROW(FCPL, IP_OVER_FC, 0, 0),
	ROW(FCFABRIC, IP_OVER_FC, 0, 0),
	ROW(IEEE80211, IEEE802_11, 1, 0),
	ROW(IEEE80211_PRISM, PRISM_HEADER, 0, 0),
	ROW(IEEE80211_RADIOTAP, IEEE802_11_RADIO, 1, 0),
	ROW(IEEE802154, IEEE802_15_4_NOFCS, 0, 0),
	ROW(IEEE802154_MONITOR, IEEE802_15_4_WITHFCS, 0, 0),
	ROW(CISCO, C_HDLC, 0, 0),
	ROW(FRAD, FRELAY, 0, 0),
	ROW(INFINIBAND, IPOIB, 0, IPOIB),
	ROW(NETLINK, NETLINK, 0, NETLINK),
	ROW(VSOCKMON, VSOCK, 0, 0),
	ROW(NONE, RAW, 1, 0),
	ROW(RAWIP, RAW, 1, 0),
	ROW(RAWHDLC, RAW, 1, 0),
	ROW(DLCI, RAW, 1, 0),
	ROW(PPP, RAW, 1, 0),		/* no header of its own here */
	ROW(SLIP, RAW, 1, 0),
	ROW(CSLIP, RAW, 1, 0),
	ROW(SLIP6, RAW, 1, 0),
	ROW(CSLIP6, RAW, 1, 0),
	ROW(ADAPT, RAW, 1, 0),
	ROW(TUNNEL, RAW, 1, 0),
	ROW(TUNNEL6, RAW, 1, 0),
	ROW(SIT, RAW, 1, 0),
	ROW(IPGRE, RAW, 1, 0),
	ROW(IP6GRE, RAW, 1, 0),
	ROW(6LOWPAN, RAW, 1, 0),
};

/* An interface of this type, and the file behind it. */
static int tun_of(unsigned short type)
{
	struct ifreq ifr = { .ifr_name = "tun9", .ifr_flags = IFF_TUN };
	int file = must(open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));

	must(ioctl(file, TUNSETIFF, &ifr));
	must(ioctl(file, TUNSETLINK, (long)type));
	if_up("tun9");
	return file;
}

/* What is shown of a frame; its protocol is FRAME_TYPE. */
static size_t shown(uint8_t *to, int how, int pkttype, const uint8_t *frame, size_t len)
{
	size_t n = 0;

	if (how == NETLINK) {
		/* LINKTYPE_NETLINK: ARPHRD_NETLINK at 2, the protocol at 14 */
		memset(to, 0, 16);
		to[1] = pkttype;
		to[2] = ARPHRD_NETLINK >> 8;
		to[3] = ARPHRD_NETLINK & 0xff;
		to[14] = FRAME_TYPE >> 8;
		to[15] = FRAME_TYPE & 0xff;
		n = 16;
	} else if (how == IPOIB) {
		/*
		 * tcpdump's print-ipoib.c: 40 bytes of global route header, the
		 * last 16 of them the receiver's GID, which is behind the queue
		 * pair number in struct ipoib_pseudo_header.
		 */
		memset(to, 0, 24);
		n = 24;
		frame += 4;
		len -= 4;
	}
	memcpy(to + n, frame, len);
	return n + len;
}

static void row(const struct row *r)
{
	uint8_t raw[4 + 120], *frame = raw + 4, want[160], back[200];
	int file = tun_of(r->type);
	struct look l = look_at("tun9", r->name, r->dlt);
	size_t n, len = 120;

	memcpy(raw, (uint8_t []){ 0, 0, FRAME_TYPE >> 8, FRAME_TYPE & 0xff }, 4);
	frame_make(frame, len, r->type);
	n = shown(want, r->shown, PACKET_HOST, frame, len);
	expect(&l, want, n);
	must(write(file, raw, sizeof(raw)));
	saw(&l, IN, want, n);
	packet_saw(&l, IN, frame, len);

	frame_make(frame, len, r->type + 1);
	n = shown(want, r->shown, PACKET_OUTGOING, frame, len);
	expect(&l, want, n);
	send_on("tun9", FRAME_TYPE, frame, len);
	saw(&l, OUT, want, n);
	packet_saw(&l, OUT, frame, len);
	must(read(file, back, sizeof(back)));

	frame_make(frame, len, r->type + 2);
	if (r->writable) {
		expect(&l, frame, len);
		is_ret(write(l.fd[BOTH], frame, len), len, "%s: is written", r->name);
		ok(read(file, back, sizeof(back)) == (ssize_t)len + 4 &&
		   !memcmp(back + 4, frame, len), "%s: and comes out of it", r->name);
		saw(&l, OUT, frame, len);
	} else {
		is_errno(write(l.fd[BOTH], frame, len), EIO, "%s: cannot be written", r->name);
	}
	look_away(&l);
	close(file);
}

int main(void)
{
	/* among them one that was never given out */
	static const unsigned short without[] = {
		ARPHRD_NETROM, ARPHRD_ATM, ARPHRD_IEEE1394, ARPHRD_LOCALTLK, ARPHRD_HIPPI,
		ARPHRD_PHONET, ARPHRD_VOID, 40000,
	};

	private_net();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		row(&rows[i]);
	for (size_t i = 0; i < ARRAY_SIZE(without); i++) {
		int file = tun_of(without[i]), fd = bpf_open(O_RDWR);

		is_errno(bpf_setif(fd, "tun9"), ENXIO, "type %u has no link type", without[i]);
		close(fd);
		close(file);
	}
	printf("ok %d - an IPoIB interface # SKIP needs InfiniBand: ipoib refuses soft-RoCE\n",
	       ++tap_count);
	return tap_done();
}
