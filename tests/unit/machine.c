// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Native code at work: compiled for every run, in memory that may be executed,
 * with the words it may use full of garbage.
 */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ROOM	(4 << 20)

typedef u64 (*native_fn)(const u8 *head, u32 headlen, u32 wirelen, u32 *words);

unsigned long machine_decided, machine_undecided;

static void insist(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "native code: %s\n", what);
		abort();
	}
}

/* Memory for code; what is not code is a trap. */
static u8 *memory(void)
{
	static u8 *code;

	if (!code) {
		code = mmap(NULL, ROOM, PROT_READ | PROT_WRITE | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		insist(code != MAP_FAILED, "no memory that may be executed");
		memset(code, 0xcc, ROOM);
	}
	return code;
}

#ifdef CBPF_X86_64
static void check(const struct cbpf_insn *insns, u32 len, const struct cbpf_pkt *pkt,
		  u32 expected, const struct cbpf_target target)
{
	u8 *code = memory();
	u32 words[CBPF_NATIVE_WORDS];
	u64 result;
	int size;

	size = cbpf_compile(insns, len, NULL, 0, &target);
	insist(size > 0, "the compiler refuses a program");
	insist(size <= ROOM, "too large");
	insist(cbpf_compile(insns, len, code, size, &target) == size,
	       "another size the second time");
	memset(words, 0xa5, sizeof(words));
	result = ((native_fn)(void *)code)(pkt->head, pkt->headlen, pkt->wirelen,
					   words);
	memset(code, 0xcc, size);
	if (result & CBPF_UNDECIDED) {
		insist(pkt->headlen < pkt->wirelen, "undecided without a reason");
		machine_undecided++;
		return;
	}
	if (result != expected)
		fprintf(stderr, "native code: %llx instead of %x, without %x, blind %x, guard %d, head %u of %u\n",
			(unsigned long long)result, expected, target.without,
			target.blind, target.guard, pkt->headlen, pkt->wirelen);
	insist(result == expected, "another result");
	machine_decided++;
}
#endif

void machine_check(const struct cbpf_insn *insns, u32 len,
		   const struct cbpf_pkt *pkt, u32 expected)
{
#ifdef CBPF_X86_64
	static u32 count;
	u32 random = ++count * 0x9e3779b1;

	if (!len)
		return;
	check(insns, len, pkt, expected, (struct cbpf_target){ 0 });
	/* and in another way each time, with some passes only */
	check(insns, len, pkt, expected, (struct cbpf_target){
		.landing = random >> 31,
		.guard = random >> 30 & 1,
		.blind = random >> 29 & 1 ? random | 1 : 0,
		.without = random >> 12 & ((1 << CBPF_PASSES) - 1),
	});
#endif
}
