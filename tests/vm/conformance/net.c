// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Interfaces for rows, made without a process each, and what /proc says.  Knows
 * nothing of /dev/bpf.
 *
 * A "wire" is an Ethernet interface whose other end is a descriptor in our hand:
 * what is received and what is sent is exactly what goes through it, at once.
 */
#include "conf.h"

#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <linux/if_vlan.h>
#include <linux/sockios.h>

struct request {
	struct nlmsghdr nlh;
	struct ifinfomsg ifi;
	char attrs[256];
};

static void attr(struct request *rq, int type, const void *value, size_t len)
{
	struct rtattr *rta = (void *)((char *)rq + NLMSG_ALIGN(rq->nlh.nlmsg_len));

	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(len);
	memcpy(RTA_DATA(rta), value, len);
	rq->nlh.nlmsg_len = NLMSG_ALIGN(rq->nlh.nlmsg_len) + RTA_ALIGN(rta->rta_len);
}

/* Sends a request; its errno, or 0. */
static int request(struct request *rq)
{
	struct { struct nlmsghdr nlh; struct nlmsgerr err; char more[512]; } answer;
	int fd = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));

	rq->nlh.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	must(send(fd, rq, rq->nlh.nlmsg_len, 0));
	must(recv(fd, &answer, sizeof(answer), 0));
	close(fd);
	return -answer.err.error;
}

/* A new interface, down; false if the kernel knows no such kind. */
bool link_add(const char *name, const char *kind)
{
	struct request rq = {
		.nlh = { .nlmsg_len = NLMSG_LENGTH(sizeof(rq.ifi)),
			 .nlmsg_type = RTM_NEWLINK,
			 .nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL },
	};
	struct { struct rtattr rta; char kind[16]; } info = {
		{ RTA_LENGTH(strlen(kind)), IFLA_INFO_KIND }, "" };

	strcpy(info.kind, kind);
	attr(&rq, IFLA_IFNAME, name, strlen(name) + 1);
	attr(&rq, IFLA_LINKINFO, &info, RTA_ALIGN(info.rta.rta_len));
	errno = request(&rq);
	if (errno == EOPNOTSUPP)
		return false;
	must(errno ? -1 : 0);
	return true;
}

void link_del(const char *name)
{
	struct request rq = {
		.nlh = { .nlmsg_len = NLMSG_LENGTH(sizeof(rq.ifi)),
			 .nlmsg_type = RTM_DELLINK },
		.ifi.ifi_index = if_nametoindex(name),
	};

	errno = request(&rq);
	must(errno ? -1 : 0);
}

void link_rename(const char *name, const char *to)
{
	if_down(name);
	if_rename(name, to);
	if_up(to);
}

/* PARENT.ID, up; frames of priority 1 get that 802.1p priority. */
void vlan_add(const char *parent, int id, int priority)
{
	struct vlan_ioctl_args args = { .cmd = SET_VLAN_NAME_TYPE_CMD };
	int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	args.u.name_type = VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD;
	must(ioctl(fd, SIOCSIFVLAN, &args));
	args.cmd = ADD_VLAN_CMD;
	args.u.VID = id;
	strcpy(args.device1, parent);
	must(ioctl(fd, SIOCSIFVLAN, &args));
	snprintf(args.device1, sizeof(args.device1), "%s.%d", parent, id);
	args.cmd = SET_VLAN_EGRESS_PRIORITY_CMD;
	args.u.skb_priority = 1;
	args.vlan_qos = priority;
	must(ioctl(fd, SIOCSIFVLAN, &args));
	close(fd);
	if_up(args.device1);
}

