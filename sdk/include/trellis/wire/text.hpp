/// Text forms of binary values.
#pragma once

#include <trellis/wire/bytes.hpp>

namespace trellis::wire {

/// Protocol "Conventions": RFC 4648 section 4 base64 with '+' written '@' and '/' written '$', padding
/// kept. Identifiers of 48 bytes have 64 characters and no padding.
std::string encodeId64(ByteView bytes);
/// nullopt unless `text` is canonical: right alphabet, right padding, unused bits zero.
std::optional<Bytes> decodeId64(std::string_view text);

/// RFC 4648 section 4 base64.
std::string encodeBase64(ByteView bytes);
std::optional<Bytes> decodeBase64(std::string_view text);

/// `servertlshash` is lower case, `serverinfo.tlshash`, ServerID and MeshID are upper case.
enum class HexCase : std::uint8_t { Lower = 1, Upper };
std::string encodeHex(ByteView bytes, HexCase letters);
/// Either case; nullopt on an odd length or a character that is no hex digit.
std::optional<Bytes> decodeHex(std::string_view text);

/// True if `bytes` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool isUtf8(std::string_view bytes) noexcept;

}  // namespace trellis::wire
