// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The assembler of x86.h.
 */
#include "x86.h"

void x86_byte(struct x86 *x, u8 byte)
{
	if (x->code && x->size < x->room)
		x->code[x->size] = byte;
	x->size++;
}

void x86_u32(struct x86 *x, u32 val)
{
	int i;

	for (i = 0; i < 4; i++)
		x86_byte(x, val >> 8 * i);
}

void x86_label(struct x86 *x, u32 label)
{
	x->moved |= x->label[label] != x->size;
	x->label[label] = x->size;
}

void x86_jump(struct x86 *x, enum x86_cc cc, u32 label)
{
	u32 to = x->label[label], far = x->decide[label];

	if (far != 0xffffffff && far - (x->size + 2) < 128) {
		x86_byte(x, cc == CC_ALWAYS ? 0xeb : 0x70 | cc);
		x86_byte(x, to - (x->size + 1));
	} else if (cc == CC_ALWAYS) {
		x86_byte(x, 0xe9);
		x86_u32(x, to - (x->size + 4));
	} else {
		x86_byte(x, 0x0f);
		x86_byte(x, 0x80 | cc);
		x86_u32(x, to - (x->size + 4));
	}
}

/* REX prefix; omitted where it says nothing. reg and rm may be any registers. */
static void rex(struct x86 *x, bool wide, u32 reg, u32 index, u32 rm)
{
	u8 byte = 0x40 | wide << 3 | reg >> 3 << 2 | index >> 3 << 1 | rm >> 3;

	if (byte != 0x40)
		x86_byte(x, byte);
}

