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

/// Starts a write transaction that holds the write lock from its first moment, so that it can't
/// fail half-way for want of it.
std::string_view beginWrite(Engine engine) noexcept;
/// Starts a read transaction with one snapshot.
std::string_view beginRead(Engine engine) noexcept;

/// Statements for a new session. Durability is decided here, see database.hpp.
std::vector<std::string> setUp(Engine engine, const DatabaseOptions& options, bool isWriter);

/// Names of all tables, indexes and views, sorted by `name`, with their definition.
std::string_view listObjects(Engine engine) noexcept;

/// Throws the sdk::Error that stands for what the engine reported (see Database).
[[noreturn]] void raise(Engine engine, const Poco::Exception& problem);

} // namespace trellis::store::dialect
