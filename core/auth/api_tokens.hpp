/// Scoped API tokens: for scripts that call commands and read the event stream.
#pragma once

#include "core/auth/token_scope.hpp"
#include "core/model/directory.hpp"
#include "core/model/observer.hpp"
#include "core/store/clock.hpp"
#include "core/store/database.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::auth {

struct ApiToken {
    std::string id; ///< 16 hex digits; names it in lists, sessions and the audit trail
    std::string userId;
    std::string name;
    TokenScope scope;
    std::int64_t createdMs = 0;
    std::int64_t expireMs = 0; ///< 0 = never
    std::int64_t usedMs = 0;   ///< within kUsedEvery; 0 = never
};
using ApiTokenPtr = std::shared_ptr<const ApiToken>;

/// Any thread. All tokens are kept in memory, so find() and ofSession() never block; the others block
/// on the database. A user's tokens go with the user.
class ApiTokens final : public model::Observer {
public:
    static constexpr std::size_t kMaxPerUser = 100;
    static constexpr std::int64_t kUsedEvery = 60'000; ///< ms; how exactly usedMs is kept
    static constexpr std::string_view kPrefix = "trl_";

    ApiTokens(store::Database& database, model::Directory& directory,
              store::Clock clock = store::systemClock());
    ~ApiTokens() override;
    /// Reads them. Once, after Sessions::load(), which makes the table.
    void load();

    struct Made {
        ApiTokenPtr token;
        std::string secret; ///< "trl_<id>_<43 characters>", shown once; only its hash is kept
    };
    /// Throws Error: InvalidArgument (name, expiry, scope; with the field), Conflict when the user has
    /// kMaxPerUser, or one of this name.
    Made create(std::string_view userId, std::string_view name, std::int64_t expireMs,
                TokenScope scope);
    /// Those of a user, or of everybody for "", by name.
    std::vector<ApiTokenPtr> list(std::string_view userId) const;
    /// By id or name. Null if the user has none such.
    ApiTokenPtr find(std::string_view userId, std::string_view idOrName) const;
    /// False if there was none. Tells onEnded.
    bool remove(std::string_view id);
    /// The token, if the secret is right; throws Error{Unauthenticated} when it has expired. The secret
    /// holds 256 random bits, so a plain SHA-256 is stored.
    ApiTokenPtr check(std::string_view secret);
    /// Notes that it was used, in the database (blocks) at most once in kUsedEvery; trouble is logged.
    void used(const ApiTokenPtr& token);

    /// The session id of one call, which names the token: nothing else that a caller has is passed
    /// through all of the server, and the server alone makes session ids.
    static std::string sessionOf(const ApiToken& token, std::string_view random);
    /// The token's name in such a session id, "" for sessions of other kinds.
    static std::string nameIn(std::string_view sessionId);
    /// Null for sessions of other kinds. Once a token is gone, its sessions have none either: see
    /// isTokenSession.
    ApiTokenPtr ofSession(std::string_view sessionId) const;
    static bool isTokenSession(std::string_view sessionId) noexcept;

    /// Told which token was removed, with no lock held. Set before use.
    void onEnded(std::function<void(const std::string& id)> told) { told_ = std::move(told); }
    void onUser(const model::UserPtr& before, const model::UserPtr& after) override;

private:
    struct Entry {
        ApiTokenPtr token;
        std::string secretHash;
    };
    void forgetExpired();
    void insert(const ApiToken& token, const std::string& hash) const;

    store::Database& database_;
    model::Directory& directory_;
    store::Clock clock_;
    std::function<void(const std::string&)> told_;
    std::mutex changing_;       ///< one change at a time, held while the database is written
    mutable std::mutex mutex_;  ///< guards entries_
    std::map<std::string, Entry, std::less<>> entries_; ///< by id
};

} // namespace trellis::auth
