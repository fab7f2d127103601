// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Prints the UDP packets on an Ethernet interface: capture INTERFACE [COUNT] */
#include <fcntl.h>
#include <net/bpf.h>	/* struct bpf_hdr, BIOC...; also brings struct ifreq */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ld [30]; ldh [12]; jne #0x800, no; ldb [23]; jne #17, no; ret #96; no: ret #0: by `bpfasm -c` */
static struct bpf_insn udp[] = { { 0x20, 0, 0, 30 }, { 0x28, 0, 0, 12 }, { 0x15, 0, 3, 0x800 },
	{ 0x30, 0, 0, 23 }, { 0x15, 0, 1, 17 }, { 0x06, 0, 0, 96 }, { 0x06, 0, 0, 0 } };

int main(int argc, char **argv)
{
	struct bpf_program filter = { sizeof(udp) / sizeof(*udp), udp };
	int fd = open("/dev/bpf", O_RDONLY), left = argc > 2 ? atoi(argv[2]) : 0;
	unsigned int len = 65536, on = 1;
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", argc > 1 ? argv[1] : "eth0");
	if (fd < 0 || ioctl(fd, BIOCSBLEN, &len) || ioctl(fd, BIOCSETF, &filter) ||
	    ioctl(fd, BIOCSETIF, &ifr) || ioctl(fd, BIOCIMMEDIATE, &on))
		return perror("/dev/bpf"), 1;
	char *buf = malloc(len);
	for (ssize_t n; (n = read(fd, buf, len)) > 0; fflush(stdout))	/* always asks for len bytes */
		for (char *p = buf; p < buf + n;) {
			struct bpf_hdr *h = (struct bpf_hdr *)p;
			unsigned char *ip = (unsigned char *)p + h->bh_hdrlen + 14;

			printf("%u of %u bytes, %d.%d.%d.%d > %d.%d.%d.%d\n", h->bh_caplen, h->bh_datalen,
			       ip[12], ip[13], ip[14], ip[15], ip[16], ip[17], ip[18], ip[19]);
			p += BPF_WORDALIGN(h->bh_hdrlen + h->bh_caplen);
			if (!--left)
				return 0;
		}
	return perror("read"), 1;
}
