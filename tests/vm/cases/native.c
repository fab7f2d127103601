// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Filters as native code: with net.bpf.jit_enable 0 and 1 the same programs give
 * the same results, over packets in one piece and in several, with and without
 * VLAN tag; code comes and goes under traffic, fills all the room that there is,
 * and leaves nothing behind.  What a program returns shows in the captured length.
 */
#include "flow.h"
#include <linux/if_tun.h>
#include <sys/utsname.h>

#include "../../vectors/vector.h"

#define SIZE	65536

static char buf[SIZE];
static const char *const engines[] = { "interp", "native" };

static void jit_set(bool on)
{
	file_put("/proc/sys/net/bpf/jit_enable", on ? "1" : "0");
}

/* The nth word of a line; empty if there is none. */
static const char *word_of(const char *line, int n)
{
	static char word[32];

	while (n-- && *line) {
		line += strspn(line, " ");
		line += strcspn(line, " \n");
	}
	if (sscanf(line, " %31[^ \n]", word) != 1)
		word[0] = '\0';
	return word;
}

/* Lines of /proc/net/bpf that have this in the Engine column. */
static int engine_count(const char *engine)
{
	static char text[1 << 20];
	char *line, *save;
	int column = 0, n = 0;

	file_get("/proc/net/bpf", text, sizeof(text));
	line = strtok_r(text, "\n", &save);
	while (*word_of(line, column) && strcmp(word_of(line, column), "Engine"))
		column++;
	while ((line = strtok_r(NULL, "\n", &save)))
		n += !strcmp(word_of(line, column), engine);
	return n;
}

/* What a filter gets captured of a frame, -2 if nothing, -1 if the filter is refused. */
static int captured(int fd, int sender, const struct bpf_insn *insns, unsigned int len,
		    const void *frame, unsigned int size)
{
	struct bpf_program prog = { len, (struct bpf_insn *)insns };
	ssize_t n;

	if (ioctl(fd, BIOCSETF, &prog))
		return -1;
	must(write(sender, frame, size));
	if (!wait_until(bpf_stats(fd).bs_recv))
		return -3;
	n = bpf_drain(fd, buf, SIZE);
	return n > 0 ? (int)((struct bpf_hdr *)buf)->bh_caplen : -2;
}

static bool returns(const struct cbpf_insn *insn)
{
	return insn->code == CBPF_RET_A || insn->code == CBPF_RET_K;
}

/*
 * The captured length cannot tell all results, so where the only return is that of
 * A at the end, A is compared.
 */
static unsigned int judging(struct cbpf_insn *to, const struct cbpf_vector *v)
{
	const struct cbpf_insn judge[] = {
		{ CBPF_JEQ_K, 0, 1, v->result }, { CBPF_RET_K, 0, 0, 2 }, { CBPF_RET_K, 0, 0, 1 },
	};

	unsigned int i;

	memcpy(to, v->insns, v->len * sizeof(*to));
	for (i = 0; i < v->len && !returns(&to[i]); i++)
		;
	if (i + 1 != v->len || !v->result || to[v->len - 1].code != CBPF_RET_A ||
	    v->len + 2 > CBPF_MAXINSNS)
		return v->len;
	memcpy(to + v->len - 1, judge, sizeof(judge));
	return v->len + 2;
}

/* Linux's loads give other values here than in the table: see ancillary.c. */
static bool linux_loads(const struct cbpf_vector *v)
{
	for (unsigned int i = 0; i < v->len; i++)
		if (BPF_CLASS(v->insns[i].code) <= BPF_LDX && v->insns[i].k >= CBPF_OFF_LINK)
			return true;
	return false;
}

