/// Rectangles, pixels and displays. Pixels are 32 bits, blue first (X's ZPixmap on a little-endian machine).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace trellis::device::desktop {

struct Size {
    int w = 0;
    int h = 0;
    bool operator==(const Size&) const = default;
};

struct Rect {
    int x = 0;
    int y = 0;
    int w = 0;
    int h = 0;

    bool operator==(const Rect&) const = default;
    bool isEmpty() const noexcept { return w <= 0 || h <= 0; }
    int right() const noexcept { return x + w; }
    int bottom() const noexcept { return y + h; }
    long area() const noexcept { return isEmpty() ? 0 : static_cast<long>(w) * h; }
};

inline Rect intersect(const Rect& a, const Rect& b) noexcept {
    const int x = std::max(a.x, b.x);
    const int y = std::max(a.y, b.y);
    const Rect both{x, y, std::min(a.right(), b.right()) - x, std::min(a.bottom(), b.bottom()) - y};
    return both.isEmpty() ? Rect{} : both;
}

/// Someone else's pixels; `stride` in bytes.
struct Picture {
    const std::uint8_t* data = nullptr;
    int stride = 0;
    Size size;

    const std::uint8_t* at(int x, int y) const noexcept {
        return data + static_cast<std::ptrdiff_t>(y) * stride + static_cast<std::ptrdiff_t>(x) * 4;
    }
    /// `area` lies inside.
    Picture part(const Rect& area) const noexcept {
        return {at(area.x, area.y), stride, {area.w, area.h}};
    }
};

/// Part of the screen that can be shown alone: a monitor, or everything.
struct Display {
    int id = 0;  ///< 1..n; kAllDisplays for the whole screen
    Rect area;
    bool isPrimary = false;
    bool operator==(const Display&) const = default;
};
inline constexpr int kAllDisplays = 65535;
inline constexpr std::size_t kMaxDisplays = 16;
/// As far as a screen is shown and reached: no browser has a larger canvas.
inline constexpr int kMaxSide = 16'384;
/// Ours: more pixels are not captured (8K by 8K).
inline constexpr long kMaxCaptured = 8192L * 8192;
/// A larger picture is made smaller: our page takes no more (kvm.ts, kMaxPixels).
inline constexpr long kMaxShown = 4L * 3840 * 2160;
/// What of a screen is captured.
inline Size capturedSize(Size screen) noexcept {
    const int w = std::min(screen.w, kMaxSide);
    return {w, std::min({screen.h, kMaxSide, static_cast<int>(kMaxCaptured / std::max(w, 1))})};
}

/// Shape of the pointer, straight alpha.
struct Cursor {
    Size size;
    int hotX = 0;
    int hotY = 0;
    std::vector<std::uint8_t> rgba;
    std::string name;  ///< as in cursor themes, "" if unknown
};

}  // namespace trellis::device::desktop
