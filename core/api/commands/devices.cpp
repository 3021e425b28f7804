// Changing devices (control-protocol 3.6).
#include "core/api/commands/device_removal.hpp"
#include "core/api/commands/support.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

constexpr std::size_t kMaxTags = 100;

/// A comma list, an array, or "" to clear.
std::vector<std::string> tagsFrom(const json::object& args) {
    if (const auto text = maybeText(args, "tags")) {
        std::vector<std::string> tags;
        std::size_t begin = 0;
        while (begin <= text->size()) {
            const auto end = std::min(text->find(',', begin), text->size());
            auto tag = text->substr(begin, end - begin);
            tag.erase(0, tag.find_first_not_of(' '));
            tag.erase(tag.find_last_not_of(' ') + 1);
            if (!tag.empty())
                tags.push_back(std::move(tag));
            begin = end + 1;
        }
        return tags;
    }
    return textsOf(args, "tags");
}

void checkTags(const std::vector<std::string>& tags) {
    if (tags.size() > kMaxTags)
        throw Error(ErrorCode::InvalidArgument, "Invalid tags", "/tags");
    for (const auto& tag : tags)
        if (tag.size() > 63)
            throw Error(ErrorCode::InvalidArgument, "Invalid tags", "/tags");
}

struct Port {
    const char* name;
    std::int64_t usual; ///< the default removes the member
};
constexpr Port kPorts[] = {
    {"rdpport", 3389}, {"rfbport", 5900}, {"sshport", 22}, {"httpport", 80}, {"httpsport", 443}};

void applyDeviceFields(model::Device& device, const json::object& args) {
    if (const auto name = maybeText(args, "name"))
        device.name = *name;
    if (const auto desc = maybeText(args, "desc"))
        device.desc = *desc;
    if (const auto host = maybeText(args, "host"); host && (device.type == 1 || device.type == 3))
        device.host = *host; // that of an agent's device is what the agent says
    if (const auto icon = maybeNumber(args, "icon"))
        device.icon = static_cast<std::uint32_t>(*icon);
    if (const auto consent = maybeNumber(args, "consent"))
        device.consent = static_cast<std::uint32_t>(*consent);
    if (args.contains("tags"))
        device.tags = tagsFrom(args);
    for (const auto& port : kPorts) {
        const auto number = maybeNumber(args, port.name);
        if (!number)
            continue;
        if (*number == port.usual)
            device.extra.erase(port.name);
        else
            device.extra[port.name] = *number;
    }
    if (const auto* place = args.if_contains("userloc"); place && place->is_array()) {
        if (place->get_array().empty())
            device.extra.erase("userloc");
        else
            device.extra["userloc"] = *place;
    }
}

bool hasOther(const json::object& a, const json::object& b, std::string_view name) {
    const auto* left = a.if_contains(name);
    const auto* right = b.if_contains(name);
    return (left == nullptr) != (right == nullptr) || (left && *left != *right);
}

