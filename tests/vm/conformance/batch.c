// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 4: macOS's batches: a write of many frames, as records.
 */
#include "conf.h"

static char batch[65536];
static size_t batch_len;

/* A record at the end of the batch, with the next frame in it. */
static struct bpf_hdr *add(size_t hdrlen, size_t caplen)
{
	static uint32_t serial;
	struct bpf_hdr *rec;

	batch_len = BPF_WORDALIGN(batch_len);
	rec = (void *)(batch + batch_len);
	rec->bh_tstamp.tv_sec = 12345;	/* of no interest */
	rec->bh_caplen = caplen;
	rec->bh_datalen = caplen;
	rec->bh_hdrlen = hdrlen;
	if (caplen >= FRAME_MIN)
		frame_make((uint8_t *)rec + hdrlen, caplen, ++serial);
	batch_len += hdrlen + caplen;
	return rec;
}

static int batching(void)
{
	int fd = on();

	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	want(bpf_set(fd, BIOCSBATCHWRITE, 1), 0);
	return fd;
}

static void batch_sent(const struct row *r)
{
	int fd = batching();

	for (unsigned long i = 0; i < r->a; i++)
		add(26, 60 + i);
	want(write(fd, batch, batch_len), batch_len);
	want(recv_count(fd), r->a);
	want_true(take(fd) > 0);
	for (unsigned long i = 0; i < r->a; i++) {
		want(nth(SIZE, i)->bh_datalen, 60 + i);
		want(record_serial(data, SIZE, i), i + 1);
	}
}

static void batch_echo(const struct row *r)
{
	int fd = batching(), source = on();
	ssize_t len;

	(void)r;
	/* what a read returned is a batch */
	send_frames(source, 4);
	len = take(source);
	must(ioctl(fd, BIOCFLUSH));
	want(write(fd, data, len), len);
	want(recv_count(fd), 4);
}

static void batch_padded(const struct row *r)
{
	int fd = batching();

	(void)r;
	add(26, 61);
	want(write(fd, batch, BPF_WORDALIGN(batch_len)), BPF_WORDALIGN(batch_len));
	want(recv_count(fd), 1);
}

static void batch_hdrlen(const struct row *r)
{
	int fd = batching();

	add(r->a, 60);
	add(26, 60);
	if (r->b)
		want_errno(write(fd, batch, batch_len), EINVAL);
	else
		want(write(fd, batch, batch_len), batch_len);
	want(recv_count(fd), r->b ? 0 : 2);
}

/* The second of three records is malformed: nothing goes out. */
static void batch_malformed(const struct row *r)
{
	int fd = batching();
	struct bpf_hdr *rec;

	add(26, 60);
	rec = add(26, 60);
	add(26, 60);
	switch (r->a) {
	case 0:
		rec->bh_datalen = 61;
		break;
	case 1:
		rec->bh_caplen = 59;
		break;
	case 2:
		rec->bh_hdrlen = 0;
		break;
	case 3:
		rec->bh_caplen = rec->bh_datalen = 100000;
		break;
	case 4:
		rec->bh_caplen = rec->bh_datalen = 0xffffffff;
		break;
	case 5:
		batch_len -= 1;
		break;
	case 6:
		batch_len -= 70;	/* half a header */
		break;
	}
	want_errno(write(fd, batch, batch_len), EINVAL);
	want(recv_count(fd), 0);
}

static void batch_empty_record(const struct row *r)
{
	int fd = batching();

	(void)r;
	add(26, 60);
	add(26, 0);
	add(26, 60);
	want(write(fd, batch, batch_len), batch_len);
	want(recv_count(fd), 2);
}

static void batch_until_error(const struct row *r)
{
	int fd = batching();
	size_t before;

	(void)r;
	add(26, 60);
	add(26, 60);
	before = BPF_WORDALIGN(batch_len);
	add(26, 2000);		/* above the MTU */
	add(26, 60);
	want(write(fd, batch, batch_len), before);
	want(recv_count(fd), 2);
}

static void batch_first_error(const struct row *r)
{
	int fd = batching();

	(void)r;
	add(26, 2000);
	add(26, 60);
	want_errno(write(fd, batch, batch_len), EMSGSIZE);
	want(recv_count(fd), 0);
}

