# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Runs what bpfdis --ir prints: the blocks as decoded and after each pass, over packets
of many kinds, against libpcap's interpreter, and those of the vectors against our own.
So the printed form means what the compiler means, and each pass left the program what
it was.  Loads that no check has allowed are errors, also where a test does not need
them any more.  Usage: ir.py FOLDER < EXPRESSIONS, one a line; the folder has bpfdis,
capture.pcap and the output of asm_vectors.
"""
import ast
import ctypes
import re
import struct
import subprocess
import sys

MASK = 0xffffffff
OPS = {ast.Add: lambda a, b: a + b & MASK, ast.Sub: lambda a, b: a - b & MASK,
       ast.Mult: lambda a, b: a * b & MASK, ast.FloorDiv: lambda a, b: a // b,
       ast.Mod: lambda a, b: a % b, ast.BitOr: lambda a, b: a | b, ast.BitAnd: lambda a, b: a & b,
       ast.BitXor: lambda a, b: a ^ b,
       ast.LShift: lambda a, b: a << b & MASK if b < 32 else 0,
       ast.RShift: lambda a, b: a >> b if b < 32 else 0}
TESTS = {ast.Eq: lambda a, b: a == b, ast.NotEq: lambda a, b: a != b, ast.Gt: lambda a, b: a > b,
         ast.GtE: lambda a, b: a >= b, ast.Lt: lambda a, b: a < b, ast.LtE: lambda a, b: a <= b,
         ast.In: lambda a, b: a in b}
LOADS = (0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0xb1)
SIZES = {"b": 1, "h": 2, "w": 4}


class Insn(ctypes.Structure):
    """struct bpf_insn"""
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte),
                ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class Failed(Exception):
    """A check of the program."""


def parse(text):
    """An expression as Python has it."""
    text = re.sub(r"\{ ([^}]*) \}", lambda m: "(" + ", ".join(m[1].split()) + ",)", text)
    text = text.replace("&&", " and ").replace("||", " or ").replace("/", "//")
    return ast.parse(text.strip(), mode="eval").body


class Machine:
    """A packet, and what is kept."""

    def __init__(self, packet, wirelen):
        self.packet, self.wirelen, self.kept = packet, wirelen, {}

    def load(self, node):
        """b[k], b[value + k]: the sum may not wrap."""
        where = node.slice
        if isinstance(where, ast.BinOp) and isinstance(where.op, ast.Add):
            at = self.value(where.left) + self.value(where.right)
        else:
            at = self.value(where)
        size = SIZES[node.value.id]
        assert at + size <= len(self.packet), ("a load that was not checked", ast.unparse(node))
        return int.from_bytes(self.packet[at:at + size], "big")

    def value(self, node):
        """All of the expression is computed, as the compiler may do."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self.wirelen if node.id == "len" else self.kept[node.id]
        if isinstance(node, ast.Subscript):
            return self.load(node)
        if isinstance(node, ast.BinOp):
            return OPS[type(node.op)](self.value(node.left), self.value(node.right))
        if isinstance(node, ast.Tuple):
            return [self.value(e) for e in node.elts]
        if isinstance(node, ast.Compare):
            assert len(node.ops) == 1
            return int(TESTS[type(node.ops[0])](self.value(node.left),
                                                self.value(node.comparators[0])))
        values = [self.value(v) for v in node.values]
        return int(all(values) if isinstance(node.op, ast.And) else any(values))

    def check(self, node, size):
        """Size is None: that it is not 0."""
        if size is None:
            if not self.value(node):
                raise Failed
        elif (self.value(node) if node else 0) + size > len(self.packet):
            raise Failed


def parse_line(line):
    """What is in a block: (what, ...)."""
    if found := re.fullmatch(r"check (?:(.*) \+ )?(\d+) bytes", line):
        return "check", found[1] and parse(found[1]), int(found[2])
    if found := re.fullmatch(r"check (.*) != 0", line):
        return "check", parse(found[1]), None
    if found := re.fullmatch(r"if (.*) go to (b\d+), else (b\d+)", line):
        return "if", parse(found[1]), found[2], found[3]
    if found := re.fullmatch(r"go to (b\d+)", line):
        return "if", parse("1"), found[1], None
    if found := re.fullmatch(r"return (.*)", line):
        return "return", parse(found[1])
    if found := re.fullmatch(r"(v\d+) =((?: b\d+: [^,]+,?)+)", line):
        return "phi", found[1], {block: parse(e) for block, e in
                                 re.findall(r" (b\d+): ([^,]+)", found[2])}
    found = re.fullmatch(r"(v\d+) = (.*)", line)
    assert found, line
    return "keep", found[1], parse(found[2])


