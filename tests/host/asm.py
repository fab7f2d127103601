# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What asm.sh asks about whole programs: that bpfasm and bpfdis are each other's
inverse, agree with libpcap and Linux's bpf_asm, and survive anything.  Each check is
a function; it fails by an exception.  Usage: asm.py CHECK FOLDER, where FOLDER has
the programs, the output of asm_vectors, and bpf_asm if there is one.
"""
import ctypes
import os
import random
import re
import struct
import subprocess
import sys
import time

folder = sys.argv[2]
# Those of Ethernet; not the one that wants to know an interface's netmask. Each takes
# a dozen programs under sanitizers, so a part is enough, another one each time.
EVERY = int(os.environ.get("ASM_EVERY", "5"))
PART = int(os.environ.get("ASM_PART", random.randrange(EVERY)))
EXPRESSIONS = [line for line in open("tests/fuzz/expressions.txt", encoding="ascii")
               .read().splitlines()
               if line and not line.startswith("#") and not re.match("[A-Z0-9_]+ [|] |ip broadcast$", line)][PART::EVERY]
# Codes by what they use besides the code, from the definition of the machine.
BRANCH_K, BRANCH_X = (0x15, 0x25, 0x35, 0x45), (0x1d, 0x2d, 0x3d, 0x4d)
NO_K = (0x80, 0x81, 0x84, 0x16, 0x07, 0x87,
        0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0x9c, 0xac)


def leaks(wanted):
    """Who ends with an error does not tidy up before."""
    return {**os.environ, "ASAN_OPTIONS": f"detect_leaks={int(wanted)}"}


def call(program, *options, data=b"", status=0):
    """Runs it; stdout, or stdout and stderr if it is meant to fail."""
    data = data.encode() if isinstance(data, str) else data
    done = subprocess.run([os.path.join(folder, program), *options], input=data, env=leaks(not status),
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == status, (program, options, data[:2000], done)
    if status:
        return done.stdout, done.stderr.decode(errors="replace")
    return done.stdout


def decimal(insns):
    return "\n".join([str(len(insns))] + ["%u %u %u %u" % i for i in insns]) + "\n"


def parse(text):
    """Decimal numbers, in lines or with commas."""
    if isinstance(text, bytes):
        text = text.decode()
    rows = [row for row in re.split(r"[,\n]", text) if row]
    insns = [tuple(int(n) for n in row.split()) for row in rows[1:]]
    assert len(insns) == int(rows[0]), text
    return insns


def used(insn):
    """Without what the operation does not use, where libpcap leaves garbage."""
    code, jt, jf, k = insn
    if code in BRANCH_K:
        return insn
    if code in BRANCH_X:
        return code, jt, jf, 0
    return code, 0, 0, 0 if code in NO_K else k


def vectors():
    rows = []
    for line in open(os.path.join(folder, "vectors"), encoding="ascii"):
        name, err, where, count, *insns = line.rstrip("\n").split("\t")
        insns = [tuple(int(n) for n in i.split()) for i in insns]
        assert len(insns) == int(count)
        rows.append((name, err, int(where), insns))
    assert len(rows) > 150, len(rows)
    return rows


def compiled():
    """What libpcap makes of the expressions."""
    for expression in EXPRESSIONS:
        text = subprocess.run(["tcpdump", "-y", "EN10MB", "-ddd", "--", expression],
                              capture_output=True, text=True, check=True).stdout
        yield expression, text


def as_c(text):
    return b"struct bpf_insn p[] = { /* { */\n" + call("bpfasm", "-c", data=text) + b"};\n"


def inverse(number, what, insns):
    """Numbers to assembly to numbers, in one format or another, and to assembly."""
    text = call("bpfdis", data=decimal(insns))
    again = parse(call("bpfasm", data=text))
    assert again == [used(i) for i in insns], (what, text, again)
    if number % 4 == 0:
        data = call("bpfasm", "-d", data=text)
        assert data.decode() == decimal(again), (what, data)
    elif number % 4 == 1:
        data = call("bpfasm", "-r", data=text)
        assert data == b"".join(struct.pack("=HBBI", *i) for i in again), what
    elif number % 4 == 2:
        data = call("bpfasm", "-c", data=text)
        found = re.findall(r"^{ (0x\w\w), +(\d+), +(\d+), (0x\w{8}) },$", data.decode(), re.M)
        assert [tuple(int(n, 0) for n in i) for i in found] == again, (what, data)
    else:
        data = as_c(text)
    if insns or number % 4 in (0, 3):
        assert call("bpfdis", data=data) == text, (what, data)


def check_vectors():
    """Valid ones survive; the others are refused where and why they should."""
    valid = refused = 0
    for name, err, where, insns in vectors():
        if not err:
            inverse(valid, name, insns)
            valid += 1
            continue
        text, message = call("bpfdis", data=decimal(insns), status=1)
        assert message == f"stdin:{where + 2}: instruction {where}: {err}\n", (name, message)
        out, message = call("bpfasm", data=text, status=1)
        assert out == b"", name
        assert message == f"stdin:{where + 1}: instruction {where}: {err}\n", (name, message)
        raw = b"".join(struct.pack("=HBBI", *i) for i in insns)
        assert call("bpfdis", data=raw, status=1) == (
            text, f"stdin: instruction {where}: {err}\n"), name
        refused += 1
    assert valid > 100 and refused > 30, (valid, refused)
    print(f"# {valid} survive, {refused} are refused")


def check_expressions():
    count = 0
    for expression, text in compiled():
        inverse(count, expression, parse(text))
        count += 1
    assert count >= 40, count
    print(f"# {count} expressions; ASM_EVERY={EVERY} ASM_PART={PART}")


def check_numbered():
    """-n is what tcpdump -d prints, -c what tcpdump -dd means."""
    for expression, text in compiled():
        for option, expected in (("-d", call("bpfdis", "-n", data=text)),
                                 ("-dd", None)):
            theirs = subprocess.run(["tcpdump", "-y", "EN10MB", option, "--", expression],
                                    capture_output=True, check=True).stdout
            if expected is None:
                assert call("bpfdis", data=theirs) == call("bpfdis", data=text), expression
            else:
                assert theirs.replace(b"ret      \n", b"ret      a\n") == expected, expression


def check_image():
    """-n is libpcap's bpf_image(), for every operation, with small and large k."""
    class Insn(ctypes.Structure):
        _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte),
                    ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]
    pcap = ctypes.CDLL("libpcap.so.0.8")
    pcap.bpf_image.restype = ctypes.c_char_p
    codes = [int(c, 16) for c in re.findall(r"OP\(\w+,\s*(0x\w+),",
                                            open("src/filter/opcode.h", encoding="ascii").read())]
    assert len(codes) > 45
    # libpcap leaves the a away, and does not know ldx of the length
    special = {0x16: ("ret      ", "ret      a"), 0x81: ("unimp    0x81", "ldx      #pktlen")}
    for code in codes:
        for k in (0, 1, 9, 10, 0x7fffffff, 0x80000000, 0xffffffff):
            if code == 0x05:
                k %= 100
            insns = [(code, 3, 4, k), (0x06, 0, 0, 0)]
            done = subprocess.run([os.path.join(folder, "bpfdis"), "-n"], check=False,
                                  input=decimal(insns).encode(), capture_output=True)
            ours = done.stdout.decode().splitlines()[0]
            image = pcap.bpf_image(ctypes.byref(Insn(*insns[0])), 0).decode()
            if code in special:
                assert image == "(000) " + special[code][0], image
                image = "(000) " + special[code][1]
            assert ours == image, (ours, image)


