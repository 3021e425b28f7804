// How a control connection gets from its first byte to its greeting.
#include "core/api/control/connection.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/serialize.hpp>

#include "core/api/control/greeting.hpp"
#include "core/api/parse.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/store/random.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::api {

namespace {

constexpr std::size_t kNonceBytes = 48;       // agent-protocol 1.9
constexpr std::size_t kMaxBefore = 16 * 1024; // bytes of a message before the greeting

std::string textOf(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(json::string_view(name.data(), name.size()));
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::string(text->data(), text->size()) : std::string();
}

} // namespace

void ControlConnection::beginAdmission(const net::Query& extra) {
    auto shown = readCredentials(*request_, extra);
    if (shown.style == Credentials::Style::Inner) {
        state_ = State::InnerHello;
        handle_.post([self = shared_from_this()](net::WebSocket& socket) {
            // A timer keeps its task after it was cancelled; holding `self` would keep both for good.
            self->admissionTimer_.arm(socket.loop(), std::chrono::seconds(30),
                                      [weak = self->weak_from_this()] {
                                          if (const auto alive = weak.lock())
                                              alive->close(CloseCause::BadArguments);
                                      });
        });
        return;
    }
    decideThen([this, shown = std::move(shown)] {
        return services_.admissions.decide(shown, domain_, {address_, userAgent_});
    });
}

void ControlConnection::takeArguments(std::string_view text) {
    const auto parsed = parseMessage(text, kMaxBefore);
    if (!parsed.object || textOf(*parsed.object, "action") != "urlargs") {
        close(CloseCause::NoCredentials);
        return;
    }
    net::Query extra;
    const auto* args = parsed.object->if_contains("args");
    if (const auto* members = args ? args->if_object() : nullptr) {
        for (const auto& member : *members)
            if (const auto* value = member.value().if_string())
                extra.add(std::string(member.key()), std::string(value->data(), value->size()));
    }
    beginAdmission(extra);
}

void ControlConnection::takeInnerHello(std::string_view text) {
    const auto parsed = parseMessage(text, kMaxBefore);
    if (!parsed.object || textOf(*parsed.object, "action") != "serverAuth") {
        close(CloseCause::BadArguments);
        return;
    }
    const auto nonce = store::fromBase64(textOf(*parsed.object, "cnonce"));
    const auto hash = store::fromHex(textOf(*parsed.object, "tlshash"));
    if (!nonce || nonce->empty() || nonce->size() > 1024 || !hash) {
        close(CloseCause::BadArguments);
        return;
    }
    if (!services_.server.isOurTlsHash(*hash)) {
        close(CloseCause::BadTlsHash);
        return;
    }
    state_ = State::Deciding;
    const bool isTaken = services_.pool.post([self = shared_from_this(), nonce, hash] {
        const auto ours = store::randomBytes(kNonceBytes);
        const auto signature = self->services_.server.signAsAgentServer(*nonce + *hash + ours);
        const auto answer =
            json::serialize(json::object{{"action", "serverAuth"},
                                         {"cert", self->services_.server.facts().agentCert},
                                         {"nonce", store::base64(ours)},
                                         {"signature", store::base64(signature)}});
        self->handle_.post([self, answer](net::WebSocket& socket) {
            self->state_ = State::InnerUser;
            socket.sendText(answer);
        });
    });
    if (!isTaken)
        handle_.close(net::close_code::kTryLater, "busy");
}

void ControlConnection::takeInnerUser(std::string_view text) {
    const auto parsed = parseMessage(text, kMaxBefore);
    if (!parsed.object || textOf(*parsed.object, "action") != "userAuth") {
        close(CloseCause::MalformedHeader);
        return;
    }
    const auto cookie = textOf(*parsed.object, "auth");
    if (!cookie.empty()) {
        Credentials shown;
        shown.authCookie = cookie;
        decideThen([this, shown] {
            return services_.admissions.decide(shown, domain_, {address_, userAgent_});
        });
        return;
    }
    const auto user = store::fromBase64(textOf(*parsed.object, "username"));
    const auto password = store::fromBase64(textOf(*parsed.object, "password"));
    if (!user || !password) {
        close(CloseCause::MalformedHeader);
        return;
    }
    decideThen([this, user = *user, password = *password, token = textOf(*parsed.object, "token")] {
        return services_.admissions.decideInner(user, password, token, domain_,
                                                {address_, userAgent_});
    });
}

