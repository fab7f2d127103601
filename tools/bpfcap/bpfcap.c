// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * bpfcap: captures packets from /dev/bpf into pcapng files.  Here is the order of
 * things: first all that needs privileges, then none of it any more, then packets.
 */
#include "bpfcap.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static void vsay(const char *fmt, va_list ap)
{
	char *text;

	/* in one piece, for there may be several processes */
	if (vasprintf(&text, fmt, ap) < 0)
		return;
	fprintf(stderr, "bpfcap: %s\n", text);
	free(text);
}

/**
 * say() - a line on the standard error
 * @fmt: the line
 */
void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

/**
 * die() - end with a message
 * @status: exit status
 * @fmt: what is wrong
 */
void die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	exit(status);
}

/* What is open stays open; files are made as that user. */
static void become(const char *name)
{
	struct passwd *user;

	errno = 0;
	user = getpwnam(name);
	if (!user)
		die(EXIT_USAGE, "--user: no user %s%s%s", name, errno ? ": " : "",
		    errno ? strerror(errno) : "");
	if (initgroups(name, user->pw_gid) || setgid(user->pw_gid) || setuid(user->pw_uid))
		die(EXIT_CAPTURE, "no way to be the user %s: %s", name, strerror(errno));
}

/* All of them, and only when each is as it is to be, the first filter. */
static struct device *open_devices(const struct options *o)
{
	struct device *devices = calloc(o->workers * o->ninterfaces, sizeof(*devices));
	unsigned int i;

	if (!devices)
		die(EXIT_CAPTURE, "out of memory");
	for (i = 0; i < o->workers * o->ninterfaces; i++) {
		device_open(&devices[i], o->interfaces[i % o->ninterfaces], o);
		if (o->workers > 1)
			device_share(&devices[i], getpid(), o->fanout);
	}
	for (i = 0; i < o->workers * o->ninterfaces; i++)
		device_start(&devices[i], o);
	return devices;
}

static void announce(const struct options *o, const struct device *devices)
{
	unsigned int i;

	if (o->quiet)
		return;
	for (i = 0; i < o->ninterfaces; i++)
		say("capturing on %s, %s buffers of %u bytes", devices[i].name,
		    devices[i].half ? "two mapped" : "two", devices[i].size);
	if (o->workers > 1)
		say("%u processes share the packets by %s", o->workers, fanout_name(o->fanout));
}

int main(int argc, char **argv)
{
	struct device *devices;
	struct options o;
	uint64_t *total;

	options_parse(&o, argc, argv);
	signals_block();
	devices = open_devices(&o);
	if (o.user)
		become(o.user);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	total = mmap(NULL, sizeof(*total), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (total == MAP_FAILED)
		die(EXIT_CAPTURE, "out of memory");
	announce(&o, devices);
	if (o.workers > 1)
		return workers(devices, &o, total);
	return capture(devices, &o, 0, total);
}
