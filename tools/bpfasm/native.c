// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The engine's x86-64 code of a program: to be called, or to be looked at.  It is
 * disassembled by objdump, run as a program, since that asks for no library when
 * these tools are built, and for none where nobody wants to see code.
 */
#include "bpfasm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

__attribute__((noreturn))
static void die_of_pass(const char *text, size_t len)
{
	char names[100] = "";
	enum cbpf_pass pass;

	for (pass = 0; pass < CBPF_PASSES; pass++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s",
			 cbpf_pass_name(pass));
	die(EXIT_USAGE, "--without: no pass \"%.*s\"; there are:%s", (int)len, text, names);
}

/**
 * passes_parse() - passes of the compiler from their names, or die
 * @text: names, with commas between them
 *
 * Return: 1 << enum cbpf_pass for each.
 */
u32 passes_parse(const char *text)
{
	enum cbpf_pass pass;
	u32 passes = 0;
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, ",");
		for (pass = 0; pass < CBPF_PASSES; pass++)
			if (strlen(cbpf_pass_name(pass)) == len &&
			    !strncmp(text, cbpf_pass_name(pass), len))
				break;
		if (pass == CBPF_PASSES)
			die_of_pass(text, len);
		passes |= 1U << pass;
		if (!text[len])
			return passes;
	}
}

/**
 * native_load() - native code of a program, or die
 * @p: valid program
 * @without: passes to leave out, 1 << enum cbpf_pass each
 *
 * Return: code, for code_free().
 */
struct code native_load(const struct program *p, u32 without)
{
	/* It returns by itself, in a process without branch tracking. */
	const struct cbpf_target target = { .without = without };
	struct code code;

	if (!p->len)
		die(EXIT_BAD, "no native code: there are no instructions");
	switch (code_new(&code, p->insns, p->len, &target)) {
	case 0:
		return code;
	case CODE_NONE:
		die(EXIT_BAD, "no native code: too complex, interpreted values, or no x86-64");
	case CODE_DENIED:
		die(EXIT_BAD, "no native code: the system allows no memory for new code");
	default:
		die(EXIT_BAD, "out of memory");
	}
}

static void print_bytes(const u8 *code, int size)
{
	int i;

	for (i = 0; i < size; i++) {
		if (i % 16 == 0)
			printf("%4x:\t", i);
		printf("%02x%c", code[i], i % 16 == 15 || i == size - 1 ? '\n' : ' ');
	}
}

/* A file without a name that objdump can read. */
static int file_of(const u8 *code, int size)
{
	int fd = memfd_create("bpfdis", 0);

	if (fd < 0 || write(fd, code, size) != size)
		die(EXIT_BAD, "no file for objdump: %s", strerror(errno));
	return fd;
}

/* False if there is no objdump that can do this. */
static bool disassemble(const u8 *code, int size)
{
	int fd = file_of(code, size);
	bool found = false;
	char command[120], line[300];
	FILE *from;

	snprintf(command, sizeof(command),
		 "objdump -D -b binary -m i386:x86-64 /proc/self/fd/%d 2>/dev/null", fd);
	from = popen(command, "r");
	if (!from)
		die(EXIT_BAD, "cannot run objdump: %s", strerror(errno));
	/* Before the code there are lines about the file. */
	while (fgets(line, sizeof(line), from)) {
		if (found)
			fputs(line, stdout);
		found |= !strncmp(line, "000000", 6);
	}
	close(fd);
	return !pclose(from) && found;
}

/**
 * native_print() - show a program's native code, or die
 * @p: valid program
 * @without: as of native_load()
 */
void native_print(const struct program *p, u32 without)
{
	struct code code = native_load(p, without);

	printf("%u instructions, %zu bytes; native code, %u bytes:\n", p->len,
	       p->len * sizeof(*p->insns), code.size);
	flush();
	if (!disassemble(code.entry, code.size)) {
		print_bytes(code.entry, code.size);
		warn_at(&(struct source){ .name = "objdump" }, 0,
			"not to be had: bytes only; it is in Debian's package binutils");
	}
	code_free(&code);
}
