/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The public face of cbpf, the classic BPF engine: what a program and a packet
 * look like, how a program is checked and how it is run. The same sources are
 * part of the kernel module and the whole of the userspace library libcbpf.
 * Nothing here may know skbs, devices, descriptors or memory allocation.
 *
 * THE MACHINE
 *
 * A program is a list of instructions of 8 bytes. It works on the registers A
 * and X and on 16 words of scratch memory M[], all 32 bits wide, unsigned, and
 * 0 at the start. Jumps only go forward, so each program ends.
 *
 *  - Loads from the packet are big-endian and need no alignment.
 *  - A load that is not wholly inside the packet ends the program with 0. The
 *    offset X + k of an indirect load is not reduced modulo 2^32: a sum of
 *    2^32 or more is simply outside the packet.
 *  - LEN is the length on the wire, also where fewer bytes can be read.
 *  - ADD, SUB, MUL and NEG wrap modulo 2^32. A shift by 32 or more gives 0.
 *    Division and remainder by X = 0 end the program with 0.
 *  - The result is the number of bytes to keep: 0 rejects the packet, a value
 *    above its length means all of it.
 *
 * Where FreeBSD's bpf(4) defines the behaviour this is FreeBSD's; the shift,
 * the sum X + k and loads at the very end of a chained packet are defined here
 * because existing kernels disagree, or leave them to the processor.
 *
 * LINUX'S LOADS
 *
 * On the BSDs a load whose k is near 2^32 is outside of every packet. Linux has
 * facts about the packet there, and so has this machine, so that filters made
 * for Linux work (k as linux/filter.h has it):
 *
 *  - ld, ldh, ldb [CBPF_OFF_ANCILLARY + 4 * n]: A becomes value n of enum
 *    cbpf_anc, all 32 bits of it, whatever the size of the load is.
 *  - CBPF_OFF_NETWORK + i, also with X added and in the 4*([k]&0xf) of ldx: byte
 *    i, or i + X, of the network header; CBPF_OFF_LINK + i: of the link header,
 *    where the packet begins.
 *  - It is k that says what a load means: X + k, where k is less, never gets
 *    there. Absolute loads from CBPF_OFF_ANCILLARY on that have no meaning are
 *    outside of every packet.
 *  - A value that cannot be had ends the program with 0. A packet without a
 *    function for them (struct cbpf_pkt) has none of them, and no headers, so
 *    the BSDs' rule holds; CBPF_ANC_ALU_XOR_X takes nothing of the packet and
 *    always works.
 *  - Values describe the packet as the program sees it: offsets count from its
 *    first byte, and CBPF_ANC_VLAN_TAG_PRESENT is 0 if the tag is in the packet.
 *
 * CONTEXT
 *
 * No function but cbpf_compile() allocates or sleeps; none takes a lock, prints,
 * or keeps any state between calls: the others may be called in any context, also
 * in softirq, and all by several threads at once. cbpf_run() needs two small
 * stack frames, most of them M[], plus what the caller's fetch function needs.
 */
#ifndef CBPF_H
#define CBPF_H

#include "port.h"

enum {
	CBPF_MAXINSNS = 4096,	/* longest program, in instructions */
	CBPF_MEMWORDS = 16,	/* words of scratch memory */
};

/* Where Linux's loads begin, SKF_LL_OFF, SKF_NET_OFF, SKF_AD_OFF. */
#define CBPF_OFF_LINK		0xffe00000U
#define CBPF_OFF_NETWORK	0xfff00000U
#define CBPF_OFF_ANCILLARY	0xfffff000U

