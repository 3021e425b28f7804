/// The server's side of the agent handshake (agent-protocol.md section 3), without sockets: bytes go
/// in, what to do comes out. One object per connection, one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <trellis/wire/certificate.hpp>
#include <trellis/wire/handshake.hpp>

namespace trellis::agent {

/// What the agent has proven and said.
struct AgentIdentity {
    wire::Hash keyHash{}; ///< proven: the device's id
    wire::AuthInfo info;
    std::string agentName;  ///< "" if not sent
    std::string commitDate; ///< "" if not sent
    std::string hostInfo;   ///< "" if not sent
    bool isPinned = false;  ///< it trusted the web certificate already, so we didn't sign
};

/// Sign hash, first, second with the agent-server key; answer with Handshake::signedWith().
struct SignJob {
    wire::Hash hash;
    wire::Nonce first;
    wire::Nonce second;
};

/// What has to be verified, complete in itself, so that it can be done on another thread.
struct VerifyJob {
    wire::Bytes certificate; ///< DER, unchecked
    wire::Bytes signature;
    wire::Hash hash;
    wire::Nonce first;
    wire::Nonce second;

    /// The agent's key hash; nullopt if the certificate or the signature is not good. About 0.2 ms.
    std::optional<wire::Hash> run() const;
};

/// Why a connection got no further. Held: the socket stays open in silence, so that a real agent does
/// not hammer the server (section 3.5). Refused: closed; no real agent sends that.
enum class HandshakeFailure : std::uint8_t {
    None = 0,
    UnknownWebHash,  ///< held: it sees another TLS certificate than ours (a proxy, or an attacker)
    BadSignature,    ///< held
    Malformed,       ///< refused
    TooManyMessages, ///< refused
    NoSignature,     ///< refused: we could not sign
};
std::string_view describe(HandshakeFailure failure) noexcept;
bool isHeld(HandshakeFailure failure) noexcept;

class Handshake {
public:
    /// Beyond these, before authentication, a connection is refused: a real agent sends seven.
    static constexpr std::size_t kMaxMessages = 32;

    struct Settings {
        /// Is this the hash of the certificate that the agent may have seen? (section 3.5, cmd 1)
        std::function<bool(const wire::Hash&)> isOurWebHash;
        const wire::Bytes* serverCertificate = nullptr; ///< agent-server certificate, DER
        wire::Nonce serverNonce{};                      ///< fresh
    };
    explicit Handshake(Settings settings);

    struct Step {
        std::vector<wire::Bytes> send; ///< in this order, one unfragmented binary message each
        std::optional<SignJob> sign;
        std::optional<VerifyJob> verify;
        HandshakeFailure failure = HandshakeFailure::None;
        bool isComplete = false; ///< take identity()
    };
    /// One message of the agent. After a failure or completion everything is ignored.
    Step onMessage(wire::ByteView message);
    /// The result of a SignJob; nullopt if it could not be made.
    Step signedWith(std::optional<wire::Bytes> signature);
    /// The result of a VerifyJob.
    Step verified(std::optional<wire::Hash> keyHash);

    const AgentIdentity& identity() const noexcept { return identity_; }
    /// The server identity that the agent said it expects; nullopt if it didn't.
    const std::optional<wire::Hash>& expectedServer() const noexcept { return expectedServer_; }

private:
    enum class Seen : std::uint8_t { Request = 1, Verify = 2, Info = 4, Confirm = 8 };
    bool isFirst(Seen message);
    Step onJson(wire::ByteView message);
    Step onRequest(wire::ByteView message);
    Step onVerify(wire::ByteView message);
    Step onInfo(wire::ByteView message);
    Step fail(HandshakeFailure failure);
    VerifyJob verifyJob();
    void completeIfReady(Step& step);

    Settings settings_;
    AgentIdentity identity_;
    std::optional<wire::AuthRequest> request_;
    std::optional<wire::Hash> expectedServer_;
    wire::Bytes certificate_; // kept until the nonce is known
    wire::Bytes signature_;
    std::size_t messages_ = 0;
    std::uint8_t seen_ = 0;
    bool hasProof_ = false;
    bool hasInfo_ = false;
    bool isOver_ = false;
};

} // namespace trellis::agent
