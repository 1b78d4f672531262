/* SPDX-License-Identifier: EUPL-1.2 */
/* asice.c -- see asice.h. Layer 1 (pki). */
#include "poterne/pki/asice.h"

#include "pki/asice_int.h"
#include "poterne/pki/cms.h"

#define META       "META-INF/"
#define SIGNATURES "META-INF/signatures.xml"

/* One container under examination. */
struct exam {
    const struct pt_asice_check *check;
    struct pt_asice_zip zip;
    struct pt_xml_content data[PT_ASICE_ENTRIES_MAX]; /* the documents */
    size_t ndata;
    size_t nseals;
    bool used[PT_ASICE_ENTRIES_MAX]; /* the CMS that a manifest of ours led to */
    bool any;                        /* @verdict holds the answer of a seal already */
    struct pt_verdict *verdict;
};

enum role {
    ROLE_DATA = 0,
    ROLE_IGNORED,
    ROLE_LIST,
    ROLE_XADES,
    ROLE_MANIFEST,
    ROLE_CMS,
    ROLE_UNKNOWN
};

static bool ends(pt_slice name, pt_slice with)
{
    return name.len >= with.len && pt_slice_eq(pt_slice_from(name, name.len - with.len), with);
}

static enum role role_of(pt_slice name)
{
    if (pt_slice_eq(name, PT_SLICE("mimetype"))) {
        return ROLE_IGNORED;
    }
    /* A folder holds no bytes of its own (asice_layout.c). */
    if (ends(name, PT_SLICE("/"))) {
        return ROLE_IGNORED;
    }
    if (!pt_slice_starts(name, PT_SLICE(META))) {
        return ROLE_DATA;
    }
    const pt_slice rest = pt_slice_from(name, sizeof(META) - 1U);
    if (pt_slice_eq(rest, PT_SLICE("manifest.xml"))) {
        return ROLE_LIST;
    }
    if (pt_slice_starts(rest, PT_SLICE("signatures")) && ends(rest, PT_SLICE(".xml"))) {
        return ROLE_XADES;
    }
    if (pt_slice_starts(rest, PT_SLICE("ASiCManifest")) && ends(rest, PT_SLICE(".xml"))) {
        return ROLE_MANIFEST;
    }
    return pt_slice_starts(rest, PT_SLICE("signature")) && ends(rest, PT_SLICE(".p7s"))
               ? ROLE_CMS
               : ROLE_UNKNOWN;
}

static int rank(const struct pt_verdict *verdict)
{
    static const int ranks[] = {[PT_VERDICT_INVALID] = 0,
                                [PT_VERDICT_INDETERMINATE] = 1,
                                [PT_VERDICT_EXPIRED_NOW] = 2,
                                [PT_VERDICT_VALID] = 3};
    return ranks[verdict->kind];
}

/* The worse of two answers stays; *@next is released. */
static void keep_worse(struct exam *x, struct pt_verdict *next)
{
    if (!x->any || rank(next) < rank(x->verdict)) {
        pt_verdict_done(x->verdict);
        *x->verdict = *next;
    } else {
        pt_verdict_done(next);
    }
    x->any = true;
}

static enum pt_reason verify_xades(struct exam *x, size_t index)
{
    struct pt_verdict next;
    const struct pt_xml_check check = {.document = x->zip.entries[index].bytes,
                                       .contents = {.list = x->data, .n = x->ndata},
                                       .trust = x->check->trust,
                                       .now = x->check->now};
    if (!pt_ok(pt_xml_verify(&check, &next))) {
        return PT_REASON_FAILED;
    }
    if (pt_verdict_ok(&next) && next.coverage == PT_COVERS_PARTIAL) {
        pt_verdict_refuse(&next, PT_REASON_CONTAINER);
    }
    next.coverage = next.coverage == PT_COVERS_WHOLE ? PT_COVERS_PARTS : next.coverage;
    keep_worse(x, &next);
    return PT_REASON_NONE;
}

static enum pt_reason covered(const struct exam *x, const struct pt_asice_manifest *manifest,
                              struct pt_verdict *verdict)
{
    for (size_t i = 0U; i < x->zip.n; i++) {
        const bool data = role_of(x->zip.entries[i].name) == ROLE_DATA;
        if (data && !manifest->covers[i]) {
            return PT_REASON_CONTAINER;
        }
        if (data && !pt_ok(pt_verdict_cover(verdict, x->zip.entries[i].name))) {
            return PT_REASON_FAILED;
        }
    }
    verdict->coverage = PT_COVERS_PARTS;
    return PT_REASON_NONE;
}

