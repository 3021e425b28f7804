/// Binary commands after authentication (Protocol section 4.1 to 4.3), as values.
#pragma once

#include <trellis/wire/handshake.hpp>

namespace trellis::wire {

/// Head of the commands 10 to 14, 16 and 20. The request id is echoed in replies; servers use 0, and
/// 1 for update blocks.
struct Header {
    std::uint16_t command = 0;
    std::uint16_t requestId = 0;
};
inline constexpr std::size_t kHeaderSize = 4;
Parsed<Header> parseHeader(ByteView message);
/// Just a head: ask for a hash (11, 12), clear the core (10), CoreOk (16), update start (13), and as a
/// reply "no core" (11) and "block received" (14).
Bytes buildHeader(Command command, std::uint16_t requestId = 0);

/// cmd 11, 12 and 13 with a hash behind the head.
Bytes buildHash(Command command, const Hash& hash, std::uint16_t requestId = 0);
/// The reply to 11 or 12: nullopt inside = the four-byte form ("none").
struct HashReply {
    std::uint16_t requestId = 0;
    std::optional<Hash> hash;
};
Parsed<HashReply> parseHashReply(Command expected, ByteView message);

/// The bytes that are hashed, stored and run: four zero bytes and the script's UTF-8 text.
Bytes coreOf(std::string_view script);
/// cmd 10 with `core` = coreOf(script) and its hash.
Bytes buildCoreModule(ByteView core, std::uint16_t requestId = 0);
/// cmd 10 or 20 as an agent sees it. `hash` empty: clear the core.
struct CoreModule {
    std::uint16_t requestId = 0;
    std::optional<Hash> hash;
    ByteView core;            ///< for cmd 20 raw DEFLATE (RFC 1951), points into the message
    bool compressed = false;  ///< cmd 20
};
Parsed<CoreModule> parseCoreModule(ByteView message);

/// cmd 13 as an agent sees it: without hash the start, with hash the end of the transfer.
Parsed<HashReply> parseAgentUpdate(ByteView message);
/// cmd 14 with data, to the agent. `data` at most kMaxUpdateBlock.
Bytes buildUpdateBlock(ByteView data, std::uint16_t requestId = 1);
struct UpdateBlock {
    std::uint16_t requestId = 0;
    ByteView data;  ///< empty in an acknowledgement
};
Parsed<UpdateBlock> parseUpdateBlock(ByteView message);

/// cmd 15, no request id: text without its trailing NULs.
Parsed<std::string_view> parseAgentTag(ByteView message);
Bytes buildAgentTag(std::string_view tag);

}  // namespace trellis::wire
