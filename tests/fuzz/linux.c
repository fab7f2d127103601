// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Programs of Linux's loads: its values, netlink attributes, offsets relative to a
 * header. Packets of attributes, so that some are found.
 */
#include "opcode.h"
#include "program.h"
#include "rng.h"

/* Behind the header of a netlink message, and where there is none. */
#define ATTRS_AT(state)		(rng_one_in(state, 4) ? 0 : 16)
#define KINDS			6

static struct cbpf_insn *add(struct fuzz_case *c, u16 code, u32 k)
{
	struct cbpf_insn *insn = &c->insns[c->len++];

	*insn = (struct cbpf_insn){ .code = code, .k = k };
	return insn;
}

static void load_attribute(struct fuzz_case *c, u64 *state)
{
	u32 at = ATTRS_AT(state), kind = rng_below(state, KINDS);

	if (rng_one_in(state, 8))
		at = rng_below(state, 80);
	add(c, CBPF_LD_IMM, at);
	add(c, CBPF_LDX_IMM, rng_below(state, KINDS));
	add(c, CBPF_LD_W_ABS, CBPF_OFF_ANCILLARY + 4 * CBPF_ANC_NLATTR);
	if (rng_one_in(state, 2))
		return;
	/* within the one that was found */
	add(c, CBPF_LDX_IMM, kind);
	add(c, CBPF_LD_W_ABS, CBPF_OFF_ANCILLARY + 4 * CBPF_ANC_NLATTR_NEST);
}

static void load_relative(struct fuzz_case *c, u64 *state)
{
	static const u16 codes[] = {
		CBPF_LD_W_ABS, CBPF_LD_H_ABS, CBPF_LD_B_ABS, CBPF_LD_W_IND,
		CBPF_LD_H_IND, CBPF_LD_B_IND, CBPF_LDX_MSH,
	};
	u16 code = codes[rng_below(state, sizeof(codes) / sizeof(codes[0]))];
	u32 base = rng_one_in(state, 2) ? CBPF_OFF_LINK : CBPF_OFF_NETWORK;

	add(c, CBPF_LDX_IMM, rng_below(state, 40));
	add(c, code, base + rng_below(state, 60));
	if (code == CBPF_LDX_MSH)
		add(c, CBPF_TXA, 0);
}

static void load_value(struct fuzz_case *c, u64 *state)
{
	static const u16 codes[] = { CBPF_LD_W_ABS, CBPF_LD_H_ABS, CBPF_LD_B_ABS };
	u32 off = 4 * rng_below(state, CBPF_ANCS + 1);

	if (rng_one_in(state, 16))
		off += rng_below(state, 4);
	add(c, CBPF_LDX_IMM, rng_below(state, KINDS));
	add(c, codes[rng_below(state, 3)], CBPF_OFF_ANCILLARY + off);
}

void linux_make(struct fuzz_case *c, u64 *state)
{
	u32 loads = 1 + rng_below(state, 3);

	c->len = 0;
	while (loads--) {
		switch (rng_below(state, 3)) {
		case 0:
			load_attribute(c, state);
			break;
		case 1:
			load_relative(c, state);
			break;
		default:
			load_value(c, state);
		}
		/* each one counts: M[0] = 31 * M[0] ^ A */
		add(c, CBPF_TAX, 0);
		add(c, CBPF_LD_MEM, 0);
		add(c, CBPF_MUL_K, 31);
		add(c, CBPF_XOR_X, 0);
		add(c, CBPF_ST, 0);
	}
	add(c, CBPF_RET_A, 0);
	packet_make(&c->packet, state);
	c->packet.has_facts |= !rng_one_in(state, 4);
	if (!rng_one_in(state, 4))
		linux_attributes(&c->packet, state);
}

/* An attribute of that size with its header, which is in host byte order. */
static void put_header(u8 *to, u32 size, u64 *state)
{
	u16 header[2] = { size, rng_below(state, KINDS) };

	/* flags: it is a nest, it is in network byte order */
	if (rng_one_in(state, 3))
		header[1] |= 0x4000 << rng_below(state, 2);
	__builtin_memcpy(to, header, sizeof(header));
}

void linux_attributes(struct fuzz_packet *p, u64 *state)
{
	u32 at = ATTRS_AT(state), size, inner, end;

	while (at + 4 <= p->avail && !rng_one_in(state, 12)) {
		size = 4 + rng_below(state, 40);
		/* mostly inside of the packet */
		if (at + size > p->avail && !rng_one_in(state, 4))
			break;
		put_header(p->bytes + at, size, state);
		end = at + size < p->avail ? at + size : p->avail;
		for (inner = at + 4; inner + 4 <= end && rng_one_in(state, 2); inner += 8)
			put_header(p->bytes + inner, 4 + rng_below(state, 10), state);
		at += (size + 3) & ~3U;
	}
}