static enum pt_reason verify_manifest(struct exam *x, size_t index)
{
    struct pt_asice_manifest manifest;
    struct pt_verdict next;
    enum pt_reason reason = pt_asice_manifest_read(&x->zip, index, &manifest);
    if (reason != PT_REASON_NONE) {
        return reason;
    }
    /* One CMS, one manifest: a second one would leave a CMS that nobody looks at. */
    if (role_of(x->zip.entries[manifest.signature].name) != ROLE_CMS ||
        x->used[manifest.signature]) {
        return PT_REASON_CONTAINER;
    }
    x->used[manifest.signature] = true;
    const struct pt_cms_check check = {.cms = x->zip.entries[manifest.signature].bytes,
                                       .has_content = true,
                                       .content = x->zip.entries[index].bytes,
                                       .trust = x->check->trust,
                                       .now = x->check->now};
    if (!pt_ok(pt_cms_verify(&check, &next))) {
        pt_verdict_done(&next);
        return PT_REASON_FAILED;
    }
    if (pt_verdict_ok(&next)) {
        reason = covered(x, &manifest, &next);
    }
    if (reason != PT_REASON_NONE) {
        pt_verdict_refuse(&next, reason);
    }
    keep_worse(x, &next);
    return PT_REASON_NONE;
}

/* --- gates ----------------------------------------------------------------------------------- */

static enum pt_reason gate_unpack(struct exam *x)
{
    const pt_status st = pt_asice_zip_read(x->check->container, &x->zip);
    return pt_ok(st)               ? PT_REASON_NONE
           : st.code == PT_E_LIMIT ? PT_REASON_TOO_LARGE
           : st.code == PT_E_NOMEM ? PT_REASON_FAILED
                                   : PT_REASON_CONTAINER;
}

static enum pt_reason gate_sort(struct exam *x)
{
    size_t roles[ROLE_UNKNOWN + 1] = {0U};
    for (size_t i = 0U; i < x->zip.n; i++) {
        const enum role role = role_of(x->zip.entries[i].name);
        roles[role]++;
        if (role == ROLE_DATA) {
            x->data[x->ndata++] = x->zip.entries[i];
        }
        if (role == ROLE_LIST && !pt_asice_list_ok(&x->zip, i)) {
            return PT_REASON_CONTAINER;
        }
    }
    x->nseals = roles[ROLE_XADES] + roles[ROLE_MANIFEST];
    if (x->ndata > PT_XML_CONTENTS_MAX) {
        return PT_REASON_TOO_LARGE;
    }
    /* Every CMS has the manifest it signs, and nobody brings files of his own into META-INF. */
    return x->ndata > 0U && x->nseals > 0U && roles[ROLE_UNKNOWN] == 0U &&
                   roles[ROLE_CMS] == roles[ROLE_MANIFEST]
               ? PT_REASON_NONE
               : PT_REASON_CONTAINER;
}

static enum pt_reason gate_seals(struct exam *x)
{
    for (size_t i = 0U; i < x->zip.n; i++) {
        const enum role role = role_of(x->zip.entries[i].name);
        enum pt_reason reason = PT_REASON_NONE;
        if (role == ROLE_XADES) {
            reason = verify_xades(x, i);
        } else if (role == ROLE_MANIFEST) {
            reason = verify_manifest(x, i);
        }
        if (reason != PT_REASON_NONE) {
            return reason;
        }
    }
    return PT_REASON_NONE;
}

static void examine(struct exam *x)
{
    static enum pt_reason (*const gates[])(struct exam * x) = {gate_unpack, gate_sort, gate_seals};
    for (size_t i = 0U; i < PT_COUNT(gates); i++) {
        const enum pt_reason reason = gates[i](x);
        if (reason != PT_REASON_NONE) {
            pt_verdict_refuse(x->verdict, reason);
            return;
        }
    }
}

PT_RESULT pt_asice_verify(const struct pt_asice_check *check, struct pt_verdict *verdict)
{
    PT_ENSURE(check != NULL && verdict != NULL && check->trust != NULL, PT_E_ARG);
    struct exam x = {.check = check, .verdict = verdict};
    pt_verdict_init(verdict, check->now);
    examine(&x);
    verdict->format = PT_FORMAT_ASIC_E;
    pt_asice_zip_done(&x.zip);
    return PT_SUCCESS;
}

/* --- sealing --------------------------------------------------------------------------------- */

PT_RESULT pt_asice_seal(const struct pt_signer *signer, const struct pt_statement *statements,
                        size_t n, struct pt_buf *out)
{
    struct pt_xml_content entries[PT_XML_CONTENTS_MAX + 1U];
    struct pt_buf seal;
    PT_ENSURE(out != NULL && statements != NULL && n > 0U, PT_E_ARG);
    PT_ENSURE(n <= PT_XML_CONTENTS_MAX, PT_E_LIMIT);
    pt_buf_init(&seal, PT_ASICE_MAX);
    pt_status st = pt_xml_seal_detached(signer, statements, n, &seal);
    if (pt_ok(st)) {
        for (size_t i = 0U; i < n; i++) {
            entries[i] = (struct pt_xml_content){.name = statements[i].is.content.name,
                                                 .bytes = statements[i].is.content.bytes};
        }
        entries[n] =
            (struct pt_xml_content){.name = PT_SLICE(SIGNATURES), .bytes = pt_buf_slice(&seal)};
        st = pt_asice_zip_write(entries, n + 1U, out);
    }
    pt_buf_done(&seal);
    return st;
}
