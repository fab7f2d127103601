/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Programs as text, for failure messages and to prove the vectors' own text. */
#ifndef UNIT_TEXT_H
#define UNIT_TEXT_H

#include <stddef.h>

#include "cbpf.h"

/* Write the program to @to, "; " between instructions; cut if it is too long. */
void text_of_program(const struct cbpf_insn *insns, u32 len, char *to,
		     size_t size);

#endif
