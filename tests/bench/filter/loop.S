/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The loop that all engines are timed by. How long an indirect call takes depends on
 * how far away its target is and on what else was called from there: 1.7 or 2.8 ns on
 * the same processor. So the loop is copied in front of each engine's code, into the
 * same page, where it calls nothing else; hence assembler: it has an end, and it does
 * not depend on where it is.
 *
 *	u64 loop(judge_fn judge, const struct call *calls, const struct call *end)
 *
 * Calls judge for each of calls, of which there is at least one, and returns the sum
 * of its results. The packets are fetched into the cache eight calls ahead of their
 * turn: a packet that is filtered has just been looked at by a driver. So the list
 * goes on for eight more behind end.
 */
#define CALL_SIZE	48
#define CALL_HEAD	32
#define CALL_ABOUT	40
#define AHEAD		8

	.text
	.p2align 6
	.globl loop_begin
loop_begin:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	mov	%rdi, %r12
	mov	%rsi, %rbx
	mov	%rdx, %r13
	xor	%ebp, %ebp
	.p2align 5
1:	mov	CALL_HEAD + AHEAD * CALL_SIZE(%rbx), %rax
	prefetcht0 (%rax)
	mov	CALL_ABOUT + AHEAD * CALL_SIZE(%rbx), %rax
	prefetcht0 (%rax)
	mov	(%rbx), %rdi
	mov	8(%rbx), %rsi
	mov	16(%rbx), %rdx
	mov	24(%rbx), %rcx
	add	$CALL_SIZE, %rbx
	call	*%r12
	mov	%eax, %eax
	add	%rax, %rbp
	cmp	%r13, %rbx
	jne	1b
	mov	%rbp, %rax
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	.globl loop_end
loop_end:
	.section .note.GNU-stack, "", @progbits