/* An interface, up, with a hardware type other than its own if that is not 0. */
int wire_typed(const char *name, short flags, int arphrd)
{
	int fd = must(open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
	struct ifreq ifr = { .ifr_flags = flags | IFF_NO_PI };

	strcpy(ifr.ifr_name, name);
	must(ioctl(fd, TUNSETIFF, &ifr));
	if (arphrd)
		must(ioctl(fd, TUNSETLINK, arphrd));
	if_up(name);
	return fd;
}

int wire_up(const char *name)
{
	return wire_typed(name, IFF_TAP, 0);
}

void wire_receive(int wire, const void *frame, size_t len)
{
	want(write(wire, frame, len), len);
}

/* The next frame that was sent; -1 and EAGAIN if there is none. */
ssize_t wire_sent(int wire, void *frame, size_t size)
{
	return read(wire, frame, size);
}

void if_mac(const char *name, uint8_t mac[6])
{
	int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	struct ifreq ifr = {};

	strcpy(ifr.ifr_name, name);
	must(ioctl(fd, SIOCGIFHWADDR, &ifr));
	memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	close(fd);
}

void if_mtu(const char *name, int mtu)
{
	int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	struct ifreq ifr = { .ifr_mtu = mtu };

	strcpy(ifr.ifr_name, name);
	must(ioctl(fd, SIOCSIFMTU, &ifr));
	close(fd);
}

void if_addr(const char *name, const char *addr)
{
	int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	struct ifreq ifr = {};
	struct sockaddr_in *sin = (void *)&ifr.ifr_addr;

	strcpy(ifr.ifr_name, name);
	sin->sin_family = AF_INET;
	inet_pton(AF_INET, addr, &sin->sin_addr);
	must(ioctl(fd, SIOCSIFADDR, &ifr));
	close(fd);
}

/* All of the namespace that a row may change, as text. */
static void net_print(char *text, size_t size)
{
	static const char *const sysctls[] = {
		"bufsize", "maxbufsize", "maxinsns", "optimize_writers", "zerocopy_enable",
		"jit_enable", "jit_harden" };
	int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	struct if_nameindex *all = if_nameindex(), *at;
	size_t len = 0;

	for (at = all; at && at->if_index; at++) {
		struct ifreq flags = {}, mtu = {}, addr = {};

		strcpy(flags.ifr_name, at->if_name);
		strcpy(mtu.ifr_name, at->if_name);
		strcpy(addr.ifr_name, at->if_name);
		(void)ioctl(fd, SIOCGIFFLAGS, &flags);
		(void)ioctl(fd, SIOCGIFMTU, &mtu);
		len += snprintf(text + len, size - len, "%s %d %d %d %d\n", at->if_name,
				flags.ifr_flags & IFF_UP, mtu.ifr_mtu,
				ioctl(fd, SIOCGIFADDR, &addr), promiscuity(at->if_name));
	}
	if_freenameindex(all);
	close(fd);
	for (size_t i = 0; i < ARRAY_SIZE(sysctls); i++)
		len += snprintf(text + len, size - len, "%s\n", sysctl_get(sysctls[i]));
	file_get("/proc/net/bpf", text + len, size - len);
}

static char net_fresh[8192];	/* what net_print() says of a new namespace */

/* A new silent namespace with d0 in it, which the caller enters. */
int net_make(void)
{
	private_net();
	want_true(link_add("d0", "dummy"));
	if_up("d0");
	if (!*net_fresh)
		net_print(net_fresh, sizeof(net_fresh));
	return must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
}

/* Is it still as it was made?  Enters it. */
bool net_unchanged(int net)
{
	char text[sizeof(net_fresh)];

	must(setns(net, CLONE_NEWNET));
	net_print(text, sizeof(text));
	return !strcmp(text, net_fresh);
}

/* Word number n of a line; the last column's is all that is left. */
static const char *word(char *line, int n, bool last)
{
	static char text[256];
	int used = 0;

	while (n--) {
		sscanf(line, "%*s%n", &used);
		line += used;
	}
	if (sscanf(line, last ? " %255[^\n]" : "%255s", text) != 1)
		text[0] = '\0';
	return text;
}

const char *proc_field(const char *column, int n)
{
	char text[8192], name[64], *line, *at;
	int index = 0, used;

	file_get("/proc/net/bpf", text, sizeof(text));
	line = strtok(text, "\n");
	want_true(line);
	for (at = line; sscanf(at, "%63s%n", name, &used) == 1; at += used, index++)
		if (!strcmp(name, column))
			break;
	if (sscanf(at, "%63s", name) != 1) {
		printf("/proc/net/bpf has no column %s\n", column);
		exit(1);
	}
	do {
		line = strtok(NULL, "\n");
		want_true(line);
	} while (n--);
	return word(line, index, !strcmp(column, "Command"));
}

const char *sysctl_get(const char *name)
{
	static char text[256];
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/net/bpf/%s", name);
	file_get(path, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	return text;
}

int sysctl_set(const char *name, const char *value)
{
	char path[64];
	int fd, err;

	snprintf(path, sizeof(path), "/proc/sys/net/bpf/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	err = write(fd, value, strlen(value)) < 0 ? errno : 0;
	close(fd);
	return err;
}
