// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Programs that look for a value in a list, written here with what they return:
 * each member and all that is near one, at the ends of bitmaps, with members that
 * any hash has to tell apart, and where ways meet in the middle of a list. How the
 * compiler finds members is not known here.
 */
#include <pthread.h>
#include <string.h>

#include "guard.h"
#include "opcode.h"
#include "rng.h"
#include "runner.h"
#include "view.h"

enum { LENGTH = 12, MEMBERS = 100 };

struct program {
	struct cbpf_insn insns[MEMBERS + 20];
	u32 len;
};

static struct guard room;

static void set_up(void)
{
	room = guard_alloc(LENGTH);
}

static void tear_down(void)
{
	guard_free(&room);
}

static void put(struct program *p, u16 code, u32 k, u32 jt, u32 jf)
{
	ck_assert(jt < 256 && jf < 256);
	p->insns[p->len++] = (struct cbpf_insn){ code, jt, jf, k };
}

/* The program's tests: to the second last instruction, or on. */
static void put_list(struct program *p, const u32 *members, u32 n)
{
	for (u32 i = 0; i < n; i++)
		put(p, CBPF_JEQ_K, members[i], n - i, 0);
}

static void expect(const struct program *p, const u8 *bytes, u32 expected)
{
	u32 result = view_run(&room, VIEW_AT_END, p->insns, p->len, bytes, LENGTH,
			      LENGTH, LENGTH, false);

	ck_assert_msg(result == expected, "%u instead of %u", result, expected);
}

static bool is_member(const u32 *members, u32 n, u32 value)
{
	while (n--)
		if (members[n] == value)
			return true;
	return false;
}

/* ldh [2] or ld [2]; the list; ret #0; ret #1 */
static struct program list_of(u16 load, const u32 *members, u32 n)
{
	struct program p = { };

	put(&p, load, 2, 0, 0);
	put_list(&p, members, n);
	put(&p, CBPF_RET_K, 0, 0, 0);
	put(&p, CBPF_RET_K, 1, 0, 0);
	return p;
}

/* Each number there and around, in lists from one edge of a word to another. */
static void every_number(u32 min, u32 max)
{
	u32 members[] = { max, min, min + 1, min + 5, min + 6, max - 2, max - 3, min };
	const u32 n = ARRAY_SIZE(members);
	struct program p = list_of(CBPF_LD_H_ABS, members, n);
	u8 bytes[LENGTH] = { };

	for (u32 value = min < 70 ? 0 : min - 70; value <= 0xffff && value < max + 70; value++) {
		bytes[2] = value >> 8;
		bytes[3] = value;
		expect(&p, bytes, is_member(members, n, value));
	}
}

START_TEST(lists_of_numbers)
{
	static const u32 first[] = { 0, 1, 31, 32, 80, 0x7fff, 0xff00 };
	static const u32 reach[] = { 30, 31, 32, 33, 62, 63, 64, 95, 96, 255 };

	for (size_t i = 0; i < ARRAY_SIZE(reach); i++)
		every_number(first[_i], first[_i] + reach[i]);
}
END_TEST

START_TEST(lists_of_words)
{
	u32 members[MEMBERS] = { }, n = 6 + 2 * _i;
	u64 state = _i;

	for (u32 i = 0; i < n; i++)
		members[i] = _i % 2 ? rng_next(&state) : 0xc0000200 + rng_below(&state, 256);

	struct program p = list_of(CBPF_LD_W_ABS, members, n);

	for (u32 i = 0; i < n; i++)
		/* the member, and then all that one bit makes of it */
		for (u32 bit = 0; bit <= 32; bit++) {
			u32 value = members[i] ^ (bit ? 1U << (bit - 1) : 0);
			u8 bytes[LENGTH] = { 0, 0, value >> 24, value >> 16, value >> 8, value };

			expect(&p, bytes, is_member(members, n, value));
		}
}
END_TEST

enum { LONG = 1000 };

static struct {
	struct cbpf_insn insns[2 * LONG + 3];
	u32 len;
	int size;
} long_one;

/* More members than any hash keeps apart, each with a jump of its own to the end. */
static void make_long(const u32 *members)
{
	struct cbpf_insn *insn = long_one.insns;

	*insn++ = (struct cbpf_insn){ CBPF_LD_W_ABS, 0, 0, 2 };
	for (u32 i = 0; i < LONG; i++) {
		*insn++ = (struct cbpf_insn){ CBPF_JEQ_K, 0, 1, members[i] };
		*insn++ = (struct cbpf_insn){ CBPF_JA, 0, 0, 2 * (LONG - 1 - i) + 1 };
	}
	*insn++ = (struct cbpf_insn){ CBPF_RET_K, 0, 0, 0 };
	*insn++ = (struct cbpf_insn){ CBPF_RET_K, 0, 0, 1 };
	long_one.len = insn - long_one.insns;
}

