// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The memory of zero-copy buffers: what it counts as, when it is given back, and what
 * becomes of it when the program unmaps it, maps something else there, or forks.
 */
#include "bpf.h"
#include "zcopy.h"
#include "vandal.h"

#include <linux/capability.h>

/* The same pages twice: it can only confuse itself. */
static void overlapping(void)
{
	char *at = zcopy_memory(zcopy_page());
	int fd = zcopy_fresh(O_RDWR);

	must(zcopy_set(fd, at, at, zcopy_page()));
	must(bpf_setif(fd, "d0"));
	for (int i = 0; i < 200; i++)
		frame_send(fd, 1000, i);
	must(ioctl(fd, BIOCFLUSH));
	ok(true, "one page as both buffers does no harm");
	close(fd);
}

/* Kilobytes of a field of /proc/self/status. */
static long status_kb(const char *field)
{
	char text[8192], *at;

	at = strstr(file_get("/proc/self/status", text, sizeof(text)), field);
	return at ? atol(at + strlen(field) + 1) : -1;
}

static void drop_ipc_lock(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	must(syscall(SYS_capget, &head, data));
	data[CAP_IPC_LOCK / 32].effective &= ~(1U << CAP_IPC_LOCK % 32);
	must(syscall(SYS_capset, &head, data));
}

/* Runs in a process of its own; its result is how many statements hold. */
static int limited(void)
{
	size_t page = zcopy_page();
	struct rlimit limit = { 7 * page, 7 * page };
	char *at = zcopy_memory(8 * page);
	long was = status_kb("VmLck:");
	int held = 0, fd;

	drop_ipc_lock();
	must(setrlimit(RLIMIT_MEMLOCK, &limit));
	fd = zcopy_fresh(O_RDWR);
	held += zcopy_set(fd, at, at + 4 * page, 4 * page) == -1 && errno == ENOMEM;
	held += status_kb("VmLck:") == was;
	held += zcopy_set(fd, at, at + 3 * page, 3 * page) == 0;
	held += status_kb("VmLck:") == was + (long)(6 * page / 1024);
	close(fd);
	held += wait_until(status_kb("VmLck:") == was);
	fd = zcopy_fresh(O_RDWR);
	held += zcopy_set(fd, at, at + 3 * page, 3 * page) == 0;
	return held;
}

static int child_status(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void memlock(void)
{
	pid_t pid = must(fork());

	if (!pid)
		_exit(limited());
	is_ret(child_status(pid), 6,
	       "RLIMIT_MEMLOCK: ENOMEM above it, counted below, given back at close");
}

/* The program's memory goes, is mapped anew, is copied by a fork: the pages stay. */
static void remapping(void)
{
	size_t page = zcopy_page();
	struct zcopy z;
	pid_t pid;
	char *at;

	zcopy_on(&z, PINNED, 1, "d0");
	frame_send(z.fd, 1000, 1);
	pid = must(fork());
	if (!pid) {
		/* private memory: the child has a copy, the parent keeps the pages */
		memset(z.buf[0], 0x11, 2 * page);
		_exit(0);
	}
	must(child_status(pid));
	frame_send(z.fd, 1000, 2);
	ok(zcopy_rotate(&z, NULL) == RECORD_SIZE(1000) + ETHER_HDRLEN + 1000 &&
	   record_serial(zcopy_data(&z, 0), zcopy_len(&z, 0), 1) == 2,
	   "fork: the buffers stay the parent's");
	z.buf[0][ZHEAD] = 0;	/* which is written to, too */
	at = mmap(z.buf[0], 2 * page, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	must((long)at);
	memset(at, GUARD, 2 * page);
	for (int i = 0; i < 50; i++)
		frame_send(z.fd, 1000, i);
	ok(guard_is(at, 2 * page), "memory that is mapped there later is not written");
	munmap(at, 2 * page);
	for (int i = 0; i < 50; i++)
		frame_send(z.fd, 1000, i);
	ok(bpf_stats(z.fd).bs_drop > 0, "with nothing mapped packets are dropped");
	close(z.fd);
}

static void mapped_fork(void)
{
	struct zcopy z;
	pid_t pid;

	zcopy_on(&z, MAPPED, 1, "d0");
	frame_send(z.fd, 1000, 1);
	must(zcopy_rotate(&z, NULL));
	pid = must(fork());
	if (!pid) {
		zcopy_ack(&z, 0);
		_exit(0);
	}
	must(child_status(pid));
	is_ret(bpf_buffered(z.fd), 0, "a mapping is shared with a child, who can give back");
	zcopy_close(&z);
}

int main(void)
{
	private_net();
	sh("ip link add d0 type dummy");
	if_up("d0");
	zcopy_allow(true);
	overlapping();
	memlock();
	remapping();
	mapped_fork();
	return tap_done();
}
