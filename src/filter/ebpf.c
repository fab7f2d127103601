// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Translates a program to eBPF, instruction by instruction, for kernels that
 * make native code of that themselves. Not an optimiser: it leaves out what no
 * jump reaches, checks of the packet's length that have been made before, and
 * zeros that nobody reads. Knows neither the optimising compiler beside it nor
 * any kernel.
 *
 * A and X are registers of 32 bits, whose upper half is always clear; M[] is on
 * the stack.
 */
#include "ebpf.h"
#include "opcode.h"

enum { A, CTX, X, HEAD, HEADLEN, TMP, STACK = 10 };

/* Bits of what an instruction reads and writes: M[0] to M[15], A, X. */
#define LIVE_A	(1U << 16)
#define LIVE_X	(1U << 17)

/* Linux's ancillary data begins at this offset: the interpreter's business. */
#define ANCILLARY	0xfffff000U

/* The largest offset that fits into a load. */
#define NEAR	0x7fffU

#define UNREACHED	0xffffffffU

struct ebpf {
	const struct cbpf_insn *insns;
	u32 len;
	struct cbpf_ebpf_insn *to;
	u32 room;
	u32 size;	/* instructions so far */
	u32 *start;	/* per label: its place; found in the first pass */
	u32 *known;	/* per instruction: bytes that surely are in the head */
	u32 *live;	/* per instruction: what is read before it is written */
	bool guard;
	bool far;	/* a jump does not reach */
};

/* Labels behind those of the instructions. */
enum { TOO_SHORT, UNDECIDED, REJECT, LABELS };

static void emit(struct ebpf *g, u8 code, u8 dst, u8 src, s32 off, u32 imm)
{
	if (g->size < g->room)
		g->to[g->size] = (struct cbpf_ebpf_insn){
			code, dst, src, (s16)off, (s32)imm
		};
	g->size++;
}

static void emit_jump(struct ebpf *g, u8 code, u8 dst, u8 src, u32 imm, u32 label)
{
	s32 off = (s32)g->start[label] - (s32)(g->size + 1);

	if (off > 0x7fff)	/* the field has 16 bits */
		g->far = true;
	emit(g, code, dst, src, off, imm);
}

static void emit_mov(struct ebpf *g, u8 dst, u32 imm)
{
	emit(g, EBPF_ALU | EBPF_MOV, dst, 0, 0, imm);
}

static void emit_alu64(struct ebpf *g, u8 op, u8 dst, u8 src)
{
	emit(g, EBPF_ALU64 | EBPF_X | op, dst, src, 0, 0);
}

static void emit_alu64_imm(struct ebpf *g, u8 op, u8 dst, s32 imm)
{
	emit(g, EBPF_ALU64 | op, dst, 0, 0, (u32)imm);
}

/* The load itself; classic BPF's codes for sizes are eBPF's. */
static void emit_read(struct ebpf *g, u8 dst, u8 base, u32 off, u32 size)
{
	static const u8 code[] = { [1] = EBPF_B, [2] = EBPF_H, [4] = 0 };

	emit(g, EBPF_LDX | code[size], dst, base, (s32)off, 0);
	if (size > 1)
		emit(g, EBPF_TO_BE | EBPF_ALU, dst, 0, 0, 8 * size);
}

/*
 * TMP is an offset of up to 33 bits. Until it is loaded @dst is free. Should
 * the check be predicted wrongly the offset becomes 0: ending - headlen - 1
 * has its sign bit set only for good ones.
 */
static void emit_load_tmp(struct ebpf *g, u8 dst, u32 size)
{
	emit_alu64(g, EBPF_MOV, dst, TMP);
	emit_alu64_imm(g, EBPF_ADD, dst, (s32)size);
	emit_jump(g, EBPF_JMP | EBPF_X | EBPF_JGT, dst, HEADLEN, 0, g->len + TOO_SHORT);
	if (g->guard) {
		emit_alu64(g, EBPF_SUB, dst, HEADLEN);
		emit_alu64_imm(g, EBPF_SUB, dst, 1);
		emit_alu64_imm(g, EBPF_ARSH, dst, 63);
		emit_alu64(g, EBPF_AND, TMP, dst);
	}
	emit_alu64(g, EBPF_ADD, TMP, HEAD);
	emit_read(g, dst, TMP, 0, size);
}

