/// The agent's half of the handshake (protocol section 3), free of any I/O: messages in, messages out.
#pragma once

#include "agent/link/identity.hpp"
#include "agent/link/settings.hpp"

#include <trellis/wire/handshake.hpp>

#include <vector>

namespace trellis::device {

/// The TLS server certificate that this connection sees.
struct PeerHashes {
    wire::Hash full{};  ///< of the DER
    wire::Hash key{};   ///< of the key
};

struct HandshakeInput {
    const Identity* identity = nullptr;  ///< outlives the handshake
    wire::Hash serverId{};
    bool isLegacyId = false;
    PeerHashes peer;
    /// Full hash of the certificate behind which this ServerID was last verified.
    std::optional<wire::Hash> pinned;
    wire::Nonce nonce{};  ///< fresh
    wire::AuthInfo info;
    std::string commitDate;
    std::string hostInfo;
    std::string agentName;  ///< "" = none
};

class Handshake {
public:
    explicit Handshake(HandshakeInput input);

    /// What to send first, in order (protocol 3.2). A message beginning with '{' is JSON.
    std::vector<wire::Bytes> start();

    /// Why a message changed nothing; None if it was taken or is of no concern here.
    enum class Refusal : std::uint8_t {
        None = 0,
        Malformed,
        WrongCertificate,  ///< cmd 1 echoes another certificate than the one seen: someone in between
        WrongServer,       ///< cmd 2's key is not the one in ServerID
        BadSignature,
    };
    struct Step {
        std::vector<wire::Bytes> send;
        Refusal refusal = Refusal::None;
        bool isServerProved = false;  ///< by this message: remember peer.full for this ServerID
    };
    /// Any message of the server. Every failure leaves the connection as it was (protocol 3.6).
    Step take(wire::ByteView message);

    /// AuthInfo has been sent, which is done only once the server is known.
    bool isInfoSent() const noexcept { return isInfoSent_; }
    /// Both ends have proved who they are: from here on commands count.
    bool isDone() const noexcept { return isServerKnown_ && isAccepted_; }

private:
    Step takeRequest(wire::ByteView message);
    Step takeVerify(wire::ByteView message);
    void appendInfo(std::vector<wire::Bytes>& to);
    bool isExpectedServer(const x509_st* certificate) const;

    HandshakeInput input_;
    std::optional<wire::Nonce> serverNonce_;
    bool isServerKnown_ = false;
    bool isAccepted_ = false;
    bool isInfoSent_ = false;
};

/// A sentence for the log.
std::string_view describe(Handshake::Refusal refusal) noexcept;

/// `text` as a JSON string with its quotes; control characters escaped, UTF-8 passed on.
std::string jsonString(std::string_view text);

}  // namespace trellis::device
