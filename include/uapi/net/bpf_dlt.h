/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-2-Clause */
/*
 * Link-layer types that BIOCGDLT reports: those that a Linux interface can
 * have.  Numbers: https://www.tcpdump.org/linktypes.html (as DLT_ values where
 * the two differ).  The map from Linux hardware types is in src/dlt.c.
 */
#ifndef _NET_BPF_DLT_H_
#define _NET_BPF_DLT_H_

#define DLT_NULL	0	/* 4-byte address family, host order */
#define DLT_EN10MB	1	/* Ethernet */
#define DLT_EN3MB	2	/* experimental Ethernet */
#define DLT_AX25	3	/* amateur radio */
#define DLT_PRONET	4	/* Proteon token ring */
#define DLT_CHAOS	5	/* Chaosnet */
#define DLT_IEEE802	6	/* token ring */
#define DLT_PPP		9	/* PPP with its HDLC header */
#define DLT_FDDI	10	/* FDDI */
#define DLT_RAW		12	/* IP, no link header */
#define DLT_C_HDLC	104	/* Cisco HDLC */
#define DLT_IEEE802_11	105	/* 802.11 frames */
#define DLT_FRELAY	107	/* frame relay */
#define DLT_PRISM_HEADER 119	/* 802.11 behind a Prism header */
#define DLT_IP_OVER_FC	122	/* IP over Fibre Channel */
#define DLT_IEEE802_11_RADIO 127 /* 802.11 behind a radiotap header */
#define DLT_ARCNET_LINUX 129	/* ARCNET as Linux frames it */
#define DLT_IEEE802_15_4_WITHFCS 195 /* 802.15.4 with checksum */
#define DLT_AX25_KISS	202	/* AX.25 behind a KISS byte */
#define DLT_CAN_SOCKETCAN 227	/* CAN (FD, XL) frames, identifier big-endian */
#define DLT_IEEE802_15_4_NOFCS 230 /* 802.15.4 without checksum */
#define DLT_IPOIB	242	/* IP over InfiniBand, 40 + 4 bytes of header */
#define DLT_NETLINK	253	/* netlink messages behind a 16-byte header */
#define DLT_VSOCK	271	/* vsockmon */

#endif /* _NET_BPF_DLT_H_ */
