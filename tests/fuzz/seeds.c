// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Programs and packets of the differential fuzzer as inputs of the coverage fuzzer,
 * so that it need not find out by itself what a program is: seeds FOLDER COUNT.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "rng.h"

/* Return: false if there is no such input, or it cannot be written. */
static bool write_input(const struct fuzz_case *c, const char *folder, u32 number)
{
	const u8 header[] = {
		c->target.stub | c->target.landing << 1 | c->target.guard << 2 |
			(number & 7) << 3,
		c->target.without, c->packet.headlen,
		c->packet.wirelen - c->packet.avail, c->len,
	};
	char name[4096];
	FILE *file;

	if (c->len > 100)
		return false;
	snprintf(name, sizeof(name), "%s/seed-%u", folder, number);
	file = fopen(name, "w");
	if (!file) {
		perror(name);
		exit(1);
	}
	fwrite(header, sizeof(header), 1, file);
	fwrite(c->insns, sizeof(c->insns[0]), c->len, file);
	fwrite(c->packet.bytes, 1, c->packet.avail, file);
	return fclose(file) == 0;
}

int main(int argc, char **argv)
{
	static struct fuzz_case c;
	u32 left, number = 0;
	u64 state = 1;

	if (argc != 3 || !strcmp(argv[1], "--help")) {
		fputs("Usage: seeds FOLDER COUNT\n", argc == 2 ? stdout : stderr);
		return argc == 2 ? 0 : 2;
	}
	for (left = strtoul(argv[2], NULL, 0); left; number++) {
		program_make(&c, &state);
		for (int i = rng_below(&state, 20); i; i--)
			packet_vary(&c, &state);
		packet_cut(&c.packet, c.packet.avail, &state);
		if (c.packet.wirelen - c.packet.avail < 256)
			left -= write_input(&c, argv[1], number);
	}
	return 0;
}
