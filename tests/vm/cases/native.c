// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The engines that run filters: with net.bpf.jit_enable 0, 1 and 2 the same programs
 * give the same results, over packets in one piece and in several, with and without
 * VLAN tag; code fills all the room that there is, and leaves nothing behind.  What a
 * program returns shows in the captured length.
 */
#include "flow.h"
#include <linux/if_tun.h>
#include <sys/utsname.h>
#include "engine.h"
#include "ring.h"

#include "../../vectors/vector.h"

#define SIZE	65536

static char buf[SIZE];

/* The captured length of the only packet since the counters' reset, -2 if it was refused. */
static int judged(int fd)
{
	ssize_t n;

	if (!wait_until(bpf_stats(fd).bs_recv))
		return -3;
	n = bpf_drain(fd, buf, SIZE);
	return n > 0 ? (int)((struct bpf_hdr *)buf)->bh_caplen : -2;
}

/* What a filter gets captured of a frame, -2 if nothing, -1 if the filter is refused. */
static int captured(int fd, int sender, const struct bpf_insn *insns, unsigned int len,
		    const void *frame, unsigned int size)
{
	struct bpf_program prog = { len, (struct bpf_insn *)insns };

	if (ioctl(fd, BIOCSETF, &prog))
		return -1;
	must(write(sender, frame, size));
	return judged(fd);
}

/*
 * The same filter on the same packet in two pieces, of which the first is of up to
 * eight lengths; how often it did not give what it should.
 */
static int split(int fd, struct ring *ring, const uint8_t *packet, unsigned int size, int want)
{
	int bad = 0;

	for (unsigned int first = 0; first < size; first += 1 + size / 8) {
		must(ioctl(fd, BIOCFLUSH));
		ring_send(ring, packet, size, first);
		bad += judged(fd) != want;
	}
	return bad;
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
static void vectors(int fd, int engine)
{
	static struct cbpf_insn insns[CBPF_MAXINSNS + 2];
	int bad = 0, strange = 0, ran = 0, compared = 0, apart = 0;
	struct ring ring;
	uint8_t packet[VECTOR_BYTES];

	for (int i = 0; i < VECTOR_BYTES; i++)
		packet[i] = VECTOR_BYTE(i);
	ring_open(&ring, "t0");
	jit_set(engine);
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
		apart += split(fd, &ring, packet, size, want);
		if (engine_count(len ? engines[engine] : "-") != 1 && strange++ < 5)
			printf("# %s: not %s\n", v->name, engines[engine]);
	}
	ok(ran > 100 && !bad, "%s: %d vectors give what they should", engines[engine], ran);
	ok(!strange, "%s: all of them by that engine", engines[engine]);
	ok(!apart, "%s: and over packets in two pieces", engines[engine]);
	ok(!engine_get(fd).be_fallback == !engine,
	   "%s: %llu of them were left to the interpreter", engines[engine],
	   (unsigned long long)engine_get(fd).be_fallback);
	printf("# of %d results all bits are compared\n", compared);
	ring_close(&ring);
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
static void pieces(int fd, int engine)
{
	static uint8_t frame[20000];
	int bad = 0, ran = 0, got;

	jit_set(engine);
	frame_make(frame, sizeof(frame), 5);
	for (unsigned int off = 0; off <= sizeof(frame) - 4;
	     off += off >= 7600 && off < 8200 ? 1 : 199) {
		got = word_at(fd, fd, frame, sizeof(frame), off, be32(frame + off));
		ran++;
		if (got != 40 && bad++ < 5)
			printf("# the word at %u: %d\n", off, got);
	}
	ok(ran > 500 && !bad, "%s: %d words of a packet in pieces", engines[engine], ran);
	ok(word_at(fd, fd, frame, sizeof(frame), sizeof(frame) - 4, 1) == 20,
	   "%s: another word than the last one is not there", engines[engine]);
	ok(word_at(fd, fd, frame, sizeof(frame), sizeof(frame) - 3, 0) == -2 &&
	   word_at(fd, fd, frame, sizeof(frame), 0xfffffffd, 0) == -2,
	   "%s: a word beyond the end rejects", engines[engine]);
}

/* Received over the pair with a tag, which the kernel takes out and the tap puts back. */
static void tagged(int engine)
{
	int out = bpf_on("vl", 0), in, bad = 0, got;
	uint8_t frame[100];

	jit_set(engine);
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
	ok(!bad, "%s: every word of a tagged packet", engines[engine]);
	ok(word_at(in, out, frame, sizeof(frame), 97, 0) == -2,
	   "%s: none beyond its end", engines[engine]);
	close(in);
	close(out);
}

/* The write filter, over both sorts of packets. */
static void writing(int fd, int engine)
{
	struct bpf_insn insns[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 17),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct bpf_program prog = { 2, insns };
	static uint8_t frame[20000];

	jit_set(engine);
	for (int far = 0; far < 2; far++) {
		insns[0].k = far ? 19000 : 17;
		must(ioctl(fd, BIOCSETWF, &prog));
		frame[insns[0].k] = 0;
		is_errno(write(fd, frame, sizeof(frame)), EPERM,
			 "%s: the write filter refuses by byte %u", engines[engine], insns[0].k);
		frame[insns[0].k] = 1;
		is_ret(write(fd, frame, sizeof(frame)), sizeof(frame), "and passes by it");
	}
	prog.bf_len = 0;
	must(ioctl(fd, BIOCSETWF, &prog));
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
	while (n < MANY && (n % 32 || !engine_count("ebpf"))) {
		fds[n] = bpf_on("d0", 128);
		must(sum_filter(fds[n++], BIOCSETF, 30, sum));
	}
	native = engine_count("native");
	ok(native && native < n && engine_count("ebpf") == n - native,
	   "%d filters are native, then %d are eBPF", native, n - native);
	must(write(sender, frame, sizeof(frame)));
	for (int i = 0; i < n; i++)
		bad += bpf_buffered(fds[i]) != ETHER_HDRLEN + 40;
	ok(!bad, "and all of them work");
	while (n--)
		close(fds[n]);
	return native;
}

/* Microseconds that n frames take which 16 filters refuse. */
static long cost(int sender, int engine, int n)
{
	uint8_t frame[200];
	int64_t start;
	int fds[16];

	jit_set(engine);
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
	int fd;

	is_ret(module_reload(""), 0, "the module can be unloaded, and loaded again");
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
	jit_set(1);
	fd = bpf_open(O_RDWR);
	ok(engine_count("-") == 1, "no filter, no engine");
	close(fd);
	for (int engine = 0; engine < ENGINES; engine++) {
		fd = bpf_on("t0", SIZE);
		vectors(fd, engine);
		close(fd);
		fd = bpf_on("d0", SIZE);
		pieces(fd, engine);
		writing(fd, engine);
		close(fd);
		tagged(engine);
	}
	jit_set(1);
	fd = bpf_on("d0", SIZE);
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_IN));
	first = fill(fd);
	for (int i = 0; i < 4; i++) {
		n = fill(fd);
		/* gaps are too short for one more, so at least half the room is used */
		ok(n >= first / 2 && n <= first * 2, "the room is free again: %d, then %d",
		   first, n);
	}
	for (int engine = 0; engine < ENGINES; engine++)
		printf("# %s: 16 refusals of 363 instructions take %ld us\n", engines[engine],
		       cost(fd, engine, 200) / 200);
	close(fd);
	close(file);
	reload();
	return tap_done();
}
