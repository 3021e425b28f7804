#include "agent/desktop/tiles.hpp"

#include <cstring>

namespace trellis::device::desktop {
namespace {
int tilesFor(int pixels) { return (pixels + kTile - 1) / kTile; }

/// Not for adversaries: a collision leaves one tile old until it changes again.
std::uint64_t mix(std::uint64_t hash, std::uint64_t value) noexcept {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL;
    return hash ^ (hash >> 32U);
}

std::uint64_t hashOf(const Picture& part) noexcept {
    std::uint64_t a = 1;
    std::uint64_t b = 2;
    const auto bytes = static_cast<std::size_t>(part.size.w) * 4;
    for (int y = 0; y < part.size.h; ++y) {
        const auto* row = part.at(0, y);
        std::size_t i = 0;
        for (; i + 16 <= bytes; i += 16) {
            std::uint64_t left = 0;
            std::uint64_t right = 0;
            std::memcpy(&left, row + i, 8);
            std::memcpy(&right, row + i + 8, 8);
            a = mix(a, left);
            b = mix(b, right);
        }
        for (; i < bytes; ++i) a = mix(a, row[i]);
    }
    return mix(a, b);
}
}  // namespace

TileMap::TileMap(Size size)
    : size_(size), columns_(tilesFor(size.w)), rows_(tilesFor(size.h)),
      bits_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_)) {}

void TileMap::set(int column, int row) noexcept {
    auto& bit = bits_[index(column, row)];
    count_ += bit == 0 ? 1 : 0;
    bit = 1;
}

void TileMap::clear(int column, int row) noexcept {
    auto& bit = bits_[index(column, row)];
    count_ -= bit;
    bit = 0;
}

template <class Change> void TileMap::each(const Rect& area, Change change) noexcept {
    const auto inside = intersect(area, {0, 0, size_.w, size_.h});
    if (inside.isEmpty()) return;
    for (int row = inside.y / kTile; row <= (inside.bottom() - 1) / kTile; ++row) {
        for (int column = inside.x / kTile; column <= (inside.right() - 1) / kTile; ++column) {
            change(column, row);
        }
    }
}

void TileMap::set(const Rect& area) noexcept {
    each(area, [this](int column, int row) { set(column, row); });
}
void TileMap::clear(const Rect& area) noexcept {
    each(area, [this](int column, int row) { clear(column, row); });
}
void TileMap::setAll() noexcept { set({0, 0, size_.w, size_.h}); }
void TileMap::clearAll() noexcept {
    std::fill(bits_.begin(), bits_.end(), std::uint8_t{0});
    count_ = 0;
}

void TileMap::add(const TileMap& other) noexcept {
    if (other.bits_.size() != bits_.size()) return;
    for (std::size_t i = 0; i < bits_.size(); ++i) {
        count_ += bits_[i] == 0 && other.bits_[i] != 0 ? 1 : 0;
        bits_[i] |= other.bits_[i];
    }
}

bool TileMap::touches(const Rect& area) const noexcept {
    bool found = false;
    const_cast<TileMap*>(this)->each(area, [&](int column, int row) { found |= test(column, row); });
    return found;
}

Rect TileMap::areaOf(int column, int row) const noexcept {
    const int x = column * kTile;
    const int y = row * kTile;
    return {x, y, std::min(kTile, size_.w - x), std::min(kTile, size_.h - y)};
}

std::vector<Rect> TileMap::rects(int maxColumns, int maxRows, std::size_t limit) const {
    std::vector<Rect> found;
    std::vector<std::size_t> above;  // of the row before: indexes into `found`
    for (int row = 0; row < rows_; ++row) {
        std::vector<std::size_t> here;
        for (int column = 0; column < columns_; ++column) {
            if (!test(column, row)) continue;
            const int first = column;
            while (column + 1 < columns_ && column + 1 - first < maxColumns && test(column + 1, row)) {
                ++column;
            }
            const auto right = areaOf(column, row);
            const Rect span{first * kTile, right.y, right.right() - first * kTile, right.h};
            std::size_t merged = SIZE_MAX;
            for (const auto each : above) {
                auto& rect = found[each];
                if (rect.x != span.x || rect.w != span.w || rect.h >= maxRows * kTile) continue;
                rect.h += span.h;
                merged = each;
                break;
            }
            if (merged == SIZE_MAX) {
                if (found.size() >= limit) return found;
                merged = found.size();
                found.push_back(span);
            }
            here.push_back(merged);
        }
        above = std::move(here);
    }
    return found;
}

TileHashes::TileHashes(Size size)
    : grid_(size),
      hashes_(static_cast<std::size_t>(grid_.columns()) * static_cast<std::size_t>(grid_.rows())) {}

bool TileHashes::update(const Picture& picture, int column, int row) noexcept {
    const auto hash = hashOf(picture.part(grid_.areaOf(column, row)));
    auto& last = hashes_[static_cast<std::size_t>(row) * static_cast<std::size_t>(grid_.columns()) +
                         static_cast<std::size_t>(column)];
    if (last == hash) return false;
    last = hash;
    return true;
}

}  // namespace trellis::device::desktop
