#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# The sums of the capture benchmark: what it makes of measurements that are known, and
# whether a limit that is not met is told. What it measures is not tested here.
. tests/vm/lib.sh

# results EXPRESSION: of found, the summary of the measurements below
results()
{
	python3 - "$1" <<'END'
import os, sys
sys.path[:0] = ["tests/bench/capture", "tests/bench"]
sys.dont_write_bytecode = True
import results, tables

def row(part, case, reader, **values):
    return {"part": part, "case": case, "reader": reader, **values}

rows = [{"part": "reader", "name": name, "label": name} for name in ("recv", "v3", "bpf-read")]
rows.append({"part": "exact", "instructions": 100, "counted": [0, 1]})
# Two rounds; a packet takes 50 and 52 instructions without a listener.
for start, base in ((1, 500), (10, 520)):
    rows += [row("exact", "rx-reject", reader, packets=10, between=range(at, at + 4))
             for reader, at in (("none", start), ("recv", start + 4), ("bpf-read", start + 8))]
marks = [0, int(os.environ.get("KNOWN", 100))]
for cost in (500, 1500, 900, 520, 1540, 940):
    marks += [marks[-1] + 7, marks[-1] + 7 + cost - 20, marks[-1] + 9999, marks[-1] + 10019]
with open(os.environ["MARKS"], "w") as file:
    file.writelines(f"mark {mark}\n" for mark in marks)
for index, entry in enumerate(r for r in rows if "between" in r):
    entry["between"] = [2 + 4 * index + i for i in range(4)]
for rate, v3, ours in ((100, 0, 0), (200, 10, 0), (300, 40, 30)):
    rows += [row("loss", str(rate), name, rate=rate * 1000, packets=100, dropped=lost, calls=50,
                 sleeps=5) for name, lost in (("v3", v3), ("bpf-read", ours))]
rows += [row("native", "tx-reject", name, way="tx", hook=hook, store=store, read=0)
         for hook, ours in (("trace", 130), ("ptype", 190))
         for name, store in (("none", 100), ("bpf-read", ours))]
rows += [row("flows", "two-flows", "recv", packets=1000, dropped=dropped, ns=ns)
         for dropped, ns in ((500, 1000), (0, 4000))]
results.count(rows, os.environ["MARKS"])
found = results.summary(rows, "6.12", 1)
verdicts = {what: value is not None and value <= limit for part in
            (tables.exact_limits, tables.loss_limits) for what, value, limit in part(found)}
print(eval(sys.argv[1]))
END
}

MARKS=$(mktemp)
export MARKS
trap 'rm -f "$MARKS"' EXIT
is "instructions are those above no listener, the wait left out" \
	"$(results 'found["exact"]["rx-reject"]["recv"]["insns"]')" 101.0
is "... with the spread over rounds" \
	"$(results 'found["exact"]["rx-reject"]["bpf-read"]')" "{'insns': 41.0, 'spread': 2.0}"
is "a limit that is met" "$(results 'verdicts["rx-reject, to AF_PACKET"]')" True
is "nothing lost where V3 begins to lose is met" "$(results 'verdicts["loss at 200000/s, to V3'"'"'s"]')" True
is "more than half of V3's loss is not" "$(results 'verdicts["loss at 300000/s, to V3'"'"'s"]')" False
is "what was not measured is not met" "$(results 'verdicts["tx-reject trace, to AF_PACKET"]')" False
is "what is sent is apart for each hook" \
	"$(results '[found["native"]["tx-reject " + hook]["bpf-read"]["ns"] for hook in ("trace", "ptype")]')" \
	"[30, 90]"
is "system calls for 1000 packets that were read" \
	"$(results 'found["buffered"]["bpf-read"]["calls"]')" 500.0
is "packets a second are those of the best round" "$(results 'found["flows"]["recv"]["read"]')" \
	500000000.0
is "a plugin that miscounts is told" "$(KNOWN=90 results 0 2>&1)" \
	"bench: the plugin counts 90 instructions where there are 100"
is "a wrong option ends with 2" \
	"$(tests/bench/capture/run --part nothing 2>/dev/null; echo $?)" 2
tap_done
