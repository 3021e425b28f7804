// What can be asked of pushes: commands, routes, options.
#include <algorithm>

#include <boost/json/value_to.hpp>
#include <trellis/sdk/error.hpp>

#include "push_store.hpp"
#include "pushes.hpp"
#include "requirement.hpp"

namespace files {

using namespace trellis::sdk;

namespace {

json::object summary(const Push& push) {
    std::map<std::string, std::int64_t> counts;
    for (const auto& run : push.runs) ++counts[run.state];
    json::object byState;
    for (const auto& [state, count] : counts) byState[state] = count;
    return {{"push", push.id},           {"name", push.name},
            {"path", push.path},         {"size", push.size},
            {"received", push.received}, {"ownerName", push.ownerName},
            {"createdMs", push.createdMs}, {"counts", std::move(byState)}};
}

Schema onlyPush() {
    return Schema::object()
        .prop("push", Schema::string().range(1, 64), "Which one.")
        .required({"push"});
}

Schema anything() {
    return Schema::object().allowUnknown();
}

Schema beginArgs() {
    return Schema::object()
        .prop("name", Schema::string().range(1, 255), "The file's name at the devices.")
        .prop("size", Schema::integer().range(0, std::int64_t{1} << 50).unit("bytes"), "Its size.")
        .prop("path", Schema::string().range(1, 4096), "Folder on Linux, macOS and BSD.")
        .prop("windowsPath", Schema::string().range(0, 4096).byDefault("C:\\Windows\\Temp"),
              "Folder on Windows.")
        .prop("exists", Schema::oneOf({"fail", "replace", "rename"}).byDefault("fail"),
              "What becomes of a file of that name.")
        .prop("wait_h", Schema::integer().range(1, 2160).unit("hours").byDefault(24),
              "How long devices that are offline are waited for.")
        .prop("devices", Schema::array(Schema::string().range(1, 200)).range(1, 10000), "Their ids.")
        .required({"name", "size", "path", "devices"});
}

}  // namespace

Schema Pushes::options() {
    return Schema::object()
        .prop("push_file_mb", Schema::integer().range(1, 1'000'000).unit("MB").byDefault(2000),
              "Largest file that is sent to many devices.")
        .prop("push_storage_mb", Schema::integer().range(1, 10'000'000).unit("MB").byDefault(10'000),
              "Room on the server for files that wait to be sent.")
        .prop("push_devices", Schema::integer().range(1, 10000).byDefault(1000),
              "Devices that one file may be sent to.")
        .prop("push_at_once", Schema::integer().range(1, 1000).byDefault(20),
              "Devices that fetch at the same time.")
        .prop("push_keep_days", Schema::integer().range(1, 3650).unit("days").byDefault(30),
              "Days for which results are kept.");
}

void Pushes::declare(Registrar& reg, std::unique_ptr<Pushes>& self) {
    reg.migration({1, "files sent to many devices", kPushTable, ""});
    reg.command({.name = "files.push",
                 .summary = "Sends a file to many devices; its bytes go to the address in the answer.",
                 .args = beginArgs(),
                 .result = anything(),
                 .audited = true},
                [&self](const Request& request, const json::object& args) {
                    return self->begin(request.caller, args);
                });
    reg.command({.name = "files.pushes",
                 .summary = "Files that were sent to many devices, newest first.",
                 .args = Schema::object(),
                 .result = anything()},
                [&self](const Request& request, const json::object&) {
                    return self->list(request.caller);
                });
    reg.command({.name = "files.pushStatus",
                 .summary = "How a file sent to many devices stands at each.",
                 .args = onlyPush(),
                 .result = anything()},
                [&self](const Request& request, const json::object& args) {
                    return self->status(request.caller, json::value_to<std::string>(args.at("push")));
                });
    reg.command({.name = "files.pushTargets",
                 .summary = "Devices that the caller may send files to.",
                 .args = Schema::object(),
                 .result = anything()},
                [&self](const Request& request, const json::object&) {
                    return self->targets(request.caller);
                });
    reg.command({.name = "files.pushCancel",
                 .summary = "Ends what waits or runs of a push.",
                 .args = onlyPush(),
                 .result = anything(),
                 .audited = true},
                [&self](const Request& request, const json::object& args) {
                    return self->cancel(request.caller, json::value_to<std::string>(args.at("push")));
                });
    reg.command({.name = "files.pushRetry",
                 .summary = "Sends a file again to the devices where that failed.",
                 .args = onlyPush(),
                 .result = anything(),
                 .audited = true},
                [&self](const Request& request, const json::object& args) {
                    return self->retry(request.caller, json::value_to<std::string>(args.at("push")));
                });
    // Both are opened by a sealed token in the address, which nothing else gives out.
    reg.route({.method = "POST",
               .path = "/plugins/files/push",
               .access = RouteAccess::Public,
               .bodyLimit = 4 * 1024 * 1024},
              [&self](const Request&, const HttpRequest& http) { return self->receive(http); });
    reg.route({.method = "GET", .path = "/plugins/files/fetch", .access = RouteAccess::Public},
              [&self](const Request&, const HttpRequest& http) { return self->fetch(http); });
    reg.agentMessage({.action = "files.fetched",
                      .schema = Schema::object()
                                    .prop("action", Schema::string(), "The name.")
                                    .prop("run", Schema::string().range(1, 64), "Which.")
                                    .prop("path", Schema::string().range(0, 4096), "Where the device has put it.")
                                    .prop("error", Schema::string().range(0, 1000), "Empty: done.")
                                    .required({"run"})
                                    .allowUnknown()},
                     [&self](const std::string& device, const json::object& message) {
                         self->fetched(device, message);
                     });
    reg.on<DeviceEvent>(kDeviceConnected, [&self](const DeviceEvent& event) {
        self->connected(event.deviceId);
    });
    reg.ui({.id = "push",
            .slot = UiSlot::SitePage,
            .title = "files.push.title",
            .icon = "files.svg",
            .module = "push.js"});
    reg.ui({.id = "push-chosen",
            .slot = UiSlot::DevicesAction,
            .title = "files.push.title",
            .icon = "files.svg",
            .module = "push.js",
            .requires_ = kMayUse});
}

json::value Pushes::list(const Caller& caller) const {
    auto mine = all_.with([&](const All& all) {
        std::vector<std::pair<std::int64_t, json::object>> found;
        for (const auto& [id, push] : all)
            if (isOwner(push, caller)) found.emplace_back(push.createdMs, summary(push));
        return found;
    });
    std::sort(mine.begin(), mine.end(),
              [](const auto& a, const auto& b) { return a.first > b.first; });
    json::array pushes;
    for (auto& [created, push] : mine)
        if (pushes.size() < 200) pushes.push_back(std::move(push));
    return json::object{{"pushes", std::move(pushes)}};
}

json::value Pushes::status(const Caller& caller, const std::string& id) const {
    return all_.with([&](const All& all) -> json::value {
        const auto found = all.find(id);
        if (found == all.end() || !isOwner(found->second, caller))
            throw Error(ErrorCode::NotFound, "there is no such push", "/push");
        auto answer = summary(found->second);
        json::array runs;
        for (const auto& run : found->second.runs)
            runs.push_back({{"nodeid", run.device}, {"name", run.name}, {"state", run.state},
                            {"at", run.at}, {"error", run.error}});
        answer["devices"] = std::move(runs);
        answer["isOver"] = found->second.isOver();
        answer["canRetry"] = found->second.isOver() && found->second.isWhole &&
                             found->second.needsFile(found->second.createdMs);
        return answer;
    });
}

json::value Pushes::targets(const Caller& caller) const {
    Push asked;
    asked.ownerId = caller.isLocalAdmin ? "" : caller.userId;
    asked.domain = caller.domain;
    json::array devices;
    if (directory_) {
        for (const auto& device : directory_->devices(caller.domain)) {
            if (devices.size() >= 10000 || !mayUse(asked, device.id)) continue;
            devices.push_back({{"nodeid", device.id}, {"name", device.name},
                               {"group", device.groupName}, {"online", device.isOnline}});
        }
    }
    return json::object{{"devices", std::move(devices)}};
}

json::value Pushes::cancel(const Caller& caller, const std::string& id) {
    all_.with([&](All& all) {
        const auto found = all.find(id);
        if (found == all.end() || !isOwner(found->second, caller))
            throw Error(ErrorCode::NotFound, "there is no such push", "/push");
        for (auto& run : found->second.runs)
            if (!run.isFinal()) end(found->second, run, state::kCancelled, "");
        save(found->second);
    });
    tick();
    return json::object{};
}

json::value Pushes::retry(const Caller& caller, const std::string& id) {
    std::int64_t count = 0;
    all_.with([&](All& all) {
        const auto found = all.find(id);
        if (found == all.end() || !isOwner(found->second, caller))
            throw Error(ErrorCode::NotFound, "there is no such push", "/push");
        auto& push = found->second;
        const auto now = std::chrono::duration_cast<Milliseconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
        if (!push.isWhole || !push.needsFile(now))
            throw Error(ErrorCode::Conflict, "the server no longer has the file", "/push");
        for (auto& run : push.runs) {
            if (run.state != state::kFailed && run.state != state::kDenied) continue;
            run.state = state::kQueued;
            run.error.clear();
            ++count;
        }
        save(push);
    });
    tick();
    return json::object{{"devices", count}};
}

}  // namespace files
