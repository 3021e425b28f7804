#include "image_size.hpp"

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
    return std::nullopt;
}

}  // namespace recording
