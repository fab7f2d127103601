// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * BIOCSFANOUT: each packet of the interface goes to one member of the group, and
 * to every descriptor outside of it.  Who gets it is up to the mode.
 */
#include "bpf.h"

#include <netinet/in.h>

#define MEMBERS 3
#define FLOWS 64
#define LEN 60

static int sender, members[MEMBERS], outside;

static int fanout(int fd, uint32_t group, uint32_t mode)
{
	struct bpf_fanout fanout = { group, mode };

	return ioctl(fd, BIOCSFANOUT, &fanout);
}

/* A UDP datagram of a flow, in one of its directions. */
static void send_flow(int flow, bool back)
{
	uint8_t f[LEN] = {
		2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0,
		0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0,
		192, 0, 2, 1, 192, 0, 2, 1, 0, 0, 0, 0, 0, 26,
	};

	f[back ? 29 : 33] = 2 + flow % 200;
	f[back ? 36 : 34] = 0x10;
	f[back ? 37 : 35] = flow;
	f[back ? 34 : 36] = 0x20;
	must(write(sender, f, sizeof(f)));
}

static unsigned int recv_of(int fd)
{
	return bpf_stats(fd).bs_recv;
}

/* Which member has got one packet more than before; -1 if it is not just one. */
static int who(unsigned int *seen)
{
	int got = -1, n = 0;

	for (int i = 0; i < MEMBERS; i++) {
		unsigned int now = recv_of(members[i]);

		n += now - seen[i];
		if (now != seen[i])
			got = i;
		seen[i] = now;
	}
	return n == 1 ? got : -1;
}

static void group_open(uint32_t mode, unsigned int blen)
{
	for (int i = 0; i < MEMBERS; i++) {
		members[i] = bpf_on("d0", blen);
		must(fanout(members[i], 7, mode));
	}
}

static void group_close(void)
{
	for (int i = 0; i < MEMBERS; i++)
		close(members[i]);
}

static void by_hash(void)
{
	unsigned int seen[MEMBERS] = {}, of[MEMBERS] = {};
	int one = 0, same = 0, busy = 0;

	group_open(BPF_FANOUT_HASH, 65536);
	must(ioctl(outside, BIOCFLUSH));
	for (int flow = 0; flow < FLOWS; flow++) {
		int first, back, again;

		send_flow(flow, false);
		first = who(seen);
		send_flow(flow, true);
		back = who(seen);
		send_flow(flow, false);
		again = who(seen);
		one += first >= 0 && back >= 0 && again >= 0;
		same += first == back && first == again;
		if (first >= 0)
			of[first]++;
	}
	ok(one == FLOWS, "hash: each packet goes to one member");
	ok(same == FLOWS, "hash: all of a flow, both directions, to the same one");
	for (int i = 0; i < MEMBERS; i++)
		busy += of[i] > 0;
	if (!ok(busy == MEMBERS, "hash: no member is left out"))
		printf("# %u %u %u\n", of[0], of[1], of[2]);
	ok(recv_of(outside) == 3 * FLOWS, "who is in no group sees all packets");
	group_close();
}

static void by_turn(void)
{
	unsigned int seen[MEMBERS] = {};
	int last = -1, in_turn = 0;

	group_open(BPF_FANOUT_RR, 65536);
	for (int i = 0; i < 10 * MEMBERS; i++) {
		int got;

		send_flow(1, false);
		got = who(seen);
		in_turn += got >= 0 && (last < 0 || got == (last + 1) % MEMBERS);
		last = got;
	}
	ok(in_turn == 10 * MEMBERS, "round robin: one after the other");
	ok(recv_of(members[0]) == 10 && recv_of(members[2]) == 10,
	   "round robin: each has a third");

	/* one leaves: the others share */
	close(members[1]);
	for (int i = 0; i < 10; i++)
		send_flow(1, false);
	ok(recv_of(members[0]) == 15 && recv_of(members[2]) == 15,
	   "who closes leaves his part to the others");
	must(fanout(members[0], 7, BPF_FANOUT_NONE));
	for (int i = 0; i < 10; i++)
		send_flow(1, false);
	ok(recv_of(members[0]) == 25 && recv_of(members[2]) == 25,
	   "who leaves sees all packets again, and so does who is left alone");
	must(fanout(members[0], 7, BPF_FANOUT_RR));
	for (int i = 0; i < 10; i++)
		send_flow(1, false);
	ok(recv_of(members[0]) == 30 && recv_of(members[2]) == 30, "and can come back");
	close(members[0]);
	close(members[2]);
}

