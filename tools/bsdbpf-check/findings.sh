#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# Says why programs cannot capture by /dev/bpf here, and what to do.  It only reads:
# it loads nothing, and opens the device only where the module is loaded already.
# Each check_... is one part of the way from the module's file to a packet, and gives
# findings.  bsdbpf-check(8) lists what is looked at.
#
# One program made of several files, in the order of the Makefile beside them.  This
# one: what a finding is, how findings are shown, and what several checks need.
set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

node=/dev/bpf
minors=(243 244)
names=(bpf bpf0)
release=$(uname -r)
problems=0 findings=()

# finding STATUS TOPIC TEXT [DO]: names from outside may hold anything but print as one line
finding()
{
	local do=${4:-}

	findings+=("$1" "$2" "${3//[^[:print:]]/?}" "${do//[^[:print:]]/?}")
	[[ $1 != PROBLEM ]] || problems=$((problems + 1))
}
ok() { finding OK "$@"; }
note() { finding NOTE "$@"; }
problem() { finding PROBLEM "$@"; }

# value FILE: its first line, nothing if it cannot be read
value()
{
	local line=
	if [[ -r $1 ]]; then
		IFS= read -r line <"$1" 2>/dev/null || true
	fi
	printf %s "$line"
}

loaded() { [[ -d /sys/module/bsdbpf ]]; }
have() { command -v "$1" >/dev/null; }

# contained: is this a container, or another user namespace than the first?
contained()
{
	[[ -e /.dockerenv || -e /run/.containerenv || -e /run/systemd/container ]] && return
	[[ -r /proc/self/uid_map && $(tr -s ' ' </proc/self/uid_map) != ' 0 0 4294967295' ]]
}

show_lines()
{
	local i

	for ((i = 0; i < ${#findings[@]}; i += 4)); do
		printf '%-7s %s: %s' "${findings[i]}" "${findings[i + 1]}" "${findings[i + 2]}"
		[[ -z ${findings[i + 3]} ]] || printf '; do: %s' "${findings[i + 3]}"
		printf '\n'
	done
}

string()
{
	local text=${1//\\/\\\\}
	printf '"%s"' "${text//\"/\\\"}"
}

show_json()
{
	local i comma=

	printf '{"problems":%d,"findings":[' "$problems"
	for ((i = 0; i < ${#findings[@]}; i += 4)); do
		printf '%s{"status":%s,"topic":%s,"text":%s,"do":%s}' "$comma" "$(string "${findings[i]}")" \
			"$(string "${findings[i + 1]}")" "$(string "${findings[i + 2]}")" \
			"$([[ ${findings[i + 3]} ]] && string "${findings[i + 3]}" || echo null)"
		comma=,
	done
	printf ']}\n'
}
