/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * From the compiler's blocks to x86-64 code. Knows no classic BPF.
 */
#ifndef CBPF_NATIVE_H
#define CBPF_NATIVE_H

#include "ir.h"
#include "sets.h"

/**
 * native_emit - generate code
 * @fast: program for packets of at least @enough bytes; where one of its checks
 *	fails it is left to @exact
 * @exact: the same program for all packets; it has all values of both
 * @sets: tables of both
 * @enough: bytes
 * @code: where to, or NULL to learn the size
 * @room: bytes there
 * @target: where it will run
 *
 * Return: bytes of code; 0 if the program is too complex; -1 without memory.
 */
int native_emit(const struct ir *fast, const struct ir *exact, const struct sets *sets,
		u32 enough, u8 *code, u32 room, const struct cbpf_target *target);

#endif /* CBPF_NATIVE_H */
