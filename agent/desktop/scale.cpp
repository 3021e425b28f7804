#include "agent/desktop/image.hpp"

namespace trellis::device::desktop {
namespace {
/// The mean of the pixels that one pixel of the copy stands for.
void average(const Picture& from, int x0, int x1, int y0, int y1, std::uint8_t* into) {
    unsigned sum[3] = {0, 0, 0};
    for (int y = y0; y < y1; ++y) {
        const auto* pixel = from.at(x0, y);
        for (int x = x0; x < x1; ++x, pixel += 4) {
            for (int i = 0; i < 3; ++i) sum[i] += pixel[i];
        }
    }
    const auto count = static_cast<unsigned>((x1 - x0) * (y1 - y0));
    for (int i = 0; i < 3; ++i) into[i] = static_cast<std::uint8_t>(sum[i] / count);
    into[3] = 0;
}

/// First source pixel for pixel `at` of `to` pixels.
int edge(int at, int to, int from) {
    return static_cast<int>(static_cast<long>(at) * from / to);
}
}  // namespace

void scaleArea(const Picture& from, Size to, const Rect& area, std::uint8_t* into) {
    for (int y = area.y; y < area.bottom(); ++y) {
        const int y0 = edge(y, to.h, from.size.h);
        const int y1 = std::max(y0 + 1, edge(y + 1, to.h, from.size.h));
        auto* out = into + (static_cast<std::ptrdiff_t>(y) * to.w + area.x) * 4;
        for (int x = area.x; x < area.right(); ++x, out += 4) {
            const int x0 = edge(x, to.w, from.size.w);
            const int x1 = std::max(x0 + 1, edge(x + 1, to.w, from.size.w));
            average(from, x0, x1, y0, y1, out);
        }
    }
}

}  // namespace trellis::device::desktop
