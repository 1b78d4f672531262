/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Signed notes (c2sp.org/signed-note) and checkpoints: malformed and forged ones first; then notes
 * that other programs signed; then our own, checked by the openssl program too.
 */
#include "poterne/audit/note.h"

#include "logkit.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A note of the Go project's tests, signed by two keys (facts: text, signatures, keys). */
#define TEXT                                                                                       \
    "If you think cryptography is the answer to your problem,\n"                                   \
    "then you don't know what your problem is.\n"
#define PETER_SIG                                                                                  \
    "\xE2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKv" \
    "qfqdngotpRZb6KE6RyyBwJnAM=\n"
#define ENOCH_SIG                                                                                  \
    "\xE2\x80\x94 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01o" \
    "OTGwnWLox33WWd1RvMc+QQ=\n"
#define PETER_KEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n"
#define ENOCH_KEY "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop\n"
/* The example of the C2SP specification. */
#define C2SP_KEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n"
#define C2SP_NOTE                                                                                  \
    "This is an example message.\n\n"                                                              \
    "\xE2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsY" \
    "jOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
#define B64_ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

static uint32_t note_code(const char *note, const char *keys)
{
    struct pt_vkeys vkeys;
    struct pt_note opened;

    cr_assert(pt_ok(pt_vkeys_parse(pt_slice_str(keys), &vkeys)), "%s", keys);
    return pt_note_verify(pt_slice_str(note), &vkeys, &opened).code;
}

/* --- lies ---------------------------------------------------------------------------------------
 */

