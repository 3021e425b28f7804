/// Keys and self-signed certificates for the tests of the handshake.
#pragma once

#include <trellis/wire/certificate.hpp>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace trellis::wire::test {

inline KeyPtr rsaKey(unsigned bits = 2048) { return KeyPtr(EVP_RSA_gen(bits)); }
inline KeyPtr ecKey() { return KeyPtr(EVP_EC_gen("P-256")); }

/// One RSA key for the whole program; making them is slow.
inline EVP_PKEY* sharedKey(int which = 0) {
    static const KeyPtr keys[] = {rsaKey(), rsaKey(), rsaKey()};
    return keys[which].get();
}

inline CertificatePtr selfSigned(EVP_PKEY* key, const char* name = "MeshNodeCertificate") {
    CertificatePtr out(X509_new());
    X509_set_version(out.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), 3600);
    X509_set_pubkey(out.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(out.get(), X509_get_subject_name(out.get()));
    X509_sign(out.get(), key, EVP_sha384());
    return out;
}

}  // namespace trellis::wire::test
