#include "core/model/limits.hpp"

#include "core/model/ids.hpp"
#include "core/model/text.hpp"

#include <trellis/sdk/error.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <limits>

namespace trellis::model {

namespace {

struct Range {
    std::size_t least;
    std::size_t most;
};

void checkText(std::string_view text, Range range, const char* field) {
    const auto length = isUtf8(text) ? characters(text) : std::numeric_limits<std::size_t>::max();
    if (length >= range.least && length <= range.most)
        return;
    throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                     "expected text of " + std::to_string(range.least) + " to " +
                         std::to_string(range.most) + " characters",
                     field);
}

/// One line: a control character in a name could forge lines of a log or terminal.
void checkLine(std::string_view text, Range range, const char* field) {
    checkText(text, range, field);
    if (hasControls(text))
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "control characters are not allowed",
                         field);
}

bool isDeeper(const json::value& value, std::size_t levels) {
    if (!value.is_structured())
        return false;
    if (levels == 0)
        return true;
    const auto below = [&](const json::value& item) { return isDeeper(item, levels - 1); };
    if (const auto* list = value.if_array())
        return std::any_of(list->begin(), list->end(), below);
    const auto& object = value.get_object();
    return std::any_of(object.begin(), object.end(),
                       [&](const auto& member) { return below(member.value()); });
}

bool isTooMuch(const json::object& extra) {
    if (extra.empty())
        return false;
    const auto deep = [](const auto& member) {
        return isDeeper(member.value(), limit::kExtraDepth);
    };
    return std::any_of(extra.begin(), extra.end(), deep) ||
           json::serialize(extra).size() > limit::kExtra;
}

void checkExtra(const json::object& extra) {
    if (isTooMuch(extra))
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "too much additional data");
}

void checkKind(IdKind kind, std::string_view id, const char* field) {
    if (!parseId(kind, id))
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "not an id", field);
}

/// Only what changed: what people set may be longer in bytes, and stays.
void cleanChanged(std::string& text, const std::string& before, std::size_t maxBytes) {
    if (text != before)
        text = cleanText(text, maxBytes);
}

void cleanChanged(std::vector<std::string>& list, const std::vector<std::string>& before,
                  std::size_t maxItems, std::size_t maxBytes) {
    if (list == before)
        return;
    if (list.size() > maxItems)
        list.resize(maxItems);
    for (auto& text : list)
        text = cleanText(text, maxBytes);
    std::erase(list, std::string{});
}

} // namespace

void check(const User& user) {
    checkKind(IdKind::User, user.id, "/username");
    if (user.id != userId(user.domain, user.name))
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "id and name differ", "/username");
    checkLine(user.email, {0, limit::kEmail}, "/email");
    checkLine(user.realName, {0, limit::kRealName}, "/realname");
    checkLine(user.phone, {0, 64}, "/phone");
    checkLine(user.lang, {0, 16}, "/lang");
    if (user.realms.size() > 64)
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "at most 64 realms", "/groups");
    for (const auto& realm : user.realms)
        checkLine(realm, {1, 64}, "/groups");
    if (user.factors.size() > 16)
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "at most 16 second factors");
    checkExtra(user.extra);
}

void check(const Group& group) {
    checkKind(IdKind::Group, group.id, "/meshid");
    checkLine(group.name, {1, limit::kGroupName}, "/meshname");
    checkText(group.desc, {0, limit::kDesc}, "/desc");
    if (group.type < 1 || group.type > 4)
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "expected 1 to 4", "/meshtype");
    checkExtra(group.extra);
}

void check(const UserGroup& group) {
    checkKind(IdKind::UserGroup, group.id, "/ugrpid");
    checkLine(group.name, {1, limit::kUserGroupName}, "/name");
    checkText(group.desc, {0, limit::kDesc}, "/desc");
    checkLine(group.membershipType, {0, 64}, "/membershipType");
}

void check(const Device& device) {
    checkKind(IdKind::Device, device.id, "/nodeid");
    checkKind(IdKind::Group, device.groupId, "/meshid");
    if (device.domain != domainOf(device.id) || device.domain != domainOf(device.groupId))
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "device and group of different domains",
                         "/meshid");
    checkLine(device.name, {1, limit::kDeviceName}, "/name");
    checkLine(device.host, {0, limit::kDeviceName}, "/host");
    checkText(device.desc, {0, limit::kDesc}, "/desc");
    if (device.icon < 1 || device.icon > 8)
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "expected 1 to 8", "/icon");
    if (device.tags.size() > limit::kTags)
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "at most 64 tags", "/tags");
    for (const auto& tag : device.tags)
        checkLine(tag, {1, limit::kTag}, "/tags");
    checkExtra(device.extra);
}

void clean(Device& device, const Device& before) {
    const auto cut = [&](std::string Device::*text) {
        cleanChanged(device.*text, before.*text, limit::kAgentText);
    };
    for (const auto text : {&Device::name, &Device::rname, &Device::host, &Device::ip,
                            &Device::osDesc, &Device::lastAddress})
        cut(text);
    const auto cutAgent = [&](std::string AgentInfo::*text) {
        cleanChanged(device.agent.*text, before.agent.*text, limit::kAgentText);
    };
    for (const auto text : {&AgentInfo::core, &AgentInfo::commitDate, &AgentInfo::tag})
        cutAgent(text);
    cleanChanged(device.desc, before.desc, limit::kDesc);
    if (device.name.empty())
        device.name = before.name.empty() ? "unnamed" : before.name;
    if (device.icon < 1 || device.icon > 8)
        device.icon = 1;
    cleanChanged(device.tags, before.tags, limit::kTags, limit::kTag);
    cleanChanged(device.users, before.users, limit::kAgentList, limit::kAgentText);
    cleanChanged(device.lockedUsers, before.lockedUsers, limit::kAgentList, limit::kAgentText);
    if (device.extra != before.extra && isTooMuch(device.extra))
        device.extra = before.extra;
}

} // namespace trellis::model
