// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Linux's loads beyond the table of vectors: netlink attributes, which the engine
 * finds by itself, and what it says of a program before native code runs.
 */
#include <stdio.h>
#include <string.h>

#include "facts.h"
#include "guard.h"
#include "opcode.h"
#include "reference.h"
#include "runner.h"
#include "view.h"

#define AD(n)	(CBPF_OFF_ANCILLARY + 4 * CBPF_ANC_##n)

/*
 * A message whose attributes begin at 4, as linux/netlink.h has them, in host byte
 * order: type 1 (5 bytes and padding), type 2 with the nested types 7 and 8, type
 * 0x8003, whose highest bit is a flag, and 3 bytes that are no attribute.
 */
static const u16 message[] = {
	0xffff, 0xffff,
	5, 1, 0x5555, 0x5555,
	16, 2, 6, 7, 0x6666, 0x6666, 4, 8,
	8, 0x8003, 0x7777, 0x7777,
	4, 0,
};

#define MESSAGE_LEN	(sizeof(message) - 1)

static const struct {
	const char *what;
	u32 where, a, x, result;
} rows[] = {
	{ "the first one", AD(NLATTR), 4, 1, 4 },
	{ "behind padding", AD(NLATTR), 4, 2, 12 },
	{ "with a flag in its type", AD(NLATTR), 4, 3, 28 },
	{ "the flag is not part of the type", AD(NLATTR), 4, 0x8003, 0 },
	{ "from the second one on", AD(NLATTR), 12, 3, 28 },
	{ "not before A", AD(NLATTR), 12, 1, 0 },
	{ "a nested one is not seen outside", AD(NLATTR), 4, 7, 0 },
	{ "one that is cut off is none", AD(NLATTR), 4, 0, 0 },
	{ "a type that is not there", AD(NLATTR), 4, 9, 0 },
	{ "nothing at A", AD(NLATTR), 0, 1, 0 },
	{ "A behind the end", AD(NLATTR), 40, 1, 0 },
	{ "A + 4 is 2^32", AD(NLATTR), 0xfffffffc, 1, 0 },
	{ "the first nested one", AD(NLATTR_NEST), 12, 7, 16 },
	{ "the last nested one", AD(NLATTR_NEST), 12, 8, 24 },
	{ "nothing behind the nest", AD(NLATTR_NEST), 12, 3, 0 },
	{ "a nest of nothing", AD(NLATTR_NEST), 24, 3, 0 },
	{ "no nest at A", AD(NLATTR_NEST), 0, 7, 0 },
	{ "a nest behind the end", AD(NLATTR_NEST), 0xfffffffe, 7, 0 },
};

static const struct facts facts = { .network = CBPF_NO_NETWORK };
static struct guard room;

static void set_up(void)
{
	room = guard_alloc(sizeof(message));
}

static void tear_down(void)
{
	guard_free(&room);
}

START_TEST(netlink_attributes)
{
	const struct cbpf_insn insns[] = {
		{ .code = CBPF_LD_IMM, .k = rows[_i].a },
		{ .code = CBPF_LDX_IMM, .k = rows[_i].x },
		{ .code = CBPF_LD_W_ABS, .k = rows[_i].where },
		{ CBPF_ADD_K, .k = 1000 },
		{ CBPF_RET_A, 0, 0, 0 },
	};
	const u32 len = ARRAY_SIZE(insns), expected = 1000 + rows[_i].result;

	ck_assert_uint_eq(reference_run_facts(insns, len, (const u8 *)message,
					      MESSAGE_LEN, MESSAGE_LEN, &facts),
			  expected);
	for (u32 head = 0; head <= MESSAGE_LEN; head++) {
		u32 result = view_run_facts(&room, VIEW_AT_END, insns, len,
					    (const u8 *)message, head, MESSAGE_LEN,
					    MESSAGE_LEN, true, &facts);

		ck_assert_msg(result == expected, "%s: %u instead of %u, head of %u",
			      rows[_i].what, result, expected, head);
	}
}
END_TEST