/* Opcode with two registers. */
static void op_reg(struct x86 *x, bool wide, u32 op, u32 reg, u32 rm)
{
	rex(x, wide, reg, 0, rm);
	if (op > 0xff)
		x86_byte(x, op >> 8);
	x86_byte(x, op);
	x86_byte(x, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

/* Opcode with a register and an index that nothing is added to but a displacement. */
static void op_index(struct x86 *x, bool wide, u32 op, u32 reg, struct x86_mem m)
{
	rex(x, wide, reg, m.index, 0);
	if (op > 0xff)
		x86_byte(x, op >> 8);
	x86_byte(x, op);
	x86_byte(x, (reg & 7) << 3 | 4);
	x86_byte(x, m.scale << 6 | (m.index & 7) << 3 | BP);
	x86_u32(x, m.disp);
}

/* Opcode with a register and memory. No base is SP or R12. */
static void op_mem(struct x86 *x, bool wide, u32 op, u32 reg, struct x86_mem m)
{
	bool indexed = m.index != X_NOINDEX;
	u32 mod = m.disp == 0 && (m.base & 7) != BP ? 0 :
		  m.disp + 128 < 256 ? 0x40 : 0x80;

	if (m.base == X_NOBASE) {
		op_index(x, wide, op, reg, m);
		return;
	}
	rex(x, wide, reg, indexed ? m.index : 0, m.base);
	if (op > 0xff)
		x86_byte(x, op >> 8);
	x86_byte(x, op);
	if (indexed) {
		x86_byte(x, mod | (reg & 7) << 3 | 4);
		x86_byte(x, m.scale << 6 | (m.index & 7) << 3 | (m.base & 7));
	} else {
		x86_byte(x, mod | (reg & 7) << 3 | (m.base & 7));
	}
	if (mod == 0x40)
		x86_byte(x, m.disp);
	else if (mod == 0x80)
		x86_u32(x, m.disp);
}

void x86_mov(struct x86 *x, enum x86_reg to, enum x86_reg from)
{
	op_reg(x, false, 0x8b, to, from);
}

/* Has it to be hidden? */
static bool hides(const struct x86 *x, u32 imm)
{
	return x->blind && imm + 128 >= 256;
}

static void mov_plain(struct x86 *x, enum x86_reg to, u32 imm)
{
	rex(x, false, 0, 0, to);
	x86_byte(x, 0xb8 | (to & 7));
	x86_u32(x, imm);
}

/* As two numbers that nobody could know before. */
static void mov_hidden(struct x86 *x, enum x86_reg to, u32 imm)
{
	/* Marsaglia, Xorshift RNGs, 2003: any state but 0, and never 0 again */
	x->blind ^= x->blind << 13;
	x->blind ^= x->blind >> 17;
	x->blind ^= x->blind << 5;
	mov_plain(x, to, imm ^ x->blind);
	op_reg(x, false, 0x81, X_XOR, to);
	x86_u32(x, x->blind);
}

void x86_mov_imm(struct x86 *x, enum x86_reg to, u32 imm)
{
	if (!imm)
		op_reg(x, false, 0x33, to, to);	/* xor */
	else if (hides(x, imm))
		mov_hidden(x, to, imm);
	else
		mov_plain(x, to, imm);
}

void x86_alu(struct x86 *x, enum x86_alu op, enum x86_reg to, enum x86_reg from)
{
	op_reg(x, false, op << 3 | 3, to, from);
}

void x86_alu64(struct x86 *x, enum x86_alu op, enum x86_reg to, enum x86_reg from)
{
	op_reg(x, true, op << 3 | 3, to, from);
}

void x86_alu_imm(struct x86 *x, enum x86_alu op, enum x86_reg to, u32 imm)
{
	if (hides(x, imm)) {
		mov_hidden(x, x->spare, imm);
		x86_alu(x, op, to, x->spare);
	} else if (imm + 128 < 256) {
		op_reg(x, false, 0x83, op, to);
		x86_byte(x, imm);
	} else if (to == AX) {
		x86_byte(x, op << 3 | 5);
		x86_u32(x, imm);
	} else {
		op_reg(x, false, 0x81, op, to);
		x86_u32(x, imm);
	}
}

void x86_test(struct x86 *x, enum x86_reg a, enum x86_reg b)
{
	op_reg(x, false, 0x85, b, a);
}

void x86_test8(struct x86 *x, enum x86_reg a, enum x86_reg b)
{
	op_reg(x, false, 0x84, b, a);
}

void x86_test_imm(struct x86 *x, enum x86_reg a, u32 imm)
{
	if (hides(x, imm)) {
		mov_hidden(x, x->spare, imm);
		x86_test(x, a, x->spare);
		return;
	}
	if (a == AX)
		x86_byte(x, 0xa9);
	else
		op_reg(x, false, 0xf7, 0, a);
	x86_u32(x, imm);
}

void x86_imul(struct x86 *x, enum x86_reg to, enum x86_reg from)
{
	op_reg(x, false, 0x0faf, to, from);
}

void x86_imul_imm(struct x86 *x, enum x86_reg to, enum x86_reg from, u32 imm)
{
	if (hides(x, imm)) {
		mov_hidden(x, x->spare, imm);
		x86_mov(x, to, from);
		x86_imul(x, to, x->spare);
		return;
	}
	op_reg(x, false, 0x69, to, from);
	x86_u32(x, imm);
}

/* DX:AX by a register: AX the quotient, DX the remainder. */
void x86_div(struct x86 *x, enum x86_reg by)
{
	op_reg(x, false, 0xf7, 6, by);
}

void x86_shift_imm(struct x86 *x, bool left, enum x86_reg to, u8 by)
{
	op_reg(x, false, 0xc1, left ? 4 : 5, to);
	x86_byte(x, by);
}

void x86_shift_cl(struct x86 *x, bool left, enum x86_reg to)
{
	op_reg(x, false, 0xd3, left ? 4 : 5, to);
}

void x86_cmov(struct x86 *x, enum x86_cc cc, enum x86_reg to, enum x86_reg from)
{
	op_reg(x, false, 0x0f40 | cc, to, from);
}

/* All bits if there is a carry, else none: the register less itself and the carry. */
void x86_carry(struct x86 *x, enum x86_reg to)
{
	x86_alu(x, X_SBB, to, to);
}

/* One of two constants, by flags that no constant may change. */
void x86_choose(struct x86 *x, enum x86_cc cc, enum x86_reg to, u32 yes, u32 no)
{
	if ((cc == CC_B && !no) || (cc == CC_AE && !yes)) {
		x86_carry(x, to);
		if ((yes | no) != 0xffffffff)
			x86_alu_imm(x, X_AND, to, yes | no);
		return;
	}
	if (hides(x, yes) || hides(x, no)) {
		/* all bits or none, of what they differ in */
		x86_setcc(x, cc, to);
		x86_movzx8(x, to, to);
		x86_neg(x, to);
		x86_alu_imm(x, X_AND, to, yes ^ no);
		x86_alu_imm(x, X_XOR, to, no);
		return;
	}
	mov_plain(x, to, no);
	mov_plain(x, x->spare, yes);
	x86_cmov(x, cc, to, x->spare);
}

void x86_cmov64(struct x86 *x, enum x86_cc cc, enum x86_reg to, enum x86_reg from)
{
	op_reg(x, true, 0x0f40 | cc, to, from);
}

/* 0 or 1 to the low byte of AX, CX, DX or R8 to R11: others need a prefix. */
void x86_setcc(struct x86 *x, enum x86_cc cc, enum x86_reg to)
{
	op_reg(x, false, 0x0f90 | cc, 0, to);
}

void x86_movzx8(struct x86 *x, enum x86_reg to, enum x86_reg from)
{
	op_reg(x, false, 0x0fb6, to, from);
}

void x86_neg(struct x86 *x, enum x86_reg to)
{
	op_reg(x, false, 0xf7, 3, to);
}

/* Low bytes of those, too. */
void x86_alu8(struct x86 *x, enum x86_alu op, enum x86_reg to, enum x86_reg from)
{
	op_reg(x, false, op << 3 | 2, to, from);
}

void x86_bswap(struct x86 *x, enum x86_reg to)
{
	rex(x, false, 0, 0, to);
	x86_byte(x, 0x0f);
	x86_byte(x, 0xc8 | (to & 7));
}

/* Swaps the two low bytes. */
void x86_rol16(struct x86 *x, enum x86_reg to)
{
	x86_byte(x, 0x66);
	op_reg(x, false, 0xc1, 0, to);
	x86_byte(x, 8);
}

/* Little-endian; zeros above. */
void x86_load(struct x86 *x, enum x86_reg to, struct x86_mem from, u32 size)
{
	op_mem(x, false, size == 4 ? 0x8b : size == 2 ? 0x0fb7 : 0x0fb6, to, from);
}

void x86_store(struct x86 *x, struct x86_mem to, enum x86_reg from)
{
	op_mem(x, false, 0x89, from, to);
}

void x86_lea(struct x86 *x, enum x86_reg to, struct x86_mem from)
{
	op_mem(x, false, 0x8d, to, from);
}

void x86_lea64(struct x86 *x, enum x86_reg to, struct x86_mem from)
{
	op_mem(x, true, 0x8d, to, from);
}

/* The address of a label. */
void x86_lea_label(struct x86 *x, enum x86_reg to, u32 label)
{
	rex(x, true, to, 0, 0);
	x86_byte(x, 0x8d);
	x86_byte(x, (to & 7) << 3 | 5);
	x86_u32(x, x->label[label] - (x->size + 4));
}

/* Carry is the bit of that number, of the lower 5 bits of it. */
void x86_bt(struct x86 *x, enum x86_reg bits, enum x86_reg which)
{
	op_reg(x, false, 0x0fa3, which, bits);
}

void x86_cmp_reg_mem(struct x86 *x, enum x86_reg a, struct x86_mem b)
{
	op_mem(x, false, 0x3b, a, b);
}

/* Size 1 or 4: an immediate of 2 bytes stalls the decoders of some processors. */
void x86_cmp_mem(struct x86 *x, struct x86_mem a, u32 size, u32 imm)
{
	if (size == 1) {
		op_mem(x, false, 0x80, X_CMP, a);
		x86_byte(x, imm);
	} else {
		op_mem(x, false, 0x81, X_CMP, a);
		x86_u32(x, imm);
	}
}

void x86_test_mem(struct x86 *x, struct x86_mem a, u32 size, u32 imm)
{
	op_mem(x, false, size == 1 ? 0xf6 : 0xf7, 0, a);
	if (size == 1)
		x86_byte(x, imm);
	else
		x86_u32(x, imm);
}
