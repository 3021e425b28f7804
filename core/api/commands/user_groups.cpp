// User groups (control-protocol 3.3). Who manages user groups may put anybody, himself included, in
// any of them, and so has the rights of all.
#include "core/api/commands/people.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

constexpr const char* kDenied = "Permission denied";

sdk::Requirement managers() {
    return {sdk::Scope::Site, sdk::site_right::kUserGroups, 0, ""};
}

/// A user group of the caller's tenant by its full id. Throws Error{NotFound} with `unknown`, for
/// ids of other tenants Error with `foreign`.
model::UserGroupPtr groupOf(CommandSet& set, const sdk::Request& request, const std::string& id,
                            const char* unknown, const char* foreign) {
    if (!model::parseId(model::IdKind::UserGroup, id))
        throw Error(ErrorCode::InvalidArgument, unknown, "/ugrpid");
    if (model::domainOf(id) != request.caller.domain)
        throw Error(ErrorCode::InvalidArgument, foreign, "/ugrpid");
    auto group = set.context.directory.userGroup(id);
    if (!group)
        throw Error(ErrorCode::NotFound, unknown, "/ugrpid");
    return group;
}

/// Members of such a group come and go with the identity provider alone.
bool isKeptElsewhere(const model::UserGroup& group) {
    return !group.membershipType.empty();
}

void listGroups(CommandSet& set, const WireCall& call) {
    const auto& caller = call.request().caller;
    const bool isManager = hasSiteRight(caller, sdk::site_right::kUserGroups);
    json::object groups;
    for (const auto& group : set.context.directory.userGroups(caller.domain)) {
        groups[group->id] = isManager ? model::userGroupDocument(*group, set.context.directory)
                                      : json::object{{"name", group->name}};
    }
    // Clients tell "none" by null (control-protocol 3.3).
    json::value list = groups.empty() ? json::value(nullptr) : json::value(std::move(groups));
    call.sendTagged({{"ugroups", std::move(list)}});
}

void copyMembersAndRights(CommandSet& set, const WireCall& call, const model::UserGroup& from,
                          const std::string& to) {
    const auto& request = call.request();
    const auto actor = actorOf(set.context, request);
    for (const auto& id : from.users) {
        const auto user = set.context.directory.user(id);
        if (user && maySeeUser(request.caller, actor, *user))
            set.context.directory.setLink(id, to, 1);
    }
    for (const auto& [id, rights] : from.links)
        if (model::parseId(model::IdKind::Group, id) && set.context.directory.group(id))
            set.context.directory.setLink(to, id, rights);
}

void announceMembers(CommandSet& set, const sdk::Request& request, const model::UserGroup& group) {
    for (const auto& id : group.users)
        if (const auto user = set.context.directory.user(id))
            announceUser(set, request, id, 67, {user->name},
                         "User group membership changed: " + user->name);
}

/// Device groups to which the user group has got rights, or had them.
void announceRights(CommandSet& set, const sdk::Request& request, const model::UserGroup& people,
                    bool isRemoved) {
    for (const auto& [id, rights] : people.links) {
        const auto group = set.context.directory.group(id);
        if (!group)
            continue;
        const auto text = (isRemoved ? "Removed user group " : "Added user group ") + people.name +
                          (isRemoved ? " from device group " : " to device group ") + group->name;
        auto event = eventOf(request, "mesh", "meshchange", isRemoved ? 70 : 68,
                             {people.name, group->name}, text);
        describeGroup(set, *group, event);
        set.context.events.record(std::move(event));
    }
}

void createGroup(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    if (const auto domain = maybeText(args, "domain"); domain && *domain != request.caller.domain)
        throw Error(ErrorCode::InvalidArgument, "Invalid domain", "/domain");
    model::UserGroupPtr original;
    if (const auto clone = maybeText(args, "clone"))
        original = groupOf(set, request, *clone, "Invalid clone groupid", "Invalid clone groupid");
    model::UserGroup wanted;
    wanted.domain = request.caller.domain;
    wanted.name = textOf(args, "name");
    wanted.desc = textOf(args, "desc");
    const auto id = set.context.directory.addUserGroup(std::move(wanted))->id;
    if (original)
        copyMembersAndRights(set, call, *original, id);
    const auto made = set.context.directory.userGroup(id);
    if (!made)
        throw Error(ErrorCode::Conflict, "Invalid group id"); // removed by somebody else meanwhile
    announceUserGroup(set, request, *made, "createusergroup", 69, {made->name},
                      "User group created: " + made->name);
    announceMembers(set, request, *made);
    if (original)
        announceRights(set, request, *made, false);
    call.send({{"result", "ok"},
               {"ugrpid", id},
               {"links", model::userGroupDocument(*made, set.context.directory).at("links")}});
}

