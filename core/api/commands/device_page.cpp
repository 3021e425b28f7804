// The device list in pages, for the page's own list: `nodes` (control-protocol 3.6) of a large site
// is one message of many megabytes, which blocks both ends and lets nothing else through meanwhile.
#include <algorithm>

#include "core/api/commands/support.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

constexpr std::int64_t kMostRows = 5000;
constexpr std::int64_t kUsualRows = 2500; // half a megabyte: what a control connection may queue
constexpr std::string_view kDirect = "node/"; // the group part of a place among direct links

/// Where a page ended: in which group, after which device. Text: "<group id> <device id>".
struct Place {
    std::string group;
    std::string device;
};

Place placeFrom(const std::string& text) {
    const auto gap = text.find(' ');
    if (gap == std::string::npos)
        return {text, {}};
    return {text.substr(0, gap), text.substr(gap + 1)};
}

json::array columnNames() {
    return {"_id",         "meshid",       "name",           "rname", "host",    "ip",   "osdesc",
            "desc",        "tags",         "users",          "agent", "conn",    "pwr",  "agct",
            "lastconnect", "firstconnect", "lastbootuptime", "mtype", "consent", "links"};
}

template <class List> json::value listOrNull(const List& list) {
    return list.empty() ? json::value(nullptr) : json::value(json::array(list.begin(), list.end()));
}

json::value numberOrNull(std::int64_t number) {
    return number == 0 ? json::value(nullptr) : json::value(number);
}

