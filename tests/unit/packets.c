// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Made-up Ethernet frames, written from one line each. Checksums are 0: no
 * filter verifies them. Addresses are those reserved for documentation.
 */
#include <string.h>

#include "array.h"
#include "packets.h"

enum { ARP = 0x0806, IP = 0x0800, IP6 = 0x86dd, LLDP = 0x88cc };
enum { ICMP = 1, TCP = 6, UDP = 17, GRE = 47, FRAGMENT = 44, ICMP6 = 58 };
enum { SYN = 0x02, RST = 0x04, ACK = 0x10 };

struct line {
	const char *name;
	u16 ethertype;
	u8 proto;
	u16 sport, dport;	/* for ICMP: type and code */
	u8 flags;		/* of TCP */
	u16 frag;		/* flags and fragment offset of IPv4 */
	u8 options;		/* words of IPv4 options */
	u8 tags;		/* VLAN tags, the outermost with id 7 */
	u8 host;		/* last byte of the source address */
	const char *payload;
};

static const struct line lines[] = {
	{ "arp", ARP, .host = 1 },
	{ "lldp", LLDP, .payload = "switch" },
	{ "tcp syn", IP, TCP, 40000, 80, SYN, .host = 1 },
	{ "tcp syn+ack", IP, TCP, 80, 40000, SYN | ACK, .host = 2 },
	{ "tcp data", IP, TCP, 1500, 80, ACK, .host = 1,
	  .payload = "GET / HTTP/1.1\r\n" },
	{ "tcp ssh", IP, TCP, 50000, 22, RST, .host = 1 },
	{ "tcp with IP options", IP, TCP, 40001, 80, ACK, .options = 10,
	  .host = 1, .payload = "GET /index.html" },
	{ "udp dns", IP, UDP, 53, 1024, .host = 53, .payload = "answer" },
	{ "udp empty", IP, UDP, 5353, 5353, .host = 3 },
	{ "udp large", IP, UDP, 1999, 9, .host = 3, .payload =
	  "0123456789abcdef0123456789abcdef0123456789abcdef"
	  "0123456789abcdef0123456789abcdef0123456789abcdef" },
	{ "udp first fragment", IP, UDP, 53, 53, .frag = 0x2000, .host = 1,
	  .payload = "first part" },
	{ "udp last fragment", IP, UDP, 53, 53, .frag = 0x0040, .host = 1,
	  .payload = "last part" },
	{ "icmp echo", IP, ICMP, 8, 0, .host = 1, .payload = "ping" },
	{ "icmp reply", IP, ICMP, 0, 0, .host = 2, .payload = "ping" },
	{ "gre", IP, GRE, .host = 4 },
	{ "protocol 0", IP, 0, .host = 4, .payload = "divides by zero" },
	{ "ip6 tcp", IP6, TCP, 443, 41000, ACK, .host = 1, .payload = "tls" },
	{ "ip6 udp", IP6, UDP, 546, 547, .host = 2 },
	{ "ip6 ping", IP6, ICMP6, 128, 0, .host = 1 },
	{ "ip6 fragment", IP6, FRAGMENT, .host = 1, .payload = "part" },
	{ "vlan tcp", IP, TCP, 40000, 80, SYN, .tags = 1, .host = 1 },
	{ "vlan arp", ARP, .tags = 1, .host = 1 },
	{ "vlan ip6", IP6, UDP, 53, 53, .tags = 1, .host = 1 },
	{ "vlan in vlan", IP, UDP, 53, 1025, .tags = 2, .host = 1 },
};

static void put(struct packet *p, const void *bytes, u32 len)
{
	memcpy(p->bytes + p->len, bytes, len);
	p->len += len;
}

static void put8(struct packet *p, u8 value)
{
	put(p, &value, 1);
}

static void put16(struct packet *p, u16 value)
{
	put8(p, value >> 8);
	put8(p, value);
}

static void put_ip4_address(struct packet *p, u8 host)
{
	put(p, "\xc0\x00\x02", 3);	/* 192.0.2.0/24 */
	put8(p, host);
}

static void put_ip6_address(struct packet *p, u8 host)
{
	/* 2001:db8::/32 */
	put(p, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0", 15);
	put8(p, host);
}

static void put_ethernet(struct packet *p, const struct line *line)
{
	bool multicast = line->ethertype == LLDP || line->ethertype == ARP;

	put(p, multicast ? "\xff\xff\xff\xff\xff\xff" : "\x02\0\0\0\0\x99", 6);
	put(p, "\x02\0\0\0\0", 5);
	put8(p, line->host);
	for (int tag = 0; tag < line->tags; tag++) {
		put16(p, tag + 1 < line->tags ? 0x88a8 : 0x8100);
		put16(p, 0x2000 | (7 + tag));
	}
	put16(p, line->ethertype);
}

static void put_arp(struct packet *p, u8 host)
{
	put(p, "\0\x01\x08\0\x06\x04\0\x01", 8);
	put(p, "\x02\0\0\0\0", 5);
	put8(p, host);
	put_ip4_address(p, host);
	put(p, "\0\0\0\0\0\0", 6);
	put_ip4_address(p, 99);
}

static u32 transport_length(const struct line *line)
{
	u32 header = line->proto == TCP ? 20 : 8;

	return header + (line->payload ? strlen(line->payload) : 0);
}

static void put_ip4(struct packet *p, const struct line *line)
{
	put8(p, 0x45 + line->options);
	put8(p, 0);
	put16(p, 20 + line->options * 4 + transport_length(line));
	put16(p, 0x1234);
	put16(p, line->frag);
	put8(p, 64);
	put8(p, line->proto);
	put16(p, 0);
	put_ip4_address(p, line->host);
	put_ip4_address(p, 99);
	for (int i = 0; i < line->options * 4; i++)
		put8(p, 1);	/* no operation */
}

static void put_ip6(struct packet *p, const struct line *line)
{
	put(p, "\x60\0\0\0", 4);
	put16(p, transport_length(line));
	put8(p, line->proto);
	put8(p, 64);
	put_ip6_address(p, line->host);
	put_ip6_address(p, 0x99);
}

static void put_transport(struct packet *p, const struct line *line)
{
	switch (line->proto) {
	case TCP:
		put16(p, line->sport);
		put16(p, line->dport);
		put(p, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
		put8(p, 0x50);
		put8(p, line->flags);
		put(p, "\x20\0\0\0\0\0", 6);
		break;
	case ICMP:
	case ICMP6:
		put8(p, line->sport);
		put8(p, line->dport);
		put(p, "\0\0\x12\x34\0\x01", 6);
		break;
	default:	/* UDP, and 8 bytes of anything */
		put16(p, line->sport);
		put16(p, line->dport);
		put16(p, transport_length(line));
		put16(p, 0);
	}
}

unsigned int packets_count(void)
{
	return ARRAY_SIZE(lines);
}

struct packet packets_make(unsigned int index)
{
	const struct line *line = &lines[index];
	struct packet p = { .name = line->name };

	put_ethernet(&p, line);
	if (line->ethertype == ARP)
		put_arp(&p, line->host);
	else if (line->ethertype == IP)
		put_ip4(&p, line);
	else if (line->ethertype == IP6)
		put_ip6(&p, line);
	if (line->ethertype == IP || line->ethertype == IP6)
		put_transport(&p, line);
	if (line->payload)
		put(&p, line->payload, strlen(line->payload));
	return p;
}
