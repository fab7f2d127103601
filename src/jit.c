// SPDX-License-Identifier: GPL-2.0
/*
 * Native code for filter programs, on x86-64: from the engine's compiler to
 * executable memory and back, and a test of all that at load.  Whatever goes
 * wrong here leaves a program to the interpreter.
 */
#include "bsdbpf.h"
#include "arena.h"
#include "filter/opcode.h"

#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/workqueue.h>

static bool bsdbpf_jit_works;

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

static u8 *bsdbpf_jit_reserve(u32 size, s32 *stub)
{
	u8 *at = bsdbpf_arena_get(size, stub);

	/* maybe it is only full of what waits to be freed */
	if (!at) {
		rcu_barrier();
		flush_work(&bsdbpf_jit_work);
		at = bsdbpf_arena_get(size, stub);
	}
	return at;
}

/**
 * bsdbpf_jit_compile() - make native code of a program, if that can be done
 * @prog: a program that nobody else knows yet
 * @insns: its instructions
 *
 * May sleep, also for a grace period.
 */
void bsdbpf_jit_compile(struct bsdbpf_prog *prog, const struct cbpf_insn *insns)
{
	/* the size is the same for each address that is not 0 */
	struct cbpf_target target = {
		.stub = 1,
		.landing = IS_ENABLED(CONFIG_X86_KERNEL_IBT),
	};
	u8 *code, *at;
	int size;

	if (!bsdbpf_jit_works)
		return;
	size = cbpf_compile(insns, prog->len, NULL, 0, &target);
	if (size <= 0 || size >= BSDBPF_ARENA_SIZE)
		return;
	code = kvmalloc(size, GFP_KERNEL);
	if (!code)
		return;
	at = bsdbpf_jit_reserve(size, &target.stub);
	if (!at)
		goto free;
	if (cbpf_compile(insns, prog->len, code, size, &target) != size ||
	    bsdbpf_arena_fill(at, code, size)) {
		bsdbpf_arena_put(at, size);
		goto free;
	}
	prog->native_size = size;
	prog->native = (bsdbpf_native_fn *)at;
free:
	kvfree(code);
}

/* The value of the fifth byte if the third and the fourth are 0x0800. */
static const struct cbpf_insn bsdbpf_jit_sample[] = {
	{ CBPF_LD_H_ABS, 0, 0, 2 },
	{ CBPF_JEQ_K, 0, 2, 0x0800 },
	{ CBPF_LD_B_ABS, 0, 0, 4 },
	{ CBPF_RET_A, 0, 0, 0 },
	{ CBPF_RET_K, 0, 0, 0 },
};

/* Compares what it returns, for packets of every sort, with what it should. */
static bool __nocfi bsdbpf_jit_right(const struct bsdbpf_prog *prog)
{
	static const struct {
		u8 bytes[5];
		u32 headlen, wirelen;
		u64 result;
	} rows[] = {
		{ { 1, 2, 8, 0, 77 }, 5, 5, 77 },
		{ { 1, 2, 8, 0, 78 }, 5, 1514, 78 },
		{ { 1, 2, 8, 6, 77 }, 5, 5, 0 },
		{ { 1, 2, 8, 0, 77 }, 4, 4, 0 },
		{ { 1, 2, 8, 0, 77 }, 4, 5, CBPF_UNDECIDED },
		{ { 1, 2, 8, 6, 77 }, 4, 5, 0 },
	};
	u32 words[CBPF_NATIVE_WORDS];
	int i;

	if (!prog->native)
		return false;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (prog->native(rows[i].bytes, rows[i].headlen,
				 rows[i].wirelen, words) != rows[i].result)
			return false;
	return true;
}

static bool bsdbpf_jit_test(void)
{
	struct bsdbpf_prog *prog;
	bool right;

	prog = bsdbpf_prog_new(bsdbpf_jit_sample, ARRAY_SIZE(bsdbpf_jit_sample));
	if (!prog)
		return false;
	bsdbpf_jit_compile(prog, bsdbpf_jit_sample);
	right = bsdbpf_jit_right(prog);
	bsdbpf_prog_free_now(prog);
	return right;
}

/**
 * bsdbpf_jit_init() - find out whether native code can be run here
 *
 * May sleep.
 */
void bsdbpf_jit_init(void)
{
	bsdbpf_jit_works = !bsdbpf_arena_check();
	bsdbpf_jit_works = bsdbpf_jit_works && bsdbpf_jit_test();
	if (!bsdbpf_jit_works)
		pr_warn("bsdbpf: native code does not work here, all filters are interpreted\n");
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
