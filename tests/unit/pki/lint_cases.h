/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * lint_cases.h -- the corpus of RGS-10: certificates made when the test runs, each with exactly
 * the rules it breaks (and those it gets a warning for), in the order of the table.
 */
#ifndef TESTS_UNIT_PKI_LINT_CASES_H
#define TESTS_UNIT_PKI_LINT_CASES_H

#include "tests/unit/pki/forge_profile.h"

struct lint_case {
    enum pt_lint_profile profile;
    enum pt_lint_level level;
    const char *edits[FORGE_EDITS];
    const char *fails; /* rule ids, a space between */
    const char *warns;
};

#define CA_    PT_LINT_CACHET
#define SRV    PT_LINT_AUTH_SERVEUR
#define CLI    PT_LINT_AUTH_CLIENT
#define TSU_   PT_LINT_TSU
#define OCS    PT_LINT_OCSP
#define L0     PT_LINT_LEVEL_NONE
#define L1     PT_LINT_LEVEL_1
#define L2     PT_LINT_LEVEL_2
#define L3     PT_LINT_LEVEL_3
#define QC_OID "1.3.6.1.5.5.7.1.3"
/* SEQUENCE { SEQUENCE { QcCompliance }, SEQUENCE { QcType, SEQUENCE { the type } } } */
#define QC(type)                                                                                   \
    "ext:" QC_OID "=DER:30:1f:30:08:06:06:04:00:8e:46:01:01:30:13:06:06:04:00:8e:46:01:06:30:09:"  \
    "06:07:04:00:8e:46:01:06:" type

