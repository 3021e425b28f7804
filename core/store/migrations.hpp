/// Numbered schema changes, each applied once and never edited afterwards.
#pragma once

#include "core/store/database.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::store {

/// One step. Both texts are written from the start; each is a list of statements ending in `;`.
/// Triggers are not supported (their body holds `;`).
struct Migration {
    int number = 0; ///< 1, 2, 3... without gaps
    std::string name;
    std::string sqlite;
    std::string postgresql;
};

/// Parts of the core that own tables: "store", "model", "auth", "api". Not allowed as plugin ids here.
bool isCoreOwner(std::string_view owner) noexcept;

/// Brings `owner`'s tables up to date: a part of the core, or a plugin by id
/// ([a-z][a-z0-9_-]{0,31}). Each step is one transaction together with its record in
/// `schema_migrations`. A plugin's step may create, change or drop only objects named
/// tablePrefix(owner)...; anything else is Forbidden and rolled back. Throws Conflict when an
/// applied step was edited (checksum over both texts), when the database holds steps that this
/// program does not know (it is newer), or when numbers have gaps; nothing is changed. Returns how
/// many steps were applied.
std::size_t migrate(Database& database, std::string_view owner, std::span<const Migration> steps);

/// A step as a database records it: enough to take it again elsewhere.
struct SchemaStep {
    std::string owner;
    std::int64_t number = 0;
    std::string sqlite;
    std::string postgresql;
};

/// The steps recorded in `source`, in the order in which they have to be taken: of the core's parts
/// first, then of plugins. Throws Unavailable if `source` was written by a program that did not keep the
/// steps' texts: start this program's server on it once.
std::vector<SchemaStep> stepsOf(Session& source);
/// Makes in `target`, which is empty, the tables that these steps make, whether or not the plugins are
/// installed. The records of the steps are rows like others: copy them.
void rebuildSchema(const std::vector<SchemaStep>& steps, Session& target);

/// "p_<plugin>_" with `-` as `_`. Throws InvalidArgument for an id outside the grammar.
std::string tablePrefix(std::string_view pluginId);

/// Cuts SQL text at `;`, minding quotes and comments. Throws InvalidArgument for an open quote.
std::vector<std::string> splitStatements(std::string_view sql);

} // namespace trellis::store
