// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * bpfstat on real descriptors: counts that are known, waiting for packets, closes
 * and resets that happen, rates of real traffic, other network namespaces.  What
 * it does with any text at all is tested on the host; build/bpfstat has to be there.
 */
#include "bpf.h"
#include <sys/prctl.h>

#define BPFSTAT "build/bpfstat"
#define HEADING "  Pid  Netif   Flags      Recv      Drop     Match Sblen Hblen Command\n"

static char out[16384];		/* what bpfstat said */
static uint32_t serial;

/* Runs it to its end; its exit status. */
__attribute__((format(printf, 1, 2)))
static int bpfstat(const char *fmt, ...)
{
	char cmd[512] = BPFSTAT " ";
	size_t len = strlen(cmd);
	va_list ap;
	FILE *pipe;
	int status;

	va_start(ap, fmt);
	vsnprintf(cmd + len, sizeof(cmd) - len, fmt, ap);
	va_end(ap);
	pipe = popen(cmd, "r");
	if (!pipe)
		must(-1);
	out[fread(out, 1, sizeof(out) - 1, pipe)] = '\0';
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool said(const char *text)
{
	if (strstr(out, text))
		return true;
	printf("# not in it: %s\n%s", text, out);
	return false;
}

/* A line of the table, in FreeBSD's widths; this process's. */
__attribute__((format(printf, 2, 3)))
static void line(char *to, const char *fmt, ...)
{
	va_list ap;

	to += strlen(to);
	to += sprintf(to, "%5d ", getpid());
	va_start(ap, fmt);
	to += vsprintf(to, fmt, ap);
	va_end(ap);
	strcpy(to, " bpfstat\n");
}

/* Sends n frames of 60 bytes, which every descriptor on the interface sees. */
static void traffic(int fd, unsigned int n)
{
	while (n--)
		frame_send(fd, 60, serial++);
}

/* A descriptor that sends and, since nothing comes in, sees nothing. */
static int writer(const char *ifname)
{
	int fd = bpf_on(ifname, 0);

	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_IN));
	return fd;
}

/* Starts it in the background; *from is its standard output. */
static pid_t start(FILE **from, const char *args)
{
	char cmd[256];
	int fds[2];
	pid_t pid;

	snprintf(cmd, sizeof(cmd), "exec " BPFSTAT " %s", args);
	must(pipe2(fds, O_CLOEXEC));
	pid = must(fork());
	if (!pid) {
		dup2(fds[1], 1);
		execl("/bin/sh", "sh", "-c", cmd, NULL);
		_exit(127);
	}
	close(fds[1]);
	*from = fdopen(fds[0], "r");
	return pid;
}

