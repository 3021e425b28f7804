#include "plain_text.hpp"

#include "vt_width.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace recording {
namespace {

constexpr std::size_t kMaxParameters = 64;
constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kSecondHalf = 0;  ///< of a wide character

void appendUtf8(std::string& out, char32_t c) {
    const auto add = [&](char32_t bits) { out += static_cast<char>(bits); };
    if (c < 0x80) {
        add(c);
    } else if (c < 0x800) {
        add(0xC0 | c >> 6), add(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        add(0xE0 | c >> 12), add(0x80 | (c >> 6 & 0x3F)), add(0x80 | (c & 0x3F));
    } else {
        add(0xF0 | c >> 18), add(0x80 | (c >> 12 & 0x3F)), add(0x80 | (c >> 6 & 0x3F)),
            add(0x80 | (c & 0x3F));
    }
}

/// C1 controls, surrogates and what lies beyond Unicode are no text.
char32_t checked(char32_t c) noexcept {
    return c < 0xA0 || (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF ? kReplacement : c;
}

}  // namespace

void PlainText::feed(std::span<const std::byte> bytes, std::uint64_t timeMs) {
    if (isCut()) return;
    for (const auto each : bytes) byte(std::to_integer<unsigned>(each), timeMs);
}

void PlainText::byte(unsigned value, std::uint64_t timeMs) {
    if (value == 0x1B) {  // also the end of a string, as in vt_parser
        state_ = State::Escape;
        return;
    }
    switch (state_) {
    case State::Text: textByte(value, timeMs); return;
    case State::Escape:
        parameters_.clear();
        if (value == '[') state_ = State::Control;
        else if (value == ']' || value == 'P' || value == 'X' || value == '^' || value == '_') state_ = State::String;
        else if (value >= 0x20 && value <= 0x2F) state_ = State::Skip;  // a final byte follows
        else state_ = State::Text;
        return;
    case State::Skip:
        if (value < 0x20 || value > 0x2F) state_ = State::Text;
        return;
    case State::Control:
        if (value >= 0x40 && value <= 0x7E) {
            state_ = State::Text;
            sequence(value, timeMs);
        } else if (value < 0x20) {
            control(value, timeMs);
        } else if (parameters_.size() < kMaxParameters) {
            parameters_ += static_cast<char>(value);
        }
        return;
    case State::String:
        if (value == 0x07 || value == 0x18 || value == 0x1A) state_ = State::Text;
        return;
    }
}

void PlainText::textByte(unsigned value, std::uint64_t timeMs) {
    if (missing_ > 0 && (value & 0xC0) == 0x80) {
        partial_ = partial_ << 6 | (value & 0x3F);
        if (--missing_ == 0) put(checked(partial_), timeMs);
        return;
    }
    if (missing_ > 0) put(kReplacement, timeMs);
    missing_ = 0;
    if (value < 0x20 || value == 0x7F) {
        control(value, timeMs);
    } else if (value < 0x80) {
        put(value, timeMs);
    } else if (value >= 0xC2 && value <= 0xF4) {
        missing_ = value >= 0xF0 ? 3 : value >= 0xE0 ? 2 : 1;
        partial_ = value & (missing_ == 3 ? 0x07U : missing_ == 2 ? 0x0FU : 0x1FU);
    } else {
        put(kReplacement, timeMs);
    }
}

void PlainText::control(unsigned value, std::uint64_t timeMs) {
    if (value == '\n' || value == 0x0B || value == 0x0C) {
        if (!toRow(row_ + 1)) endLine(timeMs);
    } else if (value == '\r') column_ = rowStart();
    else if (value == '\b') moveTo(std::max(std::min(column_, rowStart() + width_ - 1), rowStart() + 1) - 1);
    else if (value == '\t') put(' ', timeMs);
}

std::size_t PlainText::parameter() const {
    std::size_t value = 0;
    std::from_chars(parameters_.data(), parameters_.data() + parameters_.size(), value);
    return std::clamp<std::size_t>(value, 1, kMaxLine);
}

void PlainText::sequence(unsigned final, std::uint64_t timeMs) {
    switch (final) {
    case 'C': moveTo(column_ + parameter()); break;
    case 'D': moveTo(std::max(column_, rowStart() + parameter()) - parameter()); break;
    case 'G': moveTo(rowStart() + parameter() - 1); break;
    case 'K':
        if (parameters_.empty() || parameters_ == "0") erase(kMaxLine);
        break;
    case 'P': erase(parameter()); break;  // as shells do when a line is edited
    case '@': insert(parameter()); break;
    case 'A':
        if (parameter() > row_ || !toRow(row_ - parameter())) endLine(timeMs);
        break;
    case 'B':
        if (!toRow(row_ + parameter())) endLine(timeMs);
        break;
    // To another place of the screen.
    case 'E': case 'F': case 'H': case 'J': case 'd': case 'f': endLine(timeMs); break;
    default: break;
    }
}

void PlainText::put(char32_t character, std::uint64_t timeMs) {
    const auto width = static_cast<std::size_t>(vt::widthOf(character));
    if (width == 0) {
        if (column_ != line_.size() || line_.empty() || line_.size() >= kMaxLine) return;
        line_ += character;
        ++column_;
        ++joined_;
        return;
    }
    const auto used = column_ - rowStart() - (isLastRow() ? std::min(joined_, column_ - rowStart()) : 0);
    if (used > 0 && used + width > width_) nextRow(timeMs);
    if (column_ + width > kMaxLine) endLine(timeMs);
    if (column_ + width > line_.size()) line_.resize(column_ + width, U' ');
    line_[column_] = character;
    if (width > 1) line_[column_ + 1] = kSecondHalf;
    column_ += width;
}

/// The cursor goes on below; a line that would become too long is broken here.
void PlainText::nextRow(std::uint64_t timeMs) {
    if (!isLastRow()) {
        column_ = rows_[++row_];
    } else if (column_ + width_ > kMaxLine) {
        endLine(timeMs);
    } else {
        rows_.push_back(column_);
        ++row_;
        joined_ = 0;
    }
}

/// To the same column of another row of this line; false when it has none.
bool PlainText::toRow(std::size_t row) {
    if (row >= rows_.size()) return false;
    const auto column = column_ - rowStart();
    row_ = row;
    moveTo(rowStart() + column);
    return true;
}

void PlainText::moveTo(std::size_t place) {
    const auto last = rowStart() + std::max(width_ + (isLastRow() ? joined_ : 0), std::size_t{1}) - 1;
    column_ = std::min({place, std::max(last, rowStart()), kMaxLine - 1});
    if (!isLastRow()) column_ = std::min(column_, rowEnd() - 1);
}

/// Takes out characters behind the cursor; those after them in the row close up.
void PlainText::erase(std::size_t count) {
    const auto end = rowEnd();
    if (column_ >= end) return;
    count = std::min(count, end - column_);
    if (!isLastRow()) line_.insert(end, count, U' ');
    line_.erase(column_, count);
}

/// Makes room behind the cursor; what is pushed out of the row is lost.
void PlainText::insert(std::size_t count) {
    const auto end = rowEnd();
    if (column_ >= end) return;
    if (!isLastRow()) {
        count = std::min(count, end - column_);
        line_.erase(end - count, count);
    }
    count = std::min(count, kMaxLine - std::min(kMaxLine, line_.size()));
    line_.insert(column_, count, U' ');
}

void PlainText::endLine(std::uint64_t timeMs) {
    std::string text;
    const auto last = line_.find_last_not_of(U' ');
    if (last != std::u32string::npos) {
        for (const auto c : std::u32string_view(line_).substr(0, last + 1)) {
            if (c != kSecondHalf) appendUtf8(text, c);
        }
    }
    line_.clear();
    rows_.assign(1, 0);
    column_ = row_ = joined_ = 0;
    if (text.empty() || isCut()) return;
    bytes_ += text.size() + 1;
    lines_.push_back({timeMs, std::move(text)});
}

std::vector<PlainText::Line> PlainText::take() {
    return std::exchange(lines_, {});
}

}  // namespace recording
