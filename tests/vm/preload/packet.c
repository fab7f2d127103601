// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Preloaded into a program that can only send by AF_PACKET, this gives it
 * /dev/bpf instead of such a socket: bind(2) becomes BIOCSETIF, send(2) becomes
 * write(2) of the same bytes.  For one socket; must not change what is sent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <net/bpf.h>

static int device = -1;

int socket(int domain, int type, int protocol)
{
	if (domain != AF_PACKET)
		return syscall(SYS_socket, domain, type, protocol);
	if (device != -1) {
		errno = EBUSY;
		return -1;
	}
	device = open("/dev/bpf", O_RDWR);
	return device;
}

int bind(int fd, const struct sockaddr *address, socklen_t len)
{
	const struct sockaddr_ll *link = (const void *)address;
	unsigned int complete = 1;
	struct ifreq ifr = { 0 };

	if (fd != device)
		return syscall(SYS_bind, fd, address, len);
	if (!if_indextoname(link->sll_ifindex, ifr.ifr_name))
		return -1;
	if (ioctl(fd, BIOCSETIF, &ifr))
		return -1;
	return ioctl(fd, BIOCSHDRCMPLT, &complete);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	if (fd != device)
		return syscall(SYS_sendto, fd, data, len, flags, NULL, 0);
	return write(fd, data, len);
}

/* Questions about an interface go to a socket of another kind. */
int ioctl(int fd, unsigned long request, ...)
{
	int other, result;
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (fd != device || (request != SIOCGIFINDEX && request != SIOCGIFHWADDR))
		return syscall(SYS_ioctl, fd, request, arg);
	other = syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0);
	if (other < 0)
		return -1;
	result = syscall(SYS_ioctl, other, request, arg);
	close(other);
	return result;
}

/* Asked for are pending errors only; a write reports them by itself. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (fd != device)
		return syscall(SYS_getsockopt, fd, level, name, value, len);
	memset(value, 0, *len);
	return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	if (fd != device)
		return syscall(SYS_setsockopt, fd, level, name, value, len);
	return 0;
}
