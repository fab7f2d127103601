// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Closing a descriptor while another processor stores its first packet, which starts
 * the timer of its wait timeout: that may come behind the close, and must not outlive
 * the descriptor.  The kernel's own list of timers tells.
 *
 * The packet is as large as can be, and close comes sooner or later after the attachment,
 * so that by chance many of the rounds find it half copied.  Which ones cannot be told,
 * but a timer that is left shows: in the list, or, when its memory is used again, by the
 * end of the machine.
 */
#include "bpf.h"
#include "module.h"

#include <pthread.h>

#define ROUNDS	1500
#define LEN	65549			/* MTU 65535 and the link header */
#define BLEN	131072

static volatile bool stop;
static int fds[2];	/* the sender, and who keeps the interface in use */

static void on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	must(sched_setaffinity(0, sizeof(set), &set));
}

static void *flood(void *arg)
{
	static uint8_t frame[LEN];

	(void)arg;
	on_cpu(1);
	frame_make(frame, LEN, 1);
	while (!stop)
		must(write(fds[0], frame, LEN));
	return NULL;
}

/* How many of the driver's timers run. */
static int timers(void)
{
	FILE *list = fopen("/proc/timer_list", "r");
	char line[512];
	int n = 0;

	must(list ? 0 : -1);
	while (fgets(line, sizeof(line), list))
		n += line[0] == ' ' && strstr(line, "bsdbpf") != NULL;
	fclose(list);
	return n;
}

/* A descriptor whose first packet starts a timer of five minutes. */
static int waiting(void)
{
	struct timeval tv = { 300, 0 };
	unsigned int blen = BLEN;
	int fd = bpf_open(O_RDWR);

	must(ioctl(fd, BIOCSBLEN, &blen));
	must(ioctl(fd, BIOCSWTIMEOUT, &tv));
	must(bpf_setif(fd, "d0"));
	return fd;
}

/* That the list shows what it should. */
static void alone(void)
{
	int fd = waiting();

	ok(!timers(), "no packet, no timer");
	frame_send(fds[0], 60, 1);
	ok(timers() == 1, "the first packet starts the timer");
	must(close(fd));
	ok(wait_until(!timers()), "close stops it");
}

/* Closes a descriptor at some time after its attachment; was that before a packet? */
static bool round_of(int i)
{
	int fd = waiting();
	bool early;

	/* from at once to longer than a packet takes */
	for (int spin = 0; spin < i % 64 * 2000; spin++)
		asm volatile("");
	early = !bpf_buffered(fd);
	must(close(fd));
	return early;
}

static void under_traffic(void)
{
	pthread_t sender;
	int i, early = 0;
	bool gone = true;

	errno = pthread_create(&sender, NULL, flood, NULL);
	must(errno ? -1 : 0);
	must(wait_until(bpf_stats(fds[1]).bs_recv > 100) ? 0 : -1);
	for (i = 0; i < ROUNDS && gone; i++) {
		early += round_of(i);
		/* at once: by the next descriptor its memory may be in use again */
		gone = !timers() || wait_until(!timers());
	}
	stop = true;
	pthread_join(sender, NULL);
	ok(gone, "no timer outlives its descriptor, closed while packets come");
	if (!ok(early && early < i, "before the first one, and after it"))
		printf("# %d of %d before\n", early, i);
}

int main(void)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		ok(true, "timers and close # SKIP needs two processors");
		return tap_done();
	}
	private_net();
	on_cpu(0);
	sh("ip link add d0 mtu 65535 type dummy");
	if_up("d0");
	fds[0] = bpf_open(O_WRONLY);
	must(bpf_setif(fds[0], "d0"));
	fds[1] = bpf_on("d0", 0);
	must(bpf_snap(fds[1], BIOCSETF, 0));

	alone();
	under_traffic();
	close(fds[0]);
	close(fds[1]);
	ok(wait_until(!module_unload()), "the module can be unloaded");
	is_ret(module_load(""), 0, "and loaded again");
	return tap_done();
}