def check_bpf_asm():
    """Linux's assembler makes the same of what bpfdis prints."""
    count = 0
    programs = [(n, i) for n, err, _, i in vectors() if not err and i]
    programs += [(e, parse(t)) for e, t in compiled()]
    for name, insns in programs:
        text = call("bpfdis", data=decimal(insns))
        assert call("bpf_asm", data=text) == call("bpfasm", data=text), (name, text)
        # C, whose zero bpf_asm writes without 0x, means the same
        assert call("bpfdis", data=call("bpf_asm", "-c", data=text)) == text, name
        count += 1
    print(f"# {count} programs")


def sound(program, *options, data):
    """It says yes or no, and nothing of a sanitizer."""
    done = subprocess.run([os.path.join(folder, program), *options], input=data, env=leaks(False),
                          capture_output=True, timeout=60, check=False)
    assert done.returncode in (0, 1), (program, options, data, done)
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done
    assert (done.returncode == 1) == any(
        not re.search(rb": warning: ", line) for line in done.stderr.splitlines()), done
    return done


def damage(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at = rng.randrange(len(data) + 1)
        action = rng.randrange(5)
        if action == 0:
            data[at:at] = bytes([rng.randrange(256)])
        elif action == 1:
            del data[at:at + rng.choice((1, 2, 10))]
        elif action == 2:
            data[at:at + 1] = rng.choice((b"99999999999", b"#", b"[", b"x", b",", b"\n", b"{",
                                          b"/*", b"-", b"0x", b":", b"L1", b"%", b"\0", b"ld"))
        elif action == 3:
            data[at:at] = data[:rng.randrange(60)]
        else:
            del data[at:]
    return bytes(data)


def check_fuzz():
    """Random bytes, words in any order, and good programs gone bad."""
    seed = int(os.environ.get("ASM_SEED", random.randrange(1 << 32)))
    rounds = int(os.environ.get("ASM_ROUNDS", "400"))
    print(f"# ASM_SEED={seed} ASM_ROUNDS={rounds}")
    rng = random.Random(seed)
    words = ("ld ldh ldx ldxb st jeq jneq jset ja ret tax neg add #1 #len #cpu x a %x [1] [x + 2]"
             " M[3] 4*([5]&0xf) , L1 L1: L2: ; /* */ .insn 0x30 \n # -1 { } 4").split(" ")
    good = []
    for _, text in list(compiled())[::8]:
        assembly = call("bpfdis", data=text)
        good += [call("bpfasm", *o, data=assembly) for o in ([], ["-c"], ["-d"], ["-r"])]
        good.append(assembly)
    yes = 0
    for _ in range(rounds):
        kind = rng.randrange(4)
        if kind == 0:
            data = rng.randbytes(rng.choice((1, 8, 64, 1000)))
        elif kind == 1:
            data = " ".join(rng.choices(words, k=rng.randrange(40))).encode()
        else:
            data = damage(rng, rng.choice(good))
        done = sound(*rng.choice((["bpfasm"], ["bpfdis"], ["bpfdis", "-n"])), data=data)
        yes += done.returncode == 0
    print(f"# {yes} of {rounds} are programs")
    assert 0 < yes < rounds


def capture():
    """Packets of many kinds, a third of them cut off, some almost to nothing."""
    rng = random.Random(1)
    packets = []
    for number in range(600):
        kind = rng.randrange(8)
        src, dst = (bytes([192, 0, 2, rng.randrange(1, 9)]) for _ in "sd")
        ports = struct.pack("!HH", *(rng.choice((22, 53, 80, 443, 1500)) for _ in "sd"))
        tcp = ports + rng.randbytes(8) + bytes([0x50, rng.randrange(64)]) + rng.randbytes(6)
        proto, inner = rng.choice(((6, tcp), (17, ports + rng.randbytes(4)),
                                   (1, rng.randbytes(8)), (47, b"")))
        inner += b"GET " + rng.randbytes(rng.randrange(80))
        if kind < 5:
            options = rng.randbytes(4 * rng.choice((0, 0, 1, 10)))
            fragment = rng.choice((0, 0, 0, 0x2000, 0x4000, 100))
            body = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, rng.randrange(4),
                               20 + len(options) + len(inner), number, fragment, 64, proto, 0)
            kind, body = 0x800, body + src + dst + options + inner
        elif kind < 7:
            proto = 58 if proto == 1 else proto
            body = struct.pack("!IHBB", 6 << 28, len(inner), proto, 64)
            net = bytes.fromhex("20010db8") + bytes(11)
            kind, body = 0x86dd, body + net + src[3:] + net + dst[3:] + inner
        else:
            kind, body = 0x806, bytes.fromhex("0001080006040001") + bytes(20)
        body = struct.pack("!H", kind) + body
        if rng.randrange(5) == 0:
            body = struct.pack("!HH", 0x8100, rng.choice((7, 8))) + body
        body = rng.choice((bytes([255] * 6), bytes([2, 0, 0, 0, 0, 2]))) + \
            bytes([2, 0, 0, 0, 0, 1]) + body
        keep = rng.choice((len(body), len(body), rng.randrange(len(body) + 1)))
        packets.append(struct.pack("=IIII", 1000 + number, number, keep, len(body)) + body[:keep])
    return struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1) + b"".join(packets)


