// An agent that sends anything: the handshake first, then the negotiation. Input: messages, each with a
// length of two bytes (big-endian) in front.
#include "core/agent/handshake.hpp"
#include "core/agent/negotiation.hpp"

#include <trellis/wire/text.hpp>

#include <cstdlib>

using namespace trellis;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

/// Whatever a parser takes, building it again gives the same value.
void roundTrip(wire::ByteView message) {
    if (const auto value = wire::parseAuthRequest(message)) {
        require(wire::buildAuthRequest(*value) == wire::Bytes(message.begin(), message.end()));
    }
    if (const auto value = wire::parseAuthVerify(message)) {
        require(wire::buildAuthVerify(*value) == wire::Bytes(message.begin(), message.end()));
    }
    if (const auto value = wire::parseAuthInfo(message)) {
        const auto again = wire::buildAuthInfo(*value);
        const auto back = wire::parseAuthInfo(again);
        require(bool(back) && back->hostName == value->hostName && back->groupId == value->groupId);
    }
    (void)wire::parseServerId(message);
    (void)wire::parseCommitDate(message);
    (void)wire::parseHostInfo(message);
    (void)wire::parseCoreModule(message);
    (void)wire::parseAgentUpdate(message);
    (void)wire::parseUpdateBlock(message);
    (void)wire::parseAgentTag(message);
}

agent::Negotiation::Settings negotiationSettings() {
    agent::Negotiation::Settings out;
    out.capabilities = 0x118;
    out.archId = wire::arch::kLinuxX64;
    out.binary = agent::AgentBinary{};
    out.binary->size = 100000;
    static const auto script = std::make_shared<agent::AgentScript>();
    out.script = [] { return script; };
    out.mayUpdate = [] { return true; };
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const wire::Bytes certificate(100, std::byte{1});
    agent::Handshake::Settings settings;
    settings.serverCertificate = &certificate;
    settings.isOurWebHash = [](const wire::Hash& hash) { return hash[0] != std::byte{0xFF}; };
    agent::Handshake handshake(settings);
    agent::Negotiation negotiation(negotiationSettings());
    negotiation.begin();

    auto input = std::as_bytes(std::span(data, size));
    while (input.size() >= 2) {
        const std::size_t length = std::min<std::size_t>(wire::readU16(input), input.size() - 2);
        const auto message = input.subspan(2, length);
        input = input.subspan(2 + length);
        roundTrip(message);
        auto step = handshake.onMessage(message);
        if (step.sign) (void)handshake.signedWith(wire::Bytes(256));
        // A signature that was not made with the certificate's key is never good.
        if (step.verify) (void)handshake.verified(step.verify->run());
        auto next = negotiation.onMessage(message);
        if (next.read) (void)negotiation.blockRead(wire::Bytes(next.read->size));
    }
    return 0;
}
