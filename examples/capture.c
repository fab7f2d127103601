// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Prints the UDP packets on an Ethernet interface: capture INTERFACE [COUNT] */
#include <net/bpf.h>	/* struct bpf_hdr, BIOC...; also brings struct ifreq */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct bpf_insn udp[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 30),			/* too short: rejected */
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),			/* EtherType */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0800, 0, 3),	/* IPv4? */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),			/* its protocol */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 17, 0, 1),		/* UDP? */
		BPF_STMT(BPF_RET | BPF_K, 96),				/* keep 96 bytes */
		BPF_STMT(BPF_RET | BPF_K, 0),				/* keep nothing */
	};
	struct bpf_program filter = { sizeof(udp) / sizeof(*udp), udp };
	long left = argc > 2 ? atol(argv[2]) : -1;
	unsigned int len = 65536, on = 1;
	struct ifreq ifr = { 0 };
	int fd = open("/dev/bpf", O_RDONLY);

	strncpy(ifr.ifr_name, argc > 1 ? argv[1] : "eth0", IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, BIOCSBLEN, &len) || ioctl(fd, BIOCSETF, &filter) ||
	    ioctl(fd, BIOCSETIF, &ifr) || ioctl(fd, BIOCIMMEDIATE, &on))
		return perror("/dev/bpf"), 1;
	char *buf = malloc(len);
	for (ssize_t n; (n = read(fd, buf, len)) > 0;)	/* always asks for len bytes */
		for (char *p = buf; p < buf + n;) {
			struct bpf_hdr *h = (struct bpf_hdr *)p;
			unsigned char *packet = (unsigned char *)p + h->bh_hdrlen;

			printf("%u of %u bytes, %d.%d.%d.%d > %d.%d.%d.%d\n", h->bh_caplen, h->bh_datalen,
			       packet[26], packet[27], packet[28], packet[29],
			       packet[30], packet[31], packet[32], packet[33]);
			fflush(stdout);
			if (!--left)
				return 0;
			p += BPF_WORDALIGN(h->bh_hdrlen + h->bh_caplen);
		}
	return perror("read"), 1;
}
