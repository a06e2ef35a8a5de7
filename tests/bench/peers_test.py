"""What the side-by-side benchmark concludes from its measurements, without taking any."""

import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from peer_loads import Outcome  # noqa: E402
from peer_outage import back_after  # noqa: E402
from peer_servers import Failed  # noqa: E402
from peer_tables import Case, Table, rewrite  # noqa: E402


def measured(theirs, ours):
    """A table of these rates, pass by pass."""
    rates = {"theirs": iter(theirs), "ours": iter(ours)}
    rows = {row: lambda ask, seconds, row=row: Outcome(next(rates[row]), 1.0, 0, 0.0)
            for row in rates}
    table = Table("t", [Case("1 client", 0.5, None)], rows, p99_below=True)
    for turn in range(len(theirs)):
        table.measure(1, turn)
    return table


class Tables(unittest.TestCase):
    def test_rates_are_compared_within_a_pass(self):
        # All is four times slower in the second pass: the medians' ratio is another.
        table = measured([1000, 250, 1000], [600, 150, 400])
        self.assertAlmostEqual(table.times_peer("ours", table.cases[0]), 0.6)

    def test_what_is_below_what_is_asked_is_said(self):
        self.assertEqual(
            [one.split(",")[2] for one in measured([1000], [400]).misses()],
            [" ours: 0.40x", " ours: p99 1.00 ms"])

    def test_another_row_is_first_in_each_pass(self):
        order = []
        rows = {row: lambda ask, seconds, row=row: order.append(row) for row in "ab"}
        table = Table("t", [Case("", 1, None)], rows)
        table.measure(1, 0)
        table.measure(1, 1)
        self.assertEqual("".join(order), "abba")


class Returns(unittest.TestCase):
    ENDS = [1.0, 2.0, 3.0, 4.0, 5.0]

    def test_one_good_second_between_bad_ones_is_no_return(self):
        self.assertEqual(back_after([100, 10, 90, 10, 90], self.ENDS, 1.5, 100), 2.5)

    def test_what_was_bad_before_the_order_does_not_count(self):
        self.assertEqual(back_after([100, 10, 90, 90, 90], self.ENDS, 2.0, 100), 0)

    def test_a_bad_last_second_is_no_return_at_all(self):
        self.assertEqual(back_after([100, 10, 90, 90, 10], self.ENDS, 2.0, 100),
                         float("inf"))


class Pages(unittest.TestCase):
    def test_a_table_without_its_place_is_refused_and_nothing_written(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "page.md"
            page.write_text("a\n<!-- figures: x -->\nold\n<!-- end -->\nb\n")
            with self.assertRaises(Failed):
                rewrite(page, {"x": "new\n", "y": "new\n"})
            self.assertIn("old", page.read_text())
            rewrite(page, {"x": "new \\1\n"})
            self.assertEqual(page.read_text(),
                             "a\n<!-- figures: x -->\n\nnew \\1\n\n<!-- end -->\nb\n")


unittest.main()
