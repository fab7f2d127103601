#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# bpfstat without the device: files in place of /proc/net/bpf, and what it has to
# say about them, byte by byte.  It runs with address and undefined behaviour
# sanitizers, which also look for leaks.  What needs time or JSON is in bpfstat.py.
. tests/vm/lib.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir" # some of this runs as nobody
bpfstat=$dir/bpfstat
build()
{
	make --no-print-directory tools && make --no-print-directory -C tools/bpfstat O="$dir" \
		CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all'
}
if ! build >"$dir/log" 2>&1; then
	sed 's/^/# /' "$dir/log"
	echo "Bail out! bpfstat does not build"
	exit 1
fi

# Nothing here has to wait; what waits by mistake fails.
limited() { timeout 30 "$bpfstat" "$@"; }

# says WHAT STATUS OPTION...: runs it; what it prints is the standard input, where
# lines after "--" are standard error's
says()
{
	local what=$1 status=$2 got=0
	shift 2
	limited "$@" >"$dir/out" 2>"$dir/err" </dev/null || got=$?
	[[ -s $dir/err ]] && { echo --; cat "$dir/err"; } >>"$dir/out"
	is "$what" "$(cat "$dir/out"; echo "status $got")" "$(cat; echo "status $status")"
}

# As the driver writes it.
cat >"$dir/proc" <<'END'
    Pid Netif           Flags            Recv       Drop      Match   Sblen   Hblen Bufsize Dlt Insns Winsns     Wcount     Wmatch     Wdrop Sig Tstamp Command
   4711 eth0            p--s------       1834          0        212    1288       0    4096   1     4      0          0          0          0  29    0x0 tcpdump
     12 wlp0s20f3       -i-obalwhd 18446744073709551615 4294967296 10 524288 524288 524288 127   512      1          7          6          1   0  0x211 my  own prog
   4711 -               --f-------          0          0          0       0       0    4096   -     0      0          0          0          0  29    0x0 dhcpd
END
# As FreeBSD's netstat would: seven flags, and nothing of what it does not have.
cat >"$dir/netstat" <<'END'
  Pid  Netif   Flags      Recv      Drop     Match Sblen Hblen Command
 4711   eth0 p--s---      1834         0       212  1288     0 tcpdump
   12 wlp0s20f3 -i-obal 18446744073709551615 4294967296        10 524288 524288 my  own prog
 4711      - --f----         0         0         0     0     0 dhcpd
END

says "the layout of netstat -B" 0 -F "$dir/proc" <"$dir/netstat"
is "the same from the one that is installed" "$(build/bpfstat -F "$dir/proc")" "$(<"$dir/netstat")"

# The same in other columns, one of them unknown, and less of it.
cat >"$dir/other" <<'END'
Hblen Match Future Flags Drop Sblen Recv Pid Netif Command
0 212 - p--s--- 0 1288 1834 4711 eth0 tcpdump
524288 10 x/y -i-obal 4294967296 524288 18446744073709551615 12 wlp0s20f3 my  own prog
0 0 3 --f---- 0 0 0 4711 - dhcpd
END
says "columns are found by their names" 0 --file "$dir/other" <"$dir/netstat"
says "all columns, as they come, as wide as they are" 0 -v -F "$dir/other" <<'END'
 Hblen Match Future   Flags       Drop  Sblen                 Recv  Pid     Netif Command
     0   212      - p--s---          0   1288                 1834 4711      eth0 tcpdump
524288    10    x/y -i-obal 4294967296 524288 18446744073709551615   12 wlp0s20f3 my  own prog
     0     0      3 --f----          0      0                    0 4711         - dhcpd
END
says "all columns of the driver" 0 --verbose -p 12 -F "$dir/proc" <<'END'
Pid     Netif      Flags                 Recv       Drop Match  Sblen  Hblen Bufsize Dlt Insns Winsns Wcount Wmatch Wdrop Sig Tstamp Command
 12 wlp0s20f3 -i-obalwhd 18446744073709551615 4294967296    10 524288 524288  524288 127   512      1      7      6     1   0  0x211 my  own prog
