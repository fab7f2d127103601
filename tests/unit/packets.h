/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Made-up Ethernet frames of the kinds that people filter for. */
#ifndef UNIT_PACKETS_H
#define UNIT_PACKETS_H

#include "cbpf.h"

#define PACKETS_MAXBYTES	256

struct packet {
	const char *name;
	u8 bytes[PACKETS_MAXBYTES];
	u32 len;
};

/* How many there are, and packet @index of them. */
unsigned int packets_count(void);
struct packet packets_make(unsigned int index);

#endif
