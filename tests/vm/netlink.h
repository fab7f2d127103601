/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Generic netlink, for what ip(8) cannot set up: just enough to build a request
 * and to learn whether the kernel took it.  Knows no family.
 */
#ifndef VM_NETLINK_H
#define VM_NETLINK_H

#include <linux/genetlink.h>
#include <linux/netlink.h>

struct nl_request {
	union {
		struct nlmsghdr head;
		char buf[4096];
	};
};

static inline struct nlattr *nl_put(struct nl_request *r, int type, const void *data,
				    size_t len)
{
	struct nlattr *a = (void *)(r->buf + NLMSG_ALIGN(r->head.nlmsg_len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)a + NLA_HDRLEN, data, len);
	r->head.nlmsg_len = (char *)a - r->buf + NLA_ALIGN(a->nla_len);
	return a;
}

/* An attribute that holds what is put before nl_end(). */
static inline struct nlattr *nl_nest(struct nl_request *r, int type)
{
	return nl_put(r, type | NLA_F_NESTED, NULL, 0);
}

static inline void nl_end(struct nl_request *r, struct nlattr *nest)
{
	nest->nla_len = r->buf + r->head.nlmsg_len - (char *)nest;
}

static inline void nl_put_u8(struct nl_request *r, int type, uint8_t value)
{
	nl_put(r, type, &value, sizeof(value));
}

static inline void nl_put_u16(struct nl_request *r, int type, uint16_t value)
{
	nl_put(r, type, &value, sizeof(value));
}

static inline void nl_put_u32(struct nl_request *r, int type, uint32_t value)
{
	nl_put(r, type, &value, sizeof(value));
}

static inline void nl_put_string(struct nl_request *r, int type, const char *value)
{
	nl_put(r, type, value, strlen(value) + 1);
}

static inline void nl_begin(struct nl_request *r, int family, int command, int version)
{
	struct genlmsghdr genl = { .cmd = command, .version = version };

	memset(r, 0, sizeof(*r));
	r->head.nlmsg_type = family;
	r->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	r->head.nlmsg_len = NLMSG_LENGTH(sizeof(genl));
	memcpy(NLMSG_DATA(&r->head), &genl, sizeof(genl));
}

/* Sends it: 0, or -1 and errno. */
static inline int nl_ask(struct nl_request *r)
{
	int fd = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
	char ack[4096];
	struct nlmsghdr *head = (void *)ack;

	must(send(fd, r, r->head.nlmsg_len, 0));
	/* what the request asked for comes before its acknowledgement */
	must(recv(fd, r, sizeof(*r), 0));
	memcpy(ack, r, sizeof(ack));
	while (head->nlmsg_type != NLMSG_ERROR)
		must(recv(fd, ack, sizeof(ack), 0));
	close(fd);
	errno = -((struct nlmsgerr *)NLMSG_DATA(head))->error;
	return errno ? -1 : 0;
}

/* The number of a family by its name; -1 if the kernel has none. */
static inline int nl_family(const char *name)
{
	struct nl_request r;
	struct nlattr *a;

	nl_begin(&r, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	nl_put_string(&r, CTRL_ATTR_FAMILY_NAME, name);
	if (nl_ask(&r))
		return -1;
	a = (void *)((char *)NLMSG_DATA(&r.head) + GENL_HDRLEN);
	while (a->nla_type != CTRL_ATTR_FAMILY_ID)
		a = (void *)((char *)a + NLA_ALIGN(a->nla_len));
	return *(uint16_t *)((char *)a + NLA_HDRLEN);
}

#endif /* VM_NETLINK_H */
