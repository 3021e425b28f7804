#include "core/app/backup_commands.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <trellis/sdk/error.hpp>

#include "core/api/access.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::app {
namespace {

namespace json = boost::json;
using sdk::Error;
using sdk::ErrorCode;
using sdk::Schema;

constexpr auto kBackup = sdk::site_right::kBackup;

sdk::CommandSpec specOf(const char* name, const char* summary) {
    sdk::CommandSpec spec;
    spec.name = name;
    spec.summary = summary;
    spec.args = Schema::object();
    spec.result = Schema::any();
    spec.requires_ = {sdk::Scope::Site, kBackup, 0, ""};
    return spec;
}

void requirePassphrase(const Backups& backups) {
    if (!backups.isReady())
        throw Error(ErrorCode::Unavailable, "backup.passphrase is not set in the configuration");
}

json::value start(Backups& backups, bus::WorkerPool& pool) {
    requirePassphrase(backups);
    if (backups.isMaking()) throw Error(ErrorCode::Conflict, "a backup is being made");
    const bool isTaken = pool.post([&backups] {
        try {
            backups.make();
        } catch (const std::exception& problem) {
            telemetry::log("backup").error("backup failed", {{"why", problem.what()}});
        }
    });
    if (!isTaken) throw Error(ErrorCode::Unavailable, "the server is busy");
    return json::object{{"started", true}};
}

json::value verify(Backups& backups, bus::WorkerPool& pool, const std::string& name) {
    requirePassphrase(backups);
    if (!backups.find(name)) throw Error(ErrorCode::NotFound, "no such backup", "/file");
    if (backups.isVerifying()) throw Error(ErrorCode::Conflict, "a backup is being verified");
    const bool isTaken = pool.post([&backups, name] {
        try {
            backups.verify(name);
        } catch (const std::exception& problem) {
            telemetry::log("backup").error("a backup was not verified", {{"why", problem.what()}});
        }
    });
    if (!isTaken) throw Error(ErrorCode::Unavailable, "the server is busy");
    return json::object{{"started", true}};
}

net::HttpResponse fileResponse(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat status {};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
        if (descriptor >= 0) ::close(descriptor);
        return net::HttpResponse::text(404, "Not found\n");
    }
    net::HttpResponse response;
    response.headers.set("Content-Type", "application/octet-stream");
    response.headers.set("Content-Disposition",
                         "attachment; filename=\"" + path.filename().string() + "\"");
    response.headers.set("Cache-Control", "no-store");
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.body = net::FileBody{std::shared_ptr<const int>(new int(descriptor),
                                                             [](const int* fd) {
                                                                 ::close(*fd);
                                                                 delete fd;
                                                             }),
                                  0, static_cast<std::uint64_t>(status.st_size)};
    return response;
}

net::HttpResponse answer(const Backups& backups, const api::HttpCallers& callers,
                         const net::HttpRequest& request) {
    const auto caller = callers.resolve(request, api::HttpCallers::Change::No);
    if (!caller.isLocalAdmin && (caller.byLoginToken || !api::allows(caller.siteRights, kBackup)))
        throw Error(ErrorCode::Forbidden, "Access denied");
    const auto path = backups.find(std::string(request.params.get("file")));
    if (!path) return net::HttpResponse::text(404, "Not found\n");
    telemetry::log("backup").info("backup downloaded", {{"file", path->filename().string()},
                                                        {"user", caller.userId},
                                                        {"address", caller.address}});
    return fileResponse(*path);
}

}  // namespace

std::vector<api::Registration> addBackupCommands(api::Dispatcher& dispatcher, Backups& backups,
                                                 bus::WorkerPool& pool) {
    std::vector<api::Registration> added;
    auto begin = specOf("backup.start", "Starts a backup; backup.state tells what becomes of it.");
    begin.audited = true;
    added.push_back(dispatcher.add(
        std::move(begin), sdk::SimpleCommandHandler([&](const sdk::Request&, const json::object&) {
            return start(backups, pool);
        }),
        "core"));
    auto check = specOf("backup.verify",
                        "Starts reading a backup as a whole; backup.state tells what came of it.");
    check.args = Schema::object()
                     .prop("file", Schema::string().range(1, 100).format(sdk::Format::Line),
                           "Its name, as backup.state has it.")
                     .required({"file"});
    added.push_back(dispatcher.add(
        std::move(check), sdk::SimpleCommandHandler([&](const sdk::Request&, const json::object& args) {
            return verify(backups, pool, std::string(args.at("file").as_string()));
        }),
        "core"));
    added.push_back(dispatcher.add(
        specOf("backup.state", "Schedule, files and the last outcome of backups."),
        sdk::SimpleCommandHandler([&](const sdk::Request&, const json::object&) {
            return json::value(backups.state());
        }),
        "core"));
    return added;
}

net::Registration mountBackups(net::Router& router, const Backups& backups,
                               const api::HttpCallers& callers) {
    net::RouteSpec spec;
    spec.path = "/api/backups/{file}";
    return router.addSimple(spec, [&](const net::HttpRequest& request) {
        try {
            return answer(backups, callers, request);
        } catch (const Error& error) {
            return api::errorResponse(error);
        }
    });
}

}  // namespace trellis::app
