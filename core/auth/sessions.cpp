#include "core/auth/sessions.hpp"

#include "core/auth/schema.hpp"
#include "core/model/text.hpp"
#include "core/store/random.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace trellis::auth {

namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretChars = 43;

/// By the SHA-256 of the secret: who reads the database or a memory dump of this map cannot log in.
using ByHash = std::unordered_map<std::string, Session>;

void write(store::Session& out, const std::string& hash, const Session& session) {
    out.run("INSERT INTO sessions (secret_hash, public_id, user_id, address, user_agent, "
            "created_ms, used_ms, expires_ms, login_token) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            {hash, session.publicId, session.userId, session.address, session.userAgent,
             session.createdMs, session.usedMs, session.expiresMs, session.loginToken});
}

void erase(store::Session& out, const std::string& hash) {
    out.run("DELETE FROM sessions WHERE secret_hash=?", {hash});
}

} // namespace

class Sessions::Impl {
public:
    Impl(store::Database& database, SessionOptions options, store::Clock clock)
        : database_(database), options_(options), clock_(std::move(clock)) {}

    void load() {
        migrateAuth(database_);
        ByHash all;
        database_.read([&](store::Session& in) {
            in.query("SELECT secret_hash, public_id, user_id, address, user_agent, created_ms, "
                     "used_ms, expires_ms, login_token FROM sessions",
                     {}, [&](const store::Row& row) {
                         all[row.text(0)] = {row.text(1),    row.text(2),    row.text(3),
                                             row.text(4),    row.integer(5), row.integer(6),
                                             row.integer(7), row.text(8)};
                     });
        });
        const std::lock_guard lock(mutex_);
        sessions_ = std::move(all);
        for (const auto& [hash, session] : sessions_)
            hashes_[session.publicId] = hash;
    }

    NewSession create(Session session) {
        auto secret = store::base64Url(store::randomBytes(kSecretBytes));
        session.publicId = store::base64Url(store::randomBytes(9));
        session.createdMs = session.usedMs = clock_();
        const auto latest = session.expiresMs;
        session.expiresMs =
            session.createdMs +
            std::chrono::duration_cast<std::chrono::milliseconds>(options_.absolute).count();
        if (latest != 0)
            session.expiresMs = std::min(session.expiresMs, latest);
        const auto hash = store::sha256Hex(secret);
        database_.transaction([&](store::Session& out) { write(out, hash, session); });
        {
            const std::lock_guard lock(mutex_);
            sessions_[hash] = session;
            hashes_[session.publicId] = hash;
        }
        endSurplus(session.userId);
        return {std::move(secret), std::move(session)};
    }

    std::optional<Session> find(std::string_view secret) {
        if (secret.size() != kSecretChars)
            return {};
        const auto hash = store::sha256Hex(secret);
        const auto now = clock_();
        const std::lock_guard lock(mutex_);
        const auto found = sessions_.find(hash);
        if (found == sessions_.end() || isOver(found->second, now))
            return {};
        use(hash, found->second, now);
        return found->second;
    }

    void used(std::string_view publicId) {
        const auto now = clock_();
        const std::lock_guard lock(mutex_);
        const auto hash = hashes_.find(std::string(publicId));
        if (hash == hashes_.end())
            return;
        auto& session = sessions_.at(hash->second);
        if (!isOver(session, now))
            use(hash->second, session, now);
    }

    std::vector<Session> list(std::string_view userId) const {
        const auto now = clock_();
        std::vector<Session> result;
        {
            const std::lock_guard lock(mutex_);
            for (const auto& [hash, session] : sessions_)
                if (session.userId == userId && !isOver(session, now))
                    result.push_back(session);
        }
        std::sort(result.begin(), result.end(),
                  [](const Session& a, const Session& b) { return a.usedMs > b.usedMs; });
        return result;
    }

