// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Filters of libpcap that change: between packets of a file, in the program's memory,
 * in several threads.  bpf_filter(), which always interprets, says what is right.
 * Prints what is wrong, at the end a line with counts.  Usage: pcap_filter FILE
 */
#include <pcap/pcap.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST	4000
#define THREADS	3

static const char *const expressions[] = {
	"tcp port 80",
	"ip6 protochain 17",
	"host 10.0.0.1 or host 11.1.1.2 or host 192.168.0.7 or host 12.2.2.3 or port 53 or port 22 or len % 7 == 3",
	"host 10.0.0.1 or host 11.1.1.2 or host 192.168.0.7 or host 12.2.2.3 or port 53 or port 25 or len % 7 == 3",
	"",
	"greater 90 and not arp",
};

#define EXPRESSIONS	(sizeof(expressions) / sizeof(expressions[0]))

static struct pcap_pkthdr heads[MOST];
static const u_char *packets[MOST];
static unsigned int count;
static struct bpf_program programs[EXPRESSIONS];
static unsigned long wrong, accepted;

static pcap_t *open_file(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, why);

	if (!p) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	return p;
}

static void compile(pcap_t *p, const char *expression, struct bpf_program *prog)
{
	if (pcap_compile(p, prog, expression, 1, PCAP_NETMASK_UNKNOWN)) {
		pcap_perror(p, expression);
		exit(1);
	}
}

static void read_all(const char *path)
{
	pcap_t *p = open_file(path);
	struct pcap_pkthdr *head;
	const u_char *data;
	u_char *copy;
	size_t i;

	for (i = 0; i < EXPRESSIONS; i++)
		compile(p, expressions[i], &programs[i]);
	while (count < MOST && pcap_next_ex(p, &head, &data) == 1) {
		copy = malloc(head->caplen + 1);
		memcpy(copy, data, head->caplen);
		heads[count] = *head;
		packets[count++] = copy;
	}
	pcap_close(p);
}

static int right(const struct bpf_program *prog, unsigned int i)
{
	return bpf_filter(prog->bf_insns, packets[i], heads[i].len, heads[i].caplen) != 0;
}

/* The same of a packet cut off anywhere. */
static int cut_right(const struct bpf_program *prog, unsigned int i)
{
	struct pcap_pkthdr head = heads[i];

	head.caplen = head.caplen * (i % 64) / 64;
	return !!pcap_offline_filter(prog, &head, packets[i]) ==
	       !!bpf_filter(prog->bf_insns, packets[i], head.len, head.caplen);
}

struct expected {
	unsigned int next;
	const struct bpf_program *prog;
};

/* A packet of the file: the first one that the filter is for, from where we are. */
static void saw(u_char *user, const struct pcap_pkthdr *head, const u_char *data)
{
	struct expected *e = (void *)user;

	while (e->next < count && !right(e->prog, e->next))
		e->next++;
	if (e->next == count || memcmp(data, packets[e->next], head->caplen))
		wrong++;
	else
		e->next++;
	accepted++;
}

/* Another filter after each 30 packets that match. */
static void change_of_file(const char *path)
{
	struct expected e = { 0, NULL };
	pcap_t *p = open_file(path);
	size_t i = 0;

	do {
		e.prog = &programs[i++ % EXPRESSIONS];
		if (pcap_setfilter(p, (struct bpf_program *)e.prog)) {
			pcap_perror(p, "pcap_setfilter");
			exit(1);
		}
	} while (pcap_dispatch(p, 30, saw, (u_char *)&e) > 0);
	pcap_close(p);
}

static unsigned long offline(const struct bpf_program *prog, unsigned int rounds)
{
	unsigned long bad = 0;
	unsigned int i, n;

	for (n = 0; n < rounds; n++)
		for (i = 0; i < count; i++)
			bad += !!pcap_offline_filter(prog, &heads[i], packets[i]) != right(prog, i) ||
			       !cut_right(prog, i);
	return bad;
}

/* The third and the fourth have as many instructions, in the same place. */
static void change_of_memory(void)
{
	size_t size = programs[2].bf_len * sizeof(struct bpf_insn);
	struct bpf_program prog = { programs[2].bf_len, malloc(size) };
	unsigned int i;

	if (programs[3].bf_len != programs[2].bf_len) {
		fprintf(stderr, "not of the same length\n");
		exit(1);
	}
	for (i = 0; i < 6; i++) {
		memcpy(prog.bf_insns, programs[2 + i % 2].bf_insns, size);
		wrong += offline(&prog, 1);
	}
	free(prog.bf_insns);
}

static void *thread(void *number)
{
	unsigned long bad = 0;
	size_t i;

	for (i = 0; i < 2 * EXPRESSIONS; i++)
		bad += offline(&programs[(i + (size_t)number) % EXPRESSIONS], 1);
	return (void *)bad;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	void *bad;
	size_t i;

	if (argc != 2)
		return 2;
	read_all(argv[1]);
	for (i = 0; i < 3; i++)
		change_of_file(argv[1]);
	change_of_memory();
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, thread, (void *)i);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &bad);
		wrong += (unsigned long)bad;
	}
	for (i = 0; i < EXPRESSIONS; i++)
		pcap_freecode(&programs[i]);
	for (i = 0; i < count; i++)
		free((void *)packets[i]);
	printf("%u packets, %lu wrong\n", count, wrong);
	return !accepted || wrong;
}
