// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Filters for programs: a program that was checked and prepared, and native code
 * of it where it can be had. How to get memory for that, only code.c knows.
 */
#include "filter.h"
#include "code.h"

struct cbpf_filter {
	struct code code;
	u32 used;	/* of Linux's loads */
	u32 prepared[];	/* a struct cbpf_prepared */
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
	filter = malloc(sizeof(*filter) + cbpf_prepared_size(len));
	if (!filter) {
		*err = CBPF_E_NOMEM;
		return NULL;
	}
	filter->code = (struct code){ 0 };
	filter->used = cbpf_ancillary_used(insns, len);
	cbpf_prepare((struct cbpf_prepared *)filter->prepared, insns, len);
	return filter;
}

struct cbpf_filter *cbpf_filter_new(const struct cbpf_insn *insns, u32 len,
				    u32 flags, int *err)
{
	int unused;
	struct cbpf_filter *filter = filter_make(insns, len, flags, err ? err : &unused);

	/* Whyever there is none, the interpreter always can. */
	if (filter && !(flags & CBPF_FILTER_INTERPRET))
		code_new(&filter->code, insns, len, &target);
	return filter;
}

/* Native code may rely on a head that is not longer than the packet. */
static bool is_native(const struct cbpf_filter *filter, const struct cbpf_pkt *pkt)
{
	return filter->code.entry && pkt->headlen <= pkt->wirelen;
}

u32 cbpf_filter_run_pkt(const struct cbpf_filter *filter, const struct cbpf_pkt *pkt)
{
	u32 words[CBPF_NATIVE_WORDS];
	u64 result;

	if (likely(is_native(filter, pkt)) &&
	    (!filter->used || cbpf_ancillary_fill(pkt, filter->used, words))) {
		result = code_run(&filter->code, pkt->head, pkt->headlen,
				  pkt->wirelen, words);
		if (likely(!(result & CBPF_UNDECIDED)))
			return result;
	}
	return cbpf_run((const struct cbpf_prepared *)filter->prepared, pkt);
}

u32 cbpf_filter_run(const struct cbpf_filter *filter, const void *data,
		    u32 wirelen, u32 caplen)
{
	const struct cbpf_pkt pkt = {
		.head = data,
		.headlen = caplen,
		.wirelen = wirelen,
	};

	return cbpf_filter_run_pkt(filter, &pkt);
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
