// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Interfaces f0 to f4 that come, go, change and move between the two namespaces, and
 * frames on them.  What is impossible just now fails, and that is fine.
 */
#include "world.h"
#include "../../vm/netlink.h"

#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/veth.h>

/* One behind the last one is lo. */
void links_name(char name[16], unsigned int n)
{
	if (n == LINKS)
		strcpy(name, "lo");
	else
		snprintf(name, 16, "f%u", n % 10);
}

/* One of all, but f0 most of the time: there they meet. */
void links_choose(char name[16], uint32_t chance)
{
	links_name(name, chance % 4 ? 0 : (chance >> 2) % (LINKS + 1));
}

static void link_begin(struct nl_request *r, int type, int flags, const char *name)
{
	memset(r, 0, sizeof(*r));
	r->head.nlmsg_type = type;
	r->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	r->head.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg));
	if (name)
		nl_put_string(r, IFLA_IFNAME, name);
}

static struct ifinfomsg *link_info(struct nl_request *r)
{
	return NLMSG_DATA(&r->head);
}

/* Sends it and waits for its acknowledgement: 0 or an errno; the answer's index if any. */
static int link_ask_index(int fd, struct nl_request *r, int *index)
{
	static atomic_uint numbers;
	struct nl_request answer;

	/* what a process left unread that was ended is not for this one */
	r->head.nlmsg_seq = (getpid() << 12) + atomic_fetch_add(&numbers, 1);
	if (send(fd, r, r->head.nlmsg_len, 0) < 0)
		return errno;
	do {
		ssize_t n = recv(fd, &answer, sizeof(answer), 0);

		/* interrupted: it is on its way */
		if (n < 0 && errno != EINTR)
			return errno;
		if (n < 0)
			answer.head.nlmsg_type = 0;
		else if (answer.head.nlmsg_type == RTM_NEWLINK)
			*index = link_info(&answer)->ifi_index;
	} while (answer.head.nlmsg_type != NLMSG_ERROR ||
		 answer.head.nlmsg_seq != r->head.nlmsg_seq);
	return -((struct nlmsgerr *)NLMSG_DATA(&answer.head))->error;
}

static int link_ask(int fd, struct nl_request *r)
{
	int index;

	return link_ask_index(fd, r, &index);
}

/*
 * The number of an interface, or 0. Not by ioctl(2), which has the kernel look for a
 * module for each name that there is not.
 */
static int link_index(int fd, const char *name)
{
	struct nl_request r;
	int index = 0;

	link_begin(&r, RTM_GETLINK, 0, name);
	return link_ask_index(fd, &r, &index) ? 0 : index;
}

static int link_add(int fd, const char *name, const char *kind, const char *peer, int peer_ns)
{
	struct nl_request r;
	struct nlattr *info, *data, *other;

	link_begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, name);
	link_info(&r)->ifi_flags = link_info(&r)->ifi_change = IFF_UP;
	info = nl_nest(&r, IFLA_LINKINFO);
	nl_put_string(&r, IFLA_INFO_KIND, kind);
	if (peer) {
		struct ifinfomsg ifi = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };

		data = nl_nest(&r, IFLA_INFO_DATA);
		other = nl_put(&r, VETH_INFO_PEER, &ifi, sizeof(ifi));
		nl_put_string(&r, IFLA_IFNAME, peer);
		nl_put_u32(&r, IFLA_NET_NS_FD, peer_ns);
		nl_end(&r, other);
		nl_end(&r, data);
	}
	nl_end(&r, info);
	return link_ask(fd, &r);
}

static int link_del(int fd, const char *name)
{
	struct nl_request r;

	link_begin(&r, RTM_DELLINK, 0, name);
	return link_ask(fd, &r);
}

static int link_up(int fd, const char *name, bool up)
{
	struct nl_request r;

	link_begin(&r, RTM_NEWLINK, 0, name);
	link_info(&r)->ifi_flags = up ? IFF_UP : 0;
	link_info(&r)->ifi_change = IFF_UP;
	return link_ask(fd, &r);
}

/* Another MTU or namespace. */
static int link_set(int fd, const char *name, int attr, uint32_t value)
{
	struct nl_request r;

	link_begin(&r, RTM_NEWLINK, 0, name);
	nl_put_u32(&r, attr, value);
	return link_ask(fd, &r);
}

static int link_rename(int fd, const char *name, const char *to)
{
	int err, index = link_index(fd, name);
	struct nl_request r;

	/* only then it can get another name */
	link_up(fd, name, false);
	link_begin(&r, RTM_NEWLINK, 0, to);
	link_info(&r)->ifi_index = index;
	err = index ? link_ask(fd, &r) : ENODEV;
	link_up(fd, err ? name : to, true);
	return err;
}

