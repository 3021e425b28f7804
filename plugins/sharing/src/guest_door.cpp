#include "guest_door.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "arguments.hpp"
#include "shares.hpp"

namespace sharing {

namespace json = boost::json;
using namespace trellis::sdk;

namespace {

constexpr std::size_t kMaxLink = 4096;
constexpr std::size_t kMaxBody = 8 * 1024;
constexpr std::size_t kMaxSessions = 10;  ///< at once, of one share
/// Page of the shell for guests; what follows `#` is read by the page alone.
constexpr auto kPage = "/guest.html#/plugins/sharing/guest?c=";

/// None of it may be kept by a browser or told to another site.
HttpResponse guarded(HttpResponse answer) {
    answer.headers.emplace_back("Cache-Control", "no-store");
    answer.headers.emplace_back("Referrer-Policy", "no-referrer");
    return answer;
}

HttpResponse respond(int status, const json::value& body) {
    HttpResponse answer;
    answer.status = status;
    answer.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    answer.body = json::serialize(body);
    return guarded(std::move(answer));
}

HttpResponse refuse(ErrorCode code, const std::string& text) {
    return respond(httpStatus(code),
                   json::object{{"error", {{"code", codeName(code)}, {"message", text}}}});
}

/// The same for a link that never was, one that was revoked, and one whose owner lost the right.
HttpResponse notValid() { return refuse(ErrorCode::NotFound, "this link is not valid (any more)"); }

bool isLinkText(std::string_view text) {
    return !text.empty() && text.size() <= kMaxLink &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      c == '@' || c == '$' || c == '=' || c == '-' || c == '_';
           });
}

