#include "agent/desktop/codec.hpp"

namespace trellis::device::desktop {
namespace {
// BT.709 with limited range (ITU-T H.273 section 8.3), in 1/65536. Luma of white is 235.
constexpr int kShift = 16;
constexpr int kHalf = 1 << (kShift - 1);

/// A row of luma; plain enough for the compiler to use vectors.
void lumaRow(const std::uint8_t* from, int width, std::uint8_t* to) {
    for (int x = 0; x < width; ++x) {
        const int b = from[4 * x];
        const int g = from[4 * x + 1];
        const int r = from[4 * x + 2];
        to[x] = static_cast<std::uint8_t>((11966 * r + 40254 * g + 4064 * b + (16 << kShift) + kHalf) >>
                                          kShift);
    }
}

/// A row of both colour planes from two rows of pixels.
void colourRow(const std::uint8_t* above, const std::uint8_t* below, int pairs, std::uint8_t* u,
               std::uint8_t* v) {
    for (int x = 0; x < pairs; ++x) {
        const auto* a = above + 8 * x;
        const auto* c = below + 8 * x;
        const int b = (a[0] + a[4] + c[0] + c[4] + 2) >> 2;
        const int g = (a[1] + a[5] + c[1] + c[5] + 2) >> 2;
        const int r = (a[2] + a[6] + c[2] + c[6] + 2) >> 2;
        u[x] = static_cast<std::uint8_t>((-6596 * r - 22189 * g + 28785 * b + (128 << kShift) + kHalf) >>
                                         kShift);
        v[x] = static_cast<std::uint8_t>((28785 * r - 26145 * g - 2640 * b + (128 << kShift) + kHalf) >>
                                         kShift);
    }
}

/// Every second pixel of every second row, as the mean of the four there.
void halfRow(const Picture& from, int left, int y, int width, std::uint8_t* to) {
    const auto* above = from.at(2 * left, 2 * y);
    const auto* below = from.at(2 * left, std::min(2 * y + 1, from.size.h - 1));
    const int pairs = std::min(width, from.size.w / 2 - left);
    for (int x = 0; x < pairs; ++x) {
        for (int i = 0; i < 4; ++i) {
            const int at = 8 * x + i;
            to[4 * x + i] = static_cast<std::uint8_t>((above[at] + above[at + 4] + below[at] + below[at + 4] + 2) >> 2);
        }
    }
    if (pairs == width) return;
    for (int i = 8 * pairs; i < 8 * pairs + 4; ++i) {  // an odd side has one more
        to[i - 4 * pairs] = static_cast<std::uint8_t>((above[i] + below[i] + 1) >> 1);
    }
}

int even(int value) { return (value + 1) & ~1; }
std::size_t area(int w, int h) { return static_cast<std::size_t>(w) * static_cast<std::size_t>(h); }
}  // namespace

Planes::Planes(Size size, int shrink)
    : shrink_(shrink), shown_{(size.w + shrink - 1) / shrink, (size.h + shrink - 1) / shrink},
      size_{even(shown_.w), even(shown_.h)}, y_(area(size_.w, size_.h), 16),
      u_(area(size_.w / 2, size_.h / 2), 128), v_(u_) {}

const std::uint8_t* Planes::row(const Picture& picture, int left, int y, int width,
                                std::vector<std::uint8_t>& room) const {
    if (shrink_ == 1) return picture.at(left, y);
    room.resize(static_cast<std::size_t>(width) * 4);
    halfRow(picture, left, y, width, room.data());
    return room.data();
}

void Planes::update(const Picture& picture, const Rect& changed) {
    const auto end = [&](int value) { return even((value + shrink_ - 1) / shrink_); };
    const int left = changed.x / shrink_ & ~1;
    const int right = std::min(end(changed.right()), size_.w);
    const int top = changed.y / shrink_ & ~1;
    const int bottom = std::min(end(changed.bottom()), size_.h);
    // The last column of an odd width is only there once: pairs are coded without it.
    const int width = std::min(right, shown_.w) - left;
    const int pairs = width / 2;
    std::vector<std::uint8_t> rooms[2];
    for (int y = top; y < bottom; y += 2) {
        const int second = std::min(y + 1, shown_.h - 1);
        const auto* above = row(picture, left, y, width, rooms[0]);
        const auto* below = row(picture, left, second, width, rooms[1]);
        auto* luma = y_.data() + area(size_.w, y) + left;
        lumaRow(above, width, luma);
        lumaRow(below, width, luma + size_.w);
        if (left + width < right) {
            luma[width] = luma[width - 1];
            luma[size_.w + width] = luma[size_.w + width - 1];
        }
        const auto colour = area(size_.w / 2, y / 2) + static_cast<std::size_t>(left / 2);
        colourRow(above, below, pairs, u_.data() + colour, v_.data() + colour);
    }
}

std::string chooseCodec(const std::vector<std::string>& wanted) {
    for (const auto& each : wanted) {
        if (makeEncoder(each, {64, 64}, 1'000'000)) return each;
    }
    return {};
}

std::unique_ptr<VideoEncoder> makeEncoder(const std::string& codec, Size size, int bitsPerSecond) {
    if (codec == "h264") return makeH264(size, bitsPerSecond);
    if (codec == "vp9") return makeVp9(size, bitsPerSecond);
    return {};
}

}  // namespace trellis::device::desktop
