#include <boost/test/unit_test.hpp>

#include "keys.hpp"

#include <trellis/wire/text.hpp>

#include <openssl/pkcs7.h>

using namespace trellis::wire;
using namespace trellis::wire::test;

namespace {
const Hash kHash = sha384(bytesOf("tls certificate"));
const Nonce kFirst = sha384(bytesOf("first"));
const Nonce kSecond = sha384(bytesOf("second"));

/// What the certificate store of Windows gives: a SignedData whose signer signed the bytes directly.
Bytes pkcs7Around(ByteView signature, const X509* certificate) {
    PKCS7* message = PKCS7_new();
    PKCS7_set_type(message, NID_pkcs7_signed);
    PKCS7_content_new(message, NID_pkcs7_data);
    PKCS7_SIGNER_INFO* signer = PKCS7_SIGNER_INFO_new();
    PKCS7_SIGNER_INFO_set(signer, const_cast<X509*>(certificate), sharedKey(), EVP_sha384());
    ASN1_STRING_set(signer->enc_digest, signature.data(), static_cast<int>(signature.size()));
    PKCS7_add_signer(message, signer);
    unsigned char* der = nullptr;
    const int size = i2d_PKCS7(message, &der);
    Bytes out;
    append(out, ByteView(reinterpret_cast<const std::byte*>(der), static_cast<std::size_t>(size)));
    OPENSSL_free(der);
    PKCS7_free(message);
    return out;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(certificate)

BOOST_AUTO_TEST_CASE(key_hash_is_over_pkcs1_for_rsa_and_over_spki_for_others) {
    const auto rsa = keyHash(sharedKey());
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(sharedKey(), &der);
    const Hash spki = sha384(ByteView(reinterpret_cast<const std::byte*>(der),
                                      static_cast<std::size_t>(size)));
    // The PKCS#1 form is what the SPKI's bit string holds: it starts 24 bytes in for RSA-2048.
    const Hash pkcs1 = sha384(ByteView(reinterpret_cast<const std::byte*>(der),
                                       static_cast<std::size_t>(size)).subspan(24));
    OPENSSL_free(der);
    BOOST_TEST((rsa == pkcs1));
    BOOST_TEST((rsa != spki));
    const auto ec = ecKey();
    der = nullptr;
    const int ecSize = i2d_PUBKEY(ec.get(), &der);
    BOOST_TEST((keyHash(ec.get()) == sha384(ByteView(reinterpret_cast<const std::byte*>(der),
                                                     static_cast<std::size_t>(ecSize)))));
    OPENSSL_free(der);
    BOOST_TEST((keyHash(selfSigned(sharedKey()).get()) == rsa)); // read from the certificate
    BOOST_TEST((keyHash(selfSigned(ec.get()).get()) == keyHash(ec.get())));
}

BOOST_AUTO_TEST_CASE(agent_certificate_needs_an_rsa_key_of_reasonable_size) {
    BOOST_TEST(bool(parseAgentCertificate(derOf(selfSigned(sharedKey()).get()))));
    BOOST_TEST(!parseAgentCertificate(derOf(selfSigned(ecKey().get()).get())));
    BOOST_TEST(!parseAgentCertificate(derOf(selfSigned(rsaKey(1024).get()).get())));
}

BOOST_AUTO_TEST_CASE(agent_certificate_with_bytes_behind_it_is_refused) {
    auto der = derOf(selfSigned(sharedKey()).get());
    BOOST_TEST(!parseAgentCertificate(ByteView(der).first(der.size() - 1)));
    der.push_back(std::byte{0});
    BOOST_TEST(!parseAgentCertificate(der));
    BOOST_TEST(!parseAgentCertificate({}));
}

BOOST_AUTO_TEST_CASE(signature_covers_each_value_in_its_order) {
    const auto cert = selfSigned(sharedKey());
    const auto signature = signHandshake(sharedKey(), kHash, kFirst, kSecond);
    BOOST_TEST(signature.size() == 256U);
    BOOST_TEST(verifyHandshake(cert.get(), signature, kHash, kFirst, kSecond));
    BOOST_TEST(!verifyHandshake(cert.get(), signature, kHash, kSecond, kFirst));
    BOOST_TEST(!verifyHandshake(cert.get(), signature, kFirst, kFirst, kSecond));
    BOOST_TEST(!verifyHandshake(selfSigned(sharedKey(1)).get(), signature, kHash, kFirst, kSecond));
}

BOOST_AUTO_TEST_CASE(signature_of_any_other_length_or_bit_is_refused) {
    const auto cert = selfSigned(sharedKey());
    auto signature = signHandshake(sharedKey(), kHash, kFirst, kSecond);
    signature[10] ^= std::byte{1};
    BOOST_TEST(!verifyHandshake(cert.get(), signature, kHash, kFirst, kSecond));
    signature[10] ^= std::byte{1};
    BOOST_TEST(!verifyHandshake(cert.get(), ByteView(signature).first(255), kHash, kFirst, kSecond));
    signature.push_back(std::byte{0});
    BOOST_TEST(!verifyHandshake(cert.get(), signature, kHash, kFirst, kSecond));
    BOOST_TEST(!verifyHandshake(cert.get(), {}, kHash, kFirst, kSecond));
}

BOOST_AUTO_TEST_CASE(pkcs7_signature_is_checked_over_the_same_bytes_with_the_certificates_key) {
    const auto cert = selfSigned(sharedKey());
    const auto blob = pkcs7Around(signHandshake(sharedKey(), kHash, kFirst, kSecond), cert.get());
    BOOST_TEST(verifyHandshake(cert.get(), blob, kHash, kFirst, kSecond));
    BOOST_TEST(!verifyHandshake(cert.get(), blob, kHash, kSecond, kFirst));
    BOOST_TEST(!verifyHandshake(selfSigned(sharedKey(1)).get(), blob, kHash, kFirst, kSecond));
    BOOST_TEST(!verifyHandshake(cert.get(), ByteView(blob).first(blob.size() - 9), kHash, kFirst,
                                kSecond));
}

BOOST_AUTO_TEST_SUITE_END()
