// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Packets from pktgen, the kernel's own generator, on an interface that leads
 * nowhere: given to the stack as if they had been received, or sent. UDP over IPv4,
 * to a neighbour's address, so that the stack drops them as early as it can.
 */
#include <dirent.h>
#include <sched.h>
#include <stdarg.h>

#include "capture.h"

#define PKTGEN "/proc/net/pktgen/"
#define PATIENCE_NS	20000000000ULL	/* for its last packets */

static u32 cpus_used;

const char *way_name(enum way way)
{
	return way == WAY_RX ? "rx" : "tx";
}

static void run(const char *command)
{
	int status = system(command);

	if (status)
		die("status %d: %s", status, command);
}

/**
 * traffic_setup() - make the interface
 * @cpus: that will send
 */
void traffic_setup(u32 cpus)
{
	put_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	run("ip link add " INTERFACE " type dummy");
	run("ip link set " INTERFACE " up");
	for (u32 cpu = 0; cpu < cpus; cpu++) {
		char file[64], line[64];

		snprintf(file, sizeof(file), PKTGEN "kpktgend_%u", cpu);
		snprintf(line, sizeof(line), "add_device " INTERFACE "@%u", cpu);
		put_file(file, "rem_device_all");
		put_file(file, line);
	}
}

__attribute__((format(printf, 2, 3)))
static void tell(u32 cpu, const char *format, ...)
{
	char file[64], line[64];
	va_list args;

	snprintf(file, sizeof(file), PKTGEN INTERFACE "@%u", cpu);
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	put_file(file, line);
}

/**
 * traffic_prepare() - say what traffic_run() is to send
 * @t: what
 */
void traffic_prepare(const struct traffic *t)
{
	cpus_used = t->cpus ? t->cpus : 1;
	for (u32 cpu = 0; cpu < cpus_used; cpu++) {
		tell(cpu, "xmit_mode %s", t->way == WAY_RX ? "netif_receive" : "queue_xmit");
		tell(cpu, "count %u", t->count);
		tell(cpu, "pkt_size %u", t->size);
		tell(cpu, "delay %u", t->delay);
		tell(cpu, "burst %u", t->burst ? t->burst : 1);
		tell(cpu, "clone_skb 0");
		tell(cpu, "dst_mac 02:11:22:33:44:55");
		tell(cpu, "dst 10.9.9.9");
		tell(cpu, "src_min 10.9.9.%u", 1 + cpu);
		tell(cpu, "src_max 10.9.9.%u", 1 + cpu);
		tell(cpu, "udp_src_min %u", 9 + cpu);
		tell(cpu, "udp_src_max %u", 9 + cpu);
		tell(cpu, "udp_dst_min %u", ACCEPTED_PORT);
		tell(cpu, "udp_dst_max %u", ACCEPTED_PORT);
	}
}

/* Sends it all; the generator's threads sleep a little before and behind. */
void traffic_run(void)
{
	put_file(PKTGEN "pgctrl", "start\n");
}

/* Whether the generator tells that it has sent all. */
static bool result_of(u32 cpu, u64 *busy)
{
	char file[64], text[4096], *found;
	unsigned long long whole, us;
	size_t len;
	FILE *in;

	snprintf(file, sizeof(file), PKTGEN INTERFACE "@%u", cpu);
	in = fopen(file, "r");
	if (!in)
		die("%s: %s", file, strerror(errno));
	len = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[len] = '\0';
	found = strstr(text, "Result: OK:");
	if (!found || sscanf(found, "Result: OK: %llu(c%llu", &whole, &us) != 2)
		return false;
	*busy = us;
	return true;
}

/**
 * traffic_nsecs() - how long the latest run took
 * @cpu: one that sent
 *
 * On a busy host a thread of the generator may begin so late that traffic_run() takes
 * it for done.
 *
 * Return: nanoseconds, without what the generator idled.
 */
u64 traffic_nsecs(u32 cpu)
{
	u64 end = now_ns(CLOCK_MONOTONIC) + PATIENCE_NS, busy;

	while (!result_of(cpu, &busy)) {
		if (now_ns(CLOCK_MONOTONIC) > end)
			die("the generator on processor %u does not tell a result", cpu);
		sleep_ms(5);
	}
	return busy * 1000;
}

/**
 * traffic_urgent() - put the generator before all other work, as interrupts are
 * @urgent: or beside it, as it is made
 */
void traffic_urgent(bool urgent)
{
	struct sched_param param = { .sched_priority = urgent ? 50 : 0 };
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	u32 found = 0;

	while (dir && (entry = readdir(dir))) {
		char path[300], name[64] = "";
		FILE *comm;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (atoi(entry->d_name) <= 0 || !(comm = fopen(path, "r")))
			continue;
		if (fgets(name, sizeof(name), comm) && !strncmp(name, "kpktgend_", 9)) {
			must(sched_setscheduler(atoi(entry->d_name),
						urgent ? SCHED_FIFO : SCHED_OTHER, &param));
			found++;
		}
		fclose(comm);
	}
	if (dir)
		closedir(dir);
	if (!found)
		die("no thread of pktgen: is the module there?");
}