    /// Ends those that `isMeant` picks: in memory first, so that they are over even if the database
    /// refuses (which is then thrown, since they would be back after a restart).
    template <class IsMeant> std::size_t end(const IsMeant& isMeant) {
        std::vector<std::pair<std::string, Session>> ended;
        {
            const std::lock_guard lock(mutex_);
            for (auto at = sessions_.begin(); at != sessions_.end();) {
                if (!isMeant(at->second)) {
                    ++at;
                    continue;
                }
                hashes_.erase(at->second.publicId);
                dirty_.erase(at->first);
                ended.emplace_back(at->first, std::move(at->second));
                at = sessions_.erase(at);
            }
        }
        if (ended.empty())
            return 0;
        if (told_)
            for (const auto& [hash, session] : ended)
                told_(session);
        database_.transaction([&](store::Session& out) {
            for (const auto& [hash, session] : ended)
                erase(out, hash);
        });
        return ended.size();
    }

    void flush() {
        const auto now = clock_();
        end([&](const Session& session) { return isOver(session, now); });
        const auto uses = takeDirty();
        if (uses.empty())
            return;
        try {
            database_.transaction([&](store::Session& out) {
                for (const auto& [hash, usedMs] : uses)
                    out.run("UPDATE sessions SET used_ms=? WHERE secret_hash=?", {usedMs, hash});
            });
        } catch (...) {
            const std::lock_guard lock(mutex_);
            for (const auto& [hash, usedMs] : uses)
                if (sessions_.contains(hash))
                    dirty_.insert(hash);
            throw;
        }
    }

    std::function<void(const Session&)> told_;

private:
    bool isOver(const Session& session, std::int64_t now) const {
        const auto idle =
            std::chrono::duration_cast<std::chrono::milliseconds>(options_.idle).count();
        return now >= session.expiresMs || (idle > 0 && now >= session.usedMs + idle);
    }

    void use(const std::string& hash, Session& session, std::int64_t now) {
        session.usedMs = std::max(session.usedMs, now);
        dirty_.insert(hash);
    }

    std::vector<std::pair<std::string, std::int64_t>> takeDirty() {
        const std::lock_guard lock(mutex_);
        std::vector<std::pair<std::string, std::int64_t>> uses;
        for (const auto& hash : dirty_)
            if (const auto found = sessions_.find(hash); found != sessions_.end())
                uses.emplace_back(hash, found->second.usedMs);
        dirty_.clear();
        return uses;
    }

    void endSurplus(const std::string& userId) {
        const auto all = list(userId);
        if (all.size() <= options_.maxPerUser)
            return;
        std::unordered_set<std::string> surplus;
        for (std::size_t at = options_.maxPerUser; at < all.size(); ++at)
            surplus.insert(all[at].publicId);
        end([&](const Session& session) { return surplus.contains(session.publicId); });
    }

    store::Database& database_;
    SessionOptions options_;
    store::Clock clock_;
    mutable std::mutex mutex_; // guards everything below
    ByHash sessions_;
    std::unordered_map<std::string, std::string> hashes_; // public id -> hash
    std::unordered_set<std::string> dirty_;               // hashes whose usedMs is not saved
};

Sessions::Sessions(store::Database& database, SessionOptions options, store::Clock clock)
    : impl_(std::make_unique<Impl>(database, options, std::move(clock))) {}
Sessions::~Sessions() = default;

void Sessions::load() {
    impl_->load();
}

NewSession Sessions::create(std::string_view userId, std::string_view address,
                            std::string_view userAgent, std::string_view loginToken,
                            std::int64_t latestMs) {
    Session session;
    session.userId = userId;
    session.address = model::cleanText(address, 64);
    session.userAgent = model::cleanText(userAgent, 256);
    session.loginToken = loginToken;
    session.expiresMs = latestMs;
    return impl_->create(std::move(session));
}

std::optional<Session> Sessions::find(std::string_view secret) {
    return impl_->find(secret);
}
void Sessions::used(std::string_view publicId) {
    impl_->used(publicId);
}
std::vector<Session> Sessions::list(std::string_view userId) const {
    return impl_->list(userId);
}

bool Sessions::revoke(std::string_view userId, std::string_view publicId) {
    return impl_->end([&](const Session& session) {
        return session.userId == userId && session.publicId == publicId;
    }) != 0;
}

std::size_t Sessions::revokeAll(std::string_view userId, std::string_view exceptPublicId) {
    return impl_->end([&](const Session& session) {
        return session.userId == userId && session.publicId != exceptPublicId;
    });
}

void Sessions::flush() {
    impl_->flush();
}
void Sessions::onRevoked(std::function<void(const Session&)> told) {
    impl_->told_ = std::move(told);
}

} // namespace trellis::auth
