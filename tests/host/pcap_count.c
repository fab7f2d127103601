// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Preloaded into a program with the patched libpcap: says at its end how many packets
 * libcbpf filtered for it, and by what.
 */
#include <cbpf.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_ulong counts[2];

uint32_t cbpf_filter_run(const struct cbpf_filter *filter, const void *data,
			 uint32_t wirelen, uint32_t caplen)
{
	static uint32_t (*run)(const struct cbpf_filter *, const void *, uint32_t, uint32_t);

	if (!run)
		run = (uint32_t (*)(const struct cbpf_filter *, const void *, uint32_t, uint32_t))
			dlsym(RTLD_NEXT, "cbpf_filter_run");
	counts[cbpf_filter_engine(filter) == CBPF_NATIVE]++;
	return run(filter, data, wirelen, caplen);
}

__attribute__((destructor))
static void tell(void)
{
	fprintf(stderr, "native %lu, interpreted %lu\n", counts[1], counts[0]);
}
