#include "core/auth/schema.hpp"

#include "core/store/migrations.hpp"

#include <array>

namespace trellis::auth {

namespace {

constexpr const char* kLogins = R"sql(
CREATE TABLE sessions (
    secret_hash TEXT PRIMARY KEY, public_id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address TEXT NOT NULL, user_agent TEXT NOT NULL, created_ms BIGINT NOT NULL,
    used_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL, login_token TEXT NOT NULL);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE TABLE login_tokens (
    token_user TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL, secret_hash TEXT NOT NULL, created_ms BIGINT NOT NULL,
    expire_ms BIGINT NOT NULL);
CREATE INDEX login_tokens_by_user ON login_tokens (user_id);
)sql";

constexpr const char* kFactors = R"sql(
CREATE TABLE second_factors (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, name TEXT NOT NULL,
    secret TEXT NOT NULL, PRIMARY KEY (user_id, name));
)sql";

constexpr const char* kApiTokens = R"sql(
CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL, secret_hash TEXT NOT NULL, scope TEXT NOT NULL,
    created_ms BIGINT NOT NULL, expire_ms BIGINT NOT NULL, used_ms BIGINT NOT NULL);
CREATE INDEX api_tokens_by_user ON api_tokens (user_id);
)sql";

} // namespace

void migrateAuth(store::Database& database) {
    const std::array<store::Migration, 3> steps = {
        {{1, "logins", kLogins, kLogins},
         {2, "second factors", kFactors, kFactors},
         {3, "api tokens", kApiTokens, kApiTokens}}};
    store::migrate(database, "auth", steps);
}

} // namespace trellis::auth
