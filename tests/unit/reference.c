// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The slow and plain implementation of the filter machine: see reference.h.
 * Instructions are taken apart into class, mode, size, operation and source
 * with the macros of libpcap's header.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

#define WORD	0x100000000LL	/* registers are reduced modulo 2^32 */

struct machine {
	const unsigned char *bytes;
	int64_t avail;
	int64_t wirelen;
	int64_t a, x, mem[16];
	const struct facts *facts;
	bool rejected;
	bool stored[16];
	struct reference_trace *trace;	/* or NULL */
};

static bool one_of(unsigned int code, const unsigned int *list, int n)
{
	for (int i = 0; i < n; i++)
		if (list[i] == code)
			return true;
	return false;
}

#define ONE_OF(code, ...) \
	one_of(code, (const unsigned int[]){ __VA_ARGS__ }, \
	       sizeof((const unsigned int[]){ __VA_ARGS__ }) / sizeof(int))

/* The bits above class and size, or above class and source. */
#define OP(code)	((code) & ~0x0fu)
#define MODE(code)	((code) & ~0x1fu)

bool reference_known(unsigned int code)
{
	switch (BPF_CLASS(code)) {
	case BPF_LD:
		if (ONE_OF(MODE(code), BPF_ABS, BPF_IND))
			return ONE_OF(BPF_SIZE(code), BPF_W, BPF_H, BPF_B);
		return ONE_OF(code, BPF_LD | BPF_IMM, BPF_LD | BPF_MEM,
			      BPF_LD | BPF_LEN);
	case BPF_LDX:
		return ONE_OF(code, BPF_LDX | BPF_IMM, BPF_LDX | BPF_MEM,
			      BPF_LDX | BPF_LEN, BPF_LDX | BPF_B | BPF_MSH);
	case BPF_ST:
		return code == BPF_ST;
	case BPF_STX:
		return code == BPF_STX;
	case BPF_ALU:
		return code == (BPF_ALU | BPF_NEG) ||
		       ONE_OF(OP(code), BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV,
			      BPF_MOD, BPF_AND, BPF_OR, BPF_XOR, BPF_LSH,
			      BPF_RSH);
	case BPF_JMP:
		return code == (BPF_JMP | BPF_JA) ||
		       ONE_OF(OP(code), BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET);
	case BPF_RET:
		return ONE_OF(code, BPF_RET | BPF_K, BPF_RET | BPF_A);
	default:
		return ONE_OF(code, BPF_MISC | BPF_TAX, BPF_MISC | BPF_TXA);
	}
}

static bool known_and_inside(const struct cbpf_insn *in, int64_t at, int64_t len)
{
	unsigned int code = in->code;

	if (!reference_known(code))
		return false;
	if (ONE_OF(code, BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM, BPF_ST, BPF_STX))
		return in->k <= 15;
	if (ONE_OF(code, BPF_ALU | BPF_DIV | BPF_K, BPF_ALU | BPF_MOD | BPF_K))
		return in->k != 0;
	if (code == (BPF_JMP | BPF_JA))
		return at + 1 + (int64_t)in->k <= len - 1;
	if (BPF_CLASS(code) == BPF_JMP)
		return at + 1 + in->jt <= len - 1 && at + 1 + in->jf <= len - 1;
	return true;
}

bool reference_valid(const struct cbpf_insn *insns, unsigned int len)
{
	if (len == 0)
		return true;
	if (len > 4096)
		return false;
	for (unsigned int i = 0; i < len; i++)
		if (!known_and_inside(&insns[i], i, len))
			return false;
	return BPF_CLASS(insns[len - 1].code) == BPF_RET;
}

static void note_load(struct reference_trace *trace, int64_t offset, int size)
{
	if (trace && trace->nloads < REFERENCE_LOADS && offset < WORD) {
		trace->loads[trace->nloads].off = offset;
		trace->loads[trace->nloads++].size = size;
	}
}

static void note_outside(struct reference_trace *trace, int64_t at)
{
	if (trace) {
		trace->outside = true;
		trace->wraps = at >= WORD;
	}
}

static void note_test(struct machine *m, unsigned int code, int64_t b)
{
	struct reference_trace *trace = m->trace;

	if (trace && trace->ntests < REFERENCE_TESTS) {
		trace->tests[trace->ntests].code = code;
		trace->tests[trace->ntests].a = m->a;
		trace->tests[trace->ntests].b = b;
		trace->tests[trace->ntests++].load = trace->nloads;
	}
}

static int64_t load(struct machine *m, int64_t offset, int size)
{
	int64_t value = 0;

	if (m->rejected)
		return 0;
	note_load(m->trace, offset, size);
	for (int64_t at = offset; at < offset + size; at++) {
		if (at >= m->avail || at >= m->wirelen) {
			note_outside(m->trace, at);
			m->rejected = true;
			return 0;
		}
		value = value * 256 + m->bytes[at];
	}
	return value;
}

/* What fits between off and end and has type, else 0: netlink(7). */
static int64_t attribute(struct machine *m, int64_t off, int64_t end, int64_t type)
{
	while (off + 4 <= end && off + 4 <= m->avail) {
		uint16_t len, kind;

		memcpy(&len, m->bytes + off, 2);
		memcpy(&kind, m->bytes + off + 2, 2);
		if (len < 4 || off + len > end)
			return 0;
		if (kind % 0x4000 == type)
			return off;
		off += len % 4 ? len + 4 - len % 4 : len;
	}
	return 0;
}

