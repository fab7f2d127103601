/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Executable memory: what arena.c offers and shares with arena_text.S.  For
 * jit.c only.
 */
#ifndef _BSDBPF_ARENA_H
#define _BSDBPF_ARENA_H

/* Room for some hundred programs. */
#define BSDBPF_ARENA_SIZE	(256 * 1024)

#ifndef __ASSEMBLY__
#include <linux/types.h>

extern u8 bsdbpf_arena[];
extern u8 bsdbpf_arena_return[];
extern u8 bsdbpf_arena_return_hard[];

int bsdbpf_arena_check(void);
u8 *bsdbpf_arena_get(u32 size, bool harden, s32 *stub);
int bsdbpf_arena_fill(u8 *at, const u8 *code, u32 size);
void bsdbpf_arena_put(u8 *at, u32 size);
#endif

#endif /* _BSDBPF_ARENA_H */
