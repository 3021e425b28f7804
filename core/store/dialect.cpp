#include "core/store/dialect.hpp"

#include "core/telemetry/log.hpp"

#include <trellis/sdk/error.hpp>

#include <Poco/Data/DataException.h>
#include <Poco/Data/SQLite/SQLiteException.h>

namespace trellis::store::dialect {

namespace {

namespace sqlite = Poco::Data::SQLite;
using sdk::Error;
using sdk::ErrorCode;

template <class... Kinds> bool isAnyOf(const Poco::Exception& problem) {
    return ((dynamic_cast<const Kinds*>(&problem) != nullptr) || ...);
}

[[noreturn]] void raiseSqlite(const Poco::Exception& problem) {
    const auto& detail = problem.message();
    if (isAnyOf<sqlite::DatabaseFullException>(problem))
        throw Error(ErrorCode::Unavailable,
                    "the database has no space left: free space on its disk; nothing was saved");
    if (isAnyOf<sqlite::DBLockedException, sqlite::TableLockedException,
                sqlite::LockProtocolException>(problem))
        throw Error(ErrorCode::Unavailable,
                    "the database is locked by another process; nothing was saved");
    if (isAnyOf<sqlite::ConstraintViolationException>(problem))
        throw Error(ErrorCode::Conflict, "the database refused it: " + detail);
    if (isAnyOf<sqlite::ReadOnlyException, sqlite::IOErrorException,
                sqlite::CantOpenDBFileException, sqlite::CorruptImageException,
                sqlite::AuthorizationDeniedException>(problem))
        throw Error(ErrorCode::Unavailable, "the database cannot be used: " + detail);
    if (isAnyOf<Poco::Data::ConnectionFailedException>(problem))
        throw Error(ErrorCode::Unavailable, "the database cannot be opened: " + detail);
    telemetry::log("store").error("unexpected database error", {{"detail", problem.displayText()}});
    throw Error(ErrorCode::Internal, "the database reported an error; see the log");
}

/// The SQLSTATE (PostgreSQL 15 manual, appendix A) in what Poco's connector says, or "".
std::string_view stateIn(std::string_view text) {
    constexpr std::string_view kMark = " State: ";
    const auto at = text.find(kMark);
    return at == std::string_view::npos ? "" : text.substr(at + kMark.size(), 5);
}

/// Its first line, without what Poco adds.
std::string firstLine(const std::string& text) {
    auto line = text.substr(0, text.find('\n'));
    const auto mark = line.find("ERROR:");
    if (mark != std::string::npos)
        line.erase(0, line.find_first_not_of(' ', mark + 6));
    return line;
}

[[noreturn]] void raisePostgres(const Poco::Exception& problem) {
    const auto& detail = problem.message();
    const auto state = stateIn(detail);
    if (isAnyOf<Poco::Data::ConnectionFailedException, Poco::Data::NotConnectedException>(problem))
        throw Error(ErrorCode::Unavailable, "the database cannot be opened: " + firstLine(detail));
    if (state.starts_with("23"))
        throw Error(ErrorCode::Conflict, "the database refused it: " + firstLine(detail));
    if (state == "53100")
        throw Error(ErrorCode::Unavailable,
                    "the database has no space left: free space on its disk; nothing was saved");
    if (state == "55P03" || state.starts_with("40"))
        throw Error(ErrorCode::Unavailable,
                    "the database is locked by another process; nothing was saved");
    // Connection, resources, cancelled, wrong state (a read-only server), system error.
    for (const std::string_view unusable : {"08", "25", "53", "57", "58"})
        if (state.starts_with(unusable))
            throw Error(ErrorCode::Unavailable,
                        "the database cannot be used: " + firstLine(detail));
    telemetry::log("store").error("unexpected database error", {{"detail", problem.displayText()}});
    throw Error(ErrorCode::Internal, "the database reported an error; see the log");
}

std::vector<std::string> setUpSqlite(const DatabaseOptions& options, bool isWriter) {
    std::vector<std::string> all = {
        "PRAGMA busy_timeout=" + std::to_string(options.busyTimeout.count()),
        "PRAGMA journal_mode=WAL",
        // FULL syncs the log at every commit. NORMAL would lose the last transactions with the
        // power, and an answered "ok" to an admin has to be true; what comes often is batched
        // instead.
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
        "PRAGMA trusted_schema=OFF",
        "PRAGMA journal_size_limit=67108864",
    };
    if (isWriter && options.maxPages > 0)
        all.push_back("PRAGMA max_page_count=" + std::to_string(options.maxPages));
    if (!isWriter)
        all.push_back("PRAGMA query_only=ON");
    return all;
}

std::vector<std::string> setUpPostgres(const DatabaseOptions& options, bool isWriter) {
    std::vector<std::string> all = {
        "SET lock_timeout=" + std::to_string(options.busyTimeout.count()),
        "SET synchronous_commit=on",
        "SET statement_timeout=60000",
        "SET client_min_messages=warning",
    };
    if (!isWriter) {
        all.emplace_back("SET default_transaction_read_only=on");
        all.emplace_back("SET default_transaction_isolation='repeatable read'");
    }
    return all;
}

} // namespace

std::string withPlaceholders(Engine engine, std::string_view sql) {
    if (engine == Engine::Sqlite)
        return std::string(sql);
    std::string result;
    char quote = 0;
    int number = 0;
    for (const char c : sql) {
        if (quote != 0) {
            if (c == quote)
                quote = 0;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == '?') {
            result += '$' + std::to_string(++number);
            continue;
        }
        result += c;
    }
    return result;
}

std::string_view begin(Engine engine, bool isWriter) noexcept {
    if (engine == Engine::Sqlite)
        return isWriter ? "BEGIN IMMEDIATE" : "BEGIN";
    return isWriter ? "SELECT 1 FROM pg_advisory_xact_lock(hashtext('trellis ' || current_schema()))"
                    : "";
}

std::vector<std::string> setUp(Engine engine, const DatabaseOptions& options, bool isWriter) {
    return engine == Engine::Sqlite ? setUpSqlite(options, isWriter)
                                    : setUpPostgres(options, isWriter);
}

std::string_view listObjects(Engine engine) noexcept {
    if (engine == Engine::Sqlite)
        return "SELECT name, COALESCE(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' "
               "ESCAPE '\\' ORDER BY name";
    return "SELECT c.relname, COALESCE(string_agg(a.attname || ':' || a.atttypid::regtype::text, "
           "',' "
           "ORDER BY a.attnum), '') FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid "
           "AND a.attnum > 0 WHERE c.relnamespace = current_schema()::regnamespace "
           "GROUP BY c.relname ORDER BY c.relname";
}

void raise(Engine engine, const Poco::Exception& problem) {
    if (engine == Engine::Sqlite)
        raiseSqlite(problem);
    raisePostgres(problem);
}

} // namespace trellis::store::dialect
