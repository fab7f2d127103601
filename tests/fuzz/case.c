// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Cases as text: a line for each thing, by name; # begins a comment.
 *
 *	program 2		decimal numbers as those of tcpdump -ddd
 *	40 0 0 12
 *	22 0 0 0
 *	packet 0a0b0c0d		what can be read of it
 *	head 2			how much of it is in the head
 *	wire 60
 *	facts 14 8191 2048 0...	network header, which values there are, and all 16
 *	target stub 0 landing 1 guard 0 lean 0 without 0 blind 0
 */
#include "case.h"

#include <inttypes.h>
#include <string.h>

#include "text.h"

void case_write(const struct fuzz_case *c, FILE *to)
{
	static char text[CBPF_MAXINSNS * 40];
	u32 i;

	text_of_program(c->insns, c->len, text, sizeof(text));
	fprintf(to, "# %s\nprogram %u\n", text, c->len);
	for (i = 0; i < c->len; i++)
		fprintf(to, "%u %u %u %u\n", c->insns[i].code, c->insns[i].jt,
			c->insns[i].jf, c->insns[i].k);
	fputs("packet ", to);
	for (i = 0; i < c->packet.avail; i++)
		fprintf(to, "%02x", c->packet.bytes[i]);
	fprintf(to, "\nhead %u\nwire %u\n", c->packet.headlen, c->packet.wirelen);
	if (c->packet.has_facts) {
		fprintf(to, "facts %u %u", c->packet.facts.network, c->packet.facts.have);
		for (i = 0; i < CBPF_ANCS; i++)
			fprintf(to, " %u", c->packet.facts.value[i]);
		fputc('\n', to);
	}
	fprintf(to, "target stub %d landing %u guard %u lean %u without %u blind %u\n",
		c->target.stub, c->target.landing, c->target.guard, c->target.lean,
		c->target.without, c->target.blind);
}

static const char *read_program(struct fuzz_case *c, const char *line, FILE *from)
{
	u32 i;

	if (sscanf(line, "program %u", &c->len) != 1 || c->len > CBPF_MAXINSNS)
		return "the program's length is wrong";
	for (i = 0; i < c->len; i++) {
		struct cbpf_insn *insn = &c->insns[i];

		if (fscanf(from, " %" SCNu16 " %" SCNu8 " %" SCNu8 " %" SCNu32,
			   &insn->code, &insn->jt, &insn->jf, &insn->k) != 4)
			return "an instruction is four decimal numbers";
	}
	return NULL;
}

static const char *read_packet(struct fuzz_packet *p, const char *line)
{
	unsigned int byte;

	line += strlen("packet ");
	for (p->avail = 0; sscanf(line, "%2x", &byte) == 1; line += 2) {
		if (p->avail == FUZZ_MAXBYTES)
			return "the packet is too long";
		p->bytes[p->avail++] = byte;
	}
	p->headlen = p->avail;
	p->wirelen = p->avail;
	return NULL;
}

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

static const char *read_facts(struct fuzz_packet *p, const char *line)
{
	int n, at;

	p->has_facts = true;
	if (sscanf(line, "facts %u %u%n", &p->facts.network, &p->facts.have, &at) != 2)
		return "the facts are not complete";
	for (u32 i = 0; i < CBPF_ANCS; i++, at += n)
		if (sscanf(line + at, "%u%n", &p->facts.value[i], &n) != 1)
			return "the facts are not complete";
	return NULL;
}

static const char *read_target(struct cbpf_target *t, const char *line)
{
	unsigned int landing, guard, lean;

	if (sscanf(line, "target stub %d landing %u guard %u lean %u without %u blind %u",
		   &t->stub, &landing, &guard, &lean, &t->without, &t->blind) != 6)
		return "the target is not complete";
	t->landing = landing;
	t->guard = guard;
	t->lean = lean;
	return NULL;
}

const char *case_read(struct fuzz_case *c, FILE *from)
{
	/* the comment with the whole program is the longest line */
	static char line[CBPF_MAXINSNS * 40 + 100];
	struct fuzz_packet *p = &c->packet;
	const char *wrong = NULL;

	memset(c, 0, sizeof(*c));
	while (!wrong && fgets(line, sizeof(line), from)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (begins(line, "program "))
			wrong = read_program(c, line, from);
		else if (begins(line, "packet "))
			wrong = read_packet(p, line);
		else if (sscanf(line, "head %u", &p->headlen) == 1 ||
			 sscanf(line, "wire %u", &p->wirelen) == 1)
			;
		else if (begins(line, "facts "))
			wrong = read_facts(p, line);
		else if (begins(line, "target "))
			wrong = read_target(&c->target, line);
		else
			wrong = "there is a line that means nothing";
	}
	if (!wrong && (p->headlen > p->avail || p->avail > p->wirelen))
		wrong = "head, packet and wire have to be longer, in this order";
	return wrong;
}
