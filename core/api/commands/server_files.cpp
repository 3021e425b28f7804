// Files on the server (control-protocol 3.5).
#include "core/api/commands/support.hpp"
#include "core/api/files/server_area.hpp"
#include "core/model/ids.hpp"
#include <trellis/wire/text.hpp>

namespace trellis::api {

namespace {

constexpr std::size_t kMostRead = 204'800; // control-protocol 3.5, `get`

FilePlace placeOf(CommandSet& set, const WireCall& call, const char* member) {
    return filePlace(set.context, call.request(), textsOf(call.args(), member));
}

json::object areaEntry(FileStore& store, const FileArea& area, int type, const std::string& name) {
    return {{"t", type},
            {"n", name},
            {"f", store.tree(area)},
            {"maxbytes", area.quota ? json::value(*area.quota) : json::value(nullptr)}};
}

json::object fileTree(CommandSet& set, FileStore& store, const sdk::Request& request) {
    json::object areas;
    const auto own = fileArea(set.context, request, request.caller.userId);
    areas[own.ownerId] = areaEntry(store, own, 1, "My Files");
    for (const auto& group : set.context.directory.groups(request.caller.domain)) {
        const auto access = set.context.access.group(request.caller, group->id);
        if (access.isVisible && allows(access.rights, sdk::device_right::kServerFiles))
            areas[group->id] =
                areaEntry(store, {group->id, maybeNumber(group->extra, "quota")}, 4, group->name);
    }
    return {{"action", "files"}, {"filetree", {{"n", "Root"}, {"f", std::move(areas)}}}};
}

std::string needed(const WireCall& call, const char* member) {
    const auto text = maybeText(call.args(), member);
    if (!text || !isFileName(*text))
        throw Error(ErrorCode::InvalidArgument, "Invalid file name", std::string("/") + member);
    return *text;
}

std::vector<std::string> neededList(const WireCall& call, const char* member) {
    auto names = textsOf(call.args(), member);
    if (names.empty())
        throw Error(ErrorCode::InvalidArgument, "Invalid file name", std::string("/") + member);
    return names;
}

void readFile(FileStore& store, const WireCall& call, const FilePlace& place) {
    const auto data = store.read(place, needed(call, "file"), kMostRead);
    if (!data)
        throw Error(ErrorCode::Unavailable, "The file is too large", "/file");
    auto answer = call.args();
    answer["data"] = wire::encodeBase64(wire::bytesOf(*data));
    call.send(std::move(answer));
}

void writeFile(FileStore& store, const WireCall& call, const FilePlace& place) {
    const auto data = wire::decodeBase64(textOf(call.args(), "data"));
    if (!data)
        throw Error(ErrorCode::InvalidArgument, "Invalid data", "/data");
    store.write(place, needed(call, "file"), wire::textOf(*data));
}

void change(CommandSet& set, FileStore& store, const WireCall& call, const std::string& what,
            const FilePlace& place) {
    if (what == "createfolder")
        store.createFolder(place, needed(call, "newfolder"));
    else if (what == "delete")
        store.remove(place, neededList(call, "delfiles"),
                     flagOf(call.args(), "rec") ? Removal::Recursive : Removal::Single);
    else if (what == "rename")
        store.rename(place, needed(call, "oldname"), needed(call, "newname"));
    else if (what == "set")
        writeFile(store, call, place);
    else
        store.transfer(placeOf(set, call, "scpath"), place, neededList(call, "names"),
                       what == "copy" ? Transfer::Copy : Transfer::Move);
}

void fileOperation(CommandSet& set, FileStore& store, const WireCall& call) {
    requireFileRight(call.request().caller);
    const auto what = textOf(call.args(), "fileop");
    const auto place = placeOf(set, call, "path");
    if (what == "get") {
        readFile(store, call, place);
        return;
    }
    change(set, store, call, what, place);
    call.result("ok");
    const auto tree = fileTree(set, store, call.request());
    set.hub.toUser(call.request().caller.userId, tree);
}

json::value putUpload(CommandSet& set, FileStore& store, const sdk::Request& request,
                      const json::object& args) {
    requireFileRight(request.caller);
    const auto place = filePlace(set.context, request, textsOf(args, "path"));
    store.adopt(place, textOf(args, "file"), request.caller.userId, textOf(args, "upload"));
    set.hub.toUser(request.caller.userId, fileTree(set, store, request));
    return json::object{{"result", "ok"}};
}

void addUploadCommand(CommandSet& set, const std::shared_ptr<FileStore>& store) {
    sdk::CommandSpec spec;
    spec.name = "serverfile.put";
    spec.summary = "Puts what the caller has uploaded (uploadfile.ashx) into its place.";
    spec.audited = true;
    spec.args = Schema::object()
                    .prop("upload", lineText(32, 32), "Id of the upload.")
                    .prop("path", Schema::array(lineText(1, 400)).range(1, 20),
                          "Id of a user or group, then names of folders.")
                    .prop("file", lineText(1, 255), "The file's name there.")
                    .required({"upload", "path", "file"});
    spec.result = Schema::any();
    spec.requires_ = {sdk::Scope::Site, sdk::site_right::kFileAccess, 0, ""};
    set.named(std::move(spec), [&set, store](const sdk::Request& request, const json::object& args) {
        return putUpload(set, *store, request, args);
    });
}

} // namespace

void addServerFileCommands(CommandSet& set) {
    const auto store = std::make_shared<FileStore>(set.context.files);
    store->dropIncoming();
    addUploadCommand(set, store);
    WireSpec list;
    list.command.name = "files";
    list.command.summary = "The caller's files on the server and those of his groups.";
    list.command.args = wireArgs();
    set.wire(std::move(list), [&set, store](const WireCall& call) {
        requireFileRight(call.request().caller);
        call.send(fileTree(set, *store, call.request()));
    });

    const auto name = lineText(1, 255);
    const auto names = Schema::array(lineText(1, 400)).range(1, 1000);
    WireSpec change;
    change.command.name = "fileoperation";
    change.command.summary = "Reads or changes a file or folder on the server.";
    change.command.audited = true;
    change.command.args =
        wireArgs()
            .prop("fileop",
                  Schema::oneOf({"createfolder", "delete", "rename", "copy", "move", "get", "set"}),
                  "What to do.")
            .prop("path", names, "Id of a user or group, then names of folders.")
            .prop("newfolder", name, "createfolder: its name.")
            .prop("delfiles", names, "delete: what.")
            .prop("rec", Schema::boolean(), "delete: folders with what is in them.")
            .prop("oldname", name, "rename: from.")
            .prop("newname", name, "rename: to.")
            .prop("scpath", names, "copy, move: where from.")
            .prop("names", names, "copy, move: what.")
            .prop("file", name, "get, set: the file.")
            .prop("data", longText(0, 4 * 1024 * 1024).secret(), "set: its content in base64.")
            .required({"fileop", "path"});
    change.fieldTexts = {{"path", "Invalid path"}, {"fileop", "Invalid operation"}};
    for (const auto* member : {"newfolder", "delfiles", "oldname", "newname", "names", "file"})
        change.fieldTexts[member] = "Invalid file name";
    set.wire(std::move(change),
             [&set, store](const WireCall& call) { fileOperation(set, *store, call); });
}

} // namespace trellis::api
