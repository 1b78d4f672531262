# SPDX-License-Identifier: EUPL-1.2
"""What the checks share: which files are the project's, and C text without its comments."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
PRODUCT = ("base", "audit", "schemas", "pki", "connectors", "gateway", "include")

# Comment, string or character, in the order in which C sees them.
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(*suffixes):
    """Files of the project (tracked, or new and not ignored), relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                            check=True, capture_output=True).stdout.decode()
    paths = (pathlib.PurePosixPath(name) for name in listed.split("\0") if name)
    return sorted(p for p in paths
                  if (not suffixes or p.suffix in suffixes) and (ROOT / p).is_file())


def text_of(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def is_product(path):
    return path.parts[0] in PRODUCT


def blank(match):
    """Same number of lines and columns, nothing to find."""
    kept = match.group(0)
    if kept[0] in "\"'":
        return kept[0] + re.sub(r"[^\n]", " ", kept[1:-1]) + kept[0]
    return re.sub(r"[^\n]", " ", kept)


def code_of(text):
    return TOKEN.sub(blank, text)


def comments_of(text):
    """(line, comment) of every comment."""
    for match in TOKEN.finditer(text):
        if match.group(0)[0] == "/":
            yield text.count("\n", 0, match.start()) + 1, match.group(0)


def report(name, findings, seen):
    """Prints, returns the exit code. A check that saw nothing proves nothing."""
    for finding in findings:
        print(finding)
    if seen == 0:
        print(f"{name}: nothing to check")
        return 1
    print(f"{name}: {seen} files, {len(findings)} findings")
    return 1 if findings else 0
