/// Login tokens: a name `~t:...` and a password of their own (control-protocol.md
/// sections 1.9, 5.8).
#pragma once

#include "core/store/clock.hpp"
#include "core/store/database.hpp"

#include <cstdint>
#include <map>
#include <mutex>
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
    /// Reads which ones there are; before the first liveUntilMs().
    void load();
    NewLoginToken create(std::string_view userId, std::string_view name, std::int64_t expireMs);
    std::vector<LoginToken> list(std::string_view userId) const;
    bool remove(std::string_view userId, std::string_view tokenUser);
    void removeAll(std::string_view userId);
    /// The token, if name and secret fit; it may have expired. The secret holds 120 random bits,
    /// so a plain SHA-256 is stored, and an unknown name costs the same as a wrong secret.
    /// One that came from MeshCentral is checked in its form and then stored in ours.
    std::optional<LoginToken> check(std::string_view tokenUser, std::string_view secret) const;
    /// When the user's token ends (ms, 0: never); nothing if it has, or isn't there. Memory alone:
    /// I/O loops ask.
    std::optional<std::int64_t> liveUntilMs(std::string_view userId,
                                            std::string_view tokenUser) const;

private:
    bool isRight(std::string_view tokenUser, const std::string& stored,
                 std::string_view secret) const;

    struct Life {
        std::string userId;
        std::int64_t expireMs = 0;
    };

    store::Database& database_;
    store::Clock clock_;
    mutable std::mutex mutex_;
    std::map<std::string, Life, std::less<>> lives_; ///< by tokenUser
};

} // namespace trellis::auth
