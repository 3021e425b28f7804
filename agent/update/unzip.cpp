#include "agent/base/inflate.hpp"
#include "agent/update/updater.hpp"

#include <zlib.h>

namespace trellis::device {
namespace {
// PKWARE APPNOTE 6.3.3, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
// Sizes come from the central directory: a streaming writer leaves zeros in the local header.
constexpr std::uint32_t kLocal = 0x04034b50;
constexpr std::uint32_t kCentral = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kCentralSize = 46;
constexpr std::size_t kLocalSize = 30;
constexpr std::size_t kMaxComment = 65535;

std::uint32_t little(std::string_view bytes, std::size_t at, int size) {
    std::uint32_t value = 0;
    for (int i = size - 1; i >= 0; --i) {
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
    }
    return value;
}

std::optional<std::size_t> findEnd(std::string_view zip) {
    if (zip.size() < kEndSize) return {};
    const auto last = zip.size() - kEndSize;
    const auto first = last > kMaxComment ? last - kMaxComment : 0;
    for (auto at = last + 1; at-- > first;) {
        if (little(zip, at, 4) == kEnd) return at;
    }
    return {};
}

struct Entry {
    std::uint32_t method;
    std::uint32_t crc;
    std::size_t packedSize;
    std::size_t size;
    std::size_t local;
};

std::optional<Entry> readEntry(std::string_view zip) {
    const auto end = findEnd(zip);
    if (!end || little(zip, *end + 10, 2) != 1) return {};
    const std::size_t at = little(zip, *end + 16, 4);
    if (at + kCentralSize > zip.size() || little(zip, at, 4) != kCentral) return {};
    if ((little(zip, at + 8, 2) & 1U) != 0) return {};  // encrypted
    return Entry{little(zip, at + 10, 2), little(zip, at + 16, 4), little(zip, at + 20, 4),
                 little(zip, at + 24, 4), little(zip, at + 42, 4)};
}
}  // namespace

std::optional<std::string> unzipSingle(std::string_view zip, std::size_t limit) {
    const auto entry = readEntry(zip);
    if (!entry || entry->size > limit || entry->local + kLocalSize > zip.size() ||
        little(zip, entry->local, 4) != kLocal) {
        return {};
    }
    const auto data = entry->local + kLocalSize + little(zip, entry->local + 26, 2) +
                      little(zip, entry->local + 28, 2);
    if (data > zip.size() || entry->packedSize > zip.size() - data) return {};
    const auto packed = zip.substr(data, entry->packedSize);
    std::optional<std::string> out;
    if (entry->method == 0) out = std::string(packed);
    if (entry->method == 8) out = inflateRaw(packed, limit);
    if (!out || out->size() != entry->size) return {};
    const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(out->data()),
                             static_cast<uInt>(out->size()));
    if (crc != entry->crc) return {};
    return out;
}

}  // namespace trellis::device
