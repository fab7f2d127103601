/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * One statement of C for each operation of opcode.h, for engine_clang.c: a generated
 * program is a function of one line for each instruction. k is its operand; t and f
 * are labels, of the next instruction unless it is a jump. In scope are
 *
 *	const u8 *p	the packet	u64 len, wire	bytes there, and on the wire
 *	u32 a, x, m[16]	registers, 0 at the start
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

static inline u32 load1(const u8 *p)
{
	return *p;
}

static inline u32 load2(const u8 *p)
{
	u16 value;

	__builtin_memcpy(&value, p, 2);
	return __builtin_bswap16(value);
}

static inline u32 load4(const u8 *p)
{
	u32 value;

	__builtin_memcpy(&value, p, 4);
	return __builtin_bswap32(value);
}

#define PROGRAM(name)	u32 name(const u8 *p, u64 len, u64 wire)
#define REGISTERS	u32 a = 0, x = 0, m[16] = { 0 }

#define LOAD(size, offset)	{ u64 o = (offset); if (o + size > len) return 0; \
				  a = load##size(p + o); }
#define LD_IMM(k, t, f)		a = k;
#define LD_W_ABS(k, t, f)	LOAD(4, (u64)(k))
#define LD_H_ABS(k, t, f)	LOAD(2, (u64)(k))
#define LD_B_ABS(k, t, f)	LOAD(1, (u64)(k))
#define LD_W_IND(k, t, f)	LOAD(4, (u64)x + (k))
#define LD_H_IND(k, t, f)	LOAD(2, (u64)x + (k))
#define LD_B_IND(k, t, f)	LOAD(1, (u64)x + (k))
#define LD_MEM(k, t, f)		a = m[k];
#define LD_LEN(k, t, f)		a = wire;
#define LDX_IMM(k, t, f)	x = k;
#define LDX_MEM(k, t, f)	x = m[k];
#define LDX_LEN(k, t, f)	x = wire;
#define LDX_MSH(k, t, f)	{ if ((u64)(k) + 1 > len) return 0; x = (p[k] & 15) * 4; }
#define ST(k, t, f)		m[k] = a;
#define STX(k, t, f)		m[k] = x;
#define ADD_K(k, t, f)		a += k;
#define ADD_X(k, t, f)		a += x;
#define SUB_K(k, t, f)		a -= k;
#define SUB_X(k, t, f)		a -= x;
#define MUL_K(k, t, f)		a *= k;
#define MUL_X(k, t, f)		a *= x;
#define DIV_K(k, t, f)		a /= k;
#define DIV_X(k, t, f)		{ if (!x) return 0; a /= x; }
#define MOD_K(k, t, f)		a %= k;
#define MOD_X(k, t, f)		{ if (!x) return 0; a %= x; }
#define OR_K(k, t, f)		a |= k;
#define OR_X(k, t, f)		a |= x;
#define AND_K(k, t, f)		a &= k;
#define AND_X(k, t, f)		a &= x;
#define XOR_K(k, t, f)		a ^= k;
#define XOR_X(k, t, f)		a ^= x;
#define LSH_K(k, t, f)		a = (k) > 31 ? 0 : a << ((k) & 31);
#define LSH_X(k, t, f)		a = x > 31 ? 0 : a << (x & 31);
#define RSH_K(k, t, f)		a = (k) > 31 ? 0 : a >> ((k) & 31);
#define RSH_X(k, t, f)		a = x > 31 ? 0 : a >> (x & 31);
#define NEG(k, t, f)		a = -a;
#define TAX(k, t, f)		x = a;
#define TXA(k, t, f)		a = x;
#define JA(k, t, f)		goto t;
#define JEQ_K(k, t, f)		if (a == (k)) goto t; else goto f;
#define JEQ_X(k, t, f)		if (a == x) goto t; else goto f;
#define JGT_K(k, t, f)		if (a > (k)) goto t; else goto f;
#define JGT_X(k, t, f)		if (a > x) goto t; else goto f;
#define JGE_K(k, t, f)		if (a >= (k)) goto t; else goto f;
#define JGE_X(k, t, f)		if (a >= x) goto t; else goto f;
#define JSET_K(k, t, f)		if (a & (k)) goto t; else goto f;
#define JSET_X(k, t, f)		if (a & x) goto t; else goto f;
#define RET_K(k, t, f)		return k;
#define RET_A(k, t, f)		return a;
