// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The files: one, or one after the other, of which some are kept; and what is left of
 * one when the disk is full: all packets that found room, whole, and the statistics.
 * Knows blocks only as far as where they end and whose packets they are.
 */
#include "bpfcap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_SIZE 1048576

/* In a row of files, or one of several processes? */
static bool row(const struct options *o)
{
	return o->file_size || o->file_time || o->file_count;
}

/* The name of a file: its worker and its number go before the last part's last dot. */
static char *path_of(const struct output *out, uint64_t number)
{
	const char *path = out->o->path, *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
	int stem = strlen(path);
	char worker[16] = "", suffix[32] = "", *name;

	if (dot && dot != path && (!slash || dot > slash + 1))
		stem = dot - path;
	if (out->worker)
		snprintf(worker, sizeof(worker), "-p%u", out->worker);
	if (row(out->o))
		snprintf(suffix, sizeof(suffix), "-%05llu", (unsigned long long)number);
	if (asprintf(&name, "%.*s%s%s%s", stem, path, worker, suffix, path + stem) < 0)
		die(EXIT_CAPTURE, "out of memory");
	return name;
}

static void failed(struct output *out)
{
	out->error = errno;
	/* nobody reads any more: that is no error, and for others to explain */
	if (errno != EPIPE)
		say("cannot write %s: %s", out->path, strerror(errno));
}

/* Whole blocks of the buffer that are in the file, with room behind them that was had. */
static size_t whole_blocks(const struct output *out, size_t done, size_t room)
{
	size_t at = 0, len;

	while (at < out->len) {
		len = pcapng_length(out->buffer + at);
		if (at + len + room > done)
			break;
		at += len;
	}
	return at;
}

/* From this block of the buffer on nothing is in the file. */
static void forget(struct output *out, size_t at)
{
	int interface;

	for (; at < out->len; at += pcapng_length(out->buffer + at)) {
		interface = pcapng_packet_of(out->buffer + at);
		if (interface < 0)
			continue;
		out->devices[interface].written--;
		out->packets--;
	}
}

static ssize_t write_all(int fd, const uint8_t *from, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = write(fd, from + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		done += n;
	}
	return done;
}

static size_t put_statistics(struct output *out, uint8_t *to)
{
	uint64_t now = clock_ns(CLOCK_REALTIME);
	struct counts counts;
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < out->o->ninterfaces; i++) {
		device_counts(&out->devices[i], &counts);
		len += pcapng_statistics(to + len, i, &out->devices[i], &counts, out->start, now);
	}
	return len;
}

/*
 * The file ends somewhere in a block.  It is cut behind the last one that leaves room
 * for the statistics, which go where bytes of the next ones were.
 */
static void repair(struct output *out, size_t done)
{
	uint8_t statistics[INTERFACES_MAX * PCAPNG_STATISTICS_MAX];
	size_t room = put_statistics(out, statistics), at, len;

	if (out->base < 0) {
		forget(out, whole_blocks(out, done, 0));
		return;
	}
	/* not even what a file begins with: then it is none */
	if (!out->size) {
		if (ftruncate(out->fd, out->base) ||
		    (out->fd != STDOUT_FILENO && unlink(out->path)))
			say("cannot remove %s: %s", out->path, strerror(errno));
		return;
	}
	at = whole_blocks(out, done, room);
	forget(out, at);
	out->size += at;
	if (ftruncate(out->fd, out->base + out->size) ||
	    lseek(out->fd, out->base + out->size, SEEK_SET) < 0) {
		say("cannot cut %s where its last packet ends: %s", out->path, strerror(errno));
		return;
	}
	/* again, for the packets that are no longer there */
	len = put_statistics(out, statistics);
	if (write_all(out->fd, statistics, len) < (ssize_t)len &&
	    ftruncate(out->fd, out->base + out->size))
		say("cannot cut %s where its last packet ends: %s", out->path, strerror(errno));
}

/**
 * output_flush() - write what is buffered
 * @out: output
 *
 * Return: false if that is not possible, now or since earlier.
 */
