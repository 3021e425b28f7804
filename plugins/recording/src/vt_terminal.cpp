#include "vt_terminal.hpp"

#include <algorithm>
#include <string_view>

#include "vt_width.hpp"

namespace recording::vt {
namespace {

/// DEC special graphics: ` to ~.
constexpr std::u32string_view kGraphics = U"◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";
constexpr int kMostRepeated = Screen::kMaxColumns * Screen::kMaxRows;

} // namespace

void Terminal::print(char32_t code) {
    if (active_ == '0' && code >= '`' && code <= '~')
        code = kGraphics[code - '`'];
    else if (active_ == 'A' && code == '#')
        code = U'£';
    const auto width = widthOf(code);
    if (width == 0) {
        if (last_ != 0)
            screen_.join(code);
        return;
    }
    screen_.put(code, width);
    last_ = code;
}

void Terminal::repeat(int count) {
    if (last_ == 0)
        return;
    const auto width = widthOf(last_);
    for (count = std::min(count, kMostRepeated); count > 0; --count)
        screen_.put(last_, width);
    last_ = 0;
}

void Terminal::control(char32_t code) {
    auto& cursor = screen_.buffer().cursor;
    switch (code) {
    case 0x08:
        screen_.restrict();
        if (cursor.x > 0)
            --cursor.x;
        break;
    case 0x09:
        screen_.tab();
        break;
    case 0x0A:
    case 0x0B:
    case 0x0C:
        if (feedsToStart_)
            cursor.x = 0;
        screen_.lineFeed();
        break;
    case 0x0D:
        cursor.x = 0;
        break;
    case 0x0E:
        useCharset(1);
        break;
    case 0x0F:
        useCharset(0);
        break;
    case 0x84:
        screen_.index();
        break;
    case 0x85:
        cursor.x = 0;
        screen_.index();
        break;
    case 0x88:
        escape(0, 'H');
        break;
    default:
        return;
    }
    last_ = 0;
}

void Terminal::escape(char intermediate, char final) {
    last_ = 0;
    auto& buffer = screen_.buffer();
    constexpr std::string_view kSets = "()*+-./";
    if (const auto found = kSets.find(intermediate); intermediate != 0 && found != kSets.npos) {
        const auto number = found < 4 ? found : found - 3;
        charsets_[number] = final;
        if (static_cast<int>(number) == charset_)
            active_ = final;
        return;
    }
    if (intermediate == '#' && final == '8') {
        buffer.cursor = {};
        screen_.fillWith('E');
        screen_.moveTo(0, 0);
    }
    if (intermediate != 0)
        return;
    switch (final) {
    case '7':
        screen_.save();
        savedCharsets_[screen_.isAlternate()] = active_;
        break;
    case '8':
        screen_.restore();
        active_ = savedCharsets_[screen_.isAlternate()];
        break;
    case 'D':
        screen_.index();
        break;
    case 'E':
        buffer.cursor.x = 0;
        screen_.index();
        break;
    case 'H':
        if (buffer.cursor.x < screen_.columns())
            buffer.tabs[static_cast<std::size_t>(buffer.cursor.x)] = true;
        break;
    case 'M':
        screen_.reverseIndex();
        break;
    case 'c':
        reset();
        break;
    case 'n':
        useCharset(2);
        break;
    case 'o':
        useCharset(3);
        break;
    case '|':
        useCharset(3);
        break;
    case '}':
        useCharset(2);
        break;
    case '~':
        useCharset(1);
        break;
    default:
        break;
    }
}

void Terminal::reset() {
    screen_.reset();
    charsets_.fill('B');
    savedCharsets_.fill('B');
    useCharset(0);
    cursorShape_ = 0;
}

void Terminal::softReset() {
    auto& buffer = screen_.buffer();
    isCursorHidden_ = false;
    buffer.top = 0;
    buffer.bottom = screen_.rows() - 1;
    screen_.look = {};
    screen_.wraps = true;
    screen_.inserts = screen_.isOrigin = false;
    charsets_.fill('B');
    useCharset(0);
    buffer.savedX = 0;
    buffer.savedY = static_cast<int>(buffer.history.size());
    buffer.savedLook = {};
    savedCharsets_[screen_.isAlternate()] = 'B';
}

void Terminal::sequence(const Sequence& s) {
    const auto last = last_;
    last_ = 0;
    if (s.prefix == 0 && s.intermediate == 0) {
        if (s.final == 'b')
            last_ = last;
        return plain(s);
    }
    if (s.prefix == '?' && s.intermediate == 0) {
        if (s.final == 'h' || s.final == 'l')
            setModes(s, s.final == 'h');
        else if (s.final == 'J')
            eraseInDisplay(s.count(0, 0));
        else if (s.final == 'K')
            eraseInLine(s.count(0, 0));
    } else if (s.prefix == 0 && s.intermediate == '!' && s.final == 'p')
        softReset();
    else if (s.prefix == 0 && s.intermediate == ' ' && s.final == 'q')
        cursorShape_ = std::min(s.count(0, 0), 6);
}

void Terminal::plain(const Sequence& s) {
    auto& cursor = screen_.buffer().cursor;
    const auto n = s.count(0);
    switch (s.final) {
    case '@':
        screen_.insertCells(n);
        break;
    case 'A':
        screen_.up(n);
        break;
    case 'B':
    case 'e':
        s.final == 'B' ? screen_.down(n) : screen_.moveBy(0, n);
        break;
    case 'C':
    case 'a':
        screen_.moveBy(n, 0);
        break;
    case 'D':
        screen_.moveBy(-n, 0);
        break;
    case 'E':
        screen_.down(n);
        cursor.x = 0;
        break;
    case 'F':
        screen_.up(n);
        cursor.x = 0;
        break;
    case 'G':
    case '`':
        screen_.moveTo(n - 1, cursor.y);
        break;
    case 'H':
    case 'f':
        screen_.moveTo(s.count(1) - 1, n - 1);
        break;
    case 'I':
        for (int i = std::min(n, screen_.columns()); i > 0; --i)
            screen_.tab();
        break;
    case 'J':
        eraseInDisplay(s.count(0, 0));
        break;
    case 'K':
        eraseInLine(s.count(0, 0));
        break;
    case 'L':
        screen_.insertLines(n);
        break;
    case 'M':
        screen_.deleteLines(n);
        break;
    case 'P':
        screen_.deleteCells(n);
        break;
    case 'S':
        screen_.scrollUp(n);
        break;
    case 'T':
        if (s.parameters.size() <= 1)
            screen_.scrollDown(n);
        break;
    case 'X':
        screen_.eraseCells(n);
        break;
    case 'Z':
        for (int i = std::min(n, screen_.columns()); i > 0; --i)
            screen_.backTab();
        break;
    case 'b':
        repeat(n);
        break;
    case 'd':
        screen_.moveTo(cursor.x, n - 1);
        break;
    case 'g':
        if (s.count(0, 0) == 3)
            screen_.clearTabs();
        else if (s.count(0, 0) == 0 && cursor.x < screen_.columns())
            screen_.buffer().tabs[static_cast<std::size_t>(cursor.x)] = false;
        break;
    case 'h':
    case 'l':
        for (const auto& each : s.parameters) {
            if (each.value == 4)
                screen_.inserts = s.final == 'h';
            if (each.value == 20)
                feedsToStart_ = s.final == 'h';
        }
        break;
    case 'm':
        setLook(s);
        break;
    case 'r':
        setMargins(s);
        break;
    case 's':
        escape(0, '7');
        break;
    case 'u':
        escape(0, '8');
        break;
    default:
        break;
    }
}

void Terminal::eraseInDisplay(int what) {
    screen_.restrict(1);
    auto& buffer = screen_.buffer();
    const auto [x, y] = buffer.cursor;
    const auto columns = screen_.columns();
    switch (what) {
    case 0:
        screen_.eraseInLine(x, columns, x == 0);
        for (int row = y + 1; row < screen_.rows(); ++row)
            screen_.eraseRow(row);
        break;
    case 1:
        screen_.eraseInLine(0, x + 1, true);
        if (x + 1 >= columns && y + 1 < screen_.rows())
            buffer.lines[static_cast<std::size_t>(y) + 1].isWrapped = false;
        for (int row = 0; row < y; ++row)
            screen_.eraseRow(row);
        break;
    case 2:
        for (int row = 0; row < screen_.rows(); ++row)
            screen_.eraseRow(row);
        break;
    case 3:
        buffer.history.clear();
        break;
    default:
        break;
    }
}

void Terminal::eraseInLine(int what) {
    screen_.restrict(1);
    const auto x = screen_.buffer().cursor.x;
    const auto columns = screen_.columns();
    if (what == 0)
        screen_.eraseInLine(x, columns, x == 0);
    else if (what == 1)
        screen_.eraseInLine(0, x + 1, false);
    else if (what == 2)
        screen_.eraseInLine(0, columns, true);
}

void Terminal::setMargins(const Sequence& s) {
    const auto top = s.count(0);
    auto bottom = s.count(1, screen_.rows());
    bottom = std::min(bottom, screen_.rows());
    if (bottom <= top)
        return;
    screen_.buffer().top = top - 1;
    screen_.buffer().bottom = bottom - 1;
    screen_.moveTo(0, 0);
}

void Terminal::setModes(const Sequence& s, bool isOn) {
    for (const auto& each : s.parameters) {
        switch (each.value) {
        case 6:
            screen_.isOrigin = isOn;
            screen_.moveTo(0, 0);
            break;
        case 7:
            screen_.wraps = isOn;
            break;
        case 25:
            isCursorHidden_ = !isOn;
            break;
        case 1048:
            escape(0, isOn ? '7' : '8');
            break;
        case 1049:
        case 47:
        case 1047:
            if (isOn && each.value == 1049)
                escape(0, '7');
            isOn ? screen_.useAlternate() : screen_.useNormal();
            if (!isOn && each.value == 1049)
                escape(0, '8');
            break;
        default:
            break;
        }
    }
}

} // namespace recording::vt
