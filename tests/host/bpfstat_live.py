# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What bpfstat.sh asks about the live view: bpfstat on a terminal of ours, whose
screen is read as a terminal would show it.  Usage: bpfstat_live.py CHECK BPFSTAT FOLDER
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

bpfstat, folder = sys.argv[2], sys.argv[3]
PATH = os.path.join(folder, "live")
HEADER = "Pid Netif Flags Recv Drop Match Sblen Hblen Dunread Dsize Command"
ROWS = ("1 eth0 p--s--- 500 0 100 0 0 0 0 one", "2 lo ---s--- 900 50 100 0 0 40 10 two",
        "3 wlan0 ---s--- 700 1 100 0 0 0 1 three")
PATIENCE = 30


def write(*rows):
    """The table, all at once."""
    with open(PATH + ".new", "w", encoding="ascii") as file:
        file.write("\n".join((HEADER, *rows)) + "\n")
    os.rename(PATH + ".new", PATH)


class Screen:
    """A terminal: enough of one for TERM=vt100."""

    PIECE = re.compile(r"\x1b\[[?>]?([0-9;]*)([A-Za-z])|\x1b[()][A-Z0-9]|\x1b[=>78M]|[^\x1b]")

    def __init__(self, rows, cols):
        self.resize(rows, cols)

    def resize(self, rows, cols):
        self.rows, self.cols, self.row, self.col = rows, cols, 0, 0
        self.cells = [[" "] * cols for _ in range(rows)]
        self.top, self.bottom = 0, rows - 1  # what scrolls

    def scroll(self, away, place):
        del self.cells[away]
        self.cells.insert(place, [" "] * self.cols)

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]

    def clear(self, how):
        start = (0, 0) if how == "2" else (self.row, self.col)
        for row in range(start[0], self.rows):
            for col in range(start[1] if row == start[0] else 0, self.cols):
                self.cells[row][col] = " "

    def command(self, args, what):
        numbers = [int(n) if n.isdigit() else 1 for n in args.split(";")]
        if what == "H":
            numbers += [1] * (2 - len(numbers))
            self.row, self.col = min(numbers[0], self.rows) - 1, min(numbers[1], self.cols) - 1
        elif what == "J":
            self.clear(args)
        elif what == "K":
            first, last = (0, self.col + 1) if args == "1" else (self.col, self.cols)
            self.cells[self.row][first:last] = [" "] * (last - first)
        elif what in "ABCD":
            down, right = {"A": (-1, 0), "B": (1, 0), "C": (0, 1), "D": (0, -1)}[what]
            self.row = min(max(self.row + down * numbers[0], 0), self.rows - 1)
            self.col = min(max(self.col + right * numbers[0], 0), self.cols - 1)
        elif what == "r":
            self.top, self.bottom = (n - 1 for n in numbers)
            self.row = self.col = 0
        else:
            assert what in "mhlt", f"unknown control sequence {args}{what}"

    def feed(self, text):
        """Shows one character, or does one command; returns what follows."""
        match = self.PIECE.match(text)
        if not match:
            return None  # it is not complete yet
        if match[2]:
            self.command(match[1], match[2])
        elif match[0] == "\x1bM" and self.row == self.top:
            self.scroll(self.bottom, self.top)
        elif match[0] == "\n" and self.row == self.bottom:
            self.scroll(self.top, self.bottom)
        elif match[0] in "\r\n\b" or match[0] == "\x1bM":
            self.row += {"\n": 1, "\x1bM": -1}.get(match[0], 0)
            self.row = min(max(self.row, 0), self.rows - 1)
            self.col = {"\r": 0, "\b": max(self.col - 1, 0)}.get(match[0], self.col)
        elif " " <= match[0] != "\x1b" and len(match[0]) == 1:
            self.cells[self.row][min(self.col, self.cols - 1)] = match[0]
            self.col += 1
        return text[match.end():]