def check_engines():
    """Each engine finds the packets that tcpdump finds, and writes them as it does; the
    compiler without one of its passes, and without any, too."""
    passes = call("bpfdis", "--without", "?", status=2)[1].split("there are: ")[1].split()
    passes.append(",".join(passes))
    path = os.path.join(folder, "capture.pcap")
    with open(path, "wb") as file:
        file.write(capture())
    some = 0
    for turn, (expression, text) in enumerate(compiled()):
        expected = subprocess.run(["tcpdump", "-r", path, "-w", "-", "--", expression],
                                  capture_output=True, check=True).stdout
        matched, at = 0, 24
        while at < len(expected):
            at += 16 + struct.unpack_from("=I", expected, at + 8)[0]
            matched += 1
        some += 0 < matched < 600
        # what libpcap made of it elsewhere, and what it makes of it for this file
        sources = ([text, "-"], ["", "-e", expression])
        for number, engine in enumerate(("interp", "native", "libpcap", "native")):
            data, *which = sources[number % 2]
            if number == 3:
                which += ["--without", passes[turn % len(passes)]]
            options = ["-w", os.path.join(folder, "written"), "-E", engine, *which, path]
            said = call("bpfrun", *options, data=data).decode()
            assert said == f"{matched} of 600 packets match\n", (expression, engine, said)
            with open(os.path.join(folder, "written"), "rb") as file:
                assert file.read() == expected, (expression, engine)
    assert some > 20, f"only {some} expressions tell packets apart"
    print(f"# {some} expressions find some packets and not others; "
          f"ASM_EVERY={EVERY} ASM_PART={PART}")