/* The attribute type X in that at A. */
static int64_t nested(struct machine *m)
{
	uint16_t len;

	if (m->a + 4 > m->wirelen || m->a + 4 > m->avail)
		return 0;
	memcpy(&len, m->bytes + m->a, 2);
	if (len < 4 || m->a + len > m->wirelen)
		return 0;
	return attribute(m, m->a + 4, m->a + len, m->x);
}

/* Linux's value at SKF_AD_OFF + n. */
static int64_t ancillary(struct machine *m, int64_t n)
{
	if (n == 40)
		return m->a ^ m->x;
	m->rejected = n % 4 || n > 60 || !m->facts ||
		      (n != 12 && n != 16 && !(m->facts->have >> n / 4 & 1));
	if (m->rejected)
		return 0;
	if (n == 12)
		return attribute(m, m->a, m->wirelen, m->x);
	if (n == 16)
		return nested(m);
	return m->facts->value[n / 4];
}

/* Where a load begins: k may be relative to a header. */
static int64_t start(struct machine *m, int64_t k)
{
	if (k < 0xffe00000)
		return k;
	m->rejected = !m->facts ||
		      (k >= 0xfff00000 && m->facts->network == 0xffffffff);
	if (m->rejected)
		return 0;
	return k < 0xfff00000 ? k - 0xffe00000 : k - 0xfff00000 + m->facts->network;
}

static int64_t load_value(struct machine *m, unsigned int code, int64_t k)
{
	unsigned int bits = BPF_SIZE(code);
	int size = bits == BPF_W ? 4 : bits == BPF_H ? 2 : 1;

	switch (BPF_MODE(code)) {
	case BPF_IMM:
		return k;
	case BPF_ABS:
		if (k >= 0xfffff000)
			return ancillary(m, k - 0xfffff000);
		return load(m, start(m, k), size);
	case BPF_IND:
		return load(m, m->x + start(m, k), size);
	case BPF_MEM:
		if (m->trace && !m->stored[k])
			m->trace->unset = true;
		return m->mem[k];
	case BPF_LEN:
		return m->wirelen;
	default:
		return 4 * (load(m, start(m, k), 1) % 16);
	}
}

static int64_t shift(int64_t value, int64_t count, bool left)
{
	if (count > 32)
		count = 32;
	while (count-- > 0)
		value = left ? value * 2 % WORD : value / 2;
	return value;
}

static int64_t compute(struct machine *m, unsigned int code, int64_t b)
{
	int64_t a = m->a;

	switch (BPF_OP(code)) {
	case BPF_ADD:
		return (a + b) % WORD;
	case BPF_SUB:
		return (a + WORD - b) % WORD;
	case BPF_MUL:
		return (uint64_t)a * (uint64_t)b % WORD;
	case BPF_DIV:
	case BPF_MOD:
		m->rejected = b == 0;
		if (m->rejected)
			return 0;
		return BPF_OP(code) == BPF_DIV ? a / b : a % b;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return shift(a, b, true);
	case BPF_RSH:
		return shift(a, b, false);
	default:
		return (WORD - a) % WORD;
	}
}

static bool branch(struct machine *m, unsigned int code, int64_t b)
{
	note_test(m, code, b);
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return m->a == b;
	case BPF_JGT:
		return m->a > b;
	case BPF_JGE:
		return m->a >= b;
	default:
		return (m->a & b) != 0;
	}
}

uint32_t reference_run(const struct cbpf_insn *insns, unsigned int len,
		       const unsigned char *bytes, unsigned int avail,
		       unsigned int wirelen)
{
	return reference_follow(insns, len, bytes, avail, wirelen, NULL, NULL);
}

uint32_t reference_run_facts(const struct cbpf_insn *insns, unsigned int len,
			     const unsigned char *bytes, unsigned int avail,
			     unsigned int wirelen, const struct facts *facts)
{
	return reference_follow(insns, len, bytes, avail, wirelen, facts, NULL);
}

uint32_t reference_follow(const struct cbpf_insn *insns, unsigned int len,
			  const unsigned char *bytes, unsigned int avail,
			  unsigned int wirelen, const struct facts *facts,
			  struct reference_trace *trace)
{
	struct machine m = {
		.bytes = bytes,
		.avail = avail,
		.wirelen = wirelen,
		.facts = facts,
		.trace = trace,
	};
	int64_t at = 0;

	if (trace) {
		trace->nloads = trace->ntests = 0;
		trace->unset = trace->outside = trace->wraps = false;
	}
	if (len == 0)
		return UINT32_MAX;
	while (!m.rejected) {
		if (at >= len) {
			fprintf(stderr, "reference: ran off the program\n");
			abort();
		}
		const struct cbpf_insn *in = &insns[at++];
		int64_t b = BPF_SRC(in->code) == BPF_X ? m.x : in->k;

		switch (BPF_CLASS(in->code)) {
		case BPF_LD:
			m.a = load_value(&m, in->code, in->k);
			break;
		case BPF_LDX:
			m.x = load_value(&m, in->code, in->k);
			break;
		case BPF_ST:
			m.mem[in->k] = m.a;
			m.stored[in->k] = true;
			break;
		case BPF_STX:
			m.mem[in->k] = m.x;
			m.stored[in->k] = true;
			break;
		case BPF_ALU:
			m.a = compute(&m, in->code, b);
			break;
		case BPF_JMP:
			if (BPF_OP(in->code) == BPF_JA)
				at += in->k;
			else
				at += branch(&m, in->code, b) ? in->jt : in->jf;
			break;
		case BPF_RET:
			return BPF_RVAL(in->code) == BPF_A ? m.a : in->k;
		default:
			if (BPF_MISCOP(in->code) == BPF_TAX)
				m.x = m.a;
			else
				m.a = m.x;
		}
	}
	return 0;
}
