/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * seal_maker.c -- one seal of each kind into a folder, with the certificates and lists that go with
 * it, for verifiers that are not ours: seal_maker FOLDER. Keys are made here and die with the
 * folder.
 */
#include "poterne/pki/asice.h"
#include "poterne/pki/cms.h"
#include "poterne/pki/jws.h"
#include "poterne/pki/xmlsig.h"
#include "sealkit.h"

#include <stdio.h>
#include <stdlib.h>

#define OUT_MAX    4194304U
#define LATER_DAYS 920 /* 2029-06-01: the seal's certificate has expired */

static const char document[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<demande xmlns=\"urn:exemple\" n=\"1\">"
    "<objet>accus\xc3\xa9 de r\xc3\xa9"
    "ception</objet><!-- note --></demande>\n";
static const char json[] = "{\"objet\":\"accus\xc3\xa9 de r\xc3\xa9"
                           "ception\",\"n\":1}";

static void must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "seal_maker: %s\n", what);
        exit(1);
    }
}

static void put_file(const char *folder, const char *prefix, const char *name, pt_slice bytes)
{
    char path[1024];
    (void)snprintf(path, sizeof(path), "%s/%s%s", folder, prefix, name);
    FILE *const file = fopen(path, "wb");
    must(file != NULL && fwrite(bytes.ptr, 1U, bytes.len, file) == bytes.len, path);
    must(fclose(file) == 0, path);
}

static struct pt_statement content(const char *name, const char *type, const char *text)
{
    struct pt_statement statement = {.kind = PT_STATEMENT_CONTENT, .time = KIT_NOW};
    statement.is.content.name = pt_slice_str(name);
    statement.is.content.media_type = pt_slice_str(type);
    statement.is.content.bytes = pt_slice_str(text);
    return statement;
}

/* B-T: the token over what pt_xml_imprint() says. */
static void stamp(const struct seal_kit *kit, struct pt_buf *xml)
{
    struct pt_buf imprint;
    struct pt_buf token;
    struct pt_buf stamped;
    const struct kit_tsa tsa = {.unit = &kit->unit, .time = KIT_NOW};
    pt_buf_init(&imprint, 65536U);
    pt_buf_init(&token, 65536U);
    pt_buf_init(&stamped, OUT_MAX);
    must(pt_ok(pt_xml_imprint(pt_buf_slice(xml), &imprint)), "imprint");
    kit_token(&tsa, pt_buf_slice(&imprint), &token);
    must(pt_ok(pt_xml_stamp(pt_buf_slice(xml), pt_buf_slice(&token), &stamped)), "stamp");
    pt_buf_done(xml);
    *xml = stamped;
    pt_buf_done(&imprint);
    pt_buf_done(&token);
}

static void make_xml(const struct seal_kit *kit, const char *folder, const char *prefix)
{
    struct pt_buf out;
    pt_buf_init(&out, OUT_MAX);
    const struct pt_statement s = content("demande.xml", "text/xml", document);
    must(pt_ok(pt_xml_seal_enveloped(kit->signer, &s, &out)), "enveloped");
    put_file(folder, prefix, "enveloped.xml", pt_buf_slice(&out));
    stamp(kit, &out);
    put_file(folder, prefix, "enveloped-bt.xml", pt_buf_slice(&out));
    pt_buf_clear(&out);
    must(pt_ok(pt_xml_seal_detached(kit->signer, &s, 1U, &out)), "detached");
    put_file(folder, prefix, "detached.xml", pt_buf_slice(&out));
    stamp(kit, &out);
    put_file(folder, prefix, "detached-bt.xml", pt_buf_slice(&out));
    pt_buf_clear(&out);
    must(pt_ok(pt_asice_seal(kit->signer, &s, 1U, &out)), "asice");
    put_file(folder, prefix, "box.asice", pt_buf_slice(&out));
    pt_buf_done(&out);
}

static void make_jws(const struct seal_kit *kit, const char *folder, const char *prefix)
{
    struct pt_buf out;
    pt_buf_init(&out, OUT_MAX);
    const struct pt_statement s = content("demande.json", "application/json", json);
    must(pt_ok(pt_jws_seal(kit->signer, &s, false, &out)), "jws");
    put_file(folder, prefix, "attached.jws", pt_buf_slice(&out));
    pt_buf_clear(&out);
    must(pt_ok(pt_jws_seal(kit->signer, &s, true, &out)), "detached jws");
    put_file(folder, prefix, "detached.jws", pt_buf_slice(&out));
    pt_buf_done(&out);
}

static void make_cms(const struct seal_kit *kit, const char *folder, const char *prefix)
{
    struct pt_buf out;
    const struct kit_tsa tsa = {.unit = &kit->unit, .time = KIT_NOW};
    pt_buf_init(&out, OUT_MAX);
    const struct pt_statement s = content("demande.json", "application/json", json);
    must(pt_ok(pt_cades_seal(kit->signer, &s, true, &out)), "cms");
    put_file(folder, prefix, "attached.p7s", pt_buf_slice(&out));
    pt_buf_clear(&out);
    kit_token(&tsa, pt_slice_str(json), &out);
    put_file(folder, prefix, "demande.tst", pt_buf_slice(&out));
    pt_buf_done(&out);
}

static void make(const char *folder, const char *prefix, const char *key)
{
    struct seal_kit kit;
    kit_new(&kit, key);
    char *const anchors = test_join(kit.root_pem, kit.tsa_pem, NULL);
    char *const lists = test_join(kit.root_crl, kit.tsa_crl, NULL);
    put_file(folder, prefix, "anchors.pem", pt_slice_str(anchors));
    put_file(folder, prefix, "lists.pem", pt_slice_str(lists));
    put_file(folder, prefix, "root.pem", pt_slice_str(kit.root_pem));
    put_file(folder, prefix, "seal.pem", pt_slice_str(kit.seal_pem));
    if (strncmp(key, "RSA", 3U) != 0) {
        make_xml(&kit, folder, prefix);
    }
    make_jws(&kit, folder, prefix);
    make_cms(&kit, folder, prefix);
    free(anchors);
    free(lists);
    /* Years later the time-stamping authority still lists; the seal's list is of the day after. */
    kit_lists(&kit, KIT_NOW + KIT_DAY, 0, 0);
    char *const since = test_join(kit.root_crl, NULL, NULL);
    kit_lists(&kit, KIT_NOW + LATER_DAYS * KIT_DAY, 0, 0);
    char *const later = test_join(since, kit.tsa_crl, NULL);
    put_file(folder, prefix, "lists-later.pem", pt_slice_str(later));
    free(since);
    free(later);
    kit_free(&kit);
}

int main(int argc, char **argv)
{
    must(argc == 2, "usage: seal_maker FOLDER");
    put_file(argv[1], "", "demande.xml", pt_slice_str(document));
    put_file(argv[1], "", "demande.json", pt_slice_str(json));
    make(argv[1], "p256-", "P-256");
    make(argv[1], "p384-", "P-384");
    make(argv[1], "rsa-", "RSA-3072");
    return 0;
}