END

head -n 1 "$dir/proc" >"$dir/none"
head -n 1 "$dir/netstat" >"$dir/heading"
says "nobody listens" 0 -F "$dir/none" <"$dir/heading"
says "one interface" 0 -I eth0 -F "$dir/proc" < <(sed -n 1,2p "$dir/netstat")
says "descriptors on none" 0 --interface=- -F "$dir/proc" < <(sed -n '1p;4p' "$dir/netstat")
says "one process" 0 -p 4711 -F "$dir/proc" < <(sed -n '1,2p;4p' "$dir/netstat")
says "one process on one interface" 0 --pid 4711 -I - -F "$dir/proc" < <(sed -n '1p;4p' "$dir/netstat")
says "one process on another's interface" 0 -p 12 -I eth0 -F "$dir/proc" <"$dir/heading"
says "an interface is all of its name" 0 -I eth -F "$dir/proc" <"$dir/heading"
says "a process is all of its number" 0 -p 471 -F "$dir/proc" <"$dir/heading"

# rows N...: the heading, and these lines of the table
rows() { for n in 1 "$@"; do sed -n "${n}p" "$dir/netstat"; done; }
says "by a number, the largest first" 0 -s recv -F "$dir/proc" < <(rows 3 2 4)
says "by text, and else in their order" 0 --sort Netif -F "$dir/proc" < <(rows 4 2 3)

# Filters: as tcpdump -d shows them.
cat >"$dir/filters" <<'END'
Pid Netif Flags Recv Drop Match Sblen Hblen Engine Filter Wfilter Command
4711 eth0 p--s--- 1834 0 212 1288 0 native 4,40:0:0:12,21:0:1:2048,6:0:0:262144,6:0:0:0, - tcpdump
12 - ---s--- 0 0 0 0 0 - - 1,6:0:0:0, dhcpd
END
says "filters, below who set them" 0 -f -F "$dir/filters" <<'END'
  Pid  Netif   Flags      Recv      Drop     Match Sblen Hblen Command
 4711   eth0 p--s---      1834         0       212  1288     0 tcpdump
read filter: 4 instructions, native
(000) ldh      [12]
(001) jeq      #0x800           jt 2	jf 3
(002) ret      #262144
(003) ret      #0
   12      - ---s---         0         0         0     0     0 dhcpd
read filter: none, every packet passes
write filter: 1 instruction
(000) ret      #0
END
says "no programs among the columns" 0 -v -p 12 -F "$dir/filters" <<'END'
Pid Netif   Flags Recv Drop Match Sblen Hblen Engine Command
 12     - ---s---    0    0     0     0     0      - dhcpd
END
is "JSON: filters as bpfdis reads them" "$(limited -fj -F "$dir/filters" |
	python3 -c 'import json, sys; print(json.load(sys.stdin)["descriptors"][0]["filter"])' |
	build/bpfdis -n)" "$(limited -f -p 4711 -F "$dir/filters" | sed 1,3d)"
for filter in x 1 "1," "2,6:0:0:0," "1,6:0:0:0,6:0:0:0," "1,6:0:0:4294967296," "1,6:0:0," "1,6:0:0:-1," \
	"99999999,6:0:0:0,"; do
	sed -n "1p; s/[^ ]* dhcpd/$filter dhcpd/p" "$dir/filters" >"$dir/bad"
	is "no filter: $filter" "$(limited -f -F "$dir/bad" 2>&1 >/dev/null; echo "status $?")" \
		"bpfstat: this is no filter: \"$filter\""$'\n'"status 3"
done
is "a table without filters" "$(limited -f -F "$dir/proc" 2>&1 >/dev/null; echo "status $?")" \
	"bpfstat: no column Filter: is it like /proc/net/bpf_filter?"$'\n'"status 3"

