// Who has which rights on a group or device (control-protocol 3.4, 3.6).
#include "core/api/commands/people.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

using model::right::kGroupAdmin;

/// A user or user group that was named by id or login name.
struct Holder {
    std::string given; ///< as the caller wrote it, for answers
    std::string id;    ///< "" if there is no such holder in this tenant
    std::string name;
};

Holder holderOf(const Context& context, const std::string& domain, const std::string& given) {
    if (model::parseId(model::IdKind::UserGroup, given)) {
        const auto group = context.directory.userGroup(given);
        if (group && group->domain == domain)
            return {given, group->id, group->name};
        return {given, "", ""};
    }
    const auto user = given.find('/') == std::string::npos
                          ? context.directory.userByName(domain, given)
                          : context.directory.user(given);
    if (user && user->domain == domain)
        return {given, user->id, user->name};
    return {given, "", ""};
}

std::vector<std::string> namesFrom(const json::object& args) {
    auto names = textsOf(args, "usernames");
    for (auto& id : textsOf(args, "userids"))
        names.push_back(std::move(id));
    if (const auto id = maybeText(args, "userid"))
        names.push_back(*id);
    return names;
}

std::string lastPart(const std::string& id) {
    return id.substr(id.rfind('/') + 1);
}

/// The holder's side of a change of rights. `what`: what happened to a user, without his name, which
/// follows.
void announceHolder(CommandSet& set, const sdk::Request& request, const Holder& holder,
                    int userMessageId, const std::string& what) {
    if (const auto group = set.context.directory.userGroup(holder.id)) {
        announceUserGroup(set, request, *group, "usergroupchange", 79, {holder.name},
                          "User group changed: " + group->name);
        return;
    }
    auto event =
        userChangeEvent(set, request, holder.id, userMessageId, {holder.name}, what + holder.name);
    if (userMessageId != 78) // of a device: his list has another one, or one less
        event.extra["nodeListChange"] = holder.id;
    set.context.events.record(std::move(event));
}

void announceMembership(CommandSet& set, const sdk::Request& request, const model::Group& group,
                        const Holder& holder, bool isRemoved) {
    const auto text = isRemoved ? "Removed user " + holder.name + " from device group " + group.name
                                : "Added user " + holder.name + " to device group " + group.name;
    auto event = eventOf(request, "mesh", "meshchange", isRemoved ? 83 : 163,
                         {holder.name, group.name}, text);
    event.targets = {holder.id};
    describeGroup(set, group, event);
    set.context.events.record(std::move(event));
}

constexpr auto kMembershipText = "Device group membership changed: ";

struct Change {
    CommandSet& set;
    const sdk::Request& request;
    const model::Group& group;
    model::Rights ownRights;
    model::Rights rights;
    bool isRemoval;
};

/// Gives or takes one holder's rights; the answer's text, as the specification has it.
std::string applyTo(const Change& change, const Holder& holder, bool& isDone) {
    isDone = false;
    const auto shown = lastPart(holder.id.empty() ? holder.given : holder.id);
    const bool isFullId = holder.given.find('/') != std::string::npos;
    if (isFullId && model::domainOf(holder.given) != change.request.caller.domain)
        return "Mismatch domains";
    if (holder.id.empty())
        return "Unknown user " + shown;
    const bool isOwnerChange = change.ownRights != kGroupAdmin;
    if (holder.id == change.request.caller.userId)
        return "Can't change self";
    const auto place = change.group.links.find(holder.id);
    const bool isAdmin = place != change.group.links.end() && place->second == kGroupAdmin;
    if (isOwnerChange && isAdmin)
        return "Can't change rights of device group administrator";
    if (isOwnerChange && change.rights == kGroupAdmin && !change.isRemoval)
        return "Can't set device group administrator, if not administrator";
    if (change.isRemoval)
        change.set.context.directory.removeLink(holder.id, change.group.id);
    else
        change.set.context.directory.setLink(holder.id, change.group.id, change.rights);
    announceHolder(change.set, change.request, holder, 78, kMembershipText);
    announceMembership(change.set, change.request, change.group, holder, change.isRemoval);
    isDone = true;
    return (change.isRemoval ? "Removed user " : "Added user ") + shown;
}

