/// Which parts of a picture wait to be sent, on the grid of 32 pixels (protocol 7.2).
#pragma once

#include "agent/desktop/geometry.hpp"

namespace trellis::device::desktop {

inline constexpr int kTile = 32;
/// For TileMap::rects(): as large as they come.
inline constexpr int kAnySize = 1 << 16;

class TileMap {
public:
    TileMap() = default;
    /// All clear.
    explicit TileMap(Size size);

    Size size() const noexcept { return size_; }
    int columns() const noexcept { return columns_; }
    int rows() const noexcept { return rows_; }
    bool isEmpty() const noexcept { return count_ == 0; }
    /// Tiles that are set.
    int count() const noexcept { return count_; }

    bool test(int column, int row) const noexcept { return bits_[index(column, row)] != 0; }
    void set(int column, int row) noexcept;
    void clear(int column, int row) noexcept;
    /// What `area` touches; parts outside the picture count for nothing.
    void set(const Rect& area) noexcept;
    void clear(const Rect& area) noexcept;
    void setAll() noexcept;
    void clearAll() noexcept;
    /// Adds what is set in `other`, which has the same size.
    void add(const TileMap& other) noexcept;
    bool touches(const Rect& area) const noexcept;

    /// Pixels of a tile, cut off at the right and lower edge.
    Rect areaOf(int column, int row) const noexcept;
    /// What is set, as rectangles that don't overlap: neighbours in a row are merged, and equal spans of
    /// following rows, up to `maxRows` tiles in height and `maxColumns` in width. At most `limit` of them.
    std::vector<Rect> rects(int maxColumns, int maxRows, std::size_t limit = SIZE_MAX) const;

private:
    std::size_t index(int column, int row) const noexcept {
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
               static_cast<std::size_t>(column);
    }
    template <class Change> void each(const Rect& area, Change change) noexcept;

    Size size_;
    int columns_ = 0;
    int rows_ = 0;
    int count_ = 0;
    std::vector<std::uint8_t> bits_;
};

/// Tells which tiles really differ from what was seen last: servers report more than what changes.
class TileHashes {
public:
    TileHashes() = default;
    explicit TileHashes(Size size);
    /// Looks at the tiles that `area` touches and calls `changed` with each that differs.
    template <class Changed> void compare(const Picture& picture, const Rect& area, Changed changed);

private:
    bool update(const Picture& picture, int column, int row) noexcept;
    TileMap grid_;
    std::vector<std::uint64_t> hashes_;
};

template <class Changed>
void TileHashes::compare(const Picture& picture, const Rect& area, Changed changed) {
    const auto inside = intersect(area, {0, 0, grid_.size().w, grid_.size().h});
    if (inside.isEmpty()) return;
    for (int row = inside.y / kTile; row <= (inside.bottom() - 1) / kTile; ++row) {
        for (int column = inside.x / kTile; column <= (inside.right() - 1) / kTile; ++column) {
            if (update(picture, column, row)) changed(grid_.areaOf(column, row));
        }
    }
}

}  // namespace trellis::device::desktop
