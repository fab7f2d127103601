// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 9.1, 9.2: what is counted, and what /proc/net/bpf shows of it.
 */
#include "conf.h"

#include <sys/stat.h>

static void rejected(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCSETF, ODD_ONLY(60)));
	send_frames(fd, 5);
	want(recv_count(fd), 5);
	want(drop_count(fd), 0);
}

static void hidden(const struct row *r)
{
	int fd = on();

	(void)r;
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_IN));
	send_frames(fd, 5);
	want(recv_count(fd), 0);
}

static void dropped(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	must(ioctl(fd, BIOCSETF, ODD_ONLY(60)));
	/* odd ones: 1 3 5 7 have room, 9 and 11 have none */
	send_frames(fd, 12);
	want(recv_count(fd), 12);
	want(drop_count(fd), 2);
}

static void reading_keeps(const struct row *r)
{
	int fd = on();

	(void)r;
	send_frames(fd, 3);
	take(fd);
	want(recv_count(fd), 3);
}

static void reset(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	send_frames(fd, 6);
	memset(data, 0, 64);
	if (r->a == BIOCSETIF)
		must(bpf_setif(fd, "d0"));
	else if (r->a == BIOCSETF || r->a == BIOCSETFNR || r->a == BIOCSETWF)
		must(ioctl(fd, r->a, PROGRAM(RET(60))));
	else if (r->a == BIOCSDLT)
		must(bpf_set(fd, r->a, 1));
	else
		must(ioctl(fd, r->a, data));
	want(recv_count(fd), r->b ? 0 : 6);
	want(drop_count(fd), r->b ? 0 : 2);
}

static void each_own(const struct row *r)
{
	int one = on(), other = on();

	(void)r;
	send_frames(one, 2);
	must(ioctl(one, BIOCFLUSH));
	want(recv_count(one), 0);
	want(recv_count(other), 2);
}

static void stats64(const struct row *r)
{
	struct bpf_stat64 st;
	int fd = bpf_on("d0", TWO);

	(void)r;
	must(ioctl(fd, BIOCSETF, ODD_ONLY(60)));
	send_frames(fd, 12);
	memset(&st, 0xff, sizeof(st));
	want(ioctl(fd, BIOCGSTATS64, &st), 0);
	want(sizeof(st), 128);
	want(st.bs_recv, 12);
	want(st.bs_drop, 2);
	want(st.bs_capt, 6);
	for (int i = 0; i < 13; i++)
		want(st.bs_padding[i], 0);
}

static void stats64_reset(const struct row *r)
{
	struct bpf_stat64 st;
	int fd = on();

	(void)r;
	send_frames(fd, 3);
	must(ioctl(fd, BIOCFLUSH));
	must(ioctl(fd, BIOCGSTATS64, &st));
	want_true(!st.bs_recv && !st.bs_drop && !st.bs_capt);
}

/* /proc/net/bpf */
static void header(const struct row *r)
{
	char text[4096], name[32];
	int at, used;

	(void)r;
	static const char *const names[] = { "Pid", "Netif", "Flags", "Recv", "Drop", "Match",
					     "Sblen", "Hblen" };

	file_get("/proc/net/bpf", text, sizeof(text));
	want_true(strchr(text, '\n'));
	*strchr(text, '\n') = '\0';
	at = 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++, at += used) {
		want(sscanf(text + at, "%31s%n", name, &used), 1);
		want(strcmp(name, names[i]), 0);
	}
	want(strcmp(strrchr(text, ' ') + 1, "Command"), 0);
}

static void shared(const struct row *r)
{
	(void)r;
	must(sysctl_set("zerocopy_enable", "1"));
	must(bpf_set(bpf_open(O_RDWR), BIOCSETBUFMODE, BPF_BUFMODE_ZBUF));
	want(strcmp(proc_field("Mode", 0), "zbuf"), 0);
}

/* One descriptor in some state; column r->p shows r->a, or the text r->b. */
static void column(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	must(ioctl(fd, BIOCSETF, ODD_ONLY(60)));
	must(ioctl(fd, BIOCSETWF, PROGRAM(RET(1))));
	must(bpf_set(fd, BIOCSRSIG, SIGUSR1));
	must(bpf_set(fd, BIOCSTSTAMP, BPF_T_NANOTIME_MONOTONIC));
	/* odd ones: 4 have room in full buffers of two, 2 have not */
	send_frames(fd, 12);
	if (r->b)
		want(strcmp(proc_field(r->p, 0), (const char *)r->b), 0);
	else
		want(strtol(proc_field(r->p, 0), NULL, 0), r->a);
}