json::value textOrNull(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value linksOf(const json::object& document) {
    const auto* links = document.if_contains("links");
    return links ? *links : json::value(nullptr);
}

json::value agentOf(const model::Device& device) {
    const auto& agent = device.agent;
    if (agent.id == 0 && agent.version == 0)
        return nullptr;
    // MeshAgents say version 0; what runs on them names the release.
    json::array row{agent.id, agent.version != 0 || agent.core.empty() ? json::value(agent.version)
                                                                       : json::value(agent.core)};
    if (agent.caps != 0)
        row.emplace_back(agent.caps);
    return row;
}

/// In the order of columnNames(); null at the end is left out. `group`: its place in the page's
/// `groups`, since their ids would be a fifth of it all.
json::array rowOf(const model::Device& device, std::size_t group,
                  const model::Directory& directory) {
    const auto presence = directory.presence(device.id);
    json::array row{json::value(device.id),
                    json::value(group),
                    json::value(device.name),
                    textOrNull(device.rname),
                    textOrNull(device.host),
                    textOrNull(device.ip),
                    textOrNull(device.osDesc),
                    textOrNull(device.desc),
                    listOrNull(device.tags),
                    listOrNull(device.users),
                    agentOf(device),
                    numberOrNull(presence.connection),
                    numberOrNull(presence.power),
                    numberOrNull(presence.agentSinceMs),
                    numberOrNull(device.lastConnectMs == 0
                                     ? 0
                                     : std::max(device.lastConnectMs, device.lastSeenMs)),
                    numberOrNull(device.createdMs),
                    numberOrNull(device.lastBootMs),
                    json::value(device.type),
                    numberOrNull(device.consent)};
    if (!device.links.empty())
        row.push_back(linksOf(model::deviceListEntry(device, directory)));
    while (!row.empty() && row.back().is_null())
        row.pop_back();
    return row;
}

bool namesDevices(const model::LinkMap& links) {
    const auto at = links.lower_bound(kDirect);
    return at != links.end() && at->first.starts_with(kDirect);
}

/// Looking for devices without their groups costs a list of them all, so it is left out for most.
bool hasDeviceLinks(const model::Directory& directory, const model::User& user) {
    if (namesDevices(user.links))
        return true;
    return std::any_of(user.links.begin(), user.links.end(), [&](const auto& link) {
        const auto through =
            link.first.starts_with("ugrp/") ? directory.userGroup(link.first) : nullptr;
        return through && namesDevices(through->links);
    });
}

/// Devices whose group the caller doesn't see, but who are linked to him.
std::vector<model::DevicePtr> directDevices(CommandSet& set, const sdk::Request& request,
                                            const std::vector<model::GroupPtr>& groups) {
    const auto user = actorOf(set.context, request);
    std::vector<model::DevicePtr> found;
    if (!user || !hasDeviceLinks(set.context.directory, *user))
        return found;
    for (auto& device : set.context.rights.visibleDevices(*user)) {
        const bool isListed = std::any_of(groups.begin(), groups.end(), [&](const auto& group) {
            return group->id == device->groupId;
        });
        if (!isListed)
            found.push_back(std::move(device));
    }
    return found;
}

std::vector<model::GroupPtr> groupsOf(CommandSet& set, const sdk::Request& request) {
    const auto user = actorOf(set.context, request);
    auto groups = user ? set.context.rights.visibleGroups(*user)
                  : request.caller.isLocalAdmin
                      ? set.context.directory.groups(request.caller.domain)
                      : std::vector<model::GroupPtr>();
    std::sort(groups.begin(), groups.end(),
              [](const auto& a, const auto& b) { return a->id < b->id; });
    return groups;
}

class Page {
public:
    Page(CommandSet& set, std::size_t limit) : set_(set), limit_(limit) {}

    /// False when the page is full before all of `devices` (in the order of their ids) are in it.
    bool take(const std::string& group, const std::vector<model::DevicePtr>& devices,
              const std::string& after) {
        auto at = std::upper_bound(
            devices.begin(), devices.end(), after,
            [](const std::string& id, const auto& device) { return id < device->id; });
        for (; at != devices.end(); ++at) {
            if (rows_.size() >= limit_) {
                next_ = group + " " + last_;
                return false;
            }
            last_ = (*at)->id;
            rows_.emplace_back(rowOf(**at, placeOf((*at)->groupId), set_.context.directory));
        }
        last_.clear();
        return true;
    }
    json::value done() && {
        return json::object{{"columns", columnNames()},
                            {"groups", std::move(groups_)},
                            {"rows", std::move(rows_)},
                            {"next", next_.empty() ? json::value(nullptr) : json::value(next_)}};
    }

private:
    /// Devices come by group, so the last one is it nearly always.
    std::size_t placeOf(const std::string& group) {
        if (groups_.empty() || std::string_view(groups_.back().get_string()) != group)
            groups_.emplace_back(group);
        return groups_.size() - 1;
    }

    CommandSet& set_;
    const std::size_t limit_;
    json::array groups_;
    json::array rows_;
    std::string last_;
    std::string next_;
};

json::value pageOf(CommandSet& set, const sdk::Request& request, const json::object& args) {
    const auto from = placeFrom(textOf(args, "after"));
    Page page(set, static_cast<std::size_t>(numberOf(args, "limit", kUsualRows)));
    const auto groups = groupsOf(set, request);
    for (const auto& group : groups) {
        if (group->id < from.group)
            continue;
        const auto& after = group->id == from.group ? from.device : std::string();
        if (!page.take(group->id, set.context.directory.devicesOf(group->id), after))
            return std::move(page).done();
    }
    const bool isAmongDirect = from.group.starts_with(kDirect);
    page.take(std::string(kDirect), directDevices(set, request, groups),
              isAmongDirect ? from.device : std::string());
    return std::move(page).done();
}

} // namespace

void addDevicePageCommands(CommandSet& set) {
    sdk::CommandSpec spec;
    spec.name = "device.page";
    spec.summary = "The devices that the caller sees, a page at a time, as rows of values.";
    spec.args =
        Schema::object()
            .prop("after", lineText(0, 2 * static_cast<std::int64_t>(model::kMaxIdBytes) + 1),
                  "`next` of the page before; absent for the first.")
            .prop("limit", Schema::integer().range(1, kMostRows), "Rows of a page.");
    set.named(std::move(spec), [&set](const sdk::Request& request, const json::object& args) {
        return pageOf(set, request, args);
    });
}

} // namespace trellis::api
