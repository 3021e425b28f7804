#include "core/store/copy.hpp"

#include "core/store/catalog.hpp"
#include "core/store/migrations.hpp"
#include "core/store/table_rows.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>

namespace trellis::store {

namespace {

using sdk::Error;
using sdk::ErrorCode;

/// Reads by `original`, the source's description: types may differ in name.
Fingerprint copyTable(Session& from, const Table& original, Session& to, const Table& table) {
    const auto sql = insertion(to.engine(), table);
    Fingerprint print;
    eachRow(from, original, [&](const Values& row) {
        print.add(row);
        to.run(sql, row);
    });
    for (const auto& column : table.columns)
        if (column.isIdentity)
            setLastNumber(to, table, column, lastNumber(from, table, column));
    return print;
}

const Table& named(const std::vector<Table>& tables, const std::string& name) {
    return *std::find_if(tables.begin(), tables.end(),
                         [&](const Table& table) { return table.name == name; });
}

std::vector<std::string> namesOf(const std::vector<Table>& tables) {
    std::vector<std::string> names;
    for (const auto& table : tables)
        names.push_back(table.name);
    std::sort(names.begin(), names.end());
    return names;
}

void checkSameTables(const std::vector<Table>& from, const std::vector<Table>& to) {
    const auto expected = namesOf(from);
    const auto made = namesOf(to);
    std::vector<std::string> strangers;
    std::set_symmetric_difference(expected.begin(), expected.end(), made.begin(), made.end(),
                                  std::back_inserter(strangers));
    if (!strangers.empty())
        throw Error(ErrorCode::Conflict, "the source holds tables that no migration of it made: " +
                                             joined(strangers));
}

} // namespace

std::vector<CopiedTable> copyDatabase(Database& from, Database& to) {
    std::vector<CopiedTable> result;
    from.transaction([&](Session& source) {
        to.transaction([&](Session& target) {
            if (!tablesOf(target).empty())
                throw Error(ErrorCode::Conflict,
                            "the target holds tables already; give an empty database");
            rebuildSchema(stepsOf(source), target);
            const auto tables = tablesOf(target);
            const auto originals = tablesOf(source);
            checkSameTables(originals, tables);
            clearTables(target, tables);
            for (const auto& table : tables) {
                const auto print = copyTable(source, named(originals, table.name), target, table);
                if (fingerprintOf(target, table) != print)
                    throw Error(ErrorCode::Conflict,
                                "table " + table.name + " arrived changed; nothing was kept");
                result.push_back({table.name, print.rows});
            }
        });
    });
    return result;
}

} // namespace trellis::store