def check_cut():
    """Packets are written as long as the filter says."""
    with open(os.path.join(folder, "capture.pcap"), "wb") as file:
        file.write(capture())
    program = call("bpfasm", data="ldb [0]\njeq #2, L, R\nL: ret #20\nR: ret #0")
    for engine in ("interp", "native", "libpcap"):
        written = subprocess.run([os.path.join(folder, "bpfrun"), "-E", engine, "-w", "-", "-",
                                  os.path.join(folder, "capture.pcap")], input=program,
                                 capture_output=True, check=True).stdout
        data, at, expected = capture(), 24, b""
        while at < len(data):
            seconds, micro, keep, length = struct.unpack_from("=IIII", data, at)
            body = data[at + 16:at + 16 + keep]
            at += 16 + keep
            if body[:1] == b"\x02":
                body = body[:20]
                expected += struct.pack("=IIII", seconds, micro, len(body), length) + body
        assert len(expected) > 5000 and written == data[:24] + expected, engine


def check_times():
    """--time says what was done, and a time that the clock can have seen."""
    path = os.path.join(folder, "capture.pcap")
    with open(path, "wb") as file:
        file.write(capture())
    for engine in ("interp", "native", "libpcap"):
        start = time.monotonic()
        said = call("bpfrun", "-t", "-c", "50", "-E", engine, "-e", "ip", path).decode()
        whole = (time.monotonic() - start) * 1e9
        found = re.fullmatch(r"(\d+) of 600 packets match\n"
                             r"(\d+\.\d) ns a packet: (\w+), 600 packets, 50 times\n", said)
        assert found and found[3] == engine, said
        assert 0 < float(found[2]) * 600 * 50 < whole, said


globals()["check_" + sys.argv[1]]()
