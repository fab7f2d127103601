/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What all test programs share; nothing about filters. */
#ifndef UNIT_RUNNER_H
#define UNIT_RUNNER_H

#include <check.h>

#include "array.h"

/**
 * run_suite - run all tests, print TAP with a plan to standard output
 * @suite: the tests
 *
 * Return: the exit status of the program, EXIT_SUCCESS if all passed.
 */
int run_suite(Suite *suite);

#endif
