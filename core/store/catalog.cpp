#include "core/store/catalog.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace trellis::store {

namespace {

constexpr std::string_view kSqliteTables =
    "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
    "ORDER BY name";
constexpr std::string_view kPostgresTables =
    "SELECT tablename FROM pg_tables WHERE schemaname=current_schema() ORDER BY tablename";

// name, place in the primary key, 1 if the engine numbers it, 1 if it holds whole numbers. SQLite: an
// INTEGER primary key is the row's number.
constexpr std::string_view kSqliteColumns =
    "SELECT name, CAST(pk AS BIGINT), CAST(pk=1 AND upper(type)='INTEGER' AS BIGINT), "
    "CAST(upper(type) LIKE '%INT%' AS BIGINT) FROM pragma_table_info(?) ORDER BY cid";
constexpr std::string_view kPostgresColumns =
    "SELECT a.attname::text, COALESCE(array_position(i.indkey::int2[], a.attnum) + 1, 0)::bigint, "
    "(pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL)::int::bigint, "
    "(a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype))::int::bigint "
    "FROM pg_attribute a "
    "JOIN pg_class c ON c.oid=a.attrelid AND c.relnamespace=current_schema()::regnamespace "
    "LEFT JOIN pg_index i ON i.indrelid=c.oid AND i.indisprimary "
    "WHERE c.relname=? AND a.attnum>0 AND NOT a.attisdropped ORDER BY a.attnum";

constexpr std::string_view kSqliteReferences = "SELECT \"table\" FROM pragma_foreign_key_list(?)";
constexpr std::string_view kPostgresReferences =
    "SELECT other.relname::text FROM pg_constraint k JOIN pg_class c ON c.oid=k.conrelid "
    "JOIN pg_class other ON other.oid=k.confrelid WHERE k.contype='f' AND c.relname=? AND "
    "c.relnamespace=current_schema()::regnamespace";

bool isSqlite(const Session& session) {
    return session.engine() == Engine::Sqlite;
}

/// SQLite makes this table with the first AUTOINCREMENT column.
bool hasSequences(Session& session) {
    bool has = false;
    session.query("SELECT name FROM sqlite_master WHERE name='sqlite_sequence'", {},
                  [&](const Row&) { has = true; });
    return has;
}

Table tableOf(Session& session, const std::string& name) {
    Table table{name, {}};
    session.query(isSqlite(session) ? kSqliteColumns : kPostgresColumns, {name},
                  [&](const Row& row) {
                      table.columns.push_back({row.text(0), row.flag(2), row.flag(3),
                                               static_cast<std::size_t>(row.integer(1))});
                  });
    return table;
}

} // namespace

std::vector<std::string> Table::key() const {
    std::map<std::size_t, std::string> places;
    for (const auto& column : columns)
        if (column.keyPlace != 0)
            places[column.keyPlace] = column.name;
    std::vector<std::string> names;
    for (const auto& [place, columnName] : places)
        names.push_back(columnName);
    return names;
}

std::vector<Table> tablesOf(Session& session) {
    std::vector<std::string> names;
    session.query(isSqlite(session) ? kSqliteTables : kPostgresTables, {},
                  [&](const Row& row) { names.push_back(row.text(0)); });
    std::map<std::string, std::set<std::string>> open; // table -> what it still waits for
    for (const auto& name : names) {
        auto& references = open[name];
        session.query(isSqlite(session) ? kSqliteReferences : kPostgresReferences, {name},
                      [&](const Row& row) { references.insert(row.text(0)); });
        references.erase(name);
    }
    std::vector<Table> result;
    while (!open.empty()) {
        const auto next = std::find_if(open.begin(), open.end(),
                                       [](const auto& entry) { return entry.second.empty(); });
        if (next == open.end())
            throw sdk::Error(sdk::ErrorCode::Internal, "tables refer to each other in a circle");
        const auto name = next->first;
        open.erase(next);
        for (auto& [other, references] : open)
            references.erase(name);
        result.push_back(tableOf(session, name));
    }
    return result;
}

std::int64_t lastNumber(Session& session, const Table& table, const Column& column) {
    std::int64_t last = 0;
    const auto take = [&](const Row& row) { last = std::max(last, row.integer(0)); };
    session.query("SELECT CAST(MAX(\"" + column.name + "\") AS BIGINT) FROM \"" + table.name +
                      '"',
                  {}, take);
    // Numbers whose rows are gone are not given again.
    if (!isSqlite(session))
        session.query("SELECT pg_sequence_last_value(pg_get_serial_sequence(?, ?))",
                      {table.name, column.name}, take);
    else if (hasSequences(session))
        session.query("SELECT CAST(seq AS BIGINT) FROM sqlite_sequence WHERE name=?", {table.name},
                      take);
    return last;
}

void setLastNumber(Session& session, const Table& table, const Column& column,
                   std::int64_t number) {
    if (number <= 0)
        return;
    if (!isSqlite(session)) {
        session.query("SELECT setval(pg_get_serial_sequence(?, ?), ?)",
                      {table.name, column.name, number}, [](const Row&) {});
    } else if (hasSequences(session)) {
        session.run("DELETE FROM sqlite_sequence WHERE name=?", {table.name});
        session.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", {table.name, number});
    }
}

} // namespace trellis::store
