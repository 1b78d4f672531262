#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What must hold of the repository: licence lines, no key, no machine, a README that is true."""
import re
import sys

import tree

SPDX = "SPDX-License-Identifier: EUPL-1.2"
CODE = (".c", ".h", ".sh", ".py", ".mjs", ".js")
MACHINE = re.compile(r"(?<![\w./])/(?:home|Users|work|mnt/[a-z]|build)/\w+")
KEY = re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*\\?n?[A-Za-z0-9+/=\s]{60,}")
TOKEN = re.compile(r"\beyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}")
VERB = re.compile(r"\./dev ([a-z-]+)")
PROGRAM = re.compile(r"\bpt_program\(\s*([\w-]+)")
NAMED = re.compile(r"`(poterned|poterne-[a-z]+)\b")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
BINARY = (".png", ".der", ".p12", ".bin", ".gz")
MAX_FILE = 2 << 20


def code_findings(path, text):
    if path.suffix in CODE and SPDX not in "\n".join(text.splitlines()[:3]):
        yield f"{path}: no licence line ({SPDX})"
    if path.suffix in (".c", ".h") and not text.startswith(f"/* {SPDX} */\n"):
        yield f"{path}: the first line is not the licence line"


def content_findings(path, text):
    if path.suffix in BINARY or "corpus" in path.parts:
        return
    for pattern, what in ((MACHINE, "machine path"), (KEY, "private key"), (TOKEN, "token")):
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path}:{line}: {what}: {match.group(0)[:30]!r}"


def links(path, text):
    for link in LINK.findall(text):
        if not (tree.ROOT / path.parent / link).exists():
            yield f"{path}: broken link {link}"


def indexed(paths):
    """Every decision stands in the index of the decisions."""
    index = tree.text_of("docs/adr/README.md")
    for path in paths:
        if path.parts[:2] == ("docs", "adr") and path.name[0].isdigit() and path.name not in index:
            yield f"{path}: not in docs/adr/README.md"


def commands(path, text, verbs, programs):
    for verb in VERB.findall(text):
        if verb not in verbs:
            yield f"{path}: ./dev has no verb '{verb}'"
    for program in NAMED.findall(text):
        if program not in programs:
            yield f"{path}: no program '{program}'"


def known_commands(paths):
    script = tree.text_of("dev")
    verbs = set(re.findall(r"^verb_([a-z]+)\(\)", script, re.M)) | {"help"}
    programs = set()
    for path in paths:
        if path.name == "CMakeLists.txt":
            programs |= set(PROGRAM.findall(tree.text_of(path)))
    return verbs, programs


def main():
    findings = []
    paths = tree.files()
    verbs, programs = known_commands(paths)
    for path in paths:
        if (tree.ROOT / path).stat().st_size > MAX_FILE:
            findings.append(f"{path}: larger than {MAX_FILE} bytes")
        text = tree.text_of(path)
        findings += code_findings(path, text)
        if path.parts[0] != ".ci":
            findings += content_findings(path, text)
        if path.suffix == ".md":
            findings += links(path, text)
        if path.name == "README.md" and len(path.parts) == 1:
            findings += commands(path, text, verbs, programs)
    findings += indexed(paths)
    return tree.report("repository", findings, len(paths))


if __name__ == "__main__":
    sys.exit(main())
