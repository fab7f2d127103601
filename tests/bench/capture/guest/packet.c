// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The peers: packet sockets, by recv(2) and with the rings TPACKET_V2 and V3. */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "capture.h"

enum {
	V2_FRAME = 2048,	/* libpcap, for an interface without offloads: 1648 */
	V2_BLOCK = 65536,
	V3_BLOCK = 262144,	/* libpcap: the largest packet there may be */
	V3_TIMEOUT = 1000,	/* ms; tcpdump's */
	V3_TUNED_BLOCK = 65536,
	V3_TUNED_TIMEOUT = 100,
};

static void set(int fd, int level, int option, const void *value, socklen_t size)
{
	must(setsockopt(fd, level, option, value, size));
}

/* A socket that does not yet listen. */
static void packet_open(struct reader *r, const struct wish *wish)
{
	struct sock_filter insns[64];
	struct sock_fprog program = { .filter = insns };

	r->fd = must(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
	program.len = filter_make(wish->port, (struct insn *)insns, ARRAY_SIZE(insns));
	set(r->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static void packet_bind(struct reader *r)
{
	struct sockaddr_ll where = { .sll_family = AF_PACKET,
				     .sll_protocol = htons(ETH_P_ALL),
				     .sll_ifindex = if_nametoindex(INTERFACE) };

	must(bind(r->fd, (struct sockaddr *)&where, sizeof(where)));
}

static void packet_map(struct reader *r, const struct wish *wish, int version,
		       u32 block_size, u32 frame_size, u32 timeout)
{
	u32 blocks = wish->memory / block_size;
	struct tpacket_req3 req = {
		.tp_block_size = block_size,
		.tp_block_nr = blocks,
		.tp_frame_size = frame_size,
		.tp_frame_nr = blocks * (block_size / frame_size),
		.tp_retire_blk_tov = timeout,
	};

	set(r->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version));
	set(r->fd, SOL_PACKET, PACKET_RX_RING, &req,
	    version == TPACKET_V3 ? sizeof(req) : sizeof(struct tpacket_req));
	r->map_size = block_size * blocks;
	r->map = mmap(NULL, r->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	must((long)r->map);
	r->block_size = version == TPACKET_V3 ? block_size : frame_size;
	r->blocks = r->map_size / r->block_size;
}

static void packet_sleep(struct reader *r)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };

	r->calls++;
	if (poll(&p, 1, -1) < 0 && errno != EINTR)
		die("poll: %s", strerror(errno));
}

/* The kernel's counter starts again at 0 whenever it is asked for. */
static u64 packet_dropped(struct reader *r)
{
	struct tpacket_stats_v3 stats = { 0 };
	socklen_t size = sizeof(stats);

	must(getsockopt(r->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size));
	r->dropped += stats.tp_drops;
	return r->dropped;
}

/* The kernel doubles what is asked for, and counts what packets take in memory. */
static void recv_open(struct reader *r, const struct wish *wish)
{
	int half = wish->memory / 2;

	packet_open(r, wish);
	set(r->fd, SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof(half));
	r->buffer_size = 65536;
	r->buffer = calloc(1, r->buffer_size);
	packet_bind(r);
}

static void recv_take(struct reader *r, bool wait)
{
	ssize_t len;

	do {
		r->calls++;
		len = recv(r->fd, r->buffer, r->buffer_size,
			   MSG_TRUNC | (wait ? 0 : MSG_DONTWAIT));
		if (len < 0 && errno != EAGAIN && errno != EINTR)
			die("recv: %s", strerror(errno));
		if (len >= 0)
			reader_seen(r, r->buffer, len);
	} while (!wait && len >= 0);
}

static void v2_open(struct reader *r, const struct wish *wish)
{
	packet_open(r, wish);
	packet_map(r, wish, TPACKET_V2, V2_BLOCK, V2_FRAME, 0);
	packet_bind(r);
}

static bool v2_next(struct reader *r)
{
	struct tpacket2_hdr *hdr = (void *)(r->map + r->at * r->block_size);

	if (!(__atomic_load_n(&hdr->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	reader_seen(r, (u8 *)hdr + hdr->tp_mac, hdr->tp_snaplen);
	__atomic_store_n(&hdr->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	if (++r->at == r->blocks)
		r->at = 0;
	return true;
}

static void v2_take(struct reader *r, bool wait)
{
	u64 before = r->records;

	while (v2_next(r))
		;
	if (wait && r->records == before)
		packet_sleep(r);
}

static void v3_open(struct reader *r, const struct wish *wish)
{
	packet_open(r, wish);
	if (r->kind == &reader_v3)
		packet_map(r, wish, TPACKET_V3, V3_BLOCK, V3_BLOCK, V3_TIMEOUT);
	else
		packet_map(r, wish, TPACKET_V3, V3_TUNED_BLOCK, V2_FRAME, V3_TUNED_TIMEOUT);
	packet_bind(r);
}

static bool v3_next(struct reader *r)
{
	struct tpacket_block_desc *block = (void *)(r->map + r->at * r->block_size);
	struct tpacket_hdr_v1 *head = &block->hdr.bh1;
	struct tpacket3_hdr *hdr;

	if (!(__atomic_load_n(&head->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	hdr = (void *)((u8 *)block + head->offset_to_first_pkt);
	for (u32 i = head->num_pkts; i; i--) {
		reader_seen(r, (u8 *)hdr + hdr->tp_mac, hdr->tp_snaplen);
		hdr = (void *)((u8 *)hdr + hdr->tp_next_offset);
	}
	__atomic_store_n(&head->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	if (++r->at == r->blocks)
		r->at = 0;
	return true;
}

static void v3_take(struct reader *r, bool wait)
{
	u64 before = r->records;

	while (v3_next(r))
		;
	if (wait && r->records == before)
		packet_sleep(r);
}

const struct reader_kind reader_recv = {
	.name = "recv", .label = "AF_PACKET, recv",
	.open = recv_open, .take = recv_take, .dropped = packet_dropped,
};

const struct reader_kind reader_v2 = {
	.name = "v2", .label = "TPACKET_V2",
	.open = v2_open, .take = v2_take, .dropped = packet_dropped,
};

const struct reader_kind reader_v3 = {
	.name = "v3", .label = "TPACKET_V3, as libpcap", .late = true,
	.open = v3_open, .take = v3_take, .dropped = packet_dropped,
};

const struct reader_kind reader_v3_tuned = {
	.name = "v3-tuned", .label = "TPACKET_V3, tuned", .late = true,
	.open = v3_open, .take = v3_take, .dropped = packet_dropped,
};
