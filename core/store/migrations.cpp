#include "core/store/migrations.hpp"

#include "core/store/clock.hpp"
#include "core/store/dialect.hpp"
#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace trellis::store {

namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr std::array<std::string_view, 4> kCoreOwners = {"store", "model", "auth", "api"};

struct Applied {
    std::string name;
    std::string checksum;
};

/// name -> definition of each table, index and view
using Objects = std::map<std::string, std::string>;

std::string checksumOf(const Migration& step) {
    return sha256Hex(step.name + '\0' + step.sqlite + '\0' + step.postgresql);
}

std::string label(std::string_view owner, int number) {
    return "migration " + std::to_string(number) + " of " + std::string(owner);
}

/// The steps and, for rebuildSchema(), their texts.
constexpr std::string_view kTables[] = {
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "owner TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL, "
    "checksum TEXT NOT NULL, applied_ms BIGINT NOT NULL, "
    "PRIMARY KEY (owner, number))",
    "CREATE TABLE IF NOT EXISTS schema_texts ("
    "owner TEXT NOT NULL, number BIGINT NOT NULL, sqlite TEXT NOT NULL, "
    "postgresql TEXT NOT NULL, PRIMARY KEY (owner, number))",
};

void keepText(Session& session, std::string_view owner, const Migration& step) {
    session.run("INSERT INTO schema_texts (owner, number, sqlite, postgresql) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (owner, number) DO NOTHING",
                {std::string(owner), std::int64_t{step.number}, step.sqlite, step.postgresql});
}

std::map<int, Applied> appliedSteps(Session& session, std::string_view owner) {
    std::map<int, Applied> result;
    session.query(
        "SELECT number, name, checksum FROM schema_migrations WHERE owner=? ORDER BY number",
        {std::string(owner)}, [&](const Row& row) {
            result[static_cast<int>(row.integer(0))] = {row.text(1), row.text(2)};
        });
    return result;
}

Objects objectsOf(Session& session) {
    Objects result;
    session.query(dialect::listObjects(session.engine()), {},
                  [&](const Row& row) { result[row.text(0)] = row.text(1); });
    return result;
}

/// The first object outside `prefix` that differs between the two.
std::string foreignChange(const Objects& before, const Objects& after, std::string_view prefix) {
    for (const auto& [name, definition] : after) {
        const auto old = before.find(name);
        if (!name.starts_with(prefix) && (old == before.end() || old->second != definition))
            return name;
    }
    for (const auto& [name, definition] : before)
        if (!name.starts_with(prefix) && !after.contains(name))
            return name;
    return {};
}

void checkNumbers(std::string_view owner, std::span<const Migration> steps) {
    for (std::size_t at = 0; at < steps.size(); ++at)
        if (steps[at].number != static_cast<int>(at) + 1)
            throw Error(ErrorCode::Conflict, label(owner, steps[at].number) + " is out of order: " +
                                                 std::to_string(at + 1) + " is expected");
}

void checkApplied(std::string_view owner, std::span<const Migration> steps,
                  const std::map<int, Applied>& applied) {
    for (const auto& [number, record] : applied) {
        if (number > static_cast<int>(steps.size()))
            throw Error(ErrorCode::Conflict, "the database is newer than this program: it has " +
                                                 label(owner, number) + " (" + record.name +
                                                 "); install the newer version");
        const auto& step = steps[static_cast<std::size_t>(number) - 1];
        if (record.checksum != checksumOf(step))
            throw Error(ErrorCode::Conflict,
                        label(owner, number) + " (" + record.name +
                            ") was edited after it had been applied; add a new "
                            "migration instead");
    }
}

