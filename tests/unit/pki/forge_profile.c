/* SPDX-License-Identifier: EUPL-1.2 */
/* forge_profile.c -- see forge_profile.h. */
#include "tests/unit/pki/forge_profile.h"
#include "tests/unit/pki/forge.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 20U
#define KEYS_MAX  24U

struct part {
    char text[256];
};

struct spec {
    struct part subject[PARTS_MAX];
    struct part ext[PARTS_MAX];
    size_t nsubject, next;
    const char *from, *to, *key, *ca, *digest, *serial;
    bool gfrom, gto, pss, no_issuer, uid;
    long version;
    const char *patch;
};

static struct {
    char name[32];
    EVP_PKEY *key;
} keys[KEYS_MAX];

static void must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "forge_profile: %s\n", what);
        abort();
    }
}

/* --- keys ------------------------------------------------------------------------------------ */

static EVP_PKEY *generate(const char *type, const OSSL_PARAM *params)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    must(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1, type);
    must(EVP_PKEY_CTX_set_params(ctx, params) == 1, type);
    must(EVP_PKEY_generate(ctx, &key) == 1, type);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *make_key(const char *name)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%s",
                   strchr(name, ':') != NULL ? strchr(name, ':') + 1 : "");
    if (strncmp(name, "rsa-e3:", 7U) == 0) {
        size_t bits = (size_t)strtoul(text, NULL, 10);
        unsigned e = 3U;
        const OSSL_PARAM params[] = {OSSL_PARAM_size_t(OSSL_PKEY_PARAM_RSA_BITS, &bits),
                                     OSSL_PARAM_uint(OSSL_PKEY_PARAM_RSA_E, &e), OSSL_PARAM_END};
        return generate("RSA", params);
    }
    if (strncmp(name, "ec-explicit:", 12U) == 0) {
        char encoding[] = OSSL_PKEY_EC_ENCODING_EXPLICIT;
        const OSSL_PARAM params[] = {
            OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, text, 0),
            OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, encoding, 0), OSSL_PARAM_END};
        return generate("EC", params);
    }
    return forge_key(name);
}

static EVP_PKEY *key_named(const char *name)
{
    for (size_t i = 0U; i < KEYS_MAX; i++) {
        if (keys[i].key == NULL) {
            (void)snprintf(keys[i].name, sizeof(keys[i].name), "%s", name);
            keys[i].key = make_key(strncmp(name, "ca ", 3U) == 0 ? name + 3 : name);
        }
        if (strcmp(keys[i].name, name) == 0) {
            return keys[i].key;
        }
    }
    must(false, "too many keys");
    return NULL;
}

void forge_profile_done(void)
{
    for (size_t i = 0U; i < KEYS_MAX; i++) {
        EVP_PKEY_free(keys[i].key);
        keys[i].key = NULL;
    }
}

/* --- edits ----------------------------------------------------------------------------------- */

/* "BMP:OU=x" and "OU=y" speak of the same attribute. */
static size_t same_name(const char *a, const char *b)
{
    const char *colon = strchr(a, ':');
    const char *equal = strchr(a, '=');
    a = colon != NULL && (equal == NULL || colon < equal) ? colon + 1 : a;
    colon = strchr(b, ':');
    equal = strchr(b, '=');
    b = colon != NULL && (equal == NULL || colon < equal) ? colon + 1 : b;
    const size_t n = strcspn(a, "=");
    return n == strcspn(b, "=") && strncmp(a, b, n) == 0;
}

static void add(struct part *parts, size_t *n, const char *text)
{
    must(*n < PARTS_MAX, "too many parts");
    (void)snprintf(parts[(*n)++].text, sizeof(parts[0].text), "%s", text);
}

static void drop(struct part *parts, size_t *n, const char *name)
{
    size_t kept = 0U;
    for (size_t i = 0U; i < *n; i++) {
        if (!same_name(parts[i].text, name)) {
            parts[kept++] = parts[i];
        }
    }
    *n = kept;
}

static void edit_list(struct part *parts, size_t *n, char how, const char *text)
{
    if (how == '-') {
        drop(parts, n, text);
        return;
    }
    if (how == '=') {
        drop(parts, n, text);
    }
    add(parts, n, text);
}

static bool takes(const char *edit, const char *name, const char **value)
{
    const size_t n = strlen(name);
    if (strncmp(edit, name, n) != 0) {
        return false;
    }
    *value = edit + n;
    return true;
}

