#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# Tests the test machine itself, on the host: what tools/vm/run promises about
# status, output, files and failures has to hold before any case can be believed.
# It must not need the module.  Output is TAP.
#
# Usage: tests/host/vm.sh [KERNEL]
set -euo pipefail

kernel=${1:-6.1}
checkout=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
vm=$checkout/tools/vm
work=$(mktemp -d)
# A failed run leaves its kernel log behind: here, to go with the rest.
export TMPDIR=$work
trap 'jobs -p | xargs --no-run-if-empty kill 2>/dev/null; rm -rf "$work"' EXIT
count=0
failed=0

# ok NAME COMMAND...: one result; what the command says is shown when it fails.
ok()
{
	local name=$1

	shift
	count=$((count + 1))
	if "$@" >"$work/said" 2>&1; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/said"
		failed=$((failed + 1))
	fi
}

# is FILE TEXT: the file holds exactly TEXT.
is()
{
	printf %s "$2" | diff "$1" -
}

# start NAME OPTION-OR-WORD...: a machine in the background; NAME.out, NAME.err and
# NAME.status hold what it did.
start()
{
	local name=$1

	shift
	(
		status=0
		"$vm/run" --kernel "$kernel" --no-module "$@" \
			>"$work/$name.out" 2>"$work/$name.err" </dev/null || status=$?
		printf %s $status >"$work/$name.status"
	) &
}

status_is()
{
	is "$work/$1.status" "$2" && return
	cat "$work/$1.err"
	return 1
}

# fails STATUS TEXT COMMAND...: it ends with STATUS and says TEXT.
fails()
{
	local wanted=$1 text=$2 got=0

	shift 2
	"$@" >"$work/failed" 2>&1 || got=$?
	cat "$work/failed"
	echo "status $got"
	((got == wanted)) && grep -qF -e "$text" "$work/failed"
}

# refuses STATUS TEXT ARGUMENT...: run ends at once with STATUS and says TEXT.
refuses()
{
	fails "$1" "$2" "$vm/run" "${@:3}"
}

# Kernel log lines, judged one at a time without a machine.
line_is()
{
	local wanted=$1 got=0

	printf '[    1.000000] %s\n' "$2" >"$work/line"
	"$vm/klog-scan" "$work/line" || got=$?
	((got == wanted))
}

# On a terminal: its size arrives, and Ctrl-C reaches the command and not run.
terminal()
{
	local keys=$work/keys typescript=$work/terminal.out

	# shellcheck disable=SC2016 # for the guest's shell
	local inside='trap "echo interrupted; exit 7" INT; tty; stty size; echo ready; while :; do sleep 0.1; done'

	mkfifo "$keys"
	(
		status=0
		script --quiet --return --flush --command \
			"stty rows 33 cols 99; exec $vm/run --kernel $kernel --no-module -- bash -c '$inside'" \
			"$typescript.log" <"$keys" >"$typescript" || status=$?
		printf %s $status >"$work/terminal.status"
	) &
	exec 4>"$keys"
	for ((i = 0; i < 600; i++)); do
		grep -q '^ready' "$typescript" 2>/dev/null && break
		sleep 0.1
	done
	# In a process of its own: nobody may be there to read.
	(printf '\003' >&4) || true
	wait $!
	exec 4>&-
}

# A checkout where a module of the kernel's stands for ours, which is not needed here:
# it tells the parameters that it was loaded with.
other_tree()
{
	local release

	release=$("$vm/kernel-path" --release "$kernel")
	mkdir -p "$work/tree/tools" "$work/tree/build/$release"
	cp -r "$vm" "$work/tree/tools/vm"
	cp "$("$vm/kernel-path" --dir "$release")/lib/modules/$release/kernel/drivers/block"/brd.ko* \
		"$work/tree/build/$release/bsdbpf.ko"
}

# loads PARAMETERS: that machine's status; what the module has got is in "parameters".
loads()
{
	local status=0

	# shellcheck disable=SC2016 # for the guest's shell
	"$work/tree/tools/vm/run" --kernel "$kernel" --module-params "$1" -- \
		sh -c 'cd /sys/module/brd/parameters && cat rd_nr rd_size' \
		>"$work/parameters" 2>"$work/loads.err" </dev/null || status=$?
	cat "$work/loads.err"
	return $status
}

