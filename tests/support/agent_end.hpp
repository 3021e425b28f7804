/// An agent's side of the handshake for tests: a key, and what to answer to each message.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <trellis/wire/certificate.hpp>
#include <trellis/wire/handshake.hpp>
#include <vector>

namespace trellis::test {

/// Makes many agents from one RSA-2048 modulus: the node id is the hash of RSAPublicKey (modulus and
/// exponent), so another public exponent is another device. As insecure as it sounds.
class AgentMint {
public:
    AgentMint();
    ~AgentMint();
    AgentMint(const AgentMint&) = delete;
    AgentMint& operator=(const AgentMint&) = delete;

    struct Identity {
        wire::KeyPtr key;
        wire::Bytes certificate; ///< DER, self-signed
        std::string deviceId;    ///< "node//..."
    };
    Identity make(); ///< the next one; about 1 ms
private:
    struct Numbers;
    std::unique_ptr<Numbers> numbers_;
};

/// MeshID and ServerID of a settings file as `trellisctl group settings` prints it.
struct AgentSettings {
    wire::Hash groupId{};
    wire::Hash serverId{};
};
AgentSettings readSettings(const std::string& text);

/// One connection's handshake (agent-protocol section 3).
class AgentHandshake {
public:
    /// `certificateDer`: the TLS certificate that the server shows. `isPinned`: trust it already.
    /// `identity` has to outlive the object.
    AgentHandshake(const AgentMint::Identity& identity, const AgentSettings& settings,
                   std::string_view certificateDer, std::string name, bool isPinned);

    std::vector<wire::Bytes> start();
    /// Answers to a message of the server. Throws std::runtime_error if the server fails its part.
    std::vector<wire::Bytes> take(wire::ByteView message);
    bool isDone() const { return isAccepted_; }        ///< the server has sent cmd 4
    bool sawServerSignature() const { return isSigned_; } ///< the server has sent cmd 2

private:
    wire::Bytes info() const;

    const AgentMint::Identity& identity_;
    AgentSettings settings_;
    wire::Hash certificateHash_{};
    wire::Nonce nonce_{};
    std::optional<wire::Nonce> serverNonce_;
    std::string name_;
    bool isPinned_ = false;
    bool isSigned_ = false;
    bool isAccepted_ = false;
};

} // namespace trellis::test