/* Facts about a packet, in the order of Linux's SKF_AD_..., which are 4 times that. */
enum cbpf_anc {
	CBPF_ANC_PROTOCOL,	/* of the network layer: an Ethernet type */
	CBPF_ANC_PKTTYPE,	/* 0 to us, 1 broadcast, 2 multicast, 3 to others, 4 sent */
	CBPF_ANC_IFINDEX,	/* interface */
	CBPF_ANC_NLATTR,	/* offset of the netlink attribute of type X, from A on; or 0 */
	CBPF_ANC_NLATTR_NEST,	/* the same within the attribute at A */
	CBPF_ANC_MARK,		/* what firewall or socket marked it with */
	CBPF_ANC_QUEUE,		/* number of the queue */
	CBPF_ANC_HATYPE,	/* of the interface, ARPHRD_... */
	CBPF_ANC_RXHASH,	/* of the flow, if it is known; else 0 */
	CBPF_ANC_CPU,		/* that runs the program */
	CBPF_ANC_ALU_XOR_X,	/* A ^ X */
	CBPF_ANC_VLAN_TAG,	/* control information of the tag that is kept aside; or 0 */
	CBPF_ANC_VLAN_TAG_PRESENT, /* 1: there is such a tag, and it is not in the packet */
	CBPF_ANC_PAY_OFFSET,	/* offset of the payload of the transport layer; or 0 */
	CBPF_ANC_RANDOM,	/* random number, another one with each load */
	CBPF_ANC_VLAN_TPID,	/* Ethernet type of that tag */
	CBPF_ANCS
};

/* The result that keeps a whole packet of any length. */
#define CBPF_WHOLE	0xffffffffU

/**
 * struct cbpf_insn - one instruction, all fields in host byte order
 * @code: operation, by the numbers of the BSDs and Linux: BPF_LD + ...
 * @jt: conditional jumps: instructions to skip if the test holds
 * @jf: conditional jumps: instructions to skip if it does not
 * @k: immediate operand; fields that an operation does not use are ignored
 *
 * The layout is that of struct bpf_insn on the BSDs and of struct sock_filter
 * on Linux, so a pointer to either may be cast.
 */
struct cbpf_insn {
	u16 code;
	u8 jt;
	u8 jf;
	u32 k;
};

static_assert(sizeof(struct cbpf_insn) == 8, "BSD struct bpf_insn");
static_assert(offsetof(struct cbpf_insn, jt) == 2, "BSD struct bpf_insn");
static_assert(offsetof(struct cbpf_insn, jf) == 3, "BSD struct bpf_insn");
static_assert(offsetof(struct cbpf_insn, k) == 4, "BSD struct bpf_insn");

/**
 * struct cbpf_pkt - a packet as a filter sees it
 * @head: the first @headlen bytes, of any alignment; not used if @headlen is 0
 * @headlen: how many bytes are at @head, at most @wirelen
 * @wirelen: bytes the packet had on the wire: what LEN loads
 * @fetch: copies @len bytes (1, 2 or 4) at offset @off to @to and returns true,
 *	or returns false if they cannot be read, which rejects the packet. It is
 *	called only where @off + @len <= @wirelen and not all of the bytes are in
 *	@head; some of them may be. NULL: nothing can be read beyond @head.
 *
 * @ancillary: stores the value of @which at @val and returns true, or returns
 *	false if it is not to be had. Never called for CBPF_ANC_NLATTR,
 *	CBPF_ANC_NLATTR_NEST and CBPF_ANC_ALU_XOR_X. @a and @x are the registers.
 *	NULL: the packet has none of the values of Linux's loads
 * @network: offset of the network header, at most 2^31, or CBPF_NO_NETWORK; not
 *	used if @ancillary is NULL
 *
 * A load that is inside @head touches nothing else: whoever builds the view
 * puts there what can be had cheaply, and leaves fragments to @fetch. For
 * context of its own, a @fetch function embeds this in a larger structure.
 */
struct cbpf_pkt {
	const u8 *head;
	u32 headlen;
	u32 wirelen;
	bool (*fetch)(const struct cbpf_pkt *pkt, u32 off, u32 len, void *to);
	bool (*ancillary)(const struct cbpf_pkt *pkt, enum cbpf_anc which, u32 a,
			  u32 x, u32 *val);
	u32 network;
};

