#include "core/api/schema.hpp"

#include "core/store/migrations.hpp"

#include <array>

namespace trellis::api {

namespace {

// AUTOINCREMENT: a number is never given twice.
constexpr const char* kSqlite = R"sql(
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time_ms BIGINT NOT NULL, domain TEXT NOT NULL,
    user_id TEXT NOT NULL, address TEXT NOT NULL, command TEXT NOT NULL, target TEXT NOT NULL,
    arguments TEXT NOT NULL, result TEXT NOT NULL, trace_id TEXT NOT NULL);
CREATE INDEX audit_by_time ON audit (time_ms);
)sql";

constexpr const char* kPostgres = R"sql(
CREATE TABLE audit (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, time_ms BIGINT NOT NULL,
    domain TEXT NOT NULL, user_id TEXT NOT NULL, address TEXT NOT NULL, command TEXT NOT NULL,
    target TEXT NOT NULL, arguments TEXT NOT NULL, result TEXT NOT NULL, trace_id TEXT NOT NULL);
CREATE INDEX audit_by_time ON audit (time_ms);
)sql";

// Both engines understand it. The records' hashes are made by audit::migrate().
constexpr const char* kChain = R"sql(
ALTER TABLE audit ADD COLUMN place BIGINT;
ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN seal TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX audit_by_place ON audit (place);
CREATE TABLE audit_checkpoint (
    number BIGINT PRIMARY KEY, place BIGINT NOT NULL, hash TEXT NOT NULL, seal TEXT NOT NULL);
)sql";

constexpr const char* kStatistics = R"sql(
CREATE TABLE server_statistics (time_ms BIGINT PRIMARY KEY, body TEXT NOT NULL);
)sql";

} // namespace

void migrateApi(store::Database& database) {
    const std::array steps{store::Migration{1, "audit", kSqlite, kPostgres},
                           store::Migration{2, "audit chain", kChain, kChain},
                           store::Migration{3, "server statistics", kStatistics, kStatistics}};
    store::migrate(database, "api", steps);
}

} // namespace trellis::api
