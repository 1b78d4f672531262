#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Counts test cases, not executables: count.py CTEST_JUNIT CRITERION_RESULTS

Each ctest entry counts as many cases as it says it ran: Criterion in its XML, node:test in its
summary, anything else one. An entry that ctest calls failed counts at least one failure, even
when its own report is clean (a leak, a time-out: docs/adr/0005). Zero cases is a failure.
The last line is "N passed, N failed".
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

NODE_PASS = re.compile(r"^(?:#|ℹ) pass (\d+)$", re.M)
NODE_FAIL = re.compile(r"^(?:#|ℹ) (?:fail|cancelled) (\d+)$", re.M)
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)
TAIL = 60


def criterion(path):
    """(passed, failed) of a Criterion report, None when there is none."""
    try:
        root = ET.parse(path).getroot()
    except (OSError, ET.ParseError):
        return None
    ran = [case for case in root.iter("testcase") if case.get("status") != "SKIPPED"]
    failed = sum(case.get("status") != "PASSED" for case in ran)
    return len(ran) - failed, failed


def spoken(text):
    """(passed, failed) of the summary lines in an output, None when there are none."""
    plain = PLAIN.findall(text)
    if plain:
        return int(plain[-1][0]), int(plain[-1][1])
    passed = NODE_PASS.findall(text)
    if passed:
        return sum(map(int, passed)), sum(map(int, NODE_FAIL.findall(text)))
    return None


def entry(case, results):
    """(passed, failed, output) of one ctest entry."""
    text = case.findtext("system-out") or ""
    ok = case.get("status") == "run"
    counted = criterion(results / f"{case.get('name')}.xml") or spoken(text) or (int(ok), 0)
    passed, failed = counted
    if not ok and failed == 0:
        failed = 1
    if ok and failed > 0:
        text += "\n(ctest saw no failure, the report does)"
    return passed, failed, text


def main(junit, results):
    passed = failed = 0
    try:
        cases = list(ET.parse(junit).getroot().iter("testcase"))
    except (OSError, ET.ParseError) as error:
        print(f"no test report: {error}")
        cases = []
    for case in cases:
        good, bad, text = entry(case, pathlib.Path(results))
        passed += good
        failed += bad
        if bad:
            print(f"--- {case.get('name')}: {bad} failed")
            print("\n".join(text.splitlines()[-TAIL:]))
    if passed + failed == 0:
        print("no test ran: that proves nothing")
        failed = 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
