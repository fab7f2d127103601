// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The library's filters: every vector by each of its engines, errors, what
 * happens to the memory of code, what if there is none, and many threads. The
 * linker puts the functions below in the place of the system's (--wrap).
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../vectors/vector.h"
#include "filter.h"
#include "packets.h"
#include "reference.h"
#include "runner.h"
#include "view.h"

#ifdef CBPF_X86_64
#define BEST	CBPF_NATIVE
#else
#define BEST	CBPF_INTERPRETER
#endif

void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t off);
int __real_mprotect(void *at, size_t size, int prot);
int __real_munmap(void *at, size_t size);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t off);
int __wrap_mprotect(void *at, size_t size, int prot);
int __wrap_munmap(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static int mmap_prot, mprotect_prot, mprotect_error;
static bool mmap_fails;
static unsigned int maps, unmaps;
static size_t mapped, unmapped;
/* How many allocations succeed; negative: all. */
static long allocations = -1;

void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t off)
{
	if (mmap_fails) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	mmap_prot = prot;
	mapped += size;
	maps++;
	return __real_mmap(at, size, prot, flags, fd, off);
}

int __wrap_mprotect(void *at, size_t size, int prot)
{
	if (mprotect_error) {
		errno = mprotect_error;
		return -1;
	}
	mprotect_prot = prot;
	return __real_mprotect(at, size, prot);
}

int __wrap_munmap(void *at, size_t size)
{
	unmapped += size;
	unmaps++;
	return __real_munmap(at, size);
}

static bool may_allocate(void)
{
	return allocations < 0 || allocations-- > 0;
}

void *__wrap_malloc(size_t size)
{
	return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return may_allocate() ? __real_calloc(count, size) : NULL;
}

/* A program with something of everything: keeps the destination port of TCP. */
static const struct cbpf_insn port[] = {
	{ CBPF_LD_H_ABS, 0, 0, 12 }, { CBPF_JEQ_K, 0, 5, 0x0800 },
	{ CBPF_LD_B_ABS, 0, 0, 23 }, { CBPF_JEQ_K, 0, 3, 6 },
	{ CBPF_LDX_MSH, 0, 0, 14 },  { CBPF_LD_H_IND, 0, 0, 16 },
	{ CBPF_RET_A, 0, 0, 0 },     { CBPF_RET_K, 0, 0, 0 },
};

static struct cbpf_filter *make(const struct cbpf_insn *insns, u32 len, u32 flags)
{
	int err = 12345;
	struct cbpf_filter *filter = cbpf_filter_new(insns, len, flags, &err);

	ck_assert_int_eq(err, 0);
	ck_assert_ptr_nonnull(filter);
	return filter;
}

START_TEST(row)
{
	const struct cbpf_vector *v = &cbpf_vectors[_i];
	u32 flags;

	for (flags = 0; flags <= CBPF_FILTER_INTERPRET; flags++) {
		struct facts facts = { .have = v->have };
		struct cbpf_filter *filter;
		u8 *packet = malloc(v->avail);
		struct view view = {
			.pkt = {
				.head = packet,
				.headlen = v->avail,
				.wirelen = v->wirelen,
				.ancillary = v->values ? view_ancillary : NULL,
				.network = VECTOR_NETWORK,
			},
			.facts = &facts,
		};
		bool native = v->len && !flags &&
			      !(cbpf_ancillary_used(v->insns, v->len) & CBPF_USES_INTERPRETER);
		u32 i, result;
		int err = 12345;

		for (i = 0; i < CBPF_ANCS; i++)
			facts.value[i] = VECTOR_ANC(i);
		for (i = 0; i < v->avail; i++)
			packet[i] = VECTOR_BYTE(i);
		filter = cbpf_filter_new(v->insns, v->len, flags, &err);
		ck_assert_msg(err == v->err, "%s: error %d", v->name, err);
		ck_assert_msg(!filter == !!v->err, "%s", v->name);
		if (filter) {
			result = cbpf_filter_run_pkt(filter, &view.pkt);
			if (!v->values)
				ck_assert_uint_eq(cbpf_filter_run(filter, packet, v->wirelen,
								  v->avail), result);
			ck_assert_msg(result == v->result, "%s: flags %u: %#x, not %#x",
				      v->name, flags, result, v->result);
			ck_assert_int_eq(cbpf_filter_engine(filter),
					 native ? BEST : CBPF_INTERPRETER);
		}
		cbpf_filter_free(filter);
		free(packet);
	}
}
END_TEST

START_TEST(errors)
{
	int err = 12345;

	ck_assert_ptr_null(cbpf_filter_new(port, ARRAY_SIZE(port), 2, &err));
	ck_assert_int_eq(err, CBPF_E_FLAG);
	ck_assert_ptr_null(cbpf_filter_new(port, 1, 0, &err));
	ck_assert_int_eq(err, CBPF_E_NORETURN);
	ck_assert_ptr_null(cbpf_filter_new(port, 1, 0, NULL));
	cbpf_filter_free(NULL);
}
END_TEST

/* The program is the caller's; what was made of it is not. */
START_TEST(copies)
{
	u32 flags;

	for (flags = 0; flags <= CBPF_FILTER_INTERPRET; flags++) {
		struct cbpf_insn *insns = malloc(sizeof(*insns));
		struct cbpf_filter *filter;

		*insns = (struct cbpf_insn){ CBPF_RET_K, 0, 0, 77 };
		filter = make(insns, 1, flags);
		insns->k = 78;
		free(insns);
		ck_assert_uint_eq(cbpf_filter_run(filter, NULL, 0, 0), 77);
		cbpf_filter_free(filter);
	}
}
END_TEST

