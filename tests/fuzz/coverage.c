// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What libFuzzer drives: bytes are a program and a packet, and everything that the
 * engine promises about them is checked. With the address and undefined behaviour
 * sanitizers; a broken promise aborts. With main() below instead of libFuzzer's, it
 * only runs the files that it is given.
 *
 * An input: 1 byte of options, 1 of what is left out, 1 of how much of the packet is
 * in the head, 1 of how much is cut off, 1 of the program's length in instructions,
 * these, 8 bytes each, and the packet.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "machine.h"
#include "reference.h"
#include "view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

unsigned int alloc_left = UINT32_MAX;
int alloc_live;

enum { HEADER = 5, PACKET_MAX = 512 };

/* Values for Linux's loads, for inputs that want them; one cannot be had. */
static const struct facts some_facts = {
	.value = { 0x800, 1, 2, 0, 0, 7, 0, 1, 0x12345678, 3, 0, 7, 1, 34, 99, 0x8100 },
	.have = 0xffff & ~(1U << CBPF_ANC_HATYPE),
	.network = 14,
};

static struct guard room;
static struct machine machine;

static void insist(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "coverage: %s\n", what);
		abort();
	}
}

void *alloc_zeroed(size_t bytes)
{
	void *memory;

	if (!alloc_left)
		return NULL;
	alloc_left--;
	memory = calloc(1, bytes);
	insist(memory != NULL, "no memory");
	alloc_live++;
	return memory;
}

void alloc_free(void *memory)
{
	alloc_live -= memory != NULL;
	free(memory);
}

/* Options that are random in other fuzzers are bits of the input here. */
static struct cbpf_target make_target(u8 options, u8 without)
{
	return (struct cbpf_target){
		.stub = options & 1,
		.landing = options >> 1 & 1,
		.guard = options >> 2 & 1,
		.blind = options & 8 ? 0x12345678u * (options | 1) : 0,
		.without = without & ((1U << CBPF_PASSES) - 1),
	};
}

static bool is_valid(const struct cbpf_insn *insns, u32 len)
{
	u32 where = UINT32_MAX;
	int err = cbpf_validate(insns, len, &where);

	insist(!err == reference_valid(insns, len), "validator and reference differ");
	insist(!err || where < len, "an offence outside of the program");
	insist(err || where == UINT32_MAX, "a valid program with an offence");
	insist(cbpf_strerror(err) != NULL, "an error without a name");
	return !err;
}

/* From each allocation on there is no memory; what has been allocated is freed. */
static void without_memory(const struct cbpf_insn *insns, u32 len,
			   const struct cbpf_target *target, int size)
{
	u8 *code = malloc(size ? size : 1);
	int result = -1;

	for (u32 left = 0; result == -1; left++) {
		insist(left < 1000, "it never has enough memory");
		alloc_left = left;
		result = cbpf_compile(insns, len, code, size, target);
		alloc_left = UINT32_MAX;
		insist(alloc_live == 0, "memory is not freed");
	}
	/* it may do without what it has no memory for */
	insist(result >= 0, "an error that is none");
	free(code);
}

/* Room that does not suffice stays as it is behind its end; ASan sees to that. */
static void little_room(const struct cbpf_insn *insns, u32 len,
			const struct cbpf_target *target, int size)
{
	for (int n = 0; n < size; n += size / 3 + 1) {
		u8 *code = malloc(n ? n : 1);

		insist(cbpf_compile(insns, len, n ? code : NULL, n, target) == size,
		       "the size depends on the room");
		free(code);
	}
}

static void run(const struct cbpf_insn *insns, u32 len, const u8 *bytes, u32 wirelen,
		u32 avail, u32 headlen, const struct facts *facts)
{
	u32 expected = reference_run_facts(insns, len, bytes, avail, wirelen, facts);
	/* exactly as large as it is, for ASan */
	struct cbpf_prepared *prog = malloc(cbpf_prepared_size(len));

	cbpf_prepare(prog, insns, len);

	for (int side = VIEW_AT_START; side <= VIEW_AT_END; side++) {
		struct view v = view_make(&room, side, bytes, headlen, avail, wirelen,
					  headlen < avail, facts);

		insist(cbpf_run(prog, &v.pkt) == expected,
		       "interpreter and reference differ");
		insist(!machine.code ||
		       machine_says(machine_run(&machine, &v.pkt), &v.pkt, expected),
		       "native code and reference differ");
	}
	free(prog);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cbpf_target target;
	struct cbpf_insn *insns;
	u32 len, wirelen, avail, headlen;
	const struct facts *facts;
	int code;

	if (size < HEADER || size < HEADER + 8u * data[4])
		return 0;
	if (!room.start) {
		room = guard_alloc(PACKET_MAX);
		machine = machine_alloc();
	}
	target = make_target(data[0], data[1]);
	len = data[4];
	/* exactly as large as it is, for ASan */
	insns = malloc(len ? len * sizeof(*insns) : 1);
	memcpy(insns, data + HEADER, len * sizeof(*insns));
	wirelen = size - HEADER - 8 * len;
	if (wirelen > PACKET_MAX)
		wirelen = PACKET_MAX;
	avail = wirelen - (data[3] < wirelen ? data[3] : wirelen);
	headlen = data[2] < avail ? data[2] : avail;

	if (is_valid(insns, len)) {
		code = machine_compile(&machine, insns, len, &target);
		insist(code >= 0, code == MACHINE_BROKEN ? machine.broken : "no memory");
		insist(alloc_live == 0, "memory is not freed");
		if (data[0] & 0x10)
			without_memory(insns, len, &target, code);
		if (data[0] & 0x20)
			little_room(insns, len, &target, code);
		facts = data[0] & 0x40 ? &some_facts : NULL;
		run(insns, len, data + HEADER + 8 * len, wirelen, avail, headlen, facts);
		run(insns, len, data + HEADER + 8 * len, wirelen, wirelen, wirelen, facts);
	}
	free(insns);
	return 0;
}

#ifdef REPLAY
/* Return: false if the file cannot be read. */
static bool replay(const char *name)
{
	static u8 data[1 << 16];
	FILE *file = fopen(name, "r");
	size_t size;
	u8 *exact;

	if (!file) {
		perror(name);
		return false;
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	exact = malloc(size ? size : 1);
	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return true;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 2 || argv[1][0] == '-') {
		fprintf(argc < 2 || strcmp(argv[1], "--help") ? stderr : stdout,
			"Usage: inputs FILE...\n\nRuns inputs of the coverage fuzzer.\n");
		return argc < 2 || strcmp(argv[1], "--help") ? 2 : 0;
	}
	for (i = 1; i < argc; i++)
		if (!replay(argv[i]))
			return 2;
	printf("%d inputs\n", argc - 1);
	return 0;
}
#endif
