#include "image_size.hpp"

#include <string_view>

namespace recording {
namespace {

unsigned at(std::span<const std::byte> bytes, std::size_t index) noexcept {
    return std::to_integer<unsigned>(bytes[index]);
}
unsigned u16(std::span<const std::byte> bytes, std::size_t index) noexcept {
    return at(bytes, index) << 8 | at(bytes, index + 1);
}

std::optional<ImageSize> png(std::span<const std::byte> bytes) noexcept {
    if (bytes.size() < 24 || u16(bytes, 16) != 0 || u16(bytes, 20) != 0) return std::nullopt;
    return ImageSize{u16(bytes, 18), u16(bytes, 22)};
}

unsigned little(std::span<const std::byte> bytes, std::size_t index, std::size_t count) noexcept {
    unsigned value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | at(bytes, index + i);
    return value;
}

std::optional<ImageSize> webp(std::span<const std::byte> bytes) noexcept {
    constexpr unsigned kWithoutScale = 0x3FFF;
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (bytes.size() < 30 || text.substr(8, 4) != "WEBP") return std::nullopt;
    const auto kind = text.substr(12, 4);
    if (kind == "VP8L" && at(bytes, 20) == 0x2F) {
        const auto sides = little(bytes, 21, 4);
        return ImageSize{(sides & kWithoutScale) + 1, (sides >> 14 & kWithoutScale) + 1};
    }
    if (kind == "VP8 " && text.substr(23, 3) == "\x9D\x01\x2A") {
        return ImageSize{little(bytes, 26, 2) & kWithoutScale, little(bytes, 28, 2) & kWithoutScale};
    }
    if (kind == "VP8X") return ImageSize{little(bytes, 24, 3) + 1, little(bytes, 27, 3) + 1};
    return std::nullopt;
}

/// SOF0 to SOF15 but for DHT, JPG and DAC, which lie between them.
bool isFrame(unsigned marker) noexcept {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

std::optional<ImageSize> jpeg(std::span<const std::byte> bytes) noexcept {
    for (std::size_t i = 2; i + 4 <= bytes.size();) {
        if (at(bytes, i) != 0xFF) return std::nullopt;
        const auto marker = at(bytes, i + 1);
        if (marker == 0xFF) {  // fill
            ++i;
            continue;
        }
        const auto size = u16(bytes, i + 2);
        if (size < 2) return std::nullopt;
        if (isFrame(marker)) {
            if (i + 9 > bytes.size()) return std::nullopt;
            return ImageSize{u16(bytes, i + 7), u16(bytes, i + 5)};
        }
        i += 2 + size;
    }
    return std::nullopt;
}

}  // namespace

std::optional<ImageSize> imageSize(std::span<const std::byte> bytes) noexcept {
    if (bytes.size() < 4) return std::nullopt;
    if (u16(bytes, 0) == 0xFFD8) return jpeg(bytes);
    if (u16(bytes, 0) == 0x8950 && u16(bytes, 2) == 0x4E47) return png(bytes);
    if (u16(bytes, 0) == 0x5249 && u16(bytes, 2) == 0x4646) return webp(bytes);  // "RIFF"
    return std::nullopt;
}

}  // namespace recording
