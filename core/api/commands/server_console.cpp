// Lines of the server console (control-protocol 3.14): those that tell something about this server.
// What acts on the host (restart, update, dumps) is not for a web connection (11, 48).
#include <cctype>
#include <chrono>
#include <sstream>

#include <boost/json/serialize.hpp>

#include "core/api/commands/server_numbers.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::api {

namespace {

struct Line {
    const Context& context;
    ControlHub& hub;
    const sdk::Caller& caller;
    std::vector<std::string> words; ///< the command first, at least one
};

struct Entry {
    const char* name;
    const char* help;
    std::string (*answer)(const Line&);
};

std::string metricsWith(std::string_view prefix) {
    std::istringstream all(telemetry::Metrics::instance().text());
    std::string found;
    for (std::string line; std::getline(all, line);)
        if (line.starts_with(prefix))
            found += line + "\r\n";
    return found.empty() ? "None." : found;
}

std::string info(const Line& line) {
    const auto facts = line.context.server.facts();
    return "Version: " + facts.version + "\r\nAddress: " + facts.publicUrl +
           "\r\nUsers: " + std::to_string(line.context.directory.userCount(line.caller.domain)) +
           "\r\nDevices: " + std::to_string(line.context.directory.deviceCount()) +
           "\r\nConnected agents: " + std::to_string(line.context.directory.connectedCount()) +
           "\r\nControl connections: " + std::to_string(line.hub.size()) +
           "\r\nTunnels: " + std::to_string(line.context.tunnels.count());
}

std::string uptime(const Line&) {
    static const auto start = std::chrono::steady_clock::now();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
                             std::chrono::steady_clock::now() - start)
                             .count();
    return std::to_string(seconds / 86400) + " days, " + std::to_string(seconds / 3600 % 24) +
           " hours, " + std::to_string(seconds / 60 % 60) + " minutes";
}

std::string userSessions(const Line& line) {
    std::string answer;
    for (const auto& [user, count] : line.hub.counts(line.caller.domain))
        answer += user + ": " + std::to_string(count) + "\r\n";
    return answer.empty() ? "None." : answer;
}

std::string closeUserSessions(const Line& line) {
    if (line.words.size() != 2)
        return "Usage: closeusersessions <user>";
    const auto id =
        model::completeId(model::IdKind::User, line.caller.domain, line.words[1]).value_or("");
    if (id.empty() || model::domainOf(id) != line.caller.domain || !line.context.directory.user(id))
        return "No such user.";
    return "Closed " + std::to_string(line.hub.cutUser(id, CloseCause::ForcedOff)) +
           " connection(s).";
}

std::string certExpire(const Line& line) {
    return "Web certificate ends " + model::isoTime(line.context.server.facts().webCertExpiresMs);
}

std::string certHashes(const Line& line) {
    const auto facts = line.context.server.facts();
    return "AgentHash: " + facts.agentCertHash + "\r\nWebHash: " + facts.webCertHash;
}

/// A command by its name; what it throws is the answer.
json::value answerOf(const Line& line, const char* command, std::string& problem) {
    try {
        Call call;
        call.command = command;
        call.caller = line.caller;
        return line.context.dispatcher.call(std::move(call));
    } catch (const sdk::Error& error) {
        problem = error.what();
        return {};
    }
}

std::string autoBackup(const Line& line) {
    std::string problem;
    answerOf(line, "backup.start", problem);
    return problem.empty() ? "Starting backup..." : "Backup failed: " + problem;
}

std::string backupConfig(const Line& line) {
    std::string problem;
    const auto answer = answerOf(line, "backup.state", problem);
    if (!answer.is_object())
        return "No backups: " + problem;
    std::string text;
    for (const auto& member : answer.get_object()) {
        if (member.key() == "backups")
            text += "backups: " + std::to_string(member.value().as_array().size()) + " file(s)\r\n";
        else
            text += std::string(member.key()) + ": " +
                    (member.value().is_string() ? std::string(member.value().get_string())
                                                : json::serialize(member.value())) +
                    "\r\n";
    }
    return text;
}

std::string trafficOf(const Line& line, const char* command) {
    std::string problem;
    const auto answer = answerOf(line, command, problem);
    return problem.empty() ? json::serialize(answer) : problem;
}

std::string dbStats(const Line& line) {
    std::string text;
    line.context.directory.database().read([&](store::Session& session) {
        for (const auto* table : {"users", "device_groups", "devices", "events", "audit"})
            session.query(std::string("SELECT count(*) FROM ") + table, {},
                          [&](const store::Row& row) {
                              text += std::string(table) + ": " + std::to_string(row.integer(0)) + "\r\n";
                          });
    });
    return text;
}

std::string help(const Line&);

constexpr Entry kEntries[] = {
    {"agentstats", "Counters of the agent channel.",
     [](const Line&) { return metricsWith("trellis_agent_"); }},
    {"autobackup", "Starts a backup.", autoBackup},
    {"backupconfig", "Settings and outcome of backups.", backupConfig},
    {"certexpire", "When the web certificate ends.", certExpire},
    {"certhashes", "Hashes of the server's certificates.", certHashes},
    {"closeusersessions", "Closes the connections of a user.", closeUserSessions},
    {"dbstats", "How many records there are.", dbStats},
    {"help", "This list.", help},
    {"info", "Version and counts.", info},
    {"nodes", "How many devices there are.",
     [](const Line& line) {
         return std::to_string(line.context.directory.deviceCount()) + " device(s), " +
                std::to_string(line.context.directory.connectedCount()) + " connected";
     }},
    {"relays", "Counters of the relay.",
     [](const Line&) { return metricsWith("trellis_relay_"); }},
    {"trafficdelta", "Traffic since this connection last asked.",
     [](const Line& line) { return trafficOf(line, "trafficdelta"); }},
    {"trafficstats", "Traffic since the server started.",
     [](const Line& line) { return trafficOf(line, "trafficstats"); }},
    {"uptime", "How long the server runs.", uptime},
    {"users", "How many accounts there are.",
     [](const Line& line) {
         return std::to_string(line.context.directory.userCount(line.caller.domain)) + " user(s)";
     }},
    {"usersessions", "Control connections by user.", userSessions},
    {"versions", "Version of the server.",
     [](const Line& line) { return "Trellis " + line.context.server.facts().version; }},
};

std::string help(const Line&) {
    std::string answer = "Available commands:\r\n";
    for (const auto& entry : kEntries)
        answer += std::string(entry.name) + ": " + entry.help + "\r\n";
    return answer;
}

} // namespace

std::string consoleAnswer(const Context& context, ControlHub& hub, const sdk::Caller& caller,
                          std::string_view text) {
    Line line{context, hub, caller, {}};
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;)
        line.words.push_back(std::move(word));
    if (line.words.empty())
        return {};
    auto name = line.words.front();
    for (auto& c : name)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (const auto& entry : kEntries)
        if (name == entry.name)
            return entry.answer(line);
    return "Unknown command \"" + name + "\", type \"help\" for list of available commands.";
}

} // namespace trellis::api
