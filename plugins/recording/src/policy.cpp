#include "policy.hpp"

#include <algorithm>

#include "entry.hpp"
#include "folded.hpp"

namespace recording {

using namespace trellis::sdk;

namespace {

constexpr std::int64_t kMiB = 1024 * 1024;

bool has(const std::vector<std::string>& list, const std::string& text) {
    return !text.empty() && std::find(list.begin(), list.end(), text) != list.end();
}

/// The list's items are folded.
bool hasFolded(const std::vector<std::string>& list, const std::string& text) { return has(list, folded(text)); }

std::vector<std::string> allFolded(std::vector<std::string> list) {
    for (auto& each : list) each = folded(each);
    return list;
}

Schema names(std::int64_t most = 1000) {
    return Schema::array(Schema::string().format(Format::Line).range(1, 256)).range(0, most).byDefault(json::array{});
}

/// The last part of "user/<tenant>/<name>".
std::string nameIn(const std::string& id) { return id.substr(id.rfind('/') + 1); }

}  // namespace

Schema Policy::schema() {
    return Schema::object()
        .prop("protocols",
              Schema::array(Schema::oneOf({"terminal", "desktop", "files"})).range(0, 3).byDefault(json::array{}),
              "What is recorded; nothing without it.")
        .prop("users", names(),
              "Record only sessions of these users (names or ids, in any case). Of users, user_groups, groups and tags "
              "one that fits is enough; if all four are empty every session is recorded.")
        .prop("user_groups", names(), "Record only sessions of members of these user groups (ids, ugrp/<tenant>/<id>).")
        .prop("groups", names(), "Record only sessions with devices of these groups (names or ids).")
        .prop("tags", names(), "Record only sessions with devices that have one of these tags.")
        .prop("index", Schema::boolean().byDefault(true),
              "Write an index into desktop recordings, by which players jump.")
        .prop("text_search", Schema::boolean().byDefault(true),
              "Keep what terminals printed as text, up to 1 MiB a session, so that it can be searched.")
        .prop("keep_days", Schema::integer().range(0, 36500).unit("days").byDefault(90),
              "Days after which a recording is removed, 0 for never.")
        .prop("max_total_mib", Schema::integer().range(0, 1'000'000'000).unit("MiB").byDefault(20480),
              "Size of all recordings together, 0 for no limit; beyond it the oldest are removed.")
        .prop("max_file_mib", Schema::integer().range(1, 1'000'000).unit("MiB").byDefault(4000),
              "Largest size of one recording; then it is as if the disk were full.")
        .prop("min_free_mib", Schema::integer().range(0, 1'000'000).unit("MiB").byDefault(256),
              "Space that stays free on the disk: below it the disk counts as full.")
        .prop("when_full", Schema::oneOf({"end", "continue"}).byDefault("end"),
              "What becomes of a session that can't be recorded (any more): it ends and says why, or it goes "
              "on unrecorded and both ends are told.");
}

Policy Policy::from(const Options& options) {
    Policy policy;
    policy.kinds = options.texts("protocols");
    policy.writtenUsers = options.texts("users");
    policy.users = allFolded(policy.writtenUsers);
    policy.userGroups = options.texts("user_groups");
    policy.groups = options.texts("groups");
    policy.tags = options.texts("tags");
    policy.file.wantsIndex = options.flag("index");
    policy.file.wantsText = options.flag("text_search");
    policy.file.maxSize = options.integer("max_file_mib") * kMiB;
    policy.file.minFree = options.integer("min_free_mib") * kMiB;
    policy.keepDays = options.integer("keep_days");
    policy.maxTotal = options.integer("max_total_mib") * kMiB;
    policy.endsWhenFull = options.text("when_full") == "end";
    return policy;
}

std::vector<Policy::Unknown> Policy::unknown(const DeviceDirectory& directory) const {
    std::vector<Unknown> found;
    for (const auto& user : writtenUsers) {
        const bool isId = user.starts_with("user/");
        const auto id = isId ? user : "user//" + user;
        if (!directory.user(id) && !directory.user(folded(id))) {
            found.push_back({"users", user,
                             isId ? "no user has this id" : "no user of the default tenant signs in by this name"});
        }
    }
    for (const auto& group : userGroups) {
        if (group.starts_with("ugrp/")) continue;
        found.push_back({"user_groups", group, "is no id of a user group, such as ugrp//xyz"});
    }
    const auto devices = groups.empty() && tags.empty() ? std::vector<DirectoryDevice>() : directory.devices("");
    const auto isOnNone = [&](auto&& fits) { return std::none_of(devices.begin(), devices.end(), fits); };
    for (const auto& group : groups) {
        if (isOnNone([&](const auto& device) { return device.groupId == group || device.groupName == group; })) {
            found.push_back({"groups", group, "no device of the default tenant is in such a group"});
        }
    }
    for (const auto& tag : tags) {
        if (isOnNone([&](const auto& device) { return has(device.tags, tag); })) {
            found.push_back({"tags", tag, "no device of the default tenant has this tag"});
        }
    }
    return found;
}

bool Policy::wants(const TunnelInfo& info, const DeviceDirectory& directory) const {
    if (!info.isRecordable || !has(kinds, protocol::kindOf(info.protocol))) return false;
    if (users.empty() && userGroups.empty() && groups.empty() && tags.empty()) return true;
    const auto& user = info.caller.userId;
    if (!users.empty() && (hasFolded(users, user) || hasFolded(users, nameIn(user)) ||
                           hasFolded(users, info.caller.userName))) {
        return true;
    }
    if (!users.empty() || !userGroups.empty()) {
        const auto facts = directory.user(user);
        if (facts && !users.empty() && hasFolded(users, facts->name)) return true;
        if (facts && std::any_of(facts->userGroups.begin(), facts->userGroups.end(),
                                 [&](const auto& group) { return has(userGroups, group); })) {
            return true;
        }
    }
    const auto device = directory.device(info.deviceId);
    if (!device) return false;
    return has(groups, device->groupId) || has(groups, device->groupName) ||
           std::any_of(device->tags.begin(), device->tags.end(), [&](const auto& tag) { return has(tags, tag); });
}

}  // namespace recording
