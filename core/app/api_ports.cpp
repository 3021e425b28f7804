#include "core/app/api_ports.hpp"

#include <algorithm>
#include <memory>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <trellis/sdk/error.hpp>
#include <trellis/wire/text.hpp>

#include "core/model/ids.hpp"

namespace trellis::app {
namespace {

template <auto Free> struct FreeWith {
    template <class T> void operator()(T* pointer) const noexcept { Free(pointer); }
};
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;

Certificate leafOf(const std::string& chainPem) {
    const Bio bio(BIO_new_mem_buf(chainPem.data(), static_cast<int>(chainPem.size())));
    Certificate leaf(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!leaf) throw sdk::Error(sdk::ErrorCode::Internal, "the web certificate can't be read");
    return leaf;
}

/// What curl's --pinnedpubkey takes (RFC 7469 section 2.4: SHA-256 of the SubjectPublicKeyInfo).
std::string keyPin(const X509* leaf) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der);
    if (size <= 0) throw sdk::Error(sdk::ErrorCode::Internal, "the web key can't be written");
    const std::unique_ptr<unsigned char, decltype([](unsigned char* p) { OPENSSL_free(p); })> owner(
        der);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(der, static_cast<std::size_t>(size), digest.data());
    return "sha256//" + wire::encodeBase64(std::as_bytes(std::span(digest)));
}

std::int64_t expiryMs(const X509* leaf) {
    std::tm time{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &time) != 1) return 0;
    return static_cast<std::int64_t>(timegm(&time)) * 1000;
}

}  // namespace

bool AgentDevices::send(const std::string& deviceId, const boost::json::object& message) {
    return hub_.send(deviceId, message);
}

void AgentDevices::disconnect(const std::string& deviceId, const std::string& reason) {
    hub_.find(deviceId).disconnect(reason);
}

api::TunnelPort::Ticket RelayTunnels::open(const sdk::Caller& caller, const std::string& deviceId,
                                           std::uint16_t protocol, const std::string& value,
                                           const boost::json::object& options) {
    auto opened = relay_.open({caller, deviceId, protocol, value, options});
    return {std::move(opened.id), std::move(opened.viewerPath), opened.validFor};
}

std::vector<api::TunnelPort::Running> RelayTunnels::running() const {
    std::vector<Running> list;
    for (auto& facts : relay_.tunnels())
        list.push_back({std::move(facts.info.id), facts.info.protocol, std::move(facts.info.deviceId),
                        std::move(facts.info.caller.userId), std::move(facts.viewerAddress), facts.openedMs,
                        facts.bytesToDevice, facts.bytesToViewer});
    return list;
}

bool RelayTunnels::end(const std::string& id, const std::string& reason) {
    return relay_.cutTunnel(id, reason);
}

std::vector<api::TunnelPort::Kind> RelayTunnels::kinds() const {
    std::vector<Kind> all;
    for (const auto& kind : relay_.registry().all()) {
        const auto& spec = kind->spec;
        all.push_back({spec.name, spec.protocols, spec.requires_, spec.notifyConsent,
                       spec.askConsent});
    }
    return all;
}

std::size_t RelayTunnels::countIn(const std::string& domain) const {
    const auto all = relay_.tunnels();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& each) {
        return model::domainOf(each.info.deviceId) == domain;
    }));
}

std::string AgentInstall::settingsFile(const std::string& groupId, const std::string& host) const {
    const auto group = directory_.group(groupId);
    if (!group) throw sdk::Error(sdk::ErrorCode::NotFound, "no such device group", "/meshid");
    return agents_.settingsFile(*group, host);
}

std::string AgentInstall::token(const std::string& groupId, std::chrono::minutes lifetime) const {
    return agents_.installToken(groupId, lifetime);
}

std::uint32_t AgentInstall::linuxAgent() const {
    constexpr std::uint32_t kLinuxX64 = 6;  // agent-protocol specification, section 4.4
    return agents_.binaries().find(kLinuxX64) ? kLinuxX64 : 0;
}

api::ServerFacts CertificateFacts::facts() const {
    const auto leaf = leafOf(certificates_.web().chainPem);
    api::ServerFacts facts;
    facts.name = section_.name;
    const std::uint16_t port = port_;
    facts.port = port;
    facts.redirectPort = section_.redirectPort;
    facts.publicUrl = section_.publicUrl;
    if (facts.publicUrl.empty()) {
        facts.publicUrl = "https://" + section_.name + (port == 443 ? "" : ":" + std::to_string(port));
    }
    facts.webCertHash = wire::encodeHex(certificates_.webHashes().full, wire::HexCase::Upper);
    facts.webKeyPin = keyPin(leaf.get());
    facts.agentCertHash = wire::encodeId64(certificates_.serverId());
    facts.agentCert = wire::encodeBase64(certificates_.agentServerDer());
    facts.webCertExpiresMs = expiryMs(leaf.get());
    facts.version = TRELLIS_VERSION;
    return facts;
}

bool CertificateFacts::isOurTlsHash(const std::string& hash) const {
    const auto bytes = std::as_bytes(std::span(hash));
    return bytes.size() == wire::kHashSize && certificates_.isOurWebHash(wire::hashAt(bytes));
}

std::string CertificateFacts::signAsAgentServer(const std::string& bytes) const {
    const auto signature = certificates_.signAsServer(std::as_bytes(std::span(bytes)));
    return std::string(reinterpret_cast<const char*>(signature.data()), signature.size());
}

}  // namespace trellis::app
