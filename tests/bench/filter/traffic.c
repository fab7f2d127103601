// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The packets that are measured, the same in every run: a mix as on a busy link
 * between a data centre and its customers, and one flow. Checksums are 0: no filter
 * verifies them. What a packet carries is of no interest but for its first bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { ARP = 0x0806, IP = 0x0800, IP6 = 0x86dd, LLDP = 0x88cc };
enum { VLAN = 0x8100, QINQ = 0x88a8, MPLS = 0x8847, PPPOES = 0x8864 };
enum { ICMP = 1, TCP = 6, UDP = 17, GRE = 47, ICMP6 = 58 };
enum { FIRST = 0x2000, LATER = 0x00b9 };	/* flags and offset of fragments */
enum { SYN = 0x02, PSH = 0x08, ACK = 0x10 };
enum { LONGEST = 1514, SHORTEST = 60 };

/* One kind of packet, and how many of a thousand are of it. */
struct shape {
	u16 weight, outer, ethertype;
	u8 proto;
	u16 fragment;
};

static const struct shape shapes[] = {
	{ 300, 0, IP, TCP },
	{ 150, 0, IP, UDP },
	{ 40, 0, IP, ICMP },
	{ 10, 0, IP, GRE },
	{ 20, 0, IP, TCP, FIRST },
	{ 20, 0, IP, TCP, LATER },
	{ 10, 0, IP, UDP, LATER },
	{ 40, 0, ARP },
	{ 10, 0, LLDP },
	{ 90, 0, IP6, TCP },
	{ 40, 0, IP6, UDP },
	{ 20, 0, IP6, ICMP6 },
	{ 70, VLAN, IP, TCP },
	{ 20, VLAN, IP, UDP },
	{ 10, VLAN, IP6, TCP },
	{ 10, VLAN, ARP },
	{ 20, QINQ, IP, TCP },
	{ 40, MPLS, IP, TCP },
	{ 20, MPLS, IP, UDP },
	{ 40, PPPOES, IP, TCP },
	{ 20, PPPOES, IP, UDP },
};

/* The state of xorshift32, never 0. */
static u32 seed;

static u32 any(u32 below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return (u64)seed * below >> 32;
}

static bool chance(u32 percent)
{
	return any(100) < percent;
}

static void put(struct frame *f, const void *bytes, u32 len)
{
	memcpy(f->bytes + f->len, bytes, len);
	f->len += len;
}

static void put8(struct frame *f, u8 value)
{
	f->bytes[f->len++] = value;
}

static void put16(struct frame *f, u16 value)
{
	put8(f, value >> 8);
	put8(f, value);
}

static void put32(struct frame *f, u32 value)
{
	put16(f, value >> 16);
	put16(f, value);
}

/* One of many hosts; some are met more often. */
static u32 any_host(void)
{
	u32 dice = any(100);

	if (dice < 12)
		return 0x0a000001;
	if (dice < 22)
		return filters_host(any(BENCH_HOSTS));
	if (dice < 50)
		return 0x0a000000 | any(1 << 12);
	if (dice < 65)
		return 0xc0a80000 | any(1 << 10);
	return 0x20000000 + any(0x60000000);
}

static u16 any_server(u8 proto)
{
	static const u16 tcp[] = { 25, 110, 143, 389, 445, 993, 3306, 3389, 5432, 8080 };
	static const u16 udp[] = { 67, 123, 161, 500, 514, 1900, 3478, 5060, 5353 };
	u32 dice = any(100);

	if (dice < 12)
		return filters_port(any(BENCH_PORTS));
	if (proto == UDP)
		return dice < 45 ? 53 : dice < 75 ? 443 : udp[any(ARRAY_SIZE(udp))];
	return dice < 45 ? 443 : dice < 75 ? 80 : dice < 87 ? 22 : tcp[any(ARRAY_SIZE(tcp))];
}

