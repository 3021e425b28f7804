#include "core/auth/login_service.hpp"

#include "core/auth/account_service.hpp"
#include "core/auth/password.hpp"
#include "core/auth/user_agent.hpp"
#include "core/model/ids.hpp"
#include "core/model/text.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::auth {

namespace {

bool isLoginToken(std::string_view name) {
    return name.starts_with("~t:");
}

/// Also for names of nobody, so that they are throttled alike.
std::string accountOf(const LoginAttempt& attempt) {
    if (isLoginToken(attempt.userName))
        return attempt.userName.substr(0, 100);
    return attempt.domain + "/" + model::lowerName(attempt.userName.substr(0, 256));
}

/// control-protocol.md section 1.2, events of a login
int messageIdOf(LoginResult result) {
    switch (result) {
    case LoginResult::Granted:
        return 107;
    case LoginResult::WrongSecondFactor:
        return 108;
    case LoginResult::Locked:
        return 109;
    case LoginResult::ToolsRefused:
    case LoginResult::SecondFactorUnavailable:
        return 155;
    default:
        return 110;
    }
}

std::string textOf(LoginResult result, const std::string& address) {
    switch (result) {
    case LoginResult::Granted:
        return "Logged in from " + address;
    case LoginResult::WrongSecondFactor:
        return "Login refused: wrong second factor, from " + address;
    case LoginResult::Locked:
        return "Login refused: the account is locked, from " + address;
    case LoginResult::ToolsRefused:
        return "Login refused: no tools allowed, from " + address;
    case LoginResult::SecondFactorUnavailable:
        return "Login refused: the account's second factor can't be checked here, from " + address;
    default:
        return "Login refused: wrong password, from " + address;
    }
}

std::string_view nameOf(Door door) {
    switch (door) {
    case Door::Form:
        return "form";
    case Door::WebSocket:
        return "websocket";
    case Door::Api:
        return "api";
    }
    return "";
}

} // namespace

LoginService::LoginService(model::Directory& directory, model::EventLog& events, Throttle& throttle,
                           LoginTokens& tokens)
    : directory_(directory), events_(events), throttle_(throttle), tokens_(tokens) {}

void LoginService::setSecondFactorCheck(SecondFactorCheck check) {
    secondFactor_ = std::move(check);
}

ThrottleAnswer LoginService::throttled(std::string_view address) const {
    return throttle_.check({}, address);
}

void LoginService::countFailure(std::string_view address) {
    throttle_.failed({}, address);
}

LoginOutcome LoginService::login(const LoginAttempt& attempt) {
    const auto account = accountOf(attempt);
    const auto turn = throttle_.attempt(account, attempt.address);
    if (turn.isBlocked) {
        LoginOutcome outcome;
        outcome.result = LoginResult::Throttled;
        outcome.retryAfter = turn.retryAfter;
        return outcome;
    }
    auto outcome = decide(attempt);
    switch (outcome.result) {
    case LoginResult::Granted:
        throttle_.succeeded(account, attempt.address);
        granted(attempt, outcome);
        break;
    case LoginResult::NeedsSecondFactor:
    case LoginResult::NeedsNewPassword:
        throttle_.withdraw(account, attempt.address);
        break;
    case LoginResult::SecondFactorUnavailable: // no guesses, but worth knowing
    case LoginResult::Locked: // a script that goes on must not lock its whole network out
    case LoginResult::ToolsRefused:
        throttle_.withdraw(account, attempt.address);
        refused(attempt, outcome);
        break;
    default:
        if (turn.isLast)
            telemetry::log("auth").warning(
                "too many failed logins: blocked for a while",
                {{"address", attempt.address}, {"door", nameOf(attempt.door)}});
        refused(attempt, outcome);
    }
    return outcome;
}

LoginOutcome LoginService::decide(const LoginAttempt& attempt) {
    if (isLoginToken(attempt.userName))
        return checkLoginToken(attempt);
    const auto user = directory_.userByName(attempt.domain, attempt.userName);
    // An unknown name is checked against a decoy and takes as long.
    const auto check = checkPassword(user ? user->passwordHash : std::string(), attempt.secret);
    LoginOutcome outcome;
    if (!user || !check.isRight)
        return outcome;
    outcome = afterSecret(attempt, user);
    if (outcome.result == LoginResult::Granted && check.needsUpgrade)
        upgrade(*user, attempt);
    return outcome;
}

LoginOutcome LoginService::checkLoginToken(const LoginAttempt& attempt) {
    LoginOutcome outcome;
    const auto token = tokens_.check(attempt.userName, attempt.secret);
    if (!token)
        return outcome;
    const auto user = directory_.user(token->userId);
    if (!user || user->domain != attempt.domain)
        return outcome;
    outcome.user = user;
    outcome.loginToken = token->name;
    outcome.tokenExpiresMs = token->expireMs;
    const bool isOver = token->expireMs != 0 && token->expireMs <= directory_.nowMs();
    outcome.result = user->isLocked() || isOver ? LoginResult::Locked : LoginResult::Granted;
    return outcome;
}

