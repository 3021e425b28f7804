/// A terminal without a window: what is on its screen after a stream of bytes, as xterm.js shows
/// it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "vt_parser.hpp"
#include "vt_screen.hpp"

namespace recording::vt {

class Terminal final : private Receiver {
public:
    /// Columns and rows are brought into 1..1000 and 1..500.
    Terminal(int columns, int rows) : screen_(columns, rows), parser_(*this) {}
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    void feed(std::span<const std::byte> bytes) { parser_.feed(bytes); }
    void resize(int columns, int rows) { screen_.resize(columns, rows); }
    const Screen& screen() const noexcept { return screen_; }

    /// Bytes that bring a new terminal of the same size into this one's state: screens, history,
    /// cursor, looks, margins, tabs, character sets and modes that change what is seen.
    std::string written() const;

private:
    void print(char32_t code) override;
    void control(char32_t code) override;
    void escape(char intermediate, char final) override;
    void sequence(const Sequence& sequence) override;
    void string() override { last_ = 0; }

    void plain(const Sequence& sequence);
    void eraseInDisplay(int what);
    void eraseInLine(int what);
    void setLook(const Sequence& sequence);
    void setModes(const Sequence& sequence, bool isOn);
    void setMargins(const Sequence& sequence);
    void repeat(int count);
    const Cell* lastPrinted() const;
    void useCharset(int number) noexcept {
        charset_ = number;
        active_ = charsets_[static_cast<std::size_t>(number)];
    }
    void reset();
    void softReset();

    Screen screen_;
    Parser parser_;
    std::array<char, 4> charsets_{'B', 'B', 'B', 'B'};
    int charset_ = 0;
    char active_ = 'B'; ///< charsets_[charset_], but after a saved cursor had another
    std::array<char, 2> savedCharsets_{'B', 'B'}; ///< with the cursor of each buffer
    char32_t last_ = 0;                           ///< for REP; 0 behind anything but a character
    bool feedsToStart_ = false, isCursorHidden_ = false;
    int cursorShape_ = 0;
};

} // namespace recording::vt
