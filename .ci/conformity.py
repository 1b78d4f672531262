#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Which test covers which numbered requirement: prints the table of docs/conformity.md.

A test names the requirement in its name or its comments (LEG-02, or LEG_02 inside an identifier).
--check only fails when an id is malformed or does not exist.
"""
import re
import sys

import tree

# Highest number of each family of requirements.
FAMILIES = {"LEG": 28, "EXT": 9, "SIG": 9, "TLS": 18, "RGS": 17, "CRY": 9, "GDP": 22, "DPO": 26,
            "LOG": 14, "SYS": 5, "SOC": 7, "CCC": 8}
# PT_RGS_1 is a level, not a requirement.
ID = re.compile(r"(?<![A-Z])(?<!PT_)(" + "|".join(FAMILIES) + r")[-_](\d+)(?!\d)")
# TLS-1.2, TLS_1_3 are protocol versions.
NOT_AN_ID = re.compile(r"TLS[-_]1(?!\d)")
# These speak about ids; they cover none.
TALKS_OF_IDS = {"conformity.py", "selftest.py"}
CASE = re.compile(r"^Test\((\w+),\s*(\w+)|^\s*(?:test|it)\((['\"`])(.*?)\3", re.M)


def cases(path, text):
    """(start, name) of each test case of a file."""
    for match in CASE.finditer(text):
        name = f"{match.group(1)}/{match.group(2)}" if match.group(1) else match.group(4)
        yield match.start(), name


def case_at(starts, at, before):
    """The case an id at @at belongs to: inside it, or the next one when it is in a comment above."""
    inside = [name for start, name in starts if start <= at]
    following = [name for start, name in starts if start > at]
    if before and following:
        return following[0]
    return inside[-1] if inside else "(whole file)"


def scan():
    table, bad, seen = {}, [], 0
    for path in tree.files(".c", ".mjs", ".js", ".sh", ".py"):
        if path.parts[0] != "tests" and path.parent.name != ".ci" or path.name in TALKS_OF_IDS:
            continue
        seen += 1
        text = tree.text_of(path)
        starts = list(cases(path, text))
        for match in ID.finditer(NOT_AN_ID.sub(lambda m: " " * len(m.group(0)), text)):
            family, number = match.groups()
            if len(number) != 2 or not 1 <= int(number) <= FAMILIES[family]:
                line = text.count("\n", 0, match.start()) + 1
                bad.append(f"{path}:{line}: no such requirement: {match.group(0)}")
                continue
            head = text[text.rfind("\n", 0, match.start()) + 1:match.start()].lstrip()
            case = case_at(starts, match.start(), head.startswith(("/*", "*", "//")))
            table.setdefault(f"{family}-{number}", {}).setdefault(str(path), set()).add(case)
    return table, bad, seen


def show(table):
    print("| requirement | tests |\n|---|---|")
    for requirement, where in sorted(table.items()):
        named = "; ".join(f"`{path}`: {', '.join(sorted(names))}" for path, names in sorted(where.items()))
        print(f"| {requirement} | {named} |")


def main():
    table, bad, seen = scan()
    if "--check" in sys.argv[1:]:
        return tree.report("conformity", bad, seen)
    show(table)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
