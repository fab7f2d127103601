// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The engines that take part: one row for each, in the order of the table that
 * people see. cbpf's and libpcap's are here; the others have files of their own.
 */
#include "bench.h"

const struct engine *const engines[] = {
	&engine_native, &engine_hardened, &engine_interpreter, &engine_pcap, &engine_linux,
	&engine_dpdk, &engine_clang,
};

const u32 engines_count = ARRAY_SIZE(engines);

static const struct cbpf_insn *insns_of(const struct bpf_program *program)
{
	return (const void *)program->bf_insns;
}

/* As in a process that runs filters of its own. */
static struct cbpf_target plain(void)
{
	return (struct cbpf_target){ .without = options.without };
}

/* As in a kernel that trusts nobody. */
static struct cbpf_target hardened(void)
{
	return (struct cbpf_target){
		.landing = true, .guard = true, .blind = 0x5eedca57, .without = options.without,
	};
}

/* Room for what becomes of the longest program. */
static u8 native_code[1 << 20];

static int compile(const struct bpf_program *program, struct cbpf_target target)
{
	return cbpf_compile(insns_of(program), program->bf_len, native_code,
			    sizeof(native_code), &target);
}

static const char *load(const struct filter *filter, struct cbpf_target target,
			struct loaded *to)
{
	int size = compile(&filter->program, target);

	if (size <= 0)
		return size ? "out of memory" : "the program is too complex";
	if (size > (int)sizeof(native_code))
		return text("it has %d bytes", size);
	code_make(native_code, size, to);
	code_seal(to);
	return NULL;
}

static const char *native_load(const struct filter *filter, struct loaded *to)
{
	return load(filter, plain(), to);
}

static const char *hardened_load(const struct filter *filter, struct loaded *to)
{
	return load(filter, hardened(), to);
}

/*
 * The packets are linear, so native code decides all of them; CBPF_UNDECIDED, which
 * a judge_fn cannot say, would show as a difference in the results.
 */
static void native_call(const struct loaded *loaded, const struct frame *frame, u32 index,
			struct call *to)
{
	static u32 words[CBPF_NATIVE_WORDS];

	(void)loaded;
	(void)index;
	*to = (struct call){ { (u64)frame->bytes, frame->len, frame->len, (u64)words },
		frame->bytes, frame->bytes };
}

static bool native_compile(const struct bpf_program *program)
{
	int size = compile(program, plain());

	return size > 0 && size <= (int)sizeof(native_code);
}

static bool hardened_compile(const struct bpf_program *program)
{
	int size = compile(program, hardened());

	return size > 0 && size <= (int)sizeof(native_code);
}

const struct engine engine_native = {
	.name = "native", .label = "cbpf native", .load = native_load,
	.unload = code_free, .call = native_call, .compile = native_compile,
};

const struct engine engine_hardened = {
	.name = "hardened", .label = "cbpf hardened", .load = hardened_load,
	.unload = code_free, .call = native_call, .compile = hardened_compile,
};

static const char *interpreter_load(const struct filter *filter, struct loaded *to)
{
	struct cbpf_prepared *prepared = malloc(cbpf_prepared_size(filter->program.bf_len));

	if (!prepared)
		return "out of memory";
	cbpf_prepare(prepared, insns_of(&filter->program), filter->program.bf_len);
	to->judge = (judge_fn)(void *)cbpf_run;
	to->loop = code_far_loop();
	to->state = prepared;
	return NULL;
}

static void interpreter_unload(struct loaded *loaded)
{
	free(loaded->state);
}

static void interpreter_call(const struct loaded *loaded, const struct frame *frame, u32 index,
			     struct call *to)
{
	static struct cbpf_pkt packets[BENCH_PACKETS];
	struct cbpf_pkt *pkt = &packets[index];

	*pkt = (struct cbpf_pkt){
		.head = frame->bytes, .headlen = frame->len, .wirelen = frame->len,
	};
	*to = (struct call){ { (u64)loaded->state, (u64)pkt }, frame->bytes, pkt };
}

const struct engine engine_interpreter = {
	.name = "interpreter", .label = "cbpf interp", .load = interpreter_load,
	.unload = interpreter_unload, .call = interpreter_call,
};

static const char *pcap_load(const struct filter *filter, struct loaded *to)
{
	to->judge = (judge_fn)(void *)bpf_filter;
	to->loop = code_far_loop();
	to->state = filter->program.bf_insns;
	return NULL;
}

static void pcap_call(const struct loaded *loaded, const struct frame *frame, u32 index,
		      struct call *to)
{
	(void)index;
	*to = (struct call){
		{ (u64)loaded->state, (u64)frame->bytes, frame->len, frame->len },
		frame->bytes, frame->bytes };
}

const struct engine engine_pcap = {
	.name = "libpcap", .label = "libpcap interp", .load = pcap_load, .call = pcap_call,
};
