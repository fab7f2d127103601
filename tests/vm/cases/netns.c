// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Network namespaces: a descriptor belongs to its opener's for ever, whoever uses
 * it from wherever; it keeps the namespace alive like a socket, and lets it go;
 * an interface that moves away has disappeared.
 */
#include "flow.h"

static int ours, theirs;	/* two namespaces; the case begins in ours */

static void enter(int net)
{
	must(setns(net, CLONE_NEWNET));
}

/* Sends a descriptor through a socket, as one process does to another. */
static void pass(int sock, int fd)
{
	char data = 'x', control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &data, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	must(sendmsg(sock, &msg, 0));
}

static int receive(int sock)
{
	char data, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &data, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd;

	must(recvmsg(sock, &msg, 0));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return fd;
}

/* Each namespace has an interface "same" and one that only it has. */
static void two_namespaces(void)
{
	private_net();
	theirs = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	sh("ip link add same up type dummy && ip link add their up type dummy");
	private_net();
	ours = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	sh("ip link add same up type dummy && ip link add our up type dummy");
}

static void own_interfaces(void)
{
	int a, b, c = bpf_open(O_RDWR);

	is_errno(bpf_setif(c, "their"), ENXIO, "another namespace's interface is unknown");
	is_ret(bpf_setif(c, "our"), 0, "the own one's is known");
	a = bpf_on("same", 0);
	enter(theirs);
	b = bpf_on("same", 0);
	is_ret(bpf_setif(c, "our"), 0, "a descriptor stays in the namespace of its open");
	is_errno(bpf_setif(c, "their"), ENXIO, "and does not see that of the caller");
	is_ret(proc_lines("same"), 1, "/proc/net/bpf lists the descriptors of one namespace");
	is_ret(proc_lines("our"), 0, "and not those of another that are used from here");
	enter(ours);
	is_ret(proc_lines("same") + proc_lines("our"), 2, "they are listed where they belong");

	frame_send(a, 100, 1);
	frame_send(a, 100, 2);
	frame_send(b, 100, 3);
	ok(bpf_stats(a).bs_recv == 2 && bpf_stats(b).bs_recv == 1,
	   "interfaces with one name in two namespaces have their own packets");
	close(a);
	close(b);
	close(c);
}

static void passed_on(void)
{
	char buf[4096];
	int pair[2], status, fd = bpf_on("same", 4096);
	pid_t pid;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	pid = must(fork());
	if (!pid) {
		close(fd);
		enter(theirs);
		fd = receive(pair[1]);
		if (bpf_setif(fd, "their") == 0 || errno != ENXIO)
			_exit(1);
		if (bpf_setif(fd, "our"))
			_exit(2);
		frame_send(fd, 100, 7);
		_exit(record_serial(buf, bpf_drain(fd, buf, 4096), 0) == 7 ? 0 : 3);
	}
	pass(pair[0], fd);
	must(waitpid(pid, &status, 0));
	ok(WIFEXITED(status) && !WEXITSTATUS(status),
	   "a passed descriptor works in, and only in, the namespace of its open");
	if (status)
		printf("# status %x\n", status);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

/* A veth pair ends in a new namespace; its end here tells how that one fares. */
static void dies_with_the_last(void)
{
	char buf[4096];
	int here, there, net;

	sh("ip link add near up type veth peer name far");
	private_net();
	net = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	enter(ours);
	sh("ip link set far netns /proc/%d/fd/%d", getpid(), net);
	enter(net);
	if_up("far");
	there = bpf_on("far", 4096);
	close(net);
	enter(ours);
	here = bpf_on("near", 4096);
	must(bpf_set(here, BIOCSHDRCMPLT, 1));

	/* nothing but the descriptor is in that namespace now */
	must(bpf_set(here, BIOCSDIRECTION, BPF_D_IN));
	/* again and again: the first frames are lost until the link is noticed */
	ok(wait_until((frame_send(here, 100, 11), bpf_stats(there).bs_recv > 0)),
	   "a descriptor keeps its namespace alive");
	is_ret(record_serial(buf, bpf_drain(there, buf, 4096), 0), 11, "and is of use");
	ok(wait_until((frame_send(there, 100, 12), bpf_stats(here).bs_recv > 0)),
	   "in both directions");
	close(there);
	ok(wait_until(!if_nametoindex("near")), "once it is closed the namespace ends");
	is_ret(proc_lines("near"), 0, "a descriptor on the interface that went with it");
	bpf_drain(here, buf, 4096);
	is_errno(read(here, buf, 4096), ENXIO, "says so");
	is_ret(bpf_setif(here, "our"), 0, "and can be attached anew");
	close(here);
}

static void moves_away(void)
{
	char buf[4096];
	int fd, back;

	sh("ip link add rover up type dummy");
	fd = bpf_on("rover", 4096);
	must(ioctl(fd, BIOCPROMISC));
	frame_send(fd, 100, 21);
	sh("ip link set rover netns /proc/%d/fd/%d", getpid(), theirs);
	is_ret(record_serial(buf, guarded(read(fd, buf, 4096)), 0), 21,
	       "interface moved away: what is buffered can be read");
	is_errno(guarded(read(fd, buf, 4096)), ENXIO, "interface moved away: read is ENXIO");
	is_errno(write(fd, buf, 100), ENXIO, "interface moved away: write is ENXIO");
	is_errno(ioctl(fd, BIOCPROMISC), EINVAL, "interface moved away: not attached");
	is_errno(bpf_setif(fd, "rover"), ENXIO, "interface moved away: unknown here");
	enter(theirs);
	is_ret(promiscuity("rover"), 0, "interface moved away: it is not promiscuous there");
	sh("ip link set rover netns /proc/%d/fd/%d", getpid(), ours);
	enter(ours);
	if_up("rover");
	is_ret(bpf_setif(fd, "rover"), 0, "interface back again: can be attached anew");
	back = bpf_on("rover", 0);
	frame_send(back, 100, 22);
	is_ret(record_serial(buf, bpf_drain(fd, buf, 4096), 0), 22, "and listened to");
	close(fd);
	close(back);
}

int main(void)
{
	two_namespaces();
	own_interfaces();
	passed_on();
	dies_with_the_last();
	moves_away();
	return tap_done();
}
