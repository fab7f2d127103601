// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Linux's loads: what they are, and those that only need the packet's bytes.
 * All others are the business of whoever made the packet.
 */
#include "ancillary.h"
#include "opcode.h"

/* Where netlink attributes begin; they are in host byte order, and so are A and X. */
struct nlattr_head {
	u16 len;	/* with this header, without padding */
	u16 type;	/* and two flags */
};

#define NLATTR_ALIGN(len)	(((len) + 3) & ~3U)
#define NLATTR_TYPE		0x3fff

/* Are loads of this kind, wherever k may be, relative ones too? */
static bool is_load(u16 code)
{
	switch (code) {
	case CBPF_LD_W_ABS:
	case CBPF_LD_H_ABS:
	case CBPF_LD_B_ABS:
	case CBPF_LD_W_IND:
	case CBPF_LD_H_IND:
	case CBPF_LD_B_IND:
	case CBPF_LDX_MSH:
		return true;
	}
	return false;
}

static bool is_absolute(u16 code)
{
	return code == CBPF_LD_W_ABS || code == CBPF_LD_H_ABS || code == CBPF_LD_B_ABS;
}

u32 cbpf_ancillary_which(const struct cbpf_insn *insn)
{
	u32 off = insn->k - CBPF_OFF_ANCILLARY;

	if (insn->k < CBPF_OFF_LINK || !is_load(insn->code))
		return CBPF_LOAD_PLAIN;
	if (insn->k < CBPF_OFF_ANCILLARY || !is_absolute(insn->code))
		return CBPF_LOAD_RELATIVE;
	return off % 4 == 0 && off / 4 < CBPF_ANCS ? off / 4 : CBPF_LOAD_OUTSIDE;
}

u32 cbpf_ancillary_used(const struct cbpf_insn *insns, u32 len)
{
	u32 used = 0, i;

	for (i = 0; i < len; i++) {
		u32 which = cbpf_ancillary_which(&insns[i]);

		if (which <= CBPF_LOAD_RELATIVE)
			used |= 1U << which;
	}
	return used;
}

bool cbpf_ancillary_fill(const struct cbpf_pkt *pkt, u32 used, u32 *words)
{
	u32 which;

	/* native code computes this one itself */
	used &= ~(1U << CBPF_ANC_ALU_XOR_X);
	if (used && (!pkt->ancillary || used & CBPF_USES_INTERPRETER))
		return false;
	for (which = 0; used >> which; which++)
		if (used & 1U << which &&
		    !pkt->ancillary(pkt, which, 0, 0, &words[which]))
			return false;
	return true;
}

bool cbpf_relative(const struct cbpf_pkt *pkt, u32 k, u64 *off)
{
	if (!pkt->ancillary)
		return false;
	*off = k - CBPF_OFF_LINK;
	if (k >= CBPF_OFF_NETWORK) {
		if (pkt->network == CBPF_NO_NETWORK)
			return false;
		*off = (u64)(k - CBPF_OFF_NETWORK) + pkt->network;
	}
	return true;
}

static bool copy(const struct cbpf_pkt *pkt, u32 off, u32 size, void *to)
{
	if ((u64)off + size <= pkt->headlen) {
		__builtin_memcpy(to, pkt->head + cbpf_nospec(off, pkt->headlen), size);
		return true;
	}
	return pkt->fetch && (u64)off + size <= pkt->wirelen &&
	       pkt->fetch(pkt, off, size, to);
}

/* An attribute at off that ends before end. */
static bool nlattr_at(const struct cbpf_pkt *pkt, u64 off, u64 end,
		      struct nlattr_head *head)
{
	return off + sizeof(*head) <= end && copy(pkt, off, sizeof(*head), head) &&
	       head->len >= sizeof(*head) && off + head->len <= end;
}

/* Return: offset of the first attribute of this type, 0: none. */
static u32 nlattr_find(const struct cbpf_pkt *pkt, u64 off, u64 end, u32 type)
{
	struct nlattr_head head;

	for (; nlattr_at(pkt, off, end, &head); off += NLATTR_ALIGN(head.len))
		if ((head.type & NLATTR_TYPE) == type)
			return off;
	return 0;
}

bool cbpf_ancillary(const struct cbpf_pkt *pkt, enum cbpf_anc which, u32 a, u32 x,
		    u32 *val)
{
	struct nlattr_head head;

	if (which == CBPF_ANC_ALU_XOR_X) {
		*val = a ^ x;
		return true;
	}
	if (!pkt->ancillary)
		return false;
	switch (which) {
	case CBPF_ANC_NLATTR:
		*val = nlattr_find(pkt, a, pkt->wirelen, x);
		return true;
	case CBPF_ANC_NLATTR_NEST:
		*val = 0;
		if (nlattr_at(pkt, a, pkt->wirelen, &head))
			*val = nlattr_find(pkt, (u64)a + sizeof(head),
					   (u64)a + head.len, x);
		return true;
	default:
		return pkt->ancillary(pkt, which, a, x, val);
	}
}
