/// Encrypted tokens that travel in URLs (control-protocol.md section 1.10, agent-protocol.md 1.8).
#pragma once

#include "core/store/clock.hpp"
#include "core/store/settings.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::auth {

/// What our own tokens are for. Each has its own key (HKDF-SHA-256 from the stored one) and its
/// name inside, so a token of one purpose opens nothing else.
enum class Purpose : std::uint8_t {
    Invite = 1,
    Download,
    Upload,
    MailVerify,
    PasswordReset,
    Share,
    SecondFactor,
    Plugin
};

/// The bare format with a given key and IV. For the store below, tests and tools.
inline constexpr std::size_t kTokenKeySize = 80;
inline constexpr std::size_t kMaxTokenBytes = 4096;
std::string sealToken(std::string_view key, std::string_view iv, std::string_view jsonText);
/// Nothing if it is not one, is over kMaxTokenBytes, or fails authentication.
std::optional<boost::json::object> openToken(std::string_view key, std::string_view token);

/// Any thread. The constructor reads or makes the keys (blocks on the database); the rest is
/// memory.
class UrlTokens {
public:
    explicit UrlTokens(store::Settings& settings, store::Clock clock = store::systemClock());
    ~UrlTokens();

    // --- The wire's own tokens: one key, no purpose, as meshctrl --loginkey builds them. ---
    /// Adds `time`. Set `expire` (minutes, 0 = never) in `body` to override the reader's limit.
    std::string makeWire(boost::json::object body) const;
    /// The body, if it opens, is not older than `maxAge` (or its own `expire`), not more than 30 s
    /// in the future, and, with a non-empty `once`, was not used before.
    std::optional<boost::json::object> readWire(std::string_view token,
                                                std::chrono::minutes maxAge);
    /// `{userid, domainid, ip}` for `auth=` of control and relay; 60 minutes.
    /// `loginToken`: with which who asks signed in, "" with none; the cookie opens no more than that,
    /// and no longer.
    std::string makeAuth(std::string_view userId, std::string_view address,
                         std::string_view loginToken = {}) const;
    /// When a user's login token ends (ms, 0: never), nothing if it has. Set before the first
    /// readAuth(); without one no cookie of a login token is good. Any thread, must not block.
    using TokenLife = std::function<std::optional<std::int64_t>(std::string_view userId,
                                                                std::string_view loginToken)>;
    void setTokenLife(TokenLife life);
    struct AuthBody {
        std::string userId;
        std::string address; ///< "" if the token is not bound to one
        std::int64_t madeS = 0;
        std::string loginToken{};    ///< "": none
        std::int64_t expiresMs = 0;  ///< with the login token; 0: never
    };
    /// Accepts what makeAuth and meshctrl make, for this domain, and nothing with other members: a
    /// token limited to a device or a share is no login. Cut at the first `?` or after the padding.
    std::optional<AuthBody> readAuth(std::string_view token, std::string_view domain);
    /// `{u, a:3}`: signs in as the user for 60 minutes (control-protocol 1.10).
    std::string makeLoginLink(std::string_view userId) const;
    std::optional<AuthBody> readLoginLink(std::string_view token, std::string_view domain);
    /// `{ruserid}` for `rauth=`, the agent's side of a tunnel; 240 minutes.
    std::string makeRelayAuth(std::string_view userId, std::string_view loginId) const;
    std::optional<std::string> readRelayAuth(std::string_view token);
    /// 160 hex digits, what `meshctrl --loginkey` takes. Gives full access: admin's console only.
    std::string loginKeyHex() const;

    // --- Our own: bound to one purpose. ---
    std::string make(Purpose purpose, boost::json::object body,
                     std::chrono::minutes lifetime) const;
    std::optional<boost::json::object> read(Purpose purpose, std::string_view token);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace trellis::auth
