// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a good compiler makes of a filter: each program is written as C, instruction
 * by instruction (program.h), and all of them are compiled by clang -O2 and loaded.
 * It stands for "write it in C": an engine it is not, since clang takes a tenth of a
 * second and more for a filter.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "opcode.h"

static void *library;

/* A name in the library that is also one of C. */
static char *symbol_of(const char *filter)
{
	char *symbol = text("filter_%s", filter);

	for (char *c = symbol; *c; c++)
		if (*c == ' ')
			*c = '_';
	return symbol;
}

static const char *operation(u16 code)
{
#define OPERATION(name, value, mnemonic, form, rule)	case value: return #name;
	switch (code) {
	CBPF_OPCODES(OPERATION)
	}
#undef OPERATION
	return NULL;
}

static void write_program(FILE *to, const struct filter *filter)
{
	const struct bpf_program *program = &filter->program;

	fprintf(to, "PROGRAM(%s)\n{\n\tREGISTERS;\n", symbol_of(filter->name));
	for (u32 i = 0; i < program->bf_len; i++) {
		const struct bpf_insn *insn = &program->bf_insns[i];
		bool always = insn->code == CBPF_JA;

		fprintf(to, "l%u:\t%s(%uu, l%u, l%u)\n", i, operation(insn->code), insn->k,
			i + 1 + (always ? insn->k : insn->jt), i + 1 + insn->jf);
	}
	fprintf(to, "}\n\n");
}

/* The folder is chosen by whoever starts this, and quoted. */
static const char *build(const char *source, const char *object)
{
	char *command = text("clang -O2 -w -shared -fPIC -I'%s' -o '%s' '%s'", BENCH_SOURCE,
			     object, source);

	if (system("command -v clang >/dev/null"))
		return "no clang; Debian has it in the package clang";
	if (system(command))
		return text("this failed: %s", command);
	library = dlopen(object, RTLD_NOW);
	return library ? NULL : dlerror();
}

static const char *clang_start(const struct filter *filters, u32 count)
{
	char *source = text("%s/filters.c", options.work);
	FILE *to = fopen(source, "w");

	if (!to)
		return text("cannot write %s", source);
	fprintf(to, "#include \"program.h\"\n\n");
	for (u32 i = 0; i < count; i++)
		write_program(to, &filters[i]);
	if (fclose(to))
		return text("cannot write %s", source);
	return build(source, text("%s/filters.so", options.work));
}

static const char *clang_load(const struct filter *filter, struct loaded *to)
{
	void *symbol = dlsym(library, symbol_of(filter->name));

	to->judge = (judge_fn)symbol;
	return symbol ? NULL : dlerror();
}

static void clang_call(const struct loaded *loaded, const struct frame *frame, u32 index,
		       struct call *to)
{
	(void)loaded;
	(void)index;
	*to = (struct call){ { (u64)frame->bytes, frame->len, frame->len }, frame->bytes,
		frame->bytes };
}

const struct engine engine_clang = {
	.name = "clang", .label = "clang -O2", .start = clang_start, .load = clang_load,
	.call = clang_call,
};
