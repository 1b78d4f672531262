#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""House rules a compiler does not check: banned functions, words, sizes (CCC-02, CCC-07).

Exceptions stand in .ci/allow.txt, one a line: path, rule, count, reason. The count is exact; an
exception that is not needed is an error, so the list only shrinks.
"""
import re
import sys

import tree

MAX_FUNCTION = 60
MAX_FILE = 600
MAX_PARAMETERS = 6

BANNED = """strcpy strcat sprintf vsprintf strncpy strncat stpcpy strtok strtok_r strtol strtoul
strtoll strtoull strtod strtof atoi atol atoll atof scanf sscanf fscanf gets alloca realloc reallocarray
setjmp longjmp sigsetjmp siglongjmp system popen rand srand random drand48 rand_r tmpnam mktemp
tempnam gmtime localtime ctime asctime gmtime_r localtime_r mktime bcopy bzero va_start va_arg
""".split()
CODE_RULES = {  # product code, comments and strings blanked
    "banned": re.compile(r"(?<![\w.>])(?:" + "|".join(BANNED) + r")\s*\("),
    "varargs": re.compile(r"#\s*include\s*<stdarg\.h>|\bva_list\b|,\s*\.\.\.\s*\)"),
    "goto": re.compile(r"\bgoto\b"),
    "cleanup": re.compile(r"\bcleanup\s*\("),
    "pointer-typedef": re.compile(r"\btypedef\s+struct\s+\w+\s*\*"),
    "flexible-array": re.compile(r"^[ \t]+[\w \t*]+\w\[\];", re.M),
    "mutable-static": re.compile(r"^static (?!const\b|inline\b|_Noreturn\b|_Thread_local const\b)"
                                 r"(?:struct |union |enum )?\w+[ \t*]+(?!const\b)\w+(?:\[[^\]]*\])*"
                                 r"[ \t]*(?:=[^;]*)?;", re.M),
    "pragma": re.compile(r"#\s*pragma\b|_Pragma"),
}
VARARGS_MACRO = re.compile(r"^#\s*define\s+\w+\([^)]*\.\.\.\)", re.M)
WORDS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK|TBD)\b|\bfor now\b|not implemented", re.I)
FUNCTION = re.compile(r"^(?P<head>[A-Za-z_][^;{}#]*?\([^;{}]*\))\s*\n\{\n(?P<body>.*?)^\}", re.M | re.S)
NAME = re.compile(r"(\w+)\s*\(")


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def parameters(head):
    """Number of parameters of the outermost list of a function's head."""
    depth = commas = 0
    inside = head[NAME.search(head).end():]
    for char in inside:
        if char == ")" and depth == 0:
            break
        depth += (char in "([") - (char in ")]")
        commas += char == "," and depth == 0
    return commas + 1


def functions(code):
    for match in FUNCTION.finditer(code):
        head = match.group("head")
        lines = match.group("body").count("\n")
        names = NAME.findall(head)
        yield (line_of(code, match.start()), names[0] if names else "?", lines, parameters(head))


def code_findings(path, code):
    code = VARARGS_MACRO.sub(lambda m: " " * len(m.group(0)), code)
    for rule, pattern in CODE_RULES.items():
        for match in pattern.finditer(code):
            yield rule, line_of(code, match.start()), match.group(0).strip()


def size_findings(path, text, code):
    lines = text.count("\n")
    if lines > MAX_FILE:
        yield "file-length", 1, f"{lines} lines"
    for line, name, length, params in functions(code):
        if length > MAX_FUNCTION:
            yield "function-length", line, f"{name}: {length} lines"
        if params > MAX_PARAMETERS:
            yield "parameters", line, f"{name}: {params} parameters"


def text_findings(text):
    for line, comment in tree.comments_of(text):
        if comment.startswith("//"):
            yield "line-comment", line, comment[:40]
        for match in WORDS.finditer(comment):
            yield "word", line, match.group(0)


def findings_of(path):
    text = tree.text_of(path)
    code = tree.code_of(text)
    yield from text_findings(text)
    yield from size_findings(path, text, code)
    if tree.is_product(path):
        yield from code_findings(path, code)


def allowances():
    allowed = {}
    for line in tree.text_of(".ci/allow.txt").splitlines():
        if line.strip() and not line.startswith("#"):
            path, rule, count, reason = line.split(None, 3)
            assert reason, line
            allowed[(path, rule)] = int(count)
    return allowed


def judge(found, allowed):
    for key, hits in sorted(found.items()):
        if len(hits) != allowed.get(key, 0):
            for line, what in hits:
                yield f"{key[0]}:{line}: {key[1]}: {what}"
            if key in allowed:
                yield f"{key[0]}: {key[1]}: {len(hits)} found, {allowed[key]} allowed"
    for key in sorted(set(allowed) - set(found)):
        yield f".ci/allow.txt: not needed any more: {key[0]} {key[1]}"


def main():
    found = {}
    seen = 0
    for path in tree.files(".c", ".h"):
        seen += 1
        for rule, line, what in findings_of(path):
            found.setdefault((str(path), rule), []).append((line, what))
    return tree.report("banned", list(judge(found, allowances())), seen)


if __name__ == "__main__":
    sys.exit(main())
