/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What a test packet has for Linux's loads, besides its bytes: see cbpf.h. */
#ifndef UNIT_FACTS_H
#define UNIT_FACTS_H

#include "cbpf.h"

/**
 * struct facts - values for Linux's loads
 * @value: by their number
 * @have: which can be had, 1 << number each
 * @network: offset of the network header, or CBPF_NO_NETWORK
 */
struct facts {
	u32 value[CBPF_ANCS];
	u32 have;
	u32 network;
};

#endif
