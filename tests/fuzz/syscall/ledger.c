// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What has to hold when all is quiet: a bystander has got each of its packets or counted
 * it as dropped; so has every descriptor that is still there, of packets that come now;
 * and when all are closed nothing is left.
 */
#include "world.h"

#define BYSTANDER_SIZE	16384

static char buffer[MEMORY];

void ledger_start(void)
{
	unsigned int size = BYSTANDER_SIZE;

	/* nobody sets a sysctl there, and so its counters to 0 */
	must(setns(world.away, CLONE_NEWNET));
	world.bystander = must(open("/dev/bpf", O_RDWR | O_CLOEXEC | O_NONBLOCK));
	must(setns(world.home, CLONE_NEWNET));
	must(ioctl(world.bystander, BIOCSBLEN, &size));
	must(bpf_setif(world.bystander, "by0"));
}

/* Reads all there is; how many records, or -1 if that cannot be said. */
static long drain(int fd, unsigned int size)
{
	long sum = 0, n;

	while ((n = read(fd, buffer, size)) > 0) {
		int count = records_check(buffer, n);

		if (count < 0)
			return -1;
		sum += count;
	}
	return n < 0 && errno != EAGAIN && errno != ENXIO ? -1 : sum;
}

static void bystander_check(void)
{
	unsigned int sent = atomic_load(&world.sent);
	long got = drain(world.bystander, BYSTANDER_SIZE);
	struct bpf_stat64 st;

	if (ioctl(world.bystander, BIOCGSTATS64, &st))
		finding("bystander: call", "BIOCGSTATS64: %s", strerror(errno));
	else if (st.bs_recv != sent || got < 0 || st.bs_drop + got != sent)
		finding("bystander: count",
			"of %u packets %llu were seen, %ld read, %llu dropped", sent,
			(unsigned long long)st.bs_recv, got, (unsigned long long)st.bs_drop);
	close(world.bystander);
}

/* Can packets be counted there? Not if they are dropped on purpose, shared, or refused. */
static bool countable(int fd, unsigned int *size)
{
	unsigned int mode;
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_WRONLY &&
	       !fcntl(fd, F_SETFL, O_NONBLOCK) &&
	       !ioctl(fd, BIOCGETBUFMODE, &mode) && mode == BPF_BUFMODE_BUFFER &&
	       !ioctl(fd, BIOCGFILDROP, &mode) && mode != BPF_FILDROP_DROP &&
	       !ioctl(fd, BIOCGBLEN, size) && *size <= sizeof(buffer);
}

/* What it counted since a flush it has, or will have when what is on its way has come. */
static void slot_check(unsigned int n, uint32_t *serial)
{
	struct bpf_stat64 st = {};
	unsigned int size;
	struct ifreq ifr;
	int fd = SLOT0 + n;
	long got = 0, more = 0;

	if (!countable(fd, &size) || ioctl(fd, BIOCFLUSH))
		return;
	if (!ioctl(fd, BIOCGETIF, &ifr))
		for (int where = 0; where < 2; where++)
			links_frames(THREADS, where, ifr.ifr_name, 8, 100, serial);
	if (!wait_until((more = drain(fd, size)) < 0 || (got += more, false) ||
			ioctl(fd, BIOCGSTATS64, &st) ||
			st.bs_capt == st.bs_drop + got))
		finding("ledger: count",
			"slot %u: of %llu packets %ld were read and %llu dropped since a flush", n,
			(unsigned long long)st.bs_capt, got, (unsigned long long)st.bs_drop);
	if (more >= 0 && (st.bs_recv < st.bs_capt || st.bs_capt < st.bs_drop))
		finding("ledger: order", "slot %u: received %llu, accepted %llu, dropped %llu", n,
			(unsigned long long)st.bs_recv, (unsigned long long)st.bs_capt,
			(unsigned long long)st.bs_drop);
}

void ledger_check(void)
{
	uint32_t serial = 1 << 20;

	bystander_check();
	for (unsigned int n = 0; n < SLOTS; n++)
		slot_check(n, &serial);
}

static bool empty(int ns)
{
	int lines;

	must(setns(ns, CLONE_NEWNET));
	lines = proc_lines("-") + proc_lines("lo");
	must(setns(world.home, CLONE_NEWNET));
	return !lines;
}

static int in_use(void)
{
	char text[32];

	return atoi(file_get("/sys/module/bsdbpf/refcnt", text, sizeof(text)));
}

/* When the process of the round has ended. */
void ledger_left(void)
{
	if (!wait_until(in_use() == 0))
		finding("left: module", "all is closed, and the module is in use %d times", in_use());
	if (!wait_until(empty(world.home) && empty(world.away)))
		finding("left: descriptors", "all is closed, and /proc/net/bpf is not empty");
	if (!wait_until(promiscuity("lo") == 0))
		finding("left: promiscuous", "all is closed, and lo is promiscuous");
}
