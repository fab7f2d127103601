# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What bpfstat.sh asks about JSON and time.  Each check is a function; it fails by
an exception.  Usage: bpfstat.py CHECK BPFSTAT FOLDER

A sample goes to bpfstat through a pipe with a name of its own, so that it is known
which one it has read, and when, without waiting for any length of time.
"""
import inspect
import itertools
import json
import os
import signal
import subprocess
import sys
import time

HEADER = "Pid Netif Flags Recv Drop Match Sblen Hblen Command"
bpfstat, folder = sys.argv[2], sys.argv[3]
path = os.path.join(folder, "samples")
processes = []


def lines(*rows):
    return "\n".join((HEADER, *rows)) + "\n"


def start(*options):
    """bpfstat on a pipe for its first sample."""
    if os.path.exists(path):
        os.unlink(path)
    os.mkfifo(path)
    processes.append(subprocess.Popen([bpfstat, "-F", path, *options], text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    return processes[-1]


def give(text, delay=0):
    """Gives the next sample; when bpfstat opened it, and before it can have read it."""
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as pipe:
        opened = time.monotonic()
        # The sample after this one is another pipe.
        os.mkfifo(path + ".next")
        os.rename(path + ".next", path)
        time.sleep(delay)  # a slow machine, not a hope
        pipe.write(text)
        pipe.flush()
        given = time.monotonic()
    return opened, given


def finish(process, status, message=""):
    out, err = process.communicate()
    assert (process.returncode, err) == (status, message), (process.returncode, err)
    return out


def output(text, *options):
    """What bpfstat prints about one sample."""
    process = start(*options)
    give(text)
    return finish(process, 0)


def equal(got, expected):
    assert got == expected, f"got {got!r}, not {expected!r}"


def check_json():
    text = """Pid Netif Flags Recv Drop Match Sblen Hblen Bufsize Dlt Tstamp Command
