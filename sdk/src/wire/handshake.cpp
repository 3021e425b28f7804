#include <trellis/wire/handshake.hpp>
#include <trellis/wire/text.hpp>

#include <algorithm>
#include <stdexcept>

namespace trellis::wire {
namespace {

constexpr std::size_t kCommandSize = 2;
constexpr std::size_t kAuthInfoFixed = 70;  // Protocol 3.3: legal without a host name

ParseError expect(ByteView message, Command command) {
    const auto found = commandOf(message);
    if (!found) return ParseError::Truncated;
    if (*found != static_cast<std::uint16_t>(command)) return ParseError::WrongCommand;
    return message.size() > kMaxHandshakeMessage ? ParseError::Oversized : ParseError::None;
}

Bytes begin(Command command, std::size_t size) {
    Bytes out;
    out.reserve(size);
    appendU16(out, static_cast<std::uint16_t>(command));
    return out;
}

bool hasControlCharacter(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return octet < 0x20 || octet == 0x7F;
    });
}

}  // namespace

std::optional<std::uint16_t> commandOf(ByteView message) noexcept {
    if (message.size() < kCommandSize) return std::nullopt;
    return readU16(message);
}

Parsed<AuthRequest> parseAuthRequest(ByteView message) {
    if (const auto error = expect(message, Command::AuthRequest); error != ParseError::None) {
        return error;
    }
    if (message.size() != kCommandSize + 2 * kHashSize) return ParseError::WrongSize;
    return AuthRequest{hashAt(message.subspan(kCommandSize)),
                       hashAt(message.subspan(kCommandSize + kHashSize))};
}

Bytes buildAuthRequest(const AuthRequest& value) {
    Bytes out = begin(Command::AuthRequest, kCommandSize + 2 * kHashSize);
    append(out, value.hash);
    append(out, value.nonce);
    return out;
}

Parsed<AuthVerify> parseAuthVerify(ByteView message) {
    if (const auto error = expect(message, Command::AuthVerify); error != ParseError::None) {
        return error;
    }
    constexpr std::size_t head = kCommandSize + 2;
    if (message.size() < head) return ParseError::Truncated;
    const std::size_t size = readU16(message.subspan(kCommandSize));
    if (size > kMaxCertificate) return ParseError::Oversized;
    if (size == 0) return ParseError::BadValue;
    // At least one byte of signature has to follow.
    if (message.size() <= head + size) return ParseError::Truncated;
    if (message.size() - head - size > kMaxSignature) return ParseError::Oversized;
    return AuthVerify{message.subspan(head, size), message.subspan(head + size)};
}

Bytes buildAuthVerify(const AuthVerify& value) {
    if (value.certificate.size() > kMaxCertificate || value.signature.size() > kMaxSignature) {
        throw std::length_error("certificate or signature too long for the handshake");
    }
    Bytes out = begin(Command::AuthVerify, 4 + value.certificate.size() + value.signature.size());
    appendU16(out, static_cast<std::uint16_t>(value.certificate.size()));
    append(out, value.certificate);
    append(out, value.signature);
    return out;
}

Parsed<AuthInfo> parseAuthInfo(ByteView message) {
    if (const auto error = expect(message, Command::AuthInfo); error != ParseError::None) {
        return error;
    }
    if (message.size() < kAuthInfoFixed) return ParseError::Truncated;
    AuthInfo out;
    out.infoVersion = readU32(message.subspan(2));
    out.agentId = readU32(message.subspan(6));
    out.agentVersion = readU32(message.subspan(10));
    out.platformType = readU32(message.subspan(14));
    if (out.platformType < 1 || out.platformType > 8) out.platformType = 1;
    out.groupId = hashAt(message.subspan(18));
    out.capabilities = readU32(message.subspan(66));
    if (message.size() == kAuthInfoFixed) return out;
    if (message.size() < kAuthInfoFixed + 2) return ParseError::Truncated;
    const std::size_t size = readU16(message.subspan(kAuthInfoFixed));
    if (size > kMaxHostName) return ParseError::Oversized;
    if (message.size() < kAuthInfoFixed + 2 + size) return ParseError::Truncated;
    const auto name = textOf(message.subspan(kAuthInfoFixed + 2, size));
    if (!isUtf8(name) || hasControlCharacter(name)) return ParseError::BadValue;
    out.hostName = name;
    return out;
}

Bytes buildAuthInfo(const AuthInfo& value) {
    if (value.hostName.size() > kMaxHostName) throw std::length_error("host name too long");
    Bytes out = begin(Command::AuthInfo, kAuthInfoFixed + 2 + value.hostName.size());
    appendU32(out, value.infoVersion);
    appendU32(out, value.agentId);
    appendU32(out, value.agentVersion);
    appendU32(out, value.platformType);
    append(out, value.groupId);
    appendU32(out, value.capabilities);
    appendU16(out, static_cast<std::uint16_t>(value.hostName.size()));
    append(out, value.hostName);
    return out;
}

bool isLegacyGroupId(const Hash& groupId) noexcept {
    return std::all_of(groupId.begin() + 32, groupId.end(),
                       [](std::byte b) { return b == std::byte{0}; });
}

Bytes buildAuthConfirm() { return begin(Command::AuthConfirm, kCommandSize); }

bool isAuthConfirm(ByteView message) noexcept {
    return message.size() == kCommandSize &&
           readU16(message) == static_cast<std::uint16_t>(Command::AuthConfirm);
}

Parsed<Hash> parseServerId(ByteView message) {
    if (const auto error = expect(message, Command::ServerId); error != ParseError::None) {
        return error;
    }
    if (message.size() != kCommandSize + kHashSize) return ParseError::WrongSize;
    return hashAt(message.subspan(kCommandSize));
}

Bytes buildServerId(const Hash& serverId) {
    Bytes out = begin(Command::ServerId, kCommandSize + kHashSize);
    append(out, serverId);
    return out;
}

Parsed<std::string_view> parseCommitDate(ByteView message) {
    if (const auto error = expect(message, Command::AgentCommitDate); error != ParseError::None) {
        return error;
    }
    auto text = textOf(message.subspan(kCommandSize));
    if (!text.empty() && text.back() == '\0') text.remove_suffix(1);
    if (text.size() > kMaxCommitDate) return ParseError::Oversized;
    const bool printable = std::all_of(text.begin(), text.end(),
                                       [](char c) { return c >= 0x20 && c < 0x7F; });
    if (!printable) return ParseError::BadValue;
    return text;
}

Bytes buildCommitDate(std::string_view date) {
    Bytes out = begin(Command::AgentCommitDate, kCommandSize + date.size() + 1);
    append(out, date);
    out.push_back(std::byte{0});
    return out;
}

Parsed<std::string_view> parseHostInfo(ByteView message) {
    if (const auto error = expect(message, Command::HostInfo); error != ParseError::None) {
        return error;
    }
    const auto text = textOf(message.subspan(kCommandSize));
    if (text.size() > kMaxHostName) return ParseError::Oversized;
    if (!isUtf8(text) || hasControlCharacter(text)) return ParseError::BadValue;
    return text;
}

Bytes buildHostInfo(std::string_view info) {
    Bytes out = begin(Command::HostInfo, kCommandSize + info.size());
    append(out, info);
    return out;
}

}  // namespace trellis::wire
