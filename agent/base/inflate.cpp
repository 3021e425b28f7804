#include "agent/base/inflate.hpp"

#include <zlib.h>

#include <array>

namespace trellis::device {
namespace {
// zlib's windowBits: negative for RFC 1951, positive for RFC 1950.
constexpr int kRawWindow = -15;
constexpr int kZlibWindow = 15;

std::optional<std::string> unpack(std::string_view packed, std::size_t limit, int window) {
    z_stream stream{};
    if (::inflateInit2(&stream, window) != Z_OK) return {};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    std::string out;
    std::array<char, 32768> buffer;  // NOLINT: filled by inflate()
    int state = Z_OK;
    while (state == Z_OK && out.size() <= limit) {
        stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
        stream.avail_out = static_cast<uInt>(buffer.size());
        state = ::inflate(&stream, Z_NO_FLUSH);
        out.append(buffer.data(), buffer.size() - stream.avail_out);
    }
    const bool isWhole = state == Z_STREAM_END && stream.avail_in == 0;
    ::inflateEnd(&stream);
    if (!isWhole || out.size() > limit) return {};
    return out;
}
}  // namespace

std::optional<std::string> inflateRaw(std::string_view packed, std::size_t limit) {
    return unpack(packed, limit, kRawWindow);
}

std::optional<std::string> inflateBytes(std::string_view packed, std::size_t limit) {
    auto out = unpack(packed, limit, kZlibWindow);
    return out ? std::move(out) : unpack(packed, limit, kRawWindow);
}

}  // namespace trellis::device