void deleteGroup(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto given = textOf(call.args(), "ugrpid");
    if (!given.starts_with("ugrp/"))
        throw Error(ErrorCode::InvalidArgument, "Invalid group id", "/ugrpid");
    const auto group = groupOf(set, request, given, "Unknown device group", "Invalid domain id");
    if (isKeptElsewhere(*group) && !group->users.empty())
        throw Error(ErrorCode::Forbidden, kDenied, "/ugrpid");
    set.context.directory.removeUserGroup(group->id);
    announceUserGroup(set, request, *group, "deleteusergroup", 0, {},
                      "User group deleted: " + group->name,
                      {group->users.begin(), group->users.end()});
    announceMembers(set, request, *group);
    announceRights(set, request, *group, true);
    call.send({{"result", "ok"}, {"ugrpid", group->id}});
}

/// As the wire's log says it: the first change with the group's name, the others after it.
std::string changeText(const model::UserGroup& before, const model::UserGroup& after) {
    std::string text;
    const auto note = [&](bool isOther, const char* word) {
        if (!isOther)
            return;
        text += text.empty() ? "User group \"" + after.name + "\" " + word + " changed"
                             : std::string(" and ") + word + " changed";
    };
    if (before.name != after.name)
        text = "User group name changed from \"" + before.name + "\" to \"" + after.name + "\"";
    note(before.desc != after.desc, "description");
    note(before.consent != after.consent, "consent");
    return text.empty() ? "User group features changed." : text;
}

void editGroup(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    const auto group =
        groupOf(set, request, textOf(args, "ugrpid"), "Invalid group id", "Invalid domain id");
    const auto after = set.context.directory.updateUserGroup(group->id, [&](model::UserGroup& one) {
        if (const auto name = maybeText(args, "name"); name && !isKeptElsewhere(one))
            one.name = *name;
        if (const auto desc = maybeText(args, "desc"))
            one.desc = *desc;
        one.consent = static_cast<std::uint32_t>(numberOf(args, "consent", one.consent));
        one.flags = static_cast<std::uint32_t>(numberOf(args, "flags", one.flags));
    });
    if (*after != *group)
        announceUserGroup(set, request, *after, "usergroupchange", 0, {},
                          changeText(*group, *after));
    call.result("ok");
}

void tellUnknown(CommandSet& set, const sdk::Request& request, const json::array& names) {
    std::string list;
    for (const auto& name : names)
        list += (list.empty() ? "" : ", ") + std::string(name.as_string().c_str());
    const bool isOne = names.size() == 1;
    showPopUp(set, request,
              {"Device Group", 5, (isOne ? "User " : "Users ") + list + " not found.",
               isOne ? 15 : 16, json::array{json::value(list)}});
}

void addMembers(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto id = textOf(call.args(), "ugrpid");
    if (!model::parseId(model::IdKind::UserGroup, id))
        throw Error(ErrorCode::InvalidArgument, "Invalid groupid", "/ugrpid");
    if (model::domainOf(id) != request.caller.domain)
        throw Error(ErrorCode::InvalidArgument, "Invalid domain", "/ugrpid");
    const auto group = set.context.directory.userGroup(id);
    if (!group)
        return call.result("ok"); // the wire counts nothing then (control-protocol 3.3)
    if (isKeptElsewhere(*group))
        throw Error(ErrorCode::Forbidden, kDenied, "/ugrpid");
    const auto actor = actorOf(set.context, request);
    json::array unknown, joined;
    int added = 0;
    std::string list;
    for (const auto& name : textsOf(call.args(), "usernames")) {
        const auto user = set.context.directory.userByName(request.caller.domain, name);
        if (!user || !maySeeUser(request.caller, actor, *user)) {
            unknown.emplace_back(name);
            continue;
        }
        ++added;
        if (group->users.contains(user->id))
            continue;
        set.context.directory.setLink(user->id, id, 1);
        announceUser(set, request, user->id, 67, {user->name},
                     "User group membership changed: " + user->name);
        joined.emplace_back(user->name);
        list += (list.empty() ? "" : ", ") + user->name;
    }
    if (!joined.empty())
        announceUserGroup(set, request, *group, "usergroupchange", 71, {joined, group->name},
                          "Added user(s) " + list + " to user group " + group->name);
    const auto failed = unknown.size();
    if (failed != 0)
        tellUnknown(set, request, unknown);
    if (call.wantsReply())
        call.send({{"result", "ok"}, {"added", added}, {"failed", failed}});
}

