// A terminal's state as the bytes that make it.
#include <algorithm>

#include "vt_terminal.hpp"

namespace recording::vt {
namespace {

using std::size_t;
using std::to_string;

void appendCode(std::string& out, char32_t code) {
    const auto byte = [&](char32_t value) { out += static_cast<char>(value); };
    if (code < 0x80)
        return byte(code);
    if (code < 0x800)
        byte(0xC0 | code >> 6);
    else if (code < 0x10000) {
        byte(0xE0 | code >> 12);
        byte(0x80 | (code >> 6 & 0x3F));
    } else {
        byte(0xF0 | code >> 18);
        byte(0x80 | (code >> 12 & 0x3F));
        byte(0x80 | (code >> 6 & 0x3F));
    }
    byte(0x80 | (code & 0x3F));
}

/// `which`: 38, 48 or 58.
std::string colour(int which, std::uint32_t value) {
    if (value < kPalette) {
        const auto index = static_cast<int>(value & 15);
        return ";" + to_string(index < 8 ? which - 8 + index : which + 44 + index);
    }
    const auto channel = [&](int shift) { return ";" + to_string(value >> shift & 255); };
    return ";" + to_string(which) +
           (value >= kRgb ? ";2" + channel(16) + channel(8) + channel(0) : ";5" + channel(0));
}

std::string sgr(const Look& look) {
    std::string out = "\x1B[0";
    constexpr std::array<std::pair<std::uint16_t, const char*>, 8> kStyles{
        {{style::kBold, ";1"},
         {style::kDim, ";2"},
         {style::kItalic, ";3"},
         {style::kBlink, ";5"},
         {style::kInverse, ";7"},
         {style::kInvisible, ";8"},
         {style::kStrike, ";9"},
         {style::kOverline, ";53"}}};
    for (const auto& [which, number] : kStyles) {
        if ((look.styles & which) != 0)
            out += number;
    }
    if (look.underline == 1)
        out += ";4";
    if (look.underline > 1)
        out += ";4:" + to_string(static_cast<int>(look.underline));
    if (look.foreground != 0)
        out += colour(38, look.foreground);
    if (look.background != 0)
        out += colour(48, look.background);
    if (look.lineColour != 0)
        out += colour(58, look.lineColour);
    return out + "m";
}

std::string csi(int first, char final) {
    return "\x1B[" + to_string(first) + final;
}
std::string place(int x, int y) {
    return "\x1B[" + to_string(y + 1) + ";" + to_string(x + 1) + "H";
}

class Writer {
public:
    explicit Writer(const Screen& screen) : screen_(screen) {}