static void batch_only_empty_before(const struct row *r)
{
	int fd = batching();

	(void)r;
	add(26, 0);
	add(26, 2000);
	want_errno(write(fd, batch, batch_len), EMSGSIZE);
}

static void batch_wfilter(const struct row *r)
{
	int fd = batching();

	(void)r;
	must(ioctl(fd, BIOCSETWF, ODD_ONLY(1)));
	add(26, 60);
	add(26, 60);
	want(write(fd, batch, batch_len), RECORD_SIZE(60));
	want(recv_count(fd), 1);
}

static void batch_needs_hdrcmplt(const struct row *r)
{
	int fd = fresh();

	(void)r;
	want_errno(bpf_set(fd, BIOCSBATCHWRITE, 1), EINVAL);
	want(get(fd, BIOCGBATCHWRITE), 0);
	want(bpf_set(fd, BIOCSBATCHWRITE, 0), 0);
}

static void batch_keeps_hdrcmplt(const struct row *r)
{
	int fd = batching();

	(void)r;
	want_errno(bpf_set(fd, BIOCSHDRCMPLT, 0), EINVAL);
	want(get(fd, BIOCGHDRCMPLT), 1);
	want(bpf_set(fd, BIOCSBATCHWRITE, 0), 0);
	want(bpf_set(fd, BIOCSHDRCMPLT, 0), 0);
}

static void batch_off(const struct row *r)
{
	int fd = batching();

	(void)r;
	must(bpf_set(fd, BIOCSBATCHWRITE, 0));
	add(26, 60);
	want(write(fd, batch, batch_len), batch_len);
	want(nth(take(fd), 0)->bh_datalen, batch_len);
}

static void batch_state(const struct row *r)
{
	int fd = fresh();

	(void)r;
	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	must(bpf_set(fd, BIOCSBATCHWRITE, 1));
	add(26, 60);
	want_errno(write(fd, batch, batch_len), ENXIO);
	must(bpf_setif(fd, "d0"));
	if_down("d0");
	want_errno(write(fd, batch, batch_len), ENETDOWN);
}

#define MALFORMED(n, what)						\
	{ "4", "macOS", "batch: " what " is EINVAL for all, nothing is sent", \
	  batch_malformed, .a = n }
static const struct row rows[] = {
	{ "4", "macOS", "batch: one record, one frame", batch_sent, .a = 1 },
	{ "4", "macOS", "batch: five records, five frames, in order", batch_sent, .a = 5 },
	{ "4", "ours", "batch: what a read returned can be written", batch_echo },
	{ "4", "macOS", "batch: the last record may be padded", batch_padded },
	{ "4", "macOS", "batch: a longer header is skipped", batch_hdrlen, .a = 34 },
	{ "4", "macOS", "batch: a header shorter than the least is EINVAL", batch_hdrlen,
	  .a = 25, .b = 1 },
	MALFORMED(0, "a datalen above caplen"),
	MALFORMED(1, "a caplen below datalen"),
	MALFORMED(2, "a header length of 0"),
	MALFORMED(3, "a packet longer than the write"),
	MALFORMED(4, "a packet of 2^32 - 1 bytes"),
	MALFORMED(5, "a last packet that is cut"),
	MALFORMED(6, "half a header at the end"),
	{ "4", "macOS", "batch: an empty packet is skipped", batch_empty_record },
	{ "4", "macOS", "batch: an error ends it; what was sent before is returned",
	  batch_until_error },
	{ "4", "macOS", "batch: an error of the first is the write's", batch_first_error },
	{ "4", "ours", "batch: an error behind empty packets only is the write's, too",
	  batch_only_empty_before },
	{ "4", "ours", "batch: the write filter is asked for each frame", batch_wfilter },
	{ "1.4 macOS", "macOS", "SBATCHWRITE is EINVAL unless hdrcmplt is set",
	  batch_needs_hdrcmplt },
	{ "1.4 macOS", "macOS", "clearing hdrcmplt is EINVAL then", batch_keeps_hdrcmplt },
	{ "1.4 macOS", "macOS", "SBATCHWRITE 0: a write is one frame again", batch_off },
	{ "4", "macOS", "batch: unattached ENXIO, down ENETDOWN", batch_state },
};

SECTION(batches, "batches");
