#include "core/auth/certificate_maker.hpp"

#include "core/net/address.hpp"

#include <trellis/wire/text.hpp>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace trellis::auth {
namespace {

void require(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string("OpenSSL could not make a certificate: ") + what);
}

/// First six hex digits of the SHA-1 of the key's PKCS#1 form (section 11.1).
std::string keyTag(EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PublicKey(key, &der);
    require(size > 0, "public key");
    std::byte digest[EVP_MAX_MD_SIZE];
    const bool ok = EVP_Digest(der, static_cast<std::size_t>(size),
                               reinterpret_cast<unsigned char*>(digest), nullptr, EVP_sha1(),
                               nullptr) == 1;
    OPENSSL_free(der);
    require(ok, "SHA-1");
    return wire::encodeHex(wire::ByteView(digest, 3), wire::HexCase::Lower);
}

/// Section 11.1: the decimal digits of a random u32, read as hex.
void setSerial(X509* certificate) {
    std::uint32_t random = 0;
    require(RAND_bytes(reinterpret_cast<unsigned char*>(&random), sizeof random) == 1, "random");
    const std::string digits = std::to_string(random % 4'294'967'295U + 1U);
    BIGNUM* number = nullptr;
    require(BN_hex2bn(&number, digits.c_str()) > 0, "serial");
    const bool ok = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
    BN_free(number);
    require(ok, "serial");
}

void addName(X509_NAME* name, const char* field, const std::string& value) {
    require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(value.c_str()),
                                       static_cast<int>(value.size()), -1, 0) == 1,
            field);
}

void addExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    require(extension != nullptr, OBJ_nid2sn(nid));
    const bool ok = X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    require(ok, OBJ_nid2sn(nid));
}

wire::CertificatePtr begin(EVP_PKEY* key) {
    wire::CertificatePtr out(X509_new());
    require(out != nullptr && X509_set_version(out.get(), X509_VERSION_3) == 1, "version");
    setSerial(out.get());
    // Section 11.1: 2018-01-01 to 2049-12-31; a clock that is wrong by years still connects.
    require(ASN1_TIME_set_string(X509_getm_notBefore(out.get()), "180101000000Z") == 1 &&
                ASN1_TIME_set_string(X509_getm_notAfter(out.get()), "491231000000Z") == 1,
            "validity");
    require(X509_set_pubkey(out.get(), key) == 1, "key");
    return out;
}

void sign(X509* certificate, EVP_PKEY* key) {
    require(X509_sign(certificate, key, EVP_sha384()) > 0, "signature");
}

wire::CertificatePtr beginLeaf(EVP_PKEY* key, const KeyAndCertificate& root,
                               const std::string& name) {
    auto out = begin(key);
    addName(X509_get_subject_name(out.get()), "CN", name);
    require(X509_set_issuer_name(out.get(), X509_get_subject_name(root.certificate.get())) == 1,
            "issuer");
    addExtension(out.get(), root.certificate.get(), NID_basic_constraints, "CA:FALSE");
    addExtension(out.get(), root.certificate.get(), NID_subject_key_identifier, "hash");
    addExtension(out.get(), root.certificate.get(), NID_authority_key_identifier, "keyid");
    return out;
}

bool isAddress(const std::string& serverName) {
    return net::Address::parse(serverName).has_value();
}

std::string alternativeNames(const std::string& serverName) {
    const std::string kind = isAddress(serverName) ? "IP:" : "DNS:";
    const std::string inUrl =
        serverName.find(':') == std::string::npos ? serverName : "[" + serverName + "]";
    return kind + serverName + ",URI:http://" + inUrl + "/,DNS:localhost,URI:http://localhost/," +
           "IP:127.0.0.1,IP:::1";
}

} // namespace

wire::KeyPtr makeRsaKey(unsigned bits) {
    wire::KeyPtr out(EVP_RSA_gen(bits));
    require(out != nullptr, "RSA key");
    return out;
}

KeyAndCertificate makeRoot(wire::KeyPtr key) {
    auto out = begin(key.get());
    X509_NAME* name = X509_get_subject_name(out.get());
    addName(name, "CN", "TrellisRoot-" + keyTag(key.get()));
    // Section 11.1 also has C=unknown, but a country has two letters (RFC 5280 appendix A.1), and strict
    // readers refuse anything else.
    addName(name, "O", "unknown");
    require(X509_set_issuer_name(out.get(), name) == 1, "issuer");
    addExtension(out.get(), out.get(), NID_basic_constraints, "CA:TRUE");
    addExtension(out.get(), out.get(), NID_key_usage, "keyCertSign");
    addExtension(out.get(), out.get(), NID_subject_key_identifier, "hash");
    sign(out.get(), key.get());
    return {std::move(key), std::move(out)};
}

KeyAndCertificate makeWeb(wire::KeyPtr key, const KeyAndCertificate& root,
                          const std::string& serverName) {
    auto out = beginLeaf(key.get(), root, serverName);
    addExtension(out.get(), root.certificate.get(), NID_key_usage,
                 "digitalSignature,keyEncipherment");
    addExtension(out.get(), root.certificate.get(), NID_ext_key_usage, "serverAuth");
    addExtension(out.get(), root.certificate.get(), NID_subject_alt_name,
                 alternativeNames(serverName));
    sign(out.get(), root.key.get());
    return {std::move(key), std::move(out)};
}

KeyAndCertificate makeAgentServer(wire::KeyPtr key, const KeyAndCertificate& root) {
    auto out = beginLeaf(key.get(), root, "TrellisAgentServer-" + keyTag(key.get()));
    addExtension(out.get(), root.certificate.get(), NID_key_usage,
                 "digitalSignature,keyEncipherment,dataEncipherment");
    sign(out.get(), root.key.get());
    return {std::move(key), std::move(out)};
}

KeyAndCertificate makeMps(wire::KeyPtr key, const KeyAndCertificate& root,
                          const std::string& serverName) {
    auto out = beginLeaf(key.get(), root, serverName);
    addExtension(out.get(), root.certificate.get(), NID_ext_key_usage, "serverAuth");
    sign(out.get(), root.key.get());
    return {std::move(key), std::move(out)};
}

std::string commonName(const x509_st* certificate) {
    const X509_NAME* name = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0) return {};
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(
        &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (size < 0) return {};
    std::string out(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
    return out;
}

bool isIssuedBy(const x509_st* certificate, const x509_st* root) {
    EVP_PKEY* key = X509_get0_pubkey(root);
    return key != nullptr && X509_verify(const_cast<X509*>(certificate), key) == 1;
}

bool isFor(const x509_st* certificate, const std::string& serverName) {
    auto* from = const_cast<X509*>(certificate);
    if (isAddress(serverName)) return X509_check_ip_asc(from, serverName.c_str(), 0) == 1;
    return X509_check_host(from, serverName.c_str(), serverName.size(), 0, nullptr) == 1;
}

} // namespace trellis::auth