/// What the wire's log says was changed, in its words and order; nothing: all is as it was.
std::vector<std::string> changesOf(const model::Device& before, const model::Device& after) {
    std::vector<std::string> changes;
    const auto note = [&](bool isOther, const char* word) {
        if (isOther)
            changes.emplace_back(word);
    };
    note(before.icon != after.icon, "icon");
    note(before.name != after.name, "name");
    note(before.host != after.host, "host");
    note(before.consent != after.consent, "consent");
    for (const auto& port : kPorts)
        note(hasOther(before.extra, after.extra, port.name), port.name);
    if (hasOther(before.extra, after.extra, "userloc"))
        changes.emplace_back(after.extra.contains("userloc") ? "location" : "location removed");
    note(before.desc != after.desc, "description");
    note(before.tags != after.tags, "tags");
    return changes;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

void changeDevice(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    if (args.contains("tags"))
        checkTags(tagsFrom(args));
    const auto before = set.context.directory.device(request.deviceId);
    if (!before)
        throw Error(ErrorCode::NotFound, "Access Denied", "/nodeid");
    const auto after = set.context.directory.updateDevice(
        request.deviceId, [&](model::Device& device) { applyDeviceFields(device, args); });
    const auto changes = after ? joined(changesOf(*before, *after)) : std::string();
    if (!changes.empty()) {
        const auto group = set.context.directory.group(after->groupId);
        const auto groupName = group ? group->name : "";
        auto event = eventOf(request, "node", "changenode", 140, {after->name, groupName, changes},
                             "Changed device " + after->name + " from group " + groupName + ": " +
                                 changes);
        event.deviceId = after->id;
        event.groupId = after->groupId;
        set.context.events.record(std::move(event));
    }
    call.result("ok");
}

void removeOne(CommandSet& set, const WireCall& call, const std::string& given) {
    const auto& request = call.request();
    const auto target = deviceTarget(set.context, request, given);
    if (!target || !meets(call, target->access)) {
        const bool isForeign = !target && whyNoDevice(set.context, request, given) == Absence::Foreign;
        call.result(isForeign ? "Invalid domain" : "Denied");
        return;
    }
    const auto device = set.context.directory.device(target->id);
    if (!device) {
        call.result("Denied");
        return;
    }
    removeDevice(set.context, *device,
                 eventOf(request, "node", "removenode", 87, {device->name},
                         "Removed device " + device->name));
    call.result("ok");
}

/// One answer per device, as the wire has it.
void removeDevices(CommandSet& set, const WireCall& call) {
    for (const auto& id : textsOf(call.args(), "nodeids"))
        removeOne(set, call, id);
}

void moveOne(CommandSet& set, const WireCall& call, const Target& group, const std::string& given) {
    const auto& request = call.request();
    const auto target = deviceTarget(set.context, request, given);
    const auto device = target ? set.context.directory.device(target->id) : nullptr;
    const auto to = set.context.directory.group(group.id);
    if (!device || !to) {
        call.result("Device not found");
        return;
    }
    if (device->groupId == group.id) {
        call.result("Device already in correct group");
        return;
    }
    if (!meets(call, target->access)) {
        call.result("Permission denied");
        return;
    }
    if (device->type != to->type) {
        call.result("Device groups are of different types");
        return;
    }
    set.context.directory.moveDevice(device->id, group.id);
    auto event = eventOf(request, "node", "nodemeshchange", 85, {device->name, to->name},
                         "Moved device " + device->name + " to group " + to->name);
    event.deviceId = device->id;
    event.groupId = to->id;
    event.targets = {device->groupId};
    event.extra["oldMeshId"] = device->groupId;
    event.extra["newMeshId"] = to->id;
    set.context.events.record(std::move(event));
    call.result("ok");
}

void moveDevices(CommandSet& set, const WireCall& call) {
    const auto& args = call.args();
    const auto group = anyGroupByIdOrName(set.context, call.request(), args, "meshname",
                                          "Unknown device group", "Invalid groupid");
    constexpr auto kNeeded = sdk::device_right::kManageDevices | sdk::device_right::kEditGroup;
    if (!allows(group.access.rights, kNeeded))
        throw Error(ErrorCode::Forbidden, "Permission denied", "/meshid");
    for (const auto& id : textsOf(args, "nodeids"))
        moveOne(set, call, group, id);
}

Schema changeArgs() {
    auto args =
        wireArgs()
            .prop("nodeid", idText(), "The device.")
            .prop("name", lineText(1, 256), "Shown name.")
            .prop("desc", longText(0, 1024), "Description.")
            .prop("host", lineText(1, 256), "Host name or address of a device without an agent.")
            .prop("icon", Schema::integer().range(1, 8), "1 desktop ... 8 virtual.")
            .prop("consent", Schema::integer().range(0, 127),
                  "Consent flags, control-protocol 4.3.")
            .prop("tags",
                  Schema::anyOf({lineText(0, 4096), Schema::array(lineText(1, 63)).range(0, 100)}),
                  "Tags, empty to remove.")
            .prop("userloc", Schema::array(Schema::number()).range(0, 2), "Place on the map.")
            .required({"nodeid"});
    for (const auto& port : kPorts)
        args.prop(port.name, Schema::integer().range(1, 65535), "Port, if it isn't the usual one.");
    return args;
}

} // namespace

void addDeviceCommands(CommandSet& set) {
    WireSpec change;
    change.command.name = "changedevice";
    change.command.summary = "Changes a device's name, description, icon or tags.";
    change.command.audited = true;
    change.command.args = changeArgs();
    change.command.requires_ = {sdk::Scope::Device, sdk::device_right::kManageDevices, 0, ""};
    change.deniedText = "Access Denied";
    change.fieldTexts = {{"nodeid", "Invalid nodeid"}, {"userloc", "Invalid user location"}};
    set.wire(std::move(change), [&set](const WireCall& call) { changeDevice(set, call); });

    WireSpec remove;
    remove.command.name = "removedevices";
    remove.command.summary = "Removes devices; answers once for each.";
    remove.command.audited = true;
    remove.command.args =
        wireArgs().prop("nodeids", idList(), "The devices.").required({"nodeids"});
    remove.each = {{sdk::Scope::Device, sdk::device_right::kUninstall, 0, ""}};
    remove.deniedText = "Denied";
    remove.fieldTexts = {{"nodeids", "Invalid nodeid"}};
    set.wire(std::move(remove), [&set](const WireCall& call) { removeDevices(set, call); });

    WireSpec move;
    move.command.name = "changeDeviceMesh";
    move.command.summary = "Moves devices to another group; answers once for each.";
    move.command.audited = true;
    move.command.args = wireArgs()
                            .prop("nodeids", idList(), "The devices.")
                            .prop("meshid", idText(), "The group.")
                            .prop("meshname", lineText(1, 128), "The group, by name.")
                            .required({"nodeids"});
    // On the group that they go to, besides: edit the group and manage devices.
    move.each = {{sdk::Scope::Device, sdk::device_right::kEditGroup, 0, ""}};
    move.deniedText = "Permission denied";
    move.fieldTexts = {{"nodeids", "Invalid nodeids"},
                       {"meshid", "Invalid groupid"},
                       {"meshname", "Invalid groupid"}};
    set.wire(std::move(move), [&set](const WireCall& call) { moveDevices(set, call); });
}

} // namespace trellis::api
