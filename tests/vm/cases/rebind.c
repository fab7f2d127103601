// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A reader that wakes late: while it slept its interface went away and the
 * descriptor got another one, with buffers of another size.  Its length is wrong
 * by then, which read(2) must say rather than copy what does not fit.
 *
 * To be late for certain the reader may only run on a processor which a real-time
 * thread keeps for itself; the kernel takes that away 50 ms in each second, so
 * an attempt can miss: then the reader sees that the interface is gone.
 */
#include "bpf.h"
#include "call.h"

#define BLEN 1000
#define OTHER 3000
#define TRIES 20

static volatile bool hogging, hog_on;

static void on_cpu(pthread_t thread, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	errno = pthread_setaffinity_np(thread, sizeof(set), &set);
	must(errno ? -1 : 0);
}

static void *hog(void *arg)
{
	struct sched_param fifo = { .sched_priority = 1 };

	(void)arg;
	on_cpu(pthread_self(), 1);
	must(sched_setscheduler(0, SCHED_FIFO, &fifo));
	hog_on = true;
	while (hogging)
		;
	return NULL;
}

/* Return: errno of the reader, 0 if it read something, -1 if it hangs. */
static int attempt(void)
{
	unsigned int other = OTHER;
	struct call c = { .len = BLEN };
	pthread_t hogger;

	sh("ip link add d0 type dummy");
	if_up("d0");
	c.fd = bpf_on("d0", BLEN);
	call_start(&c);
	on_cpu(c.thread, 1);
	hogging = true;
	hog_on = false;
	errno = pthread_create(&hogger, NULL, hog, NULL);
	must(errno ? -1 : 0);
	wait_until(hog_on);
	sh("ip link del d0");
	must(ioctl(c.fd, BIOCSBLEN, &other));
	must(bpf_setif(c.fd, "d1"));
	for (int i = 0; i < 40; i++)
		frame_send(c.fd, 60, i);
	hogging = false;
	pthread_join(hogger, NULL);
	if (!call_end(&c))
		c.err = -1;
	close(c.fd);
	free(c.buf);
	return c.ret >= 0 ? 0 : c.err;
}

int main(void)
{
	int late = 0, missed = 0, wrong = 0, err = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		ok(true, "a late reader # SKIP needs two processors");
		return tap_done();
	}
	private_net();
	on_cpu(pthread_self(), 0);
	sh("ip link add d1 type dummy");
	if_up("d1");
	for (int i = 0; i < TRIES && !late && !wrong; i++) {
		err = attempt();
		late += err == EINVAL;
		missed += err == ENXIO;
		wrong += err != EINVAL && err != ENXIO;
	}
	if (!ok(late && !wrong, "a reader of the old size gets EINVAL"))
		printf("# %d late, %d missed, else: %s\n", late, missed, strerror(err));
	return tap_done();
}