/* Loads what is at offset k; @known: bytes that surely are in the head. */
static void emit_load(struct ebpf *g, u8 dst, u32 k, u32 size, u32 known)
{
	if (k >= ANCILLARY) {
		emit_jump(g, EBPF_JMP | EBPF_JA, 0, 0, 0, g->len + UNDECIDED);
	} else if (k > NEAR) {
		emit_mov(g, TMP, k);
		emit_load_tmp(g, dst, size);
	} else {
		if (k + size > known)
			emit_jump(g, EBPF_JMP32 | EBPF_JLT, HEADLEN, 0, k + size,
				  g->len + TOO_SHORT);
		emit_read(g, dst, HEAD, k, size);
	}
}

static u32 load_size(const struct cbpf_insn *insn)
{
	static const u8 size[] = { 4, 2, 1, 0 };

	return size[insn->code >> 3 & 3];
}

static s32 slot(u32 k)
{
	return (s32)(4 * k) - CBPF_EBPF_STACK;
}

static void emit_ld(struct ebpf *g, const struct cbpf_insn *insn, u32 known)
{
	switch (insn->code) {
	case CBPF_LD_IMM:
	case CBPF_LDX_IMM:
		emit_mov(g, insn->code & 1 ? X : A, insn->k);
		break;
	case CBPF_LD_MEM:
	case CBPF_LDX_MEM:
		emit(g, EBPF_LDX, insn->code & 1 ? X : A, STACK, slot(insn->k), 0);
		break;
	case CBPF_LD_LEN:
	case CBPF_LDX_LEN:
		emit(g, EBPF_LDX, insn->code & 1 ? X : A, CTX,
		     offsetof(struct cbpf_ebpf_ctx, wirelen), 0);
		break;
	case CBPF_LDX_MSH:
		emit_load(g, X, insn->k, 1, known);
		emit(g, EBPF_ALU | EBPF_AND, X, 0, 0, 0xf);
		emit(g, EBPF_ALU | EBPF_LSH, X, 0, 0, 2);
		break;
	case CBPF_LD_W_ABS:
	case CBPF_LD_H_ABS:
	case CBPF_LD_B_ABS:
		emit_load(g, A, insn->k, load_size(insn), known);
		break;
	default:	/* [x + k] */
		emit_mov(g, TMP, insn->k);
		emit_alu64(g, EBPF_ADD, TMP, X);
		emit_load_tmp(g, A, load_size(insn));
	}
}

/* Operations have the same codes, but for eBPF shifts use only five bits. */
static void emit_alu(struct ebpf *g, const struct cbpf_insn *insn)
{
	switch (insn->code) {
	case CBPF_LSH_K:
	case CBPF_RSH_K:
		if (insn->k > 31)
			emit_mov(g, A, 0);
		else
			emit(g, insn->code, A, 0, 0, insn->k);
		break;
	case CBPF_LSH_X:
	case CBPF_RSH_X:
		emit(g, EBPF_JMP32 | EBPF_JLT, X, 0, 2, 32);
		emit_mov(g, A, 0);
		emit(g, EBPF_JMP | EBPF_JA, 0, 0, 1, 0);
		emit(g, insn->code, A, X, 0, 0);
		break;
	case CBPF_DIV_X:
	case CBPF_MOD_X:
		emit_jump(g, EBPF_JMP32 | EBPF_JEQ, X, 0, 0, g->len + REJECT);
		emit(g, insn->code, A, X, 0, 0);
		break;
	case CBPF_NEG:
		emit(g, insn->code, A, 0, 0, 0);
		break;
	default:
		if (insn->code & CBPF_SRC_X)
			emit(g, insn->code, A, X, 0, 0);
		else
			emit(g, insn->code, A, 0, 0, insn->k);
	}
}

/* The opposite of a comparison; JSET has none. */
static u8 opposite(u8 op)
{
	return op == EBPF_JEQ ? EBPF_JNE : op == EBPF_JGT ? EBPF_JLE :
	       op == EBPF_JGE ? EBPF_JLT : 0;
}

