// Screens that get another size.
#include <algorithm>
#include <iterator>

#include "vt_screen.hpp"

namespace recording::vt {
namespace {

std::size_t at(int number) noexcept {
    return static_cast<std::size_t>(number);
}

} // namespace

void Screen::resize(int columns, int rows) {
    columns = std::clamp(columns, 1, kMaxColumns);
    rows = std::clamp(rows, 1, kMaxRows);
    if (columns == columns_ && rows == rows_)
        return;
    const auto kept = look;
    look = {};
    for (auto& each : buffers_)
        resizeBuffer(each, columns, rows);
    columns_ = columns;
    rows_ = rows;
    for (auto& each : buffers_) {
        const auto had = static_cast<int>(each.tabs.size());
        each.tabs.resize(at(columns_), false);
        for (int x = (had + 7) / 8 * 8; x < columns_; x += 8)
            each.tabs[at(x)] = true;
    }
    look = kept;
}

void Screen::resizeBuffer(Buffer& of, int columns, int rows) {
    auto& [x, y] = of.cursor;
    int added = 0;
    for (int had = rows_; had < rows; ++had) {
        if (!of.history.empty() && static_cast<int>(of.lines.size()) <= y + added + 1) {
            of.lines.insert(of.lines.begin(), std::move(of.history.back()));
            of.history.pop_back();
            ++added;
        } else
            of.lines.push_back(blank());
    }
    for (int had = rows_; had > rows; --had) {
        if (static_cast<int>(of.lines.size()) > y + 1)
            of.lines.pop_back();
        else {
            keep(of, std::move(of.lines.front()));
            of.lines.erase(of.lines.begin());
            --y;
        }
    }
    y += added;
    x = std::min(x, columns - 1);
    y = std::clamp(y, 0, rows - 1);
    of.savedX = std::min(of.savedX, columns - 1);
    of.top = 0;
    of.bottom = rows - 1;
    if (&of == &buffers_[0] && columns != columns_)
        rewrap(of, columns, rows);
    for (auto& each : of.history)
        widen(each, columns);
    for (auto& each : of.lines)
        widen(each, columns);
}

/// Cells of lines of which each goes on with the next, without what is empty at the end.
std::vector<Cell> Screen::joined(std::span<const Line> lines) {
    std::vector<Cell> text;
    const auto isEmpty = [&] { return text.back().glyph == 0 && text.back().width == 1; };
    for (const auto& each : lines) {
        text.insert(text.end(), each.cells.begin(), each.cells.end());
        // A wide character had no room in the last column.
        if (&each != &lines.back() && !text.empty() && isEmpty())
            text.pop_back();
    }
    while (!text.empty() && isEmpty())
        text.pop_back();
    return text;
}

void Screen::cut(const std::vector<Cell>& text, int columns, std::vector<Line>& into) {
    for (std::size_t from = 0; from < text.size();) {
        auto until = std::min(text.size(), from + at(columns));
        if (until < text.size() && text[until].width == 0 && until - from > 1)
            --until;
        Line made;
        made.cells.assign(text.begin() + static_cast<std::ptrdiff_t>(from),
                          text.begin() + static_cast<std::ptrdiff_t>(until));
        made.isWrapped = from > 0;
        into.push_back(std::move(made));
        from = until;
    }
}

/// Lines of which one goes on with the next are put together and cut anew; not those with the
/// cursor, which their program draws again.
void Screen::rewrap(Buffer& of, int columns, int rows) {
    std::vector<Line> all(std::make_move_iterator(of.history.begin()),
                          std::make_move_iterator(of.history.end()));
    std::move(of.lines.begin(), of.lines.end(), std::back_inserter(all));
    const auto cursorAt = of.history.size() + at(of.cursor.y);
    std::vector<Line> out;
    std::size_t cursorNow = 0;
    for (std::size_t i = 0, next = 0; i < all.size(); i = next) {
        next = i + 1;
        while (next < all.size() && all[next].isWrapped)
            ++next;
        const bool hasCursor = cursorAt >= i && cursorAt < next;
        if (hasCursor)
            cursorNow = out.size() + (cursorAt - i);
        const auto text = joined(std::span(all).subspan(i, next - i));
        const bool fits = next - i == 1 && static_cast<int>(text.size()) <= columns;
        if (!hasCursor && !fits && !text.empty())
            cut(text, columns, out);
        else
            std::move(all.begin() + static_cast<std::ptrdiff_t>(i),
                      all.begin() + static_cast<std::ptrdiff_t>(next), std::back_inserter(out));
    }
    // With nothing above the screen, more lines take the room below the cursor first.
    if (of.history.empty() && out.size() > at(rows)) {
        const auto room = std::min(out.size() - at(rows), at(rows - 1 - of.cursor.y));
        out.resize(std::max(out.size() - room, cursorNow + 1));
    }
    if (out.size() < at(rows))
        out.resize(at(rows));
    const auto base = out.size() - at(rows);
    of.cursor.y = std::clamp(static_cast<int>(cursorNow) - static_cast<int>(base), 0, rows - 1);
    of.history.clear();
    for (std::size_t i = 0; i < base; ++i)
        keep(of, std::move(out[i]));
    of.lines.assign(std::make_move_iterator(out.begin() + static_cast<std::ptrdiff_t>(base)),
                    std::make_move_iterator(out.end()));
}

} // namespace recording::vt
