/// The server's own certificates (agent-protocol.md section 11): made at the first start, kept as PEM
/// files of mode 0600, the web certificate replaceable while running.
#pragma once

#include "core/net/tls.hpp"

#include <trellis/sdk/log.hpp>
#include <trellis/wire/certificate.hpp>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace trellis::auth {

enum class KeyStrength : std::uint8_t { Rsa3072 = 1, Rsa2048 };

struct CertificateOptions {
    std::filesystem::path folder; ///< DATA/certs; made with mode 0700 if absent
    std::string serverName;       ///< host name or address for the web and MPS certificates
    KeyStrength strength = KeyStrength::Rsa3072;
};

/// Hashes of one web certificate, as agents know them.
struct WebHashes {
    wire::Hash full{}; ///< SHA-384 of the certificate's DER; in hex the wire's `servertlshash`
    wire::Hash key{};  ///< agent-protocol.md section 2.5, "web key hash"
    bool contains(const wire::Hash& hash) const noexcept { return hash == full || hash == key; }
};

/// What people and tools need to recognise the web certificate.
struct WebFacts {
    std::string keyPin;          ///< "sha256//<base64>" as `curl --pinnedpubkey` takes it (RFC 7469 form)
    std::string fingerprint;     ///< SHA-256 of the DER, upper-case hex pairs with colons
    std::int64_t expiresMs = 0;  ///< notAfter, milliseconds since 1970
    bool isOurs = false;         ///< issued by our root, so browsers don't know it
};

/// Any thread. What is handed out stays valid whatever a later reload does.
class ServerCertificates {
public:
    /// Reads the files, makes those that are missing (in parallel, about a second for all), and issues
    /// a new web and MPS certificate if the server's name is no longer the one they were made for.
    /// A web certificate that isn't of our root belongs to the admin and is never replaced.
    /// Throws sdk::Error{Unavailable} naming the file that can't be read, written or used. A lost
    /// agent-server key is such an error and never made anew: every agent trusts it alone.
    static std::shared_ptr<ServerCertificates> open(const CertificateOptions& options,
                                                    sdk::Log& log);

    /// Reads the web certificate again (SIGHUP), with `serverName` as in open(). True if it changed;
    /// then hand web() to TlsContext::replace(). Throws as open() does and changes nothing then.
    bool reload(const std::string& serverName);

    net::CertificatePair web() const; ///< chain, leaf first
    net::CertificatePair mps() const; ///< RSA-2048 always: Intel AMT takes nothing longer
    std::string rootPem() const;
    WebHashes webHashes() const;
    WebFacts webFacts() const;
    /// The certificate that the server's connections show to agents, past generations included, so that
    /// an agent served under the old one during a swap is not refused.
    bool isOurWebHash(const wire::Hash& hash) const;
    /// Lower-case hex of webHashes().full.
    std::string webHashHex() const;

    /// The server's identity towards agents; never changes.
    const wire::Hash& serverId() const noexcept { return serverId_; }
    /// The same in agents' older form (SHA-256 in the first 32 bytes, then zeros).
    const wire::Hash& legacyServerId() const noexcept { return legacyServerId_; }
    const wire::Bytes& agentServerDer() const noexcept { return agentServerDer_; }
    /// Signs with the agent-server key as wire::signHandshake does: worker pool only.
    wire::Bytes signHandshake(const wire::Hash& hash, const wire::Nonce& first,
                              const wire::Nonce& second) const;
    /// The same key over any data (`serverAuth` of the control channel, agent-protocol.md 1.9).
    wire::Bytes signAsServer(wire::ByteView data) const;

private:
    struct Web {
        net::CertificatePair pair;
        WebHashes hashes;
        WebFacts facts;
    };
    ServerCertificates(CertificateOptions options, sdk::Log& log);
    struct Wanted {
        bool identity; ///< root and agent server
        bool web;
        bool mps;
    };
    void openAll();
    void makeFolder();
    void makeMissing();
    void make(const Wanted& wanted);
    Web readWeb() const;
    void renameServer(const std::string& serverName);

    const CertificateOptions options_;
    sdk::Log& log_;
    wire::KeyPtr agentServerKey_;
    wire::Bytes agentServerDer_;
    wire::Hash serverId_{};
    wire::Hash legacyServerId_{};
    std::mutex reloading_;
    mutable std::mutex mutex_; // guards web_, past_, mps_
    std::shared_ptr<const Web> web_;
    std::vector<WebHashes> past_; // at most kMaxPast, newest last
    net::CertificatePair mps_;
    std::string rootPem_;
};

} // namespace trellis::auth
