/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * An assembler for as much of x86-64 as filters need: instructions by their
 * encoding (Intel SDM volume 2), labels, jumps of the right length, constants that
 * do not stand in the code. Knows no filter. All registers are 32 bits wide
 * unless a name says otherwise. Operations with constants may change the flags.
 */
#ifndef CBPF_X86_H
#define CBPF_X86_H

#include "port.h"

enum x86_reg { AX, CX, DX, BX, SP, BP, SI, DI, R8, R9, R10, R11 };

/* The last four bits of conditional instructions; the odd one is the opposite. */
enum x86_cc {
	CC_B = 2,	/* carry, too */
	CC_AE = 3,
	CC_E = 4,
	CC_NE = 5,
	CC_BE = 6,
	CC_A = 7,
	CC_ALWAYS = 16,
};

/* Operations of register with register, memory, immediate; the /digit of the last. */
enum x86_alu { X_ADD, X_OR, X_ADC, X_SBB, X_AND, X_SUB, X_XOR, X_CMP };

/* [base + (index << scale) + disp], index BX for none, base BP if there is only an index. */
struct x86_mem {
	u8 base;
	u8 index;
	u8 scale;
	u32 disp;
};

#define X_NOINDEX	BX
#define X_NOBASE	BP

/*
 * Code is put together again and again until no jump gets shorter: labels have
 * the addresses of the time before, which can only be too large. All jumps go
 * forward. To come to an end earlier the lengths of jumps can be left as some
 * time said: by labels that stay.
 */
struct x86 {
	u8 *code;	/* NULL: only count */
	u32 size;	/* of it so far */
	u32 room;
	u32 *label;	/* addresses; 0xffffffff before the first time */
	u32 *decide;	/* those that the lengths of jumps go by */
	bool moved;	/* a label has another address than the time before */
	enum x86_reg spare;	/* for constants that do not stand in the code */
	u32 blind;	/* not 0: state of the numbers that hide constants */
};

/* Can a constant, or a displacement, stand in the code as it is? */
static inline bool x86_is_plain(const struct x86 *x, u32 k)
{
	/* in one byte there is no room for anybody's code */
	return x->blind ? k + 128 < 256 && k < 0x80000000 : k < 0x80000000;
}

void x86_byte(struct x86 *x, u8 byte);
void x86_u32(struct x86 *x, u32 val);
void x86_label(struct x86 *x, u32 label);
void x86_jump(struct x86 *x, enum x86_cc cc, u32 label);
void x86_mov(struct x86 *x, enum x86_reg to, enum x86_reg from);
void x86_mov_imm(struct x86 *x, enum x86_reg to, u32 imm);
void x86_alu(struct x86 *x, enum x86_alu op, enum x86_reg to, enum x86_reg from);
void x86_alu64(struct x86 *x, enum x86_alu op, enum x86_reg to, enum x86_reg from);
void x86_alu_imm(struct x86 *x, enum x86_alu op, enum x86_reg to, u32 imm);
void x86_test(struct x86 *x, enum x86_reg a, enum x86_reg b);
void x86_test8(struct x86 *x, enum x86_reg a, enum x86_reg b);
void x86_test_imm(struct x86 *x, enum x86_reg a, u32 imm);
void x86_imul(struct x86 *x, enum x86_reg to, enum x86_reg from);
void x86_imul_imm(struct x86 *x, enum x86_reg to, enum x86_reg from, u32 imm);
void x86_div(struct x86 *x, enum x86_reg by);
void x86_shift_imm(struct x86 *x, bool left, enum x86_reg to, u8 by);
void x86_shift_cl(struct x86 *x, bool left, enum x86_reg to);
void x86_cmov(struct x86 *x, enum x86_cc cc, enum x86_reg to, enum x86_reg from);
void x86_cmov64(struct x86 *x, enum x86_cc cc, enum x86_reg to, enum x86_reg from);
void x86_setcc(struct x86 *x, enum x86_cc cc, enum x86_reg to);
void x86_carry(struct x86 *x, enum x86_reg to);
void x86_choose(struct x86 *x, enum x86_cc cc, enum x86_reg to, u32 yes, u32 no);
void x86_movzx8(struct x86 *x, enum x86_reg to, enum x86_reg from);
void x86_neg(struct x86 *x, enum x86_reg to);
void x86_alu8(struct x86 *x, enum x86_alu op, enum x86_reg to, enum x86_reg from);
void x86_bswap(struct x86 *x, enum x86_reg to);
void x86_rol16(struct x86 *x, enum x86_reg to);
void x86_load(struct x86 *x, enum x86_reg to, struct x86_mem from, u32 size);
void x86_store(struct x86 *x, struct x86_mem to, enum x86_reg from);
void x86_lea(struct x86 *x, enum x86_reg to, struct x86_mem from);
void x86_lea64(struct x86 *x, enum x86_reg to, struct x86_mem from);
void x86_lea_label(struct x86 *x, enum x86_reg to, u32 label);
void x86_bt(struct x86 *x, enum x86_reg bits, enum x86_reg which);
void x86_cmp_reg_mem(struct x86 *x, enum x86_reg a, struct x86_mem b);
void x86_cmp_mem(struct x86 *x, struct x86_mem a, u32 size, u32 imm);
void x86_test_mem(struct x86 *x, struct x86_mem a, u32 size, u32 imm);

#endif /* CBPF_X86_H */
