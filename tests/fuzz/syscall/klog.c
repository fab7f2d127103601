// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The kernel's log, and what in it is bad: see tools/vm/klog-patterns. */
#include "klog.h"

#include <fcntl.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATTERNS	200

static regex_t bad[PATTERNS], harmless[PATTERNS];
static int bad_count, harmless_count, fd = -1;

static void pattern_add(const char *line)
{
	bool good = *line == '!';
	regex_t *to = good ? &harmless[harmless_count] : &bad[bad_count];

	if ((good ? harmless_count : bad_count) == PATTERNS ||
	    regcomp(to, line + good, REG_EXTENDED | REG_NOSUB)) {
		fprintf(stderr, "syscall: pattern \"%s\" cannot be used\n", line);
		exit(2);
	}
	good ? harmless_count++ : bad_count++;
}

void klog_open(const char *patterns)
{
	FILE *from = fopen(patterns, "r");
	char line[512];

	fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (!from || fd < 0) {
		fprintf(stderr, "syscall: no %s here: run it in a test machine, see tests/fuzz/syscall/run\n",
			from ? "/dev/kmsg" : patterns);
		exit(2);
	}
	lseek(fd, 0, SEEK_END);
	while (fgets(line, sizeof(line), from)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && *line != '#')
			pattern_add(line);
	}
	fclose(from);
}

static bool matches(const regex_t *patterns, int count, const char *line)
{
	for (int i = 0; i < count; i++)
		if (!regexec(&patterns[i], line, 0, NULL, 0))
			return true;
	return false;
}

const char *klog_bad(void)
{
	static char found[400];
	char record[8192], *text;
	ssize_t n;

	*found = '\0';
	while ((n = read(fd, record, sizeof(record) - 1)) > 0) {
		record[n] = '\0';
		text = strchr(record, ';');
		if (!text || *found)
			continue;
		text[strcspn(text, "\n")] = '\0';
		if (matches(bad, bad_count, text + 1) &&
		    !matches(harmless, harmless_count, text + 1))
			snprintf(found, sizeof(found), "%s", text + 1);
	}
	return *found ? found : NULL;
}
