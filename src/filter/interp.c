// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Runs a valid program over a packet, one instruction after the other. This is
 * the engine that works everywhere and that all faster ones must agree with.
 * It relies on the validator for everything that can be known without the
 * packet: operations, jump targets, indices of M[], constant divisors.
 */
#include "ancillary.h"
#include "opcode.h"

static u32 cbpf_be(const u8 *p, u32 size)
{
	return size == 4 ? cbpf_be32(p) : size == 2 ? cbpf_be16(p) : *p;
}

/* A load that is not inside the head: beyond it, across its end, or outside. */
static bool cbpf_load_rest(const struct cbpf_pkt *pkt, u64 off, u32 size,
			   u32 *val)
{
	u8 bytes[4];

	if (!pkt->fetch || off + size > pkt->wirelen ||
	    !pkt->fetch(pkt, (u32)off, size, bytes))
		return false;
	*val = cbpf_be(bytes, size);
	return true;
}

/*
 * Load @size bytes at @off, or return false. The offset has 64 bits so that
 * neither X + k nor the sum below can wrap. Inlined because @size is constant
 * in most uses.
 */
static __always_inline bool cbpf_load_at(const struct cbpf_pkt *pkt, u64 off,
					 u32 size, u32 *val)
{
	u32 headlen = pkt->headlen;

	if (likely(off + size <= headlen)) {
		*val = cbpf_be(pkt->head + cbpf_nospec((u32)off, headlen), size);
		return true;
	}
	return cbpf_load_rest(pkt, off, size, val);
}

/* One of Linux's loads; @add is X or 0. */
static bool cbpf_load_linux(const struct cbpf_pkt *pkt, const struct cbpf_insn *insn,
			    u32 add, u32 size, u32 a, u32 x, u32 *val)
{
	u32 which = cbpf_ancillary_which(insn);
	u64 off;

	if (which < CBPF_ANCS)
		return cbpf_ancillary(pkt, which, a, x, val);
	return which == CBPF_LOAD_RELATIVE && cbpf_relative(pkt, insn->k, &off) &&
	       cbpf_load_at(pkt, off + add, size, val);
}

/* Load of an instruction, X or 0 being added to its offset. */
static __always_inline bool cbpf_load(const struct cbpf_pkt *pkt,
				      const struct cbpf_insn *insn, u32 add, u32 size,
				      u32 a, u32 x, u32 *val)
{
	if (unlikely(insn->k >= CBPF_OFF_LINK))
		return cbpf_load_linux(pkt, insn, add, size, a, x, val);
	return cbpf_load_at(pkt, (u64)insn->k + add, size, val);
}

u32 cbpf_run(const struct cbpf_insn *insns, u32 len,
	     const struct cbpf_pkt *pkt)
{
	u32 mem[CBPF_MEMWORDS] = { 0 };
	const struct cbpf_insn *pc;
	u32 a = 0, x = 0;
	u32 byte;

	if (!len)
		return CBPF_WHOLE;

	for (pc = insns;; pc++) {
		const u32 k = pc->k;
		/* The right operand of ALU operations and conditional jumps. */
		const u32 b = pc->code & CBPF_SRC_X ? x : k;

		switch (pc->code) {
		case CBPF_LD_IMM:
			a = k;
			break;
		case CBPF_LD_W_ABS:
			if (!cbpf_load(pkt, pc, 0, 4, a, x, &a))
				return 0;
			break;
		case CBPF_LD_H_ABS:
			if (!cbpf_load(pkt, pc, 0, 2, a, x, &a))
				return 0;
			break;
		case CBPF_LD_B_ABS:
			if (!cbpf_load(pkt, pc, 0, 1, a, x, &a))
				return 0;
			break;
		case CBPF_LD_W_IND:
			if (!cbpf_load(pkt, pc, x, 4, a, x, &a))
				return 0;
			break;
		case CBPF_LD_H_IND:
			if (!cbpf_load(pkt, pc, x, 2, a, x, &a))
				return 0;
			break;
		case CBPF_LD_B_IND:
			if (!cbpf_load(pkt, pc, x, 1, a, x, &a))
				return 0;
			break;
		case CBPF_LD_MEM:
			a = mem[k];
			break;
		case CBPF_LD_LEN:
			a = pkt->wirelen;
			break;

		case CBPF_LDX_IMM:
			x = k;
			break;
		case CBPF_LDX_MEM:
			x = mem[k];
			break;
		case CBPF_LDX_LEN:
			x = pkt->wirelen;
			break;
		case CBPF_LDX_MSH:	/* the length of an IPv4 header */
			if (!cbpf_load(pkt, pc, 0, 1, a, x, &byte))
				return 0;
			x = (byte & 0xf) * 4;
			break;

		case CBPF_ST:
			mem[k] = a;
			break;
		case CBPF_STX:
			mem[k] = x;
			break;

		case CBPF_ADD_K:
		case CBPF_ADD_X:
			a += b;
			break;
		case CBPF_SUB_K:
		case CBPF_SUB_X:
			a -= b;
			break;
		case CBPF_MUL_K:
		case CBPF_MUL_X:
			a *= b;
			break;
		case CBPF_DIV_K:
		case CBPF_DIV_X:
			if (!b)
				return 0;
			a /= b;
			break;
		case CBPF_MOD_K:
		case CBPF_MOD_X:
			if (!b)
				return 0;
			a %= b;
			break;
		case CBPF_OR_K:
		case CBPF_OR_X:
			a |= b;
			break;
		case CBPF_AND_K:
		case CBPF_AND_X:
			a &= b;
			break;
		case CBPF_XOR_K:
		case CBPF_XOR_X:
			a ^= b;
			break;
		case CBPF_LSH_K:
		case CBPF_LSH_X:
			a = b < 32 ? a << b : 0;
			break;
		case CBPF_RSH_K:
		case CBPF_RSH_X:
			a = b < 32 ? a >> b : 0;
			break;
		case CBPF_NEG:
			a = 0 - a;
			break;

		case CBPF_JA:
			pc += k;
			break;
		case CBPF_JEQ_K:
		case CBPF_JEQ_X:
			pc += a == b ? pc->jt : pc->jf;
			break;
		case CBPF_JGT_K:
		case CBPF_JGT_X:
			pc += a > b ? pc->jt : pc->jf;
			break;
		case CBPF_JGE_K:
		case CBPF_JGE_X:
			pc += a >= b ? pc->jt : pc->jf;
			break;
		case CBPF_JSET_K:
		case CBPF_JSET_X:
			pc += a & b ? pc->jt : pc->jf;
			break;

		case CBPF_RET_K:
			return k;
		case CBPF_RET_A:
			return a;

		case CBPF_TAX:
			x = a;
			break;
		case CBPF_TXA:
			a = x;
			break;

		default:	/* not in a valid program */
			return 0;
		}
	}
}
