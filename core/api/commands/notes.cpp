// Notes on devices, groups and users, and one's own (control-protocol 3.6).
#include "core/api/commands/support.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

using namespace sdk::device_right;
using model::SideKind;

/// Where a note is kept, once it is clear that the caller may have it.
struct Place {
    std::string owner;
    SideKind kind = SideKind::Note;
};

enum class Use : std::uint8_t { Read = 1, Write };

[[noreturn]] void refuse() {
    throw Error(ErrorCode::Forbidden, "Access denied", "/id");
}

Place userPlace(CommandSet& set, const sdk::Request& request, const std::string& id) {
    const auto& caller = request.caller;
    const bool mayManage =
        caller.isLocalAdmin || allows(caller.siteRights, sdk::site_right::kManageUsers);
    const auto user = set.context.directory.user(id);
    if (!mayManage || !user || user->domain != caller.domain)
        refuse();
    return {user->id};
}

/// Reading a device's note needs to see it, writing the right for notes; a group's needs the right
/// to edit the group either way.
Place placeOf(CommandSet& set, const sdk::Request& request, const std::string& id, Use use) {
    if (id.starts_with("puser/")) {
        if (request.caller.userId.empty())
            refuse();
        return {request.caller.userId, SideKind::OwnNote};
    }
    const auto parsed = model::parseId(id);
    if (!parsed)
        throw Error(ErrorCode::InvalidArgument, "Invalid id", "/id");
    if (parsed->kind == model::IdKind::User)
        return userPlace(set, request, id);
    if (parsed->kind == model::IdKind::UserGroup)
        throw Error(ErrorCode::InvalidArgument, "Invalid id", "/id");
    const bool isDevice = parsed->kind == model::IdKind::Device;
    const auto target =
        isDevice ? deviceTarget(set.context, request, id) : groupTarget(set.context, request, id);
    const auto needed = !isDevice ? kEditGroup : use == Use::Write ? kSetNotes : 0;
    if (!target || !allows(target->access.rights, needed))
        refuse();
    return {target->id};
}

void getNotes(CommandSet& set, const WireCall& call) {
    const auto id = textOf(call.args(), "id");
    const auto place = placeOf(set, call.request(), id, Use::Read);
    const auto note = set.context.sideDocuments.get(place.owner, place.kind);
    call.send({{"id", id}, {"notes", note ? json::value(note->text) : json::value(nullptr)}});
}

void setNotes(CommandSet& set, const WireCall& call) {
    const auto place = placeOf(set, call.request(), textOf(call.args(), "id"), Use::Write);
    set.context.sideDocuments.put(place.owner, place.kind, textOf(call.args(), "notes"));
    call.result("ok");
}

Schema noteArgs() {
    return wireArgs().prop("id", lineText(1, 1024),
                           "Device, group or user; puser/... for the caller's own note.");
}

} // namespace

void addNoteCommands(CommandSet& set) {
    WireSpec get;
    get.command.name = "getNotes";
    get.command.summary = "The note on a device, group or user, or the caller's own.";
    get.command.args = noteArgs().required({"id"});
    get.fieldTexts = {{"id", "Invalid id"}};
    set.wire(std::move(get), [&set](const WireCall& call) { getNotes(set, call); });

    WireSpec change;
    change.command.name = "setNotes";
    change.command.summary = "Changes a note; an empty one is removed.";
    change.command.audited = true;
    change.command.args =
        noteArgs().prop("notes", longText(0, 65536), "The text.").required({"id", "notes"});
    change.fieldTexts = {{"id", "Invalid id"}, {"notes", "Invalid notes"}};
    set.wire(std::move(change), [&set](const WireCall& call) { setNotes(set, call); });
}

} // namespace trellis::api
