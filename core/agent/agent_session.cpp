#include "core/agent/agent_session.hpp"
#include "core/telemetry/traffic.hpp"

#include <trellis/wire/text.hpp>

#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <cerrno>

namespace trellis::agent {
namespace {

constexpr net::Millis kHoldTime{std::chrono::minutes(10)};
constexpr net::Millis kUpdateStall{std::chrono::minutes(1)};
// Long enough to replace the executable and restart; an agent that could not do it stays connected
// without a script until it is asked to connect anew (section 4.3: it says nothing).
constexpr net::Millis kAfterUpdate{std::chrono::minutes(2)};

net::Bytes bytesOf(const wire::Bytes& bytes) { return {bytes.data(), bytes.size()}; }

std::optional<wire::Bytes> readFrom(const AgentBinary& binary, const Negotiation::Step::Read& read) {
    wire::Bytes out(read.size);
    std::size_t used = 0;
    while (used < out.size()) {
        const auto got = ::pread(*binary.fd, out.data() + used, out.size() - used,
                                 static_cast<off_t>(read.offset + used));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        used += static_cast<std::size_t>(got);
    }
    return out;
}

} // namespace

AgentSession::AgentSession(std::shared_ptr<AgentContext> context, std::string tenant)
    : context_(std::move(context)), tenant_(std::move(tenant)) {}
AgentSession::~AgentSession() = default;

void AgentSession::onOpen(net::WebSocket& socket) {
    socket_ = socket.handle();
    address_ = socket.peer().textWithPort();
    Handshake::Settings settings;
    settings.serverCertificate = &context_->services.certificates.agentServerDer();
    settings.serverNonce = wire::randomNonce();
    settings.isOurWebHash = [&certificates = context_->services.certificates,
                             tls = socket.info().tls](const wire::Hash& hash) {
        // The certificate that this very connection was served with, or any that is ours: behind a
        // trusted TLS terminator that uses our certificate the connection itself has none.
        if (tls && wire::equal(std::as_bytes(std::span(tls->certificateHash)), hash)) return true;
        return certificates.isOurWebHash(hash);
    };
    handshake_ = std::make_unique<Handshake>(std::move(settings));
    deadline_ = std::make_unique<net::Timer>();
    deadline_->arm(socket.loop(), context_->services.settings.handshakeTimeout, [this, &socket] {
        const auto& expected = handshake_ ? handshake_->expectedServer() : std::nullopt;
        const auto& ours = context_->services.certificates;
        const bool isForeign = expected && *expected != ours.serverId() &&
                               *expected != ours.legacyServerId();
        refuse(socket, net::close_code::kPolicy,
               isForeign ? "handshake timed out; the agent expects another ServerID"
                         : "handshake timed out");
    });
}

void AgentSession::onMessage(net::WebSocket& socket, net::Opcode, net::Bytes payload) {
    telemetry::traffic().agentIn.fetch_add(payload.size(), std::memory_order_relaxed);
    switch (state_.load(std::memory_order_relaxed)) {
    case State::Handshaking: take(socket, handshake_->onMessage(payload)); return;
    case State::Active: break;
    default: return; // held, or being admitted: silence
    }
    if (wire::isJson(payload)) {
        if (!negotiation_->isUpdating()) queueJson(socket, payload);
        return;
    }
    const auto command = wire::commandOf(payload);
    if (command == static_cast<std::uint16_t>(wire::Command::AgentTag)) {
        onTag(payload);
        return;
    }
    take(socket, negotiation_->onMessage(payload));
}

void AgentSession::take(net::WebSocket& socket, Handshake::Step step) {
    for (const auto& message : step.send) socket.sendBinary(bytesOf(message));
    if (step.sign) sign(*step.sign);
    if (step.verify) verify(std::move(*step.verify));
    if (step.failure != HandshakeFailure::None) {
        if (isHeld(step.failure)) {
            hold(socket, describe(step.failure));
        } else {
            refuse(socket, net::close_code::kProtocol, describe(step.failure));
        }
    } else if (step.isComplete) {
        beginAdmission(socket);
    }
}

void AgentSession::sign(const SignJob& job) {
    context_->metrics.signatures.add();
    const bool taken = context_->handshakes.post([self = shared_from_this(), job] {
        std::optional<wire::Bytes> signature;
        try {
            signature = self->context_->services.certificates.signHandshake(job.hash, job.first,
                                                                            job.second);
        } catch (const std::exception& reason) {
            self->context_->log.error("handshake could not be signed", {{"reason", reason.what()}});
        }
        self->socket_.post([self, signature = std::move(signature)](net::WebSocket& socket) {
            if (self->handshake_) self->take(socket, self->handshake_->signedWith(signature));
        });
    });
    if (!taken) {
        socket_.post([self = shared_from_this()](net::WebSocket& socket) {
            self->refuse(socket, net::close_code::kTryLater, "too many handshakes at once");
        });
    }
}

void AgentSession::verify(VerifyJob job) {
    auto shared = std::make_shared<VerifyJob>(std::move(job));
    const bool taken = context_->handshakes.post([self = shared_from_this(), shared] {
        std::optional<wire::Hash> keyHash;
        try {
            keyHash = shared->run();
        } catch (const std::exception& reason) {
            self->context_->log.error("handshake could not be verified",
                                      {{"reason", reason.what()}});
        }
        self->socket_.post([self, keyHash](net::WebSocket& socket) {
            if (self->handshake_) self->take(socket, self->handshake_->verified(keyHash));
        });
    });
    if (!taken) {
        socket_.post([self = shared_from_this()](net::WebSocket& socket) {
            self->refuse(socket, net::close_code::kTryLater, "too many handshakes at once");
        });
    }
}

void AgentSession::beginAdmission(net::WebSocket& socket) {
    state_ = State::Admitting;
    const std::string address = socket.peer().text();
    const bool taken = context_->handshakes.post(
        [self = shared_from_this(), identity = handshake_->identity(), address] {
            auto admission = admit(*self->context_, identity, address, self->tenant_);
            self->socket_.post([self, admission = std::move(admission)](net::WebSocket& open) {
                self->finishAdmission(open, admission);
            });
        });
    if (!taken) refuse(socket, net::close_code::kTryLater, "too many handshakes at once");
}

std::optional<AgentBinary> AgentSession::binaryFor(const AgentIdentity& identity) const {
    if (!context_->services.settings.update || !isUpdateManaged(identity.info.agentId)) {
        return std::nullopt;
    }
    const bool isOurs = identity.commitDate.starts_with(wire::kTrellisCommitPrefix);
    // Section 4.2: these are updated through their script only, which we don't do.
    const bool isOldWindows = identity.info.agentId == 3 ||
                              (identity.info.agentId == 4 && identity.commitDate.empty());
    if (!isOurs && isOldWindows) return std::nullopt;
    return context_->binaries.find(isOurs ? AgentFamily::Trellis : AgentFamily::MeshCentral,
                                   identity.info.agentId);
}

void AgentSession::finishAdmission(net::WebSocket& socket, const Admission& admission) {
    if (state_ != State::Admitting) return;
    if (!admission.isAdmitted) {
        hold(socket, admission.reason);
        return;
    }
    const AgentIdentity identity = handshake_->identity();
    handshake_.reset();
    deadline_->cancel();
    deviceId_ = admission.deviceId;
    archId_ = identity.info.agentId;
    capabilities_ = identity.info.capabilities;
    socket.setMessageLimit(context_->services.settings.maxMessageBytes);
    state_.store(State::Active, std::memory_order_release);

    if (const auto before = context_->hub.enter(deviceId_, shared_from_this())) before->abandon();
    token_ = context_->services.directory.agentConnected(deviceId_, address_);
    context_->metrics.connects.add();
    context_->log.info("agent connected", {{"device", deviceId_},
                                           {"name", identity.info.hostName},
                                           {"address", address_},
                                           {"pinned", identity.isPinned}});

    Negotiation::Settings settings;
    settings.capabilities = capabilities_;
    settings.archId = archId_;
    settings.throttle = admission.throttle;
    settings.binary = binaryFor(identity);
    if (const auto universal = context_->binaries.find(AgentFamily::MeshCentral, 10005);
        universal && (archId_ == 16 || archId_ == 29)) {
        settings.alsoCurrent = universal->hash;
    }
    settings.script = [context = context_.get()] { return context->script.current(); };
    settings.mayUpdate = [this, hash = settings.binary ? settings.binary->hash : wire::Hash{}] {
        update_ = context_->updates.take();
        return bool(update_) && context_->updateTries.mayTry(deviceId_, hash);
    };
    negotiation_ = std::make_unique<Negotiation>(std::move(settings));
    take(socket, negotiation_->begin());
}

void AgentSession::take(net::WebSocket& socket, Negotiation::Step step) {
    if (step.isMalformed) {
        refuse(socket, net::close_code::kProtocol, "malformed message");
        return;
    }
    for (const auto& message : step.send) socket.sendBinary(bytesOf(message));
    if (step.hasNoScript) {
        context_->services.directory.touchDevice(deviceId_, [](model::Device& device) {
            device.agent.core.clear();
            device.agent.caps &= ~(wire::capability::kDesktop | wire::capability::kTerminal |
                                   wire::capability::kFiles);
        });
    }
    if (step.push) {
        isScriptReady_ = false;
        context_->metrics.scriptPushes.add();
        telemetry::traffic().agentOut.fetch_add(step.push->message->size(), std::memory_order_relaxed);
        socket.send(net::Opcode::Binary, step.push->message);
    }
    if (step.isStable) isScriptReady_ = true;
    if (step.read) {
        isScriptReady_ = false;
        deadline_->arm(socket.loop(), kUpdateStall, [&socket] {
            socket.close(net::close_code::kNormal, "the update stalled");
        });
        readBlock(*step.read);
    }
    if (step.hasUpdated) {
        context_->metrics.updates.add();
        context_->log.info("agent executable sent", {{"device", deviceId_}});
        update_.release();
        deadline_->arm(socket.loop(), kAfterUpdate, [&socket] {
            socket.close(net::close_code::kNormal, "the agent did not restart after its update");
        });
    } else if (!negotiation_->isUpdating() && update_) {
        update_.release(); // abandoned, or not begun
        deadline_->cancel();
    }
}

void AgentSession::readBlock(const Negotiation::Step::Read& read) {
    const auto binary = negotiation_->binary();
    const bool taken = binary && context_->services.workers.post(
                                     [self = shared_from_this(), binary = *binary, read] {
        self->socket_.post([self, data = readFrom(binary, read)](net::WebSocket& socket) {
            if (self->negotiation_) self->take(socket, self->negotiation_->blockRead(data));
        });
    });
    if (!taken) {
        socket_.post([self = shared_from_this()](net::WebSocket& socket) {
            if (self->negotiation_) self->take(socket, self->negotiation_->blockRead(std::nullopt));
        });
    }
}

void AgentSession::onTag(wire::ByteView message) {
    const auto tag = wire::parseAgentTag(message);
    if (!tag) return;
    // Section 4.7: the first line is the tag, lines that begin with '~' are settings.
    const auto line = tag->substr(0, tag->find_first_of("\r\n"));
    context_->services.directory.touchDevice(deviceId_, [&](model::Device& device) {
        device.agent.tag = line.starts_with('~') ? std::string_view{} : line;
    });
}

void AgentSession::queueJson(net::WebSocket& socket, net::Bytes payload) {
    context_->metrics.messages.add();
    if (!strand_) {
        strand_ = std::make_shared<bus::Strand>(context_->services.workers, kMaxWaiting + 1);
    }
    const std::size_t bytes = payload.size();
    const bool taken = strand_->post(
        [self = shared_from_this(), text = std::string(net::asText(payload))] {
            const MessageSender sender{self->deviceId_, self->address_, AgentHandle(self)};
            const auto outcome = self->context_->messages.deliver(sender, text);
            self->socket_.post([self, outcome, size = text.size()](net::WebSocket& open) {
                self->onHandled(open, outcome, size);
            });
        });
    if (!taken) {
        refuse(socket, net::close_code::kTryLater, "messages of the agent can't be processed");
        return;
    }
    ++waiting_;
    waitingBytes_ += bytes;
    if (waiting_ >= kMaxWaiting || waitingBytes_ >= kMaxWaitingBytes) socket.pauseReading();
    const auto wait = pace_.take(socket.loop().now(), bytes);
    if (wait.count() == 0) return;
    socket.pauseReading();
    if (!rest_) rest_ = std::make_unique<net::Timer>();
    rest_->arm(socket.loop(), wait, [this, &socket] { resumeIfAllowed(socket); });
}

void AgentSession::resumeIfAllowed(net::WebSocket& socket) {
    const bool isResting = rest_ && rest_->isArmed();
    if (!isResting && socket.isReadingPaused() && waiting_ <= kMaxWaiting / 2 &&
        waitingBytes_ <= kMaxWaitingBytes / 2) {
        socket.resumeReading();
    }
}

void AgentSession::onHandled(net::WebSocket& socket, AgentMessages::Outcome outcome,
                             std::size_t bytes) {
    using Outcome = AgentMessages::Outcome;
    --waiting_;
    waitingBytes_ -= bytes;
    if (waiting_ == 0) strand_.reset();
    resumeIfAllowed(socket);
    if (outcome != Outcome::NotJson && outcome != Outcome::TooLong && outcome != Outcome::BadShape) {
        return;
    }
    context_->metrics.refusedMessages.add();
    if (refused_++ == 0) {
        context_->log.warning("agent sent a message that was refused",
                              {{"device", deviceId_}, {"address", address_}, {"bytes", bytes}});
    }
    if (refused_ > kMaxRefused) {
        refuse(socket, net::close_code::kPolicy, "too many refused messages");
    }
}

void AgentSession::hold(net::WebSocket& socket, std::string_view reason) {
    context_->metrics.failures.add();
    context_->log.warning("agent held", {{"address", address_}, {"reason", reason}});
    held_ = context_->held.take();
    if (!held_) {
        refuse(socket, net::close_code::kTryLater, "too many rejected agents");
        return;
    }
    state_ = State::Held;
    handshake_.reset();
    negotiation_.reset();
    socket.setMessageLimit(wire::kMaxHandshakeMessage);
    deadline_->arm(socket.loop(), kHoldTime,
                   [&socket] { socket.close(net::close_code::kTryLater, "not admitted"); });
}

void AgentSession::refuse(net::WebSocket& socket, std::uint16_t code, std::string_view reason) {
    if (!socket.isOpen()) return;
    context_->metrics.failures.add();
    context_->log.warning("agent closed", {{"address", address_},
                                           {"device", deviceId_},
                                           {"code", code},
                                           {"reason", reason}});
    if (state_ != State::Active) state_ = State::Held; // what still arrives is ignored
    socket.close(code, reason);
}

void AgentSession::onClose(net::WebSocket&, const net::WebSocketClose& close) noexcept {
    const bool wasActive = !deviceId_.empty();
    state_ = State::Closed;
    deadline_.reset();
    rest_.reset();
    handshake_.reset();
    negotiation_.reset();
    held_.release();
    update_.release();
    if (!wasActive) return;
    const bool wasCurrent = context_->hub.leave(deviceId_, this);
    try {
        if (token_ != 0) context_->services.directory.agentDisconnected(deviceId_, token_);
        if (wasCurrent) context_->flaps.lost(deviceId_);
        context_->log.info("agent disconnected", {{"device", deviceId_},
                                                  {"code", close.code},
                                                  {"reason", close.reason}});
    } catch (const std::exception& reason) {
        context_->log.error("agent's goodbye failed",
                            {{"device", deviceId_}, {"reason", reason.what()}});
    }
}

bool AgentSession::isConnected() const noexcept {
    return state_.load(std::memory_order_acquire) == State::Active && socket_.isOpen();
}

bool AgentSession::send(const json::object& message) {
    return sendBinary(json::serialize(message)); // section 4.5: as a binary frame
}

bool AgentSession::sendBinary(std::string message) {
    telemetry::traffic().agentOut.fetch_add(message.size(), std::memory_order_relaxed);
    return isConnected() && socket_.sendBinary(std::move(message)) == net::SendResult::Queued;
}

void AgentSession::disconnect(const std::string& reason) {
    socket_.close(net::close_code::kNormal, reason);
}

void AgentSession::renewScript() {
    socket_.post([self = shared_from_this()](net::WebSocket& socket) {
        if (self->negotiation_) self->take(socket, self->negotiation_->renew());
    });
}

void AgentSession::abandon() {
    socket_.post([self = shared_from_this()](net::WebSocket& socket) {
        if (self->state_ == State::Active) self->hold(socket, "a newer connection took over");
    });
}

void AgentSession::park(const std::string& reason) {
    socket_.post([self = shared_from_this(), reason](net::WebSocket& socket) {
        if (self->state_ != State::Active) return;
        self->context_->hub.leave(self->deviceId_, self.get());
        self->state_ = State::Held;
        self->negotiation_.reset();
        self->update_.release();
        self->deadline_->cancel();
        socket.setMessageLimit(wire::kMaxHandshakeMessage);
        self->context_->log.info("agent parked", {{"device", self->deviceId_}, {"reason", reason}});
    });
}

AgentFacts AgentSession::facts() const {
    return {deviceId_, address_,           archId_,
            capabilities_, isScriptReady_.load(), socket_.bufferedBytes()};
}

} // namespace trellis::agent
