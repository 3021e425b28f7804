#include "texts.hpp"

#include <algorithm>
#include <array>

#include <boost/json/parse.hpp>
#include <trellis/sdk/json.hpp>

namespace desktop {
namespace {

namespace json = trellis::sdk::json;

/// The object in `text`, if it is one; depth is limited by the parser (32).
std::optional<json::object> objectIn(std::string_view text) {
    if (text.empty() || text.front() != '{') return std::nullopt;
    boost::system::error_code error;
    auto value = json::parse(text, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::string_view typeOf(const json::object& message) {
    const auto* type = message.if_contains("type");
    return type && type->is_string() ? std::string_view(type->get_string()) : std::string_view();
}

bool isHarmless(std::string_view type) {
    static constexpr std::array kHarmless{"ping", "pong", "rtt", "close", "options"};
    return std::any_of(kHarmless.begin(), kHarmless.end(), [&](const char* one) { return type == one; });
}

}  // namespace

TextVerdict judgeViewerText(std::string_view text, Input input, const ClipboardRules& rules) {
    const auto message = objectIn(text);
    // The device's parser may read what ours can't.
    if (!message) return {.mayPass = input == Input::Full && !text.starts_with('{')};
    const auto type = typeOf(*message);
    if (type == kStartVirtual) return {.mayPass = false};
    if (type == "viewonly") {
        const auto* value = message->if_contains("value");
        return {.mayPass = false, .viewOnly = value && value->is_bool() && value->get_bool()};
    }
    if (isHarmless(type)) return {};
    const bool isClipboard = type == "clipboard";
    const bool isInput = isClipboard || type == "lock";
    if (isClipboard) {
        return {.mayPass = input != Input::None && rules.isToDeviceAllowed, .isInput = isInput};
    }
    if (type == "getclip") return {.mayPass = input != Input::None && rules.isFromDeviceAllowed};
    return {.mayPass = input == Input::Full, .isInput = isInput};
}

bool mayReachViewer(std::string_view text, Input input, const ClipboardRules& rules) {
    if (input != Input::None && rules.isFromDeviceAllowed) return true;
    const auto message = objectIn(text);
    return !message || typeOf(*message) != "clipboard";
}

}  // namespace desktop