std::optional<json::object> parsed(const std::string& body) {
    json::error_code failed;
    json::parse_options options;
    options.max_depth = 4;
    auto value = json::parse(body, failed, {}, options);
    if (failed || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::string text(const json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// A name as a guest gives it: one line, spaces at the ends taken away. "" if it is none.
std::string guestName(const json::object& body) {
    static const auto schema = Schema::string().range(1, kMaxGuestName).format(Format::Line);
    auto name = text(body, "name");
    name.erase(0, name.find_first_not_of(' '));
    name.erase(name.find_last_not_of(' ') + 1);
    return schema.accepts(json::value(name)) ? name : std::string();
}

const char* phaseName(Phase phase) {
    switch (phase) {
    case Phase::Open: return "open";
    case Phase::Early: return "early";
    case Phase::Over: return "over";
    }
    return "over";
}

}  // namespace

void GuestDoor::declare(Registrar& reg) {
    reg.route({.method = "GET", .path = "/sharing", .access = RouteAccess::Public},
              [this](const Request&, const HttpRequest& http) { return enter(http); });
    reg.route({.method = "POST",
               .path = "/plugins/sharing/guest/state",
               .access = RouteAccess::Public,
               .bodyLimit = kMaxBody},
              [this](const Request& request, const HttpRequest& http) { return state(request, http); });
    reg.route({.method = "POST",
               .path = "/plugins/sharing/guest/open",
               .access = RouteAccess::Public,
               .bodyLimit = kMaxBody},
              [this](const Request& request, const HttpRequest& http) { return open(request, http); });
}

HttpResponse GuestDoor::enter(const HttpRequest& http) const {
    const auto given = http.query.find("c");
    const bool isText = given != http.query.end() && isLinkText(given->second);
    HttpResponse answer;
    answer.status = 302;
    answer.headers.emplace_back("Location", std::string(kPage) + (isText ? given->second : ""));
    return guarded(std::move(answer));
}

std::optional<Share> GuestDoor::shareOf(const Request& request, const json::object& body,
                                        HttpResponse& answer) {
    const auto& address = request.caller.address;
    if (throttle_.isBlocked(address)) {
        answer = refuse(ErrorCode::RateLimited, "too many tries; wait ten minutes");
        answer.headers.emplace_back("Retry-After", "600");
        return std::nullopt;
    }
    const auto link = text(body, "c");
    auto found = isLinkText(link) ? parts_.shares().byLink(link) : Shares::Found{};
    if (found.isOver) {
        answer = respond(200, json::object{{"state", phaseName(Phase::Over)}});
        return std::nullopt;
    }
    if (!found.share) {
        throttle_.failed(address);
        answer = notValid();
    }
    return std::move(found.share);
}

HttpResponse GuestDoor::state(const Request& request, const HttpRequest& http) {
    const auto body = parsed(http.body);
    if (!body) return refuse(ErrorCode::InvalidArgument, "expected a JSON object");
    HttpResponse answer;
    const auto share = shareOf(request, *body, answer);
    return share ? respond(200, describe(*share)) : answer;
}

json::object GuestDoor::describe(const Share& share) {
    auto& host = parts_.host();
    const auto moment = momentOf(share, parts_.shares().nowMs());
    const auto device = host.device(share.deviceId);
    const auto sponsor = parts_.directory().user(share.userId);
    json::object out{{"state", phaseName(moment.phase)},
                     {"now", parts_.shares().nowMs()},
                     {"by", sponsor ? sponsor->displayName : std::string()},
                     {"guest", share.guestName},
                     {"askName", share.asksName},
                     {"viewOnly", share.isViewOnly},
                     {"recurring", share.recurring},
                     {"kinds", share.kinds}};
    if (moment.fromMs) out["from"] = *moment.fromMs;
    if (moment.untilMs) out["until"] = *moment.untilMs;
    if (moment.phase != Phase::Open) return out;
    // What the device is like is nobody's business before the time has come.
    const auto protocols = protocolsOf(share.kinds);
    out["device"] = {{"id", share.deviceId},
                     {"name", device ? device->name : std::string()},
                     {"os", device ? device->osDescription : std::string()},
                     {"online", device && device->isOnline}};
    out["rights"] = guestRights(share);
    out["protocols"] = json::value_from(protocols);
    out["parts"] = host.pageParts([&](const UiSpec& spec) {
        return spec.slot == UiSlot::DeviceTab &&
               std::any_of(spec.protocols.begin(), spec.protocols.end(), [&](auto number) {
                   return std::find(protocols.begin(), protocols.end(), number) != protocols.end();
               });
    });
    return out;
}

HttpResponse GuestDoor::open(const Request& request, const HttpRequest& http) {
    const auto body = parsed(http.body);
    if (!body) return refuse(ErrorCode::InvalidArgument, "expected a JSON object");
    HttpResponse answer;
    const auto share = shareOf(request, *body, answer);
    if (!share) return answer;
    if (momentOf(*share, parts_.shares().nowMs()).phase != Phase::Open) {
        return refuse(ErrorCode::Forbidden, "it is not the time of this share");
    }
    const auto* number = body->if_contains("protocol");
    const auto protocols = protocolsOf(share->kinds);
    const auto wanted = number && number->is_int64() ? number->get_int64() : 0;
    const auto found = std::find(protocols.begin(), protocols.end(), wanted);
    if (found == protocols.end()) return refuse(ErrorCode::Forbidden, "this is not shared");
    const auto name = share->asksName ? guestName(*body) : share->guestName;
    if (name.empty()) return refuse(ErrorCode::InvalidArgument, "a name is needed");
    return openTunnel(request, *share, *found, name);
}

HttpResponse GuestDoor::openTunnel(const Request& request, const Share& share,
                                   std::uint16_t protocol, const std::string& name) {
    GuestTunnel wanted;
    wanted.userId = share.userId;
    wanted.deviceId = share.deviceId;
    wanted.protocol = protocol;
    wanted.deviceRights = guestRights(share);
    wanted.sponsor = kSponsor;
    wanted.consent = share.consent;
    wanted.guestName = name;
    wanted.ticket = share.publicId;
    wanted.address = request.caller.address;
    // One link must not use up the sessions that the server has for everybody.
    const auto running = parts_.host().guestSessions();
    const auto own = std::count_if(running.begin(), running.end(), [&](const GuestSession& session) {
        return session.info.ticket.ends_with("/" + share.publicId);
    });
    if (static_cast<std::size_t>(own) >= kMaxSessions) {
        return refuse(ErrorCode::RateLimited, "too many sessions of this link are open");
    }
    try {
        const auto ticket = parts_.host().openGuestTunnel(wanted);
        note(request, share, protocol, name, "ok");
        return respond(200, json::object{{"path", ticket.path}});
    } catch (const Error& error) {
        note(request, share, protocol, name, std::string(codeName(error.code())));
        // What is wrong inside is not for guests; whether to wait or to give up is.
        if (error.code() == ErrorCode::Unavailable) {
            return refuse(ErrorCode::Unavailable, "the device can't be reached at the moment");
        }
        return refuse(ErrorCode::Forbidden, "this can't be opened");
    }
}

void GuestDoor::note(const Request& request, const Share& share, std::uint16_t protocol,
                     const std::string& name, const std::string& result) {
    auto& host = parts_.host();
    host.audit({share.userId, request.caller.address, share.domain, "sharing.guestSession",
                share.deviceId,
                {{"publicid", share.publicId}, {"guestname", name}, {"protocol", protocol}}, result});
    if (result != "ok") return;
    const auto device = host.device(share.deviceId);
    const auto sponsor = parts_.directory().user(share.userId);
    LogEvent event;
    event.etype = "relay";
    event.action = "relaylog";
    event.domain = share.domain;
    event.userId = share.userId;
    event.userName = sponsor ? sponsor->displayName : std::string();
    event.deviceId = share.deviceId;
    event.groupId = device ? device->groupId : std::string();
    event.text = "Guest " + name + " opens a session";
    event.extra = {{"guestname", name},
                   {"publicid", share.publicId},
                   {"protocol", protocol},
                   {"remoteaddr", request.caller.address}};
    host.record(event);
}

}  // namespace sharing
