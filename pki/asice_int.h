/* SPDX-License-Identifier: EUPL-1.2 */
/* asice_int.h -- a container taken apart, and its manifests. Private to pki/. */
#ifndef PKI_ASICE_INT_H
#define PKI_ASICE_INT_H

#include "poterne/pki/asice.h"
#include "poterne/pki/xmlsig.h"

#define PT_ASICE_MIMETYPE "application/vnd.etsi.asic-e+zip"

struct pt_asice_zip {
    struct pt_xml_content entries[PT_ASICE_ENTRIES_MAX]; /* in the order of the container */
    size_t n;
    struct pt_buf names, bytes; /* what the entries look at */
};

/**
 * Unpack, after every bound was checked. Release with pt_asice_zip_done(), in failure too.
 * @return PT_E_SYNTAX, PT_E_LIMIT, PT_E_DENIED (encrypted, a path out of the container, a name
 *         twice, no mimetype where it must be), PT_E_NOMEM
 */
PT_RESULT pt_asice_zip_read(pt_slice container, struct pt_asice_zip *ret);
void pt_asice_zip_done(struct pt_asice_zip *zip);
/** Append a container of @n entries, stored, behind the mimetype that it adds itself. */
PT_RESULT pt_asice_zip_write(const struct pt_xml_content *entries, size_t n, struct pt_buf *out);

/* An ASiCManifest, checked against the documents it names. */
struct pt_asice_manifest {
    size_t signature;                  /* index of the CMS among the entries */
    bool covers[PT_ASICE_ENTRIES_MAX]; /* by index of entry */
};
/** @return PT_REASON_NONE, CONTAINER, DIGEST, DOCTYPE... */
enum pt_reason pt_asice_manifest_read(const struct pt_asice_zip *zip, size_t index,
                                      struct pt_asice_manifest *ret);

#endif /* PKI_ASICE_INT_H */
