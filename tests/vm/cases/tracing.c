// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Who is told of what: the tracepoints attach, filter and rotate with their fields,
 * under real traffic, and the audit record of a new filter.  Drops: losses.c.
 */
#include "bpf.h"
#include <linux/audit.h>
#include <linux/netlink.h>
#include <sys/stat.h>

#define EVENTS "/sys/kernel/tracing/events/bsdbpf/"

static char text[65536];

/* The first line of an event in what was traced; NULL: there is none. */
static const char *event(const char *name, int nth)
{
	char what[64], *at = text;

	snprintf(what, sizeof(what), " %s: ", name);
	file_get("/sys/kernel/tracing/trace", text, sizeof(text));
	while ((at = strstr(at, what)) && nth--)
		at++;
	if (!at)
		return NULL;
	at[strcspn(at, "\n")] = '\0';
	printf("#%s\n", at);
	return at;
}

static bool has(const char *line, const char *fmt, ...)
{
	char want[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	return line && strstr(line, want);
}

static unsigned int number(const char *line, const char *name)
{
	const char *at = line ? strstr(line, name) : NULL;

	return at ? strtoul(at + strlen(name), NULL, 0) : 0;
}

static unsigned int netns(void)
{
	struct stat st;

	must(stat("/proc/self/ns/net", &st));
	return st.st_ino;
}

static void events(int w)
{
	const char *line;
	int fd;

	sh(": >/sys/kernel/tracing/trace");	/* O_TRUNC empties it */
	file_put(EVENTS "enable", "1");
	fd = bpf_on("d0", 200);
	must(bpf_snap(fd, BIOCSETF, 96));
	must(bpf_snap(fd, BIOCSETWF, 0));
	for (int i = 0; i < 3; i++)
		frame_send(w, 60, i);
	file_put(EVENTS "enable", "0");

	line = event("attach", 0);
	ok(has(line, " netif=d0 ifindex=%u dlt=1 bufsize=200 netns=%u writer=0",
	       if_nametoindex("d0"), netns()), "attach: all its fields");
	line = event("filter", 0);
	ok(has(line, " netif=d0 write=0 insns=1 engine="), "filter: the read filter");
	if (has(line, "engine=native") || has(line, "engine=ebpf"))
		ok(number(line, " size=") > 0 && number(line, " size=") < 4096,
		   "has code of %u bytes", number(line, " size="));
	else
		ok(has(line, "engine=interp size=0"), "is interpreted");
	line = event("filter", 1);
	ok(has(line, " netif=d0 write=1 insns=1 engine="), "and the write filter");
	line = event("rotate", 0);
	ok(has(line, " bytes=%u records=2", (unsigned int)RECORD_SIZE(60) + 26 + 60),
	   "rotate: two records");
	ok(!event("rotate", 1), "once");
	ok(!event("drop", 0), "nothing was lost");

	sh(": >/sys/kernel/tracing/trace");	/* O_TRUNC empties it */
	must(bpf_snap(fd, BIOCSETF, 96));
	ok(!event("filter", 0), "nothing is told when nobody asks");
	close(fd);
}

static int audit_open(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK,
				    .nl_groups = 1 << (AUDIT_NLGRP_READLOG - 1) };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);

	if (fd >= 0)
		must(bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	return fd;
}

static void audit_enable(bool on)
{
	struct {
		struct nlmsghdr nlh;
		struct audit_status status;
	} msg = {
		.nlh = { .nlmsg_len = sizeof(msg), .nlmsg_type = AUDIT_SET,
			 .nlmsg_flags = NLM_F_REQUEST },
		.status = { .mask = AUDIT_STATUS_ENABLED, .enabled = on },
	};
	int fd = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT));

	must(send(fd, &msg, sizeof(msg), 0));
	close(fd);
}

/* Waits for a record of a module's, and copies what it says. */
static bool audit_next(int fd, char *to, size_t size)
{
	struct pollfd pfd = { fd, POLLIN, 0 };
	struct nlmsghdr *nlh;
	char buf[8192];
	ssize_t n;

	while (poll(&pfd, 1, PATIENCE * 1000) == 1) {
		n = must(recv(fd, buf, sizeof(buf) - 1, 0));
		buf[n] = '\0';
		nlh = (struct nlmsghdr *)buf;
		if (nlh->nlmsg_type != AUDIT_KERNEL_OTHER)
			continue;
		snprintf(to, size, "%.*s", (int)size - 1, buf + NLMSG_HDRLEN);
		printf("# %s\n", to);
		return true;
	}
	return false;
}

static void audit(int audit_fd)
{
	char said[2048] = "";
	int fd = bpf_on("d0", 0);

	must(bpf_snap(fd, BIOCSETF, 1));
	audit_enable(true);
	must(bpf_snap(fd, BIOCSETF, 96));
	ok(audit_next(audit_fd, said, sizeof(said)), "a record for a filter");
	audit_enable(false);
	ok(strstr(said, "op=bsdbpf-filter filter=read insns=1 engine=") &&
	   strstr(said, " dev=d0 "), "says which");
	ok(number(said, " pid=") == (unsigned int)getpid() && strstr(said, "comm=\"tracing\"") &&
	   strstr(said, " exe="), "and whose");
	close(fd);
}

int main(void)
{
	int audit_fd = audit_open(), w;	/* its records come in the first namespace */

	private_net();
	sh("ip link add d0 up type dummy");
	w = bpf_on("d0", 0);
	must(bpf_set(w, BIOCSHDRCMPLT, 1));
	must(bpf_set(w, BIOCSDIRECTION, BPF_D_IN));
	if (access(EVENTS "enable", W_OK))
		ok(true, "tracepoints # SKIP this kernel has no trace events");
	else
		events(w);
	if (audit_fd < 0)
		ok(true, "audit # SKIP this kernel has no audit system");
	else
		audit(audit_fd);
	return tap_done();
}
