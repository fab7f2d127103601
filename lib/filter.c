// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Filters for programs: a checked copy of the program, and native code of it
 * where it can be had. How to get memory for that, only code.c knows.
 */
#include "filter.h"
#include "code.h"

#include <string.h>

struct cbpf_filter {
	struct code code;
	u32 len;
	struct cbpf_insn insns[];
};

/* Where programs are built for indirect branch tracking, so is the code. */
static const struct cbpf_target target = {
#if defined(__CET__) && (__CET__ & 1)
	.landing = true,
#endif
};

static struct cbpf_filter *filter_make(const struct cbpf_insn *insns, u32 len,
				       u32 flags, int *err)
{
	struct cbpf_filter *filter;

	*err = flags & ~CBPF_FILTER_INTERPRET ? CBPF_E_FLAG :
	       cbpf_validate(insns, len, NULL);
	if (*err)
		return NULL;
	filter = malloc(sizeof(*filter) + len * sizeof(*insns));
	if (!filter) {
		*err = CBPF_E_NOMEM;
		return NULL;
	}
	filter->code = (struct code){ 0 };
	filter->len = len;
	if (len)
		memcpy(filter->insns, insns, len * sizeof(*insns));
	return filter;
}

struct cbpf_filter *cbpf_filter_new(const struct cbpf_insn *insns, u32 len,
				    u32 flags, int *err)
{
	int unused;
	struct cbpf_filter *filter = filter_make(insns, len, flags, err ? err : &unused);

	/* Whyever there is none, the interpreter always can. */
	if (filter && !(flags & CBPF_FILTER_INTERPRET))
		code_new(&filter->code, filter->insns, len, &target);
	return filter;
}

u32 cbpf_filter_run(const struct cbpf_filter *filter, const void *data,
		    u32 wirelen, u32 caplen)
{
	const struct cbpf_pkt pkt = { data, caplen, wirelen, NULL };
	u64 result;

	/* Native code may rely on a head that is not longer than the packet. */
	if (likely(filter->code.entry && caplen <= wirelen)) {
		result = code_run(&filter->code, data, caplen, wirelen);
		if (likely(!(result & CBPF_UNDECIDED)))
			return result;
	}
	return cbpf_run(filter->insns, filter->len, &pkt);
}

enum cbpf_engine cbpf_filter_engine(const struct cbpf_filter *filter)
{
	return filter->code.entry ? CBPF_NATIVE : CBPF_INTERPRETER;
}

void cbpf_filter_free(struct cbpf_filter *filter)
{
	if (filter)
		code_free(&filter->code);
	free(filter);
}
