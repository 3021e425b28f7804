#include <trellis/wire/channel.hpp>
#include <trellis/wire/text.hpp>

#include <stdexcept>

namespace trellis::wire {
namespace {

Parsed<Header> expect(ByteView message, Command command) {
    const auto header = parseHeader(message);
    if (!header) return header;
    if (header->command != static_cast<std::uint16_t>(command)) return ParseError::WrongCommand;
    return header;
}

}  // namespace

Parsed<Header> parseHeader(ByteView message) {
    if (message.size() < kHeaderSize) return ParseError::Truncated;
    return Header{readU16(message), readU16(message.subspan(2))};
}

Bytes buildHeader(Command command, std::uint16_t requestId) {
    Bytes out;
    appendU16(out, static_cast<std::uint16_t>(command));
    appendU16(out, requestId);
    return out;
}

Bytes buildHash(Command command, const Hash& hash, std::uint16_t requestId) {
    Bytes out = buildHeader(command, requestId);
    append(out, hash);
    return out;
}

Parsed<HashReply> parseHashReply(Command expected, ByteView message) {
    const auto header = expect(message, expected);
    if (!header) return header.error;
    if (message.size() == kHeaderSize) return HashReply{header->requestId, std::nullopt};
    if (message.size() != kHeaderSize + kHashSize) return ParseError::WrongSize;
    return HashReply{header->requestId, hashAt(message.subspan(kHeaderSize))};
}

Bytes coreOf(std::string_view script) {
    Bytes out(kCorePrefix, std::byte{0});
    append(out, script);
    return out;
}

Bytes buildCoreModule(ByteView core, std::uint16_t requestId) {
    if (core.size() > kMaxCore) throw std::length_error("core above its limit");
    Bytes out;
    out.reserve(kHeaderSize + kHashSize + core.size());
    out = buildHash(Command::CoreModule, sha384(core), requestId);
    append(out, core);
    return out;
}

Parsed<CoreModule> parseCoreModule(ByteView message) {
    const auto header = parseHeader(message);
    if (!header) return header.error;
    const bool compressed =
        header->command == static_cast<std::uint16_t>(Command::CompressedCoreModule);
    if (!compressed && header->command != static_cast<std::uint16_t>(Command::CoreModule)) {
        return ParseError::WrongCommand;
    }
    CoreModule out{header->requestId, std::nullopt, {}, compressed};
    if (message.size() == kHeaderSize) return out;
    if (message.size() < kHeaderSize + kHashSize + kCorePrefix) return ParseError::Truncated;
    out.hash = hashAt(message.subspan(kHeaderSize));
    out.core = message.subspan(kHeaderSize + kHashSize);
    if (out.core.size() > kMaxCore) return ParseError::Oversized;
    return out;
}

Parsed<HashReply> parseAgentUpdate(ByteView message) {
    return parseHashReply(Command::AgentUpdate, message);
}

Bytes buildUpdateBlock(ByteView data, std::uint16_t requestId) {
    if (data.size() > kMaxUpdateBlock) throw std::length_error("update block above its limit");
    Bytes out;
    out.reserve(kHeaderSize + data.size());
    appendU16(out, static_cast<std::uint16_t>(Command::AgentUpdateBlock));
    appendU16(out, requestId);
    append(out, data);
    return out;
}

Parsed<UpdateBlock> parseUpdateBlock(ByteView message) {
    const auto header = expect(message, Command::AgentUpdateBlock);
    if (!header) return header.error;
    if (message.size() > kHeaderSize + kMaxUpdateBlock) return ParseError::Oversized;
    return UpdateBlock{header->requestId, message.subspan(kHeaderSize)};
}

Parsed<std::string_view> parseAgentTag(ByteView message) {
    const auto command = commandOf(message);
    if (!command) return ParseError::Truncated;
    if (*command != static_cast<std::uint16_t>(Command::AgentTag)) return ParseError::WrongCommand;
    auto text = textOf(message.subspan(2));
    if (text.size() > kMaxTag) return ParseError::Oversized;
    while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
    if (!isUtf8(text) || text.find('\0') != std::string_view::npos) return ParseError::BadValue;
    return text;
}

Bytes buildAgentTag(std::string_view tag) {
    Bytes out;
    appendU16(out, static_cast<std::uint16_t>(Command::AgentTag));
    append(out, tag);
    return out;
}

}  // namespace trellis::wire
