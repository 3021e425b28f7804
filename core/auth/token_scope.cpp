#include "core/auth/token_scope.hpp"

#include <trellis/sdk/error.hpp>

#include <boost/json/array.hpp>

#include <algorithm>

namespace trellis::auth {

namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr std::size_t kMaxPatterns = 100;
constexpr std::size_t kMaxGroups = 100;
constexpr std::size_t kMaxRanges = 20;

bool isNameCharacter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

boost::json::array listOf(const std::vector<std::string>& texts) {
    boost::json::array list;
    for (const auto& text : texts)
        list.emplace_back(text);
    return list;
}

std::vector<std::string> textsOf(const boost::json::object& object, const char* name) {
    std::vector<std::string> texts;
    const auto* list = object.if_contains(name);
    if (!list || !list->is_array())
        return texts;
    for (const auto& item : list->get_array())
        if (const auto* text = item.if_string())
            texts.emplace_back(text->data(), text->size());
    return texts;
}

void limit(const std::vector<std::string>& list, std::size_t most, const char* field) {
    if (list.size() > most)
        throw Error(ErrorCode::InvalidArgument, "at most " + std::to_string(most), field);
}

} // namespace

bool isCommandPattern(std::string_view text) noexcept {
    if (text == "*")
        return true;
    if (text.size() < 3 || text.size() > 64)
        return false;
    if (text.back() == '*')
        text.remove_suffix(1);
    return std::all_of(text.begin(), text.end(), isNameCharacter);
}

bool TokenScope::covers(std::string_view command) const noexcept {
    return std::any_of(commands.begin(), commands.end(), [&](const std::string& pattern) {
        if (!pattern.ends_with('*'))
            return pattern == command;
        return command.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
    });
}

bool TokenScope::hasGroup(std::string_view groupId) const noexcept {
    return groups.empty() || std::find(groups.begin(), groups.end(), groupId) != groups.end();
}

bool TokenScope::allowsAddress(const net::Address& address) const {
    if (addresses.empty())
        return true;
    return std::any_of(addresses.begin(), addresses.end(), [&](const std::string& text) {
        const auto range = net::Cidr::parse(text);
        return range && range->contains(address);
    });
}

void TokenScope::check() const {
    if (commands.empty())
        throw Error(ErrorCode::InvalidArgument, "name at least one command", "/commands");
    limit(commands, kMaxPatterns, "/commands");
    limit(groups, kMaxGroups, "/groups");
    limit(addresses, kMaxRanges, "/addresses");
    for (std::size_t i = 0; i < commands.size(); ++i)
        if (!isCommandPattern(commands[i]))
            throw Error(ErrorCode::InvalidArgument,
                        "expected a command's name, or its beginning with * at the end",
                        "/commands/" + std::to_string(i));
    for (std::size_t i = 0; i < addresses.size(); ++i)
        if (!net::Cidr::parse(addresses[i]))
            throw Error(ErrorCode::InvalidArgument,
                        "expected an address or a range such as 10.0.0.0/8",
                        "/addresses/" + std::to_string(i));
}

boost::json::object TokenScope::toJson() const {
    return {{"commands", listOf(commands)},
            {"readOnly", readOnly},
            {"groups", listOf(groups)},
            {"addresses", listOf(addresses)}};
}

TokenScope TokenScope::fromJson(const boost::json::object& object) {
    TokenScope scope;
    scope.commands = textsOf(object, "commands");
    const auto* readOnly = object.if_contains("readOnly");
    scope.readOnly = readOnly && readOnly->is_bool() && readOnly->get_bool();
    scope.groups = textsOf(object, "groups");
    scope.addresses = textsOf(object, "addresses");
    return scope;
}

} // namespace trellis::auth