/* Every A and type, and every length to which the message may be cut. */
START_TEST(netlink_everywhere)
{
	u32 found = 0;

	for (u32 avail = 0; avail <= MESSAGE_LEN; avail++)
		for (u32 at = 0; at < 2 * MESSAGE_LEN * 10; at++) {
			const struct cbpf_insn insns[] = {
				{ .code = CBPF_LD_IMM, .k = at / 20 },
				{ .code = CBPF_LDX_IMM, .k = at % 10 },
				{ CBPF_LD_W_ABS,
				  .k = at / 10 % 2 ? AD(NLATTR) : AD(NLATTR_NEST) },
				{ CBPF_RET_A, 0, 0, 0 },
			};
			const u8 *bytes = (const u8 *)message;
			u32 result, expected;

			expected = reference_run_facts(insns, 4, bytes, avail,
						       MESSAGE_LEN, &facts);
			result = view_run_facts(&room, VIEW_AT_END, insns, 4, bytes,
						avail, avail, MESSAGE_LEN, false, &facts);
			ck_assert_msg(result == expected,
				      "A %u, X %u: %u instead of %u, %u bytes", at / 20,
				      at % 10, result, expected, avail);
			found += !!result;
		}
	ck_assert_uint_gt(found, 100);
}
END_TEST

START_TEST(used)
{
	static const struct {
		u16 code;
		u32 k, used;
	} loads[] = {
		{ CBPF_LD_W_ABS, AD(MARK), 1 << CBPF_ANC_MARK },
		{ CBPF_LD_B_ABS, AD(VLAN_TPID), 1 << CBPF_ANC_VLAN_TPID },
		{ CBPF_LD_H_ABS, AD(PROTOCOL), 1 << CBPF_ANC_PROTOCOL },
		{ CBPF_LD_W_ABS, AD(MARK) + 1, 0 },
		{ CBPF_LD_W_ABS, CBPF_OFF_ANCILLARY + 64, 0 },
		{ CBPF_LD_W_ABS, CBPF_OFF_ANCILLARY - 1, CBPF_USES_RELATIVE },
		{ CBPF_LD_W_ABS, CBPF_OFF_LINK, CBPF_USES_RELATIVE },
		{ CBPF_LD_W_ABS, CBPF_OFF_LINK - 1, 0 },
		{ CBPF_LD_W_IND, AD(MARK), CBPF_USES_RELATIVE },
		{ CBPF_LD_W_IND, 14, 0 },
		{ CBPF_LDX_MSH, CBPF_OFF_NETWORK, CBPF_USES_RELATIVE },
		{ CBPF_LD_IMM, AD(MARK), 0 },
		{ CBPF_JEQ_K, AD(MARK), 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		const struct cbpf_insn insns[] = {
			{ .code = CBPF_LD_W_ABS, .k = AD(CPU) },
			{ loads[i].code, .k = loads[i].k },
			{ CBPF_RET_A, 0, 0, 0 },
		};

		ck_assert_msg(cbpf_ancillary_used(insns, 3) ==
				      (loads[i].used | 1 << CBPF_ANC_CPU),
			      "row %zu: %#x", i, cbpf_ancillary_used(insns, 3));
	}
	ck_assert_uint_eq(cbpf_ancillary_used(NULL, 0), 0);
}
END_TEST

/* Native code needs all of them; one that is missing is told. */
START_TEST(fill)
{
	const struct facts mark = {
		.value = { [CBPF_ANC_MARK] = 7, [CBPF_ANC_CPU] = 8 },
		.have = 1 << CBPF_ANC_MARK,
	};
	struct view view = { .pkt.ancillary = view_ancillary, .facts = &mark };
	const u32 xor_x = 1 << CBPF_ANC_ALU_XOR_X;
	u32 words[CBPF_ANCS];

	memset(words, 0x55, sizeof(words));
	ck_assert(cbpf_ancillary_fill(&view.pkt, mark.have | xor_x, words));
	for (u32 i = 0; i < CBPF_ANCS; i++)
		ck_assert_uint_eq(words[i], i == CBPF_ANC_MARK ? 7 : 0x55555555);
	ck_assert(!cbpf_ancillary_fill(&view.pkt, mark.have | 1 << CBPF_ANC_CPU, words));
	ck_assert(!cbpf_ancillary_fill(&view.pkt, CBPF_USES_RELATIVE, words));
	view.pkt.ancillary = NULL;
	ck_assert(!cbpf_ancillary_fill(&view.pkt, mark.have, words));
	ck_assert(cbpf_ancillary_fill(&view.pkt, xor_x, words));
	ck_assert(cbpf_ancillary_fill(&view.pkt, 0, words));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("linux");
	TCase *netlink = tcase_create("netlink");
	TCase *native = tcase_create("native");

	tcase_add_checked_fixture(netlink, set_up, tear_down);
	tcase_add_loop_test(netlink, netlink_attributes, 0, ARRAY_SIZE(rows));
	tcase_add_test(netlink, netlink_everywhere);
	tcase_add_test(native, used);
	tcase_add_test(native, fill);
	suite_add_tcase(suite, netlink);
	suite_add_tcase(suite, native);
	return run_suite(suite);
}
