// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The processor's counters of instructions and mispredicted branches, where the
 * kernel and the machine let us have them.
 */
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

static int leader = -1, follower = -1;

static int counter(u64 event, int group)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = event,
		.disabled = group < 0,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.read_format = PERF_FORMAT_GROUP,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, group, 0);
}

/**
 * count_start() - count from now on
 *
 * Return: false: there are no counters here.
 */
bool count_start(void)
{
	static bool tried;

	if (!tried) {
		tried = true;
		leader = counter(PERF_COUNT_HW_INSTRUCTIONS, -1);
		if (leader >= 0)
			follower = counter(PERF_COUNT_HW_BRANCH_MISSES, leader);
	}
	if (leader < 0 || follower < 0)
		return false;
	ioctl(leader, PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP);
	return !ioctl(leader, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP);
}

/**
 * count_stop() - stop counting
 * @instructions: where to store how many were retired since count_start()
 * @misses: and how many branches were mispredicted
 *
 * Return: false: nothing was counted.
 */
bool count_stop(double *instructions, double *misses)
{
	struct {
		u64 count, value[2];
	} group;

	ioctl(leader, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP);
	if (read(leader, &group, sizeof(group)) != sizeof(group) || group.count != 2)
		return false;
	*instructions = group.value[0];
	*misses = group.value[1];
	return *instructions > 0;
}