static void emit_branch(struct ebpf *g, u32 i)
{
	const struct cbpf_insn *insn = &g->insns[i];
	u8 op = insn->code & 0xf0, mode = insn->code & CBPF_SRC_X;
	u8 src = mode ? X : 0;
	u32 imm = mode ? 0 : insn->k;

	if (insn->code == CBPF_JA) {
		if (insn->k)
			emit_jump(g, EBPF_JMP | EBPF_JA, 0, 0, 0, i + 1 + insn->k);
		return;
	}
	if (insn->jt == insn->jf) {
		if (insn->jt)
			emit_jump(g, EBPF_JMP | EBPF_JA, 0, 0, 0, i + 1 + insn->jt);
	} else if (!insn->jt && opposite(op)) {
		emit_jump(g, EBPF_JMP32 | mode | opposite(op), A, src, imm,
			  i + 1 + insn->jf);
	} else {
		emit_jump(g, EBPF_JMP32 | mode | op, A, src, imm, i + 1 + insn->jt);
		if (insn->jf)
			emit_jump(g, EBPF_JMP | EBPF_JA, 0, 0, 0, i + 1 + insn->jf);
	}
}

static void emit_insn(struct ebpf *g, u32 i)
{
	const struct cbpf_insn *insn = &g->insns[i];

	switch (insn->code & 7) {
	case 0:	/* ld */
	case 1:	/* ldx */
		emit_ld(g, insn, g->known[i]);
		break;
	case 2:	/* st */
	case 3:	/* stx */
		emit(g, EBPF_STX, STACK, insn->code & 1 ? X : A, slot(insn->k), 0);
		break;
	case 4:
		emit_alu(g, insn);
		break;
	case 5:
		emit_branch(g, i);
		break;
	case 6:
		if (insn->code == CBPF_RET_K)
			emit_mov(g, A, insn->k);
		emit(g, EBPF_JMP | EBPF_EXIT, 0, 0, 0, 0);
		break;
	default:
		emit(g, EBPF_ALU | EBPF_X | EBPF_MOV, insn->code == CBPF_TAX ? X : A,
		     insn->code == CBPF_TAX ? A : X, 0, 0);
	}
}

static void emit_start(struct ebpf *g)
{
	/* a pointer has 64 bits or 32 */
	u8 size = sizeof(const u8 *) == 8 ? EBPF_DW : 0;
	u32 k;

	emit(g, EBPF_LDX | size, HEAD, CTX, offsetof(struct cbpf_ebpf_ctx, head), 0);
	emit(g, EBPF_LDX, HEADLEN, CTX, offsetof(struct cbpf_ebpf_ctx, headlen), 0);
	for (k = 0; k < CBPF_MEMWORDS; k++)
		if (g->live[0] & 1U << k)
			emit(g, EBPF_ST, STACK, 0, slot(k), 0);
	if (g->live[0] & LIVE_A)
		emit_mov(g, A, 0);
	if (g->live[0] & LIVE_X)
		emit_mov(g, X, 0);
}

static void emit_end(struct ebpf *g)
{
	/* a head that is the whole packet: no load can be beyond it */
	g->start[g->len + TOO_SHORT] = g->size;
	emit(g, EBPF_LDX, TMP, CTX, offsetof(struct cbpf_ebpf_ctx, wirelen), 0);
	emit_jump(g, EBPF_JMP32 | EBPF_X | EBPF_JEQ, TMP, HEADLEN, 0, g->len + REJECT);
	g->start[g->len + UNDECIDED] = g->size;
	emit(g, EBPF_ST, CTX, 0, offsetof(struct cbpf_ebpf_ctx, undecided), 1);
	g->start[g->len + REJECT] = g->size;
	emit_mov(g, A, 0);
	emit(g, EBPF_JMP | EBPF_EXIT, 0, 0, 0, 0);
}

