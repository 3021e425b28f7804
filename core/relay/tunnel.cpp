#include "core/relay/tunnel.hpp"

#include "core/relay/far_end.hpp"
#include "core/relay/tunnel_control.hpp"

#include <algorithm>
#include <charconv>

namespace trellis::relay {
namespace {

constexpr net::Millis kTick{std::chrono::seconds(10)};
constexpr std::string_view kPing = R"({"ctrlChannel":"102938","type":"ping"})";

/// A protocol number as viewers send it: decimal digits and nothing else.
std::optional<std::uint16_t> numberOf(std::string_view text) {
    std::uint16_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size() || out == 0) return std::nullopt;
    return out;
}

} // namespace

/// The handler of one of the two sockets.
class Tunnel::Pump final : public net::WebSocketHandler, public std::enable_shared_from_this<Pump> {
public:
    Pump(std::shared_ptr<Tunnel> tunnel, sdk::Side side) : tunnel_(std::move(tunnel)), side_(side) {}

    void onFrame(net::WebSocket&, const net::FrameHeader& header) override {
        // What has begun to go through goes through.
        if (header.opcode != net::Opcode::Continuation) isWatched_ = !tunnel_->handlers_.empty();
        if (isWatched_) {
            const auto self = shared_from_this(); // its socket may end
            messages_.begin(header);
        } else if (auto* to = tunnel_->socketOf(other(side_))) {
            to->beginFrame(header);
        }
    }
    void onFramePayload(net::WebSocket& socket, net::MutableBytes payload, bool) override {
        if (isWatched_) {
            const auto self = shared_from_this();
            return messages_.add(payload);
        }
        auto* to = tunnel_->socketOf(other(side_));
        if (to == nullptr) return;
        to->framePayload(payload);
        tunnel_->count(side_, payload.size());
        tunnel_->holdBack(side_, socket);
    }
    void onMessage(net::WebSocket& socket, net::Opcode opcode, net::Bytes payload) override {
        const auto keep = tunnel_; // the call may end the tunnel
        if (keep->farEnd_) {
            keep->onEndpointMessage(opcode, payload);
        } else if (side_ == sdk::Side::Viewer && !keep->isChosen_) {
            keep->onStartMessage(socket, opcode, payload);
        } else {
            keep->onWatchedMessage(side_, socket, opcode, payload);
        }
    }
    void onDrained(net::WebSocket&) override { tunnel_->onDrained(side_); }
    void onClose(net::WebSocket&, const net::WebSocketClose& close) noexcept override {
        const auto keep = tunnel_;
        const bool isOrderly = close.code == net::close_code::kNormal ||
                               close.code == net::close_code::kNone ||
                               close.code == net::close_code::kGoingAway;
        const std::string who = side_ == sdk::Side::Viewer ? "viewer" : "device";
        keep->end(who + (isOrderly ? " closed" : " lost: " + close.reason),
                  isOrderly ? net::close_code::kNormal : net::close_code::kGoingAway);
    }

private:
    void take(const WatchedMessages::Part& part) {
        const auto keep = tunnel_; // the call may end the tunnel
        auto* device = keep->socketOf(side_);
        if (device == nullptr) return;
        if (part.isFirst && part.isLast) {
            keep->onWatchedMessage(side_, *device, part.opcode, part.bytes);
        } else {
            keep->onWatchedPart(*device, part);
        }
    }

    const std::shared_ptr<Tunnel> tunnel_;
    const sdk::Side side_;
    bool isWatched_ = false; ///< the message that comes
    WatchedMessages messages_{kWatchedMessage, [this](const auto& part) { take(part); }};
};

Tunnel::Tunnel(std::shared_ptr<RelayContext> context, sdk::TunnelInfo info,
               std::shared_ptr<const TunnelKind> kind, std::string loginId, GuestTermsPtr guest)
    : context_(std::move(context)), info_(std::move(info)), protocol_(info_.protocol),
      kind_(std::move(kind)), loginId_(std::move(loginId)), guest_(std::move(guest)) {}

