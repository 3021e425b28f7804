/// Takes the stream of a terminal apart: characters, controls, escape and control sequences
/// (ECMA-48).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace recording::vt {

/// A control sequence: CSI, parameters with sub-parameters (`4:3`), and what marks it.
struct Sequence {
    struct Parameter {
        int value = -1; ///< -1: not given
        std::vector<int> parts;
    };
    char prefix = 0;       ///< of < = > ?
    char intermediate = 0; ///< the last of space to /
    char final = 0;
    std::vector<Parameter> parameters;

    /// Its value, or `otherwise` when it is not given or zero.
    int count(std::size_t number, int otherwise = 1) const noexcept {
        return number < parameters.size() && parameters[number].value > 0 ? parameters[number].value
                                                                          : otherwise;
    }
};

class Receiver {
public:
    virtual ~Receiver() = default;
    virtual void print(char32_t code) = 0;
    virtual void control(char32_t code) = 0; ///< C0 and C1
    virtual void escape(char intermediate, char final) = 0;
    virtual void sequence(const Sequence& sequence) = 0;
    virtual void string() = 0; ///< one begins
};

/// Strings (OSC, DCS, APC, PM, SOS) are passed over. Bounded in memory, whatever comes.
class Parser {
public:
    explicit Parser(Receiver& receiver) : receiver_(receiver) {}
    void feed(std::span<const std::byte> bytes);
    /// What puts a new parser into this one's state: the beginning of what has not come to its end.
    std::string unfinished() const;

private:
    enum class State : std::uint8_t { Ground = 1, Escape, Control, Ignored, String, StringEscape };
    void take(char32_t code);
    void inEscape(char32_t code);
    void inControl(char32_t code);
    void begin(State state, std::string_view introducer);
    void end() { state_ = State::Ground; }

    Receiver& receiver_;
    State state_ = State::Ground;
    std::string begun_; ///< the sequence so far
    Sequence sequence_;
    std::array<unsigned char, 4> partial_{}; ///< of a character in UTF-8
    std::size_t have_ = 0, need_ = 0;
};

} // namespace recording::vt
