/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Requests of the calling thread that the kernel fails on purpose: allocations, pages,
 * copies from and to user memory.  Only kernels built with CONFIG_FAULT_INJECTION have
 * that, which is the debug kernel of tools/vm/run.  Include bpf.h first.
 */
#ifndef VM_FAULT_H
#define VM_FAULT_H

/* For all processes: which requests can fail, all of them without a word in the log. */
static inline void fault_prepare(void)
{
	static const char *const names[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	static const char *const settings[][2] = {
		{ "verbose", "0" }, { "ignore-gfp-wait", "N" }, { "ignore-gfp-highmem", "N" },
		{ "min-order", "0" }, { "cache-filter", "N" },
	};
	char path[96];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (size_t j = 0; j < ARRAY_SIZE(settings); j++) {
			snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", names[i],
				 settings[j][0]);
			file_put(path, settings[j][1]);
		}
}

/* The file that sets the calling thread's faults, or -1 where the kernel has none. */
static inline int fault_open(void)
{
	return open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
}

/* From now on the nth request fails, once; 0: none does. */
static inline void fault_set(int fault, unsigned int nth)
{
	char text[12];
	int len = snprintf(text, sizeof(text), "%u", nth);

	/* the copy of this very number can be what fails */
	for (int i = 0; i < 100 && pwrite(fault, text, len, 0) < 0; i++)
		;
}

/* Ends it.  Return: did one fail? */
static inline bool fault_end(int fault)
{
	char text[12] = "";

	for (int i = 0; i < 100 && pread(fault, text, sizeof(text) - 1, 0) < 0; i++)
		;
	fault_set(fault, 0);
	return !atoi(text);
}

#endif /* VM_FAULT_H */
