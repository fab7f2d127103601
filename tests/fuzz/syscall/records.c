// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a read returns has to be records, one behind the other up to its end, with
 * zeros between them and frames in them that somebody has sent.  Layouts may change
 * from one record to the next, see bpf(4), Records.
 */
#include "world.h"

static const struct layout {
	unsigned int time, align, hdrlen[4];	/* with Ethernet header or none */
} layouts[] = {
	{ 16, 8, { 26, 34, 32, 32 } },
	{ 8, 4, { 18, 26, 20, 24 } },
	{ 16, 4, { 26, 34, 28, 32 } },
};

static uint32_t word(const char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static bool zero(const char *from, const char *to)
{
	for (; from < to; from++)
		if (*from)
			return false;
	return true;
}

/* The header's length, or 0 if there is no record of this layout. */
static unsigned int is_record(const struct layout *l, const char *at, size_t left)
{
	unsigned int hdrlen;

	if (left < l->time + 10)
		return 0;
	hdrlen = *(const unsigned char *)(at + l->time + 8) |
		 *(const unsigned char *)(at + l->time + 9) << 8;
	for (int i = 0; i < 4; i++)
		if (hdrlen == l->hdrlen[i] && word(at + l->time) <= word(at + l->time + 4) &&
		    hdrlen <= left && word(at + l->time) <= left - hdrlen)
			return hdrlen;
	return 0;
}

/* Is what is left of the header, behind its members and what may be packet info, zero? */
static bool header_clean(const struct layout *l, const char *at, unsigned int hdrlen)
{
	unsigned int head = l->time + 10;

	if (hdrlen < head + 6)
		return zero(at + head, at + hdrlen);
	return zero(at + head + 6, at + hdrlen);
}

/* A frame of frame_make() is as it was made; others are not looked at. */
static bool frame_whole(const char *data, uint32_t caplen)
{
	uint32_t serial;

	if (caplen < FRAME_MIN || memcmp(data + 12, "\x88\xb5", 2))
		return true;
	serial = frame_serial((const uint8_t *)data);
	for (uint32_t i = FRAME_MIN; i < caplen; i++)
		if ((uint8_t)data[i] != (uint8_t)(i * 7 + (i >> 8) + serial * 13))
			return false;
	return true;
}

int records_check(const char *buf, ssize_t len)
{
	const char *at = buf, *end = buf + len, *next;
	int count = 0;

	while (at < end) {
		const struct layout *l = layouts;
		unsigned int hdrlen = 0;
		uint32_t caplen;

		while (l < layouts + ARRAY_SIZE(layouts) &&
		       !(hdrlen = is_record(l, at, end - at)))
			l++;
		if (!hdrlen) {
			finding("records: torn", "no record at byte %zd of %zd: %08x %08x %08x %08x",
				at - buf, len, word(at + 8), word(at + 12), word(at + 16),
				word(at + 20));
			return -1;
		}
		caplen = word(at + l->time);
		if (!header_clean(l, at, hdrlen))
			finding("records: header padding",
				"bytes of the header at byte %zd that mean nothing are not zero",
				at - buf);
		if (!frame_whole(at + hdrlen, caplen))
			finding("records: packet", "packet of %u bytes at byte %zd is not as sent",
				caplen, at - buf);
		next = at + ((hdrlen + caplen + l->align - 1) & ~(l->align - 1));
		/* the third layout may look like the first one */
		if (l == layouts && next < end && !zero(at + hdrlen + caplen, next))
			next = at + ((hdrlen + caplen + 3) & ~3U);
		if (next < end && !zero(at + hdrlen + caplen, next))
			finding("records: padding", "bytes behind the record at byte %zd are not zero",
				at - buf);
		at = next;
		count++;
	}
	return count;
}
