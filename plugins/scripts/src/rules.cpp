#include "rules.hpp"

#include <algorithm>

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

constexpr std::int64_t kHourMs = 3'600'000;
constexpr const char* kColumns =
    "SELECT id, owner, owner_name, domain, is_enabled, body, sealed FROM p_scripts_rule";

/// "$deviceId" and "$event" as whole values of a command's arguments.
void substitute(json::value& value, const std::string& device, const std::string& event) {
    if (auto* text = value.if_string()) {
        if (*text == "$deviceId")
            value = device;
        else if (*text == "$event")
            value = event;
    } else if (auto* list = value.if_array()) {
        for (auto& item : *list)
            substitute(item, device, event);
    } else if (auto* object = value.if_object()) {
        for (auto& [name, member] : *object)
            substitute(member, device, event);
    }
}

} // namespace

json::object RunFinished::toJson() const {
    return {{"deviceId", deviceId}, {"groupId", groupId}, {"domain", domain},     {"name", name},
            {"job", job},           {"state", state},     {"exitCode", exitCode}, {"depth", depth}};
}

Schema Rules::saveArgs() {
    auto args = Schema::object();
    addRunArgs(args);
    return args
        .prop("id", Schema::string().range(1, 64), "The rule to change; absent for a new one.")
        .prop("enabled", Schema::boolean().byDefault(true), "Whether it acts.")
        .prop("event", Schema::string().range(1, 100).format(Format::Identifier),
              "The event, such as device.connected or scripts.runFinished.")
        .prop("state", Schema::string().range(1, 40),
              "For events with a state: only this one, such as failed.")
        .prop("when", targetSchema(),
              "Only for devices in these groups, with these tags, with this text in their name.")
        .prop("command", Schema::string().range(1, 100).format(Format::Identifier),
              "Instead of a script: a command of the server or a plugin. Administrators only.")
        .prop("arguments", Schema::object().allowUnknown(),
              "Its arguments; \"$deviceId\" and \"$event\" are filled in.")
        .required({"event", "name"});
}

bool Rules::mayManage(const Owner& caller, const std::string& owner,
                      const std::string& domain) const {
    return domain == caller.domain && (owner == caller.userId || people_.isAdmin(caller));
}

json::value Rules::list(const Owner& caller) {
    json::array found;
    const auto news = news_.with([](auto& all) { return all; });
    host_.database([&](Session& session) {
        found.clear();
        for (const auto& row : query(session, std::string(kColumns) + " ORDER BY id")) {
            if (!mayManage(caller, row.text(1), row.text(3)))
                continue;
            auto entry = json::parse(row.text(5)).as_object();
            entry["id"] = row.text(0);
            entry["owner"] = row.text(1);
            entry["ownerName"] = row.text(2);
            entry["enabled"] = row.integer(4) != 0;
            if (const auto known = news.find(row.text(0)); known != news.end()) {
                entry["problem"] = known->second.problem;
                entry["problemMs"] = known->second.atMs;
                entry["actedMs"] = known->second.actedMs;
            }
            found.push_back(std::move(entry));
        }
    });
    return json::object{{"rules", std::move(found)}};
}

/// A command runs with all rights, so it takes an administrator of the server to have one run.
void Rules::check(const Owner& caller, const json::object& args) const {
    const auto command = textOf(args, "command");
    if (command.empty())
        return;
    if (args.contains("script") || args.contains("text"))
        throw Error(ErrorCode::InvalidArgument, "give a script or a command, not both", "/command");
    if (!people_.isAdmin(caller) || !caller.domain.empty())
        throw Error(ErrorCode::Forbidden, "only full administrators may have rules call commands",
                    "/command");
    if (command.starts_with("scripts."))
        throw Error(ErrorCode::InvalidArgument,
                    "rules run scripts directly, so that they can't run in circles", "/command");
}