static void emit_all(struct ebpf *g)
{
	u32 i;

	g->size = 0;
	g->far = false;
	emit_start(g);
	for (i = 0; i < g->len; i++) {
		g->start[i] = g->size;
		if (g->known[i] != UNREACHED)
			emit_insn(g, i);
	}
	emit_end(g);
}

/* Where it may go on, at most two places; how many they are. */
static u32 successors(const struct ebpf *g, u32 i, u32 *to)
{
	const struct cbpf_insn *insn = &g->insns[i];

	switch (insn->code & 7) {
	case 5:
		to[0] = i + 1 + (insn->code == CBPF_JA ? insn->k : insn->jt);
		to[1] = i + 1 + insn->jf;
		return insn->code == CBPF_JA ? 1 : 2;
	case 6:
		return 0;
	default:
		to[0] = i + 1;
		return 1;
	}
}

/*
 * Bytes that surely are in the head once it has been carried out. A far load says
 * nothing about near ones: where its check is predicted wrongly, they have to be
 * checked still.
 */
static u32 known_after(const struct cbpf_insn *insn, u32 known)
{
	u32 size;

	switch (insn->code) {
	case CBPF_LD_W_ABS:
	case CBPF_LD_H_ABS:
	case CBPF_LD_B_ABS:
	case CBPF_LDX_MSH:
		size = insn->code == CBPF_LDX_MSH ? 1 : load_size(insn);
		if (insn->k <= NEAR && insn->k + size > known)
			return insn->k + size;
		break;
	}
	return known;
}

static void find_known(struct ebpf *g)
{
	u32 i, n, to[2], after;

	for (i = 0; i < g->len; i++)
		g->known[i] = UNREACHED;
	g->known[0] = 0;
	for (i = 0; i < g->len; i++) {
		if (g->known[i] == UNREACHED)
			continue;
		after = known_after(&g->insns[i], g->known[i]);
		for (n = successors(g, i, to); n; n--)
			if (after < g->known[to[n - 1]])
				g->known[to[n - 1]] = after;
	}
}

static u32 reads(const struct cbpf_insn *insn)
{
	u32 x = insn->code & CBPF_SRC_X ? LIVE_X : 0;

	switch (insn->code & 7) {
	case 0:
	case 1:
		if (insn->code == CBPF_LD_MEM || insn->code == CBPF_LDX_MEM)
			return 1U << insn->k;
		return (insn->code & 0xe7) == CBPF_LD_W_IND ? LIVE_X : 0;
	case 2:
		return LIVE_A;
	case 3:
		return LIVE_X;
	case 4:
		return LIVE_A | x;
	case 5:
		return insn->code == CBPF_JA ? 0 : LIVE_A | x;
	case 6:
		return insn->code == CBPF_RET_A ? LIVE_A : 0;
	default:
		return insn->code == CBPF_TAX ? LIVE_A : LIVE_X;
	}
}

static u32 writes(const struct cbpf_insn *insn)
{
	switch (insn->code & 7) {
	case 0:
	case 4:
		return LIVE_A;
	case 1:
		return LIVE_X;
	case 2:
	case 3:
		return 1U << insn->k;
	case 7:
		return insn->code == CBPF_TAX ? LIVE_X : LIVE_A;
	default:
		return 0;
	}
}

static void find_live(struct ebpf *g)
{
	u32 i, n, to[2], after;

	for (i = g->len; i--;) {
		after = 0;
		for (n = successors(g, i, to); n; n--)
			after |= g->live[to[n - 1]];
		g->live[i] = (after & ~writes(&g->insns[i])) | reads(&g->insns[i]);
	}
}

int cbpf_ebpf(const struct cbpf_insn *insns, u32 len,
	      struct cbpf_ebpf_insn *to, u32 room, bool guard)
{
	struct ebpf g = { .insns = insns, .len = len, .to = to, .guard = guard };

	g.known = cbpf_alloc((3 * (size_t)len + LABELS) * sizeof(u32));
	if (!g.known)
		return -1;
	g.live = g.known + len;
	g.start = g.live + len;
	find_known(&g);
	find_live(&g);
	emit_all(&g);
	g.room = room;
	emit_all(&g);
	cbpf_free(g.known);
	return g.far ? 0 : (int)g.size;
}
