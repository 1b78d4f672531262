/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/unit/pki/sealworld.h"

#include "tests/unit/pki/forge.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void sealworld_file(const struct sealworld *kit, const char *name, pt_slice bytes,
                    char path[static 600])
{
    (void)snprintf(path, 600U, "%s/%s", kit->dir, name);
    (void)unlink(path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0400);
    cr_assert(fd >= 0 && write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len && close(fd) == 0);
}

static void make_certs(struct sealworld *kit, const struct sealworld_spec *spec)
{
    const long serial = 7;
    kit->ca = test_cert_new(&(struct test_cert_spec){.cn = "AC de test",
                                                     .ca = true,
                                                     .from = SEALWORLD_NOW - 1000L * 86400,
                                                     .until = SEALWORLD_NOW + 2000L * 86400});
    kit->leaf = test_cert_new(&(struct test_cert_spec){.cn = "Cachet de test",
                                                       .issuer = &kit->ca,
                                                       .key = spec->key,
                                                       .key_usage = spec->key_usage,
                                                       .serial = serial,
                                                       .from = spec->from,
                                                       .until = spec->until,
                                                       .now = SEALWORLD_NOW});
    kit->ca_pem = test_cert_pem(&kit->ca);
    kit->leaf_pem = test_cert_pem(&kit->leaf);
    kit->crl_pem = test_crl_pem(&(struct test_crl_spec){.issuer = &kit->ca,
                                                        .revoked = &serial,
                                                        .revoked_count = spec->revoked ? 1U : 0U,
                                                        .from = SEALWORLD_NOW - 3600,
                                                        .until = SEALWORLD_NOW + 4 * 86400});
}

void sealworld_open(struct sealworld *kit, const struct sealworld_spec *spec)
{
    enum pt_signer_fault fault = PT_SIGNER_OK;
    *kit = (struct sealworld){.signer = NULL};
    make_certs(kit, spec);
    forge_dir(kit->dir);
    char *const key_pem = test_key_pem(&kit->leaf);
    char path[600];
    sealworld_file(kit, "seal.key", pt_slice_str(key_pem), path);
    free(key_pem);
    (void)snprintf(kit->key_path, sizeof(kit->key_path), "%.500s", path);
    char *const chain = test_join(kit->leaf_pem, kit->ca_pem, NULL);
    const struct pt_signer_spec want = {.key = kit->key_path,
                                        .chain = pt_slice_str(chain),
                                        .now =
                                            spec->sealed_at != 0 ? spec->sealed_at : SEALWORLD_NOW};
    const pt_status st = pt_signer_open(&want, &kit->signer, &fault);
    cr_assert(pt_ok(st), "%s at %s", pt_signer_fault_code(fault), st.origin);
    free(chain);
    kit->anchor = pt_slice_str(kit->ca_pem);
    kit->crl = pt_slice_str(kit->crl_pem);
    kit->trust = (struct pt_trust){
        .anchors = &kit->anchor,
        .nanchors = 1U,
        .evidence = {.crls = &kit->crl, .ncrls = spec->no_crl ? 0U : 1U},
        .level = PT_RGS_1,
    };
}

void sealworld_close(struct sealworld *kit)
{
    kit->signer = pt_signer_free(kit->signer);
    test_cert_free(&kit->leaf);
    test_cert_free(&kit->ca);
    free(kit->ca_pem);
    free(kit->leaf_pem);
    free(kit->crl_pem);
    forge_dir_remove(kit->dir);
}

struct pt_statement sealworld_content(const char *name, const char *type, pt_slice bytes)
{
    struct pt_statement statement = {.kind = PT_STATEMENT_CONTENT, .time = SEALWORLD_NOW};
    statement.is.content.name = pt_slice_str(name);
    statement.is.content.media_type = pt_slice_str(type);
    statement.is.content.bytes = bytes;
    return statement;
}
