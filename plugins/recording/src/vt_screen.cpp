#include "vt_screen.hpp"

#include <algorithm>

namespace recording::vt {
namespace {

std::size_t at(int number) noexcept {
    return static_cast<std::size_t>(number);
}
constexpr std::size_t kMaxCluster = 16;

} // namespace

Screen::Screen(int columns, int rows)
    : columns_(std::clamp(columns, 1, kMaxColumns)), rows_(std::clamp(rows, 1, kMaxRows)) {
    reset();
}

void Screen::reset() {
    look = {};
    wraps = true;
    inserts = isOrigin = isAlternate_ = false;
    clusters_.clear();
    for (auto& each : buffers_) {
        each = {};
        shape(each);
    }
}

/// A buffer in which nothing has been written; its history stays.
void Screen::shape(Buffer& of) {
    of.lines.assign(at(rows_), blank());
    of.top = 0;
    of.bottom = rows_ - 1;
    of.tabs.assign(at(columns_), false);
    for (int x = 0; x < columns_; x += 8)
        of.tabs[at(x)] = true;
}

void Screen::clearTabs() {
    buffer().tabs.assign(at(columns_), false);
}

Line Screen::blank() const {
    Line out;
    out.cells.assign(at(columns_), Cell{0, 1, look.erased()});
    return out;
}

std::u32string Screen::textOf(const Cell& cell) const {
    if (cell.glyph < kCluster)
        return {cell.glyph};
    return clusters_[cell.glyph - kCluster];
}

// ---- writing
// ---------------------------------------------------------------------------------------------

void Screen::put(char32_t code, int width) {
    auto& cursor = buffer().cursor;
    if (width > columns_)
        return;
    // The second half of a wide character is written over.
    if (cursor.x > 0 && cursor.x - 1 < columns_ && line().cells[at(cursor.x - 1)].width == 2) {
        line().cells[at(cursor.x - 1)] = {0, 1, look};
    }
    if (cursor.x + width - 1 >= columns_) {
        if (wraps) {
            for (int x = cursor.x; x < columns_; ++x)
                line().cells[at(x)] = {0, 1, look};
            cursor.x = 0;
            if (++cursor.y == buffer().bottom + 1) {
                --cursor.y;
                scroll(true);
            } else {
                cursor.y = std::min(cursor.y, rows_ - 1);
                line().isWrapped = true;
            }
        } else {
            cursor.x = columns_ - 1;
            if (width == 2)
                return;
        }
    }
    auto& cells = line().cells;
    if (inserts) {
        const auto begin = cells.begin() + cursor.x;
        std::move_backward(begin, cells.end() - width, cells.end());
        std::fill(begin, begin + width, Cell{0, 1, look.erased()});
        if (cells.back().width == 2)
            cells.back() = {0, 1, look};
    }
    cells[at(cursor.x++)] = {code, static_cast<std::uint8_t>(width), look};
    if (width == 2)
        cells[at(cursor.x++)] = {0, 0, look};
    if (cursor.x < columns_ && cells[at(cursor.x)].width == 0)
        cells[at(cursor.x)] = {0, 1, look};
}

void Screen::join(char32_t code) {
    auto x = buffer().cursor.x - 1;
    if (x > 0 && line().cells[at(x)].width == 0)
        --x;
    if (x < 0)
        return;
    auto& cell = line().cells[at(x)];
    if (cell.glyph == 0)
        return;
    if (cell.glyph >= kCluster) {
        auto& text = clusters_[cell.glyph - kCluster];
        if (text.size() < kMaxCluster)
            text += code;
    } else if (clusters_.size() < kMaxClusters) {
        clusters_.push_back({cell.glyph, code});
        cell.glyph = kCluster + static_cast<char32_t>(clusters_.size() - 1);
    }
}

// ---- the cursor
// ------------------------------------------------------------------------------------------

void Screen::restrict(int room) {
    auto& [x, y] = buffer().cursor;
    x = std::clamp(x, 0, columns_ - 1 + room);
    y = isOrigin ? std::clamp(y, buffer().top, buffer().bottom) : std::clamp(y, 0, rows_ - 1);
}

void Screen::moveTo(int x, int y) {
    buffer().cursor = {x, isOrigin ? buffer().top + y : y};
    restrict();
}

void Screen::moveBy(int x, int y) {
    restrict();
    moveTo(buffer().cursor.x + x, buffer().cursor.y + y);
}

void Screen::up(int count) {
    const auto room = buffer().cursor.y - buffer().top;
    moveBy(0, -(room >= 0 ? std::min(room, count) : count));
}

void Screen::down(int count) {
    const auto room = buffer().bottom - buffer().cursor.y;
    moveBy(0, room >= 0 ? std::min(room, count) : count);
}

void Screen::lineFeed() {
    auto& cursor = buffer().cursor;
    if (++cursor.y == buffer().bottom + 1) {
        --cursor.y;
        scroll(false);
    } else if (cursor.y >= rows_)
        cursor.y = rows_ - 1;
    else
        line().isWrapped = false;
    if (cursor.x >= columns_)
        --cursor.x;
}

void Screen::index() {
    restrict();
    auto& cursor = buffer().cursor;
    if (++cursor.y == buffer().bottom + 1) {
        --cursor.y;
        scroll(false);
    } else if (cursor.y >= rows_)
        cursor.y = rows_ - 1;
    restrict();
}

void Screen::reverseIndex() {
    restrict();
    if (buffer().cursor.y == buffer().top) {
        moveLines(buffer().top, buffer().bottom, 1);
        return;
    }
    --buffer().cursor.y;
    restrict();
}

void Screen::tab() {
    auto& cursor = buffer().cursor;
    if (cursor.x >= columns_)
        return;
    do
        ++cursor.x;
    while (cursor.x < columns_ && !buffer().tabs[at(cursor.x)]);
    cursor.x = std::min(cursor.x, columns_ - 1);
}

void Screen::backTab() {
    auto& cursor = buffer().cursor;
    if (cursor.x >= columns_)
        return;
    do
        --cursor.x;
    while (cursor.x > 0 && !buffer().tabs[at(cursor.x)]);
    cursor.x = std::max(cursor.x, 0);
}

void Screen::save() {
    auto& it = buffer();
    it.savedX = it.cursor.x;
    it.savedY = static_cast<int>(it.history.size()) + it.cursor.y;
    it.savedLook = look;
}

void Screen::restore() {
    auto& it = buffer();
    it.cursor = {it.savedX, std::max(it.savedY - static_cast<int>(it.history.size()), 0)};
    look = it.savedLook;
    restrict();
}

// ---- erasing and moving
// ----------------------------------------------------------------------------------

void Screen::eraseInLine(int from, int until, bool unwraps) {
    auto& cells = line().cells;
    from = std::clamp(from, 0, columns_);
    until = std::clamp(until, 0, columns_);
    // Halves of wide characters are nothing.
    if (from > 0 && from < columns_ && cells[at(from - 1)].width == 2)
        cells[at(from - 1)] = {0, 1, look.erased()};
    if (until > 0 && until < columns_ && cells[at(until - 1)].width == 2)
        cells[at(until)] = {0, 1, look.erased()};
    for (int x = from; x < until; ++x)
        cells[at(x)] = {0, 1, look.erased()};
    if (unwraps)
        line().isWrapped = false;
}

void Screen::eraseRow(int row) {
    buffer().lines[at(row)] = blank();
}

void Screen::eraseCells(int count) {
    restrict();
    const auto x = buffer().cursor.x;
    eraseInLine(x, std::min(x + count, columns_), false);
}

void Screen::insertCells(int count) {
    restrict();
    auto& cells = line().cells;
    const auto x = buffer().cursor.x;
    count = std::min(count, columns_ - x);
    if (x > 0 && cells[at(x - 1)].width == 2)
        cells[at(x - 1)] = {0, 1, look.erased()};
    std::move_backward(cells.begin() + x, cells.end() - count, cells.end());
    std::fill_n(cells.begin() + x, count, Cell{0, 1, look.erased()});
    if (cells.back().width == 2)
        cells.back() = {0, 1, look.erased()};
}

void Screen::deleteCells(int count) {
    restrict();
    auto& cells = line().cells;
    const auto x = buffer().cursor.x;
    count = std::min(count, columns_ - x);
    std::move(cells.begin() + x + count, cells.end(), cells.begin() + x);
    std::fill_n(cells.end() - count, count, Cell{0, 1, look.erased()});
    if (x > 0 && cells[at(x - 1)].width == 2)
        cells[at(x - 1)] = {0, 1, look.erased()};
    if (cells[at(x)].width == 0 && cells[at(x)].glyph == 0)
        cells[at(x)] = {0, 1, look.erased()};
}

/// Lines from..until move down by `by` (up if it is negative); what comes free is blank.
void Screen::moveLines(int from, int until, int by) {
    if (from > until)
        return;
    auto& lines = buffer().lines;
    const auto begin = lines.begin() + from, end = lines.begin() + until + 1;
    const auto count = std::min(std::abs(by), until - from + 1);
    if (by > 0)
        std::rotate(begin, end - count, end);
    else
        std::rotate(begin, begin + count, end);
    for (int i = 0; i < count; ++i)
        (by > 0 ? begin : end - count)[i] = blank();
}

void Screen::insertLines(int count) {
    restrict();
    const auto y = buffer().cursor.y;
    if (y > buffer().bottom || y < buffer().top)
        return;
    moveLines(y, buffer().bottom, count);
    buffer().cursor.x = 0;
}

void Screen::deleteLines(int count) {
    restrict();
    const auto y = buffer().cursor.y;
    if (y > buffer().bottom || y < buffer().top)
        return;
    moveLines(y, buffer().bottom, -count);
    buffer().cursor.x = 0;
}

void Screen::scrollUp(int count) {
    moveLines(buffer().top, buffer().bottom, -count);
}

void Screen::scrollDown(int count) {
    const auto kept = look;
    look = {}; // as xterm.js does it
    moveLines(buffer().top, buffer().bottom, count);
    look = kept;
}

void Screen::keep(Buffer& in, Line kept) {
    if (&in != &buffers_[0])
        return;
    in.history.push_back(std::move(kept));
    if (in.history.size() > kHistory)
        in.history.pop_front();
}

void Screen::scroll(bool isWrapped) {
    auto& it = buffer();
    if (it.top == 0)
        keep(it, std::move(it.lines.front()));
    moveLines(it.top, it.bottom, -1);
    it.lines[at(it.bottom)].isWrapped = isWrapped;
}

void Screen::fillWith(char32_t code) {
    for (auto& each : buffer().lines) {
        each.isWrapped = false;
        std::fill(each.cells.begin(), each.cells.end(), Cell{code, 1, look});
    }
}

void Screen::useAlternate() {
    if (isAlternate_)
        return;
    const auto cursor = buffer().cursor;
    isAlternate_ = true;
    buffer().lines.assign(at(rows_), blank());
    buffer().cursor = cursor;
}

void Screen::useNormal() {
    if (!isAlternate_)
        return;
    buffers_[0].cursor = buffers_[1].cursor;
    const auto kept = look;
    look = {};
    shape(buffers_[1]);
    look = kept;
    isAlternate_ = false;
}

} // namespace recording::vt
