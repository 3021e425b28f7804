#include "core/api/login_steps.hpp"

#include "core/api/active_call.hpp"

namespace trellis::api {

namespace {

const char* nameOf(auth::Door door) {
    switch (door) {
    case auth::Door::WebSocket:
        return "websocket";
    case auth::Door::Api:
        return "api";
    default:
        return "form";
    }
}

sdk::json::array namesOf(const model::User& user) {
    sdk::json::array names;
    for (const auto& [name, note] : user.factors) names.emplace_back(name);
    return names;
}

auth::SecondFactor factorOf(sdk::Decision decision) {
    switch (decision) {
    case sdk::Decision::Allow:
        return auth::SecondFactor::Accepted;
    case sdk::Decision::NeedMore:
        return auth::SecondFactor::Missing;
    case sdk::Decision::Abstain:
        return auth::SecondFactor::NotNeeded;
    default:
        return auth::SecondFactor::Wrong; // fails closed
    }
}

} // namespace

auth::LoginService::SecondFactorCheck loginSteps(const bus::Decisions& decisions) {
    return [&decisions](const model::User& user, const auth::LoginAttempt& attempt) {
        sdk::Request request;
        request.caller.userId = user.id;
        request.caller.userName = user.name;
        request.caller.domain = user.domain;
        request.caller.address = attempt.address;
        request.caller.siteRights = user.siteRights;
        request.deadline = sdk::Clock::now() + sdk::Seconds(2);
        request.traceId = newTraceId();
        const auto answer = decisions.ask("login.step", request,
                                          {{"userId", user.id},
                                           {"door", nameOf(attempt.door)},
                                           {"address", attempt.address},
                                           {"factors", namesOf(user)},
                                           {"isDemanded", user.demandsFactor()},
                                           {"secondFactor", attempt.secondFactor}});
        return auth::SecondFactorAnswer{factorOf(answer), {}};
    };
}

} // namespace trellis::api