static int ended(pid_t pid, FILE *from)
{
	int status = -1;

	if (guarded(waitpid(pid, &status, 0)) < 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	fclose(from);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Has it looked in vain, and does it sleep until it looks again? */
static bool asleep(pid_t pid)
{
	char path[64], text[128];

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	return strtol(file_get(path, text, sizeof(text)), NULL, 10) == SYS_clock_nanosleep;
}

static void known_counts(int w)
{
	int all = bpf_on("d0", 0), small = bpf_on("d0", 200), none = bpf_open(O_RDWR);
	unsigned int store = 9 * RECORD_SIZE(60) + 26 + 60, two = RECORD_SIZE(60) + 26 + 60;
	char want[1024] = HEADING;

	must(ioctl(all, BIOCPROMISC));
	must(bpf_set(small, BIOCIMMEDIATE, 1));
	must(bpf_set(small, BIOCSDIRECTION, BPF_D_OUT));
	traffic(w, 10);
	/* the small one's buffers of 200 bytes take two records each */
	line(want, "    d0 -------         0         0         0     0     0");
	line(want, "    d0 p-fs---        10         0        10 %5u     0", store);
	line(want, "    d0 -ifo---        10         6        10 %5u %5u", two, two);
	line(want, "     - --fs---         0         0         0     0     0");
	is_ret(bpfstat("2>&1"), 0, "shows the table");
	if (!ok(!strcmp(out, want), "in FreeBSD's layout, with the counts that are known"))
		printf("# got:\n%s# expected:\n%s", out, want);
	is_ret(bpfstat("-v -I - 2>&1"), 0, "all columns");
	ok(said(" Bufsize ") && said(" Dlt ") && said(" Wcount ") && said(" Tstamp "),
	   "with those that FreeBSD has not");
	is_ret(bpfstat("-j -i 0.01 -c 1 -I d0 2>&1"), 0, "JSON");
	ok(said("\"recv\":10,\"drop\":6,\"match\":10,\"sblen\":174,\"hblen\":174,\"bufsize\":200,\"dlt\":1,"),
	   "with the counts as numbers");
	ok(said("\"promiscuous\":false,\"immediate\":true,\"header_complete\":false,\"direction\":\"out\","),
	   "and the flags as booleans");
	ok(said("\"wcount\":10,\"wmatch\":10,\"wdrop\":0,"), "and the writer's counts");
	close(all);
	close(small);
	close(none);
}

/* A name of a process is any bytes but a null one. */
static void names(void)
{
	char old[16];
	int fd;

	prctl(PR_GET_NAME, old);
	prctl(PR_SET_NAME, "a\nb \033[31m\xff");
	fd = bpf_open(O_RDWR);
	is_ret(bpfstat("-I - 2>&1"), 0, "a name of a process does not break the table");
	ok(!strncmp(out, HEADING, strlen(HEADING)) && !strpbrk(out, "\033\xff") &&
	   strchr(out + strlen(HEADING), '\n') == out + strlen(out) - 1,
	   "it is in one line, and harmless to a terminal");
	printf("# %s", out + strlen(HEADING));
	prctl(PR_SET_NAME, old);
	close(fd);
}

static void waiting(int w)
{
	int fd = bpf_on("d0", 0), other = bpf_on("d1", 0);
	FILE *from;
	pid_t pid;

	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_OUT));
	traffic(w, 9);
	is_ret(bpfstat("-I d0 -w 'recv>=10' -t 0.2 2>&1"), 1, "nine packets are not ten");
	ok(said("bpfstat: recv>=10 did not come true within 0.2 s"), "it says what it waited for");
	pid = start(&from, "-I d0 -w 'recv>=10' -t 120");
	ok(wait_until(asleep(pid)), "it waits for the tenth");
	ok(waitpid(pid, NULL, WNOHANG) == 0, "and does not end before it has come");
	traffic(w, 1);
	is_ret(ended(pid, from), 0, "it ends when it has");

	must(bpf_set(other, BIOCIMMEDIATE, 1));
	is_ret(bpfstat("-w 'hblen>0' -t 0 2>&1"), 1, "no hold buffer");
	traffic(w, 50);
	is_ret(bpfstat("-w 'hblen>0' -t 0 2>&1"), 0, "a hold buffer");
	is_ret(bpfstat("-I d1 -w 'hblen>0' -t 0 2>&1"), 1, "not on another interface");

	pid = start(&from, "-I d1 -w 'count==0' -t 120");
	ok(wait_until(asleep(pid)), "it waits for the last close");
	close(other);
	is_ret(ended(pid, from), 0, "it sees the close");
	close(fd);
}

/* A member's number in a line of JSON; -1 for null. */
static double member(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	if (!at)
		must(-1);
	at += strlen(name);
	return strncmp(at, "null", 4) ? strtod(at, NULL) : -1;
}

/* The descriptor that sees what goes out; the writer stands before it. */
static const char *listener(const char *text)
{
	const char *at = strstr(text, "\"direction\":\"out\"");

	if (!at)
		must(-1);
	return at;
}