static const struct lint_case lint_cases[] = {
    /* Good ones. */
    {CA_, L0, {NULL}, "", ""},
    {SRV, L1, {NULL}, "", ""},
    {CLI, L1, {NULL}, "", ""},
    {TSU_, L2, {NULL}, "", ""},
    {OCS, L3, {NULL}, "", ""},
    {CA_, L3, {"key=rsa:3072", "ca=rsa:3072"}, "", ""},
    {CA_, L2, {"ca=rsa:3072", "pss"}, "", ""},
    {CA_, L0, {"ext:keyUsage=critical,digitalSignature"}, "", ""},
    {CA_, L0, {"ext:extendedKeyUsage=1.3.6.1.5.5.7.3.36"}, "", ""},
    {CA_, L0, {"ext:extendedKeyUsage=1.3.6.1.4.1.311.10.3.12,emailProtection"}, "", ""},
    {CA_, L0, {QC("02")}, "", ""},
    {SRV, L0, {QC("03")}, "", ""},
    {CLI, L0, {"key=ec:P-384", "digest=SHA384"}, "", ""},
    {CLI, L0, {"key=ec:P-521", "digest=SHA512"}, "", ""},
    {CLI, L0, {"key=ed25519", "ca=ed25519"}, "", ""},
    {CLI, L0, {"key=ec:brainpoolP256r1"}, "", ""},
    {CLI, L0, {"OU=Informatique", "organizationIdentifier=NTRFR-" FORGE_SIREN}, "", ""},
    {CLI, L0, {"organizationIdentifier=NTRFR-" FORGE_SIREN}, "", ""},
    {CLI, L0, {"OU=0002 " FORGE_SIREN, "+OU=Informatique"}, "", ""},
    {SRV, L0, {"-CN", "ext:subjectAltName=critical,DNS:a.example"}, "", ""},
    {SRV, L0, {"ext:keyUsage=critical,digitalSignature,keyEncipherment"}, "", ""},
    {SRV, L1, {"-ext:crlDistributionPoints"}, "", ""},
    {SRV, L1, {"-ext:authorityInfoAccess"}, "", ""},
    {SRV, L0, {"to=20280405000000Z"}, "", ""}, /* 825 days */
    {CA_, L0, {"to=20290101000000Z"}, "", ""}, /* three years, a leap day in them */
    /* Keys and signatures. */
    {SRV, L0, {"key=rsa:1024"}, "key.size", ""},
    {SRV, L0, {"key=rsa:1536"}, "key.size", ""},
    {CA_, L0, {"key=rsa:2048"}, "", ""},
    {CA_,
     L0,
     {"key=rsa:2048", "from=20290101000000Z", "to=20310601000000Z"},
     "validity.now",
     "key.until-end"},
    {SRV, L0, {"key=rsa-e3:3072"}, "key.exponent", ""},
    {SRV, L0, {"key=ec:P-224"}, "key.size", ""},
    {SRV, L0, {"key=ec:secp256k1"}, "key.size", ""},
    {SRV, L0, {"key=ec-explicit:P-256"}, "key.size", ""},
    {CLI, L0, {"key=ed448"}, "key.size", ""},
    {CA_, L0, {"digest=SHA1"}, "signature.digest", ""},
    {CA_, L0, {"digest=SHA224"}, "signature.digest", ""},
    {CA_, L0, {"digest=MD5", "ca=rsa:3072"}, "signature.digest", ""},
    {CA_, L0, {"ca=ed448"}, "signature.digest signature.scheme", ""},
    {CA_, L0, {"der:2a8648ce3d040302=2a8648ce3d040303"}, "signature.agree", ""},
    /* Form. */
    {CLI, L0, {"version=1"}, "version.3", ""},
    {CLI, L0, {"serial=00"}, "serial.form", "serial.entropy"},
    {CLI, L0, {"serial=-4A17B0C6D2E3F4A5968778695A4B3C2D"}, "serial.form", ""},
    {CLI, L0, {"serial=4A17B0C6D2E3F4A5968778695A4B3C2D4A17B0C6D2"}, "serial.form", ""},
    {CLI, L0, {"serial=8A17B0C6D2E3F4A5968778695A4B3C2D4A17B0C6"}, "serial.form", ""},
    {CLI, L0, {"serial=2A"}, "", "serial.entropy"},
    {CLI, L0, {"uid"}, "unique-ids.absent", ""},
    {CLI, L0, {"no-issuer"}, "issuer.named", ""},
    {CLI, L0, {"+ext:1.2.3.4=critical,DER:05:00"}, "extensions.known", ""},
    {CLI, L0, {"+ext:1.2.3.4=DER:05:00"}, "", ""},
    {CLI,
     L0,
     {"+ext:keyUsage=critical,digitalSignature"},
     "ku.critical ku.bits extensions.once",
     ""},
    {CLI, L0, {"+ext:basicConstraints=CA:FALSE"}, "ca.not extensions.once", ""},
    /* Dates. */
    {CLI, L0, {"from=20240101000000Z", "to=20260101000000Z"}, "validity.now", ""},
    {CLI, L0, {"from=20270101000000Z"}, "validity.now", ""},
    {CLI, L0, {"to=20251231000000Z"}, "validity.now validity.life", ""},
    {SRV, L0, {"to=20280406000000Z"}, "validity.life", ""},
    {CLI, L0, {"to=20290101000000Z"}, "validity.life", ""},
    {CLI, L0, {"from=20180201000000Z", "to=20210131000000Z"}, "validity.now", ""},
    {CA_, L0, {"to=20300101000000Z"}, "validity.life", ""},
    {CLI, L0, {"gfrom=20260101000000Z"}, "validity.encoding", ""},
    {CLI,
     L0,
     {"der:3236303130313030303030305a=3236585831303030303030305a"},
     "validity.now validity.life validity.encoding",
     ""},
    /* Names. */
    {CLI, L0, {"-C"}, "subject.country", ""},
    {CLI, L0, {"PRINTABLE:C=fr"}, "subject.country", ""},
    {CLI, L0, {"UTF8:C=FR"}, "subject.country", ""},
    {CLI, L0, {"+PRINTABLE:C=FR"}, "subject.country", ""},
    {CLI, L0, {"-O"}, "subject.organization", ""},
    {CLI, L0, {"T61:O=Commune"}, "subject.encoding", ""},
    {CLI, L0, {"BMP:O=AB"}, "subject.encoding", ""},
    {CLI, L0, {"+IA5:emailAddress=dpo@admiville.example"}, "", ""},
    {CLI, L0, {"-OU"}, "subject.ou-0002", ""},
    {CLI, L0, {"OU=Informatique"}, "subject.ou-0002", ""},
    {CLI, L0, {"OU=0002 216809997"}, "subject.ou-0002 subject.ou-other", ""},
    {CLI, L0, {"OU=0002 2168099960"}, "subject.ou-0002 subject.ou-other", ""},
    {CLI, L0, {"OU=00002 " FORGE_SIREN}, "subject.ou-0002 subject.ou-other", ""},
    {CLI, L0, {"+OU=0009 autre"}, "subject.ou-other", ""},
    {CLI, L0, {"+OU=0002 " FORGE_SIREN}, "subject.ou-0002", ""},
    {CLI, L0, {"organizationIdentifier=VATFR-12216809996"}, "subject.organization-identifier", ""},
    {CLI, L0, {"organizationIdentifier=NTRFR-552100554"}, "subject.siren-agrees", ""},
    {CLI, L0, {"-CN"}, "subject.common-name", ""},
    {CLI, L0, {"+CN=deux"}, "subject.common-name", ""},
    {SRV, L0, {"CN=Poterne"}, "subject.common-name", ""},
    /* Usages. */
    {SRV, L0, {"-ext:keyUsage"}, "ku.critical ku.bits", ""},
    {SRV, L0, {"ext:keyUsage=digitalSignature"}, "ku.critical", ""},
    {SRV, L0, {"ext:keyUsage=critical,digitalSignature,keyAgreement"}, "ku.bits", ""},
    {SRV, L0, {"ext:keyUsage=critical,keyEncipherment"}, "", "ku.bits"},
    {CLI, L0, {"ext:keyUsage=critical,digitalSignature,keyEncipherment"}, "ku.bits", ""},
    {CA_, L0, {"ext:keyUsage=critical,nonRepudiation"}, "ku.bits", ""},
    {CA_, L0, {"ext:keyUsage=critical,digitalSignature,keyCertSign"}, "ku.bits", ""},
    {CA_, L0, {"ext:keyUsage=critical,digitalSignature,decipherOnly"}, "ku.bits", ""},
    {SRV, L0, {"-ext:extendedKeyUsage"}, "eku.present", ""},
    {SRV, L0, {"ext:extendedKeyUsage=critical,serverAuth"}, "eku.critical", ""},
    {SRV, L0, {"ext:extendedKeyUsage=clientAuth"}, "eku.present eku.single", ""},
    {SRV, L0, {"ext:extendedKeyUsage=serverAuth,clientAuth"}, "eku.single", ""},
    {CLI, L0, {"ext:extendedKeyUsage=serverAuth,clientAuth"}, "eku.single", ""},
    {CLI, L0, {"ext:extendedKeyUsage=clientAuth,anyExtendedKeyUsage"}, "eku.single", ""},
    {CA_, L0, {"ext:extendedKeyUsage=serverAuth,clientAuth"}, "eku.single", ""},
    {TSU_, L0, {"ext:extendedKeyUsage=timeStamping"}, "eku.critical", ""},
    {TSU_, L0, {"ext:extendedKeyUsage=critical,timeStamping,serverAuth"}, "eku.single", ""},
    {TSU_, L0, {"-ext:extendedKeyUsage"}, "eku.present", ""},
    {OCS, L0, {"ext:extendedKeyUsage=codeSigning"}, "eku.present eku.single", ""},
    {OCS, L0, {"-ext:noCheck"}, "", "ocsp.nocheck"},
    {CLI, L0, {"ext:basicConstraints=critical,CA:TRUE"}, "ca.not", ""},
    /* Key identifiers, SAN, revocation, policies. */
    {CLI, L0, {"-ext:authorityKeyIdentifier"}, "aki.present aki.matches", ""},
    {CLI, L0, {"ext:authorityKeyIdentifier=DER:30:06:80:04:01:02:03:04"}, "aki.matches", ""},
    {CLI,
     L0,
     {"ext:authorityKeyIdentifier=critical,keyid:always"},
     "extensions.known aki.present",
     ""},
    {CLI, L0, {"ca=ec:P-384"}, "aki.matches", ""},
    {CLI, L0, {"-ext:subjectKeyIdentifier"}, "", "ski.present"},
    {CLI, L0, {"ext:subjectKeyIdentifier=critical,hash"}, "extensions.known ski.present", ""},
    {SRV, L0, {"-ext:subjectAltName"}, "subject.common-name san.dns", ""},
    {SRV, L0, {"-CN", "ext:subjectAltName=IP:192.0.2.1"}, "san.dns", ""},
    {SRV, L0, {"-CN", "ext:subjectAltName=DNS:*.admiville.example"}, "san.names", ""},
    {SRV, L0, {"ext:subjectAltName=critical,DNS:poterne.admiville.example"}, "san.dns", ""},
    {SRV, L0, {"-ext:crlDistributionPoints", "-ext:authorityInfoAccess"}, "", "revocation.source"},
    {SRV, L1, {"-ext:crlDistributionPoints", "-ext:authorityInfoAccess"}, "revocation.source", ""},
    {SRV,
     L1,
     {"-ext:crlDistributionPoints",
      "ext:authorityInfoAccess=caIssuers;URI:http://ac.example/ac.cer"},
     "revocation.source",
     ""},
    {SRV,
     L0,
     {"ext:crlDistributionPoints=critical,URI:http://crl.example/ac.crl"},
     "revocation.source",
     ""},
    {SRV,
     L0,
     {"ext:crlDistributionPoints=URI:ftp://crl.example/ac.crl", "-ext:authorityInfoAccess"},
     "revocation.source",
     ""},
    {CA_, L2, {"-ext:certificatePolicies"}, "policies.present policies.listed", ""},
    {CA_, L2, {"ext:certificatePolicies=1.2.250.1.999.2"}, "policies.listed", ""},
    {CA_, L2, {"ext:certificatePolicies=1.2.250.1.999.2,1.2.250.1.999.1"}, "", ""},
    {CA_, L0, {"-ext:certificatePolicies"}, "", ""},
    /* Qualified statements. */
    {CA_, L0, {QC("01")}, "qc.type", ""},
    {SRV, L0, {QC("02")}, "qc.type", ""},
    {CA_, L0, {"ext:" QC_OID "=DER:30:0a:30:08:06:06:04:00:8e:46:01:01"}, "", "qc.type"},
    {CA_, L0, {"ext:" QC_OID "=DER:04:00"}, "qc.type", ""},
    {CA_,
     L0,
     {"ext:" QC_OID "=critical,DER:30:0a:30:08:06:06:04:00:8e:46:01:01"},
     "extensions.known",
     "qc.type"},
    /* Content that is no such extension. */
    {CLI, L0, {"-ext:keyUsage", "+ext:2.5.29.15=critical,DER:05:00"}, "ku.critical ku.bits", ""},
    {CLI,
     L0,
     {"-ext:extendedKeyUsage", "+ext:2.5.29.37=DER:05:00"},
     "eku.present eku.critical eku.single",
     ""},
};

#endif /* TESTS_UNIT_PKI_LINT_CASES_H */
