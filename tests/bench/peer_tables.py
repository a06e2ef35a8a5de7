"""What is measured in passes, and the tables of it in Markdown."""

import dataclasses
import re
import statistics
import typing

from peer_servers import Failed


def spread(values, digits=1):
    values = sorted(values)
    return (f"{statistics.median(values):.{digits}f} "
            f"({values[0]:.{digits}f}-{values[-1]:.{digits}f})")


def table_of(lines):
    """In Markdown, of cells; the first line is the head, the first column words."""
    text = ["|" + "".join(f" {cell} |" if cell else " |" for cell in cells)
            for cells in lines]
    text.insert(1, "|---|" + "--:|" * (len(lines[0]) - 1))
    return "\n".join(text) + "\n"


@dataclasses.dataclass
class Case:
    title: str
    least: float  # how many times the peer's rate ours is asked to be
    ask: typing.Any  # what the rows' functions are given


@dataclasses.dataclass
class Table:
    """Rows are functions of (ask, seconds) that measure: the peer's first, then ours."""
    name: str
    cases: list
    rows: dict
    p99_below: bool = False  # the peer's
    passes: list = dataclasses.field(default_factory=list)

    def measure(self, seconds, turn):
        """One pass: peer and ours in turn, and another first in the next pass."""
        rows = list(self.rows)
        rows = rows[turn % len(rows):] + rows[:turn % len(rows)]
        self.passes.append({(row, case.title): self.rows[row](case.ask, seconds)
                            for case in self.cases for row in rows})

    @property
    def peer(self):
        return next(iter(self.rows))

    def all_of(self, row, case, what):
        return [getattr(one[row, case.title], what) for one in self.passes]

    def times_peer(self, row, case):
        """Pass by pass, and of that the median: a slow minute is slow for both."""
        return statistics.median(
            ours / peer for ours, peer in zip(self.all_of(row, case, "per_second"),
                                              self.all_of(self.peer, case, "per_second")))

    def p99(self, row, case):
        return statistics.median(self.all_of(row, case, "p99_ms"))

    def cells(self, row, case):
        rate = spread([each / 1e3 for each in self.all_of(row, case, "per_second")])
        times = "" if row == self.peer else f", {self.times_peer(row, case):.2f}x"
        share = statistics.median(self.all_of(row, case, "client_share"))
        return [rate + times, f"{self.p99(row, case):.2f}", f"{share:.0%}"]

    def render(self):
        head, asked = ["thousands a second"], ["*asked of ours*"]
        for case in self.cases:
            head += [case.title, "p99 ms", "client"]
            asked += [f"*{case.least:g}x*", "*below*" if self.p99_below else "", ""]
        lines = [head, asked]
        for row in self.rows:
            cells = [cell for case in self.cases for cell in self.cells(row, case)]
            lines.insert(-1, [row, *cells])
        return table_of(lines)

    def misses(self):
        """Sentences: what is not as it is asked to be."""
        for row in list(self.rows)[1:]:
            for case in self.cases:
                where = f"{self.name}, {case.title}, {row}"
                times = self.times_peer(row, case)
                if times < case.least:
                    yield f"{where}: {times:.2f}x, and {case.least:g}x is asked"
                p99, peers = self.p99(row, case), self.p99(self.peer, case)
                if self.p99_below and p99 >= peers:
                    yield f"{where}: p99 {p99:.2f} ms, and below {peers:.2f} ms is asked"
                failed = sum(self.all_of(row, case, "failed"))
                if failed:
                    yield f"{where}: {failed} requests failed"

    def json(self):
        return [{"table": self.name, "row": row, "case": case.title, "pass": turn,
                 **dataclasses.asdict(one[row, case.title])}
                for turn, one in enumerate(self.passes)
                for row in self.rows for case in self.cases]


def rewrite(page, tables):
    """Puts each table between its marker and the next end; all must have one."""
    text = page.read_text()
    for name, table in tables.items():
        marker = f"<!-- figures: {name} -->"
        pattern = re.compile(re.escape(marker) + r".*?<!-- end -->", re.S)
        whole = f"{marker}\n\n{table}\n<!-- end -->"
        text, found = pattern.subn(lambda _: whole, text)  # a function: no escapes in it
        if found != 1:
            raise Failed(f"{page}: has {found} places for the table {name}")
    page.write_text(text)
