/// Decides whether a client may have a control connection, and as whom.
#pragma once

#include <optional>
#include <string>

#include <trellis/sdk/request.hpp>

#include "core/api/control/close_message.hpp"
#include "core/api/control/credentials.hpp"
#include "core/auth/login_service.hpp"
#include "core/auth/sessions.hpp"
#include "core/auth/url_tokens.hpp"
#include "core/model/directory.hpp"

namespace trellis::api {

/// Who was let in, or why not.
struct Admission {
    std::optional<CloseCause> refused;
    model::UserPtr user;
    std::string loginSession; ///< publicId of the browser's session, "" otherwise
    std::string sessionSecret;
    bool byPassword = false;
    bool byLoginToken = false;
    std::string loginToken;     ///< the token's name
    std::int64_t expiresMs = 0; ///< with the login token; 0: never
};

/// Any thread; passwords cost an argon2id, so worker pool. Failures are counted by the throttle of
/// auth::LoginService, as at every door.
class Admissions {
public:
    struct Peer {
        std::string address; ///< without port
        std::string userAgent;
    };
    Admissions(const model::Directory& directory, auth::LoginService& logins,
               auth::Sessions& sessions, auth::UrlTokens& tokens, bool takesLinks)
        : directory_(directory), logins_(logins), sessions_(sessions), tokens_(tokens),
          takesLinks_(takesLinks) {}

    /// For every style but Inner.
    Admission decide(const Credentials& shown, const std::string& domain, const Peer& peer);
    /// The second half of inner authentication.
    Admission decideInner(const std::string& user, const std::string& password,
                          const std::string& token, const std::string& domain, const Peer& peer);

private:
    Admission byPassword(const Credentials& shown, const std::string& domain, const Peer& peer,
                         CloseCause onFailure);
    std::optional<Admission> byCookie(const std::string& token, const std::string& domain,
                                      const Peer& peer);
    Admission bySession(const std::string& secret, const std::string& domain);

    const model::Directory& directory_;
    auth::LoginService& logins_;
    auth::Sessions& sessions_;
    auth::UrlTokens& tokens_;
    const bool takesLinks_; ///< `auth=` with a cookie of `logincookie`
};

} // namespace trellis::api
