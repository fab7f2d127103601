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

/* As code_make() does it: the loop, then the function, in one page. */
static void write_loop(FILE *to, const char *symbol)
{
	fprintf(to, "asm(\".text\\n.p2align 12\\n.globl loop_%s\\nloop_%s:\\n\"\n", symbol, symbol);
	for (const u8 *byte = loop_begin; byte < loop_end; byte++)
		fprintf(to, "\t\".byte %u\\n\"\n", *byte);
	fprintf(to, "\t\".p2align 8\");\n\n");
}

static void write_program(FILE *to, const struct bpf_program *program, const char *symbol)
{
	fprintf(to, "PROGRAM(%s)\n{\n\tREGISTERS;\n", symbol);
	for (u32 i = 0; i < program->bf_len; i++) {
		const struct bpf_insn *insn = &program->bf_insns[i];
		bool always = insn->code == CBPF_JA;

		fprintf(to, "l%u:\t%s(%uu, l%u, l%u)\n", i, operation(insn->code), insn->k,
			i + 1 + (always ? insn->k : insn->jt), i + 1 + insn->jf);
	}
	fprintf(to, "}\n");
}

/* The folder is chosen by whoever starts this, and has no quotes in its name. */
static const char *build(void)
{
	char *object = text("%s/clang/filters.so", options.work);
	char *command = text("clang -O2 -w -shared -fPIC -I'%s' -o '%s' '%s'/clang/filter_*.c",
			     BENCH_SOURCE, object, options.work);

	if (system(command))
		return text("this failed: %s", command);
	library = dlopen(object, RTLD_NOW);
	return library ? NULL : dlerror();
}

static const char *clang_start(const struct filter *filters, u32 count)
{
	if (system("command -v clang >/dev/null"))
		return "no clang; Debian has it in the package clang";
	if (system(text("rm -rf '%s/clang' && mkdir '%s/clang'", options.work, options.work)))
		return text("cannot write in %s", options.work);
	for (u32 i = 0; i < count; i++) {
		const char *symbol = symbol_of(filters[i].name);
		FILE *to = fopen(text("%s/clang/%s.c", options.work, symbol), "w");

		if (!to)
			return text("cannot write in %s/clang", options.work);
		fprintf(to, "#include \"program.h\"\n\n");
		write_loop(to, symbol);
		write_program(to, &filters[i].program, symbol);
		if (fclose(to))
			return text("cannot write in %s/clang", options.work);
	}
	return build();
}

static const char *clang_load(const struct filter *filter, struct loaded *to)
{
	char *symbol = symbol_of(filter->name);

	to->judge = (judge_fn)dlsym(library, symbol);
	to->loop = (loop_fn)dlsym(library, text("loop_%s", symbol));
	return to->judge && to->loop ? NULL : dlerror();
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
