// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The table of vectors on validator, interpreter and reference, and what can
 * be tested exhaustively: every code, every error's name. Each valid row runs
 * with the packet split at every byte.
 */
#include <string.h>

#include "../vectors/vector.h"
#include "guard.h"
#include "reference.h"
#include "runner.h"
#include "text.h"
#include "view.h"

static u8 packet[VECTOR_BYTES];
static struct facts values;
static struct guard room, code_room;

static void set_up(void)
{
	for (u32 i = 0; i < VECTOR_BYTES; i++)
		packet[i] = VECTOR_BYTE(i);
	for (u32 i = 0; i < CBPF_ANCS; i++)
		values.value[i] = VECTOR_ANC(i);
	values.network = VECTOR_NETWORK;
	room = guard_alloc(VECTOR_BYTES);
	code_room = guard_alloc((CBPF_MAXINSNS + 1) * sizeof(struct cbpf_insn));
}

static void tear_down(void)
{
	guard_free(&code_room);
	guard_free(&room);
}

/* The text that the reader of a row sees is what the row runs. */
START_TEST(row_text)
{
	const struct cbpf_vector *v = &cbpf_vectors[_i];
	char text[500];

	if (v->text) {
		text_of_program(v->insns, v->len, text, sizeof(text));
		ck_assert_msg(!strcmp(text, v->text), "%s: \"%s\" is \"%s\"",
			      v->name, v->text, text);
	}
}
END_TEST

START_TEST(row_validator)
{
	const struct cbpf_vector *v = &cbpf_vectors[_i];
	const struct cbpf_insn *insns;
	u32 where = 12345;
	int err;

	insns = guard_at_end(&code_room, v->insns, v->len * sizeof(*insns));
	err = cbpf_validate(insns, v->len, &where);
	ck_assert_msg(err == v->err, "%s: \"%s\" instead of \"%s\"", v->name,
		      cbpf_strerror(err), cbpf_strerror(v->err));
	ck_assert_msg(where == (err ? v->where : 12345), "%s: at %u", v->name,
		      where);
	ck_assert_int_eq(cbpf_validate(insns, v->len, NULL), err);
	ck_assert_msg(reference_valid(insns, v->len) == !v->err,
		      "%s: the reference disagrees", v->name);
}
END_TEST

static void expect(const struct cbpf_vector *v, u32 headlen, bool fetch)
{
	const struct cbpf_insn *insns;
	u32 result;

	insns = guard_at_end(&code_room, v->insns, v->len * sizeof(*insns));
	for (int side = VIEW_AT_START; side <= VIEW_AT_END; side++) {
		result = view_run_facts(&room, side, insns, v->len, packet, headlen,
					v->avail, v->wirelen, fetch,
					v->values ? &values : NULL);
		ck_assert_msg(result == v->result,
			      "%s: %#x instead of %#x (head of %u, %s fetch)",
			      v->name, result, v->result, headlen,
			      fetch ? "with" : "no");
	}
}

START_TEST(row_result)
{
	const struct cbpf_vector *v = &cbpf_vectors[_i];
	u32 result;

	if (v->err)
		return;
	values.have = v->have;
	result = reference_run_facts(v->insns, v->len, packet, v->avail, v->wirelen,
				     v->values ? &values : NULL);
	ck_assert_msg(result == v->result, "%s: reference %#x instead of %#x",
		      v->name, result, v->result);
	expect(v, v->avail, false);
	ck_assert_msg(machine_refused == 0, "%s: no native code", v->name);
	for (u32 headlen = 0; headlen <= v->avail; headlen++)
		expect(v, headlen, true);
}
END_TEST

START_TEST(every_code)
{
	for (u32 code = 0; code <= 0xffff; code++) {
		const struct cbpf_insn insns[] = {
			{ .code = code, .k = 1 },
			{ CBPF_RET_K, 0, 0, 1 },
			{ CBPF_RET_K, 0, 0, 1 },
		};
		int err = reference_known(code) ? 0 : CBPF_E_OPCODE;

		/* each ck_assert is a system call, and these are many */
		if (cbpf_validate(insns, 3, NULL) != err)
			ck_abort_msg("code %#x", code);
	}
}
END_TEST

/* A row for each operation: the table does not forget the next one either. */
START_TEST(every_operation_has_a_row)
{
#define OPERATION_CODE(name, code, mnemonic, form, rule)	code,
	static const u16 codes[] = { CBPF_OPCODES(OPERATION_CODE) };

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		bool found = false;

		for (size_t r = 0; r < CBPF_VECTORS && !found; r++)
			for (u32 n = 0; n < cbpf_vectors[r].len; n++)
				if (!cbpf_vectors[r].err &&
				    cbpf_vectors[r].insns[n].code == codes[i])
					found = true;
		ck_assert_msg(found, "no valid row has code %#x", codes[i]);
	}
}
END_TEST

START_TEST(every_error_has_a_name)
{
	for (int err = 0; err >= CBPF_E_FLAG; err--) {
		ck_assert_str_ne(cbpf_strerror(err), "");
		for (int other = 1; other > err; other--)
			ck_assert_str_ne(cbpf_strerror(err),
					 cbpf_strerror(other));
	}
	ck_assert_str_eq(cbpf_strerror(1), cbpf_strerror(CBPF_E_FLAG - 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vectors");
	TCase *rows = tcase_create("rows");
	TCase *whole = tcase_create("whole");

	tcase_add_checked_fixture(rows, set_up, tear_down);
	tcase_add_loop_test(rows, row_text, 0, CBPF_VECTORS);
	tcase_add_loop_test(rows, row_validator, 0, CBPF_VECTORS);
	tcase_add_loop_test(rows, row_result, 0, CBPF_VECTORS);
	tcase_add_test(whole, every_code);
	tcase_add_test(whole, every_operation_has_a_row);
	tcase_add_test(whole, every_error_has_a_name);
	suite_add_tcase(suite, rows);
	suite_add_tcase(suite, whole);
	return run_suite(suite);
}
