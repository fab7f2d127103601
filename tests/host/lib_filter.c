/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A program with the installed library, in C and C++, for lib.sh.  Prints which engine
 * runs its filter and what it returns, and what memory with code there is besides that
 * of files.  The names that a program may have for itself are used for that.
 */
#define u8 taken
#define u16 taken
#define u32 taken
#define u64 taken
#define s32 taken
#define likely taken
#include <cbpf.h>
#include <stdio.h>
#include <string.h>

int ir_value(void);
int eval(void);
int code_new(void);

/* Of the library's insides, there are these, too. */
int ir_value(void)
{
	return 1;
}

int eval(void)
{
	return 2;
}

int code_new(void)
{
	return 3;
}

static void show_memory(void)
{
	unsigned int both = 0, code = 0;
	char line[1000], prot[5], path[500];
	FILE *maps = fopen("/proc/self/maps", "r");

	while (maps && fgets(line, sizeof(line), maps)) {
		path[0] = 0;
		if (sscanf(line, "%*s %4s %*s %*s %*s %499s", prot, path) < 1)
			continue;
		both += prot[1] == 'w' && prot[2] == 'x';
		code += prot[2] == 'x' && !path[0];
	}
	printf("executable memory: %u, writable: %u\n", code, both);
	if (maps)
		fclose(maps);
}

int main(int argc, char **argv)
{
	/* ldb [9]; jeq #6, 0, 1; ret #40; ret #0 */
	const struct cbpf_insn insns[] = {
		{ 0x30, 0, 0, 9 }, { 0x15, 0, 1, 6 }, { 0x06, 0, 0, 40 }, { 0x06, 0, 0, 0 },
	};
	unsigned char packet[20];
	struct cbpf_filter *filter;
	uint32_t tcp, udp;
	int err;

	filter = cbpf_filter_new(insns, 4, argc > 1 ? CBPF_FILTER_INTERPRET : 0, &err);
	if (!filter) {
		printf("%s: %s\n", argv[0], cbpf_strerror(err));
		return 1;
	}
	memset(packet, 6, sizeof(packet));
	tcp = cbpf_filter_run(filter, packet, 20, 20);
	packet[9] = 17;
	udp = cbpf_filter_run(filter, packet, 20, 20);
	printf("%s: %u %u\n",
	       cbpf_filter_engine(filter) == CBPF_NATIVE ? "native" : "interpreted", tcp, udp);
	show_memory();
	cbpf_filter_free(filter);
	show_memory();
	return ir_value() + eval() + code_new() != 6;
}