void applyStep(Session& session, std::string_view owner, const Migration& step) {
    const bool isPlugin = !isCoreOwner(owner);
    const auto before = isPlugin ? objectsOf(session) : Objects{};
    const auto& text = session.engine() == Engine::Sqlite ? step.sqlite : step.postgresql;
    for (const auto& statement : splitStatements(text))
        session.run(statement);
    if (isPlugin) {
        const auto foreign = foreignChange(before, objectsOf(session), tablePrefix(owner));
        if (!foreign.empty())
            throw Error(ErrorCode::Forbidden, label(owner, step.number) + " touches \"" + foreign +
                                                  "\"; its tables and indexes are named " +
                                                  tablePrefix(owner) + "...");
    }
    session.run("INSERT INTO schema_migrations (owner, number, name, checksum, applied_ms) "
                "VALUES (?, ?, ?, ?, ?)",
                {std::string(owner), std::int64_t{step.number}, step.name, checksumOf(step),
                 systemClock()()});
    keepText(session, owner, step);
}

/// In the order in which rebuildSchema() applies them.
std::size_t rankOf(const std::string& owner) {
    const auto place = std::find(kCoreOwners.begin(), kCoreOwners.end(), owner);
    return static_cast<std::size_t>(place - kCoreOwners.begin());
}

} // namespace

std::vector<SchemaStep> stepsOf(Session& source) {
    std::vector<SchemaStep> steps;
    source.query("SELECT m.owner, m.number, t.sqlite, t.postgresql FROM schema_migrations m "
                 "LEFT JOIN schema_texts t ON t.owner=m.owner AND t.number=m.number",
                 {}, [&](const Row& row) {
                     if (row.isNull(2))
                         throw Error(ErrorCode::Unavailable,
                                     "the source does not hold the text of " +
                                         label(row.text(0), static_cast<int>(row.integer(1))) +
                                         ": start this version's server on it once, then copy");
                     steps.push_back({row.text(0), row.integer(1), row.text(2), row.text(3)});
                 });
    std::sort(steps.begin(), steps.end(), [](const SchemaStep& one, const SchemaStep& other) {
        return std::tuple(rankOf(one.owner), one.owner, one.number) <
               std::tuple(rankOf(other.owner), other.owner, other.number);
    });
    return steps;
}

void rebuildSchema(const std::vector<SchemaStep>& steps, Session& target) {
    for (const auto sql : kTables)
        target.run(sql);
    for (const auto& step : steps)
        for (const auto& statement :
             splitStatements(target.engine() == Engine::Sqlite ? step.sqlite : step.postgresql))
            target.run(statement);
}

bool isCoreOwner(std::string_view owner) noexcept {
    return std::find(kCoreOwners.begin(), kCoreOwners.end(), owner) != kCoreOwners.end();
}

std::string tablePrefix(std::string_view pluginId) {
    const auto isLetter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto isFine = [&](char c) {
        return isLetter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    if (pluginId.empty() || pluginId.size() > 32 || !isLetter(pluginId.front()) ||
        !std::all_of(pluginId.begin(), pluginId.end(), isFine) || isCoreOwner(pluginId))
        throw Error(ErrorCode::InvalidArgument,
                    "not a plugin id: \"" + std::string(pluginId.substr(0, 64)) + "\"");
    auto prefix = "p_" + std::string(pluginId) + "_";
    std::replace(prefix.begin(), prefix.end(), '-', '_');
    return prefix;
}

std::size_t migrate(Database& database, std::string_view owner, std::span<const Migration> steps) {
    if (!isCoreOwner(owner))
        tablePrefix(owner);
    checkNumbers(owner, steps);
    std::map<int, Applied> applied;
    database.transaction([&](Session& session) {
        for (const auto sql : kTables)
            session.run(sql);
        applied = appliedSteps(session, owner);
        checkApplied(owner, steps, applied);
        for (const auto& step : steps)
            if (applied.contains(step.number))
                keepText(session, owner, step); // an older program may not have
    });
    std::size_t count = 0;
    for (const auto& step : steps) {
        if (applied.contains(step.number))
            continue;
        database.transaction([&](Session& session) {
            // Another process may have been faster.
            const auto now = appliedSteps(session, owner);
            checkApplied(owner, steps, now);
            if (now.contains(step.number))
                return;
            applyStep(session, owner, step);
            ++count;
        });
    }
    return count;
}

} // namespace trellis::store