/// Nothing is read from the client until it is decided, so that its first commands wait in the
/// network.
void ControlConnection::decideThen(std::function<Admission()> decide) {
    state_ = State::Deciding;
    admissionTimer_.cancel();
    request_.reset();
    handle_.post([](net::WebSocket& socket) { socket.pauseReading(); });
    const bool isTaken = services_.pool.post([self = shared_from_this(),
                                              decide = std::move(decide)] {
        try {
            self->admitted(decide());
        } catch (const std::exception& reason) {
            telemetry::log("control").error("login could not be decided",
                                            {{"address", self->address_}, {"why", reason.what()}});
            self->handle_.close(net::close_code::kInternal, "internal error");
        }
    });
    if (!isTaken)
        handle_.close(net::close_code::kTryLater, "busy");
}

void ControlConnection::admitted(Admission admission) {
    if (admission.refused) {
        telemetry::log("control").info("refused",
                                       {{"address", address_}, {"cause", int(*admission.refused)}});
        handle_.post(
            [self = shared_from_this()](net::WebSocket& socket) { socket.resumeReading(); });
        close(*admission.refused);
        return;
    }
    admission_ = std::move(admission);
    userId_ = admission_.user->id;
    sessionId_ = userId_ + "/" + store::hex(store::randomBytes(20));
    const auto user = std::move(admission_.user);
    // Nothing was sent or armed yet, so nothing can be overtaken on the way to the other loop.
    handle_.post([self = shared_from_this(), user](net::WebSocket& socket) {
        socket.moveTo(self->services_.loops.quick(),
                      [self, user](net::WebSocket& moved) { self->enter(moved, *user); });
    });
}

void ControlConnection::enter(net::WebSocket& socket, const model::User& user) {
    socket.resumeReading();
    if (!services_.hub.enter(shared_from_this())) {
        close(CloseCause::TooManySessions);
        return;
    }
    isInHub_ = true;
    greet(user);
    endWithToken(socket);
    state_ = State::Open;
    for (auto& text : std::exchange(kept_, {})) queue(std::move(text));
    announceCount(services_.hub.countOf(userId_));
}

/// A connection that says nothing still hears events: it goes when its login token expires. Commands
/// ask the clock themselves.
void ControlConnection::endWithToken(net::WebSocket& socket) {
    constexpr std::chrono::hours kLongest{24};
    if (admission_.expiresMs == 0)
        return;
    const std::chrono::milliseconds left(
        std::max<std::int64_t>(0, admission_.expiresMs - services_.directory.nowMs()));
    const bool isLast = left <= kLongest;
    admissionTimer_.arm(socket.loop(), isLast ? left : kLongest,
                        [weak = weak_from_this(), handle = handle_, isLast] {
                            const auto self = weak.lock();
                            if (self && isLast)
                                self->close(CloseCause::Expired);
                            else if (self)
                                handle.post([self](net::WebSocket& one) { self->endWithToken(one); });
                        });
}

void ControlConnection::greet(const model::User& user) {
    GreetingFacts facts{admission_.byLoginToken, services_.directory.nowMs()};
    const auto tenant = services_.config.domains.find(domain_);
    if (tenant != services_.config.domains.end()) {
        facts.tenantHost = tenant->second.dns;
        facts.tenantPath = facts.tenantHost.empty() ? domain_ : "";
    }
    // Which of them are there is decided by the plugins that run.
    facts.hasGuestSharing = services_.dispatcher.find("createDeviceShareLink").has_value();
    facts.hasSecondFactors = services_.dispatcher.find("otpauth-setup").has_value();
    handle_.sendText(json::serialize(serverInfo(services_.server.facts(), user, facts)));
    handle_.sendText(json::serialize(userInfo(user)));
    isGreeted_ = true;
}

} // namespace trellis::api
