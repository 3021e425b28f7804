// Device groups: list, make, change, remove (control-protocol 3.4).
#include "core/api/commands/people.hpp"
#include "core/api/commands/support.hpp"
#include "core/api/invite_code.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

void listGroups(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    json::array list;
    for (const auto& group : set.context.directory.groups(request.caller.domain)) {
        if (set.context.access.group(request.caller, group->id).isVisible)
            list.emplace_back(model::groupDocument(*group, set.context.directory));
    }
    call.sendTagged({{"meshes", std::move(list)}});
}

std::uint32_t groupType(const json::object& args) {
    const auto text = maybeText(args, "meshtype"); // some clients send it as a string
    const auto type =
        text ? (text->size() == 1 ? (*text)[0] - '0' : 0) : numberOf(args, "meshtype");
    // 4, IP-KVM switches, needs a part that is not installed here; saying so beats an empty group.
    if (type < 1 || type > 3)
        throw Error(ErrorCode::InvalidArgument, "Invalid group type", "/meshtype");
    return static_cast<std::uint32_t>(type);
}

void createGroup(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    const auto& caller = request.caller;
    const bool isFull = caller.isLocalAdmin || caller.siteRights == sdk::site_right::kAdmin;
    if (!isFull && (caller.siteRights & sdk::site_right::kNoNewGroups) != 0)
        throw Error(ErrorCode::Forbidden, "Permission denied");
    const auto actor = actorOf(set.context, request);
    if (!actor)
        throw Error(ErrorCode::InvalidArgument, "a group needs a user as its creator");
    model::Group group;
    group.domain = caller.domain;
    group.name = textOf(args, "meshname");
    group.desc = textOf(args, "desc");
    group.type = groupType(args);
    group.flags = static_cast<std::uint32_t>(numberOf(args, "flags"));
    group.consent = static_cast<std::uint32_t>(numberOf(args, "consent"));
    const auto made = set.context.directory.addGroup(std::move(group), actor);
    auto event = eventOf(request, "mesh", "createmesh", 76, {made->name},
                         "Device group created: " + made->name);
    event.groupId = made->id;
    event.extra["meshid"] = made->id;
    event.extra["mtype"] = made->type;
    set.context.events.record(std::move(event));
    const auto document = model::groupDocument(*made, set.context.directory);
    call.send({{"result", "ok"}, {"meshid", made->id}, {"links", document.at("links")}});
}

/// Who has to hear of the end of a group: afterwards nobody has a link to it.
std::vector<std::string> linkedTo(const model::Group& group) {
    std::vector<std::string> holders;
    for (const auto& [holder, rights] : group.links)
        holders.push_back(holder);
    return holders;
}

void removeGroup(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto target = anyGroupByIdOrName(set.context, request, call.args(), "meshname",
                                           "Unknown device group", "Invalid group identifier");
    if (!meets(call, target.access))
        throw Error(ErrorCode::Forbidden, "Access denied", "/meshid");
    const auto group = set.context.directory.group(target.id);
    if (!group)
        throw Error(ErrorCode::NotFound, "Unknown device group", "/meshid");
    set.context.directory.removeGroup(group->id);
    auto event = eventOf(request, "mesh", "deletemesh", 77, {group->name},
                         "Device group deleted: " + group->name);
    event.groupId = group->id;
    event.targets = linkedTo(*group);
    event.extra["meshid"] = group->id;
    event.extra["name"] = group->name;
    event.extra["mtype"] = group->type;
    set.context.events.record(std::move(event));
    call.result("ok");
}

/// Number of each changed field in `msgArgs` of the event (control-protocol 2.5, msgid 142).
json::array changedFields(const model::Group& before, const model::Group& after) {
    json::array changed;
    if (before.name != after.name)
        changed.emplace_back(1);
    if (before.desc != after.desc)
        changed.emplace_back(2);
    if (before.flags != after.flags)
        changed.emplace_back(3);
    if (before.consent != after.consent)
        changed.emplace_back(4);
    const auto differs = [&](const char* name) {
        const auto* old = before.extra.if_contains(name);
        const auto* now = after.extra.if_contains(name);
        return (old == nullptr) != (now == nullptr) || (old && *old != *now);
    };
    if (differs("expireDevs"))
        changed.emplace_back(5);
    if (differs("invite"))
        changed.emplace_back(6);
    return changed;
}

