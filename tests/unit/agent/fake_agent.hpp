/// An agent's side of the handshake for tests, on shared keys.
#pragma once

#include "../wire/keys.hpp"

#include <trellis/wire/channel.hpp>

namespace trellis::agent::testing {

struct FakeAgent {
    explicit FakeAgent(int which = 0)
        : key(wire::test::sharedKey(which)), certificate(wire::test::selfSigned(key)) {}

    wire::Bytes request(const wire::Hash& webHash) const {
        return wire::buildAuthRequest({webHash, nonce});
    }
    /// Signs `hash`, the server's nonce, our nonce.
    wire::Bytes proof(const wire::AuthRequest& server) const {
        const auto signature = wire::signHandshake(key, server.hash, server.nonce, nonce);
        return wire::buildAuthVerify({wire::derOf(certificate.get()), signature});
    }
    wire::Bytes info(const wire::Hash& groupId, std::string host = "pc1") const {
        wire::AuthInfo out;
        out.agentId = wire::arch::kLinuxX64;
        out.groupId = groupId;
        out.capabilities = 0x118;
        out.hostName = std::move(host);
        return wire::buildAuthInfo(out);
    }
    wire::Hash id() const { return wire::keyHash(key); }

    EVP_PKEY* key;
    wire::CertificatePtr certificate;
    wire::Nonce nonce = wire::randomNonce();
};

} // namespace trellis::agent::testing