Tunnel::~Tunnel() = default;

sdk::Side Tunnel::other(sdk::Side side) noexcept {
    return side == sdk::Side::Viewer ? sdk::Side::Device : sdk::Side::Viewer;
}

net::WebSocket* Tunnel::anySocket() const noexcept { return viewer_ ? viewer_.get() : device_.get(); }

net::WebSocket* Tunnel::socketOf(sdk::Side side) const noexcept {
    return side == sdk::Side::Viewer ? viewer_.get() : device_.get();
}

void Tunnel::count(sdk::Side from, std::size_t bytes) noexcept {
    (from == sdk::Side::Viewer ? toDevice_ : toViewer_).fetch_add(bytes, std::memory_order_relaxed);
    const auto* socket = anySocket();
    lastTraffic_ = socket != nullptr ? socket->loop().now() : lastTraffic_;
}

void Tunnel::beginViewer(const std::shared_ptr<net::WebSocket>& viewer) {
    viewer_ = viewer;
    viewerAddress_ = viewer->peer().textWithPort();
    viewer->setWaterMarks(context_->highWater(), context_->highWater() / 4);
    viewer->setMessageLimit(kStartMessage);
    viewer->setHandler(std::make_shared<Pump>(shared_from_this(), sdk::Side::Viewer));
    begin(viewer);
}

void Tunnel::beginDevice(const std::shared_ptr<net::WebSocket>& device) {
    deviceHandle_ = device->handle();
    device->setWaterMarks(context_->highWater(), context_->highWater() / 4);
    device->setMessageLimit(kWatchedMessage - 1); // what is as long as a part is one
    device->setHandler(std::make_shared<Pump>(shared_from_this(), sdk::Side::Device));
}

void Tunnel::begin(const std::shared_ptr<net::WebSocket>& owner) {
    handle_ = owner->handle();
    openedMs_ = context_->services.directory.nowMs();
    lastTraffic_ = lastPing_ = owner->loop().now();
    context_->metrics.opened.add();
    context_->tunnels.add(shared_from_this());
    // From here on a change of rights finds it; one that came just before has to be looked for.
    if (!context_->mayGoOn(*kind_, info_.caller.userId, info_.deviceId, info_.deviceRights)) {
        cut("the right was withdrawn");
    }
    context_->services.bus.publish(
        sdk::kTunnelOpened,
        sdk::TunnelEvent{info_.id, info_.deviceId, info_.caller.userId, info_.protocol, 0, 0});
    if (context_->services.settings.idleTimeout.count() > 0 || wantsPings_) {
        tickTimer_.arm(owner->loop(), kTick, [this] { tick(); });
    }
}

void Tunnel::start(const std::shared_ptr<net::WebSocket>& viewer,
                   const std::shared_ptr<net::WebSocket>& device, sdk::Side second,
                   bool wantsPings) {
    wantsPings_ = wantsPings && context_->services.ping.count() > 0;
    device_ = device;
    info_.viewerAddress = viewer->peer().textWithPort();
    info_.deviceAddress = device->peer().textWithPort();
    info_.isRecordable = kind_->spec.recordable;
    const bool isDecided = decideRecording();
    beginViewer(viewer);
    if (!isDecided) {
        end("plugin fault", net::close_code::kInternal);
        return;
    }
    beginDevice(device);
    device->receiveFrames(net::Fragments::Keep);
    startTimer_.arm(viewer->loop(), kStartTime, [this] {
        const auto keep = shared_from_this();
        keep->end("the viewer named no protocol", net::close_code::kPolicy);
    });
    // Section 6.4: the second arrival first.
    for (const auto side : {second, other(second)}) {
        if (auto* socket = socketOf(side)) socket->sendText(info_.isRecorded ? "cr" : "c");
    }
    viewer->resumeReading();
    device->resumeReading();
}

