/// One database into another, of the same engine or the other.
#pragma once

#include "core/store/database.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace trellis::store {

struct CopiedTable {
    std::string name;
    std::int64_t rows = 0;
};

/// Copies every table of `from` with its schema, made from the migrations that `from` records
/// (migrations.hpp), in one transaction of `to`; then reads both sides and compares them row by row.
/// Nobody may write to `from` meanwhile: its write lock is held. Blocks for as long as it takes.
/// Throws Conflict if `to` holds tables already, if `from` holds a table that no migration made, or
/// if a copied table differs; `to` is then as it was. Throws what Database does.
std::vector<CopiedTable> copyDatabase(Database& from, Database& to);

} // namespace trellis::store
