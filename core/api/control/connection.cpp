#include "core/api/control/connection.hpp"

#include <utility>

#include <boost/json/serialize.hpp>

#include "core/api/control/command_sink.hpp"
#include "core/api/control/event_feed.hpp"
#include "core/api/control/greeting.hpp"
#include "core/api/parse.hpp"
#include "core/auth/account_service.hpp"
#include "core/model/wire_documents.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::api {

namespace {

sdk::Log& controlLog() {
    static sdk::Log& log = telemetry::log("control");
    return log;
}

/// The message's action, "" if it has none that is a name (control-protocol 2.1: 3 to 32
/// characters; names of our own form may be longer).
std::string actionOf(const json::object& message) {
    const auto* value = message.if_contains("action");
    const auto* text = value ? value->if_string() : nullptr;
    if (!text || text->size() < 3 || text->size() > 64)
        return {};
    return std::string(text->data(), text->size());
}

std::optional<json::value> responseIdOf(const json::object& message) {
    const auto* value = message.if_contains("responseid");
    return value ? std::optional<json::value>(*value) : std::nullopt;
}

} // namespace

ControlConnection::ControlConnection(ControlServices& services, net::HttpRequest request,
                                     std::string domain)
    : services_(services), request_(std::make_unique<net::HttpRequest>(std::move(request))),
      domain_(std::move(domain)), address_(request_->peer.text()),
      userAgent_(request_->header("User-Agent")), rate_(services.commandsPerSecond),
      strand_(services.pool, kMaxWaiting) {}

ControlConnection::~ControlConnection() = default;

// ---- sending ------------------------------------------------------------------------------------

void ControlConnection::send(const json::object& message) {
    sendShared(std::make_shared<const std::string>(json::serialize(message)));
}

void ControlConnection::sendShared(std::shared_ptr<const std::string> text) {
    if (isGreeted_ && !isClosing_)
        handle_.send(net::Opcode::Text, std::move(text));
}

void ControlConnection::close(CloseCause cause) {
    if (strand_.isCurrent() && !isClosing_) { // for example the user who changes his password
        closeAfter_ = cause;
        return;
    }
    closeNow(cause);
}

void ControlConnection::closeNow(CloseCause cause) {
    if (isClosing_.exchange(true))
        return;
    handle_.sendText(closeMessage(cause));
    handle_.close(net::close_code::kNormal);
}

void ControlConnection::goAway() {
    isClosing_ = true;
    handle_.close(net::close_code::kGoingAway, "server stops");
}

// ---- life ---------------------------------------------------------------------------------------

void ControlConnection::onOpen(net::WebSocket& socket) {
    handle_ = socket.handle();
    if (request_->query.get("moreargs") == "1") {
        state_ = State::Arguments;
        admissionTimer_.arm(socket.loop(), std::chrono::seconds(30),
                            [handle = handle_] { handle.close(net::close_code::kPolicy, "time"); });
        return;
    }
    beginAdmission({});
}

void ControlConnection::onMessage(net::WebSocket& socket, net::Opcode opcode, net::Bytes payload) {
    // Clients of the wire may send their JSON in either kind of frame.
    (void)opcode;
    const auto text = net::asText(payload);
    switch (state_) {
    case State::Arguments:
        takeArguments(text);
        break;
    case State::InnerHello:
        takeInnerHello(text);
        break;
    case State::InnerUser:
        takeInnerUser(text);
        break;
    case State::Open:
        queue(std::string(text));
        break;
    case State::Deciding:
        keep(socket, text);
        break;
    case State::Closed:
        break;
    }
}

/// Clients send their first commands as soon as the socket is open. Reading is paused while the login is
/// decided, but what had arrived by then is here already.
void ControlConnection::keep(net::WebSocket& socket, std::string_view text) {
    keptBytes_ += text.size();
    if (kept_.size() >= kMaxWaiting || keptBytes_ > kMaxKeptBytes) {
        fault(socket, net::close_code::kPolicy, "too much before the greeting");
        return;
    }
    kept_.emplace_back(text);
}

void ControlConnection::onClose(net::WebSocket&, const net::WebSocketClose&) noexcept {
    state_ = State::Closed;
    isClosing_ = true;
    admissionTimer_.cancel();
    strand_.close();
    if (!isInHub_)
        return;
    isInHub_ = false;
    try {
        announceCount(services_.hub.leave(*this));
    } catch (const std::exception& reason) {
        controlLog().error("leaving failed", {{"why", reason.what()}});
    }
}

