#include "core/agent/negotiation.hpp"

#include <algorithm>

namespace trellis::agent {
namespace {

using wire::Command;

Negotiation::Step malformed() {
    Negotiation::Step step;
    step.isMalformed = true;
    return step;
}

} // namespace

Negotiation::Negotiation(Settings settings) : settings_(std::move(settings)) {}

bool Negotiation::wantsScript() const noexcept {
    return (settings_.capabilities & wire::capability::kJavaScript) != 0;
}

Negotiation::Step Negotiation::begin() {
    Step step;
    if (settings_.throttle == Throttle::Silence) {
        state_ = State::Ended;
        return step;
    }
    step.send.push_back(wire::buildAuthConfirm());
    if (settings_.throttle == Throttle::ClearScript) {
        state_ = State::Ended;
        step.send.push_back(wire::buildHeader(Command::CoreModule));
        return step;
    }
    const bool isKnown = !descriptionOf(settings_.archId).empty();
    if (!isKnown) {
        ++unanswered_;
        step.send.push_back(wire::buildHeader(Command::CoreModule));
    }
    if (settings_.binary) {
        state_ = State::AskedBinary;
        step.send.push_back(wire::buildHeader(Command::AgentHash));
        return step;
    }
    auto next = askScript();
    for (auto& message : next.send) step.send.push_back(std::move(message));
    step.isStable = next.isStable;
    return step;
}

Negotiation::Step Negotiation::askScript() {
    if (!wantsScript()) return stable();
    Step step;
    state_ = State::AskedScript;
    ++unanswered_;
    step.send.push_back(wire::buildHeader(Command::CoreModuleHash));
    return step;
}

Negotiation::Step Negotiation::onMessage(wire::ByteView message) {
    const auto command = wire::commandOf(message);
    if (!command || state_ == State::Ended) return {};
    switch (static_cast<Command>(*command)) {
    case Command::CoreModuleHash: return onScriptHash(message);
    case Command::AgentHash: return onBinaryHash(message);
    case Command::AgentUpdateBlock: return onBlockTaken(message);
    default: return {}; // section 4.1: unknown commands are ignored
    }
}

Negotiation::Step Negotiation::onScriptHash(wire::ByteView message) {
    const auto reply = wire::parseHashReply(Command::CoreModuleHash, message);
    if (!reply) return malformed();
    if (unanswered_ > 0) --unanswered_;
    // An answer to a question that was not put yet, or during an update (section 4.3), is ignored.
    if (state_ == State::New || state_ == State::AskedBinary || state_ == State::GaveUp ||
        isUpdating()) {
        return {};
    }
    if (!wantsScript()) return {};
    const auto wanted = settings_.script();
    // Zero: the agent runs a script of its own choice, which stays.
    if (reply->hash && (wire::isZero(*reply->hash) || *reply->hash == wanted->hash)) return stable();
    // It was on its way when the agent was given a script, or was asked again: pushing for it would
    // start the script a second time.
    if (unanswered_ > 0) return {};
    if (!reply->hash) {
        auto step = pushScript();
        step.hasNoScript = true;
        return step;
    }
    return pushScript();
}

Negotiation::Step Negotiation::pushScript() {
    Step step;
    auto script = settings_.script();
    if (script->hash != pushedHash_) {
        pushedHash_ = script->hash; // another script: count anew
        pushes_ = 0;
    }
    if (pushes_ >= kMaxPushes) {
        state_ = State::GaveUp; // until the script changes
        return step;
    }
    ++pushes_;
    ++unanswered_;
    state_ = State::Pushed;
    step.push = std::move(script);
    return step;
}

Negotiation::Step Negotiation::stable() {
    Step step;
    state_ = State::Stable;
    if (wantsScript()) step.send.push_back(wire::buildHeader(Command::CoreOk));
    step.isStable = true;
    return step;
}

Negotiation::Step Negotiation::renew() {
    const bool isSettled = state_ == State::Stable || state_ == State::Pushed ||
                           state_ == State::AskedScript || state_ == State::GaveUp;
    if (!isSettled || !wantsScript()) return {};
    return askScript();
}

Negotiation::Step Negotiation::onBinaryHash(wire::ByteView message) {
    const auto reply = wire::parseHashReply(Command::AgentHash, message);
    if (!reply) return malformed();
    if (state_ != State::AskedBinary) return {};
    return isUpdateWanted(reply->hash) ? beginUpdate() : askScript();
}

bool Negotiation::isUpdateWanted(const std::optional<wire::Hash>& reported) {
    // Section 4.2: zero means "never"; all ones means "now". A temporary agent is not replaced.
    if (!reported || wire::isZero(*reported)) return false;
    if (*reported == settings_.binary->hash || reported == settings_.alsoCurrent) return false;
    if ((settings_.capabilities & wire::capability::kTemporary) != 0) return false;
    return settings_.mayUpdate();
}

Negotiation::Step Negotiation::beginUpdate() {
    state_ = State::Updating;
    update_ = Update{*settings_.binary};
    Step step = nextBlock();
    ++unanswered_;
    step.send.push_back(wire::buildHeader(Command::CoreModule)); // clear, so that nothing disturbs
    step.send.push_back(wire::buildHeader(Command::AgentUpdate));
    return step;
}

Negotiation::Step Negotiation::nextBlock() {
    Step step;
    update_->isReading = true;
    const auto left = update_->binary.size - update_->sent;
    step.read = Step::Read{update_->sent, static_cast<std::size_t>(std::min<std::uint64_t>(
                                              left, wire::kMaxUpdateBlock))};
    return step;
}

Negotiation::Step Negotiation::blockRead(std::optional<wire::Bytes> data) {
    if (!update_) return {};
    update_->isReading = false;
    if (!data || data->empty() || data->size() > update_->binary.size - update_->sent) {
        update_.reset();
        return askScript();
    }
    Step step;
    update_->sent += data->size();
    step.send.push_back(wire::buildUpdateBlock(*data));
    if (update_->sent == update_->binary.size) {
        // Right behind the last block, without waiting for its acknowledgement (section 4.3).
        step.send.push_back(wire::buildHash(Command::AgentUpdate, update_->binary.hash));
        update_->isEnding = true;
        step.hasUpdated = true;
    }
    return step;
}

Negotiation::Step Negotiation::onBlockTaken(wire::ByteView message) {
    const auto block = wire::parseUpdateBlock(message);
    if (!block || !block->data.empty()) return malformed();
    if (!update_ || update_->isEnding || update_->isReading) return {};
    return nextBlock();
}

} // namespace trellis::agent