static void *compile_long(void *unused)
{
	static u8 code[1 << 20];
	const struct cbpf_target target = { 0 };

	long_one.size = cbpf_compile(long_one.insns, long_one.len, code, sizeof(code),
				     &target);
	return unused;
}

/* On a stack of few pages, as a kernel's is, though with frames of a sanitizer. */
START_TEST(long_list)
{
	u32 members[LONG];
	u64 state = 1;
	pthread_attr_t attr;
	pthread_t thread;

	for (u32 i = 0; i < LONG; i++)
		members[i] = rng_next(&state);
	make_long(members);
	ck_assert(!cbpf_validate(long_one.insns, long_one.len, NULL));
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	ck_assert(!pthread_create(&thread, &attr, compile_long, NULL));
	pthread_join(thread, NULL);
	ck_assert_int_gt(long_one.size, 0);
	for (u32 i = 0; i < 2 * LONG; i++) {
		u32 value = members[i / 2] ^ (i & 1);
		u8 bytes[LENGTH] = { 0, 0, value >> 24, value >> 16, value >> 8, value };
		u32 result = view_run(&room, VIEW_AT_END, long_one.insns, long_one.len,
				      bytes, LENGTH, LENGTH, LENGTH, false);

		ck_assert_uint_eq(result, is_member(members, LONG, value));
	}
}
END_TEST

/* What is different on the two ways that meet. */
enum differs { A_DIFFERS, X_DIFFERS };

/*
 *	ldb [0]; jeq #7, other, one
 * other: ldx #2; ldh [4], or [2]; ja join
 * one:	ldx #1; ldh [2]; some tests
 * join: more tests
 *	add #0, or txa; ret a
 *	ret #9999
 */
static struct program two_ways(enum differs differs, const u32 *members, u32 n, u32 before)
{
	struct program p = { };

	put(&p, CBPF_LD_B_ABS, 0, 0, 0);
	put(&p, CBPF_JEQ_K, 7, 0, 3);
	put(&p, CBPF_LDX_IMM, 2, 0, 0);
	put(&p, CBPF_LD_H_ABS, differs == A_DIFFERS ? 4 : 2, 0, 0);
	put(&p, CBPF_JA, 2 + before, 0, 0);
	put(&p, CBPF_LDX_IMM, 1, 0, 0);
	put(&p, CBPF_LD_H_ABS, 2, 0, 0);
	for (u32 i = 0; i < n; i++)
		put(&p, CBPF_JEQ_K, members[i], n - i + 1, 0);
	put(&p, differs == A_DIFFERS ? CBPF_ADD_K : CBPF_TXA, 0, 0, 0);
	put(&p, CBPF_RET_A, 0, 0, 0);
	put(&p, CBPF_RET_K, 9999, 0, 0);
	return p;
}

static void every_way(enum differs differs, u32 before)
{
	static const u32 members[] = { 80, 443, 22, 53, 8080, 25, 110, 143, 993, 995 };
	static const u32 values[] = { 80, 443, 53, 8080, 995, 0, 1, 2, 81, 60000 };
	const u32 n = ARRAY_SIZE(members), count = ARRAY_SIZE(values);
	struct program p = two_ways(differs, members, n, before);

	for (u32 i = 0; i < 2 * count * count; i++) {
		u32 here = values[i / 2 % count], there = values[i / 2 / count];
		const bool other = i % 2;
		u8 bytes[LENGTH] = {
			other ? 7 : 0, 0, here >> 8, here, there >> 8, there,
		};
		u32 first = other ? before : 0;
		u32 value = other && differs == A_DIFFERS ? there : here;

		if (is_member(members + first, n - first, value))
			expect(&p, bytes, 9999);
		else
			expect(&p, bytes, differs == A_DIFFERS ? value : 1U + other);
	}
}

START_TEST(ways_meet)
{
	for (u32 before = 0; before <= 10; before++)
		every_way(_i, before);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sets");
	TCase *lists = tcase_create("lists");

	tcase_set_timeout(lists, 60);
	tcase_add_checked_fixture(lists, set_up, tear_down);
	tcase_add_loop_test(lists, lists_of_numbers, 0, 7);
	tcase_add_loop_test(lists, lists_of_words, 0, 40);
	tcase_add_test(lists, long_list);
	tcase_add_loop_test(lists, ways_meet, 0, 2);
	suite_add_tcase(suite, lists);
	return run_suite(suite);
}
