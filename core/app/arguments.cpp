#include "core/app/arguments.hpp"

#include <charconv>

#include <trellis/sdk/error.hpp>

namespace trellis::app {
namespace {

[[noreturn]] void complain(const std::string& text) {
    throw sdk::Error(sdk::ErrorCode::InvalidArgument, text);
}

bool isOption(const std::string& item) {
    return item.size() > 2 && item.compare(0, 2, "--") == 0;
}

}  // namespace

Arguments::Arguments(int argc, const char* const* argv) {
    for (int i = 1; i < argc; ++i) items_.emplace_back(argv[i]);
}

std::optional<std::string> Arguments::option(std::string_view name) {
    const std::string key = "--" + std::string(name);
    std::optional<std::string> value;
    for (std::size_t i = 0; i < items_.size();) {
        if (items_[i] == key) {
            if (i + 1 >= items_.size() || isOption(items_[i + 1])) complain(key + " needs a value");
            value = items_[i + 1];
            items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(i),
                         items_.begin() + static_cast<std::ptrdiff_t>(i) + 2);
        } else if (items_[i].compare(0, key.size() + 1, key + "=") == 0) {
            value = items_[i].substr(key.size() + 1);
            items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    return value;
}

bool Arguments::flag(std::string_view name) {
    const std::string key = "--" + std::string(name);
    return std::erase(items_, key) > 0;
}

std::optional<std::string> Arguments::word() {
    for (std::size_t i = 0; i < items_.size(); ++i) {
        if (isOption(items_[i])) continue;
        auto found = items_[i];
        items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(i));
        return found;
    }
    return std::nullopt;
}

std::string Arguments::needWord(std::string_view what) {
    auto found = word();
    if (!found) complain("expected " + std::string(what));
    return *found;
}

void Arguments::finish() const {
    if (!items_.empty()) complain("unexpected argument: " + items_.front());
}

long numberFrom(const std::string& text, long low, long high, std::string_view what) {
    long value = 0;
    const auto* end = text.data() + text.size();
    const auto [next, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || next != end || value < low || value > high) {
        complain(std::string(what) + ": expected a number from " + std::to_string(low) + " to " +
                 std::to_string(high) + ", got \"" + text + "\"");
    }
    return value;
}

}  // namespace trellis::app
