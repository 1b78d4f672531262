/* SPDX-License-Identifier: EUPL-1.2 */
#include "sealkit.h"

#include "poterne/base/file.h"

#include <openssl/cms.h>
#include <openssl/ess.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "sealkit: %s\n", what);
        abort();
    }
}

/* --- certificates ------------------------------------------------------------------------------
 */

EVP_PKEY *kit_key(const char *name)
{
    EVP_PKEY *key = NULL;
    if (strncmp(name, "RSA-", 4U) == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)strtoul(name + 4, NULL, 10));
    } else if (strcmp(name, "ED25519") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    } else {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", name);
    }
    must(key != NULL, name);
    return key;
}

/* Another subject or key in a certificate of testpki; signed again. */
static void sign_again(struct test_cert *cert, const struct test_cert *issuer)
{
    must(X509_sign(cert->cert, issuer->key, EVP_sha256()) > 0, "sign");
}

static void give_key(struct test_cert *cert, const struct test_cert *issuer, const char *key)
{
    EVP_PKEY_free(cert->key);
    cert->key = kit_key(key);
    must(X509_set_pubkey(cert->cert, cert->key) == 1, "key");
    sign_again(cert, issuer);
}

struct test_cert kit_cert_named(const struct seal_kit *kit, const char *const *pairs)
{
    struct test_cert made = test_cert_new(&(struct test_cert_spec){
        .cn = "Cachet", .issuer = &kit->root, .serial = 77, .now = (time_t)KIT_NOW});
    X509_NAME *const name = X509_get_subject_name(made.cert);
    for (; pairs[0] != NULL; pairs += 2) {
        must(X509_NAME_add_entry_by_txt(name, pairs[0], MBSTRING_UTF8,
                                        (const unsigned char *)pairs[1], -1, -1, 0) == 1,
             pairs[0]);
    }
    sign_again(&made, &kit->root);
    return made;
}

struct test_cert kit_unit(const struct seal_kit *kit, const char *eku, const char *key_usage,
                          const char *digest)
{
    return test_cert_new(&(struct test_cert_spec){.cn = "Horodatage",
                                                  .issuer = &kit->tsa,
                                                  .eku = eku,
                                                  .key_usage = key_usage,
                                                  .digest = digest,
                                                  .serial = 20,
                                                  .until = (time_t)KIT_NOW + 1825 * KIT_DAY,
                                                  .now = (time_t)KIT_NOW});
}

void kit_lists(struct seal_kit *kit, int64_t now, long revoked, int64_t since)
{
    free(kit->root_crl);
    free(kit->tsa_crl);
    const struct test_crl_spec plain = {
        .issuer = &kit->tsa, .from = (time_t)now - 3600, .until = (time_t)now + 2 * KIT_DAY};
    kit->tsa_crl = test_crl_pem(&plain);
    struct test_crl_spec own = plain;
    own.issuer = &kit->root;
    own.revoked = &revoked;
    own.revoked_count = revoked != 0 ? 1U : 0U;
    if (since != 0) {
        /* testpki dates a revocation as the list itself. */
        own.from = (time_t)since;
        own.until = (time_t)since + 5 * KIT_DAY;
    }
    kit->root_crl = test_crl_pem(&own);
    kit->crls[0] = pt_slice_str(kit->root_crl);
    kit->crls[1] = pt_slice_str(kit->tsa_crl);
}

static void make_certificates(struct seal_kit *kit, const char *key)
{
    const time_t now = (time_t)KIT_NOW;
    const time_t long_life = now + 3650 * (time_t)KIT_DAY;
    kit->root = test_cert_new(
        &(struct test_cert_spec){.cn = "AC Commune", .ca = true, .until = long_life, .now = now});
    kit->tsa = test_cert_new(&(struct test_cert_spec){
        .cn = "AC Horodatage", .ca = true, .until = long_life, .now = now});
    kit->seal = test_cert_new(&(struct test_cert_spec){.cn = "Cachet d'Admiville",
                                                       .issuer = &kit->root,
                                                       .serial = 10,
                                                       .from = now - 30 * KIT_DAY,
                                                       .until = now + 730 * (time_t)KIT_DAY,
                                                       .now = now});
    if (strcmp(key, "P-256") != 0) {
        give_key(&kit->seal, &kit->root, key);
    }
    kit->unit = kit_unit(kit, "critical,timeStamping", NULL, NULL);
}

void kit_write(const struct seal_kit *kit, const char *name, pt_slice bytes)
{
    char path[600];
    (void)snprintf(path, sizeof(path), "%s/%s", kit->dir, name);
    must(pt_ok(pt_file_replace(path, bytes, 0600)), path);
}

