#include "results.hpp"

#include <algorithm>
#include <cmath>

#include "json_access.hpp"

namespace scripts {
namespace {

constexpr std::size_t kShortest = 4; ///< of a secret, see parameters.cpp

std::int64_t wholeOf(const json::object& object, const char* name, std::int64_t otherwise) {
    const auto* value = object.if_contains(name);
    if (value && value->is_int64())
        return value->get_int64();
    // Boost.JSON reads 0e999 as not a number.
    if (value && value->is_double() && !std::isnan(value->get_double()))
        return static_cast<std::int64_t>(std::clamp(value->get_double(), -1e15, 1e15));
    return otherwise;
}

int digitOf(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/// RFC 4648 section 4; stops at the first character that does not belong.
std::string fromBase64(const std::string& text) {
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const int digit = digitOf(c);
        if (digit < 0)
            break;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count & 0xFF);
    }
    return bytes;
}

/// Length of the well-formed character at `at` (Unicode 15, table 3-7), 0 if there is none.
std::size_t characterAt(const std::string& text, std::size_t at) {
    const auto byte = [&](std::size_t n) {
        return at + n < text.size() ? static_cast<unsigned char>(text[at + n]) : 0u;
    };
    const auto isRest = [&](std::size_t n, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte(n) >= low && byte(n) <= high;
    };
    const unsigned first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return isRest(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        return isRest(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && isRest(2) ? 3
                                                                                                : 0;
    }
    if (first < 0xF0 || first > 0xF4)
        return 0;
    return isRest(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && isRest(2) &&
                   isRest(3)
               ? 4
               : 0;
}

std::string readable(const std::string& bytes) {
    std::string text;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto size = characterAt(bytes, at);
        if (size == 0) {
            text += "\xEF\xBF\xBD";
            ++at;
            continue;
        }
        if (bytes[at] != '\0')
            text.append(bytes, at, size);
        at += size;
    }
    return text;
}

std::string output(const json::object& message, const char* name, bool& isCut,
                   const Secrets& secrets, std::size_t limit) {
    auto bytes = fromBase64(textOf(message, name));
    if (bytes.size() > limit) {
        bytes.resize(limit);
        isCut = true;
    }
    // Half a character at the cut is no fault of the script.
    for (int tries = 0; isCut && tries < 3 && !bytes.empty(); ++tries) {
        auto start = bytes.size() - 1;
        while (start > 0 && bytes.size() - start < 4 &&
               (static_cast<unsigned char>(bytes[start]) & 0xC0) == 0x80)
            --start;
        if (characterAt(bytes, start) == bytes.size() - start)
            break;
        bytes.pop_back();
    }
    return withoutSecrets(readable(bytes), secrets, isCut);
}

} // namespace

std::string withoutSecrets(std::string text, const Secrets& secrets, bool isCut) {
    for (const auto& [name, value] : secrets) {
        if (value.size() < kShortest)
            continue;
        for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at + 3))
            text.replace(at, value.size(), "***");
    }
    if (!isCut)
        return text;
    for (const auto& [name, value] : secrets) {
        for (auto size = std::min(value.size(), text.size()); size >= kShortest; --size) {
            if (!text.ends_with(std::string_view(value).substr(0, size)))
                continue;
            text.replace(text.size() - size, size, "***");
            break;
        }
    }
    return text;
}

Result resultFrom(const json::object& message, const Secrets& secrets, std::size_t limit) {
    Result result;
    result.exitCode = wholeOf(message, "exitCode", -1);
    result.durationMs = std::max<std::int64_t>(0, wholeOf(message, "durationMs", 0));
    result.error = withoutSecrets(readable(textOf(message, "error")).substr(0, 500), secrets, true);
    result.error = readable(result.error); // the cut may have gone through a character
    const bool isEnded = flagOf(message, "timedOut") || flagOf(message, "cancelled");
    const auto signal = textOf(message, "signal").substr(0, 20);
    if (result.error.empty() && !signal.empty() && !isEnded)
        result.error = "ended by " + readable(signal);
    result.isOutCut = flagOf(message, "stdoutCut");
    result.isErrCut = flagOf(message, "stderrCut");
    result.out = output(message, "stdout", result.isOutCut, secrets, limit);
    result.err = output(message, "stderr", result.isErrCut, secrets, limit);
    // MeshAgent's exit code of what was killed is the signal's number.
    if (isEnded)
        result.exitCode = -1;
    if (flagOf(message, "timedOut")) {
        result.state = state::kTimedOut;
    } else if (flagOf(message, "cancelled")) {
        result.state = state::kCancelled;
    } else {
        result.state = result.exitCode == 0 && textOf(message, "error").empty() && signal.empty()
                           ? state::kDone
                           : state::kFailed;
    }
    return result;
}

} // namespace scripts
