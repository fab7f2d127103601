// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 8.2, 8.3: which programs are accepted: the opcodes one by one, the rules.
 */
#include "conf.h"

static int set(const struct bpf_program *prog)
{
	return ioctl(fresh(), BIOCSETF, prog);
}

/* Every opcode there is, hexadecimal, from 8.2. */
static const uint8_t known[] = {
	0x00, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x60, 0x80,
	0x01, 0x61, 0x81, 0xb1,
	0x02, 0x03,
	0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x84, 0x94, 0xa4,
	0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0x9c, 0xac,
	0x05, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d,
	0x06, 0x16,
	0x07, 0x87,
};

static bool is_known(unsigned int code)
{
	return code < 256 && memchr(known, code, sizeof(known));
}

static void opcode(const struct row *r)
{
	want_true(is_known(r->a));
	want(set(PROGRAM(STMT(r->a, r->b), RET(1))), 0);
}

static void last_opcode(const struct row *r)
{
	want(set(PROGRAM(STMT(r->a, 1))), 0);
}

/* All codes of a class that are not in the table, also with more bits. */
static void class_rest(const struct row *r)
{
	int fd = fresh();

	for (unsigned int code = r->a; code < 0x400; code += 8) {
		if (is_known(code))
			continue;
		if (ioctl(fd, BIOCSETF, PROGRAM(STMT(code, 1), RET(1))) != -1 ||
		    errno != EINVAL) {
			printf("code %#x is accepted\n", code);
			exit(1);
		}
	}
}

static void accepted(const struct row *r)
{
	want(set(r->p), 0);
}

static void refused(const struct row *r)
{
	want_errno(set(r->p), EINVAL);
}

static void far_jump(const struct row *r)
{
	static struct bpf_insn insns[300];
	struct bpf_program prog = { r->a, insns };

	for (int i = 0; i < 300; i++)
		insns[i] = (struct bpf_insn)RET(1);
	/* jt and jf are bytes */
	insns[0] = (struct bpf_insn)JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 255, 254);
	if (r->b)
		want_errno(set(&prog), EINVAL);
	else
		want(set(&prog), 0);
}