    void look(const Look& wanted) {
        if (wanted == look_)
            return;
        out_ += sgr(wanted);
        look_ = wanted;
    }
    void cell(const Cell& cell) {
        look(cell.look);
        for (const auto code : screen_.textOf(cell))
            appendCode(out_, code);
    }
    /// From the first column on, on a blank line; what is empty is left out.
    void line(const Line& line) {
        const auto& cells = line.cells;
        for (size_t x = 0; x < cells.size();) {
            if (cells[x].glyph != 0) {
                cell(cells[x]);
                x += cells[x].width == 2 ? 2 : 1;
                continue;
            }
            auto next = x + 1;
            while (next < cells.size() && cells[next].glyph == 0 &&
                   cells[next].look == cells[x].look)
                ++next;
            const auto count = static_cast<int>(next - x);
            if (cells[x].look.background != 0) {
                look(cells[x].look.erased());
                out_ += csi(count, 'X');
            }
            if (next < cells.size())
                out_ += csi(count, 'C');
            x = next;
        }
        look({});
    }
    std::string& out() noexcept { return out_; }

private:
    const Screen& screen_;
    Look look_;
    std::string out_;
};

/// The next line can follow by itself: this one is full, and nothing but text begins that one.
bool flowsOn(const Line& line, const Line& next) {
    if (!next.isWrapped || next.cells.empty() || line.cells.empty())
        return false;
    const auto& last = line.cells.back();
    const auto& first = next.cells.front();
    return (last.glyph != 0 || last.width == 0) && first.glyph != 0 && first.look.background == 0;
}

void writeLines(Writer& to, const Buffer& buffer) {
    const Line* before = nullptr;
    const auto write = [&](const Line& line) {
        if (before != nullptr && !flowsOn(*before, line))
            to.out() += "\r\n";
        to.line(line);
        before = &line;
    };
    for (const auto& each : buffer.history)
        write(each);
    for (const auto& each : buffer.lines)
        write(each);
}

/// Margins, tabs and the saved cursor of the buffer that is shown.
void writePlaces(Writer& to, const Screen& screen, const Buffer& buffer, char savedCharset) {
    bool isUsual = true;
    for (size_t x = 0; x < buffer.tabs.size(); ++x)
        isUsual = isUsual && buffer.tabs[x] == (x % 8 == 0);
    if (!isUsual) {
        to.out() += "\x1B[3g";
        for (size_t x = 0; x < buffer.tabs.size(); ++x) {
            if (buffer.tabs[x])
                to.out() += place(static_cast<int>(x), 0) + "\x1BH";
        }
    }
    if (buffer.top != 0 || buffer.bottom != screen.rows() - 1) {
        to.out() += "\x1B[" + to_string(buffer.top + 1) + ";" + to_string(buffer.bottom + 1) + "r";
    }
    const auto y = std::max(buffer.savedY - static_cast<int>(buffer.history.size()), 0);
    to.look(buffer.savedLook);
    to.out() +=
        place(std::min(buffer.savedX, screen.columns() - 1), std::min(y, screen.rows() - 1));
    if (savedCharset != 'B')
        to.out() += std::string("\x1B(") + savedCharset;
    to.out() += "\x1B"
                "7";
    if (savedCharset != 'B')
        to.out() += "\x1B(B";
    to.look({});
}

} // namespace

/// The character before the cursor, if it was the last thing that came and can be written again as
/// it is.
const Cell* Terminal::lastPrinted() const {
    const auto [x, y] = screen_.buffer().cursor;
    const bool isPlain =
        active_ == 'B' && charsets_[static_cast<size_t>(charset_)] == 'B' && !screen_.inserts;
    if (last_ == 0 || x < 1 || !isPlain)
        return nullptr;
    const auto* cell =
        &screen_.buffer().lines[static_cast<size_t>(y)].cells[static_cast<size_t>(x) - 1];
    if (cell->width == 0 && x > 1)
        --cell;
    return cell->glyph == last_ && cell->width > 0 && cell->look == screen_.look ? cell : nullptr;
}

std::string Terminal::written() const {
    Writer to(screen_);
    to.out() = "\x1B[20l";
    writeLines(to, screen_.normal());
    const auto& buffer = screen_.buffer();
    if (screen_.isAlternate()) {
        writePlaces(to, screen_, screen_.normal(), savedCharsets_[0]);
        to.out() += "\x1B[?47h";
        for (size_t y = 0; y < buffer.lines.size(); ++y) {
            const auto& line = buffer.lines[y];
            if (y == 0 || !flowsOn(buffer.lines[y - 1], line))
                to.out() += place(0, static_cast<int>(y));
            to.line(line);
        }
    }
    writePlaces(to, screen_, buffer, savedCharsets_[screen_.isAlternate()]);
    if (screen_.isOrigin)
        to.out() += "\x1B[?6h";
    const auto [x, y] = buffer.cursor;
    const auto row = screen_.isOrigin ? y - buffer.top : y;
    if (x < screen_.columns())
        to.out() += place(x, row);
    else { // behind the last column: only a character gets it there
        const auto& cells = buffer.lines[static_cast<size_t>(y)].cells;
        const auto last =
            cells.size() > 1 && cells.back().width == 0 ? cells.size() - 2 : cells.size() - 1;
        to.out() += place(static_cast<int>(last), row);
        if (cells[last].glyph != 0)
            to.cell(cells[last]);
        else {
            to.look(cells[last].look);
            to.out() += ' ';
        }
    }
    to.look(screen_.look);
    constexpr std::string_view kSets = "()*+";
    for (size_t i = 0; i < charsets_.size(); ++i) {
        if (charsets_[i] != 'B')
            to.out() += std::string("\x1B") + kSets[i] + charsets_[i];
    }
    constexpr std::array<const char*, 4> kShifts{"", "\x0E", "\x1Bn", "\x1Bo"};
    to.out() += kShifts[static_cast<size_t>(charset_)];
    if (!screen_.wraps)
        to.out() += "\x1B[?7l";
    if (screen_.inserts)
        to.out() += "\x1B[4h";
    // These two outlive a reset of xterm.js.
    to.out() += feedsToStart_ ? "\x1B[20h" : "\x1B[20l";
    to.out() += isCursorHidden_ ? "\x1B[?25l" : "\x1B[?25h";
    if (cursorShape_ != 0)
        to.out() += "\x1B[" + to_string(cursorShape_) + " q";
    // What comes may join the last character, or repeat it.
    if (const auto* cell = lastPrinted()) {
        to.out() += place(x - cell->width, row);
        to.cell(*cell);
    }
    to.out() += parser_.unfinished();
    return std::move(to.out());
}

} // namespace recording::vt
