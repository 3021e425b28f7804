/// The database: SQLite by default, PostgreSQL by URL, through Poco::Data.
///
/// Durability: a transaction that returned is on disk (SQLite: WAL with synchronous=FULL, PostgreSQL:
/// synchronous_commit=on). A connection to PostgreSQL that was lost is made anew. What may
/// be lost (presence, last seen) does not come here one by one but in batches, see
/// model::WriteBehind.
#pragma once

#include "core/store/value.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace trellis::store {

enum class Engine : std::uint8_t { Sqlite = 1, PostgreSql };

struct DatabaseOptions {
    /// `sqlite:<path>` (relative to the working directory) or a PostgreSQL connection URI
    /// (`postgresql://user:password@host:port/name?sslmode=verify-full`; manual, 34.1.1.2).
    std::string url;
    /// How long a statement waits for another process's lock before Unavailable.
    std::chrono::milliseconds busyTimeout{5000};
    std::size_t readers = 4; ///< pooled read sessions, 1..64
    std::int64_t maxPages =
        0; ///< SQLite: size limit in pages, 0 = none (tests fill the disk with it)
};

/// The engine that `url` selects. Throws InvalidArgument with what is accepted.
Engine engineOf(std::string_view url);

/// `sqlite:<DATA>/trellis.db`
std::string defaultUrl(const std::filesystem::path& dataDirectory);

/// Statements inside one transaction or one read. SQL uses `?` for parameters on both engines
/// (dialect.hpp rewrites it); it never holds values itself. One thread at a time; valid only during
/// the call that hands it out.
class Session {
public:
    virtual ~Session() = default;
    /// Runs a statement. Returns the number of rows changed.
    virtual std::size_t run(std::string_view sql, const Values& values = {}) = 0;
    /// Calls `each` once per row, in order. `each` may not use this session.
    virtual void query(std::string_view sql, const Values& values,
                       const std::function<void(const Row&)>& each) = 0;
    virtual Engine engine() const noexcept = 0;
};

/// Any thread. Every call can block on disk: worker pool only, never an I/O loop.
///
/// Errors of transaction() and read(), all sdk::Error, the transaction rolled back, nothing kept:
/// - Unavailable: disk full, database locked by another process for longer than busyTimeout, file
/// gone,
///   I/O error, all read sessions busy for longer than busyTimeout. The text says which.
/// - Conflict: a constraint (unique, foreign key, check) refused it. `work` that swallows it does not
///   save the rest: a statement that failed ends its transaction, on both engines.
/// - Internal: anything else the engine says (logged; a fault of ours).
/// What `work` itself throws is passed on as it is.
class Database {
public:
    /// Opens or creates it. Throws Unavailable (cannot open, with path and reason) or
    /// InvalidArgument.
    static std::unique_ptr<Database> open(const DatabaseOptions& options);
    virtual ~Database() = default;

    /// Runs `work` inside one write transaction; commits if it returns. Writers take turns.
    /// `work` may not call transaction() again (Error Internal).
    virtual void transaction(const std::function<void(Session&)>& work) = 0;
    /// Runs `work` on a pooled read session that sees one consistent state. Writing is refused.
    virtual void read(const std::function<void(Session&)>& work) const = 0;
    virtual Engine engine() const noexcept = 0;
};

} // namespace trellis::store
