// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Loads and unloads the module fifty times under traffic from two processors, with
 * descriptors opened, used and closed in between.  It can be unloaded the moment
 * that the last descriptor is closed, and not before.
 */
#include "flow.h"
#include "module.h"

#define ROUNDS	50

int main(void)
{
	struct flow_sender senders[2] = {};
	unsigned int i, n, bad = 0, idle = 0, refused = 0, failed = 0;
	atomic_bool stop = false;
	struct flow_listener l[4];

	flow_pair();
	is_ret(module_unload(), 0, "unloaded");
	is_errno(open("/dev/bpf", O_RDWR), ENOENT, "no /dev/bpf then");
	is_ret(access("/proc/net/bpf", F_OK), -1, "nor /proc/net/bpf");
	for (i = 0; i < 2; i++)
		senders[i] = (struct flow_sender){ .id = i, .count = ~0U, .stop = &stop,
						   .fd = flow_socket("vl") };
	flow_start(senders, 2);
	for (n = 0; n < ROUNDS; n++) {
		failed += module_load("") != 0;
		for (i = 0; i < 4; i++) {
			flow_listen(&l[i], i % 2 ? "vr" : "vl", 8192, 1, 0, 64 + n);
			if (i % 3 == 0)
				must(ioctl(l[i].fd, BIOCPROMISC));
		}
		for (i = 0; i < 4; i++) {
			idle += !flow_await(l[i].fd, 2);
			flow_drain(&l[i]);
			bad += l[i].bad;
		}
		refused += module_unload() != 0 && errno == EWOULDBLOCK;
		for (i = 0; i < 4; i++)
			flow_close(&l[i]);
		failed += module_unload() != 0;
	}
	atomic_store(&stop, true);
	flow_join(senders, 2);
	ok(!failed, "%d times loaded, and unloaded right after the last close", ROUNDS);
	ok(refused == ROUNDS, "never unloaded while a descriptor is open");
	if (!ok(!idle && !bad, "descriptors worked each time"))
		printf("# %u saw no packets, %u saw wrong ones\n", idle, bad);
	is_ret(module_load(""), 0, "loaded again");
	return tap_done();
}