/* The results of the engine's own test vectors, over packets without link header. */
static void vectors(int fd, bool native)
{
	static struct cbpf_insn insns[CBPF_MAXINSNS + 2];
	int bad = 0, strange = 0, ran = 0, compared = 0;
	uint8_t packet[VECTOR_BYTES];

	for (int i = 0; i < VECTOR_BYTES; i++)
		packet[i] = VECTOR_BYTE(i);
	jit_set(native);
	for (size_t i = 0; i < CBPF_VECTORS; i++) {
		const struct cbpf_vector *v = &cbpf_vectors[i];
		/* the long ones look at no packet */
		unsigned int size = v->text ? v->wirelen : VECTOR_BYTES, len;
		int got, want;

		/* what is not there at all cannot be sent, nor a packet be cut */
		if (v->err || !size || (v->text && v->avail != v->wirelen) || linux_loads(v))
			continue;
		len = judging(insns, v);
		compared += len != v->len;
		want = !v->result ? -2 : len != v->len ? 2 :
		       v->result < size ? (int)v->result : (int)size;
		/* a packet of one byte does not tell 1 from 2 */
		if (len != v->len && size < 2)
			continue;
		got = captured(fd, fd, (void *)insns, len, packet, size);
		ran++;
		if (got != want && bad++ < 5)
			printf("# %s: %d, not %d\n", v->name, got, want);
		if (engine_count(len ? engines[native] : "-") != 1 && strange++ < 5)
			printf("# %s: not %s\n", v->name, engines[native]);
	}
	ok(ran > 100 && !bad, "%s: %d vectors give what they should", engines[native], ran);
	ok(!strange, "%s: all of them by that engine", engines[native]);
	printf("# of %d results all bits are compared\n", compared);
}

/* Asks for a word: 40 bytes are kept if it is there, 20 if another one is. */
static int word_at(int fd, int sender, const uint8_t *frame, unsigned int size,
		   unsigned int off, uint32_t word)
{
	const struct bpf_insn insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, off),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 40),
		BPF_STMT(BPF_RET | BPF_K, 20),
	};

	return captured(fd, sender, insns, ARRAY_SIZE(insns), frame, size);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/* A frame of 20000 bytes is written as one piece of some 7800 bytes and pages. */
static void pieces(int fd, bool native)
{
	static uint8_t frame[20000];
	int bad = 0, ran = 0, got;

	jit_set(native);
	frame_make(frame, sizeof(frame), 5);
	for (unsigned int off = 0; off <= sizeof(frame) - 4;
	     off += off >= 7600 && off < 8200 ? 1 : 199) {
		got = word_at(fd, fd, frame, sizeof(frame), off, be32(frame + off));
		ran++;
		if (got != 40 && bad++ < 5)
			printf("# the word at %u: %d\n", off, got);
	}
	ok(ran > 500 && !bad, "%s: %d words of a packet in pieces", engines[native], ran);
	ok(word_at(fd, fd, frame, sizeof(frame), sizeof(frame) - 4, 1) == 20,
	   "%s: another word than the last one is not there", engines[native]);
	ok(word_at(fd, fd, frame, sizeof(frame), sizeof(frame) - 3, 0) == -2 &&
	   word_at(fd, fd, frame, sizeof(frame), 0xfffffffd, 0) == -2,
	   "%s: a word beyond the end rejects", engines[native]);
}

/* Received over the pair with a tag, which the kernel takes out and the tap puts back. */
static void tagged(bool native)
{
	int out = bpf_on("vl", 0), in, bad = 0, got;
	uint8_t frame[100];

	jit_set(native);
	frame_make(frame, sizeof(frame), 6);
	memcpy(frame + 12, (uint8_t[]){ 0x81, 0, 0, 5, 0x88, 0xb5 }, 6);
	must(bpf_set(out, BIOCSHDRCMPLT, 1));
	must(bpf_set(out, BIOCSDIRECTION, BPF_D_IN));
	in = bpf_on("vr", SIZE);
	for (unsigned int off = 0; off <= sizeof(frame) - 4; off++) {
		got = word_at(in, out, frame, sizeof(frame), off, be32(frame + off));
		if (got != 40 && bad++ < 5)
			printf("# the word at %u: %d\n", off, got);
	}
	ok(!bad, "%s: every word of a tagged packet", engines[native]);
	ok(word_at(in, out, frame, sizeof(frame), 97, 0) == -2,
	   "%s: none beyond its end", engines[native]);
	close(in);
	close(out);
}

