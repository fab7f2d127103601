// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Prints programs: as numbers, as C, as they are, as assembly that bpfasm makes the
 * same program of, and as tcpdump -d does.  Programs need not be valid.  Fields that
 * an operation does not use, where libpcap leaves garbage, are not in assembly.
 */
#include "bpfasm.h"

#include <stdlib.h>
#include <string.h>

/*
 * Operands as libpcap's bpf_image() prints them, which bpfasm reads, too.  Where
 * that has a decimal number, also for an operation's #k, it is a signed one.
 */
static const char *const forms[] = {
	[CBPF_FORM_NONE] = "",
	[CBPF_FORM_IMM] = "#0x%x",
	[CBPF_FORM_ABS] = "[%d]",
	[CBPF_FORM_IND] = "[x + %d]",
	[CBPF_FORM_MEM] = "M[%d]",
	[CBPF_FORM_LEN] = "#len",
	[CBPF_FORM_MSH] = "4*([%d]&0xf)",
	[CBPF_FORM_REL] = "",
	[CBPF_FORM_A] = "a",
	[CBPF_FORM_X] = "x",
};

/* How tests are written that go on where they hold. */
static const struct {
	const char *mnemonic;
	const char *negated;
} opposites[] = {
	{ "jeq", "jneq" },
	{ "jge", "jlt" },
	{ "jgt", "jle" },
};

static const char *opposite(const char *mnemonic)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(opposites); i++)
		if (!strcmp(mnemonic, opposites[i].mnemonic))
			return opposites[i].negated;
	return NULL;
}

/* Is k rather a number than bits? */
static bool is_decimal(u16 code)
{
	switch (code) {
	case CBPF_ADD_K:
	case CBPF_SUB_K:
	case CBPF_MUL_K:
	case CBPF_DIV_K:
	case CBPF_MOD_K:
	case CBPF_LSH_K:
	case CBPF_RSH_K:
	case CBPF_RET_K:
		return true;
	}
	return false;
}

static void operand(char *to, size_t size, const struct cbpf_insn *insn)
{
	const struct op *op = op_of(insn->code);

	if (is_decimal(insn->code))
		snprintf(to, size, "#%d", (s32)insn->k);
	else
		snprintf(to, size, forms[op->form], insn->k);
}

/**
 * print_line() - as bpf_asm does, in one line
 * @p: program
 */
void print_line(const struct program *p)
{
	const struct cbpf_insn *i;

	printf("%u,", p->len);
	for (i = p->insns; i < p->insns + p->len; i++)
		printf("%u %u %u %u,", i->code, i->jt, i->jf, i->k);
	putchar('\n');
}

/**
 * print_decimal() - as tcpdump -ddd does
 * @p: program
 */
void print_decimal(const struct program *p)
{
	const struct cbpf_insn *i;

	printf("%u\n", p->len);
	for (i = p->insns; i < p->insns + p->len; i++)
		printf("%u %u %u %u\n", i->code, i->jt, i->jf, i->k);
}

/**
 * print_c() - as tcpdump -dd does: initialisers of struct bpf_insn
 * @p: program
 */
void print_c(const struct program *p)
{
	const struct cbpf_insn *i;

	for (i = p->insns; i < p->insns + p->len; i++)
		printf("{ 0x%02x, %2u, %2u, 0x%08x },\n", i->code, i->jt, i->jf, i->k);
}

/**
 * print_raw() - as the instructions are in memory
 * @p: program
 */
void print_raw(const struct program *p)
{
	if (p->len)
		fwrite(p->insns, sizeof(*p->insns), p->len, stdout);
}

/* Is there assembly for instruction i, and are its targets there to be labelled? */
static bool expressible(const struct program *p, u32 i)
{
	const struct cbpf_insn *insn = &p->insns[i];
	const struct op *op = op_of(insn->code);
	u32 after = p->len - i - 1;

	if (!op)
		return false;
	if (op->rule == CBPF_RULE_BRANCH)
		return insn->jt < after && insn->jf < after;
	return op->rule != CBPF_RULE_JUMP || insn->k < after;
}

/* Which instructions assembly has to give a label. */
static bool *labels_of(const struct program *p)
{
	bool *labels = calloc(p->len + 1, sizeof(*labels));
	const struct cbpf_insn *insn;
	const struct op *op;
	u32 i;

	if (!labels)
		die(EXIT_BAD, "out of memory");
	for (i = 0; i < p->len; i++) {
		insn = &p->insns[i];
		if (!expressible(p, i))
			continue;
		op = op_of(insn->code);
		if (op->rule == CBPF_RULE_JUMP)
			labels[i + 1 + insn->k] = true;
		if (op->rule != CBPF_RULE_BRANCH)
			continue;
		if (insn->jt || !opposite(op->mnemonic))
			labels[i + 1 + insn->jt] = true;
		if (insn->jf || !insn->jt)
			labels[i + 1 + insn->jf] = true;
	}
	return labels;
}

static void print_insn(const struct program *p, u32 i)
{
	const struct cbpf_insn *insn = &p->insns[i];
	const struct op *op = op_of(insn->code);
	char k[40];

	if (!expressible(p, i)) {
		printf(".insn 0x%x, %u, %u, 0x%x\n", insn->code, insn->jt, insn->jf, insn->k);
		return;
	}
	operand(k, sizeof(k), insn);
	if (op->rule == CBPF_RULE_JUMP)
		printf("%s L%u\n", op->mnemonic, i + 1 + insn->k);
	else if (op->rule != CBPF_RULE_BRANCH)
		printf("%s%s%s\n", op->mnemonic, *k ? " " : "", k);
	else if (!insn->jt && opposite(op->mnemonic))
		printf("%s %s, L%u\n", opposite(op->mnemonic), k, i + 1 + insn->jf);
	else if (!insn->jf)
		printf("%s %s, L%u\n", op->mnemonic, k, i + 1 + insn->jt);
	else
		printf("%s %s, L%u, L%u\n", op->mnemonic, k, i + 1 + insn->jt,
		       i + 1 + insn->jf);
}

/**
 * print_asm() - as assembly
 * @p: program
 */
void print_asm(const struct program *p)
{
	bool *labels = labels_of(p);
	u32 i;

	if (!p->len)
		puts("; no instructions: accepts every packet");
	for (i = 0; i < p->len; i++) {
		if (labels[i])
			printf("L%u:", i);
		putchar('\t');
		print_insn(p, i);
	}
	free(labels);
}

/**
 * print_numbered() - as tcpdump -d does
 * @p: program
 *
 * It differs in that it says "ret a", where libpcap leaves the a away, and knows "ldx"
 * of the length.
 */
void print_numbered(const struct program *p)
{
	const struct cbpf_insn *insn;
	const struct op *op;
	char k[40];
	u32 i;

	for (i = 0; i < p->len; i++) {
		insn = &p->insns[i];
		op = op_of(insn->code);
		printf("(%03u) ", i);
		if (!op) {
			printf("%-8s 0x%x\n", "unimp", insn->code);
			continue;
		}
		operand(k, sizeof(k), insn);
		if (op->rule == CBPF_RULE_JUMP)
			snprintf(k, sizeof(k), "%u", i + 1 + insn->k);
		if (op->form == CBPF_FORM_LEN)
			snprintf(k, sizeof(k), "#pktlen");
		if (op->rule == CBPF_RULE_BRANCH)
			printf("%-8s %-16s jt %u\tjf %u\n", op->mnemonic, k, i + 1 + insn->jt,
			       i + 1 + insn->jf);
		else
			printf("%-8s %s\n", op->mnemonic, k);
	}
}
