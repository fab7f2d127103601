// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Runs a Check suite in the way the test runner expects: TAP on stdout. */
#include <stdlib.h>

#include "runner.h"

int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
