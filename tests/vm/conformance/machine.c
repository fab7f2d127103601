// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 8.1, 8.2, 8.4: what programs compute.  A row's program runs over a frame of 1000
 * bytes; what it returns is seen as the bytes captured, 0 as no packet.
 *
 * The frame: byte 14 is 0x45, bytes 16 to 19 are de ad be ef, the last four are
 * 11 22 33 44.
 */
#include "conf.h"

#define LEN 1000

static uint8_t frame[LEN];

static void runs(const struct row *r)
{
	int fd = on();
	ssize_t len;

	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	frame_make(frame, LEN, 1);
	frame[14] = 0x45;
	memcpy(frame + 16, "\xde\xad\xbe\xef", 4);
	memcpy(frame + LEN - 4, "\x11\x22\x33\x44", 4);
	want(ioctl(fd, BIOCSETF, r->p), 0);
	must(write(fd, frame, LEN));
	want(recv_count(fd), 1);
	len = take(fd);
	want(len < 0 ? 0 : nth(len, 0)->bh_caplen, r->a);
}

/* Words that one program loads; to set a program each takes much longer. */
#define WORDS 64

/* Of the frame: each load across the end of the linear part, some elsewhere. */
static uint32_t next_word(uint32_t k)
{
	/* it ends somewhat below a page */
	return k >= 3400 && k < 4200 ? k + 1 : k + 97;
}

/* A program that captures 1 byte, or 2 + n if the nth word from *k on is another one. */
static int words_program(struct bpf_insn *p, const uint8_t *big, uint32_t size,
			 uint32_t *k, bool by_x)
{
	uint32_t be, n;
	int len = 0;

	for (n = 0; n < WORDS && *k <= size - 4; n++, *k = next_word(*k)) {
		memcpy(&be, big + *k, 4);
		p[len++] = (struct bpf_insn)STMT(BPF_LDX | BPF_IMM, by_x ? *k : 0);
		p[len++] = (struct bpf_insn)STMT(BPF_LD | BPF_W | (by_x ? BPF_IND : BPF_ABS), by_x ? 0 : *k);
		p[len++] = (struct bpf_insn)JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(be), 1, 0);
		p[len++] = (struct bpf_insn)RET(2 + n);
	}
	p[len++] = (struct bpf_insn)RET(1);
	return len;
}

/* A packet whose bytes are in fragments. */
static void fragments(const struct row *r)
{
	static uint8_t big[20000];
	struct bpf_insn insns[4 * WORDS + 1];
	struct bpf_program program = { .bf_insns = insns };
	int wire = wire_up("w0"), fd = bpf_on("w0", 65536);
	uint32_t k = 0, first;

	if_mtu("w0", 60000);
	frame_make(big, sizeof(big), 1);
	while (k <= sizeof(big) - 4) {
		first = k;
		program.bf_len = words_program(insns, big, sizeof(big), &k, r->a);
		must(ioctl(fd, BIOCSETF, &program));
		wire_receive(wire, big, sizeof(big));
		if (bpf_buffered(fd) != ETHER_HDRLEN + 1) {
			printf("of the words from %u on: %d instead of 1\n", first,
			       bpf_buffered(fd) - ETHER_HDRLEN);
			exit(1);
		}
	}
}

/* Just behind the end of a packet in fragments: FreeBSD's halfword gives 0 there. */
static void fragments_end(const struct row *r)
{
	static uint8_t big[20000];
	int wire = wire_up("w0"), fd = bpf_on("w0", 65536);

	if_mtu("w0", 60000);
	must(ioctl(fd, BIOCSETF, PROGRAM(STMT(BPF_LD | r->a | BPF_ABS, r->b), RET(1))));
	wire_receive(wire, big, sizeof(big));
	want(recv_count(fd), 1);
	want(bpf_buffered(fd), r->c ? ETHER_HDRLEN + 1 : 0);
}

