/* SPDX-License-Identifier: EUPL-1.2 */
/* forge.c -- see forge.h. */
#include "tests/unit/pki/forge.h"

#include <ftw.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "forge: %s\n", what);
        abort();
    }
}

EVP_PKEY *forge_key(const char *spec)
{
    EVP_PKEY *key = NULL;
    if (strncmp(spec, "rsa:", 4U) == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)strtoul(spec + 4, NULL, 10));
    } else if (strncmp(spec, "ec:", 3U) == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", spec + 3);
    } else {
        key = EVP_PKEY_Q_keygen(NULL, NULL, spec);
    }
    must(key != NULL, spec);
    return key;
}

static void drain(BIO *bio, struct pt_buf *out)
{
    char *ptr = NULL;
    const long n = BIO_get_mem_data(bio, &ptr);
    pt_buf_put(out, pt_slice_of(ptr, (size_t)n));
    (void)BIO_free(bio);
}

void forge_key_pem(const EVP_PKEY *key, const char *passphrase, struct pt_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const int n = passphrase != NULL ? (int)strlen(passphrase) : 0;
    must(PEM_write_bio_PKCS8PrivateKey(bio, key, n > 0 ? EVP_aes_256_cbc() : NULL, passphrase, n,
                                       NULL, NULL) == 1,
         "key PEM");
    drain(bio, out);
}

void forge_cert(EVP_PKEY *key, const char *digest, const char *name, struct pt_buf *out)
{
    X509 *cert = X509_new();
    X509_NAME *subject = X509_get_subject_name(cert);
    must(ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1, "serial");
    must(X509_set_version(cert, X509_VERSION_3) == 1, "version");
    must(ASN1_TIME_set_string_X509(X509_getm_notBefore(cert), "20260101000000Z") == 1, "from");
    must(ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), "20351231235959Z") == 1, "until");
    must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
                                    -1, 0) == 1,
         "name");
    must(X509_set_issuer_name(cert, subject) == 1 && X509_set_pubkey(cert, key) == 1, "parties");
    must(X509_sign(cert, key, digest != NULL ? EVP_get_digestbyname(digest) : NULL) > 0, "sign");
    BIO *bio = BIO_new(BIO_s_mem());
    must(PEM_write_bio_X509(bio, cert) == 1, "cert PEM");
    drain(bio, out);
    X509_free(cert);
}

void forge_dir(char out[static 256])
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(out, 256U, "%s/poterne-pki-XXXXXX", base != NULL ? base : "/tmp");
    must(mkdtemp(out) != NULL, "mkdtemp");
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info;
    (void)type;
    (void)ftw;
    return remove(path);
}

void forge_dir_remove(const char *dir)
{
    (void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int forge_run(const char *command, struct pt_buf *out)
{
    FILE *pipe = popen(command, "re");
    must(pipe != NULL, command);
    char part[1024];
    size_t n = 0U;
    while ((n = fread(part, 1U, sizeof(part), pipe)) > 0U) {
        pt_buf_put(out, pt_slice_of(part, n));
    }
    return pclose(pipe);
}
