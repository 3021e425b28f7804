// Server administration (control-protocol 3.11).
#include <unordered_map>

#include "core/api/commands/server_numbers.hpp"
#include "core/api/commands/server_parts.hpp"
#include "core/api/commands/support.hpp"
#include "core/api/control/connection.hpp"
#include "core/telemetry/recent_errors.hpp"

namespace trellis::api {

namespace {

using namespace sdk::site_right;

bool isFullAdmin(const sdk::Caller& caller) {
    return caller.isLocalAdmin || caller.siteRights == kAdmin;
}

[[noreturn]] void refuse() {
    throw Error(ErrorCode::Forbidden, "Access denied");
}

/// Repeated statistics, at most one timer for each control connection; it goes with the connection.
class StatisticsTimers : public std::enable_shared_from_this<StatisticsTimers> {
public:
    explicit StatisticsTimers(CommandSet& set) : set_(set) {}

    void start(const sdk::Caller& caller, std::chrono::milliseconds interval) {
        const auto session = caller.sessionId;
        auto timer = set_.context.timers.every(
            interval,
            [&pool = set_.context.pool](std::function<void()> task) {
                return pool.post(std::move(task));
            },
            [self = weak_from_this(), session, domain = caller.domain] {
                if (const auto alive = self.lock(); alive && !alive->tell(session, domain))
                    alive->stop(session);
            });
        replace(session, std::move(timer));
    }
    void stop(const std::string& session) { replace(session, nullptr); }

private:
    bool tell(const std::string& session, const std::string& domain) {
        auto message = serverNumbers(set_.context, set_.hub, domain);
        message["action"] = "serverstats";
        return set_.hub.toSession(session, message);
    }
    /// The old handle ends outside the lock: it may wait for a callback that wants the lock.
    void replace(const std::string& session, sdk::HandlePtr timer) {
        sdk::HandlePtr old;
        timers_.with([&](auto& timers) {
            if (const auto place = timers.find(session); place != timers.end()) {
                old = std::move(place->second);
                timers.erase(place);
            }
            if (timer)
                timers.emplace(session, std::move(timer));
        });
    }

    CommandSet& set_;
    sdk::Guarded<std::unordered_map<std::string, sdk::HandlePtr>> timers_;
};

void statistics(CommandSet& set, StatisticsTimers& timers, const WireCall& call) {
    requireStatisticsRight(call);
    const auto& caller = call.request().caller;
    const auto interval = numberOf(call.args(), "interval");
    if (interval < 1000 || interval > 1'000'000) {
        timers.stop(caller.sessionId);
        call.result("ok");
        return;
    }
    call.send(serverNumbers(set.context, set.hub, caller.domain));
    // Somebody without a control connection is told once.
    for (const auto& connection : set.hub.ofUser(caller.userId)) {
        if (connection->sessionId() == caller.sessionId) {
            timers.start(caller, std::chrono::milliseconds(interval));
            break;
        }
    }
}

void errors(const WireCall& call) {
    std::string text;
    for (const auto& line : telemetry::recentErrors())
        text += line + "\r\n";
    call.send({{"data", text.empty() ? json::value(nullptr) : json::value(text)}});
}

void clearErrors(const WireCall& call) {
    telemetry::clearRecentErrors();
    call.result("ok");
}

void console(CommandSet& set, const WireCall& call) {
    const auto& caller = call.request().caller;
    if (caller.byLoginToken)
        refuse();
    const auto answer =
        consoleAnswer(set.context, set.hub, caller, textOf(call.args(), "value"));
    if (!answer.empty())
        call.sendTagged({{"value", answer}});
}

void version(CommandSet& set, const WireCall& call) {
    if (call.request().caller.byLoginToken)
        refuse();
    call.send({{"tags", {{"current", set.context.server.facts().version}}}});
}

WireSpec specOf(const char* name, const char* summary, std::uint32_t right = 0) {
    WireSpec spec;
    if (right != 0)
        spec.command.requires_ = {sdk::Scope::Site, right, 0, ""};
    spec.command.name = name;
    spec.command.summary = summary;
    spec.command.args = wireArgs();
    return spec;
}

} // namespace

void requireStatisticsRight(const WireCall& call) {
    const auto& caller = call.request().caller;
    const bool isAllowed =
        isFullAdmin(caller) || (caller.siteRights & (kBackup | kRestore | kUpdate)) != 0;
    if (!isAllowed)
        refuse();
}

void requireServerNumbersRight(const WireCall& call) {
    requireStatisticsRight(call);
    const auto& caller = call.request().caller;
    if (!caller.isLocalAdmin && !caller.domain.empty())
        refuse();
}

void addServerCommands(CommandSet& set) {
    const auto counts = std::make_shared<TrafficCounts>(set.context.bus, set.context.pool);
    addTrafficCommands(set, counts);
    addHistoryCommands(set, counts);
    auto stats = specOf("serverstats", "Memory, load and counts of the server, once or repeatedly.");
    stats.command.args.prop("interval", Schema::any(),
                            "1000 to 1000000: now and then every so many ms. Anything else stops.");
    set.wire(std::move(stats), [&set, timers = std::make_shared<StatisticsTimers>(set)](
                                   const WireCall& call) { statistics(set, *timers, call); });

    set.wire(specOf("servererrors", "The latest errors of the server's log.", kUpdate),
             [](const WireCall& call) { errors(call); });

    auto clear = specOf("serverclearerrorlog", "Forgets the errors that servererrors lists.",
                        kUpdate);
    clear.command.audited = true;
    set.wire(std::move(clear), [](const WireCall& call) { clearErrors(call); });

    auto line = specOf("serverconsole", "Runs a line of the server console.", kAdmin);
    line.command.audited = true;
    line.command.args.prop("value", lineText(0, 4096), "The line.").required({"value"});
    set.wire(std::move(line), [&set](const WireCall& call) { console(set, call); });

    set.wire(specOf("serverversion", "Version of the server.", kUpdate),
             [&set](const WireCall& call) { version(set, call); });
}

} // namespace trellis::api