1 eth0 p-fs------ 18446744073709551615 2 3 4 5 4096 1 0x211 tcp dump
2 - -i-obalwhd 0 0 0 0 0 4096 - 0x0 -
3 007 ---------- 0 0 0 0 0 4096 0 0x0 42
"""
    names = ("promiscuous", "immediate", "header_complete", "direction", "feedback",
             "async", "locked", "writer", "head_drop", "filter_drop")
    n, y = False, True
    expected = [
        {"pid": 1, "netif": "eth0", "flags": "p-fs------",
         **dict(zip(names, (y, n, n, "inout", n, n, n, n, n, n))),
         "recv": 2 ** 64 - 1, "drop": 2, "match": 3, "sblen": 4, "hblen": 5,
         "bufsize": 4096, "dlt": 1, "tstamp": 0x211, "command": "tcp dump"},
        {"pid": 2, "netif": None, "flags": "-i-obalwhd",
         **dict(zip(names, (n, y, y, "out", y, y, y, y, y, y))),
         "recv": 0, "drop": 0, "match": 0, "sblen": 0, "hblen": 0,
         "bufsize": 4096, "dlt": None, "tstamp": 0, "command": "-"},
        {"pid": 3, "netif": "007", "flags": "----------",
         **dict(zip(names, (n, n, y, "in", n, n, n, n, n, n))),
         "recv": 0, "drop": 0, "match": 0, "sblen": 0, "hblen": 0,
         "bufsize": 4096, "dlt": 0, "tstamp": 0, "command": "42"},
    ]
    got = json.loads(output(text, "--json"))
    equal(got, {"descriptors": expected})
    # json.loads takes True for 1, and the order is that of the table
    equal(repr(got), repr({"descriptors": expected}))
    equal(json.loads(output(text, "-j", "-v", "-I", "007")), {"descriptors": expected[2:]})
    equal(json.loads(output(text, "-j", "-I", "x")), {"descriptors": []})


def check_json_few():
    got = json.loads(output(lines("7 lo ---s--- 1 0 1 0 0 x"), "-j"))["descriptors"][0]
    equal(list(got), ["pid", "netif", "flags", "promiscuous", "immediate",
                      "header_complete", "direction", "feedback", "async", "locked",
                      "recv", "drop", "match", "sblen", "hblen", "command"])


def check_json_names():
    commands = {'"quoted" \\ and/or': '"quoted" \\ and/or', "caf\u00e9": "caf\u00e9",
                "\x01\x7f": "??", "half\udcc3": "half?", "\udce2\udc82": "??"}
    rows = [f"1 a ---s--- 1 1 1 1 1 {command}" for command in commands]
    for options in (), ("-i", "0.01", "-c", "1"):
        got = json.loads(output(lines(*rows), "-j", *options))["descriptors"]
        equal([d["command"] for d in got], list(commands.values()))


def rates_of(samples, interval, delay):
    """Feeds samples; yields each object and bounds of its "elapsed"."""
    process = start("-j", "-i", str(interval), "-c", str(len(samples)))
    before = after = 0
    for n, rows in enumerate(samples):
        _, given = give(lines(*rows), delay if n == 1 else 0)
        line = process.stdout.readline()
        seen = time.monotonic()
        yield json.loads(line), given - after, seen - before
        before, after = given, seen
    equal(finish(process, 0), "")


def check_rates():
    samples = [
        ["1 a ---s--- 100 10 50 0 0 x", "2 a ---s--- 7 7 7 0 0 y", "3 b ---s--- 5 0 0 0 0 z"],
        # grown; gone; unchanged; new
        ["1 a ---s--- 160 13 50 0 0 x", "3 b ---s--- 5 0 0 0 0 z", "4 b ---s--- 9 0 0 0 0 z"],
        # one counter fell: all were reset; another interface; grown
        ["1 a ---s--- 170 2 60 0 0 x", "3 a ---s--- 6 0 0 0 0 z", "4 b ---s--- 19 1 0 0 0 z"],
        # two that look the same, then both again, then one of them
        ["1 a ---s--- 180 2 60 0 0 x", "1 a ---s--- 18446744073709551610 0 0 0 0 x"],
        ["1 a ---s--- 180 4 60 0 0 x", "1 a ---s--- 18446744073709551615 0 9 0 0 x"],
        ["1 a ---s--- 999 4 60 0 0 x"],
        # another command
        ["1 a ---s--- 999 4 60 0 0 w"],
    ]
    growth = [
        [None, None, None],
        [(60, 3, 0), (0, 0, 0), None],
        [None, None, (10, 1, 0)],
        [None, None],
        [(0, 2, 0), (5, 0, 9)],
        [None],
        [None],
    ]
    got = rates_of(samples, 0.05, delay=0.3)
    for n, (sample, least, most) in enumerate(got):
        elapsed = sample["elapsed"]
        if n == 0:
            equal(elapsed, None)
        else:
            assert least - 1e-5 <= elapsed <= most + 1e-5, (n, least, elapsed, most)
        if n == 1:
            assert elapsed >= 0.3, elapsed
        equal(len(sample["descriptors"]), len(growth[n]))
        for descriptor, grown in zip(sample["descriptors"], growth[n]):
            rates = [descriptor[f"{name}_per_s"] for name in ("recv", "drop", "match")]
            if grown is None:
                equal(rates, [None] * 3)
            else:
                for rate, delta in zip(rates, grown):
                    # both are printed with six digits
                    assert abs(rate * elapsed - delta) < 1e-3, (n, rates, elapsed, grown)


def check_rates_text():
    process = start("-i", "0.05", "-c", "2")
    give(lines("1 a p--s--- 100 10 50 1 2 my prog"))
    # before the next sample is given: through a pipe at once
    equal([process.stdout.readline() for _ in range(2)], [
        "  Pid  Netif   Flags      Recv      Drop     Match Sblen Hblen"
        "    Recv/s    Drop/s   Match/s Command\n",
        "    1      a p--s---       100        10        50     1     2"
        "         -         -         - my prog\n"])
    give(lines("1 a p--s--- 100 10 50 1 2 my prog", "1 a o--s--- 1 1 1 1 2 other"))
    equal(finish(process, 0), """
  Pid  Netif   Flags      Recv      Drop     Match Sblen Hblen    Recv/s    Drop/s   Match/s Command
    1      a p--s---       100        10        50     1     2       0.0       0.0       0.0 my prog
    1      a o--s---         1         1         1     1     2         -         -         - other
