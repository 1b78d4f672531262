/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * asice.h -- ASiC-E containers (ETSI EN 319 162-1): documents and their seal in one ZIP file.
 *
 * Written: `mimetype` first, stored, without extra field; the documents; META-INF/signatures.xml, a
 * XAdES B-B seal over all of them. Nothing is compressed, so that a reader needs no inflater.
 * Read: the same with XAdES (META-INF/signatures*.xml), or CAdES over a META-INF/ASiCManifest*.xml
 * that names every document by its digest. Bounded before anything is unpacked: entries, sizes,
 * names; no encryption, no second entry of a name, no path that leaves the container, no link.
 * There is one reading of the bytes: entries from the first byte on, then the directory, then the
 * end record, and between and behind them nothing; central directory and local headers agree. Every
 * document must be sealed: one that is not makes the container INVALID(container). Layer 1 (pki):
 * no clock, no file, no socket.
 */
#ifndef POTERNE_PKI_ASICE_H
#define POTERNE_PKI_ASICE_H

#include "poterne/pki/signer.h"
#include "poterne/pki/trust.h"

#define PT_ASICE_MAX         33554432U /* bytes of one container */
#define PT_ASICE_CONTENT_MAX 67108864U /* bytes of all its entries, unpacked */
#define PT_ASICE_ENTRIES_MAX 64U
#define PT_ASICE_NAME_MAX    255U

/**
 * Append a container with @n documents (each a PT_STATEMENT_CONTENT with a name of its own) and the
 * seal of @signer over them.
 * @return the errors of pt_xml_seal_detached(); PT_E_EXISTS two documents of one name
 */
PT_RESULT pt_asice_seal(const struct pt_signer *signer, const struct pt_statement *statements,
                        size_t n, struct pt_buf *out);

/* What is asked about one container. */
struct pt_asice_check {
    pt_slice container;
    const struct pt_trust *trust;
    int64_t now;
};
/**
 * The verdict of the worst signature; its parts are the names of the sealed documents. @verdict is
 * initialised here; release it with pt_verdict_done().
 * @return PT_E_ARG for a broken contract; what is wrong with the bytes is in the verdict
 */
PT_RESULT pt_asice_verify(const struct pt_asice_check *check, struct pt_verdict *verdict);

#endif /* POTERNE_PKI_ASICE_H */