#define CODE(code, k, what) \
	{ "8.2", "FreeBSD", #code " is accepted: " what, opcode, .a = code, .b = k }
#define REST(n, what) \
	{ "8.2", "FreeBSD", what ": no other code of its class is accepted", class_rest, .a = n }
#define OK(says, ...) { "8.3", "FreeBSD", says, accepted, .p = PROGRAM(__VA_ARGS__) }
#define NO(says, ...) { "8.3", "FreeBSD", says, refused, .p = PROGRAM(__VA_ARGS__) }

static const struct row rows[] = {
	CODE(0x00, 1, "ld #k"),
	CODE(0x20, 1, "ld [k]"),
	CODE(0x28, 1, "ldh [k]"),
	CODE(0x30, 1, "ldb [k]"),
	CODE(0x40, 1, "ld [x + k]"),
	CODE(0x48, 1, "ldh [x + k]"),
	CODE(0x50, 1, "ldb [x + k]"),
	CODE(0x60, 1, "ld M[k]"),
	CODE(0x80, 1, "ld #len"),
	CODE(0x01, 1, "ldx #k"),
	CODE(0x61, 1, "ldx M[k]"),
	CODE(0x81, 1, "ldx #len"),
	CODE(0xb1, 1, "ldx 4 * ([k] & 15)"),
	CODE(0x02, 1, "st M[k]"),
	CODE(0x03, 1, "stx M[k]"),
	CODE(0x04, 1, "add #k"),
	CODE(0x14, 1, "sub #k"),
	CODE(0x24, 1, "mul #k"),
	CODE(0x34, 1, "div #k"),
	CODE(0x44, 1, "or #k"),
	CODE(0x54, 1, "and #k"),
	CODE(0x64, 1, "lsh #k"),
	CODE(0x74, 1, "rsh #k"),
	CODE(0x84, 1, "neg"),
	CODE(0x94, 1, "mod #k (OpenBSD, macOS: not)"),
	CODE(0xa4, 1, "xor #k (OpenBSD, macOS: not)"),
	CODE(0x0c, 1, "add x"),
	CODE(0x1c, 1, "sub x"),
	CODE(0x2c, 1, "mul x"),
	CODE(0x3c, 1, "div x"),
	CODE(0x4c, 1, "or x"),
	CODE(0x5c, 1, "and x"),
	CODE(0x6c, 1, "lsh x"),
	CODE(0x7c, 1, "rsh x"),
	CODE(0x9c, 1, "mod x"),
	CODE(0xac, 1, "xor x"),
	CODE(0x05, 0, "ja"),
	CODE(0x15, 1, "jeq #k"),
	CODE(0x1d, 1, "jeq x"),
	CODE(0x25, 1, "jgt #k"),
	CODE(0x2d, 1, "jgt x"),
	CODE(0x35, 1, "jge #k"),
	CODE(0x3d, 1, "jge x"),
	CODE(0x45, 1, "jset #k"),
	CODE(0x4d, 1, "jset x"),
	CODE(0x06, 1, "ret #k, also in the middle"),
	CODE(0x16, 1, "ret a, also in the middle"),
	CODE(0x07, 1, "tax"),
	CODE(0x87, 1, "txa"),
	REST(0, "ld"),
	REST(1, "ldx"),
	REST(2, "st"),
	REST(3, "stx"),
	REST(4, "alu"),
	REST(5, "jmp"),
	REST(6, "ret (RET X does not exist)"),
	REST(7, "misc (NetBSD's COP included)"),
	NO("OpenBSD's random number (0xc0) is refused", STMT(0xc0, 0), RET(1)),
	NO("NetBSD's odd sizes (0x38) are refused", STMT(0x38, 0), RET(1)),
	{ "8.3", "FreeBSD", "a single ret #k is a program", last_opcode, .a = 0x06 },
	{ "8.3", "FreeBSD", "a single ret a is a program", last_opcode, .a = 0x16 },
	NO("the last instruction is not a return: ld", STMT(BPF_LD | BPF_IMM, 1)),
	NO("the last instruction is not a return: ja", RET(1), STMT(BPF_JMP | BPF_JA, 0)),
	NO("the last instruction is not a return: jeq",
	   JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0)),
	OK("a jump to the last instruction", STMT(BPF_JMP | BPF_JA, 1), RET(0), RET(1)),
	NO("ja just behind the end", STMT(BPF_JMP | BPF_JA, 1), RET(1)),
	NO("ja far behind the end", STMT(BPF_JMP | BPF_JA, 0x7fffffff), RET(1)),
	NO("ja back to itself", STMT(BPF_JMP | BPF_JA, 0xffffffff), RET(1)),
	NO("ja backwards, as libpcap's protochain does", RET(1),
	   STMT(BPF_JMP | BPF_JA, 0xfffffffe), RET(1)),
	OK("jt to the last instruction", JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), RET(0), RET(1)),
	NO("jt behind the end", JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), RET(1)),
	NO("jf behind the end", JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), RET(1)),
	NO("jf behind the end, with x", JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 255), RET(1)),
	{ "8.3", "FreeBSD", "branches of 255 and 254 inside the program", far_jump, .a = 257 },
	{ "8.3", "FreeBSD", "a branch of 255 just behind it", far_jump, .a = 256, .b = 1 },
	OK("M[15] is the last word", STMT(BPF_LD | BPF_MEM, 15), RET(1)),
	NO("ld M[16]", STMT(BPF_LD | BPF_MEM, 16), RET(1)),
	NO("ldx M[16]", STMT(BPF_LDX | BPF_MEM, 16), RET(1)),
	NO("st M[16]", STMT(BPF_ST, 16), RET(1)),
	NO("stx M[0xffffffff]", STMT(BPF_STX, 0xffffffff), RET(1)),
	OK("reading M[] before it is written (NetBSD: refused)", STMT(BPF_LD | BPF_MEM, 3),
	   STMT(BPF_RET | BPF_A, 0)),
	NO("a division by the constant 0", STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RET(1)),
	NO("a remainder of the constant 0", STMT(BPF_ALU | BPF_MOD | BPF_K, 0), RET(1)),
	NO("a division by 0 that is never reached", RET(1),
	   STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RET(1)),
	NO("an unknown code that is never reached", RET(1), STMT(0xff, 0), RET(1)),
	OK("any constant packet offset (OpenBSD, macOS: below the greatest buffer)",
	   STMT(BPF_LD | BPF_W | BPF_ABS, 0x7fffffff), RET(1)),
	OK("also those where Linux could have ancillary data and has none",
	   STMT(BPF_LD | BPF_W | BPF_ABS, 0xfffff0fc), RET(1)),
	OK("a shift by 32 (Linux: refused)", STMT(BPF_ALU | BPF_LSH | BPF_K, 32), RET(1)),
	OK("a shift by 0xffffffff", STMT(BPF_ALU | BPF_RSH | BPF_K, 0xffffffff), RET(1)),
	OK("unreachable code", RET(1), RET(2), STMT(BPF_LD | BPF_IMM, 0), RET(3)),
	OK("jt and jf of an instruction that does not branch are ignored",
	   { BPF_LD | BPF_IMM, 9, 9, 1 }, RET(1)),
};

SECTION(validation, "filter validation");
