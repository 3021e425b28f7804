/// Reading and writing whole tables, whatever they hold. Internal to core/store.
#pragma once

#include "core/store/catalog.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace trellis::store {

/// Of a table's rows, whatever their order: the number of them and the sum of their hashes.
struct Fingerprint {
    std::int64_t rows = 0;
    std::uint64_t sum = 0;
    void add(const Values& row);
    bool operator==(const Fingerprint&) const = default;
};

/// "a, b, c"
std::string joined(const std::vector<std::string>& parts);
std::vector<std::string> columnNames(const Table& table);
/// A name as it stands in SQL.
std::string quoted(const std::string& name);
/// Calls `each` with every row of the table, in the order of its primary key (of all columns if it
/// has none), a piece at a time.
void eachRow(Session& session, const Table& table, const std::function<void(const Values&)>& each);
Fingerprint fingerprintOf(Session& session, const Table& table);
/// Puts in one row, whose values are in the order of the table's columns.
std::string insertion(Engine engine, const Table& table);
/// Deletes all rows. `tables`: as tablesOf() orders them.
void clearTables(Session& to, std::vector<Table> tables);

} // namespace trellis::store
