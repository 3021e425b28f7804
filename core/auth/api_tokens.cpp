#include "core/auth/api_tokens.hpp"

#include "core/model/text.hpp"
#include "core/store/random.hpp"
#include "core/telemetry/log.hpp"

#include <trellis/sdk/error.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <tuple>

namespace trellis::auth {

namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr std::size_t kIdSize = 16; // hex digits
constexpr std::string_view kSessionMark = "/token.";

TokenScope scopeOf(const std::string& text) {
    boost::json::error_code failed;
    const auto value = boost::json::parse(text, failed);
    return failed || !value.is_object() ? TokenScope() : TokenScope::fromJson(value.get_object());
}

bool hasExpired(const ApiToken& token, std::int64_t now) noexcept {
    return token.expireMs != 0 && token.expireMs <= now;
}

} // namespace

ApiTokens::ApiTokens(store::Database& database, model::Directory& directory, store::Clock clock)
    : database_(database), directory_(directory), clock_(std::move(clock)) {
    directory_.addObserver(this);
}

ApiTokens::~ApiTokens() {
    directory_.removeObserver(this);
}

void ApiTokens::load() {
    forgetExpired();
    const std::scoped_lock lock(mutex_);
    database_.read([&](store::Session& in) {
        in.query("SELECT id, user_id, name, scope, created_ms, expire_ms, used_ms, secret_hash "
                 "FROM api_tokens",
                 {}, [&](const store::Row& row) {
                     ApiToken token{row.text(0),    row.text(1),    row.text(2),   scopeOf(row.text(3)),
                                    row.integer(4), row.integer(5), row.integer(6)};
                     const auto id = token.id;
                     entries_[id] = {std::make_shared<const ApiToken>(std::move(token)), row.text(7)};
                 });
    });
}

/// Else tokens of an hour, made by scripts each day, would add up for ever.
void ApiTokens::forgetExpired() {
    const auto now = clock_();
    database_.transaction([&](store::Session& out) {
        out.run("DELETE FROM api_tokens WHERE expire_ms<>0 AND expire_ms<=?", {now});
    });
    const std::scoped_lock lock(mutex_);
    std::erase_if(entries_, [&](const auto& entry) { return hasExpired(*entry.second.token, now); });
}

void ApiTokens::insert(const ApiToken& token, const std::string& hash) const {
    database_.transaction([&](store::Session& out) {
        out.run("INSERT INTO api_tokens (id, user_id, name, secret_hash, scope, created_ms, "
                "expire_ms, used_ms) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                {token.id, token.userId, token.name, hash,
                 boost::json::serialize(token.scope.toJson()), token.createdMs, token.expireMs});
    });
}

ApiTokens::Made ApiTokens::create(std::string_view userId, std::string_view name,
                                  std::int64_t expireMs, TokenScope scope) {
    if (name.empty() || name.size() > 100 || !model::isUtf8(name) || model::hasControls(name))
        throw Error(ErrorCode::InvalidArgument, "the name has 1 to 100 characters", "/name");
    scope.check();
    const auto now = clock_();
    if (expireMs != 0 && expireMs <= now)
        throw Error(ErrorCode::InvalidArgument, "the expiry has passed", "/expire_days");
    const std::scoped_lock turn(changing_);
    forgetExpired();
    const auto present = list(userId);
    if (present.size() >= kMaxPerUser)
        throw Error(ErrorCode::Conflict, "the user has too many API tokens");
    for (const auto& other : present)
        if (other->name == name)
            throw Error(ErrorCode::Conflict, "there is a token of this name", "/name");
    ApiToken token{store::hex(store::randomBytes(kIdSize / 2)), std::string(userId),
                   std::string(name), std::move(scope), now, expireMs, 0};
    Made made;
    made.secret = std::string(kPrefix) + token.id + "_" + store::base64Url(store::randomBytes(32));
    const auto hash = store::sha256Hex(made.secret);
    insert(token, hash);
    made.token = std::make_shared<const ApiToken>(std::move(token));
    const std::scoped_lock lock(mutex_);
    entries_[made.token->id] = {made.token, hash};
    return made;
}

std::vector<ApiTokenPtr> ApiTokens::list(std::string_view userId) const {
    const auto now = clock_();
    std::vector<ApiTokenPtr> found;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& [id, entry] : entries_)
            if ((userId.empty() || entry.token->userId == userId) && !hasExpired(*entry.token, now))
                found.push_back(entry.token);
    }
    std::sort(found.begin(), found.end(), [](const ApiTokenPtr& a, const ApiTokenPtr& b) {
        return std::tie(a->userId, a->name) < std::tie(b->userId, b->name);
    });
    return found;
}

