#include "push_model.hpp"

#include <algorithm>
#include <charconv>

namespace files {

namespace {

std::string text(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value && value->is_int64() ? value->get_int64() : 0;
}

bool digits(std::string_view text, std::int64_t& value) {
    if (text.empty() || text.size() > 15) return false;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value >= 0;
}

}  // namespace

bool Push::isOver() const {
    return std::all_of(runs.begin(), runs.end(), [](const Run& run) { return run.isFinal(); });
}

bool Push::needsFile(std::int64_t now) const {
    if (!isOver()) return true;
    return isWhole && now < expiresMs && std::any_of(runs.begin(), runs.end(), [](const Run& run) {
               return run.state == state::kFailed || run.state == state::kDenied;
           });
}

json::object toJson(const Push& push) {
    json::array runs;
    for (const auto& run : push.runs) {
        runs.push_back({{"token", run.token},
                        {"device", run.device},
                        {"name", run.name},
                        {"state", run.state},
                        {"error", run.error},
                        {"at", run.at}});
    }
    return {{"id", push.id},           {"owner", push.ownerId},       {"ownerName", push.ownerName},
            {"address", push.address}, {"domain", push.domain},       {"name", push.name},
            {"path", push.path},       {"windowsPath", push.windowsPath},
            {"exists", push.exists},   {"sha384", push.sha384},       {"size", push.size},
            {"createdMs", push.createdMs}, {"expiresMs", push.expiresMs},
            {"isWhole", push.isWhole}, {"runs", std::move(runs)}};
}

Push pushFrom(const json::object& object) {
    Push push;
    push.id = text(object, "id");
    push.ownerId = text(object, "owner");
    push.ownerName = text(object, "ownerName");
    push.address = text(object, "address");
    push.domain = text(object, "domain");
    push.name = text(object, "name");
    push.path = text(object, "path");
    push.windowsPath = text(object, "windowsPath");
    push.exists = text(object, "exists");
    push.sha384 = text(object, "sha384");
    push.size = number(object, "size");
    push.createdMs = number(object, "createdMs");
    push.expiresMs = number(object, "expiresMs");
    push.isWhole = object.at("isWhole").as_bool();
    push.received = push.isWhole ? push.size : 0;
    for (const auto& entry : object.at("runs").as_array()) {
        const auto& run = entry.as_object();
        push.runs.push_back({text(run, "token"), text(run, "device"), text(run, "name"),
                             text(run, "state"), text(run, "error"), number(run, "at"), 0});
    }
    return push;
}

bool parseRange(std::string_view given, std::int64_t size, std::int64_t most, std::int64_t& from,
                std::int64_t& to) {
    constexpr std::string_view kUnit = "bytes=";
    if (!given.starts_with(kUnit)) return false;
    given.remove_prefix(kUnit.size());
    const auto dash = given.find('-');
    if (dash == std::string_view::npos) return false;
    return digits(given.substr(0, dash), from) && digits(given.substr(dash + 1), to) &&
           from <= to && to < size && to - from < most;
}

}  // namespace files
