// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The machine code that a Linux kernel's own JIT made of the filters: a test machine
 * ran that kernel, attached each filter to a socket, and copied the code (see
 * linux_images.py for the file's format). It runs here unchanged, byte for byte,
 * but for the displacements of its calls and returns. What stands in for the kernel:
 *
 *  - struct sk_buff: memory of which the code reads three fields, len, data_len and
 *    data, at the offsets that they have in that kernel. The packets' three fields are
 *    packed as densely as possible, so that no cache line is fetched that the other
 *    engines need not fetch. All packets are linear.
 *  - bpf_skb_load_helper_8, _16 and _32 of net/core/filter.c, which it calls where the
 *    offset is not constant or the bytes are not in the linear part: helper8() and so
 *    on below, which do the same work: compare the sign of the offset, compare with
 *    the linear length, load, swap. What they do for a packet that is too short is
 *    done too: skb_copy_bits() finds that out by one comparison. Loads from Linux's
 *    ancillary area do not occur in these filters.
 *  - __x86_return_thunk, if the code jumps there: a plain return, which is what the
 *    kernel makes of it on a processor that needs no such thing.
 *
 * The stand-ins have neither ftrace's no-operations nor return thunks: if anything,
 * Linux looks faster here than it is.
 */
#include <errno.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

/* Where the fields are in struct sk_buff; stride: from one packet's to the next's. */
static struct {
	u32 len, data_len, data, stride;
} skb;

/* An image: code as hexadecimal digits, and calls of it as "offset name ...". */
struct image {
	char *filter, *code, *calls;
};

static struct image *images;
static u32 images_count;

static u32 field(const void *buff, u32 offset)
{
	u32 value;

	memcpy(&value, (const char *)buff + offset, sizeof(value));
	return value;
}

#define EFAULT_RESULT	(-(u64)EFAULT)

/* skb_copy_bits() of a linear packet, which the caller found to be too short. */
static __attribute__((__noinline__)) u64 copy_bits(const void *buff, s32 offset, s32 len)
{
	if (offset > (s32)field(buff, skb.len) - len)
		return EFAULT_RESULT;
	die(1, "a stand-in for a linear packet has data elsewhere");
}

#define HELPER(name, size, load) \
static u64 name(const void *buff, const u8 *data, s32 headlen, s32 offset) \
{ \
	if (offset < 0) \
		return EFAULT_RESULT; \
	if (headlen - offset >= size) \
		return load; \
	return copy_bits(buff, offset, size); \
}

HELPER(helper8, 1, data[offset])
HELPER(helper16, 2, cbpf_be16(data + offset))
HELPER(helper32, 4, cbpf_be32(data + offset))

static const struct {
	const char *symbol;
	u64 (*function)(const void *buff, const u8 *data, s32 headlen, s32 offset);
} helpers[] = {
	{ "bpf_skb_load_helper_8", helper8 },
	{ "bpf_skb_load_helper_16", helper16 },
	{ "bpf_skb_load_helper_32", helper32 },
};

/* Could the fields of packets that are @stride bytes apart overlap? */
static bool overlap(u32 stride)
{
	const u32 at[] = { skb.len, skb.data_len, skb.data, skb.data + 4 };

	for (u32 i = 0; i < ARRAY_SIZE(at); i++)
		for (u32 j = 0; j < i; j++)
			if (at[i] % stride == at[j] % stride)
				return true;
	return false;
}

static char *copy(const char *from)
{
	return text("%s", from);
}

/* One line of the file, a keyword and the rest. */
static void read_line(char *line)
{
	char *rest = strchr(line, ' ');

	line[strcspn(line, "\n")] = 0;
	if (!rest)
		return;
	*rest++ = 0;
	if (!strcmp(line, "skb")) {
		sscanf(rest, "%u %u %u", &skb.len, &skb.data_len, &skb.data);
	} else if (!strcmp(line, "filter")) {
		images = realloc(images, (images_count + 1) * sizeof(*images));
		images[images_count++] = (struct image){ copy(rest), "", "" };
	} else if (images && !strcmp(line, "code")) {
		images[images_count - 1].code = copy(rest);
	} else if (images && !strcmp(line, "calls")) {
		images[images_count - 1].calls = copy(rest);
	}
}

static const char *linux_start(const struct filter *filters, u32 count)
{
	char *line = NULL;
	size_t room = 0;
	FILE *from;

	(void)filters;
	(void)count;
	if (!options.linux_images)
		return "left out: no test machine was asked for its code";
	from = fopen(options.linux_images, "r");
	if (!from)
		return text("cannot read %s: %s", options.linux_images, strerror(errno));
	while (getline(&line, &room, from) > 0)
		read_line(line);
	fclose(from);
	free(line);
	if (!skb.data)
		return text("%s says nothing about sk_buff", options.linux_images);
	for (skb.stride = 16; overlap(skb.stride); skb.stride += 8)
		;
	return NULL;
}

static u8 digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static const void *target_of(const char *symbol)
{
	for (u32 i = 0; i < ARRAY_SIZE(helpers); i++)
		if (!strcmp(symbol, helpers[i].symbol))
			return (const void *)helpers[i].function;
	die(1, "Linux's code calls %s, for which there is no stand-in", symbol);
}

/* Let calls reach the stand-ins; jumps to the return thunk return. */
static void relocate(u8 *code, const char *calls)
{
	char symbol[64];
	u32 offset;
	int used;

	while (sscanf(calls, "%u %63s%n", &offset, symbol, &used) == 2) {
		calls += used;
		if (!strcmp(symbol, "__x86_return_thunk")) {
			memset(code + offset, 0xcc, 5);
			code[offset] = 0xc3;
		} else {
			s32 distance = (const u8 *)target_of(symbol) - (code + offset + 5);

			memcpy(code + offset + 1, &distance, sizeof(distance));
		}
	}
}

static const char *linux_load(const struct filter *filter, struct loaded *to)
{
	const struct image *image = images;
	u32 bytes;
	u8 *digits;

	while (image < images + images_count && strcmp(image->filter, filter->name))
		image++;
	if (image == images + images_count)
		return text("not in %s", options.linux_images);
	bytes = strlen(image->code) / 2;
	digits = malloc(bytes);
	for (u32 i = 0; i < bytes; i++)
		digits[i] = digit(image->code[2 * i]) << 4 | digit(image->code[2 * i + 1]);
	relocate(code_make(digits, bytes, to), image->calls);
	free(digits);
	code_seal(to);
	return NULL;
}

static void linux_call(const struct loaded *loaded, const struct frame *frame, u32 index,
		       struct call *to)
{
	static u8 *buffs;
	u8 *buff;

	(void)loaded;
	if (!buffs)
		buffs = aligned_alloc(64, (skb.stride * BENCH_PACKETS + 1024 + 63) / 64 * 64);
	buff = buffs + index * skb.stride;
	memcpy(buff + skb.len, &frame->len, sizeof(u32));
	memset(buff + skb.data_len, 0, sizeof(u32));
	memcpy(buff + skb.data, &frame->bytes, sizeof(frame->bytes));
	*to = (struct call){ { (u64)buff }, frame->bytes, buff + skb.data };
}

static bool jit_enabled(void)
{
	FILE *from = fopen("/proc/sys/net/core/bpf_jit_enable", "r");
	bool enabled = from && fgetc(from) > '0';

	if (from)
		fclose(from);
	return enabled;
}

/* By the kernel that runs here, whichever it is: attach the filter to a socket. */
static bool linux_compile(const struct bpf_program *program)
{
	struct sock_fprog fprog = { program->bf_len, (void *)program->bf_insns };
	static int fd = -1;

	if (fd < 0 && jit_enabled())
		fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	return fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog));
}

const struct engine engine_linux = {
	.name = "linux", .label = "Linux JIT", .start = linux_start, .load = linux_load,
	.unload = code_free, .call = linux_call, .compile = linux_compile,
};