/* The write filter, over both sorts of packets. */
static void writing(int fd, bool native)
{
	struct bpf_insn insns[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 17),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct bpf_program prog = { 2, insns };
	static uint8_t frame[20000];

	jit_set(native);
	for (int far = 0; far < 2; far++) {
		insns[0].k = far ? 19000 : 17;
		must(ioctl(fd, BIOCSETWF, &prog));
		frame[insns[0].k] = 0;
		is_errno(write(fd, frame, sizeof(frame)), EPERM,
			 "%s: the write filter refuses by byte %u", engines[native], insns[0].k);
		frame[insns[0].k] = 1;
		is_ret(write(fd, frame, sizeof(frame)), sizeof(frame), "and passes by it");
	}
	prog.bf_len = 0;
	must(ioctl(fd, BIOCSETWF, &prog));
}

#define SUM_MAX	120

/* Keeps 40 bytes of a frame whose bytes from 14 on, count of them, have this sum. */
static int sum_filter(int fd, unsigned long cmd, unsigned int count, uint32_t sum)
{
	struct bpf_insn insns[3 * SUM_MAX + 3];
	struct bpf_program prog = { 0, insns };

	for (unsigned int i = 0; i < count; i++) {
		insns[prog.bf_len++] = (struct bpf_insn)BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + i);
		insns[prog.bf_len++] = (struct bpf_insn)BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0);
		insns[prog.bf_len++] = (struct bpf_insn)BPF_STMT(BPF_MISC | BPF_TAX, 0);
	}
	insns[prog.bf_len++] = (struct bpf_insn)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, sum, 0, 1);
	insns[prog.bf_len++] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, 40);
	insns[prog.bf_len++] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, 0);
	return ioctl(fd, cmd, &prog);
}

/*
 * One filter keeps 40 bytes of even frames, the other one 48 of odd ones; they
 * change, as does the engine, and code of all sizes comes and goes beside them.
 */
static void swaps(void)
{
	struct flow_sender senders[2] = {};
	unsigned int i, flips, native = 0, sent;
	atomic_bool stop = false;
	struct flow_listener l;
	int other;

	flow_listen(&l, "vl", 32768, 2, 0, 40);
	l.snap[1] = 48;
	l.parted = true;
	must(fcntl(l.fd, F_SETFL, O_NONBLOCK));
	other = bpf_on("vl", 32);
	for (i = 0; i < 2; i++)
		senders[i] = (struct flow_sender){ .id = i, .count = ~0U, .stop = &stop,
						   .fd = flow_socket("vl") };
	flow_start(senders, 2);
	for (flips = 0; flips < 300; flips++) {
		jit_set(flips % 5);
		must(flow_filter(l.fd, BIOCSETFNR, 2, flips % 2, l.snap[flips % 2]));
		must(sum_filter(other, BIOCSETFNR, 1 + flips * 7 % SUM_MAX, 0));
		native += flips % 5 != 0;
		if (flips % 16 == 0)
			flow_read(&l);
	}
	atomic_store(&stop, true);
	sent = flow_join(senders, 2);
	is_ret(bpf_stats(l.fd).bs_recv, sent, "%u frames from two processors are counted", sent);
	flow_drain(&l);
	ok(!l.bad && l.of_snap[0] && l.of_snap[1],
	   "each was judged by one of the filters, rightly");
	printf("# %u changes, %u of them native; %u and %u frames\n", flips, native,
	       l.of_snap[0], l.of_snap[1]);
	flow_close(&l);
	for (i = 0; i < 2; i++)
		close(senders[i].fd);
	close(other);
}

#define MANY	800

