/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Sends packets that the kernel has in two pieces, however short they are: from the
 * ring of a packet socket, which leaves in its pages what is not asked to be copied
 * (struct virtio_net_hdr says how much is).  Include bpf.h first.
 */
#ifndef VM_RING_H
#define VM_RING_H

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>

#define RING_SIZE	65536
#define RING_FRAME	2048

struct ring {
	int fd;
	uint8_t *frame;		/* the first one */
	int turn;		/* which is the next one, in the kernel's eyes, too */
};

static inline void ring_open(struct ring *ring, const char *ifname)
{
	struct tpacket_req req = { RING_SIZE, 1, RING_FRAME, RING_SIZE / RING_FRAME };
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = if_nametoindex(ifname) };
	int one = 1;

	ring->turn = 0;
	ring->fd = must(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
	must(setsockopt(ring->fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)));
	must(setsockopt(ring->fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)));
	must(bind(ring->fd, (struct sockaddr *)&to, sizeof(to)));
	ring->frame = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	must((long)ring->frame);
}

/* Of size bytes, those after the first are in another piece. */
static inline void ring_send(struct ring *ring, const void *packet, unsigned int size,
			     unsigned int first)
{
	struct virtio_net_hdr vnet = { .hdr_len = first };
	struct tpacket_hdr *hdr;
	uint8_t *data;

	hdr = (void *)(ring->frame + ring->turn * RING_FRAME);
	ring->turn = (ring->turn + 1) % (RING_SIZE / RING_FRAME);
	if (!wait_until(*(volatile unsigned long *)&hdr->tp_status == TP_STATUS_AVAILABLE))
		must(-1);
	data = (uint8_t *)hdr + TPACKET_HDRLEN - sizeof(struct sockaddr_ll);
	memcpy(data, &vnet, sizeof(vnet));
	memcpy(data + sizeof(vnet), packet, size);
	hdr->tp_len = sizeof(vnet) + size;
	__atomic_store_n(&hdr->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
	must(send(ring->fd, NULL, 0, 0));
}

static inline void ring_close(struct ring *ring)
{
	munmap(ring->frame, RING_SIZE);
	close(ring->fd);
}

#endif /* VM_RING_H */