static void rates(int w)
{
	int fd = bpf_on("d0", 0);
	double recv = 0, grown = 0, rate = 0;
	bool sane = true;
	FILE *from;
	pid_t pid;

	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_OUT));
	must(bpf_snap(fd, BIOCSETF, 0));
	traffic(w, 7);
	pid = start(&from, "-j -i 0.2 -I d0");
	for (int n = 0; recv < 57 && fgets(out, sizeof(out), from); n++) {
		const char *last = listener(out);

		recv = member(last, "\"recv\":");
		rate = member(last, "\"recv_per_s\":");
		if (!n) {
			ok(recv == 7 && rate == -1, "the first sample has no rate");
			traffic(w, 50);
			continue;
		}
		grown += rate * member(out, "\"elapsed\":");
		sane &= rate >= 0 && member(last, "\"drop_per_s\":") == 0 &&
			member(last, "\"match_per_s\":") == 0;
	}
	ok(rate > 0, "packets that come have a rate: %g/s", rate);
	if (!ok(grown > 49.99 && grown < 50.01, "rate times time is their number"))
		printf("# %g\n", grown);
	ok(sane, "packets that the filter refuses do not match");

	must(ioctl(fd, BIOCFLUSH));
	while (recv && fgets(out, sizeof(out), from)) {
		recv = member(listener(out), "\"recv\":");
		rate = member(listener(out), "\"recv_per_s\":");
	}
	ok(!recv && rate == -1, "counters that were reset have no rate");
	if (fgets(out, sizeof(out), from))
		rate = member(listener(out), "\"recv_per_s\":");
	ok(rate == 0, "until the next sample");
	kill(pid, SIGTERM);
	fclose(from);
	guarded(waitpid(pid, NULL, 0));
	close(fd);
}

static void namespaces(void)
{
	int ours = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)), theirs, fd;

	sh("ip netns add bpfstat && ip -n bpfstat link add t0 up type dummy");
	theirs = must(open("/run/netns/bpfstat", O_RDONLY | O_CLOEXEC));
	is_ret(bpfstat("-n bpfstat -w 'count==0' -t 0 2>&1"), 0, "nobody in another namespace");
	must(setns(theirs, CLONE_NEWNET));
	fd = bpf_on("t0", 0);
	must(setns(ours, CLONE_NEWNET));
	is_ret(bpfstat("2>&1"), 0, "the own namespace");
	ok(!strstr(out, " t0 ") && strstr(out, " d0 "), "shows its descriptors");
	is_ret(bpfstat("-n bpfstat 2>&1"), 0, "another one by its name");
	ok(strstr(out, " t0 ") && !strstr(out, " d0 "), "shows its own");
	is_ret(bpfstat("-n /proc/$PPID/fd/%d 2>&1", theirs), 0, "by a path");
	ok(strstr(out, " t0 ") && !strstr(out, " d0 "), "it is the same");
	close(fd);
	is_ret(bpfstat("-n bpfstat 2>&1"), 0, "after the close");
	ok(!strcmp(out, HEADING), "nobody");
	close(theirs);
	close(ours);
	sh("ip netns del bpfstat");
	is_ret(bpfstat("-n bpfstat 2>&1"), 3, "a namespace that is gone");
	ok(said("bpfstat: no network namespace bpfstat: "), "is named");
}

/* A program of every form of instruction that jumps or loads; not what is optimal. */
static struct bpf_insn arp_or_short[] = {
	BPF_STMT(BPF_LD + BPF_H + BPF_ABS, 12),
	BPF_JUMP(BPF_JMP + BPF_JEQ + BPF_K, 0x806, 2, 0),
	BPF_STMT(BPF_LD + BPF_W + BPF_LEN, 0),
	BPF_JUMP(BPF_JMP + BPF_JGT + BPF_K, 4294967295U, 1, 0),
	BPF_STMT(BPF_RET + BPF_K, 96),
	BPF_STMT(BPF_RET + BPF_K, 0),
};

#define ARP_OR_SHORT "(000) ldh      [12]\n" \
	"(001) jeq      #0x806           jt 4\tjf 2\n" \
	"(002) ld       #pktlen\n" \
	"(003) jgt      #0xffffffff      jt 5\tjf 4\n" \
	"(004) ret      #96\n" \
	"(005) ret      #0\n"