static void pid(const struct row *r)
{
	int fd = on(), status;
	pid_t child;

	want(atoi(proc_field("Pid", 0)), getpid());
	child = must(fork());
	if (!child) {
		struct pollfd pfd = { fd, POLLIN, 0 };

		if (r->a == 0)
			bpf_drain(fd, data, SIZE);
		else if (r->a == 1)
			(void)!write(fd, data, 60);
		else if (r->a == 2)
			poll(&pfd, 1, 0);
		else if (r->a == 3)
			get(fd, BIOCGBLEN);
		else
			want_errno(ioctl(fd, _IO('B', 99)), EINVAL);
		_exit(atoi(proc_field("Pid", 0)) != getpid());
	}
	must(waitpid(child, &status, 0));
	want(status, 0);
}

static void command(const struct row *r)
{
	(void)r;
	fresh();
	want(strcmp(proc_field("Command", 0), "conformance"), 0);
}

/* The process stays the same, and becomes another program that reads. */
static void command_exec(const struct row *r)
{
	int fd = on(), status;
	pid_t child = must(fork());

	(void)r;
	if (!child) {
		get(fd, BIOCGBLEN);
		want(strcmp(proc_field("Command", 0), "conformance"), 0);
		/* a duplicate stays open over exec; read fails, for its size */
		must(dup2(fd, STDIN_FILENO));
		execl("/bin/sh", "sh", "-c", "read x; exit 7", NULL);
		_exit(1);
	}
	must(waitpid(child, &status, 0));
	want(WEXITSTATUS(status), 7);
	want(strcmp(proc_field("Command", 0), "sh"), 0);
}

static void unattached(const struct row *r)
{
	fresh();
	want(strcmp(proc_field(r->p, 0), "-"), 0);
}

static void one_line_each(const struct row *r)
{
	int fd;

	(void)r;
	fresh();
	on();
	fd = on();
	want(proc_lines("-"), 1);
	want(proc_lines("d0"), 2);
	must(close(fd));
	want(proc_lines("d0"), 1);
}

static void renamed(const struct row *r)
{
	(void)r;
	on();
	link_rename("d0", "new0");
	want(strcmp(proc_field("Netif", 0), "new0"), 0);
}

static void mode(const struct row *r)
{
	struct stat st;

	(void)r;
	want(stat("/proc/net/bpf", &st), 0);
	want(st.st_mode & 0777, 0400);
}

static void by_namespace(const struct row *r)
{
	(void)r;
	on();
	must(unshare(CLONE_NEWNET));
	want(proc_lines("d0"), 0);
	want(proc_lines("-"), 0);
}

/* Flags: position r->a shows r->b once the command r->c was given 1 (or r->p). */
static void flag(const struct row *r)
{
	int fd = on();

	if (r->c == BIOCPROMISC || r->c == BIOCLOCK)
		must(ioctl(fd, r->c, NULL));
	else
		must(bpf_set(fd, r->c, r->p ? *(const uint32_t *)r->p : 1));
	want(proc_field("Flags", 0)[r->a], r->b);
}

static void no_flags(const struct row *r)
{
	(void)r;
	fresh();
	want(strcmp(proc_field("Flags", 0), "--fs------"), 0);
}

static const uint32_t dir_in = BPF_D_IN, dir_out = BPF_D_OUT;