cat >"$work/bytes" <<'END'
for ((i = 0; i < 256; i++)); do printf "\\x$(printf %02x $i)"; done
END
bash "$work/bytes" >"$work/bytes.expected"
seq 200000 >"$work/long.expected"
mkdir "$work/out" "$work/out2" "$work/cwd dir"

# What the two big machines do; their results are looked at below.
cat >"$work/pass" <<'END'
bash "$1"
seq 200000
bash "$1" >&2
echo "reopened" >/dev/stderr
pwd >/mnt/out/cwd
shift
printf '%s\n' "$@" >/mnt/out/arguments
echo "$BSDBPF_VM $HOME $(id -u) $(uname -r)" >/mnt/out/about
cat >/mnt/out/stdin
echo scratch >>"$0"
grep -c bsdbpf /proc/modules >/mnt/out/modules
modprobe -n -v sctp >/mnt/out/modprobe 2>&1
cat /sys/kernel/tracing/instances/*/events/net/net_dev_start_xmit/enable >/mnt/out/held
sleep 1000 &
exit 42
END
cat >"$work/warn" <<'END'
check() { "$1/klog-check" >>/mnt/out/said; echo "$2 $?" >>/mnt/out/checks; }
check "$1" boot
echo "<6>all is well" >/dev/kmsg
check "$1" note
echo "<4>WARNING: CPU: 0 PID: 1 at test" >/dev/kmsg
check "$1" warning
check "$1" after
END
cp "$work/pass" "$work/pass.before"

# Two machines at a time: the emulator uses the processors well enough.
# shellcheck disable=SC2016,SC1003 # meant as they stand
arguments=('a b' "it's" 'say "x"' '$HOME' '*' '' $'two\nlines' '\')
(
	cd "$work/cwd dir"
	start pass --out "$work/out" -- bash "$work/pass" "$work/bytes" "${arguments[@]}"
	wait
) &
start warn --out "$work/out2" -- bash "$work/warn" "$vm"
wait
start hang --timeout 20 -- sleep 1000
start panic -- bash -c 'echo c >/proc/sysrq-trigger; sleep 1000'
start false -- bash -c 'kill -KILL $$'
wait
start off -- busybox poweroff -f
start counted --icount --timeout 200 -- sleep 3000
# shellcheck disable=SC2016 # for the guest's shell
"$vm/run" --kernel "$kernel" --no-module -- bash -c 'for i in {1..500}; do echo "o$i"; echo "e$i" >&2; done' \
	>"$work/merged" 2>&1 </dev/null && true
printf %s $? >"$work/merged.status"
terminal
wait

ok "the status of a command arrives" status_is pass 42
ok "a command killed by a signal counts as 128 + 9" status_is false 137
ok "the status 0 arrives" status_is merged 0
ok "standard output is the same bytes" cmp "$work/pass.out" <(cat "$work/bytes.expected" "$work/long.expected")
ok "standard error is the same bytes" cmp "$work/pass.err" <(cat "$work/bytes.expected" && echo reopened)
ok "into one file both keep their order" cmp "$work/merged" <(for i in {1..500}; do echo "o$i"; echo "e$i"; done)
ok "the command is where the caller was" is "$work/out/cwd" "$work/cwd dir"$'\n'
ok "arguments arrive unchanged" is "$work/out/arguments" "$(printf '%s\n' "${arguments[@]}")"$'\n'
ok "it is root in the kernel asked for" is "$work/out/about" "1 /root 0 $("$vm/run" --print-kernel "$kernel")"$'\n'
ok "standard input is empty" is "$work/out/stdin" ""
ok "writes do not reach the host" cmp "$work/pass" "$work/pass.before"
ok "--no-module loads none" is "$work/out/modules" $'0\n'
ok "the tracepoint of sent packets has two users" is "$work/out/held" $'1\n1\n'
ok "the kernel's other modules are found" grep -q 'insmod .*sctp' "$work/out/modprobe"

ok "a kernel warning fails a command that succeeds" status_is warn 99
ok "... and is shown" grep -q '| .*WARNING: CPU: 0 PID: 1 at test' "$work/warn.err"
ok "... and klog-check tells it once" is "$work/out2/checks" $'boot 0\nnote 0\nwarning 1\nafter 0\n'
ok "a panic fails" status_is panic 99
ok "... and is shown" grep -q '| .*sysrq triggered crash' "$work/panic.err"
log=$(sed -n 's/.*whole kernel log: //p' "$work/panic.err")
ok "... and the whole log is kept" grep -q 'Linux version' "$log"
ok "a hang fails" status_is hang 99
ok "... and says so" grep -q 'no end within 20 s' "$work/hang.err"
ok "a machine that goes away by itself fails" status_is off 99

ok "where time is instructions, waiting takes none" status_is counted 0

ok "on a terminal the command has one of that size" grep -q '^33 99' "$work/terminal.out"
ok "... and Ctrl-C is the command's" grep -q interrupted "$work/terminal.out"
ok "... and its status arrives" status_is terminal 7

ok "an unknown option is refused" refuses 2 "unknown option --nonsense" --nonsense -- true
ok "a missing command is refused" refuses 2 "no COMMAND" --no-module
ok "a bad number is refused" refuses 2 "--smp wants a number" --smp two -- true
ok "a plugin in real time is refused" refuses 2 "--plugin wants --icount" --plugin x.so -- true
ok "a missing value is refused" refuses 2 "--mem wants a value" --mem
ok "an unknown kernel is refused" refuses 2 "is no kernel" --kernel nonsense -- true
ok "a QEMU that does not start fails" refuses 99 "without a result" --no-module --cpu nonsense -- true
other_tree
ok "the module is loaded with its parameters" loads "rd_nr=3 rd_size=2048"
ok "... which have arrived" is "$work/parameters" $'3\n2048\n'
ok "bad ones fail" fails 99 "cannot load" loads rd_nr=many
ok "parameters for no module are refused" refuses 2 "--no-module loads none" --no-module --module-params a=1 -- true
rm -r "$work/tree/build"
vm=$work/tree/tools/vm ok "a module not built is refused" refuses 1 "run make KDIR=" -- true

ok "the accelerator probe runs guest code" "$vm/accel" --probe tcg
ok "... and can fail" bash -c "! '$vm/accel' --probe nonsense"
while IFS= read -r line; do
	ok "bad: $line" line_is 1 "$line"
done <<'END'
BUG: KASAN: use-after-free in bsdbpf_tap+0x10/0x20
BUG: sleeping function called from invalid context at mm/slab.h:1
WARNING: possible circular locking dependency detected
WARNING: CPU: 1 PID: 77 at net/core/dev.c:1 x+0x1/0x2
------------[ cut here ]------------
Oops: 0000 [#1] PREEMPT SMP NOPTI
general protection fault, probably for non-canonical address 0xdead: 0000 [#1]
INFO: task sh:77 blocked for more than 120 seconds.
rcu: INFO: rcu_preempt self-detected stall on CPU
watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [sh:77]
unregister_netdevice: waiting for veth0 to become free. Usage count = 2
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
UBSAN: shift-out-of-bounds in net/a.c:1:2
refcount_t: underflow; use-after-free.
ODEBUG: free active (active state 0) object type: timer_list hint: x+0x0/0x10
END
while IFS= read -r line; do
	ok "harmless: $line" line_is 0 "$line"
done <<'END'
Kernel command line: console=ttyS0 panic_on_warn=1 oops=panic note=BUG:
Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible
Speculative Return Stack Overflow: WARNING: See https://kernel.org/doc/
kmemleak: Kernel memory leak detector initialized (mem pool available: 30000)
AMD-Vi: AMD IOMMUv2 functionality not available on this system - This is not a bug.
bsdbpf: loading out-of-tree module taints kernel.
kasan: KernelAddressSanitizer initialized
END

echo "1..$count"
((failed == 0))
