/// Everything in which SQLite and PostgreSQL differ. Internal to core/store.
#pragma once

#include "core/store/database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace Poco {
class Exception;
}

namespace trellis::store::dialect {

/// `?` as the engine's connector wants it: SQLite `?`, PostgreSQL `$1`... Quoted text is left
/// alone.
std::string withPlaceholders(Engine engine, std::string_view sql);

/// The first statement of a transaction, see PocoSession::begin. SQLite: starts it. PostgreSQL, where
/// it has been started: takes the lock that makes writers take turns, as SQLite's do; "" for readers.
std::string_view begin(Engine engine, bool isWriter) noexcept;

/// Statements for a new session. Durability is decided here, see database.hpp.
std::vector<std::string> setUp(Engine engine, const DatabaseOptions& options, bool isWriter);

/// Names of all tables, indexes and views, sorted by `name`, with their definition.
std::string_view listObjects(Engine engine) noexcept;

/// Throws the sdk::Error that stands for what the engine reported (see Database).
[[noreturn]] void raise(Engine engine, const Poco::Exception& problem);

} // namespace trellis::store::dialect