static void open_signer(struct seal_kit *kit)
{
    enum pt_signer_fault fault = PT_SIGNER_OK;
    const struct pt_signer_spec spec = {
        .key = kit->key_path, .chain = pt_slice_str(kit->seal_pem), .now = KIT_NOW};
    must(pt_ok(pt_signer_open(&spec, &kit->signer, &fault)), pt_signer_fault_code(fault));
}

void kit_new(struct seal_kit *kit, const char *key)
{
    const char *const base = getenv("TMPDIR");
    memset(kit, 0, sizeof(*kit));
    make_certificates(kit, key);
    kit->root_pem = test_cert_pem(&kit->root);
    kit->tsa_pem = test_cert_pem(&kit->tsa);
    kit->seal_pem = test_cert_pem(&kit->seal);
    kit->key_pem = test_key_pem(&kit->seal);
    (void)snprintf(kit->dir, sizeof(kit->dir), "%s/poterne-seal-XXXXXX",
                   base != NULL ? base : "/tmp");
    must(mkdtemp(kit->dir) != NULL, "mkdtemp");
    (void)snprintf(kit->key_path, sizeof(kit->key_path), "%s/seal.key", kit->dir);
    kit_write(kit, "seal.key", pt_slice_str(kit->key_pem));
    kit_write(kit, "root.pem", pt_slice_str(kit->root_pem));
    kit_write(kit, "tsa.pem", pt_slice_str(kit->tsa_pem));
    kit->anchors[0] = pt_slice_str(kit->root_pem);
    kit->tsa_anchors[0] = pt_slice_str(kit->tsa_pem);
    kit_lists(kit, KIT_NOW, 0, 0);
    kit->trust = (struct pt_trust){.anchors = kit->anchors,
                                   .nanchors = 1U,
                                   .tsa_anchors = kit->tsa_anchors,
                                   .ntsa_anchors = 1U,
                                   .evidence = {.crls = kit->crls, .ncrls = 2U},
                                   .level = (enum pt_rgs_level)1};
    open_signer(kit);
}

static void remove_dir(const char *dir)
{
    char command[400];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    must(system(command) == 0, "rm");
}

void kit_free(struct seal_kit *kit)
{
    kit->signer = pt_signer_free(kit->signer);
    free(kit->root_pem);
    free(kit->seal_pem);
    free(kit->key_pem);
    free(kit->tsa_pem);
    free(kit->root_crl);
    free(kit->tsa_crl);
    test_cert_free(&kit->root);
    test_cert_free(&kit->seal);
    test_cert_free(&kit->tsa);
    test_cert_free(&kit->unit);
    remove_dir(kit->dir);
}

/* --- the time-stamping service -----------------------------------------------------------------
 */

static void set_number(TS_ACCURACY *accuracy, int ms)
{
    ASN1_INTEGER *const s = ASN1_INTEGER_new();
    ASN1_INTEGER *const rest = ASN1_INTEGER_new();
    must(s != NULL && rest != NULL && ASN1_INTEGER_set(s, ms / 1000) == 1 &&
             ASN1_INTEGER_set(rest, ms % 1000) == 1,
         "accuracy");
    must(TS_ACCURACY_set_seconds(accuracy, s) == 1, "seconds");
    must(ms % 1000 == 0 || TS_ACCURACY_set_millis(accuracy, rest) == 1, "millis");
    ASN1_INTEGER_free(s);
    ASN1_INTEGER_free(rest);
}

static void put_accuracy(const struct kit_tsa *tsa, TS_TST_INFO *info)
{
    if (tsa->accuracy_ms < 0) {
        return;
    }
    TS_ACCURACY *const accuracy = TS_ACCURACY_new();
    must(accuracy != NULL, "accuracy");
    set_number(accuracy, tsa->accuracy_ms == 0 ? 500 : tsa->accuracy_ms);
    must(TS_TST_INFO_set_accuracy(info, accuracy) == 1, "set accuracy");
    TS_ACCURACY_free(accuracy);
}

static void put_imprint(const struct kit_tsa *tsa, TS_MSG_IMPRINT *asked, TS_TST_INFO *info)
{
    TS_MSG_IMPRINT *const imprint = TS_MSG_IMPRINT_dup(asked);
    must(imprint != NULL, "imprint");
    ASN1_OCTET_STRING *const bytes = TS_MSG_IMPRINT_get_msg(imprint);
    if (tsa->other_imprint) {
        unsigned char copy[64];
        memcpy(copy, ASN1_STRING_get0_data(bytes), (size_t)ASN1_STRING_length(bytes));
        copy[0] ^= 1U;
        must(ASN1_STRING_set(bytes, copy, ASN1_STRING_length(bytes)) == 1, "imprint bytes");
    }
    if (tsa->imprint_digest != NULL) {
        X509_ALGOR *const algorithm = X509_ALGOR_new();
        X509_ALGOR_set_md(algorithm, EVP_get_digestbyname(tsa->imprint_digest));
        must(TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
                 ASN1_STRING_set(bytes, "12345678901234567890", 20) == 1,
             "imprint digest");
        X509_ALGOR_free(algorithm);
    }
    must(TS_TST_INFO_set_msg_imprint(info, imprint) == 1, "set imprint");
    TS_MSG_IMPRINT_free(imprint);
}