""")
    process = start("-v", "-i", "0.05", "-c", "1")
    give(lines("12345678 a p--s------ 100 10 50 1 2 x"))
    equal(finish(process, 0), """\
     Pid Netif      Flags Recv Drop Match Sblen Hblen Recv/s Drop/s Match/s Command
12345678     a p--s------  100   10    50     1     2      -      -       - x
""")


def check_interval():
    for count in 1, 3:
        process = start("-j", "-i", "0.1", "-c", str(count))
        opened = [give(lines())[0] for _ in range(count)]
        equal(len(finish(process, 0).splitlines()), count)
        assert opened[-1] - opened[0] >= 0.1 * (count - 1), opened


def check_wait():
    process = start("-w", "recv>=10", "-I", "a", "-j")
    give(lines("1 a ---s--- 9 0 0 0 0 x", "2 b ---s--- 99 0 0 0 0 y"))
    give(lines("2 b ---s--- 99 0 0 0 0 y"))
    give(lines("1 a ---s--- 9 0 0 0 0 x", "3 a ---s--- 10 0 0 0 0 z"))
    got = json.loads(finish(process, 0))["descriptors"]
    equal([d["pid"] for d in got], [1, 3])


def check_pauses():
    process = start("-w", "drop>0")
    times = [give(lines("1 a ---s--- 9 0 0 0 0 x"), delay)
             for delay in (0, 0, 0, 0.6, 0, 0)]
    times.append(give(lines("1 a ---s--- 9 1 0 0 0 x")))
    finish(process, 0)
    # It has begun to wait before it opened the second sample.
    begin = times[1][0]
    for (_, given), (opened, _) in itertools.pairwise(times):
        least = max(0.01, min(0.5, (given - begin) / 10))
        assert opened - given >= least - 1e-5, (opened - given, least)


def check_timeout():
    process = start("-w", "recv>9", "-t", "0.5")
    _, given = give(lines("1 a ---s--- 9 0 0 0 0 x"))
    # from now on a file, so that it may look as often as it likes
    with open(path + ".file", "w", encoding="ascii") as file:
        file.write(lines("1 a ---s--- 8 0 0 0 0 x"))
    pipe = os.open(path, os.O_RDWR)  # should it be waiting for the next sample
    os.rename(path + ".file", path)
    os.write(pipe, lines().encode())
    os.close(pipe)
    shown = [process.stdout.readline() for _ in range(2)]
    waited = time.monotonic() - given
    assert waited >= 0.5, waited
    equal(shown[1].split()[3], "8")
    finish(process, 1, "bpfstat: recv>9 did not come true within 0.5 s\n")


def check_look_once():
    process = start("-w", "recv>9", "-t", "0")
    # a second look would wait for ever for somebody to give it a sample
    give(lines("1 a ---s--- 9 0 0 0 0 x"))
    finish(process, 1, "bpfstat: recv>9 did not come true within 0 s\n")


checks = {name[len("check_"):]: function for name, function in
          inspect.getmembers(sys.modules[__name__], inspect.isfunction)
          if name.startswith("check_")}


def too_late(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, too_late)
signal.alarm(60)
try:
    checks[sys.argv[1]]()
finally:
    for child in processes:
        child.kill()
