#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Who may include whom (docs/adr/0001): layers, third-party headers, private headers."""
import re
import sys

import tree

MAY = {
    "base": {"base"},
    "audit": {"base", "audit"},
    "schemas": {"base", "schemas"},
    "pki": {"base", "pki"},
    "connectors": {"base", "pki", "schemas", "connectors"},
    "gateway": {"base", "audit", "schemas", "pki", "connectors", "gateway"},
}
# include/poterne/*.h: ports and shared words, for every layer.
SHARED = {"ports.h", "outcome.h", "wire.h"}
# Third-party prefix -> files that may include it (prefixes). The longest prefix decides.
THIRD = {
    "openssl/": ("pki/", "audit/hash", "audit/box", "audit/note", "gateway/net/tls"),
    "lmdb.h": ("audit/store",),
    "curl/": ("gateway/net/fetch",),
    "jansson.h": ("schemas/", "connectors/", "gateway/config/jwt", "pki/jws"),
    "yaml.h": ("gateway/config/", "schemas/import"),
    "libxml/": ("pki/xml", "pki/dsig", "pki/xades", "pki/asice_manifest"),
    "xmlsec/": ("pki/dsig_sec",),
    "zip.h": ("pki/asice_zip",),
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^">]+)[">]', re.M)


def layer_of(path):
    if path.parts[:2] == ("include", "poterne"):
        return path.parts[2] if len(path.parts) > 3 else "base"
    return path.parts[0]


def target_of(include):
    """(layer or None, private) of an include of our own."""
    parts = include.split("/")
    if parts[0] == "poterne":
        return (parts[1] if len(parts) > 2 else None), False
    if parts[0] in MAY:
        return parts[0], True
    return None, False


def own(path, layer, include):
    target, private = target_of(include)
    if target is None:
        if include.startswith("poterne/") and include.split("/")[1] not in SHARED:
            yield f"{path}: {include} is no shared header"
        return
    if target not in MAY[layer]:
        yield f"{path}: layer '{layer}' must not include {include}"
    if private and target != layer:
        yield f"{path}: {include} is private to '{target}'"


def third(path, include):
    for prefix, allowed in THIRD.items():
        if include.startswith(prefix) and not str(path).startswith(allowed):
            yield f"{path}: {include} is not allowed here"


def relative(path, include):
    """Includes name their layer: "audit/leaf_int.h", never "leaf_int.h" or "../x.h"."""
    if include.endswith("_int.h") and "/" not in include or include.startswith("."):
        yield f"{path}: {include} is not root-relative"


def main():
    findings = []
    seen = 0
    for path in tree.files(".c", ".h"):
        if not tree.is_product(path):
            continue
        seen += 1
        layer = layer_of(path)
        for include in INCLUDE.findall(tree.text_of(path)):
            findings += own(path, layer, include)
            findings += third(path, include)
            findings += relative(path, include)
    return tree.report("layers", findings, seen)


if __name__ == "__main__":
    sys.exit(main())