json::value Rules::save(const Owner& caller, const json::object& args) {
    check(caller, args);
    auto body = runArgsOf(args);
    Secrets secrets;
    json::array secretNames;
    if (textOf(args, "command").empty()) {
        const auto spec = prepare(library_, limits_, caller, args);
        if (!spec.scriptId.empty())
            body["version"] = spec.version;
        secrets = spec.secrets;
        for (const auto& name : spec.secretNames)
            secretNames.emplace_back(name);
    }
    body["secretNames"] = std::move(secretNames);
    for (const auto* name : {"event", "state", "when", "command", "arguments"}) {
        if (const auto* value = args.if_contains(name))
            body[name] = *value;
    }
    auto id = textOf(args, "id");
    const std::int64_t isEnabled = flagOf(args, "enabled") ? 1 : 0;
    host_.database([&](Session& session) {
        if (id.empty()) {
            if (query(session, "SELECT COUNT(*) FROM p_scripts_rule")[0].integer(0) >= kMaxRules)
                throw Error(ErrorCode::Conflict, "there are 200 rules already: remove some");
            id = randomHex(8);
            execute(session,
                    "INSERT INTO p_scripts_rule (id, owner, owner_name, domain, is_enabled, body, "
                    "sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    {id, caller.userId, caller.name, caller.domain, isEnabled,
                     json::serialize(body), sealer_.seal(secrets, id)});
            return;
        }
        const auto rows = query(session, std::string(kColumns) + " WHERE id = $1", {id});
        if (rows.empty() || !mayManage(caller, rows[0].text(1), rows[0].text(3)))
            throw Error(ErrorCode::NotFound, "no rule " + id, "/id");
        execute(session,
                "UPDATE p_scripts_rule SET owner = $1, owner_name = $2, is_enabled = $3, body = "
                "$4, sealed = $5 WHERE id = $6",
                {caller.userId, caller.name, isEnabled, json::serialize(body),
                 sealer_.seal(secrets, id), id});
    });
    news_.with([&](auto& all) { all.erase(id); });
    host_.post([this] { load(); });
    return json::object{{"id", id}};
}

json::value Rules::remove(const Owner& caller, const json::object& args) {
    const auto id = textOf(args, "id");
    host_.database([&](Session& session) {
        const auto rows = query(session, std::string(kColumns) + " WHERE id = $1", {id});
        if (rows.empty() || !mayManage(caller, rows[0].text(1), rows[0].text(3)))
            throw Error(ErrorCode::NotFound, "no rule " + id, "/id");
        execute(session, "DELETE FROM p_scripts_rule WHERE id = $1", {id});
    });
    news_.with([&](auto& all) { all.erase(id); });
    host_.post([this] { load(); });
    return json::object{};
}

void Rules::load() {
    std::map<std::string, Rule> found;
    host_.database([&](Session& session) {
        found.clear();
        for (const auto& row : query(session, std::string(kColumns) + " WHERE is_enabled = 1")) {
            auto body = json::parse(row.text(5)).as_object();
            const auto event = textOf(body, "event");
            found[row.text(0)] = {row.text(0),
                                  {row.text(1), row.text(2), row.text(3)},
                                  event,
                                  std::move(body),
                                  row.text(6)};
        }
    });
    rules_ = std::move(found);
}

bool Rules::fits(const Rule& rule, const std::string& deviceId) const {
    const auto device = people_.directory().device(deviceId);
    if (!device || device->domain != rule.owner.domain)
        return false;
    const auto& when = objectOf(rule.body, "when");
    const auto* devices = when.if_contains("devices");
    if (devices && devices->is_array() && !devices->get_array().empty()) {
        const auto& list = devices->get_array();
        if (std::none_of(list.begin(), list.end(), [&](const auto& id) {
                return id.as_string() == std::string_view(deviceId);
            }))
            return false;
    }
    return matches(*device, when);
}

bool Rules::mayAct(const Rule& rule, const std::string& deviceId, std::int64_t now) {
    if (acted_.size() >= kMaxCounted) {
        std::erase_if(acted_, [&](const auto& entry) {
            return entry.second.empty() || entry.second.back() <= now - kHourMs;
        });
    }
    const auto key = std::pair(rule.id, deviceId);
    if (acted_.size() >= kMaxCounted && !acted_.contains(key)) {
        report(rule, "held back: too many devices to count", now);
        return false;
    }
    auto& times = acted_[key];
    while (!times.empty() && times.front() <= now - kHourMs)
        times.pop_front();
    if (static_cast<std::int64_t>(times.size()) >= limits_.ruleRunsPerHour) {
        report(rule,
               "held back for " + deviceId + ": it acted " + std::to_string(times.size()) +
                   " times within an hour",
               now);
        return false;
    }
    times.push_back(now);
    return true;
}

