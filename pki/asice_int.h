/* SPDX-License-Identifier: EUPL-1.2 */
/* asice_int.h -- a container taken apart, and its manifests. Private to pki/. */
#ifndef PKI_ASICE_INT_H
#define PKI_ASICE_INT_H

#include "poterne/pki/asice.h"
#include "poterne/pki/xmlsig.h"

#define PT_ASICE_MIMETYPE "application/vnd.etsi.asic-e+zip"

/* An entry as it stands in the container. */
struct pt_asice_packed {
    pt_slice bytes;
    bool deflated; /* otherwise stored */
};

struct pt_asice_zip {
    struct pt_xml_content entries[PT_ASICE_ENTRIES_MAX]; /* in the order of the container */
    size_t n;
    struct pt_asice_packed packed[PT_ASICE_ENTRIES_MAX];
    struct pt_buf names, bytes; /* what the entries look at */
};

/**
 * Unpack, after every bound was checked. Release with pt_asice_zip_done(), in failure too.
 * @return PT_E_SYNTAX, PT_E_LIMIT, PT_E_DENIED (encrypted, a path out of the container, a name
 *         twice, no mimetype where it must be), PT_E_NOMEM
 */
PT_RESULT pt_asice_zip_read(pt_slice container, struct pt_asice_zip *ret);
void pt_asice_zip_done(struct pt_asice_zip *zip);
/**
 * May an entry be called so? UTF-8 without control characters, relative, no empty, "." or ".."
 * segment; a "/" at the end says folder.
 */
bool pt_asice_name_ok(pt_slice name);
/**
 * Is there one reading of these bytes, whichever end a reader begins at? Entries from offset 0 to
 * the directory, the directory to the end record, the end record to the last byte, no comment
 * anywhere, no ZIP64, both headers of an entry alike, sizes behind the data only where the data has
 * an end of its own and says the same (which the caller checks: @packed, by index of entry).
 * @return PT_E_SYNTAX, PT_E_DENIED, PT_E_LIMIT (entries)
 */
PT_RESULT pt_asice_layout(pt_slice container,
                          struct pt_asice_packed packed[static PT_ASICE_ENTRIES_MAX]);
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

/**
 * The OpenDocument list of files (EN 319 162-1 A.1 by OpenDocument 1.2 part 3): nothing but entries
 * of this container and their media types.
 */
bool pt_asice_list_ok(const struct pt_asice_zip *zip, size_t index);

#endif /* PKI_ASICE_INT_H */
