/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The tables of the manual page bpf(4), as rows of plain text, and all commands
 * by their names.  It reads mdoc just as far as those tables need it, and knows
 * nothing of what their cells mean.
 */
#ifndef VM_ERRNO_PAGE_H
#define VM_ERRNO_PAGE_H

#define PAGE "tools/man/bpf.4"	/* a case runs at the top of the checkout */
#define CELLS 5

struct page_row {
	char cell[CELLS][512];
};

struct page_table {
	struct page_row rows[256];
	int count;
};

/* "Xr read 2" is read, "Dv BIOCSETIF" is BIOCSETIF, "\&no" is no. */
static inline void page_cell(char *to, char *from)
{
	static const char *const macros[] = { "Dv", "Er", "Li", "Pa", "Sy", "Va",
		"Vt", "Xr" };
	bool reference = !strncmp(from, "Xr ", 3);
	char *end;

	for (size_t i = 0; i < ARRAY_SIZE(macros); i++)
		if (!strncmp(from, macros[i], 2) && from[2] == ' ')
			from += 3;
	if (!strncmp(from, "\\&", 2))
		from += 2;
	end = stpncpy(to, from, sizeof(((struct page_row *)0)->cell[0]) - 1);
	while (end > to && end[-1] == ' ')
		*--end = '\0';
	if (reference)
		*strchrnul(to, ' ') = '\0';
}

static inline void page_item(struct page_row *row, char *line)
{
	char *next;

	memset(row, 0, sizeof(*row));
	strcat(line, " ");
	for (int i = 0; i < CELLS && line; i++, line = next) {
		next = strstr(line, " Ta ");
		if (next) {
			*next = '\0';
			next += 4;
		}
		page_cell(row->cell[i], line);
	}
}

/* A line of text belongs to the last cell that the item has begun. */
static inline void page_text(struct page_row *row, int columns, const char *line)
{
	char *cell = row->cell[columns - 1];
	size_t len = strlen(cell);

	snprintf(cell + len, sizeof(row->cell[0]) - len, "%s%s", len ? " " : "",
		 line);
}

/*
 * Reads the table whose first row is the headings given, a row as the page has
 * it.  Ends the program if the page has no such table.
 */
static inline void page_read(const char *path, const char *headings, int columns,
			     struct page_table *table)
{
	FILE *page = fopen(path, "r");
	char line[1024];
	bool inside = false;

	table->count = 0;
	while (page && fgets(line, sizeof(line) - 2, page)) {
		line[strcspn(line, "\n")] = '\0';
		if (!inside) {
			inside = !strcmp(line, headings);
			continue;
		}
		if (!strcmp(line, ".El"))
			break;
		if (!strncmp(line, ".It ", 4)) {
			must(table->count < (int)ARRAY_SIZE(table->rows) ? 0 : -1);
			page_item(&table->rows[table->count++], line + 4);
		} else if (table->count) {
			page_text(&table->rows[table->count - 1], columns, line);
		}
	}
	if (page)
		fclose(page);
	if (!table->count) {
		printf("Bail out! no table \"%s\" in %s\n", headings, path);
		exit(1);
	}
}

static const struct command {
	const char *name;
	unsigned long code;
} commands[] = {
#define COMMAND(name) { #name, name }
	COMMAND(BIOCGBLEN), COMMAND(BIOCSBLEN), COMMAND(BIOCSETF),
	COMMAND(BIOCFLUSH), COMMAND(BIOCPROMISC), COMMAND(BIOCGDLT),
	COMMAND(BIOCGETIF), COMMAND(BIOCSETIF), COMMAND(BIOCSRTIMEOUT),
	COMMAND(BIOCGRTIMEOUT), COMMAND(BIOCGSTATS), COMMAND(BIOCIMMEDIATE),
	COMMAND(BIOCVERSION), COMMAND(BIOCGRSIG), COMMAND(BIOCSRSIG),
	COMMAND(BIOCGHDRCMPLT), COMMAND(BIOCSHDRCMPLT), COMMAND(BIOCGDIRECTION),
	COMMAND(BIOCSDIRECTION), COMMAND(BIOCSDLT), COMMAND(BIOCGDLTLIST),
	COMMAND(BIOCLOCK), COMMAND(BIOCSETWF), COMMAND(BIOCFEEDBACK),
	COMMAND(BIOCGETBUFMODE), COMMAND(BIOCSETBUFMODE), COMMAND(BIOCSETFNR),
	COMMAND(BIOCGETZMAX), COMMAND(BIOCSETZBUF), COMMAND(BIOCROTZBUF),
	COMMAND(BIOCGTSTAMP), COMMAND(BIOCSTSTAMP), COMMAND(BIOCSETVLANPCP),
	COMMAND(BIOCSWTIMEOUT), COMMAND(BIOCGWTIMEOUT), COMMAND(BIOCDWTIMEOUT),
	COMMAND(BIOCGFILDROP), COMMAND(BIOCSFILDROP), COMMAND(BIOCGSTATS64),
	COMMAND(BIOCGFEEDBACK), COMMAND(BIOCGHEADDROP), COMMAND(BIOCSHEADDROP),
	COMMAND(BIOCGBATCHWRITE), COMMAND(BIOCSBATCHWRITE),
	COMMAND(BIOCGETIFLIST), COMMAND(BIOCGPKTINFO), COMMAND(BIOCSPKTINFO),
	COMMAND(BIOCGENGINE), COMMAND(BIOCGFANOUT), COMMAND(BIOCSFANOUT),
	COMMAND(SIOCGIFADDR), COMMAND(FIONREAD), COMMAND(FIONBIO),
	COMMAND(FIOASYNC), COMMAND(FIOSETOWN), COMMAND(FIOGETOWN),
	COMMAND(TIOCSPGRP), COMMAND(TIOCGPGRP),
};

/* Of the commands whose code tells: does the argument go in, come out? */
#define COMMAND_IN(code) (_IOC_TYPE(code) == 'B' && _IOC_DIR(code) & _IOC_WRITE)
#define COMMAND_OUT(code) (_IOC_TYPE(code) == 'B' && _IOC_DIR(code) & _IOC_READ)

/* Those that only a descriptor for zero copy knows. */
static inline bool is_zcopy(unsigned long code)
{
	return code == BIOCGETZMAX || code == BIOCSETZBUF || code == BIOCROTZBUF;
}

/* Room for any argument, and one that its command takes in the right state. */
union argument {
	struct bpf_fanout fanout;
	unsigned int number;
	struct ifreq ifr;
	char room[256];
};

static inline union argument argument_of(const struct command *c)
{
	union argument arg = {};

	if (c->code == BIOCSETIF)
		strcpy(arg.ifr.ifr_name, "d0");
	else if (c->code == BIOCSETBUFMODE)
		arg.number = BPF_BUFMODE_BUFFER;
	else if (c->code == BIOCSDLT)
		arg.number = DLT_EN10MB;
	else if (c->code == BIOCSFANOUT)
		arg.fanout.bfo_mode = BPF_FANOUT_RR;
	return arg;
}

#endif /* VM_ERRNO_PAGE_H */
