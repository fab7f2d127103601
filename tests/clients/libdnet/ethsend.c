// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Sends the frames on standard input, each behind its length of four bytes in host
 * order, by libdnet's eth_open() and eth_send().  Says "ready" before it reads, so that
 * a test can look at what it has open.  Must not know what the frames are.
 */
#include <sys/types.h>
#include <stdio.h>
#include <stdint.h>
#include <dnet.h>

int main(int argc, char **argv)
{
	static uint8_t frame[65536];
	unsigned int count = 0;
	uint32_t len;
	eth_t *eth;

	if (argc != 2) {
		fprintf(stderr, "usage: ethsend INTERFACE <FRAMES\n");
		return 2;
	}
	eth = eth_open(argv[1]);
	if (!eth) {
		perror(argv[1]);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (fread(&len, sizeof(len), 1, stdin) == 1) {
		if (len > sizeof(frame) || fread(frame, 1, len, stdin) != len) {
			fprintf(stderr, "ethsend: frame %u is incomplete\n", count);
			return 1;
		}
		if (eth_send(eth, frame, len) != (ssize_t)len) {
			perror("eth_send");
			return 1;
		}
		count++;
	}
	eth_close(eth);
	printf("%u sent\n", count);
	return 0;
}
