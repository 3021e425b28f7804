#include "core/api/control/close_message.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace trellis::api {

namespace json = boost::json;

namespace {

struct Texts {
    const char* cause;
    const char* msg;
};

Texts textsOf(CloseCause cause) {
    switch (cause) {
    case CloseCause::InvalidOrigin:
        return {"invalidorigin", "invalidorigin"};
    case CloseCause::BadQueryLogin:
        return {"noauth", "noauth-2a"};
    case CloseCause::MalformedHeader:
        return {"noauth", "noauth-2c"};
    case CloseCause::BadHeaderLogin:
        return {"noauth", "noauth-2d"};
    case CloseCause::TokenRequired:
        return {"noauth", "tokenrequired"};
    case CloseCause::BadArguments:
        return {"noauth", "badargs"};
    case CloseCause::BadTlsHash:
        return {"noauth", "badtlscert"};
    case CloseCause::NoTools:
        return {"notools", "notools"};
    case CloseCause::Expired:
        return {"expired", "expired-1"};
    case CloseCause::Banned:
        return {"banned", "banned-1"};
    default:
        return {"noauth", "noauth"};
    }
}

} // namespace

std::string closeMessage(CloseCause cause) {
    if (cause == CloseCause::TooManySessions)
        return json::serialize(
            json::object{{"action", "stopped"}, {"msg", "Session count exceed"}});
    if (cause == CloseCause::ForcedOff) {
        return json::serialize(
            json::object{{"action", "stopped"}, {"msg", "Administrator forced disconnection"}});
    }
    const auto texts = textsOf(cause);
    json::object message{{"action", "close"}, {"cause", texts.cause}, {"msg", texts.msg}};
    if (cause == CloseCause::TokenRequired) {
        // No way of sending codes is offered here, so the client is told of none.
        message["email2fa"] = false;
        message["sms2fa"] = false;
        message["msg2fa"] = false;
        message["twoFactorCookieDays"] = 30;
    }
    return json::serialize(message);
}

} // namespace trellis::api