/* a: which change, b: of which interface and in which namespace, c: value. */
long links_change(struct worker *w)
{
	const struct op *op = w->op;
	int where = (op->b >> 8) % 4 == 0, fd = world.rtnl[w->id][where];
	int other = where ? world.home : world.away;
	char name[16], second[16];
	static const unsigned int mtus[] = { 68, 576, 1500, 9000, 60000, 100, 1, 65536 };

	links_name(name, op->b % LINKS);
	links_name(second, op->c % LINKS);
	/* one is there most of the time */
	if (op->a % 12 > 9)
		links_name(name, 0);
	switch (op->a % 12) {
	case 0: errno = link_add(fd, name, "veth", second, other); break;
	case 1:
	case 2: errno = link_add(fd, name, "veth", second, where ? world.away : world.home); break;
	case 3:
	case 4: errno = link_del(fd, name); break;
	case 5: errno = link_rename(fd, name, second); break;
	case 6: errno = link_set(fd, name, IFLA_MTU, mtus[op->c % ARRAY_SIZE(mtus)]); break;
	case 7: errno = link_set(fd, name, IFLA_NET_NS_FD, other); break;
	case 8: errno = link_up(fd, name, op->c % 3); break;
	default: errno = link_add(fd, name, "dummy", NULL, 0); break;
	}
	return errno ? -1 : 0;
}

bool links_frames(unsigned int who, int where, const char *name, unsigned int count,
		  unsigned int len, uint32_t *serial)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = 6 };
	uint8_t frame[2048];
	unsigned int sent = 0;

	to.sll_ifindex = link_index(world.rtnl[who][where], name);
	if (!to.sll_ifindex)
		return false;
	while (sent < count) {
		frame_make(frame, len, (*serial)++);
		/* broadcast: nobody answers to this type */
		memset(frame, 0xff, 6);
		if (sendto(world.packet[where], frame, len, 0, (void *)&to, sizeof(to)) < 0)
			return false;
		sent++;
	}
	return true;
}

/* a: interface and namespace, b: how many, c: length.  The bystander gets some, too. */
long links_send(struct worker *w)
{
	const struct op *op = w->op;
	unsigned int len = op->c % 3 ? 60 + op->c % 200 : FRAME_MIN + op->c % 1496;
	char name[16];

	links_choose(name, op->a);
	if (links_frames(w->id, 1, "by0", 1, len, &w->serial))
		atomic_fetch_add(&world.sent, 1);
	return links_frames(w->id, (op->a >> 16) % 8 == 0, name, 1 + op->b % 16, len,
			    &w->serial) ? 0 : -1;
}

/* a: what, b: interface, c: kind.  The last open tun of a thread is its own. */
long links_tun(struct worker *w)
{
	const struct op *op = w->op;
	struct ifreq ifr = { .ifr_flags = (op->c % 2 ? IFF_TUN : IFF_TAP) | IFF_NO_PI };
	uint8_t frame[256];
	long ret;

	if (op->a % 3 == 0) {
		close(w->tun);
		w->tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
		links_name(ifr.ifr_name, op->b % LINKS);
		ret = ioctl(w->tun, TUNSETIFF, &ifr);
		link_up(world.rtnl[w->id][0], ifr.ifr_name, true);
		return ret;
	}
	if (op->a % 12 == 1) {
		ret = close(w->tun);
		w->tun = -1;
		return ret;
	}
	frame_make(frame, sizeof(frame), w->serial++);
	if (op->c % 2)
		frame[0] = 0x45;
	return write(w->tun, frame, 60 + op->c % 190);
}

void links_clear(void)
{
	char name[16];

	for (int where = 0; where < 2; where++)
		for (unsigned int n = 0; n < LINKS; n++) {
			links_name(name, n);
			link_del(world.rtnl[THREADS][where], name);
		}
}

static void sockets_open(int where)
{
	for (int i = 0; i <= THREADS; i++)
		world.rtnl[i][where] = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
						   NETLINK_ROUTE));
	world.packet[where] = must(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
	link_up(world.rtnl[0][where], "lo", true);
}

/* Makes the two namespaces; ends in home. */
void links_open(void)
{
	private_net();
	world.away = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	sockets_open(1);
	private_net();
	world.home = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	sockets_open(0);
	must(link_add(world.rtnl[0][1], "by0", "dummy", NULL, 0) ? -1 : 0);
}
