#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck source=tests/vm/lib.sh disable=SC2317 # functions are called by name
#
# tools/setup/packages where nearly nothing is installed: with a PATH of its own, in
# which there is just what the script calls, and an apt-get that only writes down what
# it is asked for.  Nothing is installed.
. tests/vm/lib.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# also for somebody else than root
chmod 755 "$dir"
mkdir "$dir/bin" "$dir/sudo"
touch "$dir/called"
chmod 666 "$dir/called"
# of the group "check" just three commands: files are there or not on any machine
grep -vE '^check (shellcheck|cppcheck|clang-tidy|coccinelle|libjson-c-dev|libpcap-dev|make|gcc) ' \
	tools/setup/packages >"$dir/packages"
chmod 755 "$dir/packages"
for command in bash cat env grep sed sort uname; do
	ln -s "$(command -v $command)" "$dir/bin/$command"
done
# The stub fails, as apt-get without a network, if there is a file "broken".
cat >"$dir/bin/apt-get" <<END
#!/bin/bash
echo "\$EUID \${DEBIAN_FRONTEND:--} \$*" >>"$dir/called"
[[ ! -e "$dir/broken" ]] || exit 100
END
# All that matters of sudo: that it was asked, and runs the command.
cat >"$dir/sudo/sudo" <<END
#!/bin/bash
echo "sudo \$*" >>"$dir/called"
"\$@"
END
chmod 755 "$dir/bin/apt-get" "$dir/sudo/sudo"

# as_root, as_nobody COMMAND...: in a PATH of $path, and nothing else
if ((EUID == 0)); then
	as_root() { PATH=$path "$BASH" "$@"; }
	as_nobody() { setpriv --reuid=65534 --clear-groups env PATH="$path" "$BASH" "$@"; }
else
	as_root() { unshare --map-root-user env PATH="$path" "$BASH" "$@"; }
	as_nobody() { PATH=$path "$BASH" "$@"; }
fi

# packages WHO GROUP...: runs the script; its status, what it said, what it called
packages()
{
	local who=$1
	shift
	: >"$dir/called"
	status=0
	"$who" "$dir/packages" "$@" >"$dir/out" 2>"$dir/err" || status=$?
}

# lines WORDS...: each in a line
lines() { (($# == 0)) || printf '%s\n' "$@"; }

# says WHAT STATUS ERROR CALL...: so it ended, said and called, and nothing else
says()
{
	local what=$1 wanted=$2 error=$3
	shift 3
	is "$what: status" "$status" "$wanted"
	is "$what: message" "$(cat "$dir/err")" "$error"
	is "$what: what was called" "$(cat "$dir/called")" "$(lines "$@")"
}

install='install -y -qq --no-install-recommends'
path=$dir/bin
unset DEBIAN_FRONTEND

packages as_root fuzz-less
says "no such group" 2 "packages: no group fuzz-less, see --help"
packages as_root
is "no group: status" "$status" 2
is "no group: the usage, as an error" "$(head -n 1 "$dir/err")" "Usage: tools/setup/packages GROUP..."
packages as_root --help
is "--help: status" "$status" 0
is "--help: the usage" "$(head -n 1 "$dir/out")" "Usage: tools/setup/packages GROUP..."
is "--help: every group that there is" "$(sed -n 's/^  \([a-z]*\) .*/\1/p' "$dir/out" | sort | paste -sd ' ')" \
	"$(sed -n '/^headers/,/^END/p' tools/setup/packages | sed '/^END/d' | cut -d ' ' -f 1 | sort -u | paste -sd ' ')"

packages as_root check
says "root" 0 "missing Debian packages: codespell mandoc sparse" \
	"0 - update -qq" "0 noninteractive $install codespell mandoc sparse"
packages as_nobody check
says "neither root nor sudo" 1 "missing Debian packages: codespell mandoc sparse
packages: as root, run: apt-get install codespell mandoc sparse"

path=$dir/bin:$dir/sudo
packages as_nobody check
uid=65534
((EUID == 0)) || uid=$EUID
says "sudo" 0 "missing Debian packages: codespell mandoc sparse" \
	"sudo apt-get update -qq" "$uid - update -qq" \
	"sudo env DEBIAN_FRONTEND=noninteractive apt-get $install codespell mandoc sparse" \
	"$uid noninteractive $install codespell mandoc sparse"
packages as_root check
says "root does not need it" 0 "missing Debian packages: codespell mandoc sparse" \
	"0 - update -qq" "0 noninteractive $install codespell mandoc sparse"

touch "$dir/broken"
packages as_root check
ok "apt-get fails: so does the script" test "$status" -ne 0
is "apt-get fails: nothing is installed after that" "$(cat "$dir/called")" "0 - update -qq"
rm "$dir/broken"

# Some are there.
ln -s /bin/true "$dir/bin/mandoc"
packages as_root check
says "only what is missing" 0 "missing Debian packages: codespell sparse" \
	"0 - update -qq" "0 noninteractive $install codespell sparse"
packages as_root check test check
is "two groups and one twice: each package once" "$(grep -o '\bsparse\b' "$dir/err" | wc -l)" 1
ok "and those of both" grep -q '\bcodespell\b.*\bspin\b' "$dir/err"
ln -s /bin/true "$dir/bin/sparse"
ln -s /bin/true "$dir/bin/codespell"
packages as_root check
says "nothing is missing" 0 ""
packages as_nobody check
says "nothing is missing, whoever asks" 0 ""
tap_done
