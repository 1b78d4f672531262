#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""docs/tls.md has one row for each of R1 to R39, and each row names tests that carry its id.

A row is: | R7 | the recommendation | what we do | the files of its tests, in backquotes |. A file
ticks a line when the name of one of its test cases holds the id (R7, or _R7 inside an identifier).
"""
import re
import sys

import conformity
import tree

PAGE = "docs/tls.md"
LINES = 39
ROW = re.compile(r"^\| (R\d+) \|([^|]*)\|([^|]*)\|([^|]*)\|$", re.M)
FILE = re.compile(r"`(tests/[\w./-]+)`")
ID = re.compile(r"(?<![A-Z0-9])R(\d+)(?![\d-])")


def ticked(text):
    """Ids in the names of the test cases of one file."""
    ids = set()
    for _, name in conformity.cases(text=text, path=None):
        ids |= {f"R{number}" for number in ID.findall(name)}
    return ids


def row_findings(row, read):
    line, title, done, files = (part.strip() for part in row)
    if not title or not done:
        yield f"{PAGE}: {line}: an empty cell"
    named = FILE.findall(files)
    if not named:
        yield f"{PAGE}: {line}: no test"
    for path in named:
        text = read(path)
        if text is None:
            yield f"{PAGE}: {line}: no file {path}"
        elif line not in ticked(text):
            yield f"{PAGE}: {line}: no test case of {path} carries its id"


def findings(page, read):
    rows = ROW.findall(page)
    want = [f"R{number}" for number in range(1, LINES + 1)]
    if [row[0] for row in rows] != want:
        yield f"{PAGE}: the rows are not R1 to R{LINES}, each once, in order"
    for row in rows:
        yield from row_findings(row, read)


def read_file(path):
    full = tree.ROOT / path
    return full.read_text(encoding="utf-8") if full.is_file() else None


def main():
    return tree.report("tls", list(findings(tree.text_of(PAGE), read_file)), LINES)


if __name__ == "__main__":
    sys.exit(main())
