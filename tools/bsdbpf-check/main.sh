# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
#
# The options, and the order of the checks.

interface='' json=''

usage()
{
	cat <<'END'
Usage: bsdbpf-check [-j] [-i INTERFACE]

Says why programs cannot capture by /dev/bpf here, one finding a line, and what to
do.  Run it as who wants to capture; as root it sees more.

  -i, --interface INTERFACE  can packets of this one be had?
  -j, --json                 as JSON
  -h, --help                 this text

Exits 0 when all is well, 1 when there is a problem, 2 for wrong usage.
END
}

wrong()
{
	echo "bsdbpf-check: $1, see --help" >&2
	exit 2
}

while (($#)); do
	case $1 in
	-i | --interface)
		[[ ${2:-} ]] || wrong "$1 wants an interface"
		interface=$2
		[[ $interface != */* && $interface != . && $interface != .. ]] ||
			wrong "no interface can be named \"$interface\""
		shift
		;;
	-j | --json) json=1 ;;
	-h | --help) usage; exit 0 ;;
	*) wrong "what is \"$1\"?" ;;
	esac
	shift
done

check_module
check_dkms
check_signature
check_log
check_number
if check_node && check_permission; then
	check_open
fi
check_sysctls
check_engine
check_namespace
if [[ $interface ]]; then check_this_interface; else check_interfaces; fi
check_libpcap
if [[ $json ]]; then show_json; else show_lines; fi
((problems == 0))