/// False when a recorder failed: then nobody knows whether the session may run unrecorded.
bool Tunnel::decideRecording() {
    try {
        info_.isRecorded = context_->registry.isRecorded(info_);
        return true;
    } catch (const std::exception& why) {
        context_->log.error("recorder failed", {{"device", info_.deviceId}, {"reason", why.what()}});
        return false;
    }
}

void Tunnel::onStartMessage(net::WebSocket& viewer, net::Opcode opcode, net::Bytes payload) {
    const auto text = net::asText(payload);
    if (opcode != net::Opcode::Text || text.empty() || startTexts_.size() == kStartMessages) {
        end("the viewer has to name the protocol first", net::close_code::kPolicy);
        return;
    }
    startTexts_.emplace_back(text);
    if (text.front() == '{') { // options and other control messages (section 6.5)
        forward(sdk::Side::Viewer, true, payload);
        return;
    }
    const auto number = numberOf(text);
    const auto& legal = kind_->spec.protocols;
    if (!number || std::find(legal.begin(), legal.end(), *number) == legal.end()) {
        end("the viewer asked for another protocol than it opened", net::close_code::kPolicy);
        return;
    }
    protocol_ = *number;
    onProtocolChosen(viewer, *number);
    if (!isOver_) forward(sdk::Side::Viewer, true, payload);
}

void Tunnel::onProtocolChosen(net::WebSocket& viewer, std::uint16_t protocol) {
    isChosen_ = true;
    startTimer_.cancel();
    makeHandlers(protocol);
    startTexts_ = {};
    if (isOver_) return;
    if (handlers_.empty()) {
        viewer.setMessageLimit(kMergedMessage);
        viewer.receiveFrames(net::Fragments::Merge);
    } else {
        viewer.setMessageLimit(kWatchedMessage);
        device_->receiveFrames(net::Fragments::Merge);
    }
}

void Tunnel::makeHandlers(std::uint16_t protocol) {
    auto info = info_;
    info.protocol = protocol;
    try {
        handlers_ = context_->registry.handlersFor(*kind_, info);
        for (const auto& handler : handlers_) {
            handler->onOpen(std::make_shared<Control>(shared_from_this()));
            for (const auto& text : startTexts_) handler->onStart(text);
        }
    } catch (const sdk::Error& refusal) { // the plugin's own word to the viewer
        end(refusal.what(), net::close_code::kPolicy);
    } catch (const std::exception& why) {
        context_->log.error("tunnel handler failed", {{"owner", kind_->owner}, {"reason", why.what()}});
        end("plugin fault", net::close_code::kInternal);
    }
}

sdk::Verdict Tunnel::ask(sdk::Side from, sdk::Frame& frame) {
    // Nearest to the sender first.
    const auto size = handlers_.size();
    bool isReplaced = false;
    for (std::size_t i = 0; i < size; ++i) {
        auto& handler = handlers_[from == sdk::Side::Viewer ? i : size - 1 - i];
        const auto verdict = handler->onFrame(from, frame);
        if (verdict == sdk::Verdict::Drop || verdict == sdk::Verdict::Close) return verdict;
        isReplaced = isReplaced || verdict == sdk::Verdict::Replaced;
    }
    return isReplaced ? sdk::Verdict::Replaced : sdk::Verdict::Forward;
}

/// Whether the handlers let it through; if one does not want the tunnel any more, it is over.
bool Tunnel::isPassed(sdk::Side from, sdk::Frame& frame) {
    try {
        const auto verdict = ask(from, frame);
        if (verdict == sdk::Verdict::Close) end("closed by a plugin", net::close_code::kPolicy);
        return verdict == sdk::Verdict::Forward || verdict == sdk::Verdict::Replaced;
    } catch (const std::exception& why) {
        context_->log.error("tunnel handler failed", {{"owner", kind_->owner}, {"reason", why.what()}});
        end("plugin fault", net::close_code::kInternal);
        return false;
    }
}