void addMembers(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    const auto names = namesFrom(args);
    if (names.empty())
        throw Error(ErrorCode::InvalidArgument, "Invalid usernames", "/usernames");
    const auto target = anyGroupByIdOrName(set.context, request, args, "meshname", "Unknown group",
                                           "Invalid groupid");
    if (!meets(call, target.access))
        throw Error(ErrorCode::Forbidden, "Permission denied", "/meshid");
    const auto group = set.context.directory.group(target.id);
    if (!group)
        throw Error(ErrorCode::NotFound, "Unknown group", "/meshid");
    const auto* rights = args.if_contains("meshadmin");
    if (!rights && !flagOf(args, "remove"))
        throw Error(ErrorCode::InvalidArgument, "Invalid group rights", "/meshadmin");
    const Change change{set,
                        request,
                        *group,
                        target.access.rights,
                        rights ? bitsOf(*rights) : 0,
                        flagOf(args, "remove")};
    std::string texts;
    int success = 0;
    int failed = 0;
    bool isAnybodyUnknown = false;
    for (const auto& name : names) {
        const auto holder = holderOf(set.context, request.caller.domain, name);
        bool isDone = false;
        const auto text = applyTo(change, holder, isDone);
        ++(isDone ? success : failed);
        // A login name that doesn't exist isn't mentioned on the wire: "Nothing done" says it all.
        if (holder.id.empty() && name.find('/') == std::string::npos)
            continue;
        isAnybodyUnknown = isAnybodyUnknown || text.starts_with("Unknown");
        texts += (texts.empty() ? "" : ", ") + text;
    }
    if (success == 0 && !isAnybodyUnknown)
        texts += texts.empty() ? "Nothing done" : ", Nothing done";
    if (call.wantsReply()) {
        call.send({{"result", texts},
                   {"success", success},
                   {"failed", failed}});
    }
}

void removeMember(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    const auto target = anyGroupByIdOrName(set.context, request, args, "meshname",
                                           "Unknown device group", "Unknown device group");
    if (!meets(call, target.access))
        throw Error(ErrorCode::Forbidden, "Permission denied", "/meshid");
    const auto given = textOf(args, "userid");
    if (given.find('/') != std::string::npos && model::domainOf(given) != request.caller.domain)
        throw Error(ErrorCode::InvalidArgument, "Invalid userid", "/userid");
    const auto holder = holderOf(set.context, request.caller.domain, given);
    const bool isSelf = !holder.id.empty() && holder.id == request.caller.userId;
    if (isSelf)
        throw Error(ErrorCode::Forbidden, "Can't remove self", "/userid");
    const auto group = set.context.directory.group(target.id);
    if (!group)
        throw Error(ErrorCode::NotFound, "Unknown device group", "/meshid");
    const auto place = holder.id.empty() ? group->links.end() : group->links.find(holder.id);
    if (place == group->links.end())
        throw Error(ErrorCode::NotFound, "User not in group", "/userid");
    if (place->second == kGroupAdmin && target.access.rights != kGroupAdmin)
        throw Error(ErrorCode::Forbidden, "Permission denied", "/userid");
    set.context.directory.removeLink(holder.id, group->id);
    announceHolder(set, request, holder, 78, kMembershipText);
    announceMembership(set, request, *group, holder, true);
    call.result("ok");
}

