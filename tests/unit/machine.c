// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Native code at work, with the words it may use full of garbage. The code ends
 * at an inaccessible page: who writes or reads behind it is found out.
 */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ROOM	(4 << 20)
#define GARBAGE	0xa5a5a5a5U
#define WRONG	0xffffffffffffffffULL	/* no result of any program */
#define LACKS	0xfffffffe00000000ULL	/* a value for the code cannot be had */

/* Lengths have 32 bits; what is above them in a register is anybody's guess. */
typedef u64 (*native_fn)(const u8 *head, u64 headlen, u64 wirelen, u32 *words);
#define ABOVE	0xa5a5a5a500000000ULL

unsigned long machine_decided, machine_undecided, machine_refused;

static void insist(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "native code: %s\n", what);
		abort();
	}
}

struct machine machine_alloc(void)
{
	struct machine m = { .room = guard_alloc(ROOM) };

	insist(mprotect(m.room.start, ROOM, PROT_READ | PROT_WRITE | PROT_EXEC) == 0,
	       "no memory that may be executed");
	/* the stub, and nothing but traps up to the code */
	memset(m.room.start, 0xcc, ROOM);
	m.room.start[0] = 0xc3;
	return m;
}

void machine_free(struct machine *m)
{
	guard_free(&m->room);
}

static int broken(struct machine *m, const char *what)
{
	m->broken = what;
	return MACHINE_BROKEN;
}

int machine_compile(struct machine *m, const struct cbpf_insn *insns, u32 len,
		    const struct cbpf_target *target)
{
	struct cbpf_target there = *target;
	int size, again;

	if (m->code)
		memset(m->code, 0xcc, m->size);
	m->code = NULL;
	m->size = 0;
	m->used = cbpf_ancillary_used(insns, len);
	/* values that are filled in are in words */
	there.lean = target->lean && !m->used;
	size = cbpf_compile(insns, len, NULL, 0, &there);
	if (!size && there.lean) {
		there.lean = false;
		size = cbpf_compile(insns, len, NULL, 0, &there);
	}
	m->lean = there.lean;
	if (size > 0 && m->used & CBPF_USES_INTERPRETER)
		return broken(m, "the compiler takes what only the interpreter can do");
	if (size <= 0)
		return size == 0 ? MACHINE_NONE : size == -1 ? MACHINE_NO_MEMORY :
		       broken(m, "a size that is none");
	if (size > ROOM - 1)
		return broken(m, "too large");
	m->code = m->room.end - size;
	m->size = size;
	if (there.stub)
		there.stub = m->room.start - m->code;
	again = cbpf_compile(insns, len, m->code, size, &there);
	if (again == size)
		return size;
	memset(m->code, 0xcc, size);
	m->code = NULL;
	return again == -1 ? MACHINE_NO_MEMORY :
	       broken(m, "another size the second time");
}

u64 machine_run(const struct machine *m, const struct cbpf_pkt *pkt)
{
	u32 words[1 + CBPF_NATIVE_WORDS + 1];
	u64 result;

	memset(words, 0xa5, sizeof(words));
	if (m->used && !cbpf_ancillary_fill(pkt, m->used, words + 1))
		return LACKS;
	result = ((native_fn)(void *)m->code)(pkt->head, pkt->headlen | ABOVE,
					      pkt->wirelen | ABOVE,
					      m->lean ? NULL : words + 1);
	if (words[0] != GARBAGE || words[CBPF_NATIVE_WORDS + 1] != GARBAGE)
		return WRONG;
	return result;
}

bool machine_says(u64 result, const struct cbpf_pkt *pkt, u32 expected)
{
	if (result == CBPF_UNDECIDED)
		return pkt->headlen < pkt->wirelen;
	return result == LACKS || result == expected;
}

#ifdef CBPF_X86_64
/* So many packets go through the same code of a program before it is made anew. */
#define RUNS	32

static void check(const struct machine *m, const struct cbpf_pkt *pkt, u32 expected,
		  const struct cbpf_target *target)
{
	u64 result;

	if (!m->code) {
		machine_refused += !(m->used & CBPF_USES_INTERPRETER);
		return;
	}
	result = machine_run(m, pkt);
	if (!machine_says(result, pkt, expected)) {
		fprintf(stderr, "native code: %llx instead of %x, without %x, blind %x, guard %d, lean %d, head %u of %u\n",
			(unsigned long long)result, expected, target->without,
			target->blind, target->guard, m->lean, pkt->headlen,
			pkt->wirelen);
		insist(false, "another result");
	}
	if (result == CBPF_UNDECIDED)
		machine_undecided++;
	else if (result != LACKS)
		machine_decided++;
}

static void compile(struct machine *m, const struct cbpf_insn *insns, u32 len,
		    const struct cbpf_target *target)
{
	int size;

	if (!m->room.start)
		*m = machine_alloc();
	size = machine_compile(m, insns, len, target);
	insist(size != MACHINE_BROKEN, m->broken);
	insist(size >= 0, "no memory");
}

/* Is it another program than the last time? */
static bool is_new(const struct cbpf_insn *insns, u32 len)
{
	static struct cbpf_insn last[CBPF_MAXINSNS];
	static u32 lastlen;

	if (len == lastlen && memcmp(insns, last, len * sizeof(*insns)) == 0)
		return false;
	memcpy(last, insns, len * sizeof(*insns));
	lastlen = len;
	return true;
}
#endif

void machine_check(const struct cbpf_insn *insns, u32 len,
		   const struct cbpf_pkt *pkt, u32 expected)
{
#ifdef CBPF_X86_64
	static const struct cbpf_target usual;
	static struct machine machine, other_machine;
	static struct cbpf_target other;
	static u32 count;
	u32 random = ++count * 0x9e3779b1;
	bool new;

	if (!len)
		return;
	new = is_new(insns, len);
	if (new)
		compile(&machine, insns, len, &usual);
	/* and in another way now and then, with some passes only */
	if (new || count % RUNS == 0) {
		other = (struct cbpf_target){
			.stub = random >> 28 & 1,
			.landing = random >> 31,
			.guard = random >> 30 & 1,
			.lean = random >> 27 & 1,
			.blind = random >> 29 & 1 ? random | 1 : 0,
			.without = random >> 12 & ((1 << CBPF_PASSES) - 1),
		};
		compile(&other_machine, insns, len, &other);
	}
	check(&machine, pkt, expected, &usual);
	check(&other_machine, pkt, expected, &other);
#endif
}
