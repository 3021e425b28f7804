/// What a terminal showed, as lines to be searched.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace recording {

/// Takes the stream of a terminal (ECMA-48) in pieces and keeps the text that was printed: escape
/// sequences are left out, a line that is written over keeps what was there last. Not a screen: what a
/// full-screen program paints becomes a line per place it writes to.
class PlainText {
public:
    struct Line {
        std::uint64_t timeMs = 0;  ///< when it ended
        std::string text;          ///< UTF-8 without control characters
    };
    static constexpr std::size_t kMaxLine = 1024;          ///< characters; longer ones are broken
    static constexpr std::size_t kMaxBytes = 1024 * 1024;  ///< of text; what comes later is not kept

    void feed(std::span<const std::byte> bytes, std::uint64_t timeMs);
    /// The last line ends with the session.
    void finish(std::uint64_t timeMs) { endLine(timeMs); }
    std::vector<Line> take();  ///< lines that ended since the last call
    bool isCut() const noexcept { return bytes_ >= kMaxBytes; }

private:
    enum class State : std::uint8_t { Text = 1, Escape, Skip, Control, String, StringEscape };
    void byte(unsigned value, std::uint64_t timeMs);
    void textByte(unsigned value, std::uint64_t timeMs);
    void control(unsigned value, std::uint64_t timeMs);
    void sequence(unsigned final, std::uint64_t timeMs);
    void put(char32_t character, std::uint64_t timeMs);
    void endLine(std::uint64_t timeMs);
    std::size_t parameter() const;

    State state_ = State::Text;
    std::string parameters_;
    std::u32string line_;
    std::size_t column_ = 0;
    char32_t partial_ = 0;
    int missing_ = 0;  ///< bytes of a UTF-8 sequence
    std::vector<Line> lines_;
    std::size_t bytes_ = 0;
};

}  // namespace recording
