/// Second factors are the business of plugins: the decision point `login.step`.
#pragma once

#include "core/auth/login_service.hpp"
#include "core/bus/decisions.hpp"

namespace trellis::api {

/// Asks `login.step` once a password was right. Facts: `userId`, `door` ("form", "websocket",
/// "api"), `address`, `secondFactor` (what was typed, "" if nothing), `factors` (names of the
/// account's factors) and `isDemanded` (one of them has to be shown). NeedMore: a second factor is
/// missing; Deny: it is wrong; Allow: it was accepted; Abstain from everybody: none is needed, or, if
/// one is demanded, the login is refused.
auth::LoginService::SecondFactorCheck loginSteps(const bus::Decisions& decisions);

} // namespace trellis::api
