// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Capture files in memory, by libpcap.  Knows nothing of filters but their results.
 */
#include "capture.h"

#include <stdlib.h>
#include <string.h>

#include "bpfasm.h"

static void capture_add(struct capture *c, const struct pcap_pkthdr *head, const u8 *bytes)
{
	if (c->count == c->room) {
		c->room = c->room * 2 + 1024;
		c->packets = reallocarray(c->packets, c->room, sizeof(*c->packets));
	}
	if (c->size - c->len < head->caplen) {
		c->size = c->size * 2 + head->caplen + 65536;
		c->bytes = realloc(c->bytes, c->size);
	}
	if (!c->packets || !c->bytes)
		die(EXIT_BAD, "out of memory: the capture is kept there");
	c->packets[c->count++] = (struct packet){ *head, c->len, 0 };
	memcpy(c->bytes + c->len, bytes, head->caplen);
	c->len += head->caplen;
}

/**
 * capture_read() - read all of a file, or die
 * @c: capture
 * @path: its name; "-" is the standard input
 */
void capture_read(struct capture *c, const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head;
	const u8 *bytes;
	int n;

	*c = (struct capture){ .bytes = malloc(1), .size = 1 };
	c->file = pcap_open_offline(path, error);
	if (!c->file)
		die(EXIT_BAD, "cannot read %s: %s", path, error);
	while ((n = pcap_next_ex(c->file, &head, &bytes)) == 1) {
		/* Engines may rely on it; some files do not care. */
		if (head->len < head->caplen)
			head->len = head->caplen;
		capture_add(c, head, bytes);
	}
	if (n != PCAP_ERROR_BREAK)
		die(EXIT_BAD, "cannot read %s: %s", path, pcap_geterr(c->file));
}

/**
 * capture_write() - write the packets that match, cut to what the filter returned
 * @c: capture
 * @path: name of the file; "-" is the standard output
 */
void capture_write(const struct capture *c, const char *path)
{
	pcap_dumper_t *to = pcap_dump_open(c->file, path);
	struct pcap_pkthdr head;
	size_t i;

	if (!to)
		die(EXIT_BAD, "cannot write: %s", pcap_geterr(c->file));
	for (i = 0; i < c->count; i++) {
		head = c->packets[i].head;
		if (head.caplen > c->packets[i].result)
			head.caplen = c->packets[i].result;
		if (c->packets[i].result)
			pcap_dump((u8 *)to, &head, c->bytes + c->packets[i].at);
	}
	if (pcap_dump_flush(to) || ferror(pcap_dump_file(to)))
		die(EXIT_BAD, "cannot write %s", path);
	pcap_dump_close(to);
}

/**
 * capture_free() - close the file, give back the memory
 * @c: capture
 */
void capture_free(struct capture *c)
{
	pcap_close(c->file);
	free(c->packets);
	free(c->bytes);
}
