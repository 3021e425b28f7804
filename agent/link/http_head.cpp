#include "agent/link/http_head.hpp"

#include <trellis/wire/text.hpp>

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace trellis::device {
namespace {
constexpr std::size_t kMaxHeaders = 100;

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool readStatus(std::string_view line, ResponseHead& head) {
    // "HTTP/1.1 101 Switching Protocols"; the reason may be missing.
    if (line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ') return false;
    const auto read = std::from_chars(line.data() + 9, line.data() + 12, head.status);
    if (read.ptr != line.data() + 12 || head.status < 100) return false;
    if (line.size() > 12) {
        if (line[12] != ' ') return false;
        head.reason = std::string(line.substr(13));
    }
    return true;
}

bool readHeader(std::string_view line, ResponseHead& head) {
    const auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos || head.headers.size() >= kMaxHeaders) {
        return false;
    }
    const auto name = line.substr(0, colon);
    // RFC 9112 section 5.1: no space before the colon; section 5.2: no folding.
    if (name.find_first_of(" \t") != std::string_view::npos) return false;
    auto& value = head.headers[lower(name)];
    if (!value.empty()) value += ", ";
    value += trimmed(line.substr(colon + 1));
    return true;
}
}  // namespace

std::string_view ResponseHead::header(std::string_view lowerName) const {
    const auto found = headers.find(std::string(lowerName));
    return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

std::size_t findHeadEnd(std::string_view bytes) noexcept {
    const auto end = bytes.find("\r\n\r\n");
    return end == std::string_view::npos ? 0 : end + 4;
}

std::optional<ResponseHead> parseResponseHead(std::string_view bytes) {
    ResponseHead head;
    auto end = bytes.find("\r\n");
    if (end == std::string_view::npos || !readStatus(bytes.substr(0, end), head)) return {};
    for (;;) {
        bytes.remove_prefix(end + 2);
        end = bytes.find("\r\n");
        if (end == std::string_view::npos) return {};
        if (end == 0) return head;
        if (!readHeader(bytes.substr(0, end), head)) return {};
    }
}

std::string websocketAccept(std::string_view key) {
    const auto text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> hash{};
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
    return wire::encodeBase64(std::as_bytes(std::span(hash)));
}

}  // namespace trellis::device