void Tunnel::onWatchedMessage(sdk::Side from, net::WebSocket& socket, net::Opcode opcode,
                              net::Bytes payload) {
    sdk::Frame frame{payload, opcode == net::Opcode::Text};
    if (!isPassed(from, frame)) return;
    if (own_) {
        count(from, frame.bytes.size());
        auto verdict = sdk::Verdict::Close; // what a fault says as well
        tellHandlers([&](sdk::TunnelHandler& handler) {
            if (&handler == own_.get()) verdict = handler.onFrame(from, frame);
        });
        if (verdict == sdk::Verdict::Close) end("closed by a plugin", net::close_code::kPolicy);
        return;
    }
    forward(from, frame.isText, frame.bytes);
    holdBack(from, socket);
}

/// Handlers can look at it or end the tunnel: its length has been announced when the rest is not there yet.
void Tunnel::onWatchedPart(net::WebSocket& device, const WatchedMessages::Part& part) {
    sdk::Frame frame{part.bytes, false};
    const bool isForwarded = part.opcode == net::Opcode::Binary && isPassed(sdk::Side::Device, frame) &&
                             frame.bytes.data() == part.bytes.data() &&
                             frame.bytes.size() == part.bytes.size();
    if (!isForwarded) {
        end("a message of the device is too large", net::close_code::kTooBig);
        return;
    }
    if (part.isFirst) viewer_->beginFrame({part.opcode, true, part.length});
    viewer_->framePayload(part.bytes);
    count(sdk::Side::Device, part.bytes.size());
    holdBack(sdk::Side::Device, device);
}

/// What a plugin sends by TunnelControl::write(): recorders see what its own viewer sends, as they see
/// what any viewer does.
void Tunnel::write(sdk::Side to, bool isText, net::Bytes payload) {
    if (socketOf(to) == nullptr) return;
    sdk::Frame frame{payload, isText};
    if (own_ && to == sdk::Side::Device && !isPassed(sdk::Side::Viewer, frame)) return;
    forward(other(to), frame.isText, frame.bytes);
    const auto* socket = socketOf(to);
    if (socket != nullptr && !socket->isAboveHighWater()) tellWritable(to);
}

std::size_t Tunnel::queuedTowards(sdk::Side to) const noexcept {
    return (to == sdk::Side::Viewer ? handle_ : deviceHandle_).bufferedBytes();
}

void Tunnel::tellWritable(sdk::Side to) {
    if (isWriterHeld(to) || !wantsRoom_[indexOf(to)].exchange(false)) return;
    tellHandlers([to](sdk::TunnelHandler& handler) { handler.onWritable(to); });
}

/// All of them, the plugin that is the viewer last.
template <class Call> void Tunnel::tellHandlers(const Call& call) noexcept {
    const auto tell = [&](sdk::TunnelHandler& handler) {
        try {
            call(handler);
        } catch (const std::exception& fault) {
            context_->log.error("tunnel handler failed", {{"reason", fault.what()}});
        }
    };
    for (const auto& handler : handlers_) tell(*handler);
    if (own_) tell(*own_);
}

void Tunnel::forward(sdk::Side from, bool isText, net::Bytes payload) {
    auto* to = socketOf(other(from));
    if (to == nullptr) return;
    count(from, payload.size());
    if (isText) {
        to->sendText(net::asText(payload));
    } else {
        to->sendBinary(payload);
    }
}

void Tunnel::holdBack(sdk::Side from, net::WebSocket& source) {
    const auto* to = socketOf(other(from));
    if (to != nullptr && to->isAboveHighWater()) source.pauseReading();
}

/// Several may stop the reading of an end: handlers, and the queue of the other end. Where a plugin is
/// the viewer, it stops writing.
void Tunnel::hold(sdk::Side from, bool isHeld) {
    if (isOver_) return;
    holders_[indexOf(from)] += isHeld ? 1 : -1;
    auto* source = socketOf(from);
    const auto* to = socketOf(other(from));
    if (isHeld) {
        if (source != nullptr) source->pauseReading();
    } else if (!this->isHeld(from) && (to == nullptr || !to->isAboveHighWater())) {
        if (source != nullptr) {
            source->resumeReading();
        } else {
            tellWritable(other(from));
        }
    }
}

