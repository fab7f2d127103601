/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What bpfrun knows of a capture file: its packets, and what a filter said of each.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <pcap/pcap.h>

#include "cbpf.h"

/**
 * struct packet - a packet of a capture
 * @head:	when it came and how long it is
 * @at:		where in the capture's bytes it begins
 * @result:	what the filter returned
 */
struct packet {
	struct pcap_pkthdr head;
	size_t at;
	u32 result;
};

/**
 * struct capture - all packets of a file, so that reading it is not measured
 * @file:	the file
 * @packets:	the packets
 * @count:	how many
 * @room:	how many there is room for
 * @bytes:	their bytes
 * @len:	how many
 * @size:	how many there is room for
 */
struct capture {
	pcap_t *file;
	struct packet *packets;
	size_t count;
	size_t room;
	u8 *bytes;
	size_t len;
	size_t size;
};

/**
 * struct facts - what is known of a file's packets besides their bytes
 * @pkt:	the packet that this is about; first, see cbpf_pkt.ancillary
 * @dlt:	link type
 * @network:	offset of the network header, if it is the same for all
 * @fields:	values that the link header has, or NULL
 */
struct facts {
	struct cbpf_pkt pkt;
	int dlt;
	u32 network;
	const struct field *fields;
};

/* facts.c */
void facts_of(struct facts *facts, int dlt);
void facts_packet(struct facts *facts, const struct packet *packet, const u8 *bytes);

/* capture.c */
void capture_read(struct capture *c, const char *path);
void capture_write(const struct capture *c, const char *path);
void capture_free(struct capture *c);

#endif /* CAPTURE_H */
