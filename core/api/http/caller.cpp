#include "core/api/http/caller.hpp"

#include <boost/json/serialize.hpp>

#include "core/api/control/command_sink.hpp"
#include "core/store/random.hpp"

namespace trellis::api {

using sdk::Error;
using sdk::ErrorCode;

namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr auto kApiToken = auth::ApiTokens::kPrefix;

/// Names one REST call like a control connection, so that answers of agents find their way.
std::string callSession(const std::string& userId) {
    return userId + "/" + store::hex(store::randomBytes(20));
}

sdk::Caller localAdministrator(const std::string& tenant) {
    sdk::Caller caller;
    caller.domain = tenant;
    caller.userName = "local administrator";
    caller.sessionId = "local/" + store::hex(store::randomBytes(20));
    caller.address = "local";
    caller.siteRights = sdk::site_right::kAdmin;
    caller.isLocalAdmin = true;
    return caller;
}

} // namespace

sdk::Caller HttpCallers::callerOf(const net::HttpRequest& request, const model::User& user) const {
    sdk::Caller caller;
    caller.userId = user.id;
    caller.userName = user.name;
    caller.domain = user.domain;
    caller.sessionId = callSession(user.id);
    caller.address = request.peer.text();
    caller.siteRights = user.siteRights;
    return caller;
}

sdk::Caller HttpCallers::resolve(const net::HttpRequest& request, Change change) const {
    if (request.connection.isLocal)
        return localAdministrator(request.tenant);
    // Also for tokens: a browser has no business to send one for another page.
    if (!request.isSameOrigin())
        throw Error(ErrorCode::Forbidden, "foreign origin");
    const auto header = request.header("Authorization");
    if (header.starts_with(kBearer) && header.substr(kBearer.size()).starts_with(kApiToken))
        throw Error(ErrorCode::Forbidden, "API tokens are for commands and the event stream");
    if (header.starts_with(kBearer))
        return byToken(request, header.substr(kBearer.size()));
    const auto signedIn = session(request);
    if (!signedIn)
        throw Error(ErrorCode::Unauthenticated, "not signed in");
    if (change == Change::Yes &&
        !auth::isCsrfToken(signedIn->secret, request.header("X-CSRF-Token")))
        throw Error(ErrorCode::Forbidden, "the header X-CSRF-Token is missing or wrong");
    auto caller = callerOf(request, *signedIn->user);
    caller.byLoginToken = !signedIn->session.loginToken.empty();
    return caller;
}

sdk::Caller HttpCallers::resolveApi(const net::HttpRequest& request, Change change) const {
    const auto header = request.header("Authorization");
    const bool isApiToken =
        header.starts_with(kBearer) && header.substr(kBearer.size()).starts_with(kApiToken);
    if (request.connection.isLocal || !isApiToken)
        return resolve(request, change);
    if (!request.isSameOrigin())
        throw Error(ErrorCode::Forbidden, "foreign origin");
    return byApiToken(request, header.substr(kBearer.size()));
}

sdk::Caller HttpCallers::byApiToken(const net::HttpRequest& request,
                                    std::string_view secret) const {
    const auto address = request.peer.text();
    if (const auto blocked = logins_.throttled(address); blocked.isBlocked)
        throw TooMany("too many wrong tokens", blocked.retryAfter);
    // Throws for an expired one, which is not counted: it was good once, and a script that runs on must
    // not lock its whole network out.
    const auto token = tokens_.check(secret);
    if (!token) {
        logins_.countFailure(address);
        throw Error(ErrorCode::Unauthenticated, "wrong or removed API token");
    }
    if (!token->scope.allowsAddress(request.peer))
        throw Error(ErrorCode::Forbidden, "the API token is not for this address");
    const auto user = directory_.user(token->userId);
    if (!user || user->isLocked())
        throw Error(ErrorCode::Forbidden, "the owner of the API token is locked");
    tokens_.used(token);
    auto caller = callerOf(request, *user);
    caller.sessionId = auth::ApiTokens::sessionOf(*token, store::hex(store::randomBytes(20)));
    caller.byLoginToken = true;
    return caller;
}

sdk::Caller HttpCallers::byToken(const net::HttpRequest& request,
                                 std::string_view credential) const {
    // "~t:" belongs to the token's name, so the last colon parts name and secret.
    const auto colon = credential.rfind(':');
    if (!credential.starts_with("~t:") || colon == 2)
        throw Error(ErrorCode::Unauthenticated,
                    "expected a login token: Bearer ~t:<name>:<secret>");
    auth::LoginAttempt attempt;
    attempt.domain = request.tenant;
    attempt.userName = credential.substr(0, colon);
    attempt.secret = credential.substr(colon + 1);
    attempt.address = request.peer.text();
    attempt.userAgent = request.header("User-Agent");
    attempt.door = auth::Door::Api;
    const auto outcome = logins_.login(attempt);
    if (outcome.result == auth::LoginResult::Throttled)
        throw TooMany("too many failed logins", outcome.retryAfter);
    if (outcome.result != auth::LoginResult::Granted || !outcome.user)
        throw Error(ErrorCode::Unauthenticated, "wrong login token");
    auto caller = callerOf(request, *outcome.user);
    caller.byLoginToken = true;
    return caller;
}

std::optional<HttpCallers::SignedIn> HttpCallers::session(const net::HttpRequest& request) const {
    const auto secret = auth::secretFromCookies(request.header("Cookie"), request.tenant);
    if (!secret)
        return std::nullopt;
    auto session = sessions_.find(*secret);
    if (!session)
        return std::nullopt;
    auto user = directory_.user(session->userId);
    if (!user || user->isLocked() || user->domain != request.tenant)
        return std::nullopt;
    return SignedIn{std::move(*session), *secret, std::move(user)};
}

net::HttpResponse jsonResponse(int status, const boost::json::value& body) {
    auto response = net::HttpResponse::json(status, boost::json::serialize(body));
    response.with("Cache-Control", "no-store");
    return response;
}

net::HttpResponse errorResponse(const sdk::Error& error, const std::string& traceId,
                                std::chrono::seconds retryAfter) {
    auto object = errorObject(error, traceId);
    if (traceId.empty())
        object.erase("traceId");
    auto response = jsonResponse(sdk::httpStatus(error.code()),
                                 boost::json::object{{"error", std::move(object)}});
    if (const auto* tooMany = dynamic_cast<const TooMany*>(&error))
        retryAfter = tooMany->wait();
    if (retryAfter.count() > 0)
        response.with("Retry-After", std::to_string(retryAfter.count()));
    return response;
}

} // namespace trellis::api
