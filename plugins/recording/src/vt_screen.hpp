/// The screen of a terminal: cells, lines that have left it, and the operations of ECMA-48 on them.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace recording::vt {

/// Until the viewer has told them.
inline constexpr int kColumns = 80, kRows = 25;

/// Colours are 0 (default), kBasic | 0..15, kPalette | 0..255, or kRgb | 0xRRGGBB. Bold makes basic
/// ones bright.
inline constexpr std::uint32_t kBasic = 1U << 24, kPalette = 2U << 24, kRgb = 3U << 24;

namespace style {
inline constexpr std::uint16_t kBold = 1, kDim = 2, kItalic = 4, kBlink = 8, kInverse = 16,
                               kInvisible = 32, kStrike = 64, kOverline = 128;
} // namespace style

struct Look {
    std::uint32_t foreground = 0, background = 0, lineColour = 0;
    std::uint16_t styles = 0;
    std::uint8_t underline = 0; ///< 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed
    bool operator==(const Look&) const = default;
    /// What erased cells have of it.
    Look erased() const noexcept { return {0, background, 0, 0, 0}; }
};

struct Cell {
    char32_t glyph =
        0; ///< 0: nothing was written; kCluster and more: a character with others that join it
    std::uint8_t width = 1; ///< 0: the second half of a wide one
    Look look;
};

struct Line {
    std::vector<Cell> cells;
    bool isWrapped = false; ///< goes on from the line above
};

struct Cursor {
    int x = 0, y = 0; ///< x is the number of columns behind a character in the last one
};

/// One of the two buffers.
struct Buffer {
    std::deque<Line> history; ///< above the screen
    std::vector<Line> lines;
    Cursor cursor;
    int top = 0, bottom = 0; ///< of what scrolls
    std::vector<bool> tabs;
    int savedX = 0, savedY = 0; ///< savedY counts from the first line of the history
    Look savedLook;
};

class Screen {
public:
    static constexpr std::size_t kHistory = 1000; ///< lines
    static constexpr char32_t kCluster = 0x110000;
    static constexpr std::size_t kMaxClusters = 20'000;
    static constexpr int kMaxColumns = 1000, kMaxRows = 500;

    Screen(int columns, int rows);

    int columns() const noexcept { return columns_; }
    int rows() const noexcept { return rows_; }
    bool isAlternate() const noexcept { return isAlternate_; }
    Buffer& buffer() noexcept { return buffers_[isAlternate_ ? 1 : 0]; }
    const Buffer& buffer() const noexcept { return buffers_[isAlternate_ ? 1 : 0]; }
    const Buffer& normal() const noexcept { return buffers_[0]; }
    std::u32string textOf(const Cell& cell) const;

    Look look;
    bool wraps = true, inserts = false, isOrigin = false;

    void reset();
    /// Sizes as xterm.js has them after the same; lines that were wrapped are wrapped anew.
    void resize(int columns, int rows);
    void put(char32_t code, int width);
    /// Adds to the character before the cursor.
    void join(char32_t code);

    void moveTo(int x, int y);
    void moveBy(int x, int y);
    /// `room`: columns behind the last in which it may stand.
    void restrict(int room = 0);
    void up(int count);
    void down(int count);
    void lineFeed();
    void index();
    void reverseIndex();
    void tab();
    void backTab();
    void clearTabs();

    void eraseInLine(int from, int until, bool unwraps);
    void eraseRow(int row);
    void eraseCells(int count);
    void insertCells(int count);
    void deleteCells(int count);
    void insertLines(int count);
    void deleteLines(int count);
    void scrollUp(int count);
    void scrollDown(int count);
    void fillWith(char32_t code);
    void save();
    void restore();
    void useAlternate();
    void useNormal();

private:
    Line blank() const;
    Line& line() noexcept { return buffer().lines[static_cast<std::size_t>(buffer().cursor.y)]; }
    void scroll(bool isWrapped);
    void moveLines(int from, int until, int by);
    void keep(Buffer& in, Line line);
    void shape(Buffer& of);
    void resizeBuffer(Buffer& of, int columns, int rows);
    void rewrap(Buffer& of, int columns, int rows);
    static std::vector<Cell> joined(std::span<const Line> lines);
    static void cut(const std::vector<Cell>& text, int columns, std::vector<Line>& into);
    static void widen(Line& line, int columns) {
        line.cells.resize(static_cast<std::size_t>(columns));
    }

    int columns_, rows_;
    bool isAlternate_ = false;
    std::array<Buffer, 2> buffers_;
    std::vector<std::u32string> clusters_;
};

} // namespace recording::vt
