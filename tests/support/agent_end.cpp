#include "tests/support/agent_end.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdexcept>
#include <trellis/wire/settings.hpp>
#include <trellis/wire/text.hpp>

namespace trellis::test {

namespace {

using Number = std::unique_ptr<BIGNUM, decltype(&BN_clear_free)>;

Number number(BIGNUM* value = BN_new()) {
    return {value, &BN_clear_free};
}

void need(bool isGood) {
    if (!isGood)
        throw std::runtime_error("OpenSSL failed");
}

Number part(const EVP_PKEY* key, const char* name) {
    BIGNUM* value = nullptr;
    need(EVP_PKEY_get_bn_param(key, name, &value) == 1);
    return number(value);
}

wire::Bytes selfSigned(EVP_PKEY* key) {
    const wire::CertificatePtr certificate(X509_new());
    auto* cert = certificate.get();
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * 365);
    auto* name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test agent"), -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    need(X509_sign(cert, key, EVP_sha384()) > 0);
    return wire::derOf(cert);
}

} // namespace

struct AgentMint::Numbers {
    Number n = number();
    Number p = number();
    Number q = number();
    Number p1 = number(); // p - 1
    Number q1 = number();
    Number phi = number();
    std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context{BN_CTX_new(), &BN_CTX_free};
    BN_ULONG exponent = 65535;
};

AgentMint::AgentMint() : numbers_(std::make_unique<Numbers>()) {
    const wire::KeyPtr key(EVP_RSA_gen(2048));
    need(key != nullptr);
    auto& all = *numbers_;
    all.n = part(key.get(), OSSL_PKEY_PARAM_RSA_N);
    all.p = part(key.get(), OSSL_PKEY_PARAM_RSA_FACTOR1);
    all.q = part(key.get(), OSSL_PKEY_PARAM_RSA_FACTOR2);
    need(BN_sub(all.p1.get(), all.p.get(), BN_value_one()) == 1 &&
         BN_sub(all.q1.get(), all.q.get(), BN_value_one()) == 1 &&
         BN_mul(all.phi.get(), all.p1.get(), all.q1.get(), all.context.get()) == 1);
}

AgentMint::~AgentMint() = default;

AgentMint::Identity AgentMint::make() {
    auto& all = *numbers_;
    auto* context = all.context.get();
    const auto e = number();
    auto d = number(nullptr);
    do { // the next exponent that has an inverse
        all.exponent += 2;
        BN_set_word(e.get(), all.exponent);
        d = number(BN_mod_inverse(nullptr, e.get(), all.phi.get(), context));
    } while (!d);
    const auto dp = number();
    const auto dq = number();
    const auto inverse = number(BN_mod_inverse(nullptr, all.q.get(), all.p.get(), context));
    need(BN_mod(dp.get(), d.get(), all.p1.get(), context) == 1 &&
         BN_mod(dq.get(), d.get(), all.q1.get(), context) == 1 && inverse);

    OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
    const std::pair<const char*, const BIGNUM*> parts[] = {
        {OSSL_PKEY_PARAM_RSA_N, all.n.get()},        {OSSL_PKEY_PARAM_RSA_E, e.get()},
        {OSSL_PKEY_PARAM_RSA_D, d.get()},            {OSSL_PKEY_PARAM_RSA_FACTOR1, all.p.get()},
        {OSSL_PKEY_PARAM_RSA_FACTOR2, all.q.get()},  {OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get()},
        {OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get()},   {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, inverse.get()},
    };
    for (const auto& [name, value] : parts)
        OSSL_PARAM_BLD_push_BN(builder, name, value);
    OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX* maker = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(maker);
    EVP_PKEY_fromdata(maker, &key, EVP_PKEY_KEYPAIR, parameters);
    EVP_PKEY_CTX_free(maker);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    need(key != nullptr);

    Identity out;
    out.key.reset(key);
    out.certificate = selfSigned(key);
    out.deviceId = "node//" + wire::encodeId64(wire::keyHash(key));
    return out;
}

AgentSettings readSettings(const std::string& text) {
    const auto values = wire::parseSettings(text);
    AgentSettings out;
    const auto hash = [&](const char* name) {
        auto hex = values.value().at(name);
        if (hex.starts_with("0x"))
            hex.erase(0, 2);
        return wire::hashAt(wire::decodeHex(hex).value());
    };
    out.groupId = hash("MeshID");
    out.serverId = hash("ServerID");
    return out;
}

AgentHandshake::AgentHandshake(const AgentMint::Identity& identity, const AgentSettings& settings,
                               std::string_view certificateDer, std::string name, bool isPinned)
    : identity_(identity), settings_(settings),
      certificateHash_(wire::sha384(wire::bytesOf(certificateDer))), nonce_(wire::randomNonce()),
      name_(std::move(name)), isPinned_(isPinned) {}

wire::Bytes AgentHandshake::info() const {
    wire::AuthInfo info;
    info.agentId = wire::arch::kLinuxX64;
    info.groupId = settings_.groupId;
    info.capabilities = 31;
    info.hostName = name_;
    return wire::buildAuthInfo(info);
}

std::vector<wire::Bytes> AgentHandshake::start() {
    std::vector<wire::Bytes> out{wire::buildServerId(settings_.serverId)};
    if (isPinned_)
        out.push_back(wire::buildAuthConfirm());
    out.push_back(wire::buildAuthRequest({certificateHash_, nonce_}));
    if (isPinned_)
        out.push_back(info());
    return out;
}

std::vector<wire::Bytes> AgentHandshake::take(wire::ByteView message) {
    const auto command = wire::commandOf(message);
    if (!command || isAccepted_)
        return {};
    switch (static_cast<wire::Command>(*command)) {
    case wire::Command::AuthRequest: {
        const auto request = wire::parseAuthRequest(message);
        if (!request)
            throw std::runtime_error("malformed cmd 1");
        serverNonce_ = request->nonce;
        const auto signature =
            wire::signHandshake(identity_.key.get(), request->hash, request->nonce, nonce_);
        return {wire::buildAuthVerify({identity_.certificate, signature})};
    }
    case wire::Command::AuthVerify: {
        isSigned_ = true;
        const auto verify = wire::parseAuthVerify(message);
        const auto certificate =
            verify ? wire::parseCertificate(verify->certificate) : wire::CertificatePtr();
        const auto hash = certificate ? wire::keyHash(certificate.get()) : std::nullopt;
        if (!hash || *hash != settings_.serverId || !serverNonce_ ||
            !wire::verifyHandshake(certificate.get(), verify->signature, certificateHash_, nonce_,
                                   *serverNonce_))
            throw std::runtime_error("the server is not the one of the settings");
        return {info()};
    }
    case wire::Command::AuthConfirm:
        isAccepted_ = true;
        return {};
    default:
        return {};
    }
}

} // namespace trellis::test
