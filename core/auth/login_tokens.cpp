#include "core/auth/login_tokens.hpp"

#include "core/auth/password.hpp"
#include "core/model/text.hpp"
#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

namespace trellis::auth {

namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr const char* kColumns =
    "SELECT token_user, user_id, name, created_ms, expire_ms, secret_hash FROM login_tokens WHERE ";

LoginToken tokenOf(const store::Row& row) {
    return {row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4)};
}

/// Random base64 without `+` and `/` (control-protocol.md section 1.9).
std::string plainText(std::size_t bytes) {
    while (true) {
        auto text = store::base64(store::randomBytes(bytes));
        if (text.find_first_of("+/") == std::string::npos)
            return text;
    }
}

} // namespace

LoginTokens::LoginTokens(store::Database& database, store::Clock clock)
    : database_(database), clock_(std::move(clock)) {}

void LoginTokens::load() {
    std::map<std::string, Life, std::less<>> found;
    database_.read([&](store::Session& in) {
        in.query("SELECT token_user, user_id, expire_ms FROM login_tokens", {},
                 [&](const store::Row& row) {
                     found.emplace(row.text(0), Life{row.text(1), row.integer(2)});
                 });
    });
    const std::scoped_lock lock(mutex_);
    lives_ = std::move(found);
}

std::optional<std::int64_t> LoginTokens::liveUntilMs(std::string_view userId,
                                                     std::string_view tokenUser) const {
    const auto now = clock_();
    const std::scoped_lock lock(mutex_);
    const auto place = lives_.find(tokenUser);
    const bool isOwn = place != lives_.end() && place->second.userId == userId;
    if (!isOwn || (place->second.expireMs != 0 && place->second.expireMs <= now))
        return std::nullopt;
    return place->second.expireMs;
}

NewLoginToken LoginTokens::create(std::string_view userId, std::string_view name,
                                  std::int64_t expireMs) {
    if (name.empty() || name.size() > 100 || !model::isUtf8(name) || model::hasControls(name))
        throw Error(ErrorCode::InvalidArgument, "the name has 1 to 100 characters", "/name");
    const auto now = clock_();
    if (expireMs != 0 && expireMs <= now)
        throw Error(ErrorCode::InvalidArgument, "the expiry has passed", "/expire");
    NewLoginToken made;
    made.token = {"~t:" + plainText(12), std::string(userId), std::string(name), now, expireMs};
    made.secret = plainText(15);
    database_.transaction([&](store::Session& out) {
        std::int64_t count = 0;
        out.query("SELECT count(*) FROM login_tokens WHERE user_id=?", {made.token.userId},
                  [&](const store::Row& row) { count = row.integer(0); });
        if (count >= static_cast<std::int64_t>(kMaxPerUser))
            throw Error(ErrorCode::Conflict, "the user has too many login tokens");
        out.run("INSERT INTO login_tokens (token_user, user_id, name, secret_hash, created_ms, "
                "expire_ms) VALUES (?, ?, ?, ?, ?, ?)",
                {made.token.tokenUser, made.token.userId, made.token.name,
                 store::sha256Hex(made.secret), now, expireMs});
    });
    const std::scoped_lock lock(mutex_);
    lives_[made.token.tokenUser] = {made.token.userId, expireMs};
    return made;
}

std::vector<LoginToken> LoginTokens::list(std::string_view userId) const {
    std::vector<LoginToken> result;
    database_.read([&](store::Session& in) {
        in.query(std::string(kColumns) + "user_id=? ORDER BY created_ms", {std::string(userId)},
                 [&](const store::Row& row) { result.push_back(tokenOf(row)); });
    });
    const auto now = clock_();
    std::erase_if(result, [&](const LoginToken& token) {
        return token.expireMs != 0 && token.expireMs <= now;
    });
    return result;
}

bool LoginTokens::remove(std::string_view userId, std::string_view tokenUser) {
    std::size_t removed = 0;
    database_.transaction([&](store::Session& out) {
        removed = out.run("DELETE FROM login_tokens WHERE user_id=? AND token_user=?",
                          {std::string(userId), std::string(tokenUser)});
    });
    if (removed == 0)
        return false;
    const std::scoped_lock lock(mutex_);
    lives_.erase(std::string(tokenUser));
    return true;
}

void LoginTokens::removeAll(std::string_view userId) {
    database_.transaction([&](store::Session& out) {
        out.run("DELETE FROM login_tokens WHERE user_id=?", {std::string(userId)});
    });
    const std::scoped_lock lock(mutex_);
    std::erase_if(lives_, [&](const auto& one) { return one.second.userId == userId; });
}

bool LoginTokens::isRight(std::string_view tokenUser, const std::string& stored,
                          std::string_view secret) const {
    const auto own = store::sha256Hex(secret);
    if (!stored.starts_with('$'))
        return store::equalInConstantTime(stored, own);
    if (!checkPassword(stored, secret).isRight)
        return false;
    database_.transaction([&](store::Session& out) {
        out.run("UPDATE login_tokens SET secret_hash=? WHERE token_user=?",
                {own, std::string(tokenUser)});
    });
    return true;
}

std::optional<LoginToken> LoginTokens::check(std::string_view tokenUser,
                                             std::string_view secret) const {
    std::optional<LoginToken> found;
    std::string expected = store::sha256Hex("");
    database_.read([&](store::Session& in) {
        in.query(std::string(kColumns) + "token_user=?", {std::string(tokenUser.substr(0, 100))},
                 [&](const store::Row& row) {
                     found = tokenOf(row);
                     expected = row.text(5);
                 });
    });
    if (!isRight(tokenUser, expected, secret))
        return {};
    return found;
}

} // namespace trellis::auth