static void put_policy(const struct kit_tsa *tsa, ASN1_OBJECT *asked, TS_TST_INFO *info)
{
    if (tsa->policy == NULL && asked != NULL) {
        must(TS_TST_INFO_set_policy_id(info, asked) == 1, "policy");
        return;
    }
    ASN1_OBJECT *const policy = OBJ_txt2obj(tsa->policy != NULL ? tsa->policy : KIT_POLICY, 1);
    must(policy != NULL && TS_TST_INFO_set_policy_id(info, policy) == 1, "policy");
    ASN1_OBJECT_free(policy);
}

static void put_nonce(const struct kit_tsa *tsa, const ASN1_INTEGER *asked, TS_TST_INFO *info)
{
    if (tsa->no_nonce || (asked == NULL && !tsa->other_nonce)) {
        return;
    }
    ASN1_INTEGER *const other = ASN1_INTEGER_new();
    must(other != NULL && ASN1_INTEGER_set(other, 42) == 1, "nonce");
    must(TS_TST_INFO_set_nonce(info, tsa->other_nonce ? other : asked) == 1, "set nonce");
    ASN1_INTEGER_free(other);
}

static void put_name(const struct kit_tsa *tsa, TS_TST_INFO *info)
{
    if (!tsa->other_name && !tsa->own_name) {
        return;
    }
    GENERAL_NAME *const name = GENERAL_NAME_new();
    must(name != NULL, "name");
    name->type = GEN_DIRNAME;
    name->d.directoryName = X509_NAME_dup(tsa->own_name ? X509_get_subject_name(tsa->unit->cert)
                                                        : X509_get_issuer_name(tsa->unit->cert));
    must(TS_TST_INFO_set_tsa(info, name) == 1, "tsa");
    GENERAL_NAME_free(name);
}

static void put_time(const struct kit_tsa *tsa, TS_TST_INFO *info)
{
    ASN1_GENERALIZEDTIME *time = ASN1_GENERALIZEDTIME_set(NULL, (time_t)tsa->time);
    must(time != NULL, "time");
    if (tsa->gen_time != NULL) {
        must(ASN1_STRING_set(time, tsa->gen_time, -1) == 1, "time text");
    }
    must(TS_TST_INFO_set_time(info, time) == 1, "set time");
    ASN1_GENERALIZEDTIME_free(time);
}

static void put_extension(const struct kit_tsa *tsa, TS_TST_INFO *info)
{
    if (tsa->critical_extension) {
        X509_EXTENSION *const extension =
            X509V3_EXT_conf_nid(NULL, NULL, NID_netscape_comment, "critical,unknown");
        must(extension != NULL && TS_TST_INFO_add_ext(info, extension, -1) == 1, "extension");
        X509_EXTENSION_free(extension);
    }
}

static TS_TST_INFO *info_of(const struct kit_tsa *tsa, TS_REQ *request)
{
    TS_TST_INFO *const info = TS_TST_INFO_new();
    ASN1_INTEGER *const serial = ASN1_INTEGER_new();
    must(info != NULL && serial != NULL && ASN1_INTEGER_set(serial, 7) == 1, "info");
    must(TS_TST_INFO_set_version(info, tsa->version != 0 ? tsa->version : 1) == 1 &&
             TS_TST_INFO_set_serial(info, serial) == 1,
         "version");
    put_policy(tsa, TS_REQ_get_policy_id(request), info);
    put_imprint(tsa, TS_REQ_get_msg_imprint(request), info);
    put_time(tsa, info);
    put_accuracy(tsa, info);
    put_nonce(tsa, TS_REQ_get_nonce(request), info);
    put_name(tsa, info);
    put_extension(tsa, info);
    ASN1_INTEGER_free(serial);
    return info;
}

static void old_ess(CMS_SignerInfo *si, X509 *cert)
{
    ESS_SIGNING_CERT *const ess = OSSL_ESS_signing_cert_new_init(cert, NULL, 0);
    unsigned char *der = NULL;
    const int n = i2d_ESS_SIGNING_CERT(ess, &der);
    must(n > 0 && CMS_signed_add1_attr_by_NID(si, NID_id_smime_aa_signingCertificate,
                                              V_ASN1_SEQUENCE, der, n) == 1,
         "old ESS");
    OPENSSL_free(der);
    ESS_SIGNING_CERT_free(ess);
}