static void put_ethernet(struct frame *f, const struct shape *shape)
{
	bool multicast = shape->ethertype == LLDP || (shape->ethertype == ARP && chance(60)) ||
		(shape->proto == UDP && chance(8));

	put(f, multicast ? "\x01\0\x5e\0\0\x01" : "\x02\0\0\0\0\x99", 6);
	put(f, "\x02\0\0\0\0", 5);
	put8(f, any(200));
	switch (shape->outer) {
	case QINQ:
		put16(f, QINQ);
		put16(f, 1 + any(20));
		/* fall through */
	case VLAN:
		put16(f, VLAN);
		put16(f, chance(60) ? 100 : 1 + any(4000));
		break;
	case MPLS:
		put16(f, MPLS);
		for (u32 more = any(2); more; more--)
			put32(f, (16 + any(1000)) << 12 | 64);
		put32(f, (16 + any(1000)) << 12 | 0x100 | 64);
		return;
	case PPPOES:
		put16(f, PPPOES);
		put16(f, 0x1100);
		put16(f, 1 + any(500));
		put16(f, 0);
		put16(f, shape->ethertype == IP ? 0x0021 : 0x0057);
		return;
	}
	put16(f, shape->ethertype);
}

static void put_arp(struct frame *f)
{
	put(f, "\0\x01\x08\0\x06\x04\0", 7);
	put8(f, 1 + any(2));
	put(f, "\x02\0\0\0\0\x01", 6);
	put32(f, any_host());
	put(f, "\0\0\0\0\0\0", 6);
	put32(f, any_host());
}

static void put_ip4(struct frame *f, const struct shape *shape)
{
	u32 words = chance(3) ? 1 + any(9) : 0;

	put16(f, (0x45 + words) << 8);
	put16(f, 0);	/* length: when it is known */
	put16(f, any(65536));
	put16(f, shape->fragment ? shape->fragment : chance(70) ? 0x4000 : 0);
	put8(f, 64);
	put8(f, shape->proto);
	put16(f, 0);
	put32(f, any_host());
	put32(f, any_host());
	while (words--)
		put32(f, 0x01010101);	/* no operation */
}

static void put_ip6(struct frame *f, const struct shape *shape)
{
	put32(f, 0x60000000);
	put16(f, 0);
	put8(f, shape->proto);
	put8(f, 64);
	for (int address = 0; address < 2; address++) {
		put32(f, 0x20010db8);
		put32(f, any(16));
		put32(f, 0);
		put32(f, any(256));
	}
}

static void put_tcp(struct frame *f, u16 from, u16 to)
{
	u8 flags = chance(8) ? SYN : chance(6) ? SYN | ACK : chance(40) ? PSH | ACK : ACK;

	put16(f, from);
	put16(f, to);
	put32(f, any(1 << 31));
	put32(f, any(1 << 31));
	put8(f, 0x80);		/* 12 bytes of options, as with time stamps */
	put8(f, flags);
	put16(f, 0x2000);
	put32(f, 0);
	put(f, "\x01\x01\x08\x0a", 4);
	put32(f, any(1 << 31));
	put32(f, any(1 << 31));
	if (to == 80 && flags & PSH)
		put(f, chance(70) ? "GET / HTTP/1.1\r\n" : "POST / HTTP/1.1\r", 16);
}

static void put_transport(struct frame *f, const struct shape *shape)
{
	u16 server = any_server(shape->proto), client = 32768 + any(28000);
	bool answer = chance(50);
	u16 from = answer ? server : client, to = answer ? client : server;

	if (shape->fragment == LATER) {
		for (int i = 0; i < 5; i++)
			put32(f, any(1 << 31));
	} else if (shape->proto == TCP) {
		put_tcp(f, from, to);
	} else if (shape->proto == UDP) {
		put16(f, from);
		put16(f, to);
		put32(f, 0);
		put16(f, any(65536));
		put16(f, answer && chance(90) ? 0x8180 : 0x0100);	/* as in DNS */
	} else {
		put16(f, (chance(50) ? 8 : 0) << 8);
		put16(f, 0);
		put32(f, any(1 << 31));
	}
}

/* Real links carry mostly very short and very long packets. */
static u32 any_length(u32 headers)
{
	u32 dice = any(100);

	if (dice < 40)
		return headers;
	return dice < 75 ? LONGEST : headers + any(LONGEST - headers);
}

