/// Logins of browsers: one random id in a cookie, its hash in the database.
#pragma once

#include "core/store/clock.hpp"
#include "core/store/database.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::auth {

/// `__Host-` (RFC 6265bis section 4.1.3.2): Secure, Path=/, no Domain, so no other host can set it.
inline constexpr std::string_view kSessionCookie = "__Host-trellis";

struct SessionOptions {
    std::chrono::minutes idle{12 * 60}; ///< 0: never ends for idleness
    std::chrono::hours absolute{24 * 14};
    std::size_t maxPerUser = 50; ///< the one used longest ago goes
};

struct Session {
    std::string publicId; ///< names it in lists and for revoking; useless for logging in
    std::string userId;
    std::string address;   ///< at login
    std::string userAgent; ///< at login, up to 256 bytes
    std::int64_t createdMs = 0;
    std::int64_t usedMs = 0;
    std::int64_t expiresMs = 0; ///< absolute
    std::string loginToken;     ///< name of the login token that was used, "" if none
};

struct NewSession {
    std::string secret; ///< 43 characters (256 bits), the cookie's value; not kept anywhere
    Session session;
};

/// Any thread. find() never touches the disk; the others do. "Last used" is written in batches
/// (flush).
class Sessions {
public:
    Sessions(store::Database& database, SessionOptions options = {},
             store::Clock clock = store::systemClock());
    ~Sessions();
    /// Applies auth's migrations (login tokens included) and reads. Once, after Directory::load().
    void load();
    /// `latestMs`: it ends then at the latest (with its login token); 0: by the options alone.
    NewSession create(std::string_view userId, std::string_view address, std::string_view userAgent,
                      std::string_view loginToken = {}, std::int64_t latestMs = 0);
    /// The session of this secret, if it lives; it counts as used now.
    std::optional<Session> find(std::string_view secret);
    /// It counts as used now (traffic on a connection that was opened with it).
    void used(std::string_view publicId);
    std::vector<Session> list(std::string_view userId) const;
    bool revoke(std::string_view userId, std::string_view publicId);
    /// All of a user's, but the one with `exceptPublicId`. Returns how many.
    std::size_t revokeAll(std::string_view userId, std::string_view exceptPublicId = {});
    void flush(); ///< writes "last used" and forgets what expired
    /// Told (no lock held) which session ended, so that its connections can be cut. Set before use.
    void onRevoked(std::function<void(const Session&)> told);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// `__Host-trellis=...; Path=/; Secure; HttpOnly; SameSite=Lax`. Lax and not Strict: links to a
/// device in a mail have to work; what changes state is never a GET, and is guarded by Origin and
/// CSRF token.
/// Another tenant has a cookie of its own, `__Host-trellis-<tenant>`, so that somebody may be signed in
/// to two of them under one host name. The name only keeps them apart: whose session a secret opens is
/// what its user says.
std::string sessionCookie(std::string_view secret, std::string_view tenant = {});
std::string clearedSessionCookie(std::string_view tenant = {});
/// The secret in a `Cookie` header. Nothing if absent, given twice, or not 43 characters of
/// base64url.
std::optional<std::string> secretFromCookies(std::string_view header, std::string_view tenant = {});

/// Bound to the session, so it needs no store: HMAC-SHA-256 of the secret. Goes to the page in a
/// body and comes back in the header `X-Trellis-Csrf`.
std::string csrfToken(std::string_view secret);
bool isCsrfToken(std::string_view secret, std::string_view token) noexcept;

} // namespace trellis::auth
