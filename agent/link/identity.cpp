#include "agent/link/identity.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

namespace trellis::device {
namespace {
constexpr auto kKeyEntry = "IdentityKey";
constexpr auto kCertificateEntry = "IdentityCertificate";
constexpr int kKeyBits = 3072;
constexpr long kDay = 24L * 3600;

void check(bool isGood, const char* what) {
    if (!isGood) throw std::runtime_error(std::string("making the device identity: ") + what);
}

/// Serial: 8 bytes that hold ASCII digits.
void setSerial(X509* certificate) {
    std::array<unsigned char, 8> digits{};
    check(RAND_bytes(digits.data(), digits.size()) == 1, "no random numbers");
    for (auto& digit : digits) digit = static_cast<unsigned char>('0' + digit % 10);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
        BN_bin2bn(digits.data(), digits.size(), nullptr), &BN_free);
    check(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
          "serial number");
}

void addExtension(X509* certificate, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value), &X509_EXTENSION_free);
    check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

wire::CertificatePtr makeCertificate(EVP_PKEY* key) {
    wire::CertificatePtr certificate(X509_new());
    check(certificate != nullptr, "out of memory");
    auto* cert = certificate.get();
    check(X509_set_version(cert, X509_VERSION_3) == 1, "version");
    setSerial(cert);
    X509_gmtime_adj(X509_getm_notBefore(cert), -10 * kDay);
    X509_gmtime_adj(X509_getm_notAfter(cert), 10000 * kDay);
    const auto* name = reinterpret_cast<const unsigned char*>("MeshNodeCertificate");
    auto* subject = X509_get_subject_name(cert);
    check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1, "name");
    check(X509_set_issuer_name(cert, subject) == 1, "issuer");
    check(X509_set_pubkey(cert, key) == 1, "public key");
    addExtension(cert, NID_basic_constraints, "critical,CA:TRUE");
    addExtension(cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    addExtension(cert, NID_subject_key_identifier, "hash");
    check(X509_sign(cert, key, EVP_sha384()) > 0, "signature");
    return certificate;
}

std::string keyDer(EVP_PKEY* key) {
    unsigned char* bytes = nullptr;
    const int size = i2d_PrivateKey(key, &bytes);
    check(size > 0, "writing the key");
    std::string text(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_clear_free(bytes, static_cast<std::size_t>(size));
    return text;
}
}  // namespace

Identity makeIdentity() {
    for (;;) {
        Identity identity;
        identity.key.reset(EVP_RSA_gen(kKeyBits));
        check(identity.key != nullptr, "RSA key");
        identity.certificate = wire::derOf(makeCertificate(identity.key.get()).get());
        identity.nodeId = wire::keyHash(identity.key.get());
        // Protocol 2.5: a key whose hash starts with 32 zero bits is regenerated.
        const auto isTaken = std::all_of(identity.nodeId.begin(), identity.nodeId.begin() + 4,
                                         [](std::byte b) { return b == std::byte{0}; });
        if (!isTaken) return identity;
    }
}

Identity loadIdentity(Database& database) {
    const auto key = database.get(kKeyEntry);
    const auto certificate = database.get(kCertificateEntry);
    if (!key && !certificate) {
        auto identity = makeIdentity();
        database.put(kCertificateEntry, wire::textOf(identity.certificate));
        database.put(kKeyEntry, keyDer(identity.key.get()));
        return identity;
    }
    if (!key) {
        // Ended between the two writes above: nobody has seen that certificate yet.
        database.remove(kCertificateEntry);
        return loadIdentity(database);
    }
    Identity identity;
    const auto* at = reinterpret_cast<const unsigned char*>(key->data());
    identity.key.reset(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(key->size())));
    const auto parsed =
        certificate ? wire::parseCertificate(wire::bytesOf(*certificate)) : wire::CertificatePtr();
    if (!identity.key || !parsed || X509_check_private_key(parsed.get(), identity.key.get()) != 1) {
        throw std::runtime_error("the stored device identity is damaged");
    }
    identity.certificate.assign(wire::bytesOf(*certificate).begin(),
                                wire::bytesOf(*certificate).end());
    identity.nodeId = wire::keyHash(identity.key.get());
    return identity;
}

}  // namespace trellis::device
