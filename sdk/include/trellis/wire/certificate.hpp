/// Certificates and signatures of the handshake.
#pragma once

#include <trellis/wire/protocol.hpp>

#include <memory>

struct evp_pkey_st;
struct x509_st;

namespace trellis::wire {

struct FreeKey {
    void operator()(evp_pkey_st* key) const noexcept;
};
struct FreeCertificate {
    void operator()(x509_st* certificate) const noexcept;
};
using KeyPtr = std::unique_ptr<evp_pkey_st, FreeKey>;
using CertificatePtr = std::unique_ptr<x509_st, FreeCertificate>;

/// Protocol 2.5: SHA-384 of the PKCS#1 RSAPublicKey DER (RFC 8017 appendix A.1.1) for RSA keys, of the
/// SubjectPublicKeyInfo DER for others. Throws std::runtime_error if the key can't be written.
Hash keyHash(evp_pkey_st* key);
/// Key hash of the certificate's key; nullopt if OpenSSL can't read that key.
std::optional<Hash> keyHash(const x509_st* certificate);
/// SHA-384 of the certificate's DER.
Hash fullHash(const x509_st* certificate);
Bytes derOf(const x509_st* certificate);

/// An agent's certificate: any self-signed RSA certificate is an identity (Protocol 3.5), so only its
/// key counts. Refused: trailing bytes, above kMaxCertificate, keys that are no RSA, below 2048 or
/// above 4096 bits, or with a public exponent above 32 bits (they cost the server too much).
CertificatePtr parseAgentCertificate(ByteView der);
/// Any one certificate from its DER; null if it is none or bytes follow it.
CertificatePtr parseCertificate(ByteView der);

/// Protocol 3.4. The server signs hash, agent nonce, server nonce with the agent-server key; the agent
/// signs hash, server nonce, agent nonce with its own. RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2) with
/// SHA-384. Takes 1 to 3 ms: not on an I/O loop. Throws std::runtime_error if the key can't sign.
Bytes signHandshake(evp_pkey_st* key, const Hash& hash, const Nonce& first, const Nonce& second);
/// `signature`: raw RSA, or when its length isn't the key's a PKCS#7 SignedData whose only signer's
/// signature is checked over the same bytes. About 0.1 ms.
bool verifyHandshake(const x509_st* certificate, ByteView signature, const Hash& hash,
                     const Nonce& first, const Nonce& second);

/// RSASSA-PKCS1-v1_5 with SHA-384 over `data`.
Bytes signSha384(evp_pkey_st* key, ByteView data);
bool verifySha384(evp_pkey_st* key, ByteView signature, ByteView data);

}  // namespace trellis::wire