json::object inviteFrom(const json::object& given) {
    json::object invite{{"codes", json::array()}, {"flags", numberOf(given, "flags")}};
    for (const auto& code : textsOf(given, "codes"))
        invite["codes"].as_array().emplace_back(code);
    if (const auto agents = maybeNumber(given, "ag"))
        invite["ag"] = *agents;
    return invite;
}

void refuseTakenCodes(CommandSet& set, const sdk::Request& request, const std::string& groupId,
                      const json::object& invite) {
    for (const auto& group : set.context.directory.groups(request.caller.domain)) {
        if (group->id == groupId)
            continue;
        for (const auto& code : invite.at("codes").as_array())
            if (hasInviteCode(*group, plainCode(std::string_view(code.as_string()))))
                throw Error(ErrorCode::Conflict, "Invite code already in use", "/invite");
    }
}

void applyGroupFields(model::Group& group, const json::object& args) {
    if (const auto name = maybeText(args, "meshname"))
        group.name = *name;
    if (const auto desc = maybeText(args, "desc"))
        group.desc = *desc;
    if (const auto flags = maybeNumber(args, "flags"))
        group.flags = static_cast<std::uint32_t>(*flags);
    if (const auto consent = maybeNumber(args, "consent"))
        group.consent = static_cast<std::uint32_t>(*consent);
    if (const auto days = maybeNumber(args, "expireDevs")) {
        if (*days == 0)
            group.extra.erase("expireDevs");
        else
            group.extra["expireDevs"] = *days;
    }
    if (const auto* invite = args.if_contains("invite")) {
        if (invite->is_string())
            group.extra.erase("invite");
        else if (invite->is_object())
            group.extra["invite"] = inviteFrom(invite->get_object());
    }
}

/// As the wire's log says it: the first change with the group's name, the others after it.
std::string changeText(const model::Group& before, const model::Group& after,
                       const json::array& fields) {
    constexpr const char* kWords[] = {"", "name", "description", "flags", "consent", "auto-remove",
                                      "invite code"};
    std::string text;
    for (const auto& field : fields) {
        const auto number = field.to_number<std::size_t>();
        if (!text.empty())
            text += std::string(" and ") + kWords[number] + " changed";
        else if (number == 1)
            text = "Device group name changed from \"" + before.name + "\" to \"" + after.name + "\"";
        else
            text = "Device group \"" + after.name + "\" " + kWords[number] + " changed";
    }
    return text;
}

void announceGroupChange(CommandSet& set, const sdk::Request& request, const model::Group& before,
                         const model::Group& after) {
    const auto fields = changedFields(before, after);
    auto event = eventOf(request, "mesh", "meshchange", 142, {after.name, fields},
                         changeText(before, after, fields));
    describeGroup(set, after, event);
    set.context.events.record(std::move(event));
}

void editGroup(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    // The wire's text for an id that isn't there ends in a space (control-protocol 3.4).
    const auto target = anyGroupByIdOrName(set.context, request, args, "meshidname",
                                           "Invalid group identifier ", "Invalid group identifier");
    if (!meets(call, target.access))
        throw Error(ErrorCode::Forbidden, "Access denied", "/meshid");
    const auto before = set.context.directory.group(target.id);
    if (!before)
        throw Error(ErrorCode::NotFound, "Invalid group identifier", "/meshid");
    if (const auto* invite = args.if_contains("invite"); invite && invite->is_object())
        refuseTakenCodes(set, request, target.id, inviteFrom(invite->get_object()));
    const auto after = set.context.directory.updateGroup(
        target.id, [&](model::Group& group) { applyGroupFields(group, args); });
    if (after && !changedFields(*before, *after).empty())
        announceGroupChange(set, request, *before, *after);
    call.result("ok");
}

