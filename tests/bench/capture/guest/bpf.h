/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the ways to read /dev/bpf have in common. */
#ifndef CAPTURE_BPF_H
#define CAPTURE_BPF_H

#include <net/bpf.h>

#include "capture.h"

#define READ_TIMEOUT_MS	1000	/* tcpdump's */

void bpf_set(int fd, unsigned long command, unsigned int value);
void bpf_open(struct reader *r, const struct wish *wish, int flags);
void bpf_bind(struct reader *r);
u64 bpf_dropped(struct reader *r);

/* Records are in the order of their places, and each says how long it is. */
static inline void bpf_walk(struct reader *r, const u8 *at, const u8 *end)
{
	while (at < end) {
		const struct bpf_hdr *hdr = (const void *)at;

		reader_seen(r, at + hdr->bh_hdrlen, hdr->bh_caplen);
		at += BPF_WORDALIGN(hdr->bh_hdrlen + hdr->bh_caplen);
	}
}

#endif /* CAPTURE_BPF_H */