void changeDeviceUsers(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    const auto* given = args.if_contains("rights");
    const auto rights = given ? bitsOf(*given) : 0;
    const bool isRemoval = flagOf(args, "remove");
    if (!given && !isRemoval)
        throw Error(ErrorCode::InvalidArgument, "Invalid rights", "/rights");
    constexpr auto kGroupOnly = sdk::device_right::kEditGroup | sdk::device_right::kManageUsers |
                                sdk::device_right::kManageDevices;
    if ((rights & kGroupOnly) != 0)
        throw Error(ErrorCode::InvalidArgument, "Invalid rights", "/rights");
    const auto names = namesFrom(args);
    if (names.empty())
        throw Error(ErrorCode::InvalidArgument, "Invalid usernames", "/usernames");
    const auto device = set.context.directory.device(request.deviceId);
    if (!device)
        throw Error(ErrorCode::NotFound, "Invalid nodeid", "/nodeid");
    for (const auto& name : names) {
        const auto holder = holderOf(set.context, request.caller.domain, name);
        if (holder.id.empty())
            continue; // control-protocol 3.6: skipped without notice
        if (isRemoval)
            set.context.directory.removeLink(holder.id, device->id);
        else
            set.context.directory.setLink(holder.id, device->id, rights);
        const int messageId = isRemoval || rights == 0 ? 81 : 82;
        const std::string what(messageId == 81 ? "Removed user device rights for "
                                               : "Changed user device rights for ");
        announceHolder(set, request, holder, messageId, what);
        auto event = eventOf(request, "node", "changenode", messageId, {device->name},
                             what + device->name);
        event.deviceId = device->id;
        event.groupId = device->groupId;
        event.targets = {holder.id};
        set.context.events.record(std::move(event));
    }
    call.result("ok");
}

Schema memberNames(Schema args) {
    return args.prop("usernames", Schema::array(lineText(1, 256)).range(0, 1000), "Login names.")
        .prop("userids", Schema::array(idText()).range(0, 1000), "Ids of users or user groups.")
        .prop("userid", idText(), "One of these.");
}

} // namespace

void addGroupMemberCommands(CommandSet& set) {
    WireSpec add;
    add.command.name = "addmeshuser";
    add.command.summary = "Gives users or user groups rights on a device group.";
    add.command.audited = true;
    add.command.args =
        memberNames(wireArgs()
                        .prop("meshid", groupIdText(), "The group.")
                        .prop("meshname", lineText(1, 128), "The group, by name.")
                        .prop("meshadmin", rightBits(), "Rights, control-protocol 4.2.")
                        .prop("remove", Schema::boolean(), "Take them out instead."));
    add.each = {{sdk::Scope::Group, sdk::device_right::kManageUsers, 0, ""}};
    add.fieldTexts = {{"meshid", "Invalid groupid"},         {"meshname", "Invalid groupid"},
                      {"meshadmin", "Invalid group rights"}, {"usernames", "Invalid usernames"},
                      {"userids", "Invalid usernames"},      {"userid", "Invalid usernames"}};
    add.deniedText = "Permission denied";
    set.wire(std::move(add), [&set](const WireCall& call) { addMembers(set, call); });

    WireSpec remove;
    remove.command.name = "removemeshuser";
    remove.command.summary = "Takes a user or user group out of a device group.";
    remove.command.audited = true;
    remove.command.args = wireArgs()
                              .prop("meshid", idText(), "The group.")
                              .prop("meshname", lineText(1, 128), "The group, by name.")
                              .prop("userid", idText(), "The user or user group.")
                              .required({"userid"});
    remove.each = {{sdk::Scope::Group, sdk::device_right::kManageUsers, 0, ""}};
    remove.fieldTexts = {{"meshid", "Invalid groupid"},
                         {"meshname", "Invalid groupid"},
                         {"userid", "Invalid userid"}};
    remove.deniedText = "Permission denied";
    set.wire(std::move(remove), [&set](const WireCall& call) { removeMember(set, call); });

    WireSpec device;
    device.command.name = "adddeviceuser";
    device.command.summary = "Gives users or user groups rights on one device.";
    device.command.audited = true;
    device.command.requires_ = {sdk::Scope::Device, sdk::device_right::kManageUsers, 0, ""};
    device.command.args =
        memberNames(wireArgs()
                        .prop("nodeid", idText(), "The device.")
                        .prop("rights", rightBits(), "Rights, control-protocol 4.2.")
                        .prop("remove", Schema::boolean(), "Take them out instead.")
                        .required({"nodeid"}));
    device.fieldTexts = {{"nodeid", "Invalid nodeid"},
                         {"rights", "Invalid rights"},
                         {"usernames", "Invalid usernames"},
                         {"userids", "Invalid usernames"},
                         {"userid", "Invalid usernames"}};
    device.deniedText = "Permission denied";
    set.wire(std::move(device), [&set](const WireCall& call) { changeDeviceUsers(set, call); });
}

} // namespace trellis::api