bool output_flush(struct output *out)
{
	size_t done;

	if (out->error)
		return false;
	done = write_all(out->fd, out->buffer, out->len);
	if (done < out->len) {
		failed(out);
		repair(out, done);
	} else {
		out->size += done;
	}
	out->len = 0;
	return !out->error;
}

/* Where the next block goes. */
static uint8_t *room_for(struct output *out, size_t len)
{
	if (BUFFER_SIZE - out->len < len)
		output_flush(out);
	return out->buffer + out->len;
}

/* How far a file can be cut: not at all if it is none, or somebody else's begins it. */
static off_t base_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -1;
	return fcntl(fd, F_GETFL) & O_APPEND ? st.st_size : lseek(fd, 0, SEEK_CUR);
}

static bool file_begin(struct output *out)
{
	unsigned int i;

	free(out->path);
	out->path = path_of(out, ++out->number);
	out->size = 0;
	out->packets = 0;
	if (!strcmp(out->o->path, "-"))
		out->fd = STDOUT_FILENO;
	else
		out->fd = open(out->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (out->fd < 0) {
		failed(out);
		return false;
	}
	out->base = base_of(out->fd);
	out->len += pcapng_section(room_for(out, PCAPNG_HEADER_MAX));
	for (i = 0; i < out->o->ninterfaces; i++)
		out->len += pcapng_interface(room_for(out, PCAPNG_HEADER_MAX),
					     &out->devices[i], out->o);
	return output_flush(out);
}

/* The oldest file makes room for a new one. */
static void drop_oldest(struct output *out)
{
	char *path;

	if (!out->o->files || out->number < out->o->files)
		return;
	path = path_of(out, out->number + 1 - out->o->files);
	if (unlink(path) && errno != ENOENT)
		say("cannot remove %s: %s", path, strerror(errno));
	free(path);
}

/**
 * output_open() - the first file, or die
 * @out: output
 * @o: options
 * @devices: whose packets will come
 * @worker: number of the process, from 1 on; 0 if it is the only one
 */
void output_open(struct output *out, const struct options *o, struct device *devices,
		 unsigned int worker)
{
	*out = (struct output){ .o = o, .devices = devices, .worker = worker };
	out->start = clock_ns(CLOCK_REALTIME);
	out->buffer = malloc(BUFFER_SIZE);
	if (!out->buffer)
		die(EXIT_CAPTURE, "out of memory");
	if (!file_begin(out))
		exit(out->error == EPIPE ? 0 : EXIT_CAPTURE);
}

/**
 * output_close() - the statistics, and the end of the file
 * @out: output
 *
 * Return: false if not all that was given is in the files.
 */
bool output_close(struct output *out)
{
	if (!out->error)
		out->len += put_statistics(out, room_for(out, out->o->ninterfaces *
							 PCAPNG_STATISTICS_MAX));
	output_flush(out);
	if (out->fd >= 0 && close(out->fd) && !out->error)
		failed(out);
	return !out->error;
}

/* Is the file full, so that this packet, a block of so many bytes, begins the next one? */
static bool full(const struct output *out, const struct record *r, size_t block)
{
	const struct options *o = out->o;
	size_t rest = o->ninterfaces * PCAPNG_STATISTICS_MAX;

	if (!out->packets)
		return false;
	return (o->file_count && out->packets >= o->file_count) ||
	       (o->file_size && out->size + out->len + block + rest > o->file_size) ||
	       (o->file_time && r->time >= out->first + o->file_time);
}

/**
 * output_packet() - write a packet, at the latest by output_flush()
 * @out: output
 * @interface: number of its interface
 * @r: the packet
 *
 * Return: false if it cannot be written.
 */
bool output_packet(struct output *out, unsigned int interface, const struct record *r)
{
	size_t most = r->caplen + PCAPNG_PACKET_MAX;
	uint8_t *to;

	if (full(out, r, most)) {
		if (!output_close(out))
			return false;
		drop_oldest(out);
		if (!file_begin(out))
			return false;
	}
	to = room_for(out, most);
	if (out->error)
		return false;
	if (!out->packets++)
		out->first = r->time;
	out->devices[interface].written++;
	out->len += pcapng_packet(to, interface, r);
	return true;
}