# Names of commands: a control character, a colour, half a character, an encoding
# that is none, a C1 control character; then a good one, and none at all.
{
	cat "$dir/heading"
	printf '1 a p--s--- 1 1 1 1 1 %b\n' 'tab\there' 'red\033[31m' 'half\xc3' 'bad\xc0\xafx\xff' \
		'c1\xc2\x9bx' 'surrogate\xed\xa0\x80' 'caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f' ''
} >"$dir/names"
says "names of commands cannot do harm" 0 -F "$dir/names" <<'END'
  Pid  Netif   Flags      Recv      Drop     Match Sblen Hblen Command
    1      a p--s---         1         1         1     1     1 tab?here
    1      a p--s---         1         1         1     1     1 red?[31m
    1      a p--s---         1         1         1     1     1 half?
    1      a p--s---         1         1         1     1     1 bad??x?
    1      a p--s---         1         1         1     1     1 c1??x
    1      a p--s---         1         1         1     1     1 surrogate???
    1      a p--s---         1         1         1     1     1 café € 🐟
    1      a p--s---         1         1         1     1     1 
END
printf '%s' "$(<"$dir/proc")" >"$dir/cut"
says "the last line needs no end" 0 -F "$dir/cut" <"$dir/netstat"

# Conditions: each operator with a number below, equal and above; Recv is 10.
{ cat "$dir/heading"; echo '1 a p--s--- 10 0 10 64 0 x'; } >"$dir/ten"
while read -r op below equal above; do
	for pair in "9 $below" "10 $equal" "11 $above"; do
		status=0
		limited -F "$dir/ten" -t 0 -w "recv$op${pair% *}" >"$dir/out" 2>&1 || status=$?
		is "10 $op ${pair% *}" $status "${pair#* }"
	done
done <<'END'
<   1 1 0
<=  1 0 0
==  1 0 1
!=  0 1 0
>=  0 0 1
>   0 1 1
END

# holds STATUS CONDITION OPTION...
holds()
{
	local status=$1 condition=$2 got=0
	shift 2
	limited -F "$dir/proc" -t 0 -w "$condition" "$@" >"$dir/out" 2>"$dir/err" || got=$?
	is "$condition $*: $([[ $status == 0 ]] && echo holds || echo does not)" $got "$status"
}
holds 0 'recv==1834'
holds 0 'recv==0'
holds 1 'recv==1'
holds 0 'Recv == 18446744073709551615'
holds 0 ' drop > 4294967295 '
holds 1 'drop>4294967296'
holds 0 'hblen>0'
holds 1 'hblen>0' -I eth0
holds 0 'bufsize==0x1000'
holds 0 'tstamp>=529'
holds 1 'tstamp>529'
holds 0 'dlt==1'
holds 1 'dlt>=0' -I -
holds 0 'count==3'
holds 0 'count==2' -p 4711
holds 0 'COUNT==0' -I eth1
holds 1 'recv>=0' -I eth1

says "a condition that holds: the table" 0 -w 'recv>1' -F "$dir/proc" <"$dir/netstat"
says "one that does not in time: the table, and a complaint" 1 -w 'recv==1' -t 0.05 -I eth0 -F "$dir/proc" <<END
$(sed -n 1,2p "$dir/netstat")
--
bpfstat: recv==1 did not come true within 0.05 s
END

# Wrong usage: where conditions are wrong, and the rest.
points() { says "points at what is wrong: '$1'" 2 -F "$dir/proc" -w "$1"; }
points '' <<'END'
--
bpfstat: --wait: this begins with no column name, nor with count
  
  ^
END
points '>=10' <<'END'
--
bpfstat: --wait: this begins with no column name, nor with count
  >=10
  ^
END
points 'recv' <<'END'
--
bpfstat: --wait: here should be one of < <= == != >= >
  recv
      ^
END
points 'recv  = 10' <<'END'
--
bpfstat: --wait: here should be one of < <= == != >= >
  recv  = 10
        ^
END
points 'recv>=' <<'END'
--
bpfstat: --wait: here should be a number from 0 to 18446744073709551615
  recv>=
        ^
END
points 'recv>= -1' <<'END'
--
bpfstat: --wait: here should be a number from 0 to 18446744073709551615
  recv>= -1
         ^
END
points 'recv<18446744073709551616' <<'END'
--
bpfstat: --wait: here should be a number from 0 to 18446744073709551615
  recv<18446744073709551616
       ^
END
points 'recv>=10k' <<'END'
--
bpfstat: --wait: here it should end: a condition is COLUMN OPERATOR NUMBER
  recv>=10k
          ^
END
points ' received>=10' <<'END'
--
bpfstat: --wait: no such column; bpfstat --verbose shows them all
   received>=10
   ^
END
points 'rec>=10' <<'END'
--
bpfstat: --wait: no such column; bpfstat --verbose shows them all
  rec>=10
  ^
END
points 'netif==1' <<'END'
--
bpfstat: --wait: this column is no number
  netif==1
  ^
END

# wrong MESSAGE OPTION...: status 2
wrong()
{
	local message=$1
	shift
	says "wrong usage: $*" 2 "$@" <<<"--"$'\n'"bpfstat: $message"
}
wrong '"lo" is no option; see bpfstat --help' lo
wrong '--pid wants a number above 0, not "tcpdump"' -p tcpdump
wrong '--pid wants a number above 0, not "0"' -p 0
wrong '--pid wants a number above 0, not "12x"' --pid=12x
for value in 0 0.009 -1 1e7 nan inf 1s ''; do
	wrong "--interval wants seconds from 0.01 to 1000000, not \"$value\"" --interval "$value"
done
wrong '--timeout wants seconds from 0 to 1000000, not "-1"' -w 'recv>1' -t -1
wrong '--count wants a number above 0, not "0"' -i 1 -c 0
wrong '--count wants --interval, too' -c 1
wrong '--timeout wants --wait, too' -t 1
wrong '--live goes with none of --json, --wait, --filters, --verbose' -l -f
wrong '--sort: no column recv/s; bpfstat --verbose shows them all, rates want --interval' -s recv/s -F "$dir/proc"
wrong '--wait and --interval exclude each other' -w 'recv>1' -i 1
says "an unknown option" 2 --colour <<END
--
$bpfstat: unrecognized option '--colour'
See bpfstat --help.
END

# What it cannot read, or not write.
# broken MESSAGE OPTION...: status 3
broken()
{
	local message=$1
	shift
	says "error: $message" 3 "$@" <<<"--"$'\n'"bpfstat: $message"
}
if [[ -e /proc/net/bpf ]]; then
	skip "without the module" "it is loaded here"
else
	broken "/proc/net/bpf is missing: load the module with modprobe bsdbpf"
	broken "/proc/net/bpf is missing: load the module with modprobe bsdbpf" -w 'count==0'
fi
broken "cannot read $dir/nothing: No such file or directory" -F "$dir/nothing"
broken "cannot read $dir: Is a directory" -F "$dir"
broken "/dev/null is empty, without even a header line" -F /dev/null
broken "no network namespace bpfstat-none: ip netns list shows which there are" -n bpfstat-none
broken "no network namespace $dir/nothing: ip netns list shows which there are" --netns "$dir/nothing"

# malformed LINE MESSAGE SED-SCRIPT: the table of /proc with a change
malformed()
{
	sed "$3" "$dir/proc" >"$dir/bad"
	broken "$dir/bad: line $1$2" -F "$dir/bad"
}
malformed 1 " has no column Match: is it like /proc/net/bpf?" '1s/Match/Matched/'
malformed 1 " has no column Pid: is it like /proc/net/bpf?" '1s/.*//'
malformed 2 " ends before column Tstamp" '2s/ 0x0.*//'
malformed 3 " ends before column Pid" '3s/.*//'
malformed 4 ": Pid is no number: \"init\"" '4s/4711/init/'
malformed 3 ": Recv is no number: \"18446744073709551616\"" '3s/5 /6 /'
malformed 3 ": Drop is no number: \"-1\"" '3s/4294967296/-1/'
malformed 2 ": Match is no number: \"212x\"" '2s/212/212x/'
malformed 2 ": Sblen is no number: \"-\"" '2s/1288/-/'
malformed 2 ": Hblen is no number: \"?1\"" '2s/1288       0/1288 \x001/'

is "a full disk is an error" "$("$bpfstat" -F "$dir/proc" 2>&1 >/dev/full; echo "status $?")" \
	"bpfstat: cannot write: No space left on device"$'\n'"status 3"
for options in "-i 0.01" "-i 0.01 -j" "--help"; do
	# shellcheck disable=SC2086 # words
	limited -F "$dir/proc" $options 2>"$dir/err" | sed 1q >"$dir/out"
	is "$options: a reader that goes ends it, without a word" "${PIPESTATUS[0]} $(<"$dir/err")" "0 "
done

if ((EUID == 0)); then
	says "another network namespace by its path" 0 -n /proc/self/ns/net -F "$dir/proc" <"$dir/netstat"
	broken "$dir/proc is no network namespace" -n "$dir/proc"
	broken "$dir is no network namespace" -n "$dir"
	chmod 0400 "$dir/proc"
	as_nobody() { setpriv --reuid=65534 --clear-groups "$bpfstat" "$@" 2>&1; echo "status $?"; }
	is "the file is not for everybody" "$(as_nobody -F "$dir/proc")" \
"bpfstat: cannot read $dir/proc: Permission denied: who listens is for root to know
status 3"
	is "nor is a namespace" "$(as_nobody -n /proc/self/ns/net -F "$dir/ten")" \
"bpfstat: cannot enter the network namespace /proc/self/ns/net: Operation not permitted
status 3"
else
	skip "network namespaces and permissions" "not root"
fi

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
says "the version" 0 --version <<<"bpfstat (bsdbpf) $version"
"$bpfstat" --help >"$dir/help"
is "-h is --help" "$("$bpfstat" -h)" "$(<"$dir/help")"
is "-V is --version" "$("$bpfstat" -V)" "$("$bpfstat" --version)"
man=tools/man/bpfstat.8
is "the manual page has the options of --help" \
	"$(grep -oE '^\.It Fl . , Fl \\-[a-z]+' $man | sed 's/.It Fl \(.\) , Fl \\-/-\1 --/' | sort)" \
	"$(grep -oE '^  -., --[a-z]+' "$dir/help" | sed 's/^  //; s/,//' | sort)"

# The live view, on a terminal; without one it is as --interval.
live() { ok "live view: $2" python3 tests/host/bpfstat_live.py "$1" "$bpfstat" "$dir"; }
live view "sorted, with rates, without a loss"
live bar "bars and reasons of what is lost"
live rates "a loss shows while it happens"
live keys "keys: sort by, reverse, quit"
live resize "it fits, and scrolls, in any size"
live end "signals, a table that goes, and a wrong column end it well"
is "live view: without a terminal" "$(limited -F "$dir/proc" -l -c 1)" "$(limited -F "$dir/proc" -i 1 -c 1)"

# JSON and time
check() { ok "$2" python3 tests/host/bpfstat.py "$1" "$bpfstat" "$dir"; }
check json "JSON: types, flags, null"
check json_few "JSON: flags and columns of an older driver"
check json_names "JSON: names of commands are text, and UTF-8"
check rates "rates: growth by measured time; new, gone, reset, ambiguous"
check rates_text "rates as text, each table at once"
check interval "no sample before its time, and as many as asked for"
check wait "waits as long as it has to, and shows what it saw"
check pauses "looks again after 10 ms, or a tenth of the time waited"
check timeout "the timeout is not cut short"
check look_once "timeout 0: one look"
tap_done
