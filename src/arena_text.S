/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory that arena.c manages, and the code that generated code returns by.
 * A part of the module's text: so the kernel lets it be executed and keeps
 * everybody from writing to it.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/nospec-branch.h>
#include <asm/page_types.h>
#include <asm/unwind_hints.h>
#include "arena.h"

/*
 * int3 wherever there is no program.  One unwind hint, that of a function that
 * has just been called, is right for all of it: generated code never moves the
 * stack pointer.  No probe may be put on what comes and goes.
 */
	.section .text.bsdbpf_arena, "ax", @progbits
	.balign PAGE_SIZE
SYM_CODE_START(bsdbpf_arena)
	UNWIND_HINT_FUNC
	ANNOTATE_NOENDBR
	.fill BSDBPF_ARENA_SIZE - 2, 1, 0xcc
	ud2	/* objtool: no code falls off the end */
SYM_CODE_END(bsdbpf_arena)
_ASM_NOKPROBE(bsdbpf_arena)

/*
 * No register keeps what a program knew, but for its result.  rdi and rsi still have
 * what it was called with, and rdx, too, or the program has cleared it.
 *
 * What has to happen at a return depends on the processor, and the kernel
 * patches it into each RET that it finds when it loads the module.  At the
 * start of a cache line, that is also where it looks after those processors
 * that return unsafely in a line's first half (indirect target selection).
 */
	.section .text, "ax", @progbits
	.balign 64
SYM_CODE_START_NOALIGN(bsdbpf_arena_return)
	UNWIND_HINT_FUNC
	ANNOTATE_NOENDBR
	xorl %ecx, %ecx
	xorl %r8d, %r8d
	xorl %r9d, %r9d
	xorl %r10d, %r10d
	xorl %r11d, %r11d
	RET
SYM_CODE_END(bsdbpf_arena_return)
_ASM_NOKPROBE(bsdbpf_arena_return)

/*
 * The same for programs of those who are not trusted: they choose the branches
 * that are taken, and the processor must not predict the kernel's indirect ones
 * by that (branch history injection).  As the kernel does behind its own
 * classic programs: clear the history in software where that is needed, and
 * fence it off, by what is a NOP to other processors.
 */
	.balign 64
SYM_CODE_START_NOALIGN(bsdbpf_arena_return_hard)
	UNWIND_HINT_FUNC
	ANNOTATE_NOENDBR
#ifdef X86_FEATURE_CLEAR_BHB_LOOP
	movq %rax, %rdx		/* it changes rax and rcx */
	CLEAR_BRANCH_HISTORY
	movq %rdx, %rax
	.byte 0xf3, 0x48, 0x0f, 0x1e, 0xf8	/* ibhf */
#endif
	jmp bsdbpf_arena_return
SYM_CODE_END(bsdbpf_arena_return_hard)
_ASM_NOKPROBE(bsdbpf_arena_return_hard)
