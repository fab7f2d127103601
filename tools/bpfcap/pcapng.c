// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Blocks of pcapng, in memory: section header, interfaces, packets, statistics.  Source:
 * https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html.  Everything is in
 * host byte order, which the section header tells.  Must not know of files.
 */
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <net/bpf.h>

#include "bpfcap.h"

#include <string.h>
#include <sys/utsname.h>

enum { SECTION = 0x0A0D0D0A, INTERFACE = 1, STATISTICS = 5, PACKET = 6 };

#define MAGIC 0x1A2B3C4D
/* A filter longer than this is not told of: an option has 16 bits for its length. */
#define FILTER_MAX 65000

enum {
	OPT_END = 0,
	SHB_OS = 3, SHB_USERAPPL = 4,
	IF_NAME = 2, IF_TSRESOL = 9, IF_FILTER = 11,
	EPB_FLAGS = 2, EPB_DROPCOUNT = 4,
	ISB_STARTTIME = 2, ISB_ENDTIME = 3, ISB_IFRECV = 4, ISB_FILTERACCEPT = 6,
	ISB_OSDROP = 7, ISB_USRDELIV = 8,
};

static uint8_t *put(uint8_t *to, const void *from, size_t len)
{
	memcpy(to, from, len);
	return to + len;
}

static uint8_t *put16(uint8_t *to, uint16_t value)
{
	return put(to, &value, sizeof(value));
}

static uint8_t *put32(uint8_t *to, uint32_t value)
{
	return put(to, &value, sizeof(value));
}

/* Up to a multiple of 4 bytes of what begins at from. */
static uint8_t *pad(uint8_t *to, const uint8_t *from)
{
	while ((to - from) & 3)
		*to++ = 0;
	return to;
}

static uint8_t *option(uint8_t *to, uint16_t code, const void *value, size_t len)
{
	to = put16(put16(to, code), len);
	return pad(put(to, value, len), to);
}

static uint8_t *option64(uint8_t *to, uint16_t code, uint64_t value)
{
	return option(to, code, &value, sizeof(value));
}

/* Times are two words, the higher one first, in either byte order. */
static uint8_t *put_time(uint8_t *to, uint64_t ns)
{
	return put32(put32(to, ns >> 32), ns);
}

static uint8_t *option_time(uint8_t *to, uint16_t code, uint64_t ns)
{
	return put_time(put16(put16(to, code), sizeof(ns)), ns);
}

/* What a block begins with; its length comes at the end. */
static uint8_t *begin(uint8_t *block, uint32_t type)
{
	return put32(put32(block, type), 0);
}

static size_t end(uint8_t *block, uint8_t *to)
{
	uint32_t len = to - block + sizeof(len);

	put32(block + 4, len);
	put32(to, len);
	return len;
}

/**
 * pcapng_section() - what a file begins with
 * @block: where to; PCAPNG_HEADER_MAX bytes
 *
 * Return: its length.
 */
size_t pcapng_section(uint8_t *block)
{
	static const char program[] = "bpfcap (bsdbpf) " VERSION;
	uint8_t *to = begin(block, SECTION);
	struct utsname os;
	char text[sizeof(os.sysname) + sizeof(os.release)];

	to = put16(put16(put32(to, MAGIC), 1), 0);
	/* bytes until the next section: not told */
	to = put32(put32(to, -1), -1);
	if (!uname(&os)) {
		stpcpy(stpcpy(stpcpy(text, os.sysname), " "), os.release);
		to = option(to, SHB_OS, text, strlen(text));
	}
	to = option(to, SHB_USERAPPL, program, strlen(program));
	return end(block, put32(to, OPT_END));
}

/* Files have a number of their own for what each system numbers in its own way. */
static uint16_t link_type(unsigned int dlt)
{
	return dlt == DLT_RAW ? 101 : dlt;
}

