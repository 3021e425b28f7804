/// Which tables a database has, and how they hang together. Internal to core/store.
#pragma once

#include "core/store/database.hpp"

#include <string>
#include <vector>

namespace trellis::store {

struct Column {
    std::string name;
    bool isIdentity = false;  ///< numbered by the engine
    bool isInteger = false;
    std::size_t keyPlace = 0; ///< place in the primary key from 1, or 0
};

struct Table {
    std::string name;
    std::vector<Column> columns;
    std::vector<std::string> key() const; ///< names of the primary key's columns, in order
};

/// All tables of the schema, each after those that it refers to. Throws Internal if they refer to
/// each other in a circle.
std::vector<Table> tablesOf(Session& session);

/// The largest number that an identity column has given so far, 0 if none.
std::int64_t lastNumber(Session& session, const Table& table, const Column& column);
/// Makes `number` the last one given.
void setLastNumber(Session& session, const Table& table, const Column& column, std::int64_t number);

} // namespace trellis::store