ApiTokenPtr ApiTokens::find(std::string_view userId, std::string_view idOrName) const {
    for (const auto& token : list(userId))
        if (token->id == idOrName || token->name == idOrName)
            return token;
    return nullptr;
}

bool ApiTokens::remove(std::string_view id) {
    {
        const std::scoped_lock turn(changing_);
        std::size_t removed = 0;
        database_.transaction([&](store::Session& out) {
            removed = out.run("DELETE FROM api_tokens WHERE id=?", {std::string(id)});
        });
        const std::scoped_lock lock(mutex_);
        const auto place = entries_.find(id);
        if (place == entries_.end() || removed == 0)
            return false;
        entries_.erase(place);
    }
    if (told_)
        told_(std::string(id));
    return true;
}

ApiTokenPtr ApiTokens::check(std::string_view secret) {
    if (!secret.starts_with(kPrefix) || secret.size() < kPrefix.size() + kIdSize ||
        secret.size() > 200)
        return nullptr;
    const auto id = secret.substr(kPrefix.size(), kIdSize);
    const auto given = store::sha256Hex(secret);
    const std::scoped_lock lock(mutex_);
    const auto place = entries_.find(id);
    if (place == entries_.end() || !store::equalInConstantTime(place->second.secretHash, given))
        return nullptr;
    if (hasExpired(*place->second.token, clock_()))
        throw Error(ErrorCode::Unauthenticated, "the API token has expired");
    return place->second.token;
}

void ApiTokens::used(const ApiTokenPtr& token) try {
    const auto now = clock_();
    {
        const std::scoped_lock lock(mutex_);
        const auto place = entries_.find(token->id);
        if (place == entries_.end() || now - place->second.token->usedMs < kUsedEvery)
            return;
        auto fresh = *place->second.token;
        fresh.usedMs = now;
        place->second.token = std::make_shared<const ApiToken>(std::move(fresh));
    }
    database_.transaction([&](store::Session& out) {
        out.run("UPDATE api_tokens SET used_ms=? WHERE id=?", {now, token->id});
    });
} catch (const std::exception& reason) {
    telemetry::log("auth").warning("the use of an API token was not noted", {{"why", reason.what()}});
}

// ---- sessions -----------------------------------------------------------------------------------

std::string ApiTokens::sessionOf(const ApiToken& token, std::string_view random) {
    return token.userId + std::string(kSessionMark) + token.id + "." + std::string(random) +
           "." + store::base64Url(token.name);
}

std::string ApiTokens::nameIn(std::string_view sessionId) {
    if (!isTokenSession(sessionId))
        return {};
    return store::fromBase64Url(sessionId.substr(sessionId.rfind('.') + 1)).value_or("");
}

// Sessions of other kinds end with hex digits or base64url, which have no full stop.
bool ApiTokens::isTokenSession(std::string_view sessionId) noexcept {
    const auto last = sessionId.rfind('/');
    return last != std::string_view::npos && sessionId.substr(last).starts_with(kSessionMark);
}

ApiTokenPtr ApiTokens::ofSession(std::string_view sessionId) const {
    if (!isTokenSession(sessionId))
        return nullptr;
    const auto id = sessionId.substr(sessionId.rfind('/') + kSessionMark.size(), kIdSize);
    const std::scoped_lock lock(mutex_);
    const auto place = entries_.find(id);
    if (place == entries_.end() || hasExpired(*place->second.token, clock_()))
        return nullptr;
    return place->second.token;
}

/// The rows went with the user's; what is in memory has to follow, or an account made anew under the
/// same name would have the old one's tokens.
void ApiTokens::onUser(const model::UserPtr& before, const model::UserPtr& after) {
    if (!before || after)
        return;
    std::vector<std::string> ended;
    {
        const std::scoped_lock lock(mutex_);
        for (auto entry = entries_.begin(); entry != entries_.end();) {
            if (entry->second.token->userId != before->id) {
                ++entry;
                continue;
            }
            ended.push_back(entry->first);
            entry = entries_.erase(entry);
        }
    }
    if (told_)
        for (const auto& id : ended)
            told_(id);
}

} // namespace trellis::auth
