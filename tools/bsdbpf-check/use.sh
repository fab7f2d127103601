# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
#
# What a descriptor meets: limits, engine, interfaces, library.

# name, least value that is well, default, what is wrong with less; much less is a problem
check_sysctls()
{
	local name least default why got show

	loaded || return 0
	while read -r name least default why; do
		got=$(value "/proc/sys/net/bpf/$name")
		show=note
		((${got:-0} >= least / 32)) || show=problem
		if ((${got:-0} >= least)); then
			ok sysctl "net.bpf.$name is $got"
		elif [[ $got ]]; then
			$show sysctl "net.bpf.$name is $got: $why" "as root: sysctl net.bpf.$name=$default"
		fi
	done <<'END'
bufsize 65536 524288 bursts of packets do not fit
maxbufsize 65536 524288 programs get no larger buffer
maxinsns 512 4096 longer filters are refused
END
}

check_engine()
{
	local enable interpreted

	loaded || return 0
	enable=$(value /proc/sys/net/bpf/jit_enable)
	if [[ $enable == 0 ]]; then
		note engine "filters are interpreted, net.bpf.jit_enable is 0" \
			"as root: sysctl net.bpf.jit_enable=1"
	elif [[ $enable$(uname -m)$(value /sys/module/bsdbpf/parameters/native) == 1x86_64Y ]]; then
		ok engine "filters become native code"
	elif [[ $(value /proc/sys/net/core/bpf_jit_enable) == 0 ]]; then
		note engine "filters are interpreted: no native code here, and net.core.bpf_jit_enable is 0" \
			"as root: sysctl net.core.bpf_jit_enable=1"
	elif [[ $(uname -m) == x86_64 && $enable == 1 ]]; then
		note engine "filters become eBPF: the parameter native is off, or the driver's test failed" \
			"see dmesg, and load it without native=0"
	else
		ok engine "filters become eBPF"
	fi
	[[ -r /proc/net/bpf ]] || return 0
	interpreted=$(awk 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		$c["Engine"] == "interp" { n++ } END { print n + 0 }' /proc/net/bpf)
	((interpreted == 0)) ||
		note engine "descriptors whose filter is interpreted: $interpreted" "bpfstat -v shows them"
}

# flags_of WORD...: those of an interface as ip(8) shows it: sysfs may show another namespace
flags_of()
{
	[[ $* =~ \<([^>]*)\> ]] && printf ',%s,' "${BASH_REMATCH[1]}"
}

check_this_interface()
{
	local flags

	flags=$(flags_of "$(ip -oneline link show dev "$interface" 2>/dev/null)") || true
	case $flags in
	"") problem interface "there is no $interface in this network namespace" \
		"see ip link; ip netns exec NAME goes to another one" ;;
	*,NO-CARRIER,*) note interface "$interface is up, but has no link" \
		"look at its cable, its peer or its master" ;;
	*,UP,*) ok interface "$interface is up" ;;
	*) problem interface "$interface is down" "as root: ip link set $interface up" ;;
	esac
}

check_interfaces()
{
	local name flags up=

	have ip || return 0
	while read -r _ name flags; do
		[[ $(flags_of "$flags") != *,UP,* ]] || up+=" ${name%%[@:]*}"
	done < <(ip -oneline link show 2>/dev/null)
	case $up in
	"") problem interface "none is up in this network namespace" "as root: ip link set INTERFACE up" ;;
	" lo") note interface "only lo is up" "as root: ip link set INTERFACE up" ;;
	*) ok interface "up:$up" ;;
	esac
}

check_namespace()
{
	# only root may look there
	[[ ! -r /proc/1/ns/net || /proc/self/ns/net -ef /proc/1/ns/net ]] ||
		note namespace "a network namespace of its own: only its interfaces are seen" \
		"nsenter -t 1 -n leads to the first one"
}

# The library that tcpdump, or else any program, gets.
check_libpcap()
{
	local lib

	if have tcpdump; then
		lib=$(ldd "$(command -v tcpdump)" 2>/dev/null | awk '$1 ~ /^libpcap\.so/ { print $3 }') || true
	else
		lib=$(ldconfig -p 2>/dev/null | awk '$1 ~ /^libpcap\.so/ { print $NF; exit }') || true
	fi
	if [[ -z $lib ]]; then
		note libpcap "none is found" "programs that use /dev/bpf themselves need none; else: make libpcap"
	elif grep -qaF "$node" "$lib"; then
		ok libpcap "$lib knows $node"
	else
		note libpcap "$lib does not know $node: its programs use AF_PACKET" \
			"make libpcap, then LD_LIBRARY_PATH=build/libpcap/lib tcpdump ..."
	fi
}
