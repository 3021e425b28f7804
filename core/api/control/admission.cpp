#include "core/api/control/admission.hpp"

namespace trellis::api {

namespace {

Admission refusal(CloseCause cause) {
    Admission admission;
    admission.refused = cause;
    return admission;
}

CloseCause causeOf(auth::LoginResult result, CloseCause otherwise) {
    switch (result) {
    case auth::LoginResult::Throttled:
        return CloseCause::Banned;
    case auth::LoginResult::NeedsSecondFactor:
    case auth::LoginResult::WrongSecondFactor:
    case auth::LoginResult::SecondFactorUnavailable:
        return CloseCause::TokenRequired;
    case auth::LoginResult::ToolsRefused:
        return CloseCause::NoTools;
    default:
        return otherwise;
    }
}

} // namespace

Admission Admissions::decide(const Credentials& shown, const std::string& domain,
                             const Peer& peer) {
    if (shown.style == Credentials::Style::QueryPassword)
        return byPassword(shown, domain, peer, CloseCause::BadQueryLogin);
    if (!shown.authCookie.empty()) {
        if (auto admission = byCookie(shown.authCookie, domain, peer))
            return *admission;
    }
    switch (shown.style) {
    case Credentials::Style::Malformed:
        return refusal(CloseCause::MalformedHeader);
    case Credentials::Style::HeaderPassword:
        return byPassword(shown, domain, peer, CloseCause::BadHeaderLogin);
    case Credentials::Style::Session:
        return bySession(shown.sessionSecret, domain);
    default:
        return refusal(CloseCause::NoCredentials);
    }
}

Admission Admissions::decideInner(const std::string& user, const std::string& password,
                                  const std::string& token, const std::string& domain,
                                  const Peer& peer) {
    Credentials shown;
    shown.style = Credentials::Style::HeaderPassword;
    shown.user = user;
    shown.password = password;
    shown.token = token;
    return byPassword(shown, domain, peer, CloseCause::MalformedHeader);
}

Admission Admissions::byPassword(const Credentials& shown, const std::string& domain,
                                 const Peer& peer, CloseCause onFailure) {
    auth::LoginAttempt attempt;
    attempt.domain = domain;
    attempt.userName = shown.user;
    attempt.secret = shown.password;
    attempt.secondFactor = shown.token;
    attempt.address = peer.address;
    attempt.userAgent = peer.userAgent;
    attempt.door = auth::Door::WebSocket;
    const auto outcome = logins_.login(attempt);
    if (outcome.result != auth::LoginResult::Granted)
        return refusal(causeOf(outcome.result, onFailure));
    Admission admission;
    admission.user = outcome.user;
    admission.byPassword = true;
    admission.byLoginToken = !outcome.loginToken.empty();
    admission.loginToken = admission.byLoginToken ? shown.user : "";
    admission.expiresMs = outcome.tokenExpiresMs;
    return admission;
}

/// Nothing when the cookie is not good: the next way in is tried then. It isn't counted as a guess:
/// it is sealed with a key of 256 bits, and old ones come from clients that slept.
std::optional<Admission> Admissions::byCookie(const std::string& token, const std::string& domain,
                                              const Peer& peer) {
    auto body = tokens_.readAuth(token, domain);
    if (!body && takesLinks_)
        body = tokens_.readLoginLink(token, domain);
    const bool isFromHere = body && (body->address.empty() || body->address == peer.address);
    const auto user = isFromHere ? directory_.user(body->userId) : nullptr;
    // A cookie from before a change of the password is as good as the old password.
    const bool isStale = user && body->madeS < user->passwordChangedS;
    if (!user || isStale || user->domain != domain || user->isLocked())
        return std::nullopt;
    Admission admission;
    admission.user = user;
    admission.byLoginToken = !body->loginToken.empty();
    admission.loginToken = body->loginToken;
    admission.expiresMs = body->expiresMs;
    return admission;
}

Admission Admissions::bySession(const std::string& secret, const std::string& domain) {
    const auto session = sessions_.find(secret);
    if (!session)
        return refusal(CloseCause::NoCredentials);
    const auto user = directory_.user(session->userId);
    if (!user || user->domain != domain || user->isLocked())
        return refusal(CloseCause::NoCredentials);
    Admission admission;
    admission.user = user;
    admission.loginSession = session->publicId;
    admission.sessionSecret = secret;
    admission.byLoginToken = !session->loginToken.empty();
    admission.loginToken = session->loginToken;
    return admission;
}

} // namespace trellis::api
