// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Rounds: made by chance, written and read. */
#include "../../vm/bpf.h"
#include "../../vm/errno_page.h"

#include <inttypes.h>

#include "op.h"
#include "rng.h"

const char *const op_names[OP_COUNT] = {
#define X(name) #name,
	OP_KINDS(X)
#undef X
};

/* How often: of the first thread, which moves the network, and of the others. */
static const struct {
	uint8_t network, device;
} weights[OP_COUNT] = {
	[OP_open] = { 4, 10 }, [OP_close] = { 1, 3 }, [OP_dup] = { 0, 3 },
	[OP_pass] = { 0, 2 }, [OP_take] = { 0, 3 }, [OP_fork] = { 0, 1 },
	[OP_fcntl] = { 0, 6 }, [OP_ioctl] = { 10, 70 }, [OP_code] = { 0, 6 },
	[OP_read] = { 4, 20 }, [OP_write] = { 4, 16 }, [OP_poll] = { 0, 6 },
	[OP_map] = { 0, 4 }, [OP_unmap] = { 0, 2 }, [OP_touch] = { 0, 10 },
	[OP_send] = { 60, 14 }, [OP_link] = { 40, 0 }, [OP_tun] = { 8, 0 },
	[OP_unshare] = { 1, 0 }, [OP_sysctl] = { 2, 1 }, [OP_proc] = { 1, 1 },
};

static enum op_kind kind_make(u64 *state, bool network)
{
	u32 total = 0, at;
	int kind;

	for (kind = 0; kind < OP_COUNT; kind++)
		total += network ? weights[kind].network : weights[kind].device;
	at = rng_below(state, total);
	for (kind = 0;; kind++) {
		u32 weight = network ? weights[kind].network : weights[kind].device;

		if (at < weight)
			return kind;
		at -= weight;
	}
}

/* Each thread has its own numbers: what one does never depends on how much others do. */
void round_make(struct round *r, uint64_t seed, uint64_t number, uint32_t ops, bool faults)
{
	r->seed = seed;
	r->number = number;
	r->count = 0;
	for (u32 thread = 0; thread < THREADS; thread++) {
		u64 state = seed * 0x2545f4914f6cdd1d + number * THREADS + thread;

		for (u32 i = 0; i < ops && r->count < OPS_MAX; i++) {
			struct op *op = &r->ops[r->count++];

			op->thread = thread;
			op->kind = kind_make(&state, thread == 0);
			op->slot = rng_below(&state, SLOTS);
			op->a = rng_next(&state);
			op->b = rng_next(&state);
			op->c = rng_next(&state);
			op->fail = faults && rng_one_in(&state, 6) ?
				   1 + rng_below(&state, rng_one_in(&state, 3) ? 30 : 4) : 0;
			/* most that happen concern few: then they meet */
			if (rng_one_in(&state, 3))
				op->slot = number % SLOTS;
		}
	}
}

void op_write(const struct op *op, FILE *to)
{
	fprintf(to, "%u %s %u %u %u %u %u", op->thread, op_names[op->kind], op->slot, op->a,
		op->b, op->c, op->fail);
	if (op->kind == OP_ioctl)
		fprintf(to, "  # %s", commands[op->a % ARRAY_SIZE(commands)].name);
	fputc('\n', to);
}

void round_write(const struct round *r, FILE *to, const char *why)
{
	fprintf(to, "# A round of system calls; run it with: tests/fuzz/syscall/run --replay FILE\n");
	if (why)
		fprintf(to, "# %s\n", why);
	fprintf(to, "# thread operation slot a b c fail\nround %" PRIu64 " %" PRIu64 "\n",
		r->seed, r->number);
	for (u32 i = 0; i < r->count; i++)
		op_write(&r->ops[i], to);
}

static bool op_read(struct op *op, const char *line)
{
	unsigned int thread, slot, fail, kind;
	char name[16];

	if (sscanf(line, "%u %15s %u %u %u %u %u", &thread, name, &slot, &op->a, &op->b, &op->c,
		   &fail) != 7 || thread >= THREADS || slot >= SLOTS || fail > 255)
		return false;
	for (kind = 0; kind < OP_COUNT && strcmp(name, op_names[kind]); kind++)
		;
	op->thread = thread;
	op->slot = slot;
	op->fail = fail;
	op->kind = kind;
	return kind < OP_COUNT;
}

bool round_read(struct round *r, FILE *from, const char *name)
{
	char line[256];
	u32 number = 0;

	r->seed = r->number = r->count = 0;
	while (fgets(line, sizeof(line), from)) {
		number++;
		if (*line == '#' || *line == '\n' ||
		    sscanf(line, "round %" SCNu64 " %" SCNu64, &r->seed, &r->number) == 2)
			continue;
		if (r->count == OPS_MAX || !op_read(&r->ops[r->count], line)) {
			fprintf(stderr, "syscall: %s:%u is no operation: %s", name, number, line);
			return false;
		}
		r->count++;
	}
	return true;
}