LoginOutcome LoginService::afterSecret(const LoginAttempt& attempt, const model::UserPtr& user) {
    LoginOutcome outcome;
    outcome.user = user;
    if (user->isLocked()) {
        outcome.result = LoginResult::Locked;
        return outcome;
    }
    const bool isLimited = !user->isFullAdmin() && (user->siteRights & model::site::kNoTools) != 0;
    if (attempt.door == Door::WebSocket && isLimited) {
        outcome.result = LoginResult::ToolsRefused;
        return outcome;
    }
    const bool mustChange = attempt.door == Door::Form && user->passwordChangedS == -1;
    if (mustChange && !attempt.secondFactor.empty() && !attempt.offersNewPassword) {
        // A code counts once, so it is looked at when the rest is there, too.
        outcome.result = LoginResult::NeedsNewPassword;
        return outcome;
    }
    const auto second = secondFactor_ ? secondFactor_(*user, attempt) : SecondFactorAnswer{};
    outcome.twoFactorType = second.type;
    if (second.factor == SecondFactor::NotNeeded && user->demandsFactor())
        outcome.result = LoginResult::SecondFactorUnavailable; // nobody spoke for it: fails closed
    else if (second.factor == SecondFactor::Missing)
        outcome.result = LoginResult::NeedsSecondFactor;
    else if (second.factor == SecondFactor::Wrong)
        outcome.result = LoginResult::WrongSecondFactor;
    else if (mustChange)
        outcome.result = LoginResult::NeedsNewPassword;
    else
        outcome.result = LoginResult::Granted;
    return outcome;
}

void LoginService::upgrade(const model::User& user, const LoginAttempt& attempt) {
    try {
        const auto hash = hashPassword(attempt.secret);
        directory_.updateUser(user.id, [&](model::User& record) {
            // Somebody may have set another password since.
            if (record.passwordHash == user.passwordHash)
                record.passwordHash = hash;
        });
    } catch (const std::exception& problem) {
        telemetry::log("auth").warning("a password keeps its old form",
                                       {{"detail", problem.what()}});
    }
}

void LoginService::granted(const LoginAttempt& attempt, LoginOutcome& outcome) {
    if (attempt.door == Door::Api)
        return; // every call would be a login
    const auto now = directory_.nowMs() / 1000;
    try {
        outcome.user = directory_.updateUser(outcome.user->id, [&](model::User& user) {
            if (user.loginS != 0)
                user.pastLoginS = user.loginS;
            user.loginS = now;
            user.accessS = now;
        });
    } catch (const std::exception& problem) {
        // The times are a courtesy: a full disk must not keep the admin out who comes to free it.
        telemetry::log("auth").warning("the time of a login was not saved",
                                       {{"detail", problem.what()}});
    }
    // Clients like meshctrl sign in for every command: what they did would drown in their logins, and
    // the wire's log has those of the form alone (control-protocol 2.5).
    if (attempt.door == Door::WebSocket) {
        telemetry::log("auth").info("signed in", {{"user", outcome.user->id},
                                                  {"address", attempt.address},
                                                  {"token", outcome.loginToken}});
        return;
    }
    auto event = eventOf(attempt, outcome, "login");
    if (!outcome.loginToken.empty()) {
        event.extra["tokenName"] = outcome.loginToken;
        event.extra["tokenUser"] = attempt.userName;
    }
    if (!outcome.twoFactorType.empty())
        event.extra["twoFactorType"] = outcome.twoFactorType;
    events_.record(std::move(event));
}

void LoginService::refused(const LoginAttempt& attempt, const LoginOutcome& outcome) {
    auto user = outcome.user;
    if (!user)
        user = directory_.userByName(attempt.domain, attempt.userName);
    if (!user)
        return; // what was typed as a name may be a password: it is not recorded
    auto known = outcome;
    known.user = user;
    events_.record(eventOf(attempt, known, "authfail"));
}

model::Event LoginService::eventOf(const LoginAttempt& attempt, const LoginOutcome& outcome,
                                   std::string action) const {
    model::Event event;
    event.domain = outcome.user->domain;
    event.etype = action == "login" ? "user" : "";
    event.action = std::move(action);
    event.userId = outcome.user->id;
    event.userName = outcome.user->name;
    const auto address = model::cleanText(attempt.address, 64);
    event.msg = textOf(outcome.result, address);
    event.targets = managersOf(*outcome.user);
    const auto agent = describeUserAgent(attempt.userAgent);
    event.extra["msgid"] = messageIdOf(outcome.result);
    event.extra["msgArgs"] = {address, agent.browser, agent.system};
    event.extra["ip"] = address;
    event.extra["userAgent"] = model::cleanText(attempt.userAgent, 512);
    event.extra["door"] = nameOf(attempt.door);
    return event;
}

} // namespace trellis::auth
