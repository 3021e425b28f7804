#include "targets.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include <trellis/sdk/error.hpp>

#include "json_access.hpp"

namespace scripts {

using namespace trellis::sdk;

namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

const json::array* listOf(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value && value->is_array() && !value->get_array().empty() ? &value->get_array()
                                                                     : nullptr;
}

bool contains(const json::array& list, const std::string& text) {
    return std::any_of(list.begin(), list.end(), [&](const auto& entry) {
        return entry.as_string() == std::string_view(text);
    });
}

bool asksForMore(const json::object& targets) {
    return listOf(targets, "groups") || listOf(targets, "tags") ||
           !textOf(targets, "filter").empty() || !textOf(targets, "os").empty();
}

Target targetOf(const DirectoryDevice& device) {
    return {device.id, device.name, device.groupId, device.isOnline};
}

std::optional<Target> namedDevice(const People& people, const Owner& owner, const std::string& id,
                                  std::size_t at, Named named) {
    const auto device = people.directory().device(id);
    const bool isVisible = device && device->domain == owner.domain &&
                           (owner.isLocalAdmin() || people.directory().rights(owner.userId, id));
    const bool isAllowed = isVisible && people.mayRun(owner, id);
    if (isAllowed)
        return targetOf(*device);
    if (named == Named::LeaveOut)
        return std::nullopt;
    const auto place = "/targets/devices/" + std::to_string(at);
    if (!isVisible)
        throw Error(ErrorCode::NotFound, "no device " + id, place);
    throw Error(ErrorCode::Forbidden, "no right to run commands on " + device->name, place);
}

} // namespace

Schema targetSchema() {
    const auto id = Schema::string().range(1, 200);
    return Schema::object()
        .prop("devices", Schema::array(id).range(0, 10000), "Ids of devices.")
        .prop("groups", Schema::array(id).range(0, 1000), "Ids of device groups.")
        .prop("tags", Schema::array(Schema::string().range(1, 100)).range(0, 100),
              "Tags, one of which a device has to have.")
        .prop("filter", Schema::string().range(0, 200),
              "Text in the device's name or operating system, in any case.")
        .prop("os", Schema::oneOf({"windows", "unix"}),
              "Only devices with this kind of operating system.")
        .prop("all", Schema::boolean(), "Every device that the caller may run commands on.");
}

bool matches(const DirectoryDevice& device, const json::object& targets) {
    if (const auto* groups = listOf(targets, "groups");
        groups && !contains(*groups, device.groupId))
        return false;
    if (const auto* tags = listOf(targets, "tags")) {
        const bool hasOne = std::any_of(device.tags.begin(), device.tags.end(),
                                        [&](const auto& tag) { return contains(*tags, tag); });
        if (!hasOne)
            return false;
    }
    const auto os = textOf(targets, "os");
    if (!os.empty() && (os == "windows") != device.isWindows)
        return false;
    const auto filter = lower(textOf(targets, "filter"));
    return filter.empty() || lower(device.name).find(filter) != std::string::npos ||
           lower(device.osDescription).find(filter) != std::string::npos;
}

std::vector<Target> choose(const People& people, const Owner& owner, const json::object& targets,
                           Named named) {
    std::map<std::string, Target> found;
    if (const auto* devices = listOf(targets, "devices")) {
        for (std::size_t at = 0; at < devices->size(); ++at) {
            const std::string id((*devices)[at].as_string());
            if (auto target = namedDevice(people, owner, id, at, named))
                found.emplace(id, *target);
        }
    }
    const auto* all = targets.if_contains("all");
    const bool wantsAll = all && all->is_bool() && all->get_bool();
    if (wantsAll || asksForMore(targets)) {
        for (const auto& device : people.directory().devices(owner.domain)) {
            if (matches(device, targets) && people.mayRun(owner, device.id)) {
                found.emplace(device.id, targetOf(device));
            }
        }
    }
    std::vector<Target> chosen;
    for (auto& [id, target] : found)
        chosen.push_back(std::move(target));
    return chosen;
}

} // namespace scripts
