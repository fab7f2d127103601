/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What C cases share: TAP on standard output.  A case calls ok() for every
 * statement that it tests and ends main() with return tap_done().
 */
#ifndef TAP_H
#define TAP_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3)))
static inline bool ok(bool passed, const char *fmt, ...)
{
	va_list ap;

	printf("%s %d - ", passed ? "ok" : "not ok", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	tap_failed += !passed;
	return passed;
}

/* A call that must return this: shows what it returned and errno if not. */
#define is_ret(expr, want, ...) do {					\
	long got_, want_ = (want);					\
									\
	errno = 0;							\
	got_ = (expr);							\
	if (!ok(got_ == want_, __VA_ARGS__))				\
		printf("# %s: %ld (%s), not %ld\n", #expr, got_,	\
		       strerror(errno), want_);				\
} while (0)

/* A call that must fail with this errno. */
#define is_errno(expr, want, ...) do {					\
	long got_;							\
	int err_;							\
									\
	errno = 0;							\
	got_ = (expr);							\
	err_ = errno;							\
	if (!ok(got_ == -1 && err_ == (want), __VA_ARGS__))		\
		printf("# %s: %ld (%s), not -1 (%s)\n", #expr, got_,	\
		       strerror(err_), strerror(want));			\
} while (0)

/* For the scaffolding of a case, which is not what it tests. */
#define must(expr) ({							\
	__typeof__(expr) val_ = (expr);					\
									\
	if ((long)val_ == -1) {						\
		printf("Bail out! %s:%d: %s: %s\n", __FILE__, __LINE__,	\
		       #expr, strerror(errno));				\
		exit(1);						\
	}								\
	val_;								\
})

static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif /* TAP_H */
