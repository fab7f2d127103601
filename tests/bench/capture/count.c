// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A QEMU plugin that counts the instructions that the machine executes, and writes
 * the count whenever it comes to a mark (guest/mark.h), a line "mark TOTAL" each.
 * With profile=on the line is followed by what each piece of code has executed since
 * the mark before: "ADDRESS INSTRUCTIONS".
 *
 * Debian packages no header for plugins, so here is what of QEMU 7.2's interface
 * (docs/devel/tcg-plugins.rst) is used. One processor, one thread: no locks.
 *
 * Arguments: out=FILE, profile=on
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;
enum { INLINE_ADD_U64 };
enum { CB_NO_REGS };

extern int qemu_plugin_version;
int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
		void (*cb)(plugin_id id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *to,
		uint64_t value);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
		void (*cb)(unsigned int cpu, void *data), int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

int qemu_plugin_version = 1;

#define SLOTS (1u << 20)

/* What ran at an address. */
static struct slot {
	uint64_t address, count, told;
} *slots;
static uint64_t total;
static FILE *out;

static struct slot *slot_of(uint64_t address)
{
	uint32_t i = address * 0x9e3779b97f4a7c15 >> 44;

	while (slots[i].address && slots[i].address != address)
		i = (i + 1) % SLOTS;
	slots[i].address = address;
	return &slots[i];
}

static void tell_slots(void)
{
	for (struct slot *s = slots; s < slots + SLOTS; s++) {
		if (s->count == s->told)
			continue;
		fprintf(out, "%llx %llu\n", (unsigned long long)s->address,
			(unsigned long long)(s->count - s->told));
		s->told = s->count;
	}
}

static void on_mark(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	fprintf(out, "mark %llu\n", (unsigned long long)total);
	if (slots)
		tell_slots();
	fflush(out);
}

static bool is_mark(const struct qemu_plugin_insn *insn)
{
	static const uint8_t bytes[] = { 0x0f, 0x1f, 0x80, 'B', 'b', 'p', 'f' };

	return qemu_plugin_insn_size(insn) == sizeof(bytes) &&
	       !memcmp(qemu_plugin_insn_data(insn), bytes, sizeof(bytes));
}

/* Each block of code adds its length when it runs. */
static void on_block(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t count = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &total, count);
	if (slots)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64,
				&slot_of(qemu_plugin_tb_vaddr(tb))->count, count);
	for (size_t i = 0; i < count; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (is_mark(insn))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, CB_NO_REGS, NULL);
	}
}

int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
		else if (!strcmp(argv[i], "profile=on"))
			slots = calloc(SLOTS, sizeof(*slots));
	}
	if (!out) {
		fputs("count: out=FILE is missing, or cannot be written\n", stderr);
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
	return 0;
}
