/// Issues the server's certificates as agent-protocol.md section 11.1 describes them. Any thread.
#pragma once

#include <trellis/wire/certificate.hpp>

#include <string>

namespace trellis::auth {

struct KeyAndCertificate {
    wire::KeyPtr key;
    wire::CertificatePtr certificate;
};

/// A new RSA key, e = 65537. 0.1 to 2 s. Throws std::runtime_error if OpenSSL can't.
wire::KeyPtr makeRsaKey(unsigned bits);

/// Self-signed, "TrellisRoot-<6 hex>".
KeyAndCertificate makeRoot(wire::KeyPtr key);
/// TLS server certificate for `serverName` (host name or IP address).
KeyAndCertificate makeWeb(wire::KeyPtr key, const KeyAndCertificate& root,
                          const std::string& serverName);
/// The server's identity towards agents, "TrellisAgentServer-<6 hex>".
KeyAndCertificate makeAgentServer(wire::KeyPtr key, const KeyAndCertificate& root);
/// For Intel AMT's remote access.
KeyAndCertificate makeMps(wire::KeyPtr key, const KeyAndCertificate& root,
                          const std::string& serverName);

/// The common name of the subject, "" if there is none.
std::string commonName(const x509_st* certificate);
/// True if `certificate` carries a valid signature of `root`'s key.
bool isIssuedBy(const x509_st* certificate, const x509_st* root);
/// True if the certificate is good for connections to `serverName` (RFC 6125 section 6.4, RFC 5280 for
/// IP addresses).
bool isFor(const x509_st* certificate, const std::string& serverName);

} // namespace trellis::auth