static bool edit_scalar(struct spec *spec, const char *edit)
{
    const char *value = NULL;
    if (takes(edit, "gfrom=", &spec->from)) {
        spec->gfrom = true;
    } else if (takes(edit, "gto=", &spec->to)) {
        spec->gto = true;
    } else if (takes(edit, "from=", &spec->from) || takes(edit, "to=", &spec->to) ||
               takes(edit, "key=", &spec->key) || takes(edit, "ca=", &spec->ca) ||
               takes(edit, "digest=", &spec->digest) || takes(edit, "serial=", &spec->serial) ||
               takes(edit, "der:", &spec->patch)) {
        return true;
    } else if (takes(edit, "version=", &value)) {
        spec->version = strtol(value, NULL, 10) - 1;
    } else if (strcmp(edit, "pss") == 0) {
        spec->pss = true;
    } else if (strcmp(edit, "no-issuer") == 0) {
        spec->no_issuer = true;
    } else if (strcmp(edit, "uid") == 0) {
        spec->uid = true;
    } else {
        return false;
    }
    return true;
}

static void edit_one(struct spec *spec, const char *edit)
{
    if (edit_scalar(spec, edit)) {
        return;
    }
    const char how = edit[0] == '-' || edit[0] == '+' ? edit[0] : '=';
    const char *text = how == '=' ? edit : edit + 1;
    if (strncmp(text, "ext:", 4U) == 0) {
        edit_list(spec->ext, &spec->next, how, text + 4);
    } else {
        edit_list(spec->subject, &spec->nsubject, how, text);
    }
}

/* --- a good certificate ---------------------------------------------------------------------- */

static const char *const common[] = {
    "PRINTABLE:C=FR",
    "O=Commune d'Admiville",
    "OU=0002 " FORGE_SIRET,
    "CN=poterne.admiville.example",
    "ext:basicConstraints=critical,CA:FALSE",
    "ext:subjectKeyIdentifier=hash",
    "ext:authorityKeyIdentifier=keyid:always",
    "ext:crlDistributionPoints=URI:http://crl.example/ac.crl",
    "ext:authorityInfoAccess=OCSP;URI:http://ocsp.example",
    "ext:certificatePolicies=" FORGE_POLICY,
};

static const char *const of_profile[PT_LINT_PROFILES][3] = {
    [PT_LINT_CACHET] = {"ext:keyUsage=critical,digitalSignature,nonRepudiation"},
    [PT_LINT_AUTH_SERVEUR] = {"ext:keyUsage=critical,digitalSignature",
                              "ext:extendedKeyUsage=serverAuth",
                              "ext:subjectAltName=DNS:poterne.admiville.example"},
    [PT_LINT_AUTH_CLIENT] = {"ext:keyUsage=critical,digitalSignature",
                             "ext:extendedKeyUsage=clientAuth"},
    [PT_LINT_TSU] = {"ext:keyUsage=critical,digitalSignature",
                     "ext:extendedKeyUsage=critical,timeStamping"},
    [PT_LINT_OCSP] = {"ext:keyUsage=critical,digitalSignature", "ext:extendedKeyUsage=OCSPSigning",
                      "ext:noCheck=ignored"},
};

static void start(struct spec *spec, enum pt_lint_profile profile)
{
    *spec = (struct spec){.from = "20260101000000Z",
                          .to = "20280101000000Z",
                          .key = "ec:P-256",
                          .ca = "ec:P-256",
                          .digest = "SHA256",
                          .serial = "4A17B0C6D2E3F4A5968778695A4B3C2D",
                          .version = X509_VERSION_3};
    for (size_t i = 0U; i < PT_COUNT(common); i++) {
        edit_one(spec, common[i]);
    }
    for (size_t i = 0U; i < PT_COUNT(of_profile[profile]); i++) {
        if (of_profile[profile][i] != NULL) {
            edit_one(spec, of_profile[profile][i]);
        }
    }
}