Schema flagsArg() {
    return Schema::integer().range(0, 0xFFFF);
}

WireSpec createSpec() {
    WireSpec wire;
    wire.command.name = "createmesh";
    wire.command.summary = "Makes a device group.";
    wire.command.audited = true;
    wire.command.args =
        wireArgs()
            .prop("meshname", lineText(1, 128), "Name of the group.")
            .prop("meshtype", Schema::anyOf({Schema::integer().range(1, 4), lineText(1, 1)}),
                  "1: Intel AMT only, 2: devices with an agent, 3: devices without one.")
            .prop("desc", longText(0, 1024), "Description.")
            .prop("flags", flagsArg(), "Group flags, control-protocol 4.4.")
            .prop("consent", Schema::integer().range(0, 127),
                  "Consent flags, control-protocol 4.3.")
            .required({"meshname", "meshtype"});
    wire.deniedText = "Permission denied";
    wire.fieldTexts = {{"meshname", "Invalid group name"},
                       {"desc", "Invalid group description"},
                       {"meshtype", "Invalid group type"}};
    return wire;
}

WireSpec editSpec() {
    const auto codes = Schema::object()
                           .prop("codes", Schema::array(lineText(1, 32)).range(1, 100), "Codes.")
                           .prop("flags", Schema::integer().range(0, 7), "Kind of installation.")
                           .prop("ag", Schema::integer().range(0, 1LL << 31), "Agents offered.")
                           .required({"codes"});
    WireSpec wire;
    wire.command.name = "editmesh";
    wire.command.summary = "Changes a device group.";
    wire.command.audited = true;
    wire.command.args = wireArgs()
                            .prop("meshid", groupIdText(), "The group.")
                            .prop("meshidname", lineText(1, 128), "The group, by its name.")
                            .prop("meshname", lineText(1, 128), "New name.")
                            .prop("desc", longText(0, 1024), "New description, empty to remove.")
                            .prop("flags", flagsArg(), "Group flags, control-protocol 4.4.")
                            .prop("consent", Schema::integer().range(0, 127),
                                  "Consent flags, control-protocol 4.3.")
                            .prop("expireDevs", Schema::integer().range(0, 2000), "Days, 0: never.")
                            .prop("invite", Schema::anyOf({Schema::oneOf({"*"}), codes}),
                                  "Invitation codes, \"*\" to remove.");
    wire.each = {{sdk::Scope::Group, sdk::device_right::kEditGroup, 0, ""}};
    wire.fieldTexts = {{"meshid", "Invalid group identifier"},
                       {"meshidname", "Invalid group identifier"},
                       {"meshname", "Invalid group name"},
                       {"desc", "Invalid group description"}};
    return wire;
}

} // namespace

void addGroupCommands(CommandSet& set) {
    WireSpec list;
    list.command.name = "meshes";
    list.command.summary = "Lists the device groups that the caller sees.";
    list.command.args = wireArgs();
    list.responseId = ResponseId::Left;
    set.wire(std::move(list), [&set](const WireCall& call) { listGroups(set, call); });

    set.wire(createSpec(), [&set](const WireCall& call) { createGroup(set, call); });
    set.wire(editSpec(), [&set](const WireCall& call) { editGroup(set, call); });

    WireSpec remove;
    remove.command.name = "deletemesh";
    remove.command.summary = "Removes a device group and its devices.";
    remove.command.audited = true;
    remove.command.args = wireArgs()
                              .prop("meshid", groupIdText(), "The group.")
                              .prop("meshname", lineText(1, 128), "The group, by its name.");
    remove.each = {{sdk::Scope::Group, sdk::device_right::kAdmin, 0, ""}};
    remove.fieldTexts = {{"meshid", "Invalid group identifier"},
                         {"meshname", "Invalid group identifier"}};
    set.wire(std::move(remove), [&set](const WireCall& call) { removeGroup(set, call); });
}

} // namespace trellis::api
