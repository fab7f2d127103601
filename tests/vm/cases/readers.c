// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Several processes read from one descriptor: each record reaches exactly one
 * of them, whole, and in order.
 */
#include "bpf.h"

#define BLEN 4096
#define READERS 3
#define PACKETS 1500

static struct shared {
	int seen[PACKETS];	/* how often each packet was read */
	int reads[READERS];
	int wrong;		/* records that are out of order or damaged */
} *shared;

/* Frames of all lengths, all of whose bytes depend on the serial number. */
static size_t length_of(uint32_t serial)
{
	return FRAME_MIN + serial % 97;
}

static void judge(const struct bpf_hdr *rec, long *last)
{
	uint32_t serial = frame_serial(record_data(rec));
	uint8_t frame[256];

	if (serial >= PACKETS || (long)serial <= *last ||
	    rec->bh_caplen != length_of(serial) || rec->bh_datalen != rec->bh_caplen) {
		__atomic_add_fetch(&shared->wrong, 1, __ATOMIC_RELAXED);
		return;
	}
	frame_make(frame, rec->bh_caplen, serial);
	if (memcmp(record_data(rec), frame, rec->bh_caplen))
		__atomic_add_fetch(&shared->wrong, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&shared->seen[serial], 1, __ATOMIC_RELAXED);
	*last = serial;
}

static void reader(int fd, int me)
{
	char buf[BLEN];
	long last = -1;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) >= 0) {
		const struct bpf_hdr *rec = NULL;

		shared->reads[me] += n > 0;
		while (n && (rec = record_next(buf, n, rec)))
			judge(rec, &last);
	}
	_exit(n != -1 || errno != ENXIO);
}

static bool all_seen(void)
{
	for (int i = 0; i < PACKETS; i++)
		if (!__atomic_load_n(&shared->seen[i], __ATOMIC_RELAXED))
			return false;
	return true;
}

static void run(bool immediate)
{
	int fd = bpf_on("d0", BLEN), out = bpf_open(O_WRONLY);
	int once = 0, busy = 0, clean = 0, status;
	const char *mode = immediate ? "immediate" : "by timeout";
	pid_t child[READERS];

	must(bpf_setif(out, "d0"));
	must(bpf_set(out, BIOCSHDRCMPLT, 1));
	memset(shared, 0, sizeof(*shared));
	if (immediate)
		must(bpf_set(fd, BIOCIMMEDIATE, 1));
	else
		must(bpf_timeout_ms(fd, 20));
	for (int i = 0; i < READERS; i++)
		if (!(child[i] = must(fork())))
			reader(fd, i);
	for (int i = 0; i < PACKETS; i++) {
		/* nothing may be dropped: there is room in the store buffer */
		if (!wait_until(bpf_buffered(fd) < BLEN - 256))
			break;
		frame_send(out, length_of(i), i);
	}
	ok(wait_until(all_seen()), "%s: every packet is read", mode);
	ok(bpf_stats(fd).bs_recv == PACKETS && !bpf_stats(fd).bs_drop,
	   "%s: none was dropped", mode);
	sh("ip link del d0");
	for (int i = 0; i < READERS; i++) {
		must(waitpid(child[i], &status, 0));
		clean += !status;
		busy += shared->reads[i] > 0;
	}
	ok(clean == READERS, "%s: all readers end with ENXIO when the interface goes", mode);
	for (int i = 0; i < PACKETS; i++)
		once += shared->seen[i] == 1;
	ok(once == PACKETS, "%s: no packet is read twice", mode);
	ok(!shared->wrong, "%s: each reader gets whole packets in their order", mode);
	printf("# %d of %d readers had work\n", busy, READERS);
	close(fd);
	close(out);
}

int main(void)
{
	private_net();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must((long)shared);
	for (int i = 0; i < 2; i++) {
		sh("ip link add d0 type dummy");
		if_up("d0");
		run(i == 0);
	}
	return tap_done();
}
