#include "core/api/http/session_routes.hpp"

#include "core/api/commands/ownership.hpp"
#include "core/api/parse.hpp"

namespace trellis::api {

using sdk::Error;
using sdk::ErrorCode;
using sdk::Schema;

namespace {

constexpr std::size_t kMaxBody = 8 * 1024;

json::object bodyOf(const net::HttpRequest& request, const Schema& schema) {
    if (!request.isSameOrigin())
        throw Error(ErrorCode::Forbidden, "foreign origin");
    if (!request.header("Content-Type").starts_with("application/json"))
        throw Error(ErrorCode::InvalidArgument, "expected Content-Type: application/json");
    auto parsed = parseMessage(request.body, kMaxBody);
    if (!parsed.object)
        throw Error(ErrorCode::InvalidArgument, parsed.fault);
    json::value value = std::move(*parsed.object);
    std::vector<sdk::Problem> problems;
    if (!schema.checkAndFill(value, problems))
        throw Error(ErrorCode::InvalidArgument, problems.front().message, problems.front().pointer);
    return std::move(value.get_object());
}

std::string text(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    const auto* string = value ? value->if_string() : nullptr;
    return string ? std::string(string->data(), string->size()) : std::string();
}

const Schema& loginSchema() {
    static const auto schema =
        Schema::object()
            .prop("name", Schema::string().range(1, 256), "Login name.")
            .prop("password", Schema::string().range(1, 1024).secret(), "Password.")
            .prop("token", Schema::string().range(0, 256).secret(), "Second factor.")
            .prop("newPassword", Schema::string().range(1, 1024).secret(),
                  "In place of one that has to be changed; else ignored.")
            .required({"name", "password"});
    return schema;
}

const Schema& setupSchema() {
    static const auto schema =
        Schema::object()
            .prop("token", Schema::string().range(1, 128).secret(), "From the server's console.")
            .prop("name", Schema::string().range(1, 256).format(sdk::Format::Line), "Login name.")
            .prop("password", Schema::string().range(1, 1024).secret(), "Password.")
            .required({"token", "name", "password"});
    return schema;
}

/// The page's words for the service's fields.
Error inPageTerms(const Error& error) {
    std::string field = error.field();
    if (field == "/username")
        field = "/name";
    if (field == "/pass")
        field = "/password";
    return Error(error.code(), error.what(), field);
}

net::HttpResponse refusal(const auth::LoginOutcome& outcome) {
    using auth::LoginResult;
    switch (outcome.result) {
    case LoginResult::Throttled:
        return errorResponse(Error(ErrorCode::RateLimited, "too many failed logins, try later"), {},
                             std::max(outcome.retryAfter, std::chrono::seconds(1)));
    case LoginResult::NeedsSecondFactor:
        return jsonResponse(401, json::object{{"error",
                                               {{"code", "second_factor_required"},
                                                {"message", "a second factor is needed"},
                                                {"field", "/token"}}}});
    case LoginResult::WrongSecondFactor:
        return errorResponse(
            Error(ErrorCode::Unauthenticated, "the second factor is wrong", "/token"));
    case LoginResult::SecondFactorUnavailable:
        return jsonResponse(
            403, json::object{{"error",
                               {{"code", "second_factor_unavailable"},
                                {"message", "this account has a second factor that the server can't "
                                            "check; an administrator has to clear it: trellisctl user "
                                            "clearfactors"}}}});
    case LoginResult::NeedsNewPassword:
        return jsonResponse(403, json::object{{"error",
                                               {{"code", "new_password_required"},
                                                {"message", "the password has to be changed first"},
                                                {"field", "/newPassword"}}}});
    case LoginResult::Locked:
        return errorResponse(Error(ErrorCode::Forbidden, "this account is locked"));
    default:
        return errorResponse(Error(ErrorCode::Unauthenticated, "wrong name or password"));
    }
}

} // namespace

void SessionRoutes::mount(net::Router& router, std::vector<net::Registration>& routes) {
    const auto add = [&](const char* method, const char* path, net::RunOn runOn,
                         net::HttpResponse (SessionRoutes::*handler)(const net::HttpRequest&)
                             const) {
        net::RouteSpec spec;
        spec.method = method;
        spec.path = path;
        spec.bodyLimit = kMaxBody;
        spec.runOn = runOn;
        routes.push_back(router.addSimple(spec, [this, handler](const net::HttpRequest& request) {
            try {
                return (this->*handler)(request);
            } catch (const Error& error) {
                return errorResponse(error);
            }
        }));
    };
    add("GET", "/api/session", net::RunOn::Workers, &SessionRoutes::show);
    add("POST", "/api/setup", net::RunOn::Workers, &SessionRoutes::setUp);
    add("POST", "/api/login", net::RunOn::Workers, &SessionRoutes::logIn);
    add("POST", "/api/logout", net::RunOn::Workers, &SessionRoutes::logOut);
    add("POST", "/", net::RunOn::Workers, &SessionRoutes::form);
    add("POST", "/login", net::RunOn::Workers, &SessionRoutes::form);
}

std::string SessionRoutes::titleOf(const net::HttpRequest& request) const {
    const auto own = context_.config.domains.find(request.tenant);
    return own == context_.config.domains.end() || own->second.title.empty()
               ? context_.config.server.title
               : own->second.title;
}

net::HttpResponse SessionRoutes::show(const net::HttpRequest& request) const {
    const auto signedIn = callers_.session(request);
    if (!signedIn) {
        const bool isFirst = request.tenant.empty(); // others get their first account from the server's
        return jsonResponse(
            401,
            json::object{{"error", {{"code", "unauthenticated"}, {"message", "not signed in"}}},
                         {"setup", isFirst && context_.setupToken.isNeeded()},
                         {"title", titleOf(request)},
                         {"passwordMinLength", context_.accounts.rules().min}});
    }
    const auto& user = *signedIn->user;
    return jsonResponse(
        200, json::object{
                 {"user", {{"id", user.id}, {"name", user.name}, {"siteadmin", user.siteRights}}},
                 {"csrf", auth::csrfToken(signedIn->secret)},
                 {"title", titleOf(request)}});
}

net::HttpResponse SessionRoutes::signedIn(const net::HttpRequest& request, const model::User& user,
                                          const auth::LoginOutcome& outcome) const {
    const auto made =
        context_.sessions.create(user.id, request.peer.text(), request.header("User-Agent"),
                                 outcome.loginToken, outcome.tokenExpiresMs);
    auto response = jsonResponse(
        200, json::object{
                 {"user", {{"id", user.id}, {"name", user.name}, {"siteadmin", user.siteRights}}},
                 {"csrf", auth::csrfToken(made.secret)}});
    response.with("Set-Cookie", auth::sessionCookie(made.secret, request.tenant));
    return response;
}

net::HttpResponse SessionRoutes::setUp(const net::HttpRequest& request) const {
    const auto body = bodyOf(request, setupSchema());
    if (!request.tenant.empty())
        throw Error(ErrorCode::NotFound, "no such path");
    const auto address = request.peer.text();
    const auto throttled = context_.logins.throttled(address);
    if (throttled.isBlocked) {
        return errorResponse(Error(ErrorCode::RateLimited, "too many wrong tokens, try later"), {},
                             std::max(throttled.retryAfter, std::chrono::seconds(1)));
    }
    auth::NewAccount account;
    account.name = text(body, "name");
    account.password = text(body, "password");
    account.siteRights = model::site::kFullAdmin;
    model::UserPtr user;
    try {
        const bool isGood = context_.setupToken.redeem(
            text(body, "token"), [&] { user = context_.accounts.create(account, nullptr); });
        if (!isGood) {
            context_.logins.countFailure(address);
            throw Error(ErrorCode::Unauthenticated, "the setup link is wrong or used up", "/token");
        }
    } catch (const Error& error) {
        throw inPageTerms(error);
    }
    adoptOwnerlessGroups(context_.directory, *user);
    return signedIn(request, *user, {});
}

auth::LoginOutcome SessionRoutes::attempt(const net::HttpRequest& request, std::string name,
                                          std::string password, std::string token,
                                          bool offersNewPassword) const {
    auth::LoginAttempt attempt;
    attempt.domain = request.tenant;
    attempt.userName = std::move(name);
    attempt.secret = std::move(password);
    attempt.secondFactor = std::move(token);
    attempt.address = request.peer.text();
    attempt.userAgent = request.header("User-Agent");
    attempt.door = auth::Door::Form;
    attempt.offersNewPassword = offersNewPassword;
    auto outcome = context_.logins.login(attempt);
    if (!outcome.loginToken.empty()) // its name is one that other tokens may have, too
        outcome.loginToken = attempt.userName;
    return outcome;
}

net::HttpResponse SessionRoutes::logIn(const net::HttpRequest& request) const {
    const auto body = bodyOf(request, loginSchema());
    const auto fresh = text(body, "newPassword");
    const auto outcome = attempt(request, text(body, "name"), text(body, "password"),
                                 text(body, "token"), !fresh.empty());
    if (outcome.result == auth::LoginResult::NeedsNewPassword && !fresh.empty())
        return changeAndSignIn(request, outcome, text(body, "password"), fresh);
    if (outcome.result != auth::LoginResult::Granted)
        return refusal(outcome);
    return signedIn(request, *outcome.user, outcome);
}

/// The old password and the second factor were right (it was looked at, since a new password was
/// offered); only a new password is missing.
net::HttpResponse SessionRoutes::changeAndSignIn(const net::HttpRequest& request,
                                                 const auth::LoginOutcome& outcome,
                                                 const std::string& old,
                                                 const std::string& fresh) const {
    if (fresh == old)
        throw Error(ErrorCode::InvalidArgument, "choose another password than the old one",
                    "/newPassword");
    try {
        context_.accounts.setPassword(outcome.user->id, fresh, outcome.user);
    } catch (const Error& error) {
        throw Error(error.code(), error.what(), "/newPassword");
    }
    return signedIn(request, *outcome.user, outcome);
}

net::HttpResponse SessionRoutes::logOut(const net::HttpRequest& request) const {
    const auto signedIn = callers_.session(request);
    if (!signedIn)
        throw Error(ErrorCode::Unauthenticated, "not signed in");
    callers_.resolve(request, HttpCallers::Change::Yes); // Origin and CSRF token
    context_.sessions.revoke(signedIn->user->id, signedIn->session.publicId);
    auto response = jsonResponse(200, json::object());
    response.with("Set-Cookie", auth::clearedSessionCookie(request.tenant));
    return response;
}

/// control-protocol 1.2, for scripts that sign in as MeshCentral's page does.
net::HttpResponse SessionRoutes::form(const net::HttpRequest& request) const {
    if (!request.isSameOrigin())
        throw Error(ErrorCode::Forbidden, "foreign origin");
    if (!request.header("Content-Type").starts_with("application/x-www-form-urlencoded"))
        throw Error(ErrorCode::InvalidArgument, "expected a form");
    const auto form = net::Query::parse(request.body);
    const auto action = form.get("action");
    if (!action.empty() && action != "login")
        throw Error(ErrorCode::NotFound, "this form is not offered here");
    const auto outcome = attempt(request, std::string(form.get("username")),
                                 std::string(form.get("password")), std::string(form.get("token")));
    if (outcome.result != auth::LoginResult::Granted)
        return refusal(outcome);
    const auto made = context_.sessions.create(outcome.user->id, request.peer.text(),
                                               request.header("User-Agent"), outcome.loginToken,
                                               outcome.tokenExpiresMs);
    auto response = net::HttpResponse::redirect(request.prefix + "/", 302);
    response.with("Set-Cookie", auth::sessionCookie(made.secret, request.tenant));
    response.with("Cache-Control", "no-store");
    return response;
}

} // namespace trellis::api
