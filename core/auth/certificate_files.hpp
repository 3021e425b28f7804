/// Keys and certificates as PEM files (RFC 7468).
#pragma once

#include "core/auth/certificate_maker.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace trellis::auth {

/// One pair in a folder: `<name>-cert-public.crt`, `<name>-cert-private.key`, and for chains
/// `<name>-cert-chain1.crt`, ... (agent-protocol.md section 11.1).
class CertificateFiles {
public:
    CertificateFiles(std::filesystem::path folder, std::string name);

    std::filesystem::path certificatePath() const;
    std::filesystem::path keyPath() const;
    bool hasCertificate() const;
    bool hasKey() const;

    struct Loaded {
        wire::KeyPtr key;
        wire::CertificatePtr certificate; ///< the leaf
        std::string chainPem;             ///< leaf first, then what else the files hold
        std::string keyPem;
    };
    /// Throws sdk::Error{Unavailable} naming the file: unreadable, above 64 KiB, no PEM, no key, a key
    /// with a passphrase, or a key that isn't the certificate's.
    Loaded load() const;

    /// Replaces both, mode 0600. On a full disk the old pair stays. Throws sdk::Error{Unavailable} naming
    /// the file.
    void store(const KeyAndCertificate& pair) const;
    /// Ends a store() that a power cut interrupted: the new pair if its key is in place, else the old.
    void recover() const;

private:
    std::filesystem::path nextOf(const std::filesystem::path& path) const;
    std::filesystem::path folder_;
    std::string name_;
};

} // namespace trellis::auth
