/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A packet socket and descriptors of each direction on one interface, which must see
 * the same packets in the same way.  Knows neither what is sent nor how it is hooked.
 * Include bpf.h first.
 */
#ifndef VM_VIEW_H
#define VM_VIEW_H

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#define VIEW_SIZE	(1 << 19)	/* of buffers */
#define VIEW_FRAMES	80		/* between two comparisons, at most */

/* --- what was seen --- */

struct seen {
	int n;
	struct {
		int out, type;
		size_t len;
		uint8_t *data;
	} f[VIEW_FRAMES];
};

static inline void seen_add(struct seen *s, int type, const void *data, size_t len)
{
	must(s->n < VIEW_FRAMES ? 0 : -1);
	s->f[s->n].type = type;
	s->f[s->n].out = type == PACKET_OUTGOING;
	s->f[s->n].len = len;
	s->f[s->n].data = malloc(len);
	memcpy(s->f[s->n++].data, data, len);
}

static inline void seen_free(struct seen *s)
{
	while (s->n)
		free(s->f[--s->n].data);
}

/* The next frame from i on that went in this direction; -1: in any. */
static inline int seen_next(const struct seen *s, int i, int out)
{
	while (i < s->n && out != -1 && s->f[i].out != out)
		i++;
	return i;
}

/* Are those of the first that went that way, in order, all that the second has? */
static inline bool seen_same(const struct seen *a, const struct seen *b, int out)
{
	int i = 0, j;

	for (j = 0; j < b->n; i++, j++) {
		i = seen_next(a, i, out);
		if (i == a->n || a->f[i].len != b->f[j].len ||
		    a->f[i].type != b->f[j].type ||
		    memcmp(a->f[i].data, b->f[j].data, a->f[i].len)) {
			printf("# frame %d of %d, type %d, %zu bytes: not type %d, %zu bytes\n",
			       j, b->n, b->f[j].type, b->f[j].len,
			       i < a->n ? a->f[i].type : -1, i < a->n ? a->f[i].len : 0);
			return false;
		}
	}
	i = seen_next(a, i, out);
	if (i < a->n)
		printf("# %d frames, and then one is missing\n", j);
	return i == a->n;
}

/* --- who sees it: a packet socket and four descriptors on one interface --- */

enum { BOTH, IN, OUT, TYPE, DESCS };

struct view {
	const char *ifname;
	int sock, fd[DESCS];
};

static inline int packet_socket(const char *ifname)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(ifname),
	};
	int fd = must(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

	must(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){ 8 << 20 }, sizeof(int)));
	must(setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &(int){ 1 }, sizeof(int)));
	must(bind(fd, (void *)&sll, sizeof(sll)));
	return fd;
}

static inline struct view view_open(const char *ifname)
{
	static const unsigned int direction[DESCS] = {
		BPF_D_INOUT, BPF_D_IN, BPF_D_OUT, BPF_D_INOUT,
	};
	struct bpf_insn sent[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, -1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct bpf_program prog = { 4, sent };
	struct view v = { .ifname = ifname };

	for (int i = 0; i < DESCS; i++) {
		v.fd[i] = bpf_on(ifname, VIEW_SIZE);
		must(bpf_set(v.fd[i], BIOCSPKTINFO, 1));
		must(bpf_set(v.fd[i], BIOCSDIRECTION, direction[i]));
	}
	must(ioctl(v.fd[TYPE], BIOCSETF, &prog));
	v.sock = packet_socket(ifname);
	return v;
}

static inline void view_close(struct view *v)
{
	for (int i = 0; i < DESCS; i++)
		close(v->fd[i]);
	close(v->sock);
}

/* The descriptor's frames; the direction in a record must be that of its type. */
static inline void take_bpf(int fd, struct seen *s)
{
	static char buf[VIEW_SIZE];
	const struct bpf_hdr *rec = NULL;
	struct bpf_pktinfo info;
	ssize_t n = bpf_drain(fd, buf, sizeof(buf));

	while (n > 0 && (rec = record_next(buf, n, rec))) {
		/* behind the header, before its padding; see net/bpf.h */
		memcpy(&info, (const char *)rec + ETHER_HDRLEN, sizeof(info));
		if ((info.bpi_direction == BPF_D_OUT) != (info.bpi_type == PACKET_OUTGOING))
			info.bpi_type = 77;
		seen_add(s, info.bpi_type, record_data(rec), rec->bh_caplen);
	}
}

/* The packet socket's, with their VLAN tags as on the link. */
static inline void take_socket(int fd, struct seen *s)
{
	static uint8_t data[1 << 17];
	char control[256];
	struct sockaddr_ll from;
	struct iovec iov = { data + 4, sizeof(data) - 4 };
	struct msghdr msg = { .msg_name = &from, .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control };
	struct tpacket_auxdata aux;
	uint8_t *at;
	ssize_t n;

	for (;;) {
		msg.msg_namelen = sizeof(from);
		msg.msg_controllen = sizeof(control);
		n = recvmsg(fd, &msg, 0);
		if (n < 0)
			return;
		memcpy(&aux, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(aux));
		at = data + 4;
		if (aux.tp_status & TP_STATUS_VLAN_VALID) {
			uint16_t tag[2] = { htons(aux.tp_vlan_tpid), htons(aux.tp_vlan_tci) };

			at = memmove(data, data + 4, 12);
			memcpy(data + 12, tag, 4);
			n += 4;
		}
		seen_add(s, from.sll_pkttype, at, n);
	}
}

/* All saw the same, and that many sent packets. */
static inline void view_same(struct view *v, const char *how, const char *what, int sent)
{
	struct seen socket = {}, bpf[DESCS] = {};
	int i, out = 0;

	take_socket(v->sock, &socket);
	wait_until(bpf_stats(v->fd[TYPE]).bs_recv >= (unsigned int)socket.n);
	for (i = 0; i < DESCS; i++)
		take_bpf(v->fd[i], &bpf[i]);
	for (i = 0; i < socket.n; i++)
		out += socket.f[i].out;
	if (!ok(sent < 0 ? out > 0 : out == sent, "%s: %s, %s: sent packets", how, v->ifname, what))
		printf("# %d, not %d\n", out, sent);
	ok(seen_same(&socket, &bpf[OUT], 1), "%s: what a packet socket saw as sent is seen so",
	   how);
	ok(seen_same(&socket, &bpf[IN], 0), "%s: and what it saw as received", how);
	ok(seen_same(&bpf[BOTH], &bpf[OUT], 1) && seen_same(&bpf[BOTH], &bpf[IN], 0),
	   "%s: both together are what is seen without a direction", how);
	ok(seen_same(&socket, &bpf[TYPE], 1), "%s: Linux's filters know what is sent", how);
	seen_free(&socket);
	for (i = 0; i < DESCS; i++)
		seen_free(&bpf[i]);
}

#endif /* VM_VIEW_H */
