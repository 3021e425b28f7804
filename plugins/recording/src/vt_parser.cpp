#include "vt_parser.hpp"

#include <algorithm>

namespace recording::vt {
namespace {

constexpr std::size_t kMaxParameters = 32, kMaxParts = 8;
constexpr int kMaxValue = 0x7FFFFFFF / 16;
constexpr std::size_t kMaxBegun = 512;
constexpr char32_t kEscape = 0x1B;

/// Bytes of a character that begins so; 0: none does.
std::size_t lengthOf(unsigned char first) noexcept {
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first < 0xE0)
        return 2;
    if (first >= 0xE0 && first < 0xF0)
        return 3;
    return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

char32_t decoded(std::span<const unsigned char> bytes) noexcept {
    constexpr std::array<unsigned char, 5> kMasks{0, 0x7F, 0x1F, 0x0F, 0x07};
    char32_t code = bytes[0] & kMasks[bytes.size()];
    for (const auto byte : bytes.subspan(1))
        code = code << 6 | (byte & 0x3FU);
    constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
    const bool isCode =
        code >= kLeast[bytes.size()] && code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
    return isCode && code != 0xFEFF ? code : 0xFFFFFFFF;
}

} // namespace

void Parser::feed(std::span<const std::byte> bytes) {
    for (const auto raw : bytes) {
        const auto byte = std::to_integer<unsigned char>(raw);
        if (need_ == 0 && state_ == State::Ground && byte >= 0x20 && byte < 0x7F) { // most of it
            receiver_.print(byte);
            continue;
        }
        if (need_ == 0) {
            need_ = lengthOf(byte);
            have_ = 0;
            if (need_ == 0)
                continue;                   // bytes that are no text are passed over
        } else if ((byte & 0xC0) != 0x80) { // a character that was cut off
            need_ = lengthOf(byte);
            have_ = 0;
            if (need_ == 0)
                continue;
        }
        partial_[have_++] = byte;
        if (have_ < need_)
            continue;
        const auto code = decoded(std::span(partial_).first(have_));
        need_ = 0;
        if (code != 0xFFFFFFFF)
            take(code);
    }
}

std::string Parser::unfinished() const {
    std::string out;
    if (state_ == State::String || state_ == State::StringEscape)
        out = "\x1B_";
    else if (state_ != State::Ground)
        out = begun_;
    if (state_ == State::StringEscape)
        out += '\x1B';
    if (need_ > 0)
        out.append(reinterpret_cast<const char*>(partial_.data()), have_);
    return out;
}

void Parser::begin(State state, std::string_view introducer) {
    state_ = state;
    begun_ = introducer;
    sequence_ = {};
    if (state == State::String)
        receiver_.string();
}

void Parser::take(char32_t code) {
    if (code == 0x18 || code == 0x1A)
        return end();
    if (state_ == State::StringEscape) {
        end();
        if (code == '\\')
            return;
        begin(State::Escape, "\x1B");
        return inEscape(code);
    }
    if (state_ == State::String) {
        if (code == 0x07 || code == 0x9C)
            end();
        if (code == kEscape)
            state_ = State::StringEscape;
        return;
    }
    if (code == kEscape)
        return begin(State::Escape, "\x1B");
    if (code >= 0x80 && code < 0xA0) {
        end();
        if (code == 0x9B)
            return begin(State::Control, "\x1B[");
        const bool isString = code == 0x90 || code == 0x98 || (code >= 0x9D && code <= 0x9F);
        return isString ? begin(State::String, "") : receiver_.control(code);
    }
    if (code < 0x20) {
        receiver_.control(code);
        return;
    }
    switch (state_) {
    case State::Escape:
        return inEscape(code);
    case State::Control:
    case State::Ignored:
        return inControl(code);
    default:
        if (code != 0x7F)
            receiver_.print(code);
    }
}

void Parser::inEscape(char32_t code) {
    if (code == 0x7F)
        return;
    if (code >= 0x20 && code <= 0x2F) {
        sequence_.intermediate = static_cast<char>(code);
        if (begun_.size() < kMaxBegun)
            begun_ += static_cast<char>(code);
        return;
    }
    const auto intermediate = sequence_.intermediate;
    if (intermediate == 0) {
        if (code == '[')
            return begin(State::Control, "\x1B[");
        if (code == ']' || code == 'P' || code == 'X' || code == '^' || code == '_')
            return begin(State::String, "");
    }
    end();
    if (code >= 0x30 && code < 0x7F)
        receiver_.escape(intermediate, static_cast<char>(code));
}

void Parser::inControl(char32_t code) {
    if (code == 0x7F)
        return;
    if (code > 0x7F)
        return end();
    const auto c = static_cast<char>(code);
    if (code >= 0x40) {
        const bool isWhole = state_ == State::Control;
        end();
        sequence_.final = c;
        if (isWhole)
            receiver_.sequence(sequence_);
        return;
    }
    if (begun_.size() < kMaxBegun)
        begun_ += c;
    else
        state_ = State::Ignored;
    auto& parameters = sequence_.parameters;
    if (code < 0x30)
        sequence_.intermediate = c;
    else if (code >= 0x3C) {
        if (parameters.empty() && sequence_.prefix == 0)
            sequence_.prefix = c;
        else
            state_ = State::Ignored;
    } else {
        if (sequence_.intermediate != 0)
            state_ = State::Ignored;
        if (parameters.empty())
            parameters.emplace_back();
        auto& last = parameters.back();
        if (c == ';') {
            if (parameters.size() < kMaxParameters)
                parameters.emplace_back();
            else
                state_ = State::Ignored;
        } else if (c == ':') {
            if (last.parts.size() < kMaxParts)
                last.parts.push_back(-1);
        } else {
            auto& value = last.parts.empty() ? last.value : last.parts.back();
            value = std::min(std::max(value, 0) * 10 + (c - '0'), kMaxValue);
        }
    }
}

} // namespace recording::vt
