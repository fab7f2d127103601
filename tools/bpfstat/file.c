// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reads /proc/net/bpf, or a file like it, into memory, and makes it harmless.  It
 * knows neither columns nor rows.
 */
#include "bpfstat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Says why, as well as it is known. */
__attribute__((noreturn))
static void cannot_read(const char *path)
{
	int err = errno;

	if (err == ENOENT && !strncmp(path, PROC_FILE, strlen(PROC_FILE)))
		die(EXIT_SYSTEM, "%s is missing: load the module with modprobe bsdbpf", path);
	if (err == EACCES || err == EPERM)
		die(EXIT_SYSTEM, "cannot read %s: %s: who listens is for root to know",
		    path, strerror(err));
	die(EXIT_SYSTEM, "cannot read %s: %s", path, strerror(err));
}

/* All of a file, ended by a null byte that does not count. */
static char *all(const char *path, size_t *len)
{
	size_t size = 0;
	char *text = NULL;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		cannot_read(path);
	*len = 0;
	do {
		if (size - *len < 65536) {
			size = size * 2 + 65537;
			text = realloc(text, size);
			if (!text)
				die(EXIT_SYSTEM, "out of memory");
		}
		n = read(fd, text + *len, size - *len - 1);
		if (n < 0)
			cannot_read(path);
		*len += n;
	} while (n);
	close(fd);
	text[*len] = '\0';
	return text;
}

/*
 * Length of the printable UTF-8 character at s, or 0.  RFC 3629, table in section
 * 4, without the control characters of ISO 6429 below U+00A0.
 */
static size_t utf8_len(const unsigned char *s)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len, i;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xc2 || s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf4)
		high = 0x8f;
	for (i = 1; i < len; i++, low = 0x80, high = 0xbf)
		if (s[i] < low || s[i] > high)
			return 0;
	return len;
}

/*
 * A command's name is whatever bytes its owner likes, cut off after 15: they must
 * neither reach a terminal as orders nor make JSON that is none.
 */
static void clean(char *text, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = utf8_len((unsigned char *)text + i);
		if (!n) {
			n = 1;
			if (text[i] != '\n')
				text[i] = '?';
		}
	}
}

/**
 * file_read() - all of a file as clean text, or die
 * @path: file
 * @len: set to its length
 *
 * Return: lines of printable UTF-8, to be freed.
 */
char *file_read(const char *path, size_t *len)
{
	char *text = all(path, len);

	clean(text, *len);
	return text;
}
