// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Runs and compares the engines. The reference is right by definition; it is the
 * unit tests' business to compare it with what is written down.
 */
#include "engines.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "machine.h"
#include "reference.h"
#include "view.h"
#include "virtual.h"

/* A program that takes so long, of a processor, is in a loop; seconds. */
#define TOO_LONG	2

enum engine { VALIDATOR, REFERENCE, INTERPRETER, NATIVE, VARIANT, EBPF, ENGINES };

static const char *const names[] = {
	"validator", "reference", "interpreter", "native", "native, target",
	"eBPF",
};

sigjmp_buf engines_jump;
u64 engines_decided, engines_undecided;

static struct guard packet_room, code_room, prepared_room;
static struct cbpf_prepared *prepared;
static struct machine machines[ENGINES];
static const struct cbpf_insn *insns;
static u32 len;
static bool valid;

/* What is going on, for reports, also from a signal's handler. */
static volatile enum engine at;
static volatile int crashed;
static const char *wrong;
static bool done[ENGINES];
static u64 results[ENGINES];

static void crash(int sig)
{
	crashed = sig;
	siglongjmp(engines_jump, sig);
}

void engines_init(void)
{
	static const int signals[] = {
		SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGVTALRM,
	};
	static char stack[65536];
	const stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	/* not blocked while it is handled: the handler does not return */
	struct sigaction action = {
		.sa_handler = crash,
		.sa_flags = SA_ONSTACK | SA_NODEFER,
	};

	sigaltstack(&other, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	packet_room = guard_alloc(FUZZ_MAXBYTES);
	code_room = guard_alloc(CBPF_MAXINSNS * sizeof(struct cbpf_insn));
	prepared_room = guard_alloc(cbpf_prepared_size(CBPF_MAXINSNS));
	virtual_quiet = true;
	machines[NATIVE] = machine_alloc();
	machines[VARIANT] = machine_alloc();
}

static bool fail(const char *why)
{
	wrong = why;
	return false;
}

static void begin(void)
{
	crashed = 0;
	wrong = NULL;
	virtual_wrong = NULL;
	memset(done, 0, sizeof(done));
}

bool engines_validate(const struct fuzz_case *c)
{
	u32 where = CBPF_MAXINSNS;
	int err;

	begin();
	at = VALIDATOR;
	len = c->len;
	insns = guard_at_end(&code_room, c->insns, len * sizeof(*insns));
	err = cbpf_validate(insns, len, &where);
	valid = !err;
	if (valid != reference_valid(insns, len))
		return fail(valid ? "an invalid program is said to be valid" :
				    cbpf_strerror(err));
	if (!valid && where >= len)
		return fail("the offence is outside of the program");
	return true;
}

static bool compile(enum engine engine, const struct cbpf_target *target)
{
	struct machine *m = &machines[engine];

	at = engine;
	switch (machine_compile(m, insns, len, target)) {
	case MACHINE_BROKEN:
		return fail(m->broken);
	case MACHINE_NO_MEMORY:
		return fail("there is no memory");
	}
	return true;
}

static void limit(time_t seconds)
{
	const struct itimerval timer = { .it_value.tv_sec = seconds };

	setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

bool engines_load(const struct fuzz_case *c)
{
	static const struct cbpf_target usual;

	limit(TOO_LONG);
	if (!engines_validate(c))
		return false;
	if (!valid)
		return true;
	at = INTERPRETER;
	prepared = (void *)(prepared_room.end - cbpf_prepared_size(len));
	cbpf_prepare(prepared, insns, len);
	at = EBPF;
	virtual_load(insns, len);
	return compile(NATIVE, &usual) && compile(VARIANT, &c->target);
}

bool engines_valid(void)
{
	return valid;
}

static bool run_native(enum engine engine, const struct cbpf_pkt *pkt)
{
	if (!machines[engine].code)
		return true;
	at = engine;
	results[engine] = machine_run(&machines[engine], pkt);
	done[engine] = true;
	if (results[engine] == CBPF_UNDECIDED)
		engines_undecided++;
	else
		engines_decided++;
	return machine_says(results[engine], pkt, results[REFERENCE]);
}

bool engines_run(const struct fuzz_packet *p, enum engines_side side)
{
	struct view view = view_make(&packet_room, (enum view_side)side, p->bytes,
				     p->headlen, p->avail, p->wirelen,
				     side || p->headlen < p->avail, packet_facts(p));
	bool same;

	begin();
	at = REFERENCE;
	results[REFERENCE] = reference_run_facts(insns, len, p->bytes, p->avail, p->wirelen,
						 packet_facts(p));
	done[REFERENCE] = true;
	at = INTERPRETER;
	results[INTERPRETER] = cbpf_run(prepared, &view.pkt);
	done[INTERPRETER] = true;
	/* all of them in any case: it helps to know which one is to blame */
	same = results[INTERPRETER] == results[REFERENCE];
	same &= run_native(NATIVE, &view.pkt);
	same &= run_native(VARIANT, &view.pkt);
	at = EBPF;
	virtual_run(&view.pkt, results[REFERENCE]);
	return same;
}

u32 engines_result(void)
{
	return results[REFERENCE];
}

bool engines_differ(const struct fuzz_case *c)
{
	bool same;

	if (engines_crash())
		return true;
	same = engines_load(c) &&
	       (!valid || (engines_run(&c->packet, ENGINES_START) &&
			   engines_run(&c->packet, ENGINES_END)));
	limit(0);
	return !same;
}

void engines_report(FILE *to)
{
	enum engine e;

	for (e = 0; e < ENGINES; e++)
		if (done[e] && results[e] == CBPF_UNDECIDED)
			fprintf(to, "# %s: undecided\n", names[e]);
		else if (done[e])
			fprintf(to, "# %s: %#llx\n", names[e],
				(unsigned long long)results[e]);
	if (wrong)
		fprintf(to, "# %s: %s\n", names[at], wrong);
	if (virtual_wrong)
		fprintf(to, "# %s: %s\n", names[EBPF], virtual_wrong);
	else if (crashed)
		fprintf(to, "# %s: %s\n", names[at],
			crashed == SIGVTALRM ? "does not end" : strsignal(crashed));
}
