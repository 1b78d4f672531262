#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The checks are believed because they are tried here on what they must refuse."""
import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

import check_banned
import check_layers
import check_repo
import check_tls
import conformity
import count
import tree

P = pathlib.PurePosixPath


def banned(source, path="base/x.c"):
    code = tree.code_of(source)
    found = [rule for rule, _, _ in check_banned.text_findings(source)]
    found += [rule for rule, _, _ in check_banned.size_findings(P(path), source, code)]
    found += [rule for rule, _, _ in check_banned.code_findings(P(path), code)]
    return found


class Banned(unittest.TestCase):
    def test_each_rule_sees_its_fault(self):
        for rule, source in {
            "banned": "    strcpy(a, b);\n",
            "varargs": "void f(const char *a, ...);\n",
            "goto": "    goto out;\n",
            "cleanup": "int x __attribute__((cleanup(f)));\n",
            "pointer-typedef": "typedef struct x *y;\n",
            "flexible-array": "    char data[];\n",
            "mutable-static": "static unsigned seen;\n",
            "pragma": "#pragma once\n",
            "line-comment": "int a; // no\n",
            "word": "/* TO" "DO later */\n",
            "file-length": "\n" * 601,
            "function-length": "int f(void)\n{\n" + "    g();\n" * 61 + "}\n",
            "parameters": "int f(int a, int b, int c, int d, int e, int g, int h)\n{\n}\n",
        }.items():
            with self.subTest(rule):
                self.assertEqual(banned(source), [rule])

    def test_what_is_allowed_is_left_alone(self):
        for source in ('const char *a = "strcpy(x)"; /* goto */\n', "    pt_strcpy(a);\n",
                       "static const int a = 1;\n", "#define F(x, ...) g((T[]){__VA_ARGS__})\n",
                       'const char *url = "https://x";\n', "    x.system(1);\n",
                       "int f(int (*a)(int, int), int b, int c, int d, int e, int g)\n{\n"
                       + "    g();\n" * 60 + "}\n"):
            with self.subTest(source[:30]):
                self.assertEqual(banned(source), [])

    def test_an_exception_is_exact_and_must_be_needed(self):
        hits = {("a.c", "goto"): [(1, "goto")]}
        self.assertEqual(list(check_banned.judge(hits, {("a.c", "goto"): 1})), [])
        self.assertEqual(len(list(check_banned.judge(hits, {("a.c", "goto"): 2}))), 2)
        self.assertEqual(len(list(check_banned.judge({}, {("a.c", "goto"): 1}))), 1)


class Layers(unittest.TestCase):
    def test_arrows_go_down_only(self):
        def own(path, include):
            return len(list(check_layers.own(P(path), check_layers.layer_of(P(path)), include)))
        self.assertEqual(own("audit/x.c", "poterne/base/buf.h"), 0)
        self.assertEqual(own("audit/x.c", "poterne/ports.h"), 0)
        self.assertEqual(own("gateway/net/x.c", "gateway/proc/proc_int.h"), 0)
        self.assertEqual(own("audit/x.c", "poterne/pki/key.h"), 1)
        self.assertEqual(own("base/x.c", "poterne/audit/note.h"), 1)
        self.assertEqual(own("include/poterne/base/x.h", "poterne/schemas/mask.h"), 1)
        self.assertEqual(own("gateway/x.c", "audit/leaf_int.h"), 1)
        self.assertEqual(own("gateway/x.c", "poterne/unheard.h"), 1)

    def test_third_parties_stay_in_their_files(self):
        def third(path, include):
            return len(list(check_layers.third(P(path), include)))
        self.assertEqual(third("pki/key.c", "openssl/evp.h"), 0)
        self.assertEqual(third("audit/leaf.c", "openssl/evp.h"), 1)
        self.assertEqual(third("gateway/exchange/x.c", "curl/curl.h"), 1)
        self.assertEqual(third("base/x.c", "jansson.h"), 1)