void Tunnel::onDrained(sdk::Side side) {
    const auto keep = shared_from_this();
    if (farEnd_) {
        if (endpoint_) endpoint_->onWritable();
        return;
    }
    if (auto* source = socketOf(other(side)); source != nullptr && !isHeld(other(side))) {
        source->resumeReading();
    }
    tellWritable(side);
}

void Tunnel::startOwn(const std::shared_ptr<net::WebSocket>& device, OwnViewer viewer) {
    own_ = std::move(viewer.handler);
    device_ = device;
    info_.viewerAddress = viewerAddress_ = info_.caller.address;
    info_.deviceAddress = device->peer().textWithPort();
    info_.isRecordable = kind_->spec.recordable;
    const bool isDecided = decideRecording();
    begin(device);
    if (!isDecided) {
        end("plugin fault", net::close_code::kInternal);
        return;
    }
    beginDevice(device);
    isChosen_ = true;
    if (!viewer.options.empty()) startTexts_.push_back(viewer.options);
    startTexts_.push_back(std::to_string(info_.protocol));
    const auto texts = startTexts_;
    makeHandlers(info_.protocol);
    startTexts_ = {};
    if (isOver_) return;
    device->receiveMessages();
    device->sendText(info_.isRecorded ? "cr" : "c");
    for (const auto& text : texts) device->sendText(text);
    tellHandlers([&](sdk::TunnelHandler& handler) {
        if (&handler == own_.get()) handler.onOpen(std::make_shared<Control>(shared_from_this()));
    });
    if (device_ && !isHeld(sdk::Side::Device)) device_->resumeReading();
}

void Tunnel::startEndpoint(const std::shared_ptr<net::WebSocket>& viewer) {
    beginViewer(viewer);
    isChosen_ = true;
    viewer->setMessageLimit(kWatchedMessage);
    farEnd_ = std::make_shared<FarEnd>(handle_, viewerAddress_, context_->highWater());
    try {
        endpoint_ = kind_->endpoint(info_);
        if (endpoint_) endpoint_->onOpen(farEnd_);
    } catch (const sdk::Error& refusal) {
        endpoint_.reset();
        end(refusal.what(), net::close_code::kPolicy);
        return;
    } catch (const std::exception& reason) {
        context_->log.error("tunnel endpoint failed", {{"owner", kind_->owner},
                                                       {"reason", reason.what()}});
        endpoint_.reset();
    }
    if (!endpoint_) {
        end("the device can't be reached", net::close_code::kInternal);
        return;
    }
    if (viewer_) {
        viewer_->sendText("c");
        viewer_->resumeReading();
    }
}

void Tunnel::onEndpointMessage(net::Opcode opcode, net::Bytes payload) {
    if (opcode != net::Opcode::Binary || !endpoint_) return; // control messages are for agents
    count(sdk::Side::Viewer, payload.size());
    try {
        endpoint_->onData(payload);
    } catch (const std::exception& why) {
        context_->log.error("tunnel endpoint failed", {{"owner", kind_->owner}, {"reason", why.what()}});
        end("plugin fault", net::close_code::kInternal);
    }
}

void Tunnel::tick() {
    const auto keep = shared_from_this();
    auto* socket = anySocket();
    if (socket == nullptr) return;
    const auto now = socket->loop().now();
    const auto idle = context_->services.settings.idleTimeout;
    if (idle.count() > 0 && now - lastTraffic_ > idle) {
        end("idle", net::close_code::kNormal);
        return;
    }
    if (wantsPings_ && now - lastPing_ >= context_->services.ping) {
        lastPing_ = now;
        if (viewer_) viewer_->sendText(kPing);
        if (device_) device_->sendText(kPing);
    }
    tickTimer_.rearm(socket->loop(), kTick);
}

