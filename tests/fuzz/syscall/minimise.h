/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef SYSCALL_MINIMISE_H
#define SYSCALL_MINIMISE_H

#include "op.h"

/**
 * round_minimise - take away what a round does not need to fail
 * @r: it
 * @fails: does a round fail?
 * @seconds: how long
 *
 * Return: whether it fails at all.
 */
bool round_minimise(struct round *r, bool (*fails)(const struct round *r), unsigned int seconds);

#endif