class Repository(unittest.TestCase):
    def test_keys_tokens_and_machines_are_seen(self):
        key = "-----BEGIN PRIVATE" " KEY-----\n" + "A" * 64 + "\n"
        token = "eyJ" + "a" * 24 + ".eyJ" + "b" * 24 + "." + "c" * 24
        for text in (key, token, "see /home" "/somebody/x"):
            self.assertEqual(len(list(check_repo.content_findings(P("docs/x.md"), text))), 1)
        self.assertEqual(list(check_repo.content_findings(P("docs/x.md"), "plain")), [])

    def test_the_licence_line_comes_first(self):
        self.assertEqual(len(list(check_repo.code_findings(P("a.c"), "int a;\n"))), 2)
        self.assertEqual(list(check_repo.code_findings(P("a.c"), f"/* {check_repo.SPDX} */\n")), [])


class Conformity(unittest.TestCase):
    def test_ids_are_told_from_protocol_versions(self):
        text = conformity.NOT_AN_ID.sub("", "LEG-02 TLS-1.2 TLS_1_3 TLS-13 CRY_08")
        self.assertEqual(conformity.ID.findall(text), [("LEG", "02"), ("TLS", "13"), ("CRY", "08")])


class Tls(unittest.TestCase):
    TEST = "test('R1 R2 x', f);\nTest(a, b_R3)\n" + "".join(f"test('R{n}', f);\n" for n in range(4, 40))

    def page(self, change=lambda rows: None):
        rows = [f"| R{n} | a | b | `tests/a.mjs` |" for n in range(1, 40)]
        change(rows)
        return "\n".join(rows) + "\n"

    def run_check(self, page, text=TEST):
        return list(check_tls.findings(page, lambda path: text if path == "tests/a.mjs" else None))

    def test_a_full_page_passes(self):
        self.assertEqual(self.run_check(self.page()), [])

    def test_each_fault_is_seen(self):
        for change in (lambda r: r.pop(4), lambda r: r.append(r[0]), lambda r: r.reverse()):
            self.assertTrue(self.run_check(self.page(change)))
        for row in ("| R5 |  | b | `tests/a.mjs` |", "| R5 | a | b | |", "| R5 | a | b | `tests/b.mjs` |"):
            self.assertTrue(self.run_check(self.page(lambda r, row=row: r.__setitem__(4, row))), row)
        self.assertTrue(self.run_check(self.page(), self.TEST.replace("R7'", "R77'")))
        self.assertTrue(self.run_check(self.page(), self.TEST.replace("test('R7'", "// R7'")))


class Count(unittest.TestCase):
    def run_count(self, cases, reports=()):
        with tempfile.TemporaryDirectory() as folder:
            junit = pathlib.Path(folder, "ctest.xml")
            junit.write_text(f"<testsuite>{cases}</testsuite>")
            for name, xml in reports:
                pathlib.Path(folder, f"{name}.xml").write_text(xml)
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                code = count.main(junit, folder)
            return code, out.getvalue().splitlines()[-1]

    def test_nothing_is_a_failure(self):
        self.assertEqual(self.run_count(""), (1, "0 passed, 1 failed"))

    def test_a_leak_fails_an_entry_whose_report_is_clean(self):
        report = '<testsuites><testcase status="PASSED"/><testcase status="PASSED"/></testsuites>'
        self.assertEqual(self.run_count('<testcase name="a" status="run"/>', [("a", report)]),
                         (0, "2 passed, 0 failed"))
        self.assertEqual(self.run_count('<testcase name="a" status="fail"/>', [("a", report)]),
                         (1, "2 passed, 1 failed"))

    def test_other_runners_are_counted_by_their_summary(self):
        node = "<system-out># tests 3\n# pass 2\n# fail 1\n# cancelled 0</system-out>"
        self.assertEqual(self.run_count(f'<testcase name="n" status="fail">{node}</testcase>'),
                         (1, "2 passed, 1 failed"))
        self.assertEqual(self.run_count('<testcase name="m" status="run"/>'),
                         (0, "1 passed, 0 failed"))
        self.assertEqual(self.run_count('<testcase name="m" status="notrun"/>'),
                         (1, "0 passed, 1 failed"))


if __name__ == "__main__":
    sys.exit(not unittest.main(exit=False, verbosity=0).result.wasSuccessful())