/* A packet without a network header. */
#define CBPF_NO_NETWORK	0xffffffffU

/* Why a program is refused. */
enum cbpf_error {
	CBPF_E_TOOLONG = -1,	/* more than CBPF_MAXINSNS instructions */
	CBPF_E_OPCODE = -2,	/* not an operation of this machine */
	CBPF_E_JUMP = -3,	/* jump to or beyond the program's end */
	CBPF_E_MEMORY = -4,	/* scratch memory word CBPF_MEMWORDS or above */
	CBPF_E_DIVISION = -5,	/* division or remainder by the constant 0 */
	CBPF_E_NORETURN = -6,	/* last instruction is not a return */

	/* not of cbpf_validate(), but where filters are made of programs */
	CBPF_E_NOMEM = -7,	/* no memory */
	CBPF_E_FLAG = -8,	/* a flag that does not exist */
};

/**
 * cbpf_validate - may this program be run?
 * @insns: the program; not used if @len is 0
 * @len: its length in instructions
 * @where: where to store the index of the offending instruction (for
 *	%CBPF_E_TOOLONG the first one too many); may be NULL, and is left alone
 *	if the program is valid
 *
 * Every instruction is looked at, also one that no jump reaches. The program
 * of no instructions is valid and accepts all.
 *
 * Return: 0, or the negative enum cbpf_error of the first offence.
 */
int cbpf_validate(const struct cbpf_insn *insns, u32 len, u32 *where);

/**
 * cbpf_strerror - the meaning of an error
 * @err: one of enum cbpf_error, or 0
 *
 * Return: a constant string, for any @err.
 */
const char *cbpf_strerror(int err);

/* A program in the form in which it is interpreted. */
struct cbpf_prepared;

/**
 * cbpf_prepared_size - how much memory a prepared program takes
 * @len: length of the program in instructions
 *
 * Return: bytes, about 16 for each instruction; aligned as for u32.
 */
size_t cbpf_prepared_size(u32 len);

/**
 * cbpf_prepare - prepare a program to be interpreted
 * @prog: where to, cbpf_prepared_size() bytes; needs no tidying up
 * @insns: a program that cbpf_validate() accepted; not needed afterwards, and
 *	not used if @len is 0
 * @len: its length in instructions
 *
 * Takes time in proportion to @len. Nothing is checked that the validator has
 * checked: preparing another program is a memory error.
 */
void cbpf_prepare(struct cbpf_prepared *prog, const struct cbpf_insn *insns, u32 len);

/**
 * cbpf_run - run a program over a packet
 * @prog: the program, prepared
 * @pkt: the packet
 *
 * Return: bytes of the packet to keep, 0 to reject it. It may exceed the
 * packet's length. %CBPF_WHOLE for the program of no instructions.
 */
u32 cbpf_run(const struct cbpf_prepared *prog, const struct cbpf_pkt *pkt);

/* In the result of cbpf_ancillary_used(): loads relative to a header. */
#define CBPF_USES_RELATIVE	(1U << CBPF_ANCS)

/* What native code is not made for: programs that use any of these. */
#define CBPF_USES_INTERPRETER	(CBPF_USES_RELATIVE | 1U << CBPF_ANC_NLATTR | \
				 1U << CBPF_ANC_NLATTR_NEST | 1U << CBPF_ANC_RANDOM)

/**
 * cbpf_ancillary_used - which of Linux's loads are in a program?
 * @insns: the program; not used if @len is 0
 * @len: its length in instructions
 *
 * Return: 1 << n for each value n of enum cbpf_anc, and CBPF_USES_RELATIVE.
 */
u32 cbpf_ancillary_used(const struct cbpf_insn *insns, u32 len);

