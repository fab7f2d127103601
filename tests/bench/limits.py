# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Measured values beside what they may be at most.  Knows no benchmark."""


def show(rows, width):
    """Print rows of (what, value or None, limit); returns whether all are met."""
    all_met = True
    for what, value, limit in rows:
        met = value is not None and value <= limit
        all_met = all_met and met
        verdict = "not measured" if value is None else "met" if met else "NOT met"
        shown = "-".rjust(8) if value is None else f"{value:8.3f}"
        print(f"{what:{width}}{shown} <= {limit:.2f}  {verdict}")
    return all_met
