// SPDX-License-Identifier: GPL-2.0
/*
 * Link types: which DLT the frames of a Linux interface are, how long their
 * link header is, what may be written.  Knows hardware types only.
 *
 * Sources: include/uapi/linux/if_arp.h, https://www.tcpdump.org/linktypes.html,
 * the drivers named below.
 */
#include "bsdbpf.h"

#include <linux/if_arp.h>

static const struct {
	u16 type;	/* ARPHRD_* */
	u16 dlt;
} bsdbpf_dlts[] = {
	{ ARPHRD_ETHER, DLT_EN10MB },
	{ ARPHRD_LOOPBACK, DLT_EN10MB },	/* has an Ethernet header */
	{ ARPHRD_METRICOM, DLT_EN10MB },
	{ ARPHRD_EETHER, DLT_EN3MB },
	{ ARPHRD_AX25, DLT_AX25_KISS },
	{ ARPHRD_PRONET, DLT_PRONET },
	{ ARPHRD_CHAOS, DLT_CHAOS },
	{ ARPHRD_IEEE802, DLT_IEEE802 },
	{ ARPHRD_IEEE802_TR, DLT_IEEE802 },
	{ ARPHRD_ARCNET, DLT_ARCNET_LINUX },
	{ ARPHRD_FDDI, DLT_FDDI },
	{ ARPHRD_FCPP, DLT_IP_OVER_FC },
	{ ARPHRD_FCAL, DLT_IP_OVER_FC },
	{ ARPHRD_FCPL, DLT_IP_OVER_FC },
	{ ARPHRD_FCFABRIC, DLT_IP_OVER_FC },
	{ ARPHRD_IEEE80211, DLT_IEEE802_11 },
	{ ARPHRD_IEEE80211_PRISM, DLT_PRISM_HEADER },
	{ ARPHRD_IEEE80211_RADIOTAP, DLT_IEEE802_11_RADIO },
	{ ARPHRD_IEEE802154, DLT_IEEE802_15_4_NOFCS },
	{ ARPHRD_IEEE802154_MONITOR, DLT_IEEE802_15_4_WITHFCS },
	{ ARPHRD_CAN, DLT_CAN_SOCKETCAN },
	{ ARPHRD_CISCO, DLT_C_HDLC },
	{ ARPHRD_FRAD, DLT_FRELAY },
	{ ARPHRD_INFINIBAND, DLT_IPOIB },
	{ ARPHRD_NETLINK, DLT_NETLINK },
	{ ARPHRD_VSOCKMON, DLT_VSOCK },
	/* Interfaces whose frames begin with the IP header. */
	{ ARPHRD_NONE, DLT_RAW },		/* tun, wireguard */
	{ ARPHRD_RAWIP, DLT_RAW },
	{ ARPHRD_RAWHDLC, DLT_RAW },
	{ ARPHRD_DLCI, DLT_RAW },		/* a circuit of hdlc_fr */
	{ ARPHRD_SLIP, DLT_RAW },
	{ ARPHRD_CSLIP, DLT_RAW },
	{ ARPHRD_SLIP6, DLT_RAW },
	{ ARPHRD_CSLIP6, DLT_RAW },
	{ ARPHRD_ADAPT, DLT_RAW },		/* slip's own choice of these */
	{ ARPHRD_TUNNEL, DLT_RAW },
	{ ARPHRD_TUNNEL6, DLT_RAW },
	{ ARPHRD_SIT, DLT_RAW },
	{ ARPHRD_IPGRE, DLT_RAW },
	{ ARPHRD_IP6GRE, DLT_RAW },
	{ ARPHRD_6LOWPAN, DLT_RAW },		/* before it is compressed */
};

/**
 * bsdbpf_dlt_of() - the link type of an interface's frames
 * @dev: interface
 *
 * Return: a DLT_*, or -ENXIO if this driver has no link type for it.
 */
int bsdbpf_dlt_of(const struct net_device *dev)
{
	size_t i;

	/*
	 * ppp_generic puts its header on below the tap; the HDLC drivers
	 * (hdlc_ppp.c) above it, address and control bytes included.
	 */
	if (dev->type == ARPHRD_PPP)
		return dev_has_header(dev) ? DLT_PPP : DLT_RAW;
	for (i = 0; i < ARRAY_SIZE(bsdbpf_dlts); i++)
		if (bsdbpf_dlts[i].type == dev->type)
			return bsdbpf_dlts[i].dlt;
	return -ENXIO;
}

/**
 * bsdbpf_dlt_linkhdr() - bytes of link header that precede the network header
 * @dlt: a DLT_* of bsdbpf_dlt_of()
 *
 * Records are laid out so that what follows the link header is aligned; the
 * lengths are those that FreeBSD's drivers register, 0 where the header's
 * length varies.
 */
u16 bsdbpf_dlt_linkhdr(u32 dlt)
{
	switch (dlt) {
	case DLT_EN10MB:
		return 14;
	case DLT_PPP:
		return 4;
	case DLT_IEEE802_11:
		return 24;
	default:
		return 0;
	}
}

/**
 * bsdbpf_dlt_writehdr() - bytes of link header that a written frame must have
 * @bif: interface
 *
 * The MTU is compared with what follows them.
 *
 * Return: their number, or -EIO if such frames cannot be written.
 */
int bsdbpf_dlt_writehdr(const struct bsdbpf_if *bif)
{
	switch (bif->dlt) {
	case DLT_EN10MB:
		return 14;
	case DLT_PPP:
		return 4;
	case DLT_RAW:
		/* see bsdbpf_frame_start(): the driver wants what is not shown */
		return dev_has_header(bif->dev) ? -EIO : 0;
	case DLT_FDDI:
	case DLT_IEEE802_11:
	case DLT_IEEE802_11_RADIO:
		return 0;
	default:
		return -EIO;
	}
}