void removeMember(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto id = textOf(call.args(), "ugrpid");
    if (!model::parseId(model::IdKind::UserGroup, id))
        throw Error(ErrorCode::InvalidArgument, "Invalid groupid", "/ugrpid");
    const auto given = textOf(call.args(), "userid");
    const auto userId =
        model::completeId(model::IdKind::User, request.caller.domain,
                          given.find('/') == std::string::npos ? model::lowerName(given) : given);
    if (!userId)
        throw Error(ErrorCode::InvalidArgument, "Invalid userid", "/userid");
    if (model::domainOf(id) != request.caller.domain ||
        model::domainOf(*userId) != request.caller.domain)
        throw Error(ErrorCode::InvalidArgument, "Invalid domain", "/ugrpid");
    const auto group = set.context.directory.userGroup(id);
    const auto user = set.context.directory.user(*userId);
    const bool isMember = group && user && group->users.contains(*userId);
    if (isMember && isKeptElsewhere(*group))
        throw Error(ErrorCode::Forbidden, kDenied, "/ugrpid");
    // Who isn't there, or isn't to be seen, is as good as removed (control-protocol 3.3).
    if (!isMember || !maySeeUser(request.caller, actorOf(set.context, request), *user))
        return call.result("ok");
    set.context.directory.removeLink(*userId, id);
    announceUser(set, request, *userId, 67, {user->name},
                 "User group membership changed: " + user->name);
    announceUserGroup(set, request, *group, "usergroupchange", 72, {user->name, group->name},
                      "Removed user " + user->name + " from user group " + group->name, {*userId});
    call.result("ok");
}

WireSpec spec(const char* name, const char* summary, Schema args) {
    auto wire = wireSpec(name, summary, std::move(args));
    wire.command.requires_ = managers();
    wire.command.audited = true;
    wire.deniedText = kDenied;
    return wire;
}

void addListAndCreate(CommandSet& set) {
    auto list = spec("usergroups", "Lists the user groups; only names without the right to manage.",
                     wireArgs());
    list.command.requires_ = {};
    list.command.audited = false;
    list.responseId = ResponseId::Left;
    set.wire(std::move(list), [&set](const WireCall& call) { listGroups(set, call); });

    auto create = spec("createusergroup", "Makes a user group.",
                       wireArgs()
                           .prop("name", lineText(1, 64), "Its name.")
                           .prop("desc", longText(0, 1024), "Its description.")
                           .prop("clone", idText(), "A user group to copy users and rights from.")
                           .prop("domain", lineText(0, 64), "Tenant; the caller's own.")
                           .required({"name"}));
    create.fieldTexts = {{"name", "Invalid group name"},
                         {"desc", "Invalid group description"},
                         {"clone", "Invalid clone groupid"},
                         {"domain", "Invalid domain"}};
    set.wire(std::move(create), [&set](const WireCall& call) { createGroup(set, call); });
}

void addEditAndDelete(CommandSet& set) {
    auto remove = spec("deleteusergroup", "Removes a user group and the rights that it gave.",
                       wireArgs().prop("ugrpid", idText(), "The user group.").required({"ugrpid"}));
    remove.fieldTexts = {{"ugrpid", "Invalid group id"}};
    set.wire(std::move(remove), [&set](const WireCall& call) { deleteGroup(set, call); });

    auto edit =
        spec("editusergroup", "Changes a user group.",
             wireArgs()
                 .prop("ugrpid", idText(), "The user group.")
                 .prop("name", lineText(1, 64), "New name.")
                 .prop("desc", longText(0, 1024), "New description, empty to remove.")
                 .prop("consent", Schema::integer().range(0, 127), "Flags, control-protocol 4.3.")
                 .prop("flags", Schema::integer().range(0, 255), "Flags, control-protocol 4.4.")
                 .required({"ugrpid"}));
    edit.fieldTexts = {{"ugrpid", "Invalid group id"},
                       {"name", "Invalid group name"},
                       {"desc", "Invalid group description"}};
    set.wire(std::move(edit), [&set](const WireCall& call) { editGroup(set, call); });
}

void addMemberCommands(CommandSet& set) {
    auto add =
        spec("addusertousergroup", "Puts users into a user group.",
             wireArgs()
                 .prop("ugrpid", idText(), "The user group.")
                 .prop("usernames", Schema::array(lineText(1, 128)).range(0, 1000), "Login names.")
                 .required({"ugrpid", "usernames"}));
    add.fieldTexts = {{"ugrpid", "Invalid groupid"}, {"usernames", "Invalid usernames"}};
    set.wire(std::move(add), [&set](const WireCall& call) { addMembers(set, call); });

    auto remove = spec("removeuserfromusergroup", "Takes a user out of a user group.",
                       wireArgs()
                           .prop("ugrpid", idText(), "The user group.")
                           .prop("userid", lineText(1, 256), "The user, by id or name.")
                           .required({"ugrpid", "userid"}));
    remove.fieldTexts = {{"ugrpid", "Invalid groupid"}, {"userid", "Invalid userid"}};
    set.wire(std::move(remove), [&set](const WireCall& call) { removeMember(set, call); });
}

} // namespace

void addUserGroupCommands(CommandSet& set) {
    addListAndCreate(set);
    addEditAndDelete(set);
    addMemberCommands(set);
}

} // namespace trellis::api
