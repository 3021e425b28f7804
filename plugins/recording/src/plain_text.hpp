/// What a terminal showed, as lines to be searched.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "vt_screen.hpp"

namespace recording {

/// Takes the stream of a terminal (ECMA-48) in pieces and keeps the text that was printed: escape
/// sequences are left out, a line that is written over keeps what was there last. A line that the terminal
/// wraps, such as a long command, stays one. Not a screen: what a full-screen program paints becomes a line
/// per place it writes to.
class PlainText {
public:
    struct Line {
        std::uint64_t timeMs = 0;  ///< when it ended
        std::string text;          ///< UTF-8 without control characters
    };
    static constexpr std::size_t kMaxLine = 1024;          ///< characters; longer ones are broken
    static constexpr std::size_t kMaxBytes = 1024 * 1024;  ///< of text; what comes later is not kept

    void feed(std::span<const std::byte> bytes, std::uint64_t timeMs);
    /// The terminal is so wide from now on.
    void resize(int columns) { width_ = static_cast<std::size_t>(std::clamp(columns, 1, vt::Screen::kMaxColumns)); }
    /// The last line ends with the session.
    void finish(std::uint64_t timeMs) { endLine(timeMs); }
    std::vector<Line> take();  ///< lines that ended since the last call
    bool isCut() const noexcept { return bytes_ >= kMaxBytes; }

private:
    enum class State : std::uint8_t { Text = 1, Escape, Skip, Control, String };
    void byte(unsigned value, std::uint64_t timeMs);
    void textByte(unsigned value, std::uint64_t timeMs);
    void control(unsigned value, std::uint64_t timeMs);
    void sequence(unsigned final, std::uint64_t timeMs);
    void put(char32_t character, std::uint64_t timeMs);
    void nextRow(std::uint64_t timeMs);
    bool toRow(std::size_t row);
    void moveTo(std::size_t place);
    void erase(std::size_t count);
    void insert(std::size_t count);
    std::size_t rowStart() const { return rows_[row_]; }
    bool isLastRow() const { return row_ + 1 == rows_.size(); }
    std::size_t rowEnd() const { return isLastRow() ? line_.size() : rows_[row_ + 1]; }
    void endLine(std::uint64_t timeMs);
    std::size_t parameter() const;

    State state_ = State::Text;
    std::string parameters_;
    std::u32string line_;  ///< a place for each column; behind a wide character one is empty
    std::size_t column_ = 0;
    std::vector<std::size_t> rows_{0};  ///< where the rows of a line that was wrapped begin
    std::size_t row_ = 0;               ///< that of the cursor
    std::size_t joined_ = 0;            ///< characters in the last row that have no column
    std::size_t width_ = vt::kColumns;
    char32_t partial_ = 0;
    int missing_ = 0;  ///< bytes of a UTF-8 sequence
    std::vector<Line> lines_;
    std::size_t bytes_ = 0;
};

}  // namespace recording
