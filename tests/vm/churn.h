/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Interfaces s0 to s6 that come, go, change and move between two namespaces, by
 * chance.  Include bpf.h first.  Knows nothing of descriptors.
 */
#ifndef VM_CHURN_H
#define VM_CHURN_H

#include <sys/prctl.h>

#define NAMES	7		/* interfaces s0 ... */

static inline uint32_t pick(uint64_t *random, uint32_t n)
{
	/* xorshift64 */
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (*random >> 11) % n;
}

/* One command for ip(8).  What is impossible just now fails, and that is fine. */
static inline void link_command(uint64_t *random, FILE *ip, pid_t target)
{
	unsigned int a = pick(random, NAMES), b = pick(random, NAMES);

	switch (pick(random, 12)) {
	case 0: fprintf(ip, "link add s%u type veth peer name s%u netns %d\n", a, b, target); break;
	case 1: fprintf(ip, "link add s%u link s%u type vlan id %u\n", a, b, 1 + a); break;
	case 2: fprintf(ip, "link del s%u\n", a); break;
	case 3: fprintf(ip, "link set s%u down\nlink set s%u name s%u\n", a, a, b); break;
	case 4: fprintf(ip, "link set s%u mtu %u\n", a, 68 + pick(random, 9000)); break;
	case 5: fprintf(ip, "link set s%u netns %d\n", a, target); break;
	case 6:
	case 7: fprintf(ip, "link add s%u type veth peer name s%u\n", a, b); break;
	default: fprintf(ip, "link add s%u type dummy\nlink set s%u up\n", a, a); break;
	}
	fprintf(ip, "link set s%u up\n", b);
}

/* Changes interfaces twenty times; those that leave go to the target's namespace. */
static inline void change_links(uint64_t *random, pid_t target)
{
	FILE *ip = popen("exec ip -force -batch - 2>/dev/null", "w");

	for (int i = 0; i < 20; i++)
		link_command(random, ip, target);
	pclose(ip);
}

/* A process that keeps a namespace of its own until it is killed. */
static inline pid_t namespace_start(void)
{
	int ready[2];
	pid_t other;
	char c;

	must(pipe(ready));
	other = must(fork());
	if (!other) {
		must(prctl(PR_SET_PDEATHSIG, SIGKILL));
		must(unshare(CLONE_NEWNET));
		must(write(ready[1], "r", 1));
		for (;;)
			pause();
	}
	must(read(ready[0], &c, 1));
	close(ready[0]);
	close(ready[1]);
	return other;
}

#endif /* VM_CHURN_H */
