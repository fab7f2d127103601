// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * An eBPF machine with as much of RFC 9669 as filters need. It knows what every
 * register may be used for: numbers, the packet, the context, the stack.
 */
#include "virtual.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ebpf.h"
#include "opcode.h"

#define ROOM	(8 * CBPF_MAXINSNS)

enum kind { NOTHING, NUMBER, PACKET, CONTEXT, FRAME };

struct reg {
	enum kind kind;
	u64 val;	/* of pointers: the offset */
};

struct machine {
	const struct cbpf_pkt *pkt;
	struct cbpf_ebpf_ctx ctx;
	struct reg reg[11];
	u32 stack[CBPF_MEMWORDS];
	bool written[CBPF_MEMWORDS];
	bool wrong;	/* predicts that computed offsets are good */
	bool strayed;	/* and did so where one was not */
};

unsigned long virtual_decided, virtual_undecided;
const char *virtual_wrong;
bool virtual_quiet;

/* The program, without and with guard; 0 instructions: it is not for eBPF. */
static struct {
	const struct cbpf_insn *insns;
	u32 len;
	struct cbpf_ebpf_insn code[2][ROOM];
	u32 size[2];
} loaded;

static void insist(bool ok, const char *what)
{
	if (ok)
		return;
	virtual_wrong = what;
	if (!virtual_quiet)
		fprintf(stderr, "eBPF: %s\n", what);
	abort();
}

static u64 number(const struct machine *m, u8 reg)
{
	insist(m->reg[reg].kind == NUMBER, "a register is no number");
	return m->reg[reg].val;
}

static u32 size_of(u8 code)
{
	static const u32 sizes[] = { 4, 2, 1, 8 };

	return sizes[code >> 3 & 3];
}

static struct reg load_packet(const struct machine *m, u64 at, u32 size)
{
	struct reg to = { NUMBER, 0 };

	/* what is looked at in vain and never used may be the packet's start */
	if (m->strayed && at == 0 && size > m->pkt->headlen)
		return to;
	insist(at + size <= m->pkt->headlen && at <= at + size, "outside of the head");
	memcpy(&to.val, m->pkt->head + at, size);
	return to;
}

static struct reg load(const struct machine *m, const struct cbpf_ebpf_insn *i)
{
	const struct reg *from = &m->reg[i->src];
	u64 at = from->val + (u64)(int64_t)i->off;
	u32 size = size_of(i->code);

	switch (from->kind) {
	case PACKET:
		return load_packet(m, at, size);
	case CONTEXT:
		if (at == offsetof(struct cbpf_ebpf_ctx, head) && size == 8)
			return (struct reg){ PACKET, 0 };
		insist(size == 4, "half of a context's field");
		if (at == offsetof(struct cbpf_ebpf_ctx, headlen))
			return (struct reg){ NUMBER, m->ctx.headlen };
		insist(at == offsetof(struct cbpf_ebpf_ctx, wirelen), "context");
		return (struct reg){ NUMBER, m->ctx.wirelen };
	default:
		insist(from->kind == FRAME && size == 4, "a load from nowhere");
		at += CBPF_EBPF_STACK;
		insist(at < CBPF_EBPF_STACK && at % 4 == 0 && m->written[at / 4],
		       "a word that was not written");
		return (struct reg){ NUMBER, m->stack[at / 4] };
	}
}

static void store(struct machine *m, const struct cbpf_ebpf_insn *i, u32 val)
{
	u64 at = m->reg[i->dst].val + (u64)(int64_t)i->off;

	if (m->reg[i->dst].kind == CONTEXT) {
		insist(at == offsetof(struct cbpf_ebpf_ctx, undecided), "a store to the context");
		m->ctx.undecided = val;
		return;
	}
	insist(m->reg[i->dst].kind == FRAME, "a store to nowhere");
	at += CBPF_EBPF_STACK;
	insist(at < CBPF_EBPF_STACK && at % 4 == 0, "a store off the stack");
	m->stack[at / 4] = val;
	m->written[at / 4] = true;
}

static u64 compute(u8 op, u64 a, u64 b, u32 bits)
{
	switch (op) {
	case EBPF_MOV: return b;
	case EBPF_ADD: return a + b;
	case EBPF_SUB: return a - b;
	case CBPF_MUL_K & 0xf0: return a * b;
	case EBPF_AND: return a & b;
	case CBPF_OR_K & 0xf0: return a | b;
	case CBPF_XOR_K & 0xf0: return a ^ b;
	case CBPF_NEG & 0xf0: return 0 - a;
	case CBPF_DIV_K & 0xf0:
	case CBPF_MOD_K & 0xf0:
		insist(b, "division by 0");
		return op == (CBPF_DIV_K & 0xf0) ? a / b : a % b;
	}
	insist(b < bits, "shift");
	if (op == EBPF_LSH)
		return a << b;
	if (op == (CBPF_RSH_K & 0xf0))
		return a >> b;
	insist(op == EBPF_ARSH && bits == 64, "operation");
	return (u64)((int64_t)a >> b);
}

static void alu(struct machine *m, const struct cbpf_ebpf_insn *i)
{
	bool wide = (i->code & 7) == EBPF_ALU64;
	u64 b = i->code & EBPF_X ? number(m, i->src) : (u64)(int64_t)i->imm;
	u8 op = i->code & 0xf0;
	u64 a;

	a = op == EBPF_MOV ? 0 : number(m, i->dst);
	if (!wide) {
		a = (u32)a;
		b = (u32)b;
	}
	a = compute(op, a, b, wide ? 64 : 32);
	m->reg[i->dst] = (struct reg){ NUMBER, wide ? a : (u32)a };
}