/* Fill up with anything, and say the length in the IP header at @ip. */
static void finish(struct frame *f, u32 ip, u16 ethertype)
{
	bool carries = ethertype == IP || ethertype == IP6;
	u32 end = carries ? any_length(f->len) : f->len;

	while (f->len < end)
		put8(f, any(256));
	if (carries) {
		f->len = ip + (ethertype == IP ? 2 : 4);
		put16(f, end - ip - (ethertype == IP ? 0 : 40));
	}
	f->len = end < SHORTEST ? SHORTEST : end;
}

static void make(struct frame *f, const struct shape *shape)
{
	u32 ip;

	put_ethernet(f, shape);
	ip = f->len;
	if (shape->ethertype == ARP)
		put_arp(f);
	else if (shape->ethertype == IP)
		put_ip4(f, shape);
	else if (shape->ethertype == IP6)
		put_ip6(f, shape);
	if (shape->proto)
		put_transport(f, shape);
	finish(f, ip, shape->ethertype);
}

/*
 * Memory for all packets of a traffic, one after the other, each at the beginning
 * of a cache line, where network drivers put them too.
 */
static struct traffic *begin(const char *name, const char *about)
{
	struct traffic *t = calloc(1, sizeof(*t));
	size_t room = (LONGEST + 127) / 64 * 64 * (BENCH_PACKETS + 1);

	t->name = name;
	t->about = about;
	t->frames[0].bytes = aligned_alloc(64, room);
	if (!t->frames[0].bytes)
		die(1, "out of memory");
	memset(t->frames[0].bytes, 0, room);
	seed = 0x5eed;
	return t;
}

static u8 *behind(const struct frame *f)
{
	return f->bytes + (f->len + 63) / 64 * 64;
}

/* Shapes as often as their weight says, in random order. */
static void deal(const struct shape **cards)
{
	u32 total = 0, sum = 0, n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(shapes); i++)
		total += shapes[i].weight;
	for (u32 i = 0; i < ARRAY_SIZE(shapes); i++) {
		sum += shapes[i].weight;
		while (n < BENCH_PACKETS * sum / total)
			cards[n++] = &shapes[i];
	}
	for (u32 i = BENCH_PACKETS - 1; i; i--) {
		u32 other = any(i + 1);
		const struct shape *card = cards[i];

		cards[i] = cards[other];
		cards[other] = card;
	}
}

/**
 * traffic_mixed() - packets of many kinds, hosts and ports in random order
 *
 * Return: the same bytes in every run.
 */
struct traffic *traffic_mixed(void)
{
	struct traffic *t = begin("mixed", "many kinds, hosts and ports, in random order");
	const struct shape *cards[BENCH_PACKETS];

	deal(cards);
	for (u32 i = 0; i < BENCH_PACKETS; i++) {
		if (i)
			t->frames[i].bytes = behind(&t->frames[i - 1]);
		make(&t->frames[i], cards[i]);
	}
	return t;
}

/**
 * traffic_flow() - packets of one TCP connection in one direction
 *
 * From port 443 of 10.0.0.1, with data: they differ in length and sequence number.
 *
 * Return: the same bytes in every run.
 */
struct traffic *traffic_flow(void)
{
	struct traffic *t = begin("flow", "one TCP connection, one direction");

	for (u32 i = 0; i < BENCH_PACKETS; i++) {
		struct frame *f = &t->frames[i];

		if (i)
			f->bytes = behind(f - 1);
		put(f, "\x02\0\0\0\0\x99\x02\0\0\0\0\x01\x08\0", 14);
		put(f, "\x45\0\0\0\0\0\x40\0\x40\x06\0\0\x0a\0\0\x01\x0a\x14\x1e\x28", 20);
		put16(f, 443);
		put16(f, 51234);
		put32(f, i * 1448);
		put(f, "\x11\x22\x33\x44\x80\x18\x20\0\0\0\0\0\x01\x01\x08\x0a", 16);
		put32(f, i);
		put32(f, i / 2);
		finish(f, 14, IP);
	}
	return t;
}