#define LDK(k) STMT(BPF_LD | BPF_IMM, k)
#define LDXK(k) STMT(BPF_LDX | BPF_IMM, k)
#define RETA STMT(BPF_RET | BPF_A, 0)
/* 77 if A is this, else 0 */
#define IS(k) JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1), RET(77), RET(0)
#define ALU(op, k) STMT(BPF_ALU | (op) | BPF_K, k)
#define ALUX(op) STMT(BPF_ALU | (op) | BPF_X, 0)
#define BRANCH(op, k) JUMP(BPF_JMP | (op) | BPF_K, k, 0, 1), RET(77), RET(33)
#define BRANCHX(op) JUMP(BPF_JMP | (op) | BPF_X, 0, 0, 1), RET(77), RET(33)
#define RUN(para, says, result, ...)					\
	{ para, "FreeBSD", says, runs, .a = result, .p = PROGRAM(__VA_ARGS__) }
#define LINUX(says, ...)						\
	{ "8.5", "ours", says, runs, "outside of every packet on BSD",	\
	  .a = 77, .p = PROGRAM(__VA_ARGS__) }
#define LD(size, k) STMT(BPF_LD | (size) | BPF_ABS, k)
#define LDI(size, k) STMT(BPF_LD | (size) | BPF_IND, k)