static X509 *authority(const char *name)
{
    char full[40];
    (void)snprintf(full, sizeof(full), "ca %s", name);
    EVP_PKEY *key = key_named(full);
    X509 *cert = X509_new();
    X509V3_CTX ctx;
    must(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                                    (const unsigned char *)"AC", -1, -1, 0) == 1 &&
             X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
             X509_set_pubkey(cert, key) == 1 && X509_set_version(cert, X509_VERSION_3) == 1 &&
             ASN1_TIME_set(X509_getm_notBefore(cert), 1700000000) != NULL &&
             ASN1_TIME_set(X509_getm_notAfter(cert), 2000000000) != NULL,
         "authority");
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *ski = X509V3_EXT_nconf(NULL, &ctx, "subjectKeyIdentifier", "hash");
    X509_EXTENSION *bc = X509V3_EXT_nconf(NULL, &ctx, "basicConstraints", "critical,CA:TRUE");
    must(X509_add_ext(cert, ski, -1) == 1 && X509_add_ext(cert, bc, -1) == 1, "authority");
    X509_EXTENSION_free(ski);
    X509_EXTENSION_free(bc);
    return cert;
}

void forge_profile_authority(struct pt_buf *out)
{
    X509 *cert = authority("ec:P-256");
    char *ptr = NULL;
    must(X509_sign(cert, key_named("ca ec:P-256"), EVP_sha256()) > 0, "sign authority");
    BIO *bio = BIO_new(BIO_s_mem());
    must(PEM_write_bio_X509(bio, cert) == 1, "authority PEM");
    const long n = BIO_get_mem_data(bio, &ptr);
    pt_buf_put(out, pt_slice_of(ptr, (size_t)n));
    (void)BIO_free(bio);
    X509_free(cert);
}

/* --- putting it together --------------------------------------------------------------------- */

static int type_of(const char *text, const char **ret_rest)
{
    static const struct {
        const char *name;
        int type;
    } types[] = {{"T61:", V_ASN1_T61STRING},
                 {"UTF8:", V_ASN1_UTF8STRING},
                 {"BMP:", V_ASN1_BMPSTRING},
                 {"IA5:", V_ASN1_IA5STRING},
                 {"PRINTABLE:", V_ASN1_PRINTABLESTRING}};
    for (size_t i = 0U; i < PT_COUNT(types); i++) {
        if (takes(text, types[i].name, ret_rest)) {
            return types[i].type;
        }
    }
    *ret_rest = text;
    return V_ASN1_UTF8STRING;
}

static void put_subject(X509 *cert, const struct spec *spec)
{
    for (size_t i = 0U; i < spec->nsubject; i++) {
        const char *rest = NULL;
        char name[64];
        const int type = type_of(spec->subject[i].text, &rest);
        const size_t n = strcspn(rest, "=");
        (void)snprintf(name, sizeof(name), "%.*s", (int)n, rest);
        must(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), name, type,
                                        (const unsigned char *)rest + n + 1, -1, -1, 0) == 1,
             rest);
    }
}

static void put_extensions(X509 *cert, X509 *issuer, const struct spec *spec)
{
    X509V3_CTX ctx;
    CONF *conf = NCONF_new(NULL); /* empty, but some extensions want one */
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, conf);
    for (size_t i = 0U; i < spec->next; i++) {
        char name[64];
        const char *text = spec->ext[i].text;
        const size_t n = strcspn(text, "=");
        (void)snprintf(name, sizeof(name), "%.*s", (int)n, text);
        X509_EXTENSION *one = X509V3_EXT_nconf(NULL, &ctx, name, text + n + 1);
        must(one != NULL && X509_add_ext(cert, one, -1) == 1, text);
        X509_EXTENSION_free(one);
    }
    NCONF_free(conf);
}

static void put_serial(X509 *cert, const char *hex)
{
    BIGNUM *number = NULL;
    must(BN_hex2bn(&number, hex) > 0, hex);
    must(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL, hex);
    BN_free(number);
}

static void put_times(X509 *cert, const struct spec *spec)
{
    ASN1_TIME *from = X509_getm_notBefore(cert);
    ASN1_TIME *to = X509_getm_notAfter(cert);
    must((spec->gfrom ? ASN1_TIME_set_string(from, spec->from)
                      : ASN1_TIME_set_string_X509(from, spec->from)) == 1,
         spec->from);
    must((spec->gto ? ASN1_TIME_set_string(to, spec->to)
                    : ASN1_TIME_set_string_X509(to, spec->to)) == 1,
         spec->to);
}