void Tunnel::cut(const std::string& reason, std::uint16_t code) {
    context_->metrics.cut.add();
    handle_.post([self = shared_from_this(), reason, code](net::WebSocket&) {
        self->end(reason, code);
    });
}

void Tunnel::end(const std::string& reason, std::uint16_t code) {
    if (isOver_) return;
    isOver_ = true;
    startTimer_.cancel();
    tickTimer_.cancel();
    const auto viewer = std::move(viewer_);
    const auto device = std::move(device_);
    viewer_.reset();
    device_.reset();
    const auto text = std::string_view(reason).substr(0, 120); // RFC 6455 section 5.5: 125 bytes
    for (const auto& socket : {viewer, device}) {
        if (socket && socket->isOpen()) {
            socket->resumeReading(); // its half of the close handshake has to be read
            socket->close(code, text);
        }
    }
    tellHandlers([&](sdk::TunnelHandler& handler) { handler.onClose(reason); });
    if (endpoint_) {
        try {
            endpoint_->onClose(reason);
        } catch (const std::exception& fault) {
            context_->log.error("tunnel endpoint failed", {{"reason", fault.what()}});
        }
    }
    context_->tunnels.remove(this);
    context_->room.release(info_.id);
    record(reason);
}

namespace {

/// Number of the text "session ended" (control-protocol.md sections 2.5 and 4.4); reports go by it.
int endedMessageId(std::uint16_t protocol) {
    switch (protocol) {
    case 1:
    case 6:
    case 8:
    case 9: return 10; // terminals
    case 2: return 11; // desktop
    case 5: return 12; // files
    default: return 9;
    }
}

} // namespace

void Tunnel::record(const std::string& reason) noexcept {
    try {
        const auto all = facts();
        context_->metrics.bytes.add(all.bytesToDevice + all.bytesToViewer);
        context_->services.bus.publish(
            sdk::kTunnelClosed,
            sdk::TunnelEvent{info_.id, info_.deviceId, info_.caller.userId, all.info.protocol,
                             all.bytesToDevice, all.bytesToViewer});
        const auto seconds = (context_->services.directory.nowMs() - openedMs_) / 1000;
        model::Event event;
        event.etype = "relay";
        event.action = "relaylog";
        event.domain = info_.caller.domain;
        event.userId = info_.caller.userId;
        event.userName = info_.caller.userName;
        event.deviceId = info_.deviceId;
        event.msg = "Ended " + kind_->spec.name + " session, " + std::to_string(seconds) +
                    " second(s): " + reason;
        if (const auto device = context_->services.directory.device(info_.deviceId)) {
            event.groupId = device->groupId;
        }
        event.extra = {{"msgid", endedMessageId(all.info.protocol)},
                       {"msgArgs", {info_.id, info_.caller.address, "", seconds}},
                       {"protocol", all.info.protocol},
                       {"bytesin", all.bytesToViewer},
                       {"bytesout", all.bytesToDevice},
                       {"seconds", seconds},
                       {"remoteaddr", info_.caller.address}};
        if (guest_) {
            event.extra["guestname"] = info_.guestName;
            event.extra["ticket"] = info_.ticket;
        }
        context_->services.events.record(event);
        context_->log.info("tunnel closed", {{"device", info_.deviceId},
                                             {"user", info_.caller.userId},
                                             {"protocol", all.info.protocol},
                                             {"to_device_bytes", all.bytesToDevice},
                                             {"to_viewer_bytes", all.bytesToViewer},
                                             {"reason", reason}});
    } catch (const std::exception& fault) {
        context_->log.error("tunnel could not be recorded", {{"reason", fault.what()}});
    }
}

TunnelFacts Tunnel::facts() const {
    TunnelFacts out;
    out.info = info_;
    out.info.protocol = protocol_;
    out.viewerAddress = viewerAddress_;
    out.openedMs = openedMs_;
    out.bytesToDevice = toDevice_.load(std::memory_order_relaxed);
    out.bytesToViewer = toViewer_.load(std::memory_order_relaxed);
    return out;
}

} // namespace trellis::relay