class Live:
    """bpfstat on a terminal."""

    def __init__(self, *options, rows=24, cols=120):
        self.screen, self.rest = Screen(rows, cols), ""
        self.pid, self.fd = pty.fork()
        if not self.pid:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
            os.environ["TERM"] = "vt100"
            os.execv(bpfstat, [bpfstat, "-F", PATH, "-l", *options])

    def key(self, keys):
        os.write(self.fd, keys.encode())

    def resize(self, rows, cols):
        self.screen.resize(rows, cols)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def until(self, holds, what):
        """Reads the terminal until the screen is as it should be, however shortly."""
        end = time.monotonic() + PATIENCE
        while not holds(self.screen.lines()):
            rest = self.screen.feed(self.rest)
            if rest is not None:
                self.rest = rest
                continue
            left = end - time.monotonic()
            ready = select.select([self.fd], [], [], max(left, 0))[0]
            assert ready, f"{what}:\n" + "\n".join(self.screen.lines())
            self.rest += os.read(self.fd, 65536).decode("utf-8")

    def order(self):
        """Processes in their order on the screen."""
        lines = self.screen.lines()
        first = [line[:7].strip() for line in lines[2:-1] if line]
        # while it is being drawn there may be anything
        complete = "quit" in lines[-1] and all(pid.isdigit() for pid in first)
        return [int(pid) for pid in first] if complete else []

    def sorted_as(self, *pids):
        self.until(lambda _: self.order() == list(pids), f"the order {pids}")

    def ended(self):
        """Its exit status; and its last words, as text."""
        words = ""
        while True:
            try:
                words += os.read(self.fd, 65536).decode("utf-8")
            except OSError:  # the other side is closed
                break
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), words


def has(word):
    return lambda lines: any(word in line for line in lines)


def check_view():
    write(*ROWS)
    live = Live("-s", "recv", "-i", "0.05")
    live.sorted_as(2, 3, 1)
    lines = live.screen.lines()
    assert lines[0] == "bpfstat: 3 descriptors, every 0.05 s, by recv", lines[0]
    assert lines[1].split() == "Pid Netif Flags Recv/s Match/s Drop/s Drop Lost Why Command".split()
    # once there are rates, nothing is lost, for nothing comes
    live.until(lambda lines: len(re.findall(r" 0\.0 +0\.0 +0\.0 ", "\n".join(lines))) == 3, "rates")
    assert re.search(r"50 \[ {10}\] unread +two", live.screen.lines()[2]), live.screen.lines()
    live.key("q")
    assert live.ended()[0] == 0


def check_bar():
    write(*ROWS)
    live = Live("-s", "pid", "-i", "1000")
    live.sorted_as(3, 2, 1)
    # no rates yet: 50 of 100, a little, nothing
    assert re.search(r"50 \[#{5} {5}\] unread +two$", live.screen.lines()[3]), live.screen.lines()
    assert re.search(r"1 \[# {9}\] size +three$", live.screen.lines()[2]), live.screen.lines()
    assert re.search(r"0 \[ {10}\] - +one$", live.screen.lines()[4]), live.screen.lines()
    live.key("q")
    assert live.ended()[0] == 0


def check_rates():
    write(*ROWS)
    live = Live("-s", "drop/s", "-i", "0.2")
    live.until(has("0.0"), "rates")
    write(*ROWS[:2], "3 wlan0 ---s--- 900 101 200 0 0 0 101 three")
    live.until(lambda lines: has("[##########]")(lines) and live.order()[:1] == [3], "a loss of all")
    live.until(lambda lines: not has("#")(lines), "that is over")
    live.key("q")
    assert live.ended()[0] == 0


def check_keys():
    write(*ROWS)
    live = Live("-s", "command", "-i", "1000")
    live.sorted_as(1, 3, 2)
    live.key("r")
    live.sorted_as(2, 3, 1)
    live.key("r>")  # round to the first column
    live.until(has("by Pid"), "by Pid")
    live.sorted_as(3, 2, 1)
    live.key("<")
    live.until(has("by Command"), "by Command")
    live.key("Q")
    assert live.ended()[0] == 0


def check_resize():
    write(*(f"{n} eth0 p--s--- {n} 0 0 0 0 0 0 many" for n in range(1, 41)))
    live = Live("-s", "recv", "-i", "1000")
    live.sorted_as(*range(40, 40 - 21, -1))
    live.resize(10, 60)
    live.sorted_as(*range(40, 40 - 7, -1))
    live.key("\x1bOB")
    live.sorted_as(*range(39, 39 - 7, -1))
    live.resize(45, 100)
    live.sorted_as(*range(40, 0, -1))
    live.resize(1, 1)
    live.key("q")
    assert live.ended()[0] == 0


def check_end():
    write(*ROWS)
    for sent in signal.SIGINT, signal.SIGTERM:
        live = Live("-i", "1000")
        live.until(has("three"), "the view")
        os.kill(live.pid, sent)
        assert live.ended()[0] == 0
    live = Live("-i", "0.05")
    live.until(has("three"), "the view")
    os.unlink(PATH)
    status, words = live.ended()
    message = f"bpfstat: cannot read {PATH}: No such file or directory"
    assert status == 3 and words.rstrip().endswith(message), (status, words)
    write(*ROWS)
    live = Live("-s", "nothing")
    status, words = live.ended()
    assert status == 2 and "bpfstat: --sort: no column nothing; " in words, (status, words)


signal.alarm(120)
globals()["check_" + sys.argv[1]]()
