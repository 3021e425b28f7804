// What an administrator wants to know of the server itself, and the sessions that run through it.
#include <chrono>
#include <fstream>

#include <unistd.h>

#include <Poco/Version.h>
#include <boost/version.hpp>
#include <openssl/crypto.h>

#include "core/api/commands/support.hpp"

namespace trellis::api {

namespace {

/// Bytes in memory (proc(5), statm, second field).
std::uint64_t residentBytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    file >> total >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string pocoVersion() {
    return std::to_string(POCO_VERSION >> 24) + "." + std::to_string(POCO_VERSION >> 16 & 0xFF) +
           "." + std::to_string(POCO_VERSION >> 8 & 0xFF);
}

std::string boostVersion() {
    return std::to_string(BOOST_VERSION / 100000) + "." +
           std::to_string(BOOST_VERSION / 100 % 1000);
}

/// Without the password that a PostgreSQL URL may hold: its scheme alone.
std::string databaseKind(const std::string& url) {
    return url.starts_with("postgres") ? "PostgreSQL" : "SQLite";
}

json::value stateOf(CommandSet& set, const sdk::Request& request, std::int64_t startedMs) {
    const auto& context = set.context;
    const auto facts = context.server.facts();
    return json::object{
        {"version", facts.version},
        {"name", facts.name},
        {"url", facts.publicUrl},
        {"started", startedMs},
        {"now", context.directory.nowMs()},
        {"memory", residentBytes()},
        {"database", databaseKind(context.config.database.url)},
        {"libraries",
         {{"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
          {"Poco", pocoVersion()},
          {"Boost", boostVersion()}}},
        {"certificates",
         json::array{json::object{{"name", "web"}, {"expires", facts.webCertExpiresMs}}}},
        {"devices", context.directory.deviceCount()},
        {"connected", context.directory.connectedCount()},
        {"users", context.directory.userCount(request.caller.domain)}};
}

std::string deviceName(const Context& context, const std::string& id) {
    const auto device = context.directory.device(id);
    return device ? device->name : std::string();
}

json::value relays(CommandSet& set) {
    json::array list;
    for (const auto& tunnel : set.context.tunnels.running())
        list.emplace_back(json::object{{"id", tunnel.id},
                                       {"protocol", tunnel.protocol},
                                       {"nodeid", tunnel.deviceId},
                                       {"name", deviceName(set.context, tunnel.deviceId)},
                                       {"userid", tunnel.userId},
                                       {"address", tunnel.address},
                                       {"opened", tunnel.openedMs},
                                       {"toDevice", tunnel.bytesToDevice},
                                       {"toViewer", tunnel.bytesToViewer}});
    return json::object{{"relays", std::move(list)}};
}

json::value endRelay(CommandSet& set, const json::object& args) {
    if (!set.context.tunnels.end(textOf(args, "id"), "ended by an administrator"))
        throw Error(ErrorCode::NotFound, "no such session", "/id");
    return json::object{};
}

sdk::CommandSpec specOf(const char* name, const char* summary) {
    sdk::CommandSpec spec;
    spec.name = name;
    spec.summary = summary;
    spec.args = Schema::object();
    // All of it is the server's, so tenants' administrators are refused.
    spec.requires_ = {sdk::Scope::Site, sdk::site_right::kAdmin, 0, ""};
    return spec;
}

} // namespace

void addServerStateCommands(CommandSet& set) {
    const auto startedMs = set.context.directory.nowMs();
    set.named(specOf("server.state", "Version, uptime, database and certificates of the server."),
              [&set, startedMs](const sdk::Request& request, const json::object&) {
                  return stateOf(set, request, startedMs);
              });
    set.named(
        specOf("relay.list", "Sessions that run through the relay."),
        [&set](const sdk::Request&, const json::object&) { return relays(set); });
    auto end = specOf("relay.end", "Ends a session that runs through the relay.");
    end.audited = true;
    end.args = Schema::object().prop("id", lineText(1, 512), "Its id.").required({"id"});
    set.named(std::move(end), [&set](const sdk::Request&, const json::object& args) {
        return endRelay(set, args);
    });
}

} // namespace trellis::api
