#include "schedules.hpp"

#include <limits>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <trellis/sdk/db.hpp>
#include <trellis/sdk/error.hpp>

#include "json_access.hpp"

namespace scripts {

using namespace trellis::sdk;
using namespace trellis::sdk::db;
using Poco::Data::Session;

namespace {

constexpr std::int64_t kMissedMs = 5 * 60'000;
constexpr const char* kColumns = "SELECT id, owner, owner_name, domain, is_enabled, next_ms, body, "
                                 "sealed, last FROM p_scripts_schedule";

Cron cronOf(const std::string& text) {
    try {
        return Cron::parse(text);
    } catch (const CronError& error) {
        throw Error(ErrorCode::InvalidArgument, error.what(), "/cron");
    }
}

Zone zoneOf(const std::string& name) {
    try {
        return Zone::load(name);
    } catch (const std::invalid_argument&) {
        throw Error(ErrorCode::InvalidArgument, "no time zone \"" + name + "\"", "/timeZone");
    }
}

std::vector<std::int64_t> times(const Cron& cron, const Zone& zone, std::int64_t nowMs,
                                std::int64_t count) {
    std::vector<std::int64_t> found;
    auto at = nowMs / 1000;
    while (static_cast<std::int64_t>(found.size()) < count) {
        const auto next = cron.next(at, zone);
        if (!next)
            break;
        at = *next;
        found.push_back(at * 1000);
    }
    return found;
}

} // namespace

Schema Schedules::previewArgs() {
    return Schema::object()
        .prop("cron", Schema::string().range(1, 200),
              "Five fields: minute, hour, day of the month, month, day of the week.")
        .prop("timeZone", Schema::string().range(0, 64).byDefault(""),
              "Such as Europe/Berlin; empty: the configured one.")
        .required({"cron"});
}

Schema Schedules::saveArgs() {
    auto args = previewArgs();
    addRunArgs(args);
    return args
        .prop("id", Schema::string().range(1, 64), "The schedule to change; absent for a new one.")
        .prop("enabled", Schema::boolean().byDefault(true), "Whether it runs.")
        .prop("missed", Schema::oneOf({"once", "skip"}).byDefault("once"),
              "What becomes of runs that were missed: one is made up for, or none.")
        .prop("targets", targetSchema(), "Devices, chosen anew each time it runs.")
        .required({"cron", "name", "targets"});
}

bool Schedules::mayManage(const Owner& caller, const std::string& owner,
                          const std::string& domain) const {
    return domain == caller.domain && (owner == caller.userId || people_.isAdmin(caller));
}

std::int64_t Schedules::nextOf(const json::object& body, std::int64_t now) const {
    const auto zone = textOf(body, "timeZone");
    const auto found =
        times(cronOf(textOf(body, "cron")), zoneOf(zone.empty() ? limits_.timeZone : zone), now, 1);
    return found.empty() ? 0 : found[0];
}

json::value Schedules::preview(const json::object& args) const {
    const auto zone = textOf(args, "timeZone");
    json::array list;
    for (const auto at : times(cronOf(textOf(args, "cron")),
                               zoneOf(zone.empty() ? limits_.timeZone : zone), nowMs(), 5))
        list.emplace_back(at);
    return json::object{{"times", std::move(list)}};
}

json::value Schedules::list(const Owner& caller) {
    json::array found;
    host_.database([&](Session& session) {
        found.clear();
        for (const auto& row : query(session, std::string(kColumns) + " ORDER BY id")) {
            if (!mayManage(caller, row.text(1), row.text(3)))
                continue;
            auto entry = json::parse(row.text(6)).as_object();
            const bool isEnabled = row.integer(4) != 0;
            entry["id"] = row.text(0);
            entry["owner"] = row.text(1);
            entry["ownerName"] = row.text(2);
            entry["enabled"] = isEnabled;
            json::array next;
            if (isEnabled && row.integer(5) != 0) {
                next.emplace_back(row.integer(5));
                const auto zone = textOf(entry, "timeZone");
                for (const auto at :
                     times(cronOf(textOf(entry, "cron")),
                           zoneOf(zone.empty() ? limits_.timeZone : zone), row.integer(5), 2))
                    next.emplace_back(at);
            }
            entry["next"] = std::move(next);
            entry["last"] = json::parse(row.text(8));
            found.push_back(std::move(entry));
        }
    });
    return json::object{{"schedules", std::move(found)}};
}

json::value Schedules::save(const Owner& caller, const json::object& args) {
    auto body = runArgsOf(args);
    // Checks everything, and pins the version that runs.
    auto spec = prepare(library_, limits_, caller, args);
    if (!spec.scriptId.empty())
        body["version"] = spec.version;
    json::array secretNames;
    for (const auto& name : spec.secretNames)
        secretNames.emplace_back(name);
    body["secretNames"] = std::move(secretNames);
    for (const auto* name : {"cron", "timeZone", "missed", "targets"})
        body[name] = args.at(name);
    choose(people_, caller, args.at("targets").as_object());
    const bool isEnabled = flagOf(args, "enabled");
    const auto next = nextOf(body, nowMs());
    if (next == 0)
        throw Error(ErrorCode::InvalidArgument, "it would never run", "/cron");
    auto id = textOf(args, "id");
    host_.database([&](Session& session) {
        if (id.empty()) {
            if (query(session, "SELECT COUNT(*) FROM p_scripts_schedule")[0].integer(0) >=
                kMaxSchedules)
                throw Error(ErrorCode::Conflict, "there are 500 schedules already: remove some");
            id = randomHex(8);
            execute(session,
                    "INSERT INTO p_scripts_schedule (id, owner, owner_name, domain, is_enabled, "
                    "next_ms, body, sealed, last) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '{}')",
                    {id, caller.userId, caller.name, caller.domain, std::int64_t{isEnabled}, next,
                     json::serialize(body), sealer_.seal(spec.secrets, id)});
            return;
        }
        const auto rows = query(session, std::string(kColumns) + " WHERE id = $1", {id});
        if (rows.empty() || !mayManage(caller, rows[0].text(1), rows[0].text(3)))
            throw Error(ErrorCode::NotFound, "no schedule " + id, "/id");
        execute(session,
                "UPDATE p_scripts_schedule SET owner = $1, owner_name = $2, is_enabled = $3, "
                "next_ms = $4, body = $5, sealed = $6 WHERE id = $7",
                {caller.userId, caller.name, std::int64_t{isEnabled}, next, json::serialize(body),
                 sealer_.seal(spec.secrets, id), id});
    });
    ++changes_;
    return json::object{{"id", id}, {"nextMs", next}};
}

json::value Schedules::remove(const Owner& caller, const json::object& args) {
    const auto id = textOf(args, "id");
    host_.database([&](Session& session) {
        const auto rows = query(session, std::string(kColumns) + " WHERE id = $1", {id});
        if (rows.empty() || !mayManage(caller, rows[0].text(1), rows[0].text(3)))
            throw Error(ErrorCode::NotFound, "no schedule " + id, "/id");
        execute(session, "DELETE FROM p_scripts_schedule WHERE id = $1", {id});
    });
    ++changes_;
    return json::object{};
}

void Schedules::tick(std::int64_t now) {
    const std::uint64_t changes = changes_;  // before the question, so that a later one is seen next time
    if (changes == seenChanges_ && now < nextDueMs_)
        return;
    std::vector<Entry> due;
    host_.database([&](Session& session) {
        due.clear();
        for (const auto& row :
             query(session,
                   std::string(kColumns) + " WHERE is_enabled = 1 AND next_ms > 0 AND next_ms <= "
                                           "$1 ORDER BY next_ms, id LIMIT 100",
                   {now})) {
            due.push_back({row.text(0),
                           {row.text(1), row.text(2), row.text(3)},
                           row.integer(5),
                           json::parse(row.text(6)).as_object(),
                           json::parse(row.text(8)).as_object(),
                           row.text(7)});
        }
    });
    for (const auto& entry : due)
        fire(entry, now);
    host_.database([&](Session& session) {
        const auto rows = query(session, "SELECT next_ms FROM p_scripts_schedule WHERE is_enabled = 1 "
                                         "AND next_ms > 0 ORDER BY next_ms LIMIT 1");
        nextDueMs_ = rows.empty() ? std::numeric_limits<std::int64_t>::max() : rows[0].integer(0);
    });
    seenChanges_ = changes;
}

void Schedules::fire(const Entry& entry, std::int64_t now) {
    const bool isMissed = now - entry.nextMs > kMissedMs;
    json::object last{{"atMs", now}, {"dueMs", entry.nextMs}, {"missed", isMissed}};
    const auto store = [&](const json::object& what, std::int64_t next) {
        host_.database([&](Session& session) {
            execute(session, "UPDATE p_scripts_schedule SET next_ms = $1, last = $2 WHERE id = $3",
                    {next, json::serialize(what), entry.id});
        });
    };
    std::int64_t next = 0;
    try {
        next = nextOf(entry.body, now);
    } catch (const Error& error) { // the time zone is gone: says so and does not run again
        last["error"] = error.what();
    }
    store(last, next); // first, so that a run happens at most once
    try {
        if (isMissed && textOf(entry.body, "missed") == "skip") {
            last["error"] = "missed while the server was away";
        } else if (engine_.isActive(textOf(entry.last, "job"))) {
            last["error"] = "left out: the job before it is still active";
            last["job"] = textOf(entry.last, "job");
        } else {
            for (auto& [name, value] : start(entry))
                last[name] = value;
        }
    } catch (const Error& error) {
        last["error"] = error.what();
    }
    if (const auto* error = last.if_contains("error")) {
        host_.log().warning("a schedule did not run",
                            {{"schedule", entry.id}, {"why", std::string(error->as_string())}});
    }
    store(last, next);
}

json::object Schedules::start(const Entry& entry) {
    auto args = entry.body;
    json::object secrets;
    for (const auto& [name, value] : sealer_.open(entry.sealed, entry.id))
        secrets[name] = value;
    args["secrets"] = std::move(secrets);
    auto spec = prepare(library_, limits_, entry.owner, args);
    spec.source = "schedule:" + entry.id;
    auto targets =
        choose(people_, entry.owner, entry.body.at("targets").as_object(), Named::LeaveOut);
    const auto count = static_cast<std::int64_t>(targets.size());
    return {{"job", engine_.submit({entry.owner, std::move(spec), std::move(targets)})},
            {"devices", count}};
}

} // namespace scripts
