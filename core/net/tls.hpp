/// TLS server contexts: profiles, and certificates that can be replaced while running.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace trellis::net {

using Digest384 = std::array<std::uint8_t, 48>;

enum class TlsProfile : std::uint8_t {
    /// TLS 1.2 with the six forward-secret AEAD suites, and TLS 1.3.
    Modern = 1,
    /// Also TLS 1.0 and 1.1 with CBC and non-ephemeral RSA suites: only for Intel AMT's own port.
    Legacy,
};

/// Certificate chain (leaf first) and its private key, both PEM.
struct CertificatePair {
    std::string chainPem;
    std::string keyPem;
};

/// One immutable generation of a context; a connection holds the one it was accepted under.
struct TlsState {
    ssl_ctx_st* context = nullptr;
    Digest384 certificateHash{};   ///< SHA-384 over the DER of the leaf; what agents bind to
    Digest384 keyHash{};           ///< SHA-384 over the DER of the leaf's SubjectPublicKeyInfo
    std::vector<std::string> alpn; ///< what the context's selection callback refers to
    TlsState() = default;
    ~TlsState();
    TlsState(const TlsState&) = delete;
    TlsState& operator=(const TlsState&) = delete;
};

/// Any thread.
class TlsContext {
public:
    /// Throws sdk::Error{InvalidArgument} saying what is wrong with the certificate or the key.
    /// `alpn`: what is agreed to if the client offers it, in order of preference; may be empty.
    static std::shared_ptr<TlsContext> create(TlsProfile profile, const CertificatePair& pair,
                                              std::vector<std::string> alpn = {"http/1.1"});

    /// New connections get the new certificate, running ones keep theirs. Session tickets issued
    /// before are no longer resumed. The same pair again changes nothing. Throws as create() and
    /// leaves the old certificate in place.
    void replace(const CertificatePair& pair);
    std::shared_ptr<const TlsState> current() const;

private:
    TlsContext(TlsProfile profile, std::vector<std::string> alpn);
    TlsProfile profile_;
    std::vector<std::string> alpn_;
    mutable std::mutex mutex_; // guards state_ and pair_
    std::shared_ptr<const TlsState> state_;
    CertificatePair pair_;
};

} // namespace trellis::net