/**
 * cbpf_ancillary_fill - get the values that native code needs
 * @pkt: the packet
 * @used: what cbpf_ancillary_used() said of a program that has native code
 * @words: where to, CBPF_ANCS words, value n to words[n]; others are left alone
 *
 * Return: false if one of them cannot be had. The program may not need it for
 * this packet: cbpf_run() knows.
 */
bool cbpf_ancillary_fill(const struct cbpf_pkt *pkt, u32 used, u32 *words);

/*
 * What the compiler does for speed.  Each can be left out, to see what it is
 * worth or whether it is to blame; results are the same without it.
 */
enum cbpf_pass {
	CBPF_PASS_FOLD,		/* constants, and operations that do nothing */
	CBPF_PASS_CHECKS,	/* one length check for many */
	CBPF_PASS_THREAD,	/* no test whose outcome is known */
	CBPF_PASS_SETS,		/* lists of values as bitmaps and perfect hashes */
	CBPF_PASS_IFCONV,	/* several tests and one branch */
	CBPF_PASS_WIDE,		/* several tests and one load */
	CBPF_PASS_LAYOUT,	/* blocks in an order of few jumps */
	CBPF_PASS_SWAP,		/* constants in the packet's byte order */
	CBPF_PASS_FUSE,		/* loads as operands of comparisons */
	CBPF_PASS_REUSE,	/* offsets that are computed once */
	CBPF_PASSES
};

/**
 * cbpf_pass_name - what a pass is called
 * @pass: pass
 *
 * Return: a constant string, one short word; NULL if there is no such pass.
 */
const char *cbpf_pass_name(enum cbpf_pass pass);

/**
 * struct cbpf_target - where native code will run, and how it is made
 * @stub: address of the code that returns for it, relative to the first byte
 *	of the code; 0: it returns by itself. When it is reached, nothing the program has
 *	computed is in rdi, rsi or rdx
 * @landing: begin with ENDBR64, for indirect branch tracking
 * @guard: no load outside of the packet, not even one that is speculated: for
 *	code over memory that whoever wrote the program must not learn
 * @lean: the function is called without words: a program that needs some for its own
 *	values is too complex then
 * @without: passes to leave out, 1 << enum cbpf_pass each
 * @blind: not 0: a random number; the program's constants do not stand in the
 *	code, so that nobody can bring code of his own there in them
 */
struct cbpf_target {
	s32 stub;
	bool landing;
	bool guard;
	bool lean;
	u32 without;
	u32 blind;
};

/* Set in the result of native code that leaves the packet to the interpreter. */
#define CBPF_UNDECIDED	0x100000000ULL

/*
 * Words of memory that native code may use while it runs. The first CBPF_ANCS of
 * them are for values that it needs: see cbpf_ancillary_fill().
 */
#define CBPF_NATIVE_WORDS	(CBPF_ANCS + 64)

/**
 * cbpf_compile - make x86-64 code of a program
 * @insns: a program that cbpf_validate() accepted
 * @len: its length in instructions
 * @code: where to; may be NULL if @room is 0
 * @room: bytes there
 * @target: where it will run
 *
 * Allocates memory while it works, some 100 bytes for each instruction: may
 * sleep. The code is a function
 *
 *	u64 f(const u8 *head, u32 headlen, u32 wirelen, u32 *words)
 *
 * with CBPF_NATIVE_WORDS words, of which those of the values that the program
 * uses were set by cbpf_ancillary_fill(), of the System V calling convention that
 * calls nothing, leaves the stack pointer alone and uses only registers that a
 * caller has to save. It may be copied to anywhere, if it returns by itself. Its
 * size does not depend on the value of @target->stub, as long as that is not 0.
 *
 * Return: bytes of code; more than @room: nothing useful is at @code. 0: there
 * is none, because the program is too complex, uses what CBPF_USES_INTERPRETER
 * names, or the processor is another one. -1: no memory.
 */
int cbpf_compile(const struct cbpf_insn *insns, u32 len, u8 *code, u32 room,
		 const struct cbpf_target *target);

#endif /* CBPF_H */
