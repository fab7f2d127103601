// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Opening: the nodes and who may use them, how often, what the open mode allows,
 * which network namespace a descriptor belongs to, and that the module stays.
 */
#include "bpf.h"

#include <sys/stat.h>

#define MANY 200
#define NOBODY 65534

static long delete_module(void)
{
	return syscall(SYS_delete_module, "bsdbpf", O_NONBLOCK);
}

/* Runs fn in a child without privileges; what it returns, 0..255. */
static int as_nobody(int (*fn)(int), int fd)
{
	pid_t child = must(fork());
	int status;

	if (!child) {
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(255);
		_exit(fn(fd));
	}
	must(waitpid(child, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int open_errno(int fd)
{
	static const char *const paths[] = { "/dev/bpf", "/dev/bpf0" };

	return open(paths[fd], O_RDONLY) < 0 ? errno : 0;
}

static int proc_errno(int fd)
{
	(void)fd;
	return open("/proc/net/bpf", O_RDONLY) < 0 ? errno : 0;
}

static int use_errno(int fd)
{
	return bpf_setif(fd, "d0") || ioctl(fd, BIOCPROMISC, NULL) ? errno : 0;
}

static void nodes(void)
{
	static const char *const paths[] = { "/dev/bpf", "/dev/bpf0" };
	struct stat st;

	for (int i = 0; i < 2; i++) {
		must(stat(paths[i], &st));
		ok(S_ISCHR(st.st_mode) && (st.st_mode & 07777) == 0600 && !st.st_uid,
		   "%s is a character device, mode 0600, of root", paths[i]);
		ok(as_nobody(open_errno, i) == EACCES,
		   "%s: EACCES without privileges", paths[i]);
	}
	is_errno(open("/dev/bpf1", O_RDWR), ENOENT, "there is no /dev/bpf1");
	must(stat("/proc/net/bpf", &st));
	ok((st.st_mode & 07777) == 0400 && !st.st_uid,
	   "/proc/net/bpf is for root to read");
	ok(as_nobody(proc_errno, 0) == EACCES,
	   "/proc/net/bpf: EACCES without privileges");
}

static void many(void)
{
	int fds[MANY], opened = 0, attached = 0, lines;

	for (int i = 0; i < MANY; i++) {
		fds[i] = open(i % 2 ? "/dev/bpf0" : "/dev/bpf", O_RDWR);
		opened += fds[i] >= 0;
		attached += !bpf_setif(fds[i], "d0");
	}
	ok(opened == MANY, "%d opens at a time: never EBUSY", MANY);
	ok(attached == MANY, "each is a descriptor that attaches");
	lines = proc_lines("d0");
	ok(lines == MANY, "/proc/net/bpf lists all of them");
	frame_send(fds[0], 60, 1);
	for (int i = 0; i < MANY; i++)
		opened -= bpf_stats(fds[i]).bs_recv == 1;
	ok(!opened, "each sees the packet that one of them sends, once");
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
	ok(!proc_lines("d0"), "all are gone after close");
}

static void modes(void)
{
	int reader = bpf_open(O_RDONLY), writer = bpf_open(O_WRONLY);
	char buf[4096] = { 0 };

	is_ret(bpf_setif(reader, "d0"), 0, "a read-only descriptor attaches");
	is_ret(bpf_setif(writer, "d0"), 0, "so does a write-only one");
	is_errno(write(reader, buf, 60), EBADF, "read-only: write is EBADF");
	is_errno(read(writer, buf, 4096), EBADF, "write-only: read is EBADF");
	frame_send(writer, 60, 1);
	is_ret(bpf_drain(reader, buf, 4096), 86, "read-only captures, write-only sends");
	is_ret(bpf_set(writer, BIOCSHDRCMPLT, 1), 0, "write-only: settings work");
	ok(as_nobody(use_errno, reader) == 0,
	   "an open descriptor works for whom it was given to, privileges or not");
	close(reader);
	close(writer);
}

/* In a namespace of its own that the caller has just made. */
static void namespaces(void)
{
	int home, fd, away;

	home = must(open("/proc/self/ns/net", O_RDONLY));
	fd = bpf_open(O_RDWR);
	must(unshare(CLONE_NEWNET));
	away = must(open("/proc/self/ns/net", O_RDONLY));
	sh("ip link add d9 type dummy");

	is_errno(bpf_setif(fd, "d9"), ENXIO,
		 "a descriptor does not see interfaces of another namespace");
	is_ret(bpf_setif(fd, "d0"), 0,
	       "but those of its opener's, wherever its user has moved since");
	ok(!proc_lines("d0") && !proc_lines("-"),
	   "/proc/net/bpf of another namespace does not list it");
	close(bpf_on("d9", 0));
	must(setns(home, CLONE_NEWNET));
	ok(proc_lines("d0") == 1, "that of its own namespace does");
	is_ret(bpf_setif(fd, "d0"), 0, "after a return it works as before");

	/* the namespace lives as long as a descriptor in it */
	must(setns(away, CLONE_NEWNET));
	close(fd);
	fd = bpf_on("d9", 0);
	must(setns(home, CLONE_NEWNET));
	close(away);
	is_ret(bpf_setif(fd, "d9"), 0, "a descriptor keeps its namespace alive");
	close(fd);
	close(home);
}

static int refcount(void)
{
	char text[16];

	return atoi(file_get("/sys/module/bsdbpf/refcnt", text, sizeof(text)));
}

static void module_use(void)
{
	int before = refcount(), fd = bpf_open(O_RDWR), other = bpf_open(O_RDWR);

	ok(refcount() == before + 2, "each open descriptor holds the module");
	is_errno(delete_module(), EWOULDBLOCK, "the module cannot be unloaded");
	close(other);
	is_errno(delete_module(), EWOULDBLOCK, "nor while one of two is open");
	must(bpf_setif(fd, "d0"));
	is_errno(delete_module(), EWOULDBLOCK, "nor while one is attached");
	frame_send(fd, 60, 1);
	ok(bpf_stats(fd).bs_recv == 1, "and the attempt harms nothing");
	close(fd);
	ok(refcount() == before, "close lets the module go");
}

int main(void)
{
	private_net();
	sh("ip link add d0 type dummy");
	if_up("d0");
	nodes();
	many();
	modes();
	namespaces();
	module_use();
	return tap_done();
}
