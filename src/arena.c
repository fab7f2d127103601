// SPDX-License-Identifier: GPL-2.0
/*
 * Executable memory for compiled filters: who has which part of the module's
 * arena (arena_text.S), and how code gets there.  Knows nothing of filters.
 *
 * The arena can be executed and never be written to.  Code is written through a
 * second mapping of the same pages, which can be written to, not be executed,
 * and is there only meanwhile.  A part begins at a place of chance, for nobody
 * shall know where his constants become code, and has int3 before and behind
 * it.
 */
#include "arena.h"

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pgtable.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/nospec-branch.h>
#include <asm/sync_core.h>

/* What the arena is given out in: a cache line. */
#define BSDBPF_UNIT	64U
/* The last one has something else than int3 at its end. */
#define BSDBPF_UNITS	(BSDBPF_ARENA_SIZE / BSDBPF_UNIT - 1)
#define BSDBPF_INT3	0xcc

/* All under this lock. */
static DEFINE_MUTEX(bsdbpf_arena_lock);
static DECLARE_BITMAP(bsdbpf_arena_used, BSDBPF_UNITS);
/* Free now, but a branch predictor may still know what was there. */
static DECLARE_BITMAP(bsdbpf_arena_stale, BSDBPF_UNITS);

/* Hides from objtool that the address is not that of a function. */
static u8 *bsdbpf_arena_start(void)
{
	u8 *start = bsdbpf_arena;

	OPTIMIZER_HIDE_VAR(start);
	return start;
}

/* Units of the part [at, at + size) and at least one byte behind it. */
static u32 bsdbpf_unit_first(const u8 *at)
{
	return (at - bsdbpf_arena_start()) / BSDBPF_UNIT;
}

static u32 bsdbpf_unit_count(const u8 *at, u32 size)
{
	return bsdbpf_unit_first(at + size) - bsdbpf_unit_first(at) + 1;
}

/**
 * bsdbpf_arena_check() - did the kernel make it executable, and read-only
 *
 * Return: 0 or -EFAULT.
 */
int bsdbpf_arena_check(void)
{
	unsigned long at = (unsigned long)bsdbpf_arena_start();
	unsigned long end = at + BSDBPF_ARENA_SIZE;
	unsigned int level;
	pte_t *pte;

	for (; at < end; at += PAGE_SIZE) {
		pte = lookup_address(at, &level);
		if (!pte || !(pte_flags(*pte) & _PAGE_PRESENT) ||
		    (pte_flags(*pte) & (_PAGE_NX | _PAGE_RW)))
			return -EFAULT;
	}
	return 0;
}

/* The pages of [at, at + size), writable; NULL without memory. */
static u8 *bsdbpf_arena_map(u8 *at, u32 size)
{
	u8 *first = PTR_ALIGN_DOWN(at, PAGE_SIZE);
	u32 n = PAGE_ALIGN(at + size - first) / PAGE_SIZE, i;
	struct page **pages;
	u8 *map = NULL;

	pages = kmalloc_array(n, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	for (i = 0; i < n; i++) {
		pages[i] = vmalloc_to_page(first + i * PAGE_SIZE);
		if (!pages[i])
			goto free;
	}
	map = vmap(pages, n, VM_MAP, PAGE_KERNEL);
free:
	kfree(pages);
	return map ? map + offset_in_page(at) : NULL;
}

static void bsdbpf_arena_unmap(u8 *map)
{
	vunmap(PTR_ALIGN_DOWN(map, PAGE_SIZE));
	vm_unmap_aliases();	/* now, not some time: it is writable */
}

static void bsdbpf_arena_flush_predictor(void *unused)
{
	indirect_branch_prediction_barrier();
}

static void bsdbpf_arena_sync(void *unused)
{
	sync_core();
}

/**
 * bsdbpf_arena_get() - reserve a part
 * @size: bytes
 * @harden: what will be there returns without a history of its branches
 * @stub: out: what is to be jumped to for a return, relative to the part
 *
 * May sleep.  It has int3 all over.
 *
 * Return: the part; NULL if the arena is full.
 */
u8 *bsdbpf_arena_get(u32 size, bool harden, s32 *stub)
{
	u32 units = size / BSDBPF_UNIT + 1, first, slack;
	u8 *at = NULL;

	mutex_lock(&bsdbpf_arena_lock);
	first = reciprocal_scale(get_random_u32(), BSDBPF_UNITS);
	first = bitmap_find_next_zero_area(bsdbpf_arena_used, BSDBPF_UNITS,
					   first, units, 0);
	if (first >= BSDBPF_UNITS)
		first = bitmap_find_next_zero_area(bsdbpf_arena_used,
						   BSDBPF_UNITS, 0, units, 0);
	if (first >= BSDBPF_UNITS)
		goto unlock;
	/*
	 * An indirect branch to a program that was here must not be predicted
	 * into the middle of the next one.
	 */
	if (find_next_bit(bsdbpf_arena_stale, BSDBPF_UNITS, first) <
	    first + units) {
		on_each_cpu(bsdbpf_arena_flush_predictor, NULL, 1);
		bitmap_zero(bsdbpf_arena_stale, BSDBPF_UNITS);
	}
	bitmap_set(bsdbpf_arena_used, first, units);
	slack = units * BSDBPF_UNIT - size - 1;
	at = bsdbpf_arena_start() + first * BSDBPF_UNIT +
	     ALIGN_DOWN(reciprocal_scale(get_random_u32(), slack + 1), 16);
	*stub = (harden ? bsdbpf_arena_return_hard : bsdbpf_arena_return) - at;
unlock:
	mutex_unlock(&bsdbpf_arena_lock);
	return at;
}

/**
 * bsdbpf_arena_fill() - write code to a part
 * @at: the part
 * @code: code
 * @size: its size, that of the part
 *
 * May sleep.  When it returns, it can be run on any processor.
 *
 * Return: 0, -ENOMEM, -EIO (it is not there).
 */
int bsdbpf_arena_fill(u8 *at, const u8 *code, u32 size)
{
	u8 *map = bsdbpf_arena_map(at, size);

	if (!map)
		return -ENOMEM;
	memcpy(map, code, size);
	bsdbpf_arena_unmap(map);
	if (memcmp(at, code, size))
		return -EIO;
	on_each_cpu(bsdbpf_arena_sync, NULL, 1);
	return 0;
}

/**
 * bsdbpf_arena_put() - give a part back
 * @at: the part; nobody runs it any more
 * @size: its size
 *
 * May sleep.
 */
void bsdbpf_arena_put(u8 *at, u32 size)
{
	u32 first = bsdbpf_unit_first(at), units = bsdbpf_unit_count(at, size);
	u8 *map = bsdbpf_arena_map(at, size);

	/* What cannot be wiped is not used again. */
	if (!map)
		return;
	memset(map, BSDBPF_INT3, size);
	bsdbpf_arena_unmap(map);
	mutex_lock(&bsdbpf_arena_lock);
	bitmap_clear(bsdbpf_arena_used, first, units);
	bitmap_set(bsdbpf_arena_stale, first, units);
	mutex_unlock(&bsdbpf_arena_lock);
}