static CMS_ContentInfo *signed_info(const struct kit_tsa *tsa, BIO *content)
{
    const unsigned flags = CMS_BINARY | CMS_NOSMIMECAP | CMS_PARTIAL |
                           (tsa->no_ess || tsa->sha1_ess ? 0U : CMS_CADES) |
                           (tsa->no_certificate ? CMS_NOCERTS : 0U);
    CMS_ContentInfo *const cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_BINARY | CMS_PARTIAL);
    must(cms != NULL && CMS_set1_eContentType(cms, OBJ_nid2obj(NID_id_smime_ct_TSTInfo)) == 1,
         "token");
    CMS_SignerInfo *const si =
        CMS_add1_signer(cms, tsa->unit->cert, tsa->unit->key,
                        EVP_get_digestbyname(tsa->digest != NULL ? tsa->digest : "SHA256"), flags);
    must(si != NULL, "unit");
    if (tsa->sha1_ess) {
        old_ess(si, tsa->unit->cert);
    }
    must(CMS_final(cms, content, NULL, CMS_BINARY) == 1, "final");
    if (tsa->bad_signature) {
        ASN1_OCTET_STRING *const value = CMS_SignerInfo_get0_signature(si);
        unsigned char *const bytes = (unsigned char *)(uintptr_t)ASN1_STRING_get0_data(value);
        bytes[ASN1_STRING_length(value) - 1] ^= 1U;
    }
    return cms;
}

static void token_of(const struct kit_tsa *tsa, TS_REQ *request, struct pt_buf *out)
{
    TS_TST_INFO *const info = info_of(tsa, request);
    unsigned char *der = NULL;
    const int n = i2d_TS_TST_INFO(info, &der);
    BIO *const content = BIO_new_mem_buf(der, n);
    must(n > 0 && content != NULL, "TSTInfo");
    CMS_ContentInfo *const cms = signed_info(tsa, content);
    unsigned char *token = NULL;
    const int len = i2d_CMS_ContentInfo(cms, &token);
    must(len > 0, "token DER");
    pt_buf_put(out, pt_slice_of(token, (size_t)len));
    OPENSSL_free(token);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(content);
    TS_TST_INFO_free(info);
}

static void put_der(struct pt_buf *out, unsigned char tag, pt_slice content)
{
    const char head[] = {(char)tag, (char)0x82, (char)(content.len >> 8U),
                         (char)(content.len & 0xffU)};
    if (content.len < 128U) {
        pt_buf_put_byte(out, (char)tag);
        pt_buf_put_byte(out, (char)content.len);
    } else if (content.len < 256U) {
        pt_buf_put_byte(out, (char)tag);
        pt_buf_put_byte(out, (char)0x81);
        pt_buf_put_byte(out, (char)content.len);
    } else {
        pt_buf_put(out, pt_slice_of(head, 4U));
    }
    pt_buf_put(out, content);
}

void kit_answer(const struct kit_tsa *tsa, pt_slice request, struct pt_buf *out)
{
    const unsigned char *at = (const unsigned char *)request.ptr;
    TS_REQ *const req = d2i_TS_REQ(NULL, &at, (long)request.len);
    must(req != NULL, "request");
    struct pt_buf inner;
    pt_buf_init(&inner, 65536U);
    const char status[] = {0x30, 0x03, 0x02, 0x01, (char)tsa->status};
    pt_buf_put(&inner, pt_slice_of(status, sizeof(status)));
    if (!tsa->no_token) {
        token_of(tsa, req, &inner);
    }
    put_der(out, 0x30U, pt_buf_slice(&inner));
    pt_buf_done(&inner);
    TS_REQ_free(req);
}

void kit_token(const struct kit_tsa *tsa, pt_slice bytes, struct pt_buf *out)
{
    unsigned char hash[32];
    TS_REQ *const req = TS_REQ_new();
    TS_MSG_IMPRINT *const imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *const algorithm = X509_ALGOR_new();
    X509_ALGOR_set_md(algorithm, EVP_sha256());
    must(EVP_Digest(bytes.ptr, bytes.len, hash, NULL, EVP_sha256(), NULL) == 1, "digest");
    must(TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
             TS_MSG_IMPRINT_set_msg(imprint, hash, 32) == 1 &&
             TS_REQ_set_msg_imprint(req, imprint) == 1,
         "question");
    token_of(tsa, req, out);
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    TS_REQ_free(req);
}