static void sign(X509 *cert, const struct spec *spec)
{
    char full[40];
    (void)snprintf(full, sizeof(full), "ca %s", spec->ca);
    EVP_PKEY *key = key_named(full);
    const EVP_MD *md = strncmp(spec->ca, "ed", 2U) == 0 ? NULL : EVP_get_digestbyname(spec->digest);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey = NULL;
    must(EVP_DigestSignInit(ctx, &pkey, md, NULL, key) == 1, "sign");
    must(!spec->pss || EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING) == 1, "pss");
    must(X509_sign_ctx(cert, ctx) > 0, spec->digest);
    EVP_MD_CTX_free(ctx);
}

/* --- what no library writes ------------------------------------------------------------------ */

static size_t hex_bytes(const char *hex, size_t n, unsigned char *out)
{
    for (size_t i = 0U; i + 1U < n; i += 2U) {
        const char two[3] = {hex[i], hex[i + 1U], '\0'};
        out[i / 2U] = (unsigned char)strtoul(two, NULL, 16);
    }
    return n / 2U;
}

static void patch(const char *text, unsigned char *der, size_t n)
{
    unsigned char from[64];
    unsigned char to[64];
    const size_t len = hex_bytes(text, strcspn(text, "="), from);
    must(len == hex_bytes(strchr(text, '=') + 1, strlen(strchr(text, '=') + 1), to), text);
    for (size_t at = n - len + 1U; at-- > 0U;) {
        if (memcmp(der + at, from, len) == 0) {
            memcpy(der + at, to, len);
            return;
        }
    }
    must(false, text);
}

/* Header of a SEQUENCE of @n octets, always with two octets of length. */
static void put_header(struct pt_buf *out, size_t n)
{
    const unsigned char head[] = {0x30U, 0x82U, (unsigned char)(n >> 8U), (unsigned char)n};
    pt_buf_put(out, pt_slice_of(head, sizeof(head)));
}

/* An issuerUniqueID [1] before the extensions [3]: no interface of OpenSSL 3 sets one. */
static void splice_unique_id(X509 *cert, struct pt_buf *out)
{
    static const unsigned char id[] = {0x81U, 0x02U, 0x00U, 0x2aU};
    unsigned char *der = NULL;
    unsigned char *tbs = NULL;
    const size_t n = (size_t)i2d_X509(cert, &der);
    const size_t ntbs = (size_t)i2d_re_X509_tbs(cert, &tbs);
    size_t at = 4U;
    must(der[1] == 0x82U && tbs[1] == 0x82U, "long form");
    while (tbs[at] != 0xa3U) {
        const size_t len = tbs[at + 1U] < 0x80U ? tbs[at + 1U] + 2U : tbs[at + 2U] + 3U;
        at += len;
        must(at < ntbs, "extensions");
    }
    put_header(out, n - 4U + sizeof(id));
    put_header(out, ntbs - 4U + sizeof(id));
    pt_buf_put(out, pt_slice_of(tbs + 4, at - 4U));
    pt_buf_put(out, pt_slice_of(id, sizeof(id)));
    pt_buf_put(out, pt_slice_of(tbs + at, ntbs - at));
    pt_buf_put(out, pt_slice_of(der + 4 + ntbs, n - 4U - ntbs));
    OPENSSL_free(tbs);
    OPENSSL_free(der);
}

static void write_der(X509 *cert, const struct spec *spec, struct pt_buf *out)
{
    unsigned char *der = NULL;
    if (spec->uid) {
        splice_unique_id(cert, out);
        return;
    }
    const int n = i2d_X509(cert, &der);
    must(n > 0, "DER");
    if (spec->patch != NULL) {
        patch(spec->patch, der, (size_t)n);
    }
    pt_buf_put(out, pt_slice_of(der, (size_t)n));
    OPENSSL_free(der);
}

void forge_profile(enum pt_lint_profile profile, const char *const edits[FORGE_EDITS],
                   struct pt_buf *out)
{
    struct spec spec;
    start(&spec, profile);
    for (size_t i = 0U; i < FORGE_EDITS && edits[i] != NULL; i++) {
        edit_one(&spec, edits[i]);
    }
    X509 *issuer = authority(spec.ca);
    X509 *cert = X509_new();
    must(X509_set_version(cert, spec.version) == 1, "version");
    must(spec.no_issuer || X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1,
         "issuer");
    must(X509_set_pubkey(cert, key_named(spec.key)) == 1, "key");
    put_serial(cert, spec.serial);
    put_times(cert, &spec);
    put_subject(cert, &spec);
    put_extensions(cert, issuer, &spec);
    sign(cert, &spec);
    write_der(cert, &spec, out);
    X509_free(cert);
    X509_free(issuer);
}