/* Captured more than there was: what is there can be read, as in libpcap. */
START_TEST(longer_than_the_packet)
{
	static const struct cbpf_insn insns[] = {
		{ CBPF_LD_B_ABS, 0, 0, 30 }, { CBPF_TAX, 0, 0, 0 },
		{ CBPF_LD_LEN, 0, 0, 0 }, { CBPF_ADD_X, 0, 0, 0 },
		{ CBPF_RET_A, 0, 0, 0 },
	};
	u8 packet[31] = { [30] = 5 };
	u32 flags;

	for (flags = 0; flags <= CBPF_FILTER_INTERPRET; flags++) {
		struct cbpf_filter *filter = make(insns, ARRAY_SIZE(insns), flags);

		ck_assert_uint_eq(cbpf_filter_run(filter, packet, 20, 31), 25);
		ck_assert_uint_eq(cbpf_filter_run(filter, packet, 20, 30), 0);
		ck_assert_uint_eq(cbpf_filter_run(filter, packet, 40, 30), 0);
		cbpf_filter_free(filter);
	}
}
END_TEST

START_TEST(never_writable_and_executable)
{
#ifdef CBPF_X86_64
	struct cbpf_filter *filter = make(port, ARRAY_SIZE(port), 0);

	ck_assert_int_eq(mmap_prot, PROT_READ | PROT_WRITE);
	ck_assert_int_eq(mprotect_prot, PROT_READ | PROT_EXEC);
	ck_assert_uint_eq(maps, 1);
	cbpf_filter_free(filter);
	ck_assert_uint_eq(unmaps, 1);
	ck_assert_uint_eq(unmapped, mapped);
#endif
}
END_TEST

/* It still works, and nothing is left behind. */
static void expect_interpreter(void)
{
	struct cbpf_filter *filter = make(port, ARRAY_SIZE(port), 0);
	u8 packet[60] = { [12] = 8, [14] = 0x45, [23] = 6, [37] = 80 };

	ck_assert_int_eq(cbpf_filter_engine(filter), CBPF_INTERPRETER);
	ck_assert_uint_eq(cbpf_filter_run(filter, packet, 60, 60), 80);
	cbpf_filter_free(filter);
	ck_assert_uint_eq(unmapped, mapped);
}

START_TEST(not_allowed_to_execute)
{
	mprotect_error = EACCES;
	expect_interpreter();
	mprotect_error = ENOMEM;
	expect_interpreter();
}
END_TEST

START_TEST(no_memory_for_code)
{
	mmap_fails = true;
	expect_interpreter();
}
END_TEST

/* Whichever allocation fails: an error, or a filter that works. */
START_TEST(no_memory)
{
	u8 packet[60] = { [12] = 8, [14] = 0x45, [23] = 6, [37] = 80 };
	unsigned int refused = 0, interpreted = 0;
	struct cbpf_filter *filter;
	long n;
	int err;

	for (n = 0;; n++) {
		allocations = n;
		filter = cbpf_filter_new(port, ARRAY_SIZE(port), 0, &err);
		if (allocations > 0)
			break;
		allocations = -1;
		if (!filter) {
			ck_assert_int_eq(err, CBPF_E_NOMEM);
			refused++;
			continue;
		}
		ck_assert_int_eq(err, 0);
		ck_assert_uint_eq(cbpf_filter_run(filter, packet, 60, 60), 80);
		interpreted += cbpf_filter_engine(filter) == CBPF_INTERPRETER;
		cbpf_filter_free(filter);
	}
	allocations = -1;
	cbpf_filter_free(filter);
	ck_assert_uint_eq(refused, 1);
	if (BEST == CBPF_NATIVE)
		ck_assert_uint_gt(interpreted, 5);
	ck_assert_uint_eq(unmapped, mapped);
}
END_TEST

#define THREADS	4
#define ROUNDS	3000

static struct cbpf_filter *shared;

/* Runs the common filter, and makes and frees others meanwhile. */
static void *runner_thread(void *none)
{
	unsigned long wrong = 0;
	unsigned int i, n;

	for (i = 0; i < ROUNDS; i++) {
		for (n = 0; n < packets_count(); n++) {
			struct packet p = packets_make(n);

			wrong += cbpf_filter_run(shared, p.bytes, p.len, p.len) !=
				 reference_run(port, ARRAY_SIZE(port), p.bytes, p.len, p.len);
		}
		if (i % 100 == 0) {
			struct cbpf_filter *own = cbpf_filter_new(port, ARRAY_SIZE(port), 0, NULL);

			wrong += !own || cbpf_filter_engine(own) != BEST;
			cbpf_filter_free(own);
		}
	}
	return wrong ? &shared : none;
}

START_TEST(threads)
{
	pthread_t thread[THREADS];
	void *wrong;
	int i;

	shared = make(port, ARRAY_SIZE(port), 0);
	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, runner_thread, NULL), 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &wrong);
		ck_assert_ptr_null(wrong);
	}
	cbpf_filter_free(shared);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter");
	TCase *tcase = tcase_create("filter");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, row, 0, CBPF_VECTORS);
	tcase_add_test(tcase, errors);
	tcase_add_test(tcase, copies);
	tcase_add_test(tcase, longer_than_the_packet);
	tcase_add_test(tcase, never_writable_and_executable);
	tcase_add_test(tcase, not_allowed_to_execute);
	tcase_add_test(tcase, no_memory_for_code);
	tcase_add_test(tcase, no_memory);
	tcase_add_test(tcase, threads);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