static void swap(struct machine *m, const struct cbpf_ebpf_insn *i)
{
	u64 *val = &m->reg[i->dst].val;

	number(m, i->dst);
	insist(i->imm == 16 || i->imm == 32, "swap");
	*val = i->imm == 16 ? be16toh((uint16_t)*val) : be32toh((u32)*val);
}

static bool holds(const struct machine *m, const struct cbpf_ebpf_insn *i)
{
	u64 b = i->code & EBPF_X ? number(m, i->src) : (u64)(int64_t)i->imm;
	u64 a = number(m, i->dst);

	if ((i->code & 7) == EBPF_JMP32) {
		a = (u32)a;
		b = (u32)b;
	}
	switch (i->code & 0xf0) {
	case EBPF_JEQ: return a == b;
	case EBPF_JNE: return a != b;
	case EBPF_JGT: return a > b;
	case EBPF_JGE: return a >= b;
	case EBPF_JLT: return a < b;
	case EBPF_JLE: return a <= b;
	case EBPF_JSET: return a & b;
	}
	insist(false, "jump");
	return false;
}

/* The one comparison of 64 bits is that of a computed offset. */
static bool jumps(struct machine *m, const struct cbpf_ebpf_insn *i)
{
	bool yes = i->code == (EBPF_JMP | EBPF_JA) || holds(m, i);

	if (yes && m->wrong && i->code == (EBPF_JMP | EBPF_X | EBPF_JGT)) {
		m->strayed = true;
		return false;
	}
	return yes;
}

/* An offset becomes an address. */
static bool points(struct machine *m, const struct cbpf_ebpf_insn *i)
{
	if (i->code != (EBPF_ALU64 | EBPF_X | EBPF_ADD) || m->reg[i->src].kind != PACKET)
		return false;
	m->reg[i->dst] = (struct reg){ PACKET, number(m, i->dst) + m->reg[i->src].val };
	return true;
}

static u32 run(struct machine *m, const struct cbpf_ebpf_insn *insns, u32 size)
{
	const struct cbpf_ebpf_insn *i;
	u32 pc = 0;

	m->ctx = (struct cbpf_ebpf_ctx){ m->pkt->head, m->pkt->headlen, m->pkt->wirelen, 0 };
	m->reg[1].kind = CONTEXT;
	m->reg[10].kind = FRAME;
	for (;;) {
		insist(pc < size, "no end");
		i = &insns[pc++];
		if (i->code == (EBPF_JMP | EBPF_EXIT))
			return (u32)number(m, 0);
		if (i->code == (EBPF_ALU | EBPF_TO_BE))
			swap(m, i);
		else if ((i->code & 7) == (EBPF_LDX & 7))
			m->reg[i->dst] = load(m, i);
		else if ((i->code & 7) == (EBPF_ST & 7))
			store(m, i, (u32)i->imm);
		else if ((i->code & 7) == (EBPF_STX & 7))
			store(m, i, (u32)number(m, i->src));
		else if ((i->code & 7) == EBPF_ALU || (i->code & 7) == EBPF_ALU64)
			points(m, i) ? (void)0 : alu(m, i);
		else if (jumps(m, i))
			pc += (u32)i->off;
	}
}

/* Does it ask for what only the interpreter knows? */
static bool asks(const struct cbpf_insn *insns, u32 len)
{
	for (u32 i = 0; i < len; i++)
		if (insns[i].k >= 0xfffff000 &&
		    (insns[i].code == CBPF_LD_W_ABS || insns[i].code == CBPF_LD_H_ABS ||
		     insns[i].code == CBPF_LD_B_ABS || insns[i].code == CBPF_LDX_MSH))
			return true;
	return false;
}

static u32 translate(struct cbpf_ebpf_insn *code, bool guard)
{
	int size = cbpf_ebpf(loaded.insns, loaded.len, NULL, 0, guard);

	insist(size > 0 && size <= ROOM, "the translator refuses a program");
	insist(cbpf_ebpf(loaded.insns, loaded.len, code, (u32)size, guard) == size,
	       "another size the second time");
	return (u32)size;
}

void virtual_load(const struct cbpf_insn *insns, u32 len)
{
	virtual_wrong = NULL;
	loaded.insns = insns;
	/* Linux's loads are not for it: the driver asks first */
	loaded.len = cbpf_ancillary_used(insns, len) ? 0 : len;
	for (u32 guard = 0; loaded.len && guard < 2; guard++)
		loaded.size[guard] = translate(loaded.code[guard], guard);
}

static void check(const struct cbpf_pkt *pkt, u32 expected, bool guard)
{
	struct machine m = { .pkt = pkt };
	u32 result;

	result = run(&m, loaded.code[guard], loaded.size[guard]);
	if (m.ctx.undecided) {
		insist(pkt->headlen < pkt->wirelen || asks(loaded.insns, loaded.len),
		       "undecided without a reason");
		virtual_undecided++;
	} else {
		insist(result == expected, "another result");
		virtual_decided++;
	}
	if (guard) {
		m = (struct machine){ .pkt = pkt, .wrong = true };
		run(&m, loaded.code[guard], loaded.size[guard]);
	}
}

void virtual_run(const struct cbpf_pkt *pkt, u32 expected)
{
	if (!loaded.len)
		return;
	check(pkt, expected, false);
	check(pkt, expected, true);
}

void virtual_check(const struct cbpf_insn *insns, u32 len,
		   const struct cbpf_pkt *pkt, u32 expected)
{
	virtual_load(insns, len);
	virtual_run(pkt, expected);
}
