// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Native code at work: compiled for every program in several ways, in memory that
 * may be executed, with the words it may use full of garbage.
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

#ifdef CBPF_X86_64
/* Code of the last program, made in several ways. */
#define WAYS	4

static struct {
	struct cbpf_insn insns[CBPF_MAXINSNS];
	u32 len;
	u32 used;	/* of Linux's loads */
	u8 *code;	/* ROOM bytes for each way; what is not code is a trap */
	int size[WAYS];
	struct cbpf_target target[WAYS];
} made;

/* With all passes first; then with some, in other ways for each program. */
static void choose_targets(void)
{
	static u32 count;

	for (int i = 1; i < WAYS; i++) {
		u32 random = ++count * 0x9e3779b1;

		made.target[i] = (struct cbpf_target){
			.landing = random >> 31,
			.guard = random >> 30 & 1,
			.blind = random >> 29 & 1 ? random | 1 : 0,
			.without = random >> 12 & ((1 << CBPF_PASSES) - 1),
		};
	}
}

static void make(const struct cbpf_insn *insns, u32 len)
{
	if (made.code && len == made.len &&
	    !memcmp(insns, made.insns, len * sizeof(*insns)))
		return;
	if (!made.code) {
		made.code = mmap(NULL, WAYS * ROOM, PROT_READ | PROT_WRITE | PROT_EXEC,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		insist(made.code != MAP_FAILED, "no memory that may be executed");
		memset(made.code, 0xcc, WAYS * ROOM);
	}
	memcpy(made.insns, insns, len * sizeof(*insns));
	made.len = len;
	made.used = cbpf_ancillary_used(insns, len);
	choose_targets();
	for (int i = 0; i < WAYS; i++) {
		u8 *code = made.code + i * ROOM;

		memset(code, 0xcc, made.size[i]);
		made.size[i] = cbpf_compile(insns, len, NULL, 0, &made.target[i]);
		if (made.used & CBPF_USES_INTERPRETER) {
			insist(!made.size[i],
			       "the compiler takes what only the interpreter can do");
			continue;
		}
		insist(made.size[i] > 0, "the compiler refuses a program");
		insist(made.size[i] <= ROOM, "too large");
		insist(cbpf_compile(insns, len, code, made.size[i],
				    &made.target[i]) == made.size[i],
		       "another size the second time");
	}
}

static void check(int way, const struct cbpf_pkt *pkt, u32 expected)
{
	const struct cbpf_target *t = &made.target[way];
	u32 words[CBPF_NATIVE_WORDS];
	u64 result;

	memset(words, 0xa5, sizeof(words));
	if (made.used & CBPF_USES_INTERPRETER ||
	    !cbpf_ancillary_fill(pkt, made.used, words))
		return;
	result = ((native_fn)(void *)(made.code + way * ROOM))(
			pkt->head, pkt->headlen, pkt->wirelen, words);
	if (result & CBPF_UNDECIDED) {
		insist(pkt->headlen < pkt->wirelen, "undecided without a reason");
		machine_undecided++;
		return;
	}
	if (result != expected)
		fprintf(stderr, "%llx instead of %x; without %x, blind %x, guard %d; %u of %u bytes\n",
			(unsigned long long)result, expected, t->without, t->blind,
			t->guard, pkt->headlen, pkt->wirelen);
	insist(result == expected, "another result");
	machine_decided++;
}
#endif

void machine_check(const struct cbpf_insn *insns, u32 len,
		   const struct cbpf_pkt *pkt, u32 expected)
{
#ifdef CBPF_X86_64
	static int way;

	if (!len)
		return;
	make(insns, len);
	check(0, pkt, expected);
	way = way % (WAYS - 1) + 1;
	check(way, pkt, expected);
#endif
}
