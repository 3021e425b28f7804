/// Numbers of the agent protocol, each with the section it comes from.
#pragma once

#include <trellis/wire/hash.hpp>

#include <string_view>

namespace trellis::wire {

/// Protocol 3.1 and 4.1. Commands below 10 belong to the handshake and carry no request id.
enum class Command : std::uint16_t {
    AuthRequest = 1,
    AuthVerify = 2,
    AuthInfo = 3,
    AuthConfirm = 4,
    ServerId = 5,
    CoreModule = 10,
    CoreModuleHash = 11,
    AgentHash = 12,
    AgentUpdate = 13,
    AgentUpdateBlock = 14,
    AgentTag = 15,  ///< has no request id, unlike its neighbours
    CoreOk = 16,
    CompressedCoreModule = 20,
    AgentCommitDate = 30,
    HostInfo = 31,
};
/// Commands from here on are delivered to the agent's script as a Buffer (Protocol 4.1).
inline constexpr std::uint16_t kFirstScriptCommand = 1000;

/// Protocol 4.7, `type` of the message `sessions`: the wire's words, whoever offers such sessions.
inline constexpr std::string_view kSessionKinds[] = {"kvm", "terminal", "files", "help",
                                                     "tcp", "udp",      "msg",   "app"};

/// Protocol 3.3, AuthInfo.capabilities.
namespace capability {
inline constexpr std::uint32_t kDesktop = 0x01;
inline constexpr std::uint32_t kTerminal = 0x02;
inline constexpr std::uint32_t kFiles = 0x04;
inline constexpr std::uint32_t kConsole = 0x08;
inline constexpr std::uint32_t kJavaScript = 0x10;
inline constexpr std::uint32_t kTemporary = 0x20;
inline constexpr std::uint32_t kRecovery = 0x40;
inline constexpr std::uint32_t kCompression = 0x100;
}  // namespace capability

/// Protocol 4.4, the architectures that this product builds or names.
namespace arch {
inline constexpr std::uint32_t kLinuxX64 = 6;
inline constexpr std::uint32_t kLinuxArm64 = 32;
}  // namespace arch

/// The commit date (cmd 30) of our own agent begins so, "trellis-agent 0.1.0"; MeshCentral's begins with a
/// year. It decides whose executable an agent is offered as its update.
inline constexpr std::string_view kTrellisCommitPrefix = "trellis-agent ";

/// Ours: no legitimate handshake message comes near (certificate 1.1 KiB, signature 384 bytes).
inline constexpr std::size_t kMaxHandshakeMessage = 16 * 1024;
inline constexpr std::size_t kMaxCertificate = 8 * 1024;
/// Raw RSA-4096 has 512 bytes, a PKCS#7 blob about 2 KiB.
inline constexpr std::size_t kMaxSignature = 6 * 1024;
/// RFC 1035 section 2.3.4 allows 255 octets in a name.
inline constexpr std::size_t kMaxHostName = 255;
/// Protocol 3.1: value of agentName, 1..255 characters.
inline constexpr std::size_t kMaxAgentName = 255;
inline constexpr std::size_t kMaxTag = 4096;
inline constexpr std::size_t kMaxCommitDate = 64;
/// Conformance 4: at least 1 MB is recommended.
inline constexpr std::size_t kMaxAgentMessage = 2 * 1024 * 1024;
/// Protocol 4.1: a block's data; Protocol 4.3: range of the block size.
inline constexpr std::size_t kMaxUpdateBlock = 65531;
inline constexpr std::size_t kMinUpdateBlock = 1024;
/// Protocol 4.1: type/flags word in front of the script, always zero and part of the hash.
inline constexpr std::size_t kCorePrefix = 4;
/// Ours: MeshCentral's whole core has 490 kB.
inline constexpr std::size_t kMaxCore = 4 * 1024 * 1024;

/// A message whose first byte is '{' is JSON whatever its WebSocket type (Protocol 4.1).
inline bool isJson(ByteView message) noexcept {
    return !message.empty() && message[0] == std::byte{'{'};
}

}  // namespace trellis::wire