#define RESET(name)							\
	{ "9.1", "FreeBSD", #name " resets both", reset, .a = BIOC##name, .b = 1 }
#define KEEP(name, why)							\
	{ "9.1", "FreeBSD", #name " resets neither" why, reset, .a = BIOC##name }
#define COLUMN(name, says, value)					\
	{ "9.2", "FreeBSD", name ": " says, column, .p = name, .a = value }
#define TEXT(name, says, text)						\
	{ "9.2", "FreeBSD", name ": " says, column, .p = name, .b = (unsigned long)(text) }
#define FLAG(at, shown, says, cmd, arg)					\
	{ "9.2", "FreeBSD", "Flags: " says, flag, .a = at, .b = shown, .c = cmd, .p = arg }

static const struct row rows[] = {
	{ "9.1", "FreeBSD", "recv counts what the filter rejects, too", rejected },
	{ "9.1", "FreeBSD", "recv counts nothing that the direction hides", hidden },
	{ "9.1", "FreeBSD", "drop counts what was accepted and found no room", dropped },
	{ "9.1", "FreeBSD", "reading does not change them", reading_keeps },
	{ "9.1", "FreeBSD", "each descriptor counts for itself", each_own },
	RESET(FLUSH),
	RESET(SETF),
	RESET(SETIF),
	KEEP(SETFNR, ""),
	KEEP(SETWF, " (NetBSD: it does)"),
	KEEP(SDLT, " if the type stays"),
	KEEP(IMMEDIATE, ""),
	KEEP(SDIRECTION, ""),
	KEEP(STSTAMP, ""),
	{ "9.1", "NetBSD", "GSTATS64: recv, drop, capt (dropped included), zeros", stats64 },
	{ "9.1", "NetBSD", "GSTATS64: FLUSH resets all three", stats64_reset },
	{ "9.2", "FreeBSD", "/proc/net/bpf has netstat -B's columns, Command last", header },
	{ "9.2", "FreeBSD", "/proc/net/bpf is for root only, as the sysctl's privilege", mode },
	{ "9.2", "FreeBSD", "a line for each descriptor, gone at close", one_line_each },
	{ "9.2", "ours", "an unattached descriptor has interface -", unattached,
	  "FreeBSD lists attached ones only", .p = "Netif" },
	{ "9.2", "ours", "an unattached descriptor has link type -", unattached, .p = "Dlt" },
	{ "9.2", "ours", "each network namespace shows its own", by_namespace },
	{ "9.2", "FreeBSD", "Netif follows a rename", renamed },
	{ "9.2", "FreeBSD", "Pid is the last user's: read", pid, .a = 0 },
	{ "9.2", "FreeBSD", "Pid is the last user's: write", pid, .a = 1 },
	{ "9.2", "FreeBSD", "Pid is the last user's: poll", pid, .a = 2 },
	{ "9.2", "FreeBSD", "Pid is the last user's: ioctl", pid, .a = 3 },
	{ "9.2", "FreeBSD", "Pid is the last user's: an ioctl that there is not", pid, .a = 4 },
	{ "9.2", "FreeBSD", "Command is the last user's", command },
	{ "9.2", "FreeBSD", "Command follows exec", command_exec },
	TEXT("Netif", "the interface", "d0"),
	COLUMN("Recv", "packets offered", 12),
	COLUMN("Match", "packets accepted", 6),
	COLUMN("Drop", "packets without room", 2),
	COLUMN("Sblen", "bytes in the store buffer", TWO_FRAMES),
	COLUMN("Hblen", "bytes in the hold buffer", TWO_FRAMES),
	COLUMN("Bufsize", "the buffer size", TWO),
	COLUMN("Dlt", "the link type", 1),
	COLUMN("Insns", "instructions of the read filter", 4),
	COLUMN("Winsns", "instructions of the write filter", 1),
	COLUMN("Wcount", "writes attempted", 12),
	COLUMN("Wmatch", "writes that passed the write filter", 12),
	COLUMN("Wdrop", "writes that failed", 0),
	COLUMN("Sig", "the signal", SIGUSR1),
	COLUMN("Tstamp", "the stamp format", 0x201),
	TEXT("Mode", "the buffer mode, buffers of read", "buffer"),
	{ "9.2", "FreeBSD", "Mode: the buffer mode, shared buffers", shared },
	{ "9.2", "ours", "Engine: what runs the read filter", column, .p = "Engine",
	  .b = (unsigned long)"native" },
	{ "9.2", "ours", "Fallback: packets left to the interpreter", column, .p = "Fallback",
	  .a = 0 },
	{ "9.2", "ours", "Dunread: packets dropped because nobody reads", column, .p = "Dunread",
	  .a = 2 },
	{ "9.2", "FreeBSD", "Flags of a fresh descriptor: source address filled in, both directions",
	  no_flags },
	FLAG(0, 'p', "p, promiscuous", BIOCPROMISC, NULL),
	FLAG(1, 'i', "i, immediate", BIOCIMMEDIATE, NULL),
	FLAG(2, '-', "no f, header complete", BIOCSHDRCMPLT, NULL),
	FLAG(3, '-', "-, direction in", BIOCSDIRECTION, &dir_in),
	FLAG(3, 's', "s, direction inout", BIOCIMMEDIATE, NULL),
	FLAG(3, 'o', "o, direction out", BIOCSDIRECTION, &dir_out),
	FLAG(4, 'b', "b, feedback", BIOCFEEDBACK, NULL),
	FLAG(5, 'a', "a, signals on", FIOASYNC, NULL),
	FLAG(6, 'l', "l, locked", BIOCLOCK, NULL),
	FLAG(8, 'h', "h, drops the head", BIOCSHEADDROP, NULL),
};

SECTION(stats, "statistics");