void ControlConnection::fault(net::WebSocket& socket, std::uint16_t code, const std::string& why) {
    controlLog().warning("malformed message, connection closed",
                         {{"address", address_}, {"user", userId_}, {"why", why}});
    isClosing_ = true;
    socket.close(code, why);
}

// ---- commands -----------------------------------------------------------------------------------

void ControlConnection::queue(std::string text) {
    const auto size = text.size();
    const bool isWithinRate = rate_.take(sdk::Clock::now());
    if (!isWithinRate || waitingBytes_ + size > kMaxWaitingBytes) {
        refuseBusy(text);
        return;
    }
    waitingBytes_ += size;
    auto shared = std::make_shared<std::string>(std::move(text));
    const bool isTaken = strand_.post([self = shared_from_this(), shared] {
        self->serve(*shared);
        if (const auto cause = std::exchange(self->closeAfter_, std::nullopt))
            self->closeNow(*cause);
        self->waitingBytes_ -= shared->size();
    });
    if (isTaken)
        return;
    waitingBytes_ -= size;
    refuseBusy(*shared);
}

/// Answers on the loop, so that a client which floods us costs no worker.
void ControlConnection::refuseBusy(const std::string& text) {
    static auto& refused = telemetry::Metrics::instance().counter(
        "trellis_control_refused_total", "Commands refused because a client sent too many");
    refused.add();
    const auto parsed = parseMessage(text, 64 * 1024);
    if (!parsed.object)
        return;
    const auto action = actionOf(*parsed.object);
    if (action.empty())
        return;
    CommandSink sink(weak_from_this(), action, responseIdOf(*parsed.object));
    sink.onError(sdk::Error(sdk::ErrorCode::RateLimited, "too many commands at once"), "",
                 action.find('.') == std::string::npos
                     ? std::optional<WireError>({"Too many commands at once", 0, ""})
                     : std::nullopt);
}

void ControlConnection::serve(const std::string& text) {
    if (isClosing_)
        return;
    auto parsed = parseMessage(text, services_.messageBytes);
    if (!parsed.object) {
        // The wire ignores what it can't read (control-protocol 10, 11), up to a point.
        if (++malformed_ <= kMaxMalformed)
            return;
        handle_.post([self = shared_from_this(), why = parsed.fault](net::WebSocket& socket) {
            self->fault(socket, net::close_code::kBadText, why);
        });
        return;
    }
    const auto action = actionOf(*parsed.object);
    if (action.empty() || action == "pong")
        return;
    if (action == "ping") {
        static const auto kPong = std::make_shared<const std::string>(R"({"action":"pong"})");
        sendShared(kPong);
        return;
    }
    if (action == "close") {
        handle_.close();
        return;
    }
    const auto user = services_.directory.user(userId_);
    if (!user || user->isLocked()) {
        close(CloseCause::ForcedOff);
        return;
    }
    if (!isStillSignedIn()) {
        close(CloseCause::Expired);
        return;
    }
    auto sink =
        std::make_shared<CommandSink>(weak_from_this(), action, responseIdOf(*parsed.object));
    services_.dispatcher.run({action, std::move(*parsed.object), caller(*user), std::nullopt},
                             std::move(sink));
}

bool ControlConnection::isStillSignedIn() {
    if (admission_.expiresMs != 0 && services_.directory.nowMs() >= admission_.expiresMs)
        return false;
    return admission_.sessionSecret.empty() || services_.sessions.find(admission_.sessionSecret);
}

std::string ControlConnection::userName() const {
    const auto user = services_.directory.user(userId_);
    return user ? user->name : "";
}

sdk::Caller ControlConnection::caller(const model::User& user) const {
    sdk::Caller caller;
    caller.userId = userId_;
    caller.userName = user.name;
    caller.domain = domain_;
    caller.sessionId = sessionId_;
    caller.address = address_;
    caller.siteRights = user.siteRights;
    caller.byLoginToken = admission_.byLoginToken;
    return caller;
}

void ControlConnection::announceCount(std::size_t count) {
    const auto user = services_.directory.user(userId_);
    model::Event event;
    event.domain = domain_;
    event.action = "wssessioncount";
    event.userId = userId_;
    event.userName = user ? user->name : "";
    if (user)
        event.targets = auth::managersOf(*user);
    event.extra = {{"count", count}, {"nolog", 1}};
    services_.feed.publish(std::move(event));
}

} // namespace trellis::api
