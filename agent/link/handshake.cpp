#include "agent/link/handshake.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

namespace trellis::device {
namespace {
/// Legacy ServerIDs are SHA-256 of the same PKCS#1 key (protocol 2.5, vector).
std::optional<std::array<unsigned char, SHA256_DIGEST_LENGTH>> legacyHash(const X509* certificate) {
    auto* key = X509_get0_pubkey(certificate);
    unsigned char* der = nullptr;
    const int size = key != nullptr ? i2d_PublicKey(key, &der) : 0;
    if (size <= 0) return {};
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    SHA256(der, static_cast<std::size_t>(size), hash.data());
    OPENSSL_free(der);
    return hash;
}
}  // namespace

Handshake::Handshake(HandshakeInput input) : input_(std::move(input)) {}

std::vector<wire::Bytes> Handshake::start() {
    std::vector<wire::Bytes> out;
    out.push_back(wire::buildCommitDate(input_.commitDate));
    out.push_back(wire::buildHostInfo(input_.hostInfo));
    out.push_back(wire::buildServerId(input_.serverId));
    isServerKnown_ = input_.pinned && *input_.pinned == input_.peer.full;
    if (isServerKnown_) out.push_back(wire::buildAuthConfirm());
    out.push_back(wire::buildAuthRequest({input_.peer.full, input_.nonce}));
    if (isServerKnown_) appendInfo(out);
    return out;
}

void Handshake::appendInfo(std::vector<wire::Bytes>& to) {
    if (isInfoSent_) return;
    isInfoSent_ = true;
    if (!input_.agentName.empty()) {
        wire::Bytes name;
        wire::append(name, R"({"action":"agentName","value":)" + jsonString(input_.agentName) + '}');
        to.push_back(std::move(name));
    }
    to.push_back(wire::buildAuthInfo(input_.info));
}

Handshake::Step Handshake::take(wire::ByteView message) {
    const auto command = wire::commandOf(message);
    // Commands from 10 on and JSON are not acted on before the handshake is done (protocol 3.6).
    if (!command || isDone()) return {};
    switch (static_cast<wire::Command>(*command)) {
    case wire::Command::AuthRequest: return takeRequest(message);
    case wire::Command::AuthVerify: return takeVerify(message);
    case wire::Command::AuthConfirm:
        isAccepted_ = isAccepted_ || wire::isAuthConfirm(message);
        return {};
    default: return {};
    }
}

Handshake::Step Handshake::takeRequest(wire::ByteView message) {
    if (serverNonce_) return {};  // once per connection
    const auto request = wire::parseAuthRequest(message);
    if (!request) return {{}, Refusal::Malformed, false};
    if (request->hash != input_.peer.full && request->hash != input_.peer.key) {
        return {{}, Refusal::WrongCertificate, false};
    }
    serverNonce_ = request->nonce;
    const auto signature = wire::signHandshake(input_.identity->key.get(), request->hash,
                                               request->nonce, input_.nonce);
    Step step;
    step.send.push_back(wire::buildAuthVerify({input_.identity->certificate, signature}));
    return step;
}

bool Handshake::isExpectedServer(const x509_st* certificate) const {
    if (!input_.isLegacyId) {
        const auto hash = wire::keyHash(certificate);
        return hash && wire::equal(*hash, input_.serverId);
    }
    const auto hash = legacyHash(certificate);
    return hash && wire::equal(std::as_bytes(std::span(*hash)),
                               wire::ByteView(input_.serverId).first(hash->size()));
}

Handshake::Step Handshake::takeVerify(wire::ByteView message) {
    if (isServerKnown_ || !serverNonce_) return {};
    const auto verify = wire::parseAuthVerify(message);
    if (!verify) return {{}, Refusal::Malformed, false};
    const auto certificate = wire::parseCertificate(verify->certificate);
    if (!certificate) return {{}, Refusal::Malformed, false};
    if (!isExpectedServer(certificate.get())) return {{}, Refusal::WrongServer, false};
    if (!wire::verifyHandshake(certificate.get(), verify->signature, input_.peer.full, input_.nonce,
                               *serverNonce_)) {
        return {{}, Refusal::BadSignature, false};
    }
    isServerKnown_ = true;
    Step step;
    step.isServerProved = true;
    appendInfo(step.send);
    return step;
}

std::string_view describe(Handshake::Refusal refusal) noexcept {
    switch (refusal) {
    case Handshake::Refusal::None: return "taken";
    case Handshake::Refusal::Malformed: return "malformed handshake message";
    case Handshake::Refusal::WrongCertificate: return "the server echoed another TLS certificate";
    case Handshake::Refusal::WrongServer: return "the server's key is not the one in ServerID";
    case Handshake::Refusal::BadSignature: return "invalid server signature";
    }
    return "unknown";
}

std::string jsonString(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (code < 0x20 || code == 0x7F) {
            out += "\\u00";
            out += kDigits[code >> 4U];
            out += kDigits[code & 15U];
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace trellis::device