static const struct row rows[] = {
	RUN("8.1", "A is 0 at start", 77, IS(0)),
	RUN("8.1", "X is 0 at start", 77, STMT(BPF_MISC | BPF_TXA, 0), IS(0)),
	RUN("8.3", "M[] is 0 at start", 77, LDK(5), STMT(BPF_LD | BPF_MEM, 9), IS(0)),
	RUN("8.2", "ret #k", 123, RET(123)),
	RUN("8.2", "ret a", 321, LDK(321), RETA),
	RUN("8.2", "ld #k, 32 bits", 77, LDK(0xfedcba98), IS(0xfedcba98)),
	RUN("8.2", "ldx #k", 44, LDXK(44), STMT(BPF_MISC | BPF_TXA, 0), RETA),
	RUN("8.2", "ld #len: the packet's length", 1000, STMT(BPF_LD | BPF_W | BPF_LEN, 0), RETA),
	RUN("8.2", "ldx #len", 1000, STMT(BPF_LDX | BPF_W | BPF_LEN, 0),
	    STMT(BPF_MISC | BPF_TXA, 0), RETA),
	RUN("8.1", "ld [k]: a word in network order", 77, LD(BPF_W, 16), IS(0xdeadbeef)),
	RUN("8.1", "ldh [k]: a halfword in network order", 77, LD(BPF_H, 17), IS(0xadbe)),
	RUN("8.1", "ldb [k]", 77, LD(BPF_B, 19), IS(0xef)),
	RUN("8.2", "ld [x + k]", 77, LDXK(10), LDI(BPF_W, 6), IS(0xdeadbeef)),
	RUN("8.2", "ldh [x + k]", 77, LDXK(10), LDI(BPF_H, 8), IS(0xbeef)),
	RUN("8.2", "ldb [x + k]", 77, LDXK(10), LDI(BPF_B, 7), IS(0xad)),
	RUN("8.2", "ldx 4 * ([k] & 15): an IP header's length", 20,
	    STMT(BPF_LDX | BPF_B | BPF_MSH, 14), STMT(BPF_MISC | BPF_TXA, 0), RETA),
	RUN("8.2", "ldx 4 * ([k] & 15) leaves A", 9, LDK(9),
	    STMT(BPF_LDX | BPF_B | BPF_MSH, 14), RETA),
	RUN("8.2", "st and ld M[k]", 55, LDK(55), STMT(BPF_ST, 15), LDK(0),
	    STMT(BPF_LD | BPF_MEM, 15), RETA),
	RUN("8.2", "stx and ldx M[k]", 56, LDXK(56), STMT(BPF_STX, 0), LDXK(0),
	    STMT(BPF_LDX | BPF_MEM, 0), STMT(BPF_MISC | BPF_TXA, 0), RETA),
	RUN("8.1", "16 words of M[] are apart", 77, LDK(1), STMT(BPF_ST, 0), LDK(2),
	    STMT(BPF_ST, 15), STMT(BPF_LD | BPF_MEM, 0), IS(1)),
	RUN("8.2", "tax", 66, LDK(66), STMT(BPF_MISC | BPF_TAX, 0), LDK(0),
	    STMT(BPF_MISC | BPF_TXA, 0), RETA),
	RUN("8.2", "add #k", 77, LDK(0xffffffff), ALU(BPF_ADD, 3), IS(2)),
	RUN("8.2", "sub #k", 77, LDK(2), ALU(BPF_SUB, 3), IS(0xffffffff)),
	RUN("8.2", "mul #k", 77, LDK(0x10001), ALU(BPF_MUL, 0x10000), IS(0x10000)),
	RUN("8.2", "div #k is unsigned", 77, LDK(0xfffffffe), ALU(BPF_DIV, 2), IS(0x7fffffff)),
	RUN("8.2", "mod #k is unsigned", 77, LDK(0xffffffff), ALU(BPF_MOD, 10), IS(5)),
	RUN("8.2", "or #k", 77, LDK(0xf0), ALU(BPF_OR, 0x0f), IS(0xff)),
	RUN("8.2", "and #k", 77, LDK(0xff), ALU(BPF_AND, 0x3c), IS(0x3c)),
	RUN("8.2", "xor #k", 77, LDK(0xff), ALU(BPF_XOR, 0x3c), IS(0xc3)),
	RUN("8.2", "lsh #k", 77, LDK(3), ALU(BPF_LSH, 31), IS(0x80000000)),
	RUN("8.2", "rsh #k is logical", 77, LDK(0x80000000), ALU(BPF_RSH, 31), IS(1)),
	RUN("8.4", "neg wraps", 77, LDK(1), STMT(BPF_ALU | BPF_NEG, 0), IS(0xffffffff)),
	RUN("8.4", "neg of 0x80000000 is itself", 77, LDK(0x80000000),
	    STMT(BPF_ALU | BPF_NEG, 0), IS(0x80000000)),
	RUN("8.2", "add x", 77, LDXK(7), LDK(5), ALUX(BPF_ADD), IS(12)),
	RUN("8.2", "sub x", 77, LDXK(7), LDK(5), ALUX(BPF_SUB), IS(0xfffffffe)),
	RUN("8.2", "mul x", 77, LDXK(7), LDK(5), ALUX(BPF_MUL), IS(35)),
	RUN("8.2", "div x", 77, LDXK(7), LDK(50), ALUX(BPF_DIV), IS(7)),
	RUN("8.2", "mod x", 77, LDXK(7), LDK(50), ALUX(BPF_MOD), IS(1)),
	RUN("8.2", "or x", 77, LDXK(6), LDK(1), ALUX(BPF_OR), IS(7)),
	RUN("8.2", "and x", 77, LDXK(6), LDK(3), ALUX(BPF_AND), IS(2)),
	RUN("8.2", "xor x", 77, LDXK(6), LDK(3), ALUX(BPF_XOR), IS(5)),
	RUN("8.2", "lsh x", 77, LDXK(4), LDK(3), ALUX(BPF_LSH), IS(48)),
	RUN("8.2", "rsh x", 77, LDXK(4), LDK(48), ALUX(BPF_RSH), IS(3)),
	RUN("8.4", "div by X = 0 rejects", 0, LDK(1), ALUX(BPF_DIV), RET(1)),
	RUN("8.4", "mod by X = 0 rejects", 0, LDK(1), ALUX(BPF_MOD), RET(1)),
	{ "8.4", "ours", "lsh by 32 gives 0", runs, "undefined on BSD", .a = 77,
	  .p = PROGRAM(LDK(1), ALU(BPF_LSH, 32), IS(0)) },
	{ "8.4", "ours", "rsh by 33 gives 0", runs, "undefined on BSD", .a = 77,
	  .p = PROGRAM(LDK(0xffffffff), ALU(BPF_RSH, 33), IS(0)) },
	{ "8.4", "ours", "lsh by X = 32 gives 0", runs, "undefined on BSD", .a = 77,
	  .p = PROGRAM(LDXK(32), LDK(1), ALUX(BPF_LSH), IS(0)) },
	{ "8.4", "ours", "rsh by X = 0xffffffff gives 0", runs, "undefined on BSD", .a = 77,
	  .p = PROGRAM(LDXK(0xffffffff), LDK(1), ALUX(BPF_RSH), IS(0)) },
	RUN("8.2", "ja skips k", 77, STMT(BPF_JMP | BPF_JA, 2), RET(1), RET(2), RET(77)),
	RUN("8.2", "jeq #k, equal", 77, LDK(5), BRANCH(BPF_JEQ, 5)),
	RUN("8.2", "jeq #k, not equal", 33, LDK(5), BRANCH(BPF_JEQ, 6)),
	RUN("8.2", "jgt #k is unsigned", 77, LDK(0xffffffff), BRANCH(BPF_JGT, 1)),
	RUN("8.2", "jgt #k, equal", 33, LDK(5), BRANCH(BPF_JGT, 5)),
	RUN("8.2", "jge #k, equal", 77, LDK(5), BRANCH(BPF_JGE, 5)),
	RUN("8.2", "jge #k is unsigned", 33, LDK(1), BRANCH(BPF_JGE, 0xffffffff)),
	RUN("8.2", "jset #k, a bit in common", 77, LDK(6), BRANCH(BPF_JSET, 3)),
	RUN("8.2", "jset #k, none", 33, LDK(6), BRANCH(BPF_JSET, 9)),
	RUN("8.2", "jeq x", 77, LDXK(5), LDK(5), BRANCHX(BPF_JEQ)),
	RUN("8.2", "jeq x, not equal", 33, LDXK(4), LDK(5), BRANCHX(BPF_JEQ)),
	RUN("8.2", "jgt x", 77, LDXK(4), LDK(5), BRANCHX(BPF_JGT)),
	RUN("8.2", "jgt x, equal", 33, LDXK(5), LDK(5), BRANCHX(BPF_JGT)),
	RUN("8.2", "jge x, equal", 77, LDXK(5), LDK(5), BRANCHX(BPF_JGE)),
	RUN("8.2", "jge x, below", 33, LDXK(6), LDK(5), BRANCHX(BPF_JGE)),
	RUN("8.2", "jset x", 77, LDXK(3), LDK(6), BRANCHX(BPF_JSET)),
	RUN("8.2", "jset x, none", 33, LDXK(9), LDK(6), BRANCHX(BPF_JSET)),
	RUN("8.4", "the last word of the packet", 77, LD(BPF_W, LEN - 4), IS(0x11223344)),
	RUN("8.4", "a word one byte over the end rejects", 0, LD(BPF_W, LEN - 3), RET(1)),
	RUN("8.4", "the last halfword", 77, LD(BPF_H, LEN - 2), IS(0x3344)),
	RUN("8.4", "a halfword one byte over the end rejects", 0, LD(BPF_H, LEN - 1), RET(1)),
	RUN("8.4", "the last byte", 77, LD(BPF_B, LEN - 1), IS(0x44)),
	RUN("8.4", "a byte behind the end rejects", 0, LD(BPF_B, LEN), RET(1)),
	RUN("8.4", "the last word by x", 77, LDXK(LEN - 8), LDI(BPF_W, 4), IS(0x11223344)),
	RUN("8.4", "a word over the end by x rejects", 0, LDXK(LEN - 8), LDI(BPF_W, 5), RET(1)),
	RUN("8.4", "a halfword over the end by x rejects", 0, LDXK(LEN - 8), LDI(BPF_H, 7), RET(1)),
	RUN("8.4", "a byte over the end by x rejects", 0, LDXK(LEN - 8), LDI(BPF_B, 8), RET(1)),
	RUN("8.4", "4 * ([k] & 15) behind the end rejects", 0,
	    STMT(BPF_LDX | BPF_B | BPF_MSH, LEN), RET(1)),
	RUN("8.4", "a load outside ends all: \"or\" does not help", 0, LD(BPF_B, LEN),
	    JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0), RET(1)),
	RUN("8.4", "a load that is jumped over does no harm", 1, STMT(BPF_JMP | BPF_JA, 1),
	    LD(BPF_B, LEN), RET(1)),
	RUN("8.4", "offset 0xffffffff rejects", 0, LD(BPF_B, 0xffffffff), RET(1)),
	RUN("8.4", "offset 0x7fffffff rejects", 0, LD(BPF_W, 0x7fffffff), RET(1)),
	{ "8.4", "NetBSD", "x + k that wraps rejects: k = -4", runs,
	  "FreeBSD lets it wrap in packets of several pieces only", .a = 0,
	  .p = PROGRAM(LDXK(20), LDI(BPF_W, 0xfffffffc), RET(1)) },
	{ "8.4", "NetBSD", "x + k that wraps rejects: x = 2^32 - 1, k = 1", runs,
	  "FreeBSD lets it wrap in packets of several pieces only", .a = 0,
	  .p = PROGRAM(LDXK(0xffffffff), LDI(BPF_B, 1), RET(1)) },
	LINUX("0xfff00000 is the network header", LD(BPF_B, 0xfff00000), IS(0x45)),
	LINUX("0xffe00000 is the link header", LD(BPF_W, 0xffe00010), IS(0xdeadbeef)),
	LINUX("0xfffff000 is the protocol", LD(BPF_H, 0xfffff000), IS(FRAME_TYPE)),
	LINUX("0xfffff004 is the direction: sent", LD(BPF_B, 0xfffff004), IS(4)),
	LINUX("0xfffff01c is the kind of interface: Ethernet", LD(BPF_W, 0xfffff01c), IS(1)),
	LINUX("0xfffff030: no VLAN tag is outside of the frame", LD(BPF_B, 0xfffff030), IS(0)),
	RUN("8.5", "between Linux's values is nothing", 0, LD(BPF_W, 0xfffff001), RET(1)),
	RUN("8.5", "behind Linux's values is nothing", 0, LD(BPF_W, 0xfffff040), RET(1)),
	RUN("8.5", "x + k does not reach Linux's values", 0, LDXK(0xfffff000), LDI(BPF_W, 4),
	    RET(1)),
	RUN("8.5", "before Linux's link header is nothing", 0, LD(BPF_B, 0xffdfffff), RET(1)),
	{ "8.4", "FreeBSD", "all of a packet in fragments can be loaded", fragments },
	{ "8.4", "FreeBSD", "all of a packet in fragments can be loaded by x", fragments, .a = 1 },
	{ "8.4", "ours", "in fragments: a halfword over the end rejects", fragments_end,
	  "FreeBSD gives 0 and goes on", .a = BPF_H, .b = 19999 },
	{ "8.4", "FreeBSD", "in fragments: a word over the end rejects", fragments_end,
	  .a = BPF_W, .b = 19997 },
	{ "8.4", "FreeBSD", "in fragments: a byte behind the end rejects", fragments_end,
	  .a = BPF_B, .b = 20000 },
	{ "8.4", "FreeBSD", "in fragments: the last word can be loaded", fragments_end,
	  .a = BPF_W, .b = 19996, .c = 1 },
};

SECTION(machine, "filter machine");
