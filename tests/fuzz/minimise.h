/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef FUZZ_MINIMISE_H
#define FUZZ_MINIMISE_H

#include "case.h"

/**
 * case_minimise - make a case small on which the engines differ
 * @c: case, changed
 *
 * Takes at most some seconds.
 *
 * Return: false if they do not differ on it, and it is unchanged.
 */
bool case_minimise(struct fuzz_case *c);

#endif