static void by_cpu(void)
{
	unsigned int seen[MEMBERS] = {};
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), right = 0;
	cpu_set_t set, all;

	must(sched_getaffinity(0, sizeof(all), &all));
	group_open(BPF_FANOUT_CPU, 65536);
	for (int cpu = 0; cpu < cpus; cpu++) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		must(sched_setaffinity(0, sizeof(set), &set));
		for (int i = 0; i < 5; i++) {
			send_flow(i, false);
			right += who(seen) == cpu % MEMBERS;
		}
	}
	must(sched_setaffinity(0, sizeof(all), &all));
	ok(cpus > 1 && right == 5 * cpus, "by processor, of which there are %d", cpus);
	group_close();
}

static void by_room(void)
{
	/* two records in each buffer */
	const unsigned int blen = 2 * RECORD_SIZE(LEN);
	unsigned int seen[MEMBERS] = {};
	static char buf[4096];
	int right = 0;

	group_open(BPF_FANOUT_ROLLOVER, blen);
	for (int i = 0; i < 4 * MEMBERS; i++) {
		send_flow(i, false);
		right += who(seen) == i / 4;
	}
	ok(right == 4 * MEMBERS, "rollover: one until it is full, then the next");
	send_flow(0, false);
	ok(who(seen) >= 0, "with all of them full one has to drop");
	ok(bpf_stats(members[0]).bs_drop + bpf_stats(members[1]).bs_drop +
	   bpf_stats(members[2]).bs_drop == 1, "and counts it");
	is_ret(read(members[1], buf, blen), 2 * RECORD_SIZE(LEN) - 2,
	       "the second has two records to read");
	send_flow(0, false);
	ok(who(seen) == 1, "and gets the next packet");
	group_close();
}

static void errors(void)
{
	struct bpf_fanout is = { 1, 1 };
	int fd = bpf_open(O_RDWR), other = bpf_on("d0", 0), many[257];
	int i;

	is_errno(fanout(fd, 1, BPF_FANOUT_RR), EINVAL, "without an interface");
	must(bpf_setif(fd, "d0"));
	is_errno(fanout(fd, 1, 5), EINVAL, "a mode that there is not");
	is_errno(fanout(fd, 1, BPF_FANOUT_NONE), EINVAL, "leaving no group");
	is_ret(ioctl(fd, BIOCGFANOUT, &is), 0, "BIOCGFANOUT");
	ok(!is.bfo_group && !is.bfo_mode, "says none");
	is_ret(fanout(fd, 9, BPF_FANOUT_RR), 0, "the first one makes the group");
	is_ret(ioctl(fd, BIOCGFANOUT, &is), 0, "BIOCGFANOUT");
	ok(is.bfo_group == 9 && is.bfo_mode == BPF_FANOUT_RR, "says which");
	is_errno(fanout(fd, 10, BPF_FANOUT_RR), EINVAL, "in two groups");
	is_errno(fanout(other, 9, BPF_FANOUT_HASH), EINVAL, "in another mode than the group");
	is_ret(fanout(other, 10, BPF_FANOUT_HASH), 0, "two groups on an interface");
	must(bpf_setif(fd, "d1"));
	must(ioctl(fd, BIOCGFANOUT, &is));
	ok(!is.bfo_mode, "another interface ends it");
	is_ret(fanout(fd, 10, BPF_FANOUT_RR), 0,
	       "the same number on another interface is another group");
	close(other);
	close(fd);
	for (i = 0; i < 257; i++) {
		many[i] = bpf_on("d1", 64);
		if (fanout(many[i], 3, BPF_FANOUT_RR))
			break;
	}
	ok(i == 256 && errno == ENOBUFS, "256 members, and no more");
	for (; i >= 0; i--)
		close(many[i]);
}

int main(void)
{
	private_net();
	sh("ip link add d0 type dummy && ip link set d0 up");
	sh("ip link add d1 type dummy && ip link set d1 up");
	sender = bpf_on("d0", 0);
	must(bpf_set(sender, BIOCSDIRECTION, BPF_D_IN));
	must(bpf_set(sender, BIOCSHDRCMPLT, 1));
	outside = bpf_on("d0", 0);

	errors();
	by_hash();
	by_turn();
	by_cpu();
	by_room();
	return tap_done();
}
