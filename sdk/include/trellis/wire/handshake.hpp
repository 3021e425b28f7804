/// Messages of the handshake (Protocol section 3), as values. Parsers take whole messages, command
/// included, and refuse what does not fit exactly; nothing is copied on the sender's word.
#pragma once

#include <trellis/wire/protocol.hpp>

namespace trellis::wire {

/// The command of `message`; nullopt if it has less than two bytes.
std::optional<std::uint16_t> commandOf(ByteView message) noexcept;

/// cmd 1, both directions, always 98 bytes.
struct AuthRequest {
    Hash hash;    ///< agent: SHA-384 of the TLS certificate it sees; server: the same, echoed
    Nonce nonce;  ///< fresh for each connection
};
Parsed<AuthRequest> parseAuthRequest(ByteView message);
Bytes buildAuthRequest(const AuthRequest& value);

/// cmd 2, both directions. The views point into the message.
struct AuthVerify {
    ByteView certificate;  ///< DER
    ByteView signature;    ///< raw RSA, or PKCS#7 SignedData from Windows agents
};
Parsed<AuthVerify> parseAuthVerify(ByteView message);
Bytes buildAuthVerify(const AuthVerify& value);

/// cmd 3, agent to server (Protocol 3.3).
struct AuthInfo {
    std::uint32_t infoVersion = 1;
    std::uint32_t agentId = 0;  ///< architecture, Protocol 4.4
    std::uint32_t agentVersion = 0;
    std::uint32_t platformType = 1;  ///< 1..8; others are read as 1
    Hash groupId{};                  ///< MeshID; a legacy id has its 32 bytes in front and zeros
    std::uint32_t capabilities = 0;
    std::string hostName;  ///< UTF-8 without control characters; "" if not sent
};
Parsed<AuthInfo> parseAuthInfo(ByteView message);
Bytes buildAuthInfo(const AuthInfo& value);
/// Protocol 2.5: bytes 32..47 are zero, so the id is a legacy one of 32 bytes.
bool isLegacyGroupId(const Hash& groupId) noexcept;

/// cmd 4. Agent: "I trust this TLS certificate already, skip your cmd 2"; server: "authenticated".
Bytes buildAuthConfirm();
bool isAuthConfirm(ByteView message) noexcept;

/// cmd 5, agent to server: the server identity (key hash) that the agent expects.
Parsed<Hash> parseServerId(ByteView message);
Bytes buildServerId(const Hash& serverId);

/// cmd 30: commit date, ASCII with a closing NUL; the view excludes the NUL.
Parsed<std::string_view> parseCommitDate(ByteView message);
Bytes buildCommitDate(std::string_view date);
/// cmd 31: "<OS name> - <arch>", UTF-8.
Parsed<std::string_view> parseHostInfo(ByteView message);
Bytes buildHostInfo(std::string_view info);

}  // namespace trellis::wire
