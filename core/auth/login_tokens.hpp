/// Login tokens: a name `~t:...` and a password of their own (control-protocol.md
/// sections 1.9, 5.8).
#pragma once

#include "core/store/clock.hpp"
#include "core/store/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::auth {

struct LoginToken {
    std::string tokenUser; ///< "~t:" + 16 characters
    std::string userId;
    std::string name;
    std::int64_t createdMs = 0;
    std::int64_t expireMs = 0; ///< 0 = never
};

struct NewLoginToken {
    LoginToken token;
    std::string secret; ///< 20 characters, shown once
};

/// Any thread; blocks on the database; Sessions::load() makes the table. At most kMaxPerUser for
/// each user (Conflict).
class LoginTokens {
public:
    static constexpr std::size_t kMaxPerUser = 100;
    explicit LoginTokens(store::Database& database, store::Clock clock = store::systemClock());
    NewLoginToken create(std::string_view userId, std::string_view name, std::int64_t expireMs);
    std::vector<LoginToken> list(std::string_view userId) const;
    bool remove(std::string_view userId, std::string_view tokenUser);
    void removeAll(std::string_view userId);
    /// The token, if name and secret fit and it has not expired. The secret holds 120 random bits,
    /// so a plain SHA-256 is stored, and an unknown name costs the same as a wrong secret.
    std::optional<LoginToken> check(std::string_view tokenUser, std::string_view secret) const;

private:
    store::Database& database_;
    store::Clock clock_;
};

} // namespace trellis::auth
