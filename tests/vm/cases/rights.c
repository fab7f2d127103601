// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Rights that cannot be won: nobody is refused by every way in; a locked descriptor
 * stays locked whoever gets it, by fork, exec or a socket, and its open mode stays
 * what it was; root of a user namespace sees that namespace's interfaces at most.
 */
#include "bpf.h"

#include <sys/prctl.h>
#include <sys/stat.h>

#define NOBODY 65534
#define SELF "/proc/self/exe"

static const unsigned int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };

/* Waits for a child; its status, 255 if it did not exit. */
static int status_of(pid_t child)
{
	int status;

	must(waitpid(child, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void become_nobody(void)
{
	must(setgid(NOBODY));
	must(setuid(NOBODY));
}

static bool refused(const char *path, unsigned int mode, int err)
{
	int fd = open(path, mode);

	return fd < 0 && errno == err;
}

/* Bits of what nobody was allowed. */
static int allowed_to_nobody(void)
{
	int allowed = 0;

	become_nobody();
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		allowed |= !refused("/dev/bpf", modes[i], EACCES) << 0 |
			   !refused("/dev/bpf0", modes[i], EACCES) << 1 |
			   !refused("/proc/net/bpf", modes[i], EACCES) << 2;
	/* read-only for all: values are no secret */
	allowed |= !refused("/proc/sys/net/bpf/bufsize", O_WRONLY, EACCES) << 3 |
		   !refused("/proc/sys/net/bpf/jit_harden", O_WRONLY, EACCES) << 4 |
		   !refused("/proc/sys/net/bpf/stats", O_RDWR, EACCES) << 5;
	/* nor a node of one's own */
	allowed |= (mknod("/tmp/rights-node", S_IFCHR | 0600, 10 << 8 | 243) == 0) << 6;
	return allowed;
}

static void nobody(void)
{
	pid_t child = must(fork());

	if (!child)
		_exit(allowed_to_nobody());
	is_ret(status_of(child), 0, "nobody: EACCES by each node, mode, table and sysctl");
	unlink("/tmp/rights-node");
}

/* What a locked, read-only descriptor on d0 must not do; 0, or which it did. */
static int escapes(int fd)
{
	struct bpf_insn all = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	struct bpf_program program = { 1, &all };
	struct bpf_stat st;
	char frame[60] = { 0 };

	if (ioctl(fd, BIOCGSTATS, &st))
		return 1;	/* it is none of ours */
	if (!ioctl(fd, BIOCSETF, &program) || errno != EPERM)
		return 2;
	if (!ioctl(fd, BIOCSETFNR, &program) || errno != EPERM)
		return 3;
	if (!ioctl(fd, BIOCSETWF, &program) || errno != EPERM)
		return 4;
	if (!bpf_setif(fd, "d1") || errno != EPERM)
		return 5;
	if (!ioctl(fd, BIOCPROMISC) || errno != EPERM)
		return 6;
	if (write(fd, frame, sizeof(frame)) >= 0 || errno != EBADF)
		return 7;
	return 0;
}

/* The other end of an exec: argv[1] is the descriptor. */
static int executed(const char *number)
{
	return escapes(atoi(number));
}

static int locked(void)
{
	int fd = must(open("/dev/bpf", O_RDONLY));	/* no O_CLOEXEC */

	must(bpf_setif(fd, "d0"));
	must(bpf_snap(fd, BIOCSETF, 20));
	must(ioctl(fd, BIOCLOCK));
	return fd;
}

static void lock_over_fork(void)
{
	int fd = locked(), copy = must(dup(fd));
	pid_t child = must(fork());

	if (!child)
		_exit(escapes(fd) ?: escapes(copy));
	is_ret(status_of(child), 0, "LOCK holds over fork and dup");
	child = must(fork());
	if (!child) {
		become_nobody();
		_exit(escapes(fd));
	}
	is_ret(status_of(child), 0, "and for nobody");
	close(fd);
	close(copy);
}

static void lock_over_exec(void)
{
	int fd = locked();
	pid_t child = must(fork());
	char number[12];

	snprintf(number, sizeof(number), "%d", fd);
	if (!child) {
		execl(SELF, SELF, number, NULL);
		_exit(254);
	}
	is_ret(status_of(child), 0, "LOCK holds over exec");
	close(fd);
}

/* One byte and a descriptor; fd < 0 receives one. */
static int pass(int sock, int fd)
{
	char data = 'x', control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &data, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	if (fd < 0) {
		must(recvmsg(sock, &msg, 0));
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
		return fd;
	}
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	return must(sendmsg(sock, &msg, 0));
}

/* Who receives it is in other namespaces, root there, and has never opened the node. */
static void lock_over_socket(void)
{
	int pair[2], fd = locked();
	pid_t child;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	child = must(fork());
	if (!child) {
		must(close_range(3, pair[1] - 1, 0));
		must(unshare(CLONE_NEWUSER | CLONE_NEWNET));
		_exit(escapes(pass(pair[1], -1)));
	}
	pass(pair[0], fd);
	is_ret(status_of(child), 0, "LOCK holds over SCM_RIGHTS into another user's namespace");
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

/* Not locked, but without rights of its own: 0, or what it reached. */
static int reaches(int fd)
{
	int own;

	must(unshare(CLONE_NEWUSER | CLONE_NEWNET));
	own = open("/dev/bpf", O_RDWR);
	if (own >= 0 || errno != EACCES)
		return 1;	/* root there is nobody here */
	file_put("/proc/self/setgroups", "deny");
	file_put("/proc/self/uid_map", "0 65534 1");
	file_put("/proc/self/gid_map", "0 65534 1");
	own = open("/dev/bpf", O_RDWR);
	if (own >= 0 || errno != EACCES)
		return 5;	/* also when called root */
	if (bpf_setif(fd, "lo") || proc_lines("lo"))
		return 2;	/* lo of the opener, which its table lists, not ours */
	if (system("ip link add u0 type dummy && ip link set u0 up"))
		return 3;
	if (!bpf_setif(fd, "u0") || errno != ENXIO)
		return 4;
	return 0;
}

static void user_namespace(void)
{
	int fd = bpf_open(O_RDWR);
	pid_t child = must(fork());

	if (!child) {
		become_nobody();
		/* else nothing below /proc/self is its own */
		must(prctl(PR_SET_DUMPABLE, 1));
		_exit(reaches(fd));
	}
	is_ret(status_of(child), 0, "a user namespace: no open, no other interfaces, no other table");
	is_ret(proc_lines("lo"), 1, "what it did is of the opener's namespace");
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return executed(argv[1]);
	private_net();
	sh("ip link add d0 up type dummy && ip link add d1 up type dummy");
	nobody();
	lock_over_fork();
	lock_over_exec();
	lock_over_socket();
	user_namespace();
	return tap_done();
}