/* The longest filter there is, of which each instruction is another one. */
static void longest(int fd)
{
	static struct bpf_insn insns[4096];
	struct bpf_program all = { ARRAY_SIZE(insns), insns };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(insns); i++)
		insns[i] = (struct bpf_insn)BPF_STMT(BPF_LD + BPF_IMM, i);
	insns[i - 1] = (struct bpf_insn)BPF_STMT(BPF_RET + BPF_A, 0);
	must(ioctl(fd, BIOCSETF, &all));
	/* each number in its place: which ld has which constant */
	is_ret(bpfstat("-f -I d1 | awk '$2 == \"ld\" && $3 == sprintf(\"#0x%%x\", substr($1, 2) + 0) { n++ }"
		       " END { print n, NR }'"), 0, "the longest filter");
	ok(said("4095 4101\n"), "is all there");
}

static void filters(void)
{
	struct bpf_program prog = { ARRAY_SIZE(arp_or_short), arp_or_short };
	int fd = bpf_on("d1", 0), none = bpf_open(O_RDWR);
	char *at;

	must(ioctl(fd, BIOCSETF, &prog));
	must(bpf_snap(fd, BIOCSETWF, 7));
	is_ret(bpfstat("-f -I d1 2>&1"), 0, "filters are shown");
	at = strstr(out, "read filter: 6 instructions, ");
	ok(at && !strncmp(strchr(at, '\n') + 1, ARP_OR_SHORT, strlen(ARP_OR_SHORT)) &&
	   strstr(at, ARP_OR_SHORT "write filter: 1 instruction\n(000) ret      #7\n"),
	   "as they were set");
	printf("# %s\n", at ?: out);
	is_ret(bpfstat("-f -I - 2>&1"), 0, "also of who has none");
	ok(said("read filter: none, every packet passes\n"), "which is said");
	must(bpf_snap(fd, BIOCSETF, 1));
	is_ret(bpfstat("-f -I d1 2>&1"), 0, "another one");
	ok(said("read filter: 1 instruction, ") && said("(000) ret      #1\n"), "is shown instead");
	longest(fd);
	close(fd);
	close(none);
}

/* Who may not: nobody, and who is root without the right to configure networks. */
static void filters_refused(void)
{
	int ours = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)), fd;

	sh("cp " BPFSTAT " /run/bpfstat && chmod 755 /run/bpfstat");
	is_ret(bpfstat("-V; setpriv --reuid=65534 --clear-groups /run/bpfstat -f 2>&1"), 3,
	       "filters are not for everybody");
	ok(said("bpfstat: cannot read /proc/net/bpf_filter: Permission denied"), "who is told so");
	is_ret(bpfstat("-V; setpriv --bounding-set=-net_admin --inh-caps=-net_admin /run/bpfstat -f 2>&1"),
	       3, "nor for root without CAP_NET_ADMIN");
	ok(said("bpfstat: cannot read /proc/net/bpf_filter: Operation not permitted"),
	   "who is told so");
	sh("rm /run/bpfstat");

	fd = bpf_on("d1", 0);
	must(unshare(CLONE_NEWNET));
	is_ret(bpfstat("-f 2>&1"), 0, "another namespace");
	ok(!strcmp(out, HEADING), "does not show ours");
	must(setns(ours, CLONE_NEWNET));
	is_ret(bpfstat("-f -I d1 2>&1"), 0, "ours");
	ok(said(" d1 ") && said("read filter: none"), "does");
	close(fd);
	close(ours);
}

static void permission(void)
{
	/* it has to be where nobody may go */
	sh("cp " BPFSTAT " /run/bpfstat && chmod 755 /run/bpfstat");
	is_ret(bpfstat("-V; setpriv --reuid=65534 --clear-groups /run/bpfstat 2>&1"), 3,
	       "not everybody may know");
	ok(said("bpfstat: cannot read /proc/net/bpf: Permission denied: who listens is for root to know\n"),
	   "and is told so");
	sh("rm /run/bpfstat");
}

int main(void)
{
	int w;

	if (access(BPFSTAT, X_OK)) {
		printf("Bail out! no " BPFSTAT ": run make tools\n");
		return 1;
	}
	private_net();
	sh("ip link add d0 up type dummy && ip link add d1 up type dummy");
	w = writer("d0");
	known_counts(w);
	names();
	waiting(w);
	rates(w);
	namespaces();
	permission();
	filters();
	filters_refused();
	return tap_done();
}
