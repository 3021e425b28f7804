#include "core/app/plugin_ports/directory.hpp"

#include <algorithm>
#include <unordered_map>

#include <boost/json/serialize.hpp>

#include "core/api/commands/to_agent.hpp"
#include "core/api/control/connection.hpp"

namespace trellis::app {

sdk::DirectoryDevice DirectoryService::describe(const model::Device& device,
                                                const std::string& groupName) const {
    sdk::DirectoryDevice described;
    described.id = device.id;
    described.groupId = device.groupId;
    described.groupName = groupName;
    described.domain = device.domain;
    described.name = device.name;
    described.osDescription = device.osDesc;
    described.tags = device.tags;
    described.isOnline =
        (directory_.presence(device.id).connection & model::connection::kAgent) != 0;
    described.isWindows = api::isWindowsAgent(device.agent.id);
    return described;
}

std::optional<sdk::DirectoryDevice> DirectoryService::device(const std::string& id) const {
    const auto found = directory_.device(id);
    if (!found)
        return std::nullopt;
    const auto group = directory_.group(found->groupId);
    return describe(*found, group ? group->name : "");
}

std::vector<sdk::DirectoryDevice> DirectoryService::devices(const std::string& domain) const {
    std::vector<sdk::DirectoryDevice> all;
    for (const auto& group : directory_.groups(domain)) {
        for (const auto& device : directory_.devicesOf(group->id)) {
            all.push_back(describe(*device, group->name));
        }
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return all;
}

std::optional<sdk::DirectoryUser> DirectoryService::user(const std::string& id) const {
    const auto found = directory_.user(id);
    if (!found)
        return std::nullopt;
    sdk::DirectoryUser user{found->id,         found->name,       found->domain,
                            found->siteRights, found->isLocked(), {}};
    user.displayName = found->realName.empty() ? found->name : found->realName;
    for (const auto& [target, rights] : found->links) {
        if (target.starts_with("ugrp/"))
            user.userGroups.push_back(target);
    }
    return user;
}

std::optional<std::uint32_t> DirectoryService::rights(const std::string& userId,
                                                      const std::string& id) const {
    const auto held = rights_.rightsOf(userId, id);
    if (!held.isVisible)
        return std::nullopt;
    return held.bits;
}

void PageEventsService::tell(const boost::json::object& event,
                             const std::function<bool(const std::string& userId)>& maySee) {
    std::unordered_map<std::string, bool> answers;
    std::shared_ptr<const std::string> text;
    for (const auto& connection : hub_.all()) {
        const auto [place, isNew] = answers.try_emplace(connection->userId(), false);
        if (isNew)
            place->second = maySee(connection->userId());
        if (!place->second)
            continue;
        if (!text) {
            text = std::make_shared<const std::string>(
                boost::json::serialize(boost::json::object{{"action", "event"}, {"event", event}}));
        }
        connection->sendShared(text);
    }
}

} // namespace trellis::app
