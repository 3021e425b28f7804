#include <trellis/wire/certificate.hpp>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <limits>
#include <stdexcept>

namespace trellis::wire {
namespace {

constexpr int kMinKeyBits = 2048;
constexpr int kMaxKeyBits = 4096;

template <class T, class F> Bytes derWith(const T* object, F write) {
    unsigned char* der = nullptr; // OpenSSL allocates, so that it writes once, not also for the size
    const int size = write(object, &der);
    if (size <= 0) throw std::runtime_error("OpenSSL could not write DER");
    const auto* bytes = reinterpret_cast<const std::byte*>(der);
    Bytes out(bytes, bytes + size);
    OPENSSL_free(der);
    return out;
}

struct Context {
    EVP_MD_CTX* raw = EVP_MD_CTX_new();
    Context() {
        if (raw == nullptr) throw std::runtime_error("out of memory for a signature");
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { EVP_MD_CTX_free(raw); }
};

Bytes joined(const Hash& hash, const Nonce& first, const Nonce& second) {
    Bytes out;
    out.reserve(3 * kHashSize);
    append(out, hash);
    append(out, first);
    append(out, second);
    return out;
}

/// Protocol 3.4: the signature inside the PKCS#7 blob of Windows' certificate store. Only its bytes are
/// used; key, digest and data are ours, so nothing the blob claims is believed.
bool verifyPkcs7(EVP_PKEY* key, ByteView blob, ByteView data) {
    const unsigned char* at = octets(blob);
    const std::unique_ptr<PKCS7, decltype(&PKCS7_free)> message(
        d2i_PKCS7(nullptr, &at, static_cast<long>(blob.size())), &PKCS7_free);
    if (!message || PKCS7_type_is_signed(message.get()) == 0) return false;
    const STACK_OF(PKCS7_SIGNER_INFO)* signers = PKCS7_get_signer_info(message.get());
    if (signers == nullptr || sk_PKCS7_SIGNER_INFO_num(signers) != 1) return false;
    const ASN1_OCTET_STRING* digest = sk_PKCS7_SIGNER_INFO_value(signers, 0)->enc_digest;
    if (digest == nullptr) return false;
    const int size = ASN1_STRING_length(digest);
    if (size != EVP_PKEY_get_size(key)) return false;
    const auto* bytes = reinterpret_cast<const std::byte*>(ASN1_STRING_get0_data(digest));
    return verifySha384(key, {bytes, static_cast<std::size_t>(size)}, data);
}

bool hasAcceptableKey(const X509* certificate) {
    EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return false;
    const int bits = EVP_PKEY_get_bits(key);
    if (bits < kMinKeyBits || bits > kMaxKeyBits) return false;
    BIGNUM* exponent = nullptr;
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1) return false;
    const bool small = BN_num_bits(exponent) <= 32 && BN_is_odd(exponent) != 0 &&
                       BN_is_one(exponent) == 0;
    BN_free(exponent);
    return small;
}

}  // namespace

void FreeKey::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }
void FreeCertificate::operator()(x509_st* certificate) const noexcept { X509_free(certificate); }

Hash keyHash(evp_pkey_st* key) {
    // i2d_PublicKey writes the PKCS#1 form for RSA, which is what identities are made of.
    const auto write = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? &i2d_PublicKey : &i2d_PUBKEY;
    return sha384(derWith(static_cast<const EVP_PKEY*>(key), write));
}

std::optional<Hash> keyHash(const x509_st* certificate) {
    EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (key == nullptr) return std::nullopt;
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return keyHash(key);
    // RFC 8017 A.1.1: for RSA the bit string is the PKCS#1 form already. Writing it anew costs OpenSSL 3
    // a search for an encoder, 0.14 ms, a tenth of what an agent's connect costs beside signatures.
    const ASN1_BIT_STRING* bits = X509_get0_pubkey_bitstr(certificate);
    return sha384({reinterpret_cast<const std::byte*>(ASN1_STRING_get0_data(bits)),
                   static_cast<std::size_t>(ASN1_STRING_length(bits))});
}

Bytes derOf(const x509_st* certificate) {
    return derWith(certificate, [](const X509* from, unsigned char** to) {
        return i2d_X509(const_cast<X509*>(from), to);  // OpenSSL 3.0 takes it const; older didn't
    });
}

Hash fullHash(const x509_st* certificate) { return sha384(derOf(certificate)); }

CertificatePtr parseCertificate(ByteView der) {
    if (der.empty() || der.size() > static_cast<std::size_t>(std::numeric_limits<long>::max())) {
        return nullptr;
    }
    const unsigned char* at = octets(der);
    CertificatePtr out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (out && at != octets(der) + der.size()) return nullptr;
    return out;
}

CertificatePtr parseAgentCertificate(ByteView der) {
    if (der.size() > kMaxCertificate) return nullptr;
    auto out = parseCertificate(der);
    if (!out || !hasAcceptableKey(out.get())) return nullptr;
    return out;
}

Bytes signSha384(evp_pkey_st* key, ByteView data) {
    const Context context;
    std::size_t size = 0;
    // The default padding of an RSA key is PKCS#1 v1.5.
    if (EVP_DigestSignInit(context.raw, nullptr, EVP_sha384(), nullptr, key) != 1 ||
        EVP_DigestSign(context.raw, nullptr, &size, octets(data), data.size()) != 1) {
        throw std::runtime_error("the key can't sign");
    }
    Bytes out(size);
    if (EVP_DigestSign(context.raw, reinterpret_cast<unsigned char*>(out.data()), &size,
                       octets(data), data.size()) != 1) {
        throw std::runtime_error("the key can't sign");
    }
    out.resize(size);
    return out;
}

bool verifySha384(evp_pkey_st* key, ByteView signature, ByteView data) {
    const Context context;
    return EVP_DigestVerifyInit(context.raw, nullptr, EVP_sha384(), nullptr, key) == 1 &&
           EVP_DigestVerify(context.raw, octets(signature), signature.size(), octets(data),
                            data.size()) == 1;
}

Bytes signHandshake(evp_pkey_st* key, const Hash& hash, const Nonce& first, const Nonce& second) {
    return signSha384(key, joined(hash, first, second));
}

bool verifyHandshake(const x509_st* certificate, ByteView signature, const Hash& hash,
                     const Nonce& first, const Nonce& second) {
    EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (key == nullptr || signature.empty() || signature.size() > kMaxSignature) return false;
    const Bytes data = joined(hash, first, second);
    if (signature.size() == static_cast<std::size_t>(EVP_PKEY_get_size(key))) {
        return verifySha384(key, signature, data);
    }
    return verifyPkcs7(key, signature, data);
}

}  // namespace trellis::wire
