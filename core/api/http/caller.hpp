/// Who makes an HTTP request, and whether it may change something.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include <trellis/sdk/error.hpp>
#include <trellis/sdk/request.hpp>

#include "core/auth/api_tokens.hpp"
#include "core/auth/login_service.hpp"
#include "core/auth/sessions.hpp"
#include "core/model/directory.hpp"
#include "core/net/http_message.hpp"

namespace trellis::api {

/// Ways in, in this order: the server's own socket (the local administrator), an API token in
/// `Authorization: Bearer trl_...`, a login token in `Authorization: Bearer <~t:name>:<secret>`, the
/// browser's session cookie.
class HttpCallers {
public:
    enum class Change : std::uint8_t { No = 1, Yes };
    HttpCallers(const model::Directory& directory, auth::Sessions& sessions,
                auth::LoginService& logins, auth::ApiTokens& tokens)
        : directory_(directory), sessions_(sessions), logins_(logins), tokens_(tokens) {}

    /// Throws Error: Unauthenticated without a good credential, RateLimited when throttled,
    /// Forbidden for a foreign Origin, or, with Change::Yes and a cookie, for a missing or wrong
    /// X-CSRF-Token. Worker thread: login tokens are looked up in the database.
    sdk::Caller resolve(const net::HttpRequest& request, Change change) const;
    /// The same with API tokens let in; for doors that ask tokenRefusal() what the token may. It then
    /// throws Forbidden when the token is not for the caller's address.
    sdk::Caller resolveApi(const net::HttpRequest& request, Change change) const;

    /// The session of the cookie, if it and its user are good. Never blocks.
    struct SignedIn {
        auth::Session session;
        std::string secret;
        model::UserPtr user;
    };
    std::optional<SignedIn> session(const net::HttpRequest& request) const;

private:
    sdk::Caller byApiToken(const net::HttpRequest& request, std::string_view secret) const;
    sdk::Caller byToken(const net::HttpRequest& request, std::string_view credential) const;
    sdk::Caller callerOf(const net::HttpRequest& request, const model::User& user) const;

    const model::Directory& directory_;
    auth::Sessions& sessions_;
    auth::LoginService& logins_;
    auth::ApiTokens& tokens_;
};

/// Too much at once; the answer has `Retry-After`.
class TooMany : public sdk::Error {
public:
    TooMany(const std::string& text, std::chrono::seconds wait)
        : sdk::Error(sdk::ErrorCode::RateLimited, text), wait_(std::max(wait, std::chrono::seconds(1))) {}
    std::chrono::seconds wait() const noexcept { return wait_; }

private:
    std::chrono::seconds wait_;
};

/// {"error":{code,message,field?,traceId?}} with the code's status, `Cache-Control: no-store`, and
/// `Retry-After` where there is a time to wait: given, or that of a TooMany.
net::HttpResponse errorResponse(const sdk::Error& error, const std::string& traceId = {},
                                std::chrono::seconds retryAfter = {});
/// A JSON answer that is not kept by any cache.
net::HttpResponse jsonResponse(int status, const boost::json::value& body);

} // namespace trellis::api