/* Descriptors with filters of the same size until there is no more room; how many fit. */
static int fill(int sender)
{
	static int fds[MANY];
	uint8_t frame[60];
	uint32_t sum = 0;
	int n = 0, native, bad = 0;

	frame_make(frame, sizeof(frame), 9);
	for (int i = 14; i < 44; i++)
		sum += frame[i];
	while (n < MANY && (n % 32 || !engine_count("interp"))) {
		fds[n] = bpf_on("d0", 128);
		must(sum_filter(fds[n++], BIOCSETF, 30, sum));
	}
	native = engine_count("native");
	ok(native && native < n, "%d filters are native, then %d interpreted", native, n - native);
	must(write(sender, frame, sizeof(frame)));
	for (int i = 0; i < n; i++)
		bad += bpf_buffered(fds[i]) != ETHER_HDRLEN + 40;
	ok(!bad, "and all of them work");
	while (n--)
		close(fds[n]);
	return native;
}

/* Microseconds that n frames take which 16 filters refuse. */
static long cost(int sender, bool native, int n)
{
	uint8_t frame[200];
	int64_t start;
	int fds[16];

	jit_set(native);
	frame_make(frame, sizeof(frame), 3);
	for (int i = 0; i < 16; i++) {
		fds[i] = bpf_on("d0", 128);
		must(sum_filter(fds[i], BIOCSETF, SUM_MAX, 0));
	}
	start = now_us(CLOCK_MONOTONIC);
	for (int i = 0; i < n; i++)
		must(write(sender, frame, sizeof(frame)));
	start = now_us(CLOCK_MONOTONIC) - start;
	for (int i = 0; i < 16; i++)
		close(fds[i]);
	return start;
}

static void reload(void)
{
	char path[256];
	struct utsname name;
	int fd;

	must(uname(&name));
	snprintf(path, sizeof(path), "build/%s/bsdbpf.ko", name.release);
	is_ret(syscall(SYS_delete_module, "bsdbpf", O_NONBLOCK), 0, "the module can be unloaded");
	fd = must(open(path, O_RDONLY | O_CLOEXEC));
	is_ret(syscall(SYS_finit_module, fd, "", 0), 0, "and loaded again");
	close(fd);
	fd = bpf_on("d0", 0);
	must(bpf_snap(fd, BIOCSETF, 40));
	ok(engine_count("native") == 1, "and filters are native");
	close(fd);
}

/* A tun interface carries packets without link header. */
static int tun(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "t0" };
	int file = must(open("/dev/net/tun", O_RDWR | O_CLOEXEC));

	must(ioctl(file, TUNSETIFF, &ifr));
	if_up("t0");
	sh("ip link set t0 txqueuelen 10000");
	return file;
}

int main(void)
{
	int file, fd, first, n;

	flow_pair();
	sh("ip link add d0 mtu 60000 type dummy");
	if_up("d0");
	file = tun();
	jit_set(true);
	fd = bpf_open(O_RDWR);
	ok(engine_count("-") == 1, "no filter, no engine");
	close(fd);
	for (int native = 0; native < 2; native++) {
		fd = bpf_on("t0", SIZE);
		vectors(fd, native);
		close(fd);
		fd = bpf_on("d0", SIZE);
		pieces(fd, native);
		writing(fd, native);
		close(fd);
		tagged(native);
	}
	swaps();
	jit_set(true);
	fd = bpf_on("d0", SIZE);
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_IN));
	first = fill(fd);
	for (int i = 0; i < 4; i++) {
		n = fill(fd);
		/* gaps are too short for one more, so at least half the room is used */
		ok(n >= first / 2 && n <= first * 2, "the room is free again: %d, then %d",
		   first, n);
	}
	printf("# 16 refusals of 363 instructions, interpreted %ld us, native %ld us\n",
	       cost(fd, false, 200) / 200, cost(fd, true, 200) / 200);
	close(fd);
	close(file);
	reload();
	return tap_done();
}