/**
 * pcapng_interface() - an interface; they are numbered in the order of these blocks
 * @block: where to; PCAPNG_HEADER_MAX bytes
 * @d: descriptor on it
 * @o: options
 *
 * Return: its length.
 */
size_t pcapng_interface(uint8_t *block, const struct device *d, const struct options *o)
{
	static const uint8_t nanoseconds = 9;
	uint8_t text[1 + FILTER_MAX] = { 0 };	/* what kind of filter, and it */
	size_t len = strlen(o->filter);
	uint8_t *to = begin(block, INTERFACE);

	to = put32(put16(put16(to, link_type(d->dlt)), 0), o->snaplen);
	to = option(to, IF_NAME, d->name, strlen(d->name));
	to = option(to, IF_TSRESOL, &nanoseconds, 1);
	if (len && len <= FILTER_MAX) {
		memcpy(text + 1, o->filter, len);
		to = option(to, IF_FILTER, text, 1 + len);
	}
	return end(block, put32(to, OPT_END));
}

/* Bits 0 and 1 are the direction, 2 to 4 to whom a received packet was sent. */
static uint32_t packet_flags(const struct record *r)
{
	if (r->direction == BPF_D_OUT)
		return 2;
	switch (r->type) {
	case PACKET_HOST:
		return 1 | 1 << 2;
	case PACKET_MULTICAST:
		return 1 | 2 << 2;
	case PACKET_BROADCAST:
		return 1 | 3 << 2;
	case PACKET_OTHERHOST:
		return 1 | 4 << 2;
	default:
		return 1;
	}
}

/**
 * pcapng_packet() - a packet
 * @block: where to; PCAPNG_PACKET_MAX bytes and those of the packet
 * @interface: number of its interface
 * @r: the packet
 *
 * Return: its length.
 */
size_t pcapng_packet(uint8_t *block, unsigned int interface, const struct record *r)
{
	uint8_t *to = put_time(put32(begin(block, PACKET), interface), r->time);
	uint32_t flags = packet_flags(r);

	to = put32(put32(to, r->caplen), r->len);
	to = pad(put(to, r->data, r->caplen), to);
	to = option(to, EPB_FLAGS, &flags, sizeof(flags));
	if (r->drops)
		to = option64(to, EPB_DROPCOUNT, r->drops);
	return end(block, put32(to, OPT_END));
}

/**
 * pcapng_statistics() - what became of an interface's packets until now
 * @block: where to; PCAPNG_STATISTICS_MAX bytes
 * @interface: number of the interface
 * @d: descriptor on it
 * @c: what it has counted
 * @start: when the capture began, nanoseconds since 1970
 * @now: what the time is
 *
 * Return: its length.
 */
size_t pcapng_statistics(uint8_t *block, unsigned int interface, const struct device *d,
			 const struct counts *c, uint64_t start, uint64_t now)
{
	uint8_t *to = put_time(put32(begin(block, STATISTICS), interface), now);

	to = option_time(to, ISB_STARTTIME, start);
	to = option_time(to, ISB_ENDTIME, now);
	to = option64(to, ISB_IFRECV, c->received);
	to = option64(to, ISB_FILTERACCEPT, c->accepted);
	to = option64(to, ISB_OSDROP, c->dropped);
	to = option64(to, ISB_USRDELIV, d->written);
	return end(block, put32(to, OPT_END));
}

/**
 * pcapng_length() - how long a block is
 * @block: a whole one
 *
 * Return: bytes.
 */
size_t pcapng_length(const uint8_t *block)
{
	uint32_t len;

	memcpy(&len, block + 4, sizeof(len));
	return len;
}

/**
 * pcapng_packet_of() - whose packet a block is
 * @block: a whole one
 *
 * Return: number of the interface, or -1 if it is no packet.
 */
int pcapng_packet_of(const uint8_t *block)
{
	uint32_t words[3];

	memcpy(words, block, sizeof(words));
	return words[0] == PACKET ? (int)words[2] : -1;
}
