#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# A kernel that is locked down, as under Secure Boot: lockdown is for a machine's whole
# life, so this has one of its own.  "make install" signs the module for it.
. tests/vm/lib.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
command -v openssl >/dev/null || { echo "1..0 # SKIP no openssl here"; exit 0; }

# quiet COMMAND...: shows what it said if it failed
quiet()
{
	"$@" >"$dir/log" 2>&1 && return
	sed 's/^/# /' "$dir/log"
	return 1
}

kdir=$(tools/vm/kernel-path --kdir 6.1) || exit
ok "a key" quiet openssl req -new -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=somebody of the tests/" \
	-outform DER -keyout "$dir/key.pem" -out "$dir/key.der"
ok "make install SIGN_KEY=" quiet make --no-print-directory install KDIR="$kdir" DESTDIR="$dir/tree" \
	SIGN_KEY="$dir/key.pem" SIGN_CERT="$dir/key.der"
tools/vm/run --kernel 6.1 --no-module --append lockdown=integrity -- \
	bash tests/vm/prog/lockdown.sh "$dir/tree" >"$dir/said" 2>"$dir/log"
is "the machine is content" $? 0
sed 's/^/# /' "$dir/log"
# its results are of this suite, with the numbers that follow
while read -r line; do
	case $line in
	"ok "* | "not ok "*)
		tap_count=$((tap_count + 1))
		sed -E "s/^(not ok|ok) [0-9]+/\1 $tap_count/" <<<"$line"
		[[ $line == "ok "* ]] || tap_failed=1 ;;
	"1.."*) ;;
	*) echo "$line" ;;
	esac
done <"$dir/said"
tap_done
