#include "core/app/time_text.hpp"

#include <chrono>
#include <ctime>
#include <string>

#include <trellis/sdk/error.hpp>

#include "core/app/arguments.hpp"

namespace trellis::app {
namespace {

std::int64_t agoFrom(const std::string& text, std::string_view what) {
    const auto count = numberFrom(text.substr(0, text.size() - 1), 0, 1000000, what);
    const std::int64_t minutes = text.back() == 'm' ? 1 : text.back() == 'h' ? 60 : 24 * 60;
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    return now.count() - count * minutes * 60'000;
}

}  // namespace

std::int64_t timeFrom(const std::string& text, std::string_view what) {
    if (text.size() > 1 && std::string_view("mhd").find(text.back()) != std::string_view::npos)
        return agoFrom(text, what);
    for (const char* form : {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"}) {
        std::tm time{};
        const char* rest = ::strptime(text.c_str(), form, &time);
        if (rest != nullptr && (*rest == '\0' || std::string_view(rest) == "Z"))
            return static_cast<std::int64_t>(::timegm(&time)) * 1000;
    }
    throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                     std::string(what) + ": expected 2026-11-28, 2026-11-28T18:30 (UTC) or 36h, got \"" +
                         text + "\"");
}

}  // namespace trellis::app
