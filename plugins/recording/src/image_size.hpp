/// Width and height of a picture, from its first bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace recording {

struct ImageSize {
    unsigned width = 0, height = 0;
};
/// JPEG (ITU-T T.81, B.2.2), PNG (RFC 2083 section 4.1.1) and WebP (RFC 9649, section 2); nothing for anything
/// else.
std::optional<ImageSize> imageSize(std::span<const std::byte> bytes) noexcept;

}  // namespace recording
