// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Memory for native code in a process. It can be written until the code is in
 * it and executed from then on, never both. Knows nothing of filters and what
 * they are run over.
 */
#include "code.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What lies between the end of the code and that of its last page: int3. */
#define CODE_TRAP	0xcc

static int code_map(struct code *code)
{
	u32 page = sysconf(_SC_PAGESIZE);
	void *memory;

	code->room = (code->size + page - 1) / page * page;
	memory = mmap(NULL, code->room, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return CODE_NOMEM;
	code->entry = memory;
	return 0;
}

/* Fills memory that was mapped, and makes code of it. */
static int code_fill(struct code *code, const struct cbpf_insn *insns, u32 len,
		     const struct cbpf_target *target)
{
	memset(code->entry, CODE_TRAP, code->room);
	if (cbpf_compile(insns, len, code->entry, code->size, target) !=
	    (int)code->size)
		return CODE_NOMEM;
	/* SELinux, a seccomp filter or systemd may not want any new code. */
	if (mprotect(code->entry, code->room, PROT_READ | PROT_EXEC))
		return errno == ENOMEM ? CODE_NOMEM : CODE_DENIED;
	return 0;
}

int code_new(struct code *code, const struct cbpf_insn *insns, u32 len,
	     const struct cbpf_target *target)
{
	int size = cbpf_compile(insns, len, NULL, 0, target), err;

	*code = (struct code){ 0 };
	if (size <= 0)
		return size ? CODE_NOMEM : CODE_NONE;
	code->size = size;
	err = code_map(code);
	if (err)
		return err;
	err = code_fill(code, insns, len, target);
	if (err)
		code_free(code);
	return err;
}

void code_free(struct code *code)
{
	if (code->entry)
		munmap(code->entry, code->room);
	*code = (struct code){ 0 };
}
