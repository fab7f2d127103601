// SPDX-License-Identifier: GPL-2.0
/*
 * Native code for filter programs, on x86-64: from the engine's compiler to
 * executable memory and back.  Whatever goes wrong here leaves a program to
 * another engine.
 *
 * Who writes a program must not learn more from it than its result, nor make
 * its code do what it was not compiled for:
 *  - Loads are guarded: a wrong guess of the processor stays in the packet.
 *  - The code is a leaf that uses only registers which its caller does not
 *    expect to keep, and where it returns to (arena_text.S) these are cleared.
 *  - From those who may not write to the kernel's memory anyway
 *    (net.bpf.jit_harden) constants are hidden, and they leave no history of
 *    branches behind.
 *  - arena.c sees to where the code lies and what becomes of it.
 */
#include "engine.h"
#include "arena.h"

#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/workqueue.h>

/* Programs to be freed, which takes a context that may sleep. */
static LLIST_HEAD(bsdbpf_jit_dead);

static void bsdbpf_jit_reap(struct work_struct *work)
{
	struct llist_node *dead = llist_del_all(&bsdbpf_jit_dead);
	struct bsdbpf_prog *prog, *next;

	llist_for_each_entry_safe(prog, next, dead, dead) {
		bsdbpf_arena_put((u8 *)prog->native, prog->native_size);
		kvfree(prog);
	}
}

static DECLARE_WORK(bsdbpf_jit_work, bsdbpf_jit_reap);

/**
 * bsdbpf_jit_free() - free a compiled program
 * @prog: program; nobody runs it any more
 *
 * Process or softirq context.
 */
void bsdbpf_jit_free(struct bsdbpf_prog *prog)
{
	llist_add(&prog->dead, &bsdbpf_jit_dead);
	schedule_work(&bsdbpf_jit_work);
}

static u8 *bsdbpf_jit_reserve(u32 size, bool harden, s32 *stub)
{
	u8 *at = bsdbpf_arena_get(size, harden, stub);

	/* maybe it is only full of what waits to be freed */
	if (!at) {
		rcu_barrier();
		bsdbpf_desc_flush();
		flush_work(&bsdbpf_jit_work);
		at = bsdbpf_arena_get(size, harden, stub);
	}
	return at;
}

/**
 * bsdbpf_jit_compile() - make native code of a program, if that can be done
 * @prog: a program that nobody else knows yet
 * @insns: its instructions
 * @harden: hide its constants and what it did
 *
 * May sleep, also for a grace period.
 *
 * Return: whether @prog->native is there.
 */
bool bsdbpf_jit_compile(struct bsdbpf_prog *prog, const struct cbpf_insn *insns,
			bool harden)
{
	/* the size is the same for each address that is not 0 */
	struct cbpf_target target = {
		.stub = 1,
		.landing = IS_ENABLED(CONFIG_X86_KERNEL_IBT),
		.guard = true,
		.blind = harden ? get_random_u32() | 1 : 0,
		.lean = true,
	};
	u8 *code, *at;
	int size;

	prog->native = NULL;
	size = cbpf_compile(insns, prog->len, NULL, 0, &target);
	if (!size) {
		target.lean = false;
		size = cbpf_compile(insns, prog->len, NULL, 0, &target);
	}
	if (size <= 0 || size >= BSDBPF_ARENA_SIZE)
		return false;
	code = kvmalloc(size, GFP_KERNEL);
	if (!code)
		return false;
	at = bsdbpf_jit_reserve(size, harden, &target.stub);
	if (!at)
		goto free;
	if (cbpf_compile(insns, prog->len, code, size, &target) != size ||
	    bsdbpf_arena_fill(at, code, size)) {
		bsdbpf_arena_put(at, size);
		goto free;
	}
	prog->native_size = size;
	prog->native_lean = target.lean;
	prog->native = (bsdbpf_native_words_fn *)at;
free:
	kvfree(code);
	return prog->native;
}

/**
 * bsdbpf_jit_init() - find out whether there is memory for native code
 *
 * Return: whether it is worth a try.
 */
bool bsdbpf_jit_init(void)
{
	return !bsdbpf_arena_check();
}

/**
 * bsdbpf_jit_exit() - finish what bsdbpf_jit_free() has begun
 *
 * May sleep.
 */
void bsdbpf_jit_exit(void)
{
	flush_work(&bsdbpf_jit_work);
}