def stages(text):
    """(title, blocks, bytes needed) of each that is printed."""
    enough, title, blocks = 0, None, {}
    for line in text.splitlines() + [""]:
        if found := re.match(r"fast version, for packets of (\d+)", line):
            enough = int(found[1])
        elif line.startswith("exact version"):
            enough = None
        elif found := re.fullmatch(r"(decoded|after \w+):", line):
            title = found[1]
        elif line.startswith(("b", "\t")):
            if line.startswith("b"):
                name, line = line.split(":", 1)
                blocks[name] = []
            blocks[name].append(parse_line(line.strip()))
        elif blocks:
            yield title, blocks, enough
            blocks = {}
        else:
            assert not line or re.fullmatch(r"after \w+: no change|without \w+", line), line


def run(blocks, packet, wirelen):
    """What a stage returns."""
    machine, name, before = Machine(packet, wirelen), "b0", None
    while True:
        arrived = {}
        for what, *rest in blocks[name]:
            if what == "phi":
                arrived[rest[0]] = machine.value(rest[1][before])
                continue
            machine.kept.update(arrived)
            arrived = {}
            if what == "check":
                machine.check(*rest)
            elif what == "keep":
                machine.kept[rest[0]] = machine.value(rest[1])
            elif what == "return":
                return machine.value(rest[0])
            else:
                before, name = name, rest[1] if machine.value(rest[0]) else rest[2]


def packets(path):
    """(bytes, length on the wire) of a capture."""
    data, at = open(path, "rb").read(), 24
    while at < len(data):
        keep, length = struct.unpack_from("=II", data, at + 8)
        yield data[at + 16:at + 16 + keep], length
        at += 16 + keep


def judge(name, stage, reference, sample):
    """Every packet by one stage; how many it decided."""
    title, blocks, enough = stage
    decided = 0
    for packet, length in sample:
        if enough and len(packet) < enough:
            continue
        try:
            got = run(blocks, packet, length)
        except Failed:
            # the fast version leaves it to the exact one
            if title != "decoded" and enough is not None:
                continue
            got = 0
        expected = reference(packet, length)
        assert got == expected, (name, title, enough, got, expected, packet.hex(), length)
        decided += 1
    return decided


def from_expressions():
    """Every expression, optimised by libpcap and not: name, program, reference."""
    pcap = ctypes.CDLL("libpcap.so.0.8")
    pcap.bpf_filter.restype = ctypes.c_uint
    for expression in sys.stdin.read().splitlines():
        for options in ([], ["-O"]):
            text = subprocess.run(["tcpdump", *options, "-y", "EN10MB", "-ddd", "--", expression],
                                  capture_output=True, text=True, check=True).stdout
            rows = [tuple(int(n) for n in row.split()) for row in text.splitlines()[1:]]
            insns = (Insn * len(rows))(*rows)
            yield expression, text, lambda packet, length, program=insns: \
                pcap.bpf_filter(program, packet, length, len(packet))


def from_vectors():
    """Every valid program of the vectors that is not very long."""
    cbpf = ctypes.CDLL("build/libcbpf.so.0")
    cbpf.cbpf_filter_new.restype = ctypes.c_void_p
    cbpf.cbpf_filter_run.restype = ctypes.c_uint
    for line in open(sys.argv[1] + "/vectors", encoding="ascii"):
        name, err, _, count, *rows = line.rstrip("\n").split("\t")
        if err or not 0 < int(count) < 500:
            continue
        rows = [tuple(int(n) for n in row.split()) for row in rows]
        # Linux's loads: a packet here has no values besides its bytes
        if any(code in LOADS and k >= 0xffe00000 for code, _, _, k in rows):
            continue
        insns = (Insn * len(rows))(*rows)
        made = ctypes.c_void_p(cbpf.cbpf_filter_new(insns, len(rows), 1, None))
        yield name, "\n".join([count, *("%u %u %u %u" % row for row in rows)]) + "\n", lambda packet, length, made=made: \
            cbpf.cbpf_filter_run(made, packet, length, len(packet))


def main():
    """Everything, by every stage."""
    seen, decided, programs = {}, 0, 0
    whole = bytes(range(0xa0, 0xe0))
    cut = [(whole[:n], length) for n in range(65) for length in (n, 64)]
    for cases, sample in ((from_expressions(), list(packets(sys.argv[1] + "/capture.pcap"))),
                          (from_vectors(), cut)):
        for name, text, reference in cases:
            shown = subprocess.run([sys.argv[1] + "/bpfdis", "--ir"], input=text,
                                   capture_output=True, text=True, check=True).stdout
            programs += 1
            for stage in stages(shown):
                seen[stage[0]] = seen.get(stage[0], 0) + 1
                decided += judge(name, stage, reference, sample)
    print(f"# {programs} programs: " + ", ".join(f"{count} {title}" for title, count in seen.items())
          + f"; {decided} packets decided")
    missing = {"decoded", "after checks", "after thread", "after sets", "after ifconv",
               "after layout"} - set(seen)
    assert programs > 200 and not missing, (programs, missing)


main()
