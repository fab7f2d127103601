// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The table of errors in bpf(4) and the driver say the same: every row of it is
 * provoked on the device, and nothing is provoked that has no row.
 *
 * A provoker is called twice: with true it makes the row's condition and then the
 * row's call, which must fail with the row's errno; with false it makes the same
 * call without the condition, which must succeed.  A row of the page that has no
 * provoker, and a provoker that has no row, is a failure: who changes one of them
 * must look at the other.  errno [PAGE] takes the table from another file.
 */
#include "bpf.h"
#include "call.h"
#include "errno_page.h"
#include "errno_calls.h"
#include "zcopy.h"
#include "fault.h"
#include "errno_any.h"
#include "errno_ioctls.h"
#include "errno_zbuf.h"
#include "errno_memory.h"

#include <linux/if_arp.h>
#include <linux/if_tun.h>

#define HEADINGS ".It Sy Call Ta Sy Error Ta Sy Condition"

static const char hook[] = "the kernels of the test machine have it";

static const struct provoker {
	const char *call;
	int err;
	const char *condition;		/* as the page has it */
	long (*provoke)(bool bad);
	const char *skip;		/* why there is none */
	bool always;			/* it never succeeds */
} provokers[] = {
#define ROW(c, e, text, f) { .call = c, .err = e, .condition = text, .provoke = f }
#define ALWAYS(c, e, text, f) \
	{ .call = c, .err = e, .condition = text, .provoke = f, .always = true }
#define SKIPPED(c, e, text, why) \
	{ .call = c, .err = e, .condition = text, .skip = why }
	ROW("open", EACCES, "The permissions of the device do not allow it.",
	    open_denied),
	ROW("open", ENOMEM, "There is no memory.",
	    open_starved),
	ROW("read", EBADF, "The descriptor was opened write-only.",
	    read_writeonly),
	ROW("read", EINVAL, "The length is not the buffer size; attached or not.",
	    read_length),
	ROW("read", EOPNOTSUPP, "The buffer mode is BPF_BUFMODE_ZBUF.",
	    read_shared),
	ROW("read", ENXIO, "No interface is attached.",
	    read_unattached),
	ROW("read", ENXIO, "The interface is gone, and what was buffered has been read.",
	    read_gone),
	ROW("read", EAGAIN, "The descriptor is non-blocking and nothing is buffered.",
	    read_nothing),
	ROW("read", EINTR, "A signal came before there was anything to return.",
	    read_signal),
	ROW("read", EFAULT, "The memory cannot be written; the packets stay for the next read.",
	    read_fault),
	ROW("write", EBADF, "The descriptor was opened read-only.",
	    write_readonly),
	ROW("write", ENXIO, "No interface is attached, or it is gone.",
	    write_unattached),
	ROW("write", ENETDOWN, "The interface is down.",
	    write_down),
	ROW("write", EIO, "Packets of the interface's link type cannot be written.",
	    write_type),
	ROW("write", EMSGSIZE, "The packet is shorter than its link header.",
	    write_short),
	ROW("write", EMSGSIZE, "The packet is longer than link header and MTU.",
	    write_long),
	ROW("write", EMSGSIZE, "The packet is longer than any that the kernel can put "
	    "together, whatever the MTU: 77504 bytes on Linux 6.1, more than 500000 on 6.12.",
	    write_beyond),
	ROW("write", ENOBUFS, "There is no memory.",
	    write_starved),
	ROW("write", EMSGSIZE, "In batch mode: the records are more than 16 MiB.",
	    write_batch_long),
	ROW("write", EFAULT, "The memory cannot be read.",
	    write_fault),
	ROW("write", EINVAL, "In batch mode: a record is malformed.",
	    write_malformed),
	ROW("write", EPERM, "The write filter refuses the packet.",
	    write_refused),
	ROW("write", ENOBUFS, "The interface's queue is full.",
	    write_queue),
	ALWAYS("lseek", ESPIPE, "Always.",
	       file_lseek),
	ALWAYS("pread", ESPIPE, "Always.",
	       file_pread),
	ALWAYS("pwrite", ESPIPE, "Always.",
	       file_pwrite),
	ROW("mmap", ENODEV, "The buffer mode is not BPF_BUFMODE_ZBUF.",
	    mmap_mode),
	ROW("mmap", EINVAL, "The offset is not 0, or the length is not that of both buffers.",
	    mmap_length),
	ROW("mmap", EINVAL, "The mapping is not shared, or the descriptor was opened read-only.",
	    mmap_private),
	ROW("mmap", EINVAL, "BIOCSETZBUF has set the buffers.",
	    mmap_set),
	ROW("mmap", EACCES, "The descriptor was opened write-only, or read-only and is mapped for writing.",
	    mmap_access),
	ROW("mmap", ENOMEM, "There is no memory.",
	    mmap_starved),
	ROW("ioctl", EINVAL, "There is no such command.",
	    any_unknown),
	ROW("ioctl", EPERM, "The descriptor is locked, and the command not one of those that remain, or none at all.",
	    any_locked),
	ROW("ioctl", EFAULT, "The argument cannot be read; whatever else is wrong.",
	    any_unreadable),
	ROW("ioctl", EFAULT, "The answer cannot be stored.",
	    any_unstorable),
	ROW("ioctl", ENOMEM, "There is no memory.",
	    ioctl_starved),
	ROW("ioctl", EINTR, "A signal came while another command on the descriptor was at work.",
	    any_interrupted),
	ROW("BIOCSBLEN", EINVAL, "An interface is attached.",
	    sblen_attached),
	ROW("BIOCSBLEN", EOPNOTSUPP, "There are zero-copy buffers.",
	    sblen_shared),
	ROW("BIOCSETBUFMODE", EINVAL, "There is no such mode.",
	    setbufmode_mode),
	ROW("BIOCSETBUFMODE", EINVAL, "The mode is BPF_BUFMODE_ZBUF, and net.bpf.zerocopy_enable is 0.",
	    setbufmode_off),
	ROW("BIOCSETBUFMODE", EBUSY, "There are buffers: they have been set, or an interface is or was attached.",
	    setbufmode_late),
	ROW("BIOCGETZMAX", EOPNOTSUPP, "The buffer mode is not BPF_BUFMODE_ZBUF.",
	    getzmax_mode),
	ROW("BIOCSETZBUF", EOPNOTSUPP, "The buffer mode is not BPF_BUFMODE_ZBUF.",
	    setzbuf_mode),
	ROW("BIOCSETZBUF", EBADF, "The descriptor was opened write-only.",
	    setzbuf_writeonly),
	ROW("BIOCSETZBUF", EINVAL, "An address is NULL or not that of a page, or the length is 0, not whole pages, or above that of BIOCGETZMAX.",
	    setzbuf_place),
	ROW("BIOCSETZBUF", EINVAL, "There are buffers.",
	    setzbuf_again),
	ROW("BIOCSETZBUF", EFAULT, "The memory cannot be written, or not be held for long.",
	    setzbuf_fault),
	SKIPPED("BIOCSETZBUF", ENOMEM, "The pages are more than RLIMIT_MEMLOCK allows.",
		"a case of its own does it without capabilities: zbuf_memory"),
	ROW("BIOCROTZBUF", EOPNOTSUPP, "The buffer mode is not BPF_BUFMODE_ZBUF.",
	    rotzbuf_mode),
	ROW("BIOCGETIFLIST", ENOSPC, "The names do not fit.",
	    getiflist_small),
	ROW("BIOCGETIFLIST", EFAULT, "bi_ubuf cannot be written.",
	    getiflist_fault),
	ROW("BIOCSETIF", ENXIO, "There is no such interface in the descriptor's namespace.",
	    setif_unknown),
	ROW("BIOCSETIF", ENXIO, "The name fills ifr_name and has no end.",
	    setif_endless),
	ROW("BIOCSETIF", ENXIO, "The interface's packets have no link type.",
	    setif_type),
	ROW("BIOCSETIF", EINVAL, "The buffer mode is BPF_BUFMODE_ZBUF, and there are no buffers.",
	    setif_bufferless),
	ROW("BIOCSETIF", ENOBUFS, "There is no memory for the buffers; smaller ones may do.",
	    setif_starved),
	ROW("BIOCGETIF", EINVAL, "No interface is attached.",
	    getif_unattached),
	ROW("SIOCGIFADDR", EINVAL, "No interface is attached.",
	    gifaddr_unattached),
	ROW("SIOCGIFADDR", EADDRNOTAVAIL, "The interface has no IPv4 address.",
	    gifaddr_none),
	ROW("BIOCPROMISC", EINVAL, "No interface is attached.",
	    promisc_unattached),
	ROW("BIOCGDLT", EINVAL, "No interface is attached.",
	    gdlt_unattached),
	ROW("BIOCGDLTLIST", EINVAL, "No interface is attached.",
	    gdltlist_unattached),
	ROW("BIOCGDLTLIST", ENOMEM, "The list is too short.",
	    gdltlist_short),
	ROW("BIOCGDLTLIST", EFAULT, "The list cannot be written.",
	    gdltlist_fault),
	ROW("BIOCSDLT", EINVAL, "No interface is attached.",
	    sdlt_unattached),
	ROW("BIOCSDLT", EINVAL, "The interface does not have this link type.",
	    sdlt_other),
#define PROGRAM(call, name)						\
	ROW(call, EINVAL, "The program is not valid.", name##_invalid),	\
	ROW(call, EINVAL, "The program is longer than net.bpf.maxinsns.", \
	    name##_long),						\
	ROW(call, EINVAL, "The program cannot be read.", name##_fault)
	PROGRAM("BIOCSETF", setf),
	PROGRAM("BIOCSETFNR", setfnr),
	PROGRAM("BIOCSETWF", setwf),
	ROW("BIOCSRTIMEOUT", EINVAL, "The time is negative, its microseconds are above 999999, or its seconds above 100000000.",
	    srtimeout_invalid),
	ROW("BIOCSWTIMEOUT", EINVAL, "The time is negative, its microseconds are above 999999, or it is above 300 seconds.",
	    swtimeout_invalid),
	ROW("BIOCGWTIMEOUT", ENXIO, "There is no wait timeout.",
	    gwtimeout_none),
	ROW("BIOCSDIRECTION", EINVAL, "The direction is none of the three.",
	    sdirection_other),
	ROW("BIOCSTSTAMP", EINVAL, "There is no such format.",
	    ststamp_format),
	ROW("BIOCSFILDROP", EINVAL, "The mode is none of the three.",
	    sfildrop_mode),
	ROW("BIOCSFILDROP", ENOBUFS, "There is no memory.",
	    sfildrop_starved),
	SKIPPED("BIOCSFILDROP", EOPNOTSUPP, "The kernel has no ingress hook of netfilter.",
		hook),
	ROW("BIOCSFANOUT", EINVAL, "There is no such mode, there is no interface, the group has another mode, or the descriptor is in a group already, or in none that it could leave.",
	    sfanout_invalid),
	ROW("BIOCSFANOUT", ENOBUFS, "The group has 256 members.",
	    sfanout_full),
	ROW("BIOCSFANOUT", ENOBUFS, "There is no memory.",
	    sfanout_starved),
	ROW("BIOCSHDRCMPLT", EINVAL, "It is to be switched off in batch mode.",
	    shdrcmplt_batch),
	ROW("BIOCSETVLANPCP", EINVAL, "The priority is above 7.",
	    setvlanpcp_high),
	ROW("BIOCSBATCHWRITE", EINVAL, "BIOCSHDRCMPLT is not on.",
	    sbatchwrite_hdrcmplt),
	ROW("BIOCSRSIG", EINVAL, "There is no such signal.",
	    srsig_high),
	ROW("FIOSETOWN", ESRCH, "There is no such process or process group.",
	    fiosetown_nobody),
	ROW("FIOSETOWN", EINVAL, "The number is the smallest of all, which has no opposite.",
	    fiosetown_smallest),
	ROW("TIOCSPGRP", EINVAL, "The number is the smallest of all, which has no opposite.",
	    tiocspgrp_smallest),
	ROW("TIOCSPGRP", ESRCH, "There is no such process or process group.",
	    tiocspgrp_nobody),
	ROW("net.bpf.bufsize", EINVAL, "The size is below 32 or above net.bpf.maxbufsize.",
	    sysctl_bufsize),
	ROW("net.bpf.maxbufsize", EINVAL, "The size is below 32 or above 16777216.",
	    sysctl_maxbufsize),
	ROW("net.bpf.maxinsns", EINVAL, "The length is 0 or above 4096.",
	    sysctl_maxinsns),
	ROW("net.bpf.optimize_writers", EINVAL, "The value is neither 0 nor 1.",
	    sysctl_writers),
	ROW("net.bpf.zerocopy_enable", EINVAL, "The value is neither 0 nor 1.",
	    sysctl_zerocopy),
	ROW("net.bpf.jit_enable", EINVAL, "The value is not 0, 1 or 2.",
	    sysctl_jit),
	ROW("net.bpf.jit_harden", EINVAL, "The value is not 0, 1 or 2.",
	    sysctl_harden),
	ROW("net.bpf.stats", EINVAL, "The value is not 0.",
	    sysctl_stats),
	ROW("net.bpf.*", EACCES, "The caller is not root.",
	    sysctl_denied),
	ROW("/proc/net/bpf", EACCES, "The caller is not root.",
	    proc_denied),
	ROW("/proc/net/bpf_filter", EACCES, "The caller is not root.",
	    filters_denied),
	ROW("/proc/net/bpf_filter", EPERM, "Who opened it had not the capability.",
	    filters_unable),
};

static bool belongs(const struct provoker *p, const struct page_row *row)
{
	return !strcmp(p->call, row->cell[0]) &&
	       !strcmp(strerrorname_np(p->err), row->cell[1]) &&
	       !strcmp(p->condition, row->cell[2]);
}

/* A hanging call ends with EINTR; its descriptors and threads' files are closed. */
static long provoke(const struct provoker *p, bool bad)
{
	long ret;
	int err;

	errno = 0;
	ret = guarded(p->provoke(bad));
	err = errno;
	close_range(3, ~0U, 0);
	errno = err;
	return ret;
}

static void test(const struct provoker *p)
{
	const char *name = strerrorname_np(p->err);
	long ret;

	if (p->skip) {
		ok(true, "%s %s: %s # SKIP %s", p->call, name, p->condition, p->skip);
		return;
	}
	lacking = NULL;
	ret = provoke(p, true);
	if (ret == UNPREPARED && lacking) {
		ok(true, "%s %s: %s # SKIP this kernel %s", p->call, name, p->condition, lacking);
		return;
	}
	if (!ok(ret == -1 && errno == p->err, "%s %s: %s", p->call, name,
		p->condition))
		printf("# it returned %ld (%s)\n", ret, strerror(errno));
	if (p->always)
		return;
	ret = provoke(p, false);
	if (!ok(ret >= 0, "%s: works otherwise", p->call))
		printf("# it returned %ld (%s)\n", ret, strerror(errno));
}

/* An interface of a hardware type that no packets have; it lasts as long as we. */
static void no_link_type(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = must(open("/dev/net/tun", O_RDWR));

	strcpy(ifr.ifr_name, name);
	must(ioctl(fd, TUNSETIFF, &ifr));
	must(ioctl(fd, TUNSETLINK, (long)ARPHRD_VOID));
}

static void network(void)
{
	private_net();
	sh("ip link add d0 type dummy && ip link add a0 type dummy && ip link add q0 type dummy");
	sh("ip link add c0 type vcan && ip link add big0 mtu 1000000 type dummy");
	no_link_type("n0");
	sh("ip address add 10.8.0.1/24 dev a0");
	if_up("d0");
	if_up("a0");
	if_up("q0");
	if_up("big0");
	if_up("c0");
	if_up("n0");
	/* a frame that is to be sent finds no room in it */
	sh("tc qdisc add dev q0 root pfifo limit 0");
}

int main(int argc, char **argv)
{
	static struct page_table table;
	static bool used[ARRAY_SIZE(provokers)];

	network();
	zcopy_allow(true);
	fault_prepare();
	page_read(argc > 1 ? argv[1] : PAGE, HEADINGS, 3, &table);
	for (int i = 0; i < table.count; i++) {
		const struct page_row *row = &table.rows[i];
		size_t j = 0;

		while (j < ARRAY_SIZE(provokers) && !belongs(&provokers[j], row))
			j++;
		if (j < ARRAY_SIZE(provokers) && !used[j]) {
			used[j] = true;
			test(&provokers[j]);
		} else {
			ok(false, "the page's row has a provoker: %s %s: %s",
			   row->cell[0], row->cell[1], row->cell[2]);
		}
	}
	for (size_t j = 0; j < ARRAY_SIZE(provokers); j++)
		if (!used[j])
			ok(false, "the provoker has a row in the page: %s %s: %s",
			   provokers[j].call, strerrorname_np(provokers[j].err),
			   provokers[j].condition);
	return tap_done();
}
