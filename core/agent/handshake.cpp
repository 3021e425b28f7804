#include "core/agent/handshake.hpp"

#include <trellis/wire/text.hpp>

#include <boost/json/parse.hpp>

#include <algorithm>

namespace trellis::agent {
namespace {

namespace json = boost::json;

/// Section 3.1: the one JSON message allowed before authentication. nullopt: not that, or not legal.
std::optional<std::string> agentNameOf(wire::ByteView message) {
    if (message.size() > wire::kMaxAgentName * 8) return std::nullopt; // escapes included
    json::error_code error;
    json::parse_options options;
    options.max_depth = 4;
    const auto value = json::parse(wire::textOf(message), error, {}, options);
    if (error || !value.is_object()) return std::nullopt;
    const auto* action = value.get_object().if_contains("action");
    const auto* name = value.get_object().if_contains("value");
    if (action == nullptr || name == nullptr || !action->is_string() || !name->is_string() ||
        action->get_string() != "agentName") {
        return std::nullopt;
    }
    std::string out(name->get_string());
    const bool hasControl = std::any_of(out.begin(), out.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    if (out.empty() || out.size() > wire::kMaxAgentName || hasControl) return std::nullopt;
    return out;
}

} // namespace

std::string_view describe(HandshakeFailure failure) noexcept {
    switch (failure) {
    case HandshakeFailure::None: return "none";
    case HandshakeFailure::UnknownWebHash: return "the agent sees a TLS certificate that isn't ours";
    case HandshakeFailure::BadSignature: return "bad certificate or signature";
    case HandshakeFailure::Malformed: return "malformed message";
    case HandshakeFailure::TooManyMessages: return "too many messages before authentication";
    case HandshakeFailure::NoSignature: return "the server could not sign";
    }
    return "unknown";
}

bool isHeld(HandshakeFailure failure) noexcept {
    return failure == HandshakeFailure::UnknownWebHash || failure == HandshakeFailure::BadSignature;
}

std::optional<wire::Hash> VerifyJob::run() const {
    const auto parsed = wire::parseAgentCertificate(certificate);
    if (!parsed || !wire::verifyHandshake(parsed.get(), signature, hash, first, second)) {
        return std::nullopt;
    }
    return wire::keyHash(parsed.get());
}

Handshake::Handshake(Settings settings) : settings_(std::move(settings)) {}

bool Handshake::isFirst(Seen message) {
    const auto bit = static_cast<std::uint8_t>(message);
    if ((seen_ & bit) != 0) return false;
    seen_ = static_cast<std::uint8_t>(seen_ | bit);
    return true;
}

Handshake::Step Handshake::fail(HandshakeFailure failure) {
    isOver_ = true;
    certificate_ = {};
    signature_ = {};
    Step step;
    step.failure = failure;
    return step;
}

Handshake::Step Handshake::onMessage(wire::ByteView message) {
    if (isOver_) return {};
    if (++messages_ > kMaxMessages) return fail(HandshakeFailure::TooManyMessages);
    if (wire::isJson(message)) return onJson(message);
    const auto command = wire::commandOf(message);
    if (!command) return {};
    switch (static_cast<wire::Command>(*command)) {
    case wire::Command::AuthRequest: return onRequest(message);
    case wire::Command::AuthVerify: return onVerify(message);
    case wire::Command::AuthInfo: return onInfo(message);
    case wire::Command::AuthConfirm:
        // Counts only before cmd 1 has been answered (section 3.5).
        if (wire::isAuthConfirm(message) && isFirst(Seen::Confirm) && !request_) {
            identity_.isPinned = true;
        }
        return {};
    case wire::Command::ServerId:
        if (const auto id = wire::parseServerId(message); id && !expectedServer_) {
            expectedServer_ = *id;
        }
        return {};
    case wire::Command::AgentCommitDate:
        if (const auto date = wire::parseCommitDate(message); date && identity_.commitDate.empty()) {
            identity_.commitDate = *date;
        }
        return {};
    case wire::Command::HostInfo:
        if (const auto info = wire::parseHostInfo(message); info && identity_.hostInfo.empty()) {
            identity_.hostInfo = *info;
        }
        return {};
    default: return {}; // commands of the channel, which count only after authentication
    }
}

Handshake::Step Handshake::onJson(wire::ByteView message) {
    if (auto name = agentNameOf(message); name && identity_.agentName.empty()) {
        identity_.agentName = std::move(*name);
    }
    return {};
}

Handshake::Step Handshake::onRequest(wire::ByteView message) {
    const auto request = wire::parseAuthRequest(message);
    if (!request || !isFirst(Seen::Request)) return {}; // wrong length: ignored (section 3.5)
    if (!settings_.isOurWebHash(request->hash)) return fail(HandshakeFailure::UnknownWebHash);
    request_ = *request;
    Step step;
    step.send.push_back(wire::buildAuthRequest({request->hash, settings_.serverNonce}));
    if (!identity_.isPinned) {
        step.sign = SignJob{request->hash, request->nonce, settings_.serverNonce};
    }
    if (!certificate_.empty()) step.verify = verifyJob();
    return step;
}

Handshake::Step Handshake::onVerify(wire::ByteView message) {
    const auto proof = wire::parseAuthVerify(message);
    if (!proof) {
        // Shorter than its fixed part is "wrong length", ignored; a length that lies is nothing that
        // an agent ever sends.
        return message.size() < 4 ? Step{} : fail(HandshakeFailure::Malformed);
    }
    if (!isFirst(Seen::Verify)) return {};
    certificate_.assign(proof->certificate.begin(), proof->certificate.end());
    signature_.assign(proof->signature.begin(), proof->signature.end());
    if (!request_) return {};
    Step step;
    step.verify = verifyJob();
    return step;
}

VerifyJob Handshake::verifyJob() {
    // Section 3.4: the agent signs the server's nonce before its own.
    return {std::move(certificate_), std::move(signature_), request_->hash, settings_.serverNonce,
            request_->nonce};
}

Handshake::Step Handshake::onInfo(wire::ByteView message) {
    auto info = wire::parseAuthInfo(message);
    if (!info) {
        const bool isShort = info.error == wire::ParseError::Truncated;
        return isShort ? Step{} : fail(HandshakeFailure::Malformed);
    }
    if (!isFirst(Seen::Info)) return {};
    identity_.info = std::move(*info.value);
    hasInfo_ = true;
    Step step;
    completeIfReady(step);
    return step;
}

Handshake::Step Handshake::signedWith(std::optional<wire::Bytes> signature) {
    if (isOver_) return {};
    if (!signature) return fail(HandshakeFailure::NoSignature);
    Step step;
    step.send.push_back(wire::buildAuthVerify({*settings_.serverCertificate, *signature}));
    return step;
}

Handshake::Step Handshake::verified(std::optional<wire::Hash> keyHash) {
    if (isOver_) return {};
    if (!keyHash) return fail(HandshakeFailure::BadSignature);
    identity_.keyHash = *keyHash;
    hasProof_ = true;
    Step step;
    completeIfReady(step);
    return step;
}

void Handshake::completeIfReady(Step& step) {
    if (!hasProof_ || !hasInfo_) return;
    isOver_ = true;
    step.isComplete = true;
}

} // namespace trellis::agent