void Rules::happened(std::string_view event, const json::object& payload, std::int64_t now) {
    const auto device = textOf(payload, "deviceId");
    if (device.empty())
        return;
    for (const auto& [id, rule] : rules_) {
        if (rule.event != event || !fits(rule, device))
            continue;
        const auto wanted = textOf(rule.body, "state");
        if (!wanted.empty() && wanted != textOf(payload, "state"))
            continue;
        const auto depth = numberOf(payload, "depth") + 1;
        if (depth > limits_.ruleDepth) {
            report(rule,
                   "held back: " + std::to_string(depth - 1) +
                       " rules have set off each other already",
                   now);
            continue;
        }
        if (!mayAct(rule, device, now))
            continue;
        auto& waiting = waiting_[id];
        waiting.devices.insert(device);
        waiting.depth = std::max(waiting.depth, depth);
    }
}

void Rules::tick(std::int64_t now) {
    std::map<std::string, Waiting> due;
    due.swap(waiting_);
    for (const auto& [id, waiting] : due) {
        const auto found = rules_.find(id);
        if (found == rules_.end())
            continue;
        const auto rule = found->second;
        news_.with([&](auto& all) { all[rule.id].actedMs = now; });
        try {
            act(rule, waiting);
        } catch (const Error& error) {
            report(rule, error.what(), now);
        }
    }
}

void Rules::act(const Rule& rule, const Waiting& waiting) {
    if (!textOf(rule.body, "command").empty())
        return callCommand(rule, waiting);
    runScript(rule, waiting);
}

void Rules::runScript(const Rule& rule, const Waiting& waiting) {
    auto args = rule.body;
    json::object secrets;
    for (const auto& [name, value] : sealer_.open(rule.sealed, rule.id))
        secrets[name] = value;
    args["secrets"] = std::move(secrets);
    auto spec = prepare(library_, limits_, rule.owner, args);
    spec.source = "rule:" + rule.id;
    spec.depth = waiting.depth;
    json::array devices;
    for (const auto& device : waiting.devices) {
        if (static_cast<std::int64_t>(devices.size()) < limits_.devicesPerJob)
            devices.emplace_back(device);
    }
    engine_.submit({rule.owner, std::move(spec),
                    choose(people_, rule.owner, {{"devices", devices}}, Named::LeaveOut)});
}

void Rules::callCommand(const Rule& rule, const Waiting& waiting) {
    check(rule.owner, rule.body); // who lost their rights lost this, too
    for (const auto& device : waiting.devices) {
        json::value args = objectOf(rule.body, "arguments");
        substitute(args, device, rule.event);
        host_.blocking([this, rule, args = args.as_object()] {
            try {
                host_.call(textOf(rule.body, "command"), args, Clock::now() + Seconds(10));
            } catch (const Error& error) {
                report(rule, error.what(), nowMs());
            }
        });
    }
}

/// Once for each problem and hour in the log; the list has the last one.
void Rules::report(const Rule& rule, const std::string& problem, std::int64_t now) {
    const bool isNew = news_.with([&](auto& all) {
        auto& news = all[rule.id];
        const bool isOld = news.problem == problem && now - news.atMs < kHourMs;
        if (!isOld) {
            news.problem = problem;
            news.atMs = now;
        }
        return !isOld;
    });
    if (!isNew)
        return;
    host_.log().warning("a rule did not act", {{"rule", rule.id}, {"why", problem}});
    if (!page_)
        return;
    page_->tell(
        {{"action", "scripts.ruleStopped"},
         {"rule", rule.id},
         {"name", textOf(rule.body, "name")},
         {"problem", problem}},
        [&](const std::string& user) {
            return user == rule.owner.userId || people_.isAdmin({user, {}, rule.owner.domain});
        });
}

} // namespace scripts