Test(note, keys_that_are_not_keys_are_refused)
{
    static const char *const BAD[] = {
        "",
        "\n\n# nothing\n",
        "PeterNeumann\n",
        "PeterNeumann+c74f20a3\n",
        "PeterNeumann+c74f20a3+\n",
        "PeterNeumann+c74f20a3+AQ==\n",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        "Peter\xC2\xA0Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        "PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        "PeterNeumann+C74F20A3Z+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T\n",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX\n",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW \n",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\r\n",
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==\n",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        PETER_KEY "garbage\n"};

    for (size_t i = 0; i < PT_COUNT(BAD); i++) {
        struct pt_vkeys vkeys = {.n = 99U};
        const pt_status st = pt_vkeys_parse(pt_slice_str(BAD[i]), &vkeys);
        cr_expect_eq(st.code, PT_E_SYNTAX, "row %zu: %s", i, pt_code_name(st.code));
        cr_expect_eq(vkeys.n, 99U);
    }
}

Test(note, more_keys_than_the_limit_are_refused)
{
    char text[4096] = "";
    struct pt_vkeys vkeys;

    for (unsigned i = 0; i <= PT_VKEYS_MAX; i++) {
        memcpy(&text[strlen(text)], PETER_KEY, sizeof PETER_KEY);
    }
    cr_expect_eq(pt_vkeys_parse(pt_slice_str(text), &vkeys).code, PT_E_LIMIT);
}

Test(note, malformed_notes_are_refused)
{
    static const char *const BAD[] = {
        "",
        "\n",
        "\n\n",
        TEXT,
        TEXT "\n",
        TEXT "\n\n",
        PETER_SIG,
        "\n" PETER_SIG,
        TEXT PETER_SIG,
        TEXT "\n" PETER_SIG "Unexpected line.\n",
        TEXT "\n" PETER_SIG "\n",
        "\x01" TEXT "\n" PETER_SIG,
        "tab\there\n\n" PETER_SIG,
        "\xFF" TEXT "\n" PETER_SIG,
        "carriage\r\n\n" PETER_SIG,
        TEXT "\n\xE2\x80\x94 Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZI=\n",
        TEXT "\n\xE2\x80\x94 Bad+Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZI=\n",
        TEXT "\n\xE2\x80\x94 Bad\xE2\x80\x83Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZI=\n",
        TEXT "\n\xE2\x80\x94  x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZI=\n",
        TEXT "\n\xE2\x80\x94 Name\n",
        TEXT "\n\xE2\x80\x94 Name \n",
        TEXT "\n\xE2\x80\x94 Name x08gow==\n",
        TEXT "\n\xE2\x80\x94 Name x08go/ZJ kuBS\n",
        TEXT "\n\xE2\x80\x94 Name x08go_ZJkuBS\n",
        TEXT "\n\xE2\x80\x94 Name x08go/ZJk\n",
        TEXT "\n- PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZI=\n"};

    for (size_t i = 0; i < PT_COUNT(BAD); i++) {
        cr_expect_eq(note_code(BAD[i], PETER_KEY), PT_E_SYNTAX, "row %zu", i);
    }
    char cut[1024];
    (void)snprintf(cut, sizeof cut, "%s\n%s", TEXT, PETER_SIG);
    cut[strlen(cut) - 1U] = '\0';
    cr_expect_eq(note_code(cut, PETER_KEY), PT_E_SYNTAX, "without its last newline");
}

Test(note, a_bad_signature_of_a_known_key_rejects_the_whole_note)
{
    static char note[1024];
    static const char WRONG[] =
        "\xE2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNABCDIuGUgYN1FFYC2p"
        "ZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    (void)snprintf(note, sizeof note, "%s\n%s", TEXT, WRONG);
    cr_expect_eq(note_code(note, PETER_KEY), PT_E_FORGED);
    (void)snprintf(note, sizeof note, "%s\n%s%s", TEXT, ENOCH_SIG, WRONG);
    cr_expect_eq(note_code(note, PETER_KEY), PT_E_FORGED);
    cr_expect_eq(note_code(TEXT "another line\n\n" PETER_SIG, PETER_KEY), PT_E_FORGED);
}

Test(note, a_note_without_a_known_key_is_refused_and_unknown_lines_are_ignored)
{
    cr_expect_eq(note_code(TEXT "\n" PETER_SIG, C2SP_KEY), PT_E_FORGED);
    cr_expect_eq(note_code(TEXT "\n" ENOCH_SIG, PETER_KEY), PT_E_FORGED);
    cr_expect_eq(note_code(TEXT "\n" ENOCH_SIG PETER_SIG, PETER_KEY), PT_OK);
    cr_expect_eq(note_code(TEXT "\n" PETER_SIG ENOCH_SIG, PETER_KEY ENOCH_KEY), PT_OK);
}

Test(note, sixteen_signatures_are_accepted_and_a_hundred_are_not)
{
    struct pt_buf note;
    struct pt_vkeys vkeys;
    struct pt_note opened;

    cr_assert(pt_ok(pt_vkeys_parse(PT_SLICE(PETER_KEY), &vkeys)));
    for (unsigned n = 1; n <= 101U; n += 15U) {
        pt_buf_init(&note, PT_NOTE_MAX);
        pt_buf_put_str(&note, TEXT "\n");
        for (unsigned i = 0; i < n; i++) {
            pt_buf_put_str(&note, PETER_SIG);
        }
        const pt_status st = pt_note_verify(pt_buf_slice(&note), &vkeys, &opened);
        cr_expect_eq(st.code, n <= PT_NOTE_SIGNATURES_MAX ? PT_OK : PT_E_SYNTAX, "%u", n);
        pt_buf_done(&note);
    }
}

Test(note, every_flipped_bit_of_a_note_is_seen)
{
    char note[sizeof C2SP_NOTE];

    memcpy(note, C2SP_NOTE, sizeof note);
    for (size_t bit = 0; bit < (sizeof note - 1U) * 8U; bit++) {
        note[bit / 8U] = (char)(note[bit / 8U] ^ (1 << (bit % 8U)));
        struct pt_vkeys vkeys;
        struct pt_note opened;
        cr_assert(pt_ok(pt_vkeys_parse(PT_SLICE(C2SP_KEY), &vkeys)));
        cr_expect(!pt_ok(pt_note_verify(pt_slice_of(note, sizeof note - 1U), &vkeys, &opened)),
                  "bit %zu", bit);
        note[bit / 8U] = (char)(note[bit / 8U] ^ (1 << (bit % 8U)));
    }
}

Test(note, texts_that_are_no_checkpoint_are_refused)
{
    static const char *const BAD[] = {"",
                                      "origin\n",
                                      "origin\n12\n",
                                      "origin\n12\n" B64_ROOT,
                                      "\n12\n" B64_ROOT "\n",
                                      "origin\n\n" B64_ROOT "\n",
                                      "origin\n012\n" B64_ROOT "\n",
                                      "origin\n-1\n" B64_ROOT "\n",
                                      "origin\n+1\n" B64_ROOT "\n",
                                      "origin\n 1\n" B64_ROOT "\n",
                                      "origin\n0x1\n" B64_ROOT "\n",
                                      "origin\n9223372036854775808\n" B64_ROOT "\n",
                                      "origin\n99999999999999999999\n" B64_ROOT "\n",
                                      "origin\n12\nAAAA\n",
                                      "origin\n12\n" B64_ROOT "=\n",
                                      "origin\n12\n" B64_ROOT " \n",
                                      "origin\n12\n" B64_ROOT "\n\n",
                                      "origin\n12\n" B64_ROOT "\nextension\n\n"};

    for (size_t i = 0; i < PT_COUNT(BAD); i++) {
        struct pt_checkpoint cp = {.head = {.size = 5U}};
        cr_expect_eq(pt_checkpoint_parse(pt_slice_str(BAD[i]), &cp).code, PT_E_SYNTAX, "row %zu",
                     i);
        cr_expect_eq(cp.head.size, 5U);
    }
}

/* A key that co-signs says nothing about whose log it is. */
Test(note, a_checkpoint_needs_a_key_with_the_origins_name)
{
    struct logkit kit;
    struct pt_vkeys vkeys;
    struct pt_checkpoint cp;
    struct pt_buf note;
    struct pt_buf sig;
    static const char *const ORIGINS[] = {LOGKIT_ORIGIN, "another.example/log"};

    logkit_init(&kit, NULL);
    cr_assert(pt_ok(pt_vkeys_parse(pt_buf_slice(&kit.vkeys), &vkeys)));
    for (size_t i = 0; i < PT_COUNT(ORIGINS); i++) {
        const struct pt_sign_port *port = &kit.options.signers[0];
        pt_buf_init(&note, 4096U);
        pt_buf_init(&sig, 256U);
        pt_buf_put_str(&note, ORIGINS[i]);
        pt_buf_put_str(&note, "\n1\n" B64_ROOT "\n");
        pt_buf_put(&sig, pt_slice_of(port->key_id, 4U));
        cr_assert(pt_ok(port->sign(port->ctx, pt_buf_slice(&note), &sig)));
        pt_buf_put_str(&note, "\n\xE2\x80\x94 " LOGKIT_ORIGIN " ");
        pt_b64_encode(&note, pt_buf_slice(&sig));
        pt_buf_put_byte(&note, '\n');
        const pt_status st = pt_checkpoint_open(pt_buf_slice(&note), &vkeys, &cp);
        cr_expect_eq(st.code, i == 0U ? PT_OK : PT_E_FORGED);
        cr_expect(i != 0U || !cp.complete, "the second key has not signed");
        pt_buf_done(&note);
        pt_buf_done(&sig);
    }
    logkit_done(&kit);
}

/* --- truth
 * --------------------------------------------------------------------------------------------- */

Test(note, the_note_of_the_specification_verifies)
{
    struct pt_vkeys vkeys;
    struct pt_note opened;

    cr_assert(pt_ok(pt_vkeys_parse(PT_SLICE("# C2SP\n\n" C2SP_KEY), &vkeys)));
    cr_assert(pt_ok(pt_note_verify(PT_SLICE(C2SP_NOTE), &vkeys, &opened)));
    cr_expect(pt_slice_eq(opened.text, PT_SLICE("This is an example message.\n")));
    cr_expect_eq(opened.verified, 1U);
}

Test(note, a_checkpoint_with_extension_lines_is_read)
{
    struct pt_checkpoint cp;

    cr_assert(pt_ok(pt_checkpoint_parse(
        PT_SLICE("example.com/behind-the-sofa\n20852163\n" B64_ROOT "\nopaque\nmore\n"), &cp)));
    cr_expect(pt_slice_eq(cp.origin, PT_SLICE("example.com/behind-the-sofa")));
    cr_expect_eq(cp.head.size, 20852163U);
    cr_expect_eq(cp.head.root.bytes[0], 0x0AU);
    cr_assert(pt_ok(pt_checkpoint_parse(PT_SLICE("o\n0\n" B64_ROOT "\n"), &cp)));
    cr_expect_eq(cp.head.size, 0U);
}

Test(note, our_checkpoint_verifies_with_each_key_and_with_both)
{
    struct logkit kit;
    struct pt_buf note;
    char path[384];

    logkit_init(&kit, NULL);
    logkit_open(&kit);
    (void)logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    const uint64_t size = logkit_seal(&kit);
    (void)snprintf(path, sizeof path, "%s/tlog/checkpoint", kit.dir);
    pt_buf_init(&note, PT_NOTE_MAX);
    cr_assert(pt_ok(pt_file_read(path, &note)));
    pt_slice rest = pt_buf_slice(&kit.vkeys);
    const pt_slice first = pt_slice_cut(&rest, '\n');
    const pt_slice sets[] = {first, rest, pt_buf_slice(&kit.vkeys)};
    for (size_t i = 0; i < PT_COUNT(sets); i++) {
        struct pt_vkeys vkeys;
        struct pt_checkpoint cp;
        cr_assert(pt_ok(pt_vkeys_parse(sets[i], &vkeys)));
        const pt_status st = pt_checkpoint_open(pt_buf_slice(&note), &vkeys, &cp);
        cr_assert(pt_ok(st), "set %zu: %s at %s", i, pt_code_name(st.code), st.origin);
        cr_expect(cp.complete);
        cr_expect_eq(cp.head.size, size);
        cr_expect(pt_slice_eq(cp.origin, PT_SLICE(LOGKIT_ORIGIN)));
    }
    pt_buf_done(&note);
    logkit_done(&kit);
}

/* --- a third party
 * ---------------------------------------------------------------------------------------- */

/* The signature bytes of line @n of the note, without the key id. */
static void cut_signature(pt_slice lines, unsigned n, const char *path)
{
    uint8_t sig[512];
    size_t len = 0;
    pt_slice line = pt_slice_cut(&lines, '\n');

    for (unsigned i = 0; i < n; i++) {
        line = pt_slice_cut(&lines, '\n');
    }
    for (unsigned i = 0; i < 2U; i++) {
        (void)pt_slice_cut(&line, ' ');
    }
    cr_assert(pt_ok(pt_b64_decode(line, sig, sizeof sig, &len)));
    cr_assert(pt_ok(pt_file_replace(path, pt_slice_of(&sig[4], len - 4U), 0600)));
}

Test(note, the_openssl_program_verifies_our_checkpoint)
{
    struct logkit kit;
    struct pt_buf note;
    char path[384];
    char command[2048];

    logkit_init(&kit, NULL);
    logkit_open(&kit);
    (void)logkit_append(&kit, PT_ENTRY_ASKED, 1U);
    (void)logkit_seal(&kit);
    (void)snprintf(path, sizeof path, "%s/tlog/checkpoint", kit.dir);
    pt_buf_init(&note, PT_NOTE_MAX);
    cr_assert(pt_ok(pt_file_read(path, &note)));
    const char *split = memmem(note.ptr, note.len, "\n\n", 2);
    cr_assert_not_null(split);
    const size_t text = (size_t)(split - note.ptr) + 1U;
    const pt_slice lines = pt_slice_from(pt_buf_slice(&note), text + 1U);
    (void)snprintf(path, sizeof path, "%s/text", kit.dir);
    cr_assert(pt_ok(pt_file_replace(path, pt_slice_head(pt_buf_slice(&note), text), 0600)));
    for (unsigned i = 0; i < 2U; i++) {
        (void)snprintf(path, sizeof path, "%s/sig%u", kit.dir, i);
        cut_signature(lines, i, path);
    }
    (void)snprintf(command, sizeof command,
                   "cd %s && openssl pkey -in ed25519.pem -pubout -out ed.pub && "
                   "openssl pkey -in p256.pem -pubout -out ec.pub && "
                   "openssl pkeyutl -verify -pubin -inkey ed.pub -rawin -in text -sigfile sig0 "
                   ">/dev/null && "
                   "openssl dgst -sha256 -verify ec.pub -signature sig1 text >/dev/null",
                   kit.dir);
    cr_expect_eq(system(command), 0, "%s", command);
    pt_buf_done(&note);
    logkit_done(&kit);
}
