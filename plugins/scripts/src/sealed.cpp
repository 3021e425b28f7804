#include "sealed.hpp"

#include <memory>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <trellis/sdk/error.hpp>
#include <trellis/sdk/json.hpp>

namespace scripts {
namespace {

namespace json = boost::json;

constexpr int kNonce = 12;
constexpr int kTag = 16;
using Cipher =
    std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX* c) { EVP_CIPHER_CTX_free(c); })>;

[[noreturn]] void fail(const char* what) {
    throw trellis::sdk::Error(trellis::sdk::ErrorCode::Internal, what);
}

const unsigned char* bytesOf(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytesOf(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

std::string hexOf(const std::string& bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : bytes) {
        hex += kDigits[byte >> 4];
        hex += kDigits[byte & 15];
    }
    return hex;
}

std::string randomBytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (RAND_bytes(bytesOf(bytes), static_cast<int>(count)) != 1)
        fail("no random numbers");
    return bytes;
}

} // namespace

Sealer::Sealer(std::string key) : key_(std::move(key)) {
    if (key_.size() != 32)
        fail("the key of secret parameters is damaged");
}

std::string Sealer::seal(const Secrets& secrets, const std::string& context) const {
    if (secrets.empty())
        return {};
    json::object object;
    for (const auto& [name, value] : secrets)
        object[name] = value;
    const auto plain = json::serialize(object);
    const auto nonce = randomBytes(kNonce);
    std::string sealed(plain.size(), '\0');
    std::string tag(kTag, '\0');
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int size = 0;
    if (!cipher ||
        EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytesOf(key_),
                           bytesOf(nonce)) != 1 ||
        EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytesOf(context),
                          static_cast<int>(context.size())) != 1 ||
        EVP_EncryptUpdate(cipher.get(), bytesOf(sealed), &size, bytesOf(plain),
                          static_cast<int>(plain.size())) != 1 ||
        EVP_EncryptFinal_ex(cipher.get(), bytesOf(tag), &size) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, bytesOf(tag)) != 1) {
        fail("secret parameters could not be sealed");
    }
    return hexOf(nonce + tag + sealed);
}

Secrets Sealer::open(const std::string& text, const std::string& context) const {
    if (text.empty())
        return {};
    const auto sealed = fromHex(text);
    if (sealed.size() < kNonce + kTag)
        fail("secret parameters are damaged");
    const auto nonce = sealed.substr(0, kNonce);
    auto tag = sealed.substr(kNonce, kTag);
    const auto body = sealed.substr(kNonce + kTag);
    std::string plain(body.size(), '\0');
    std::string rest(kTag, '\0');
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int size = 0;
    if (!cipher ||
        EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytesOf(key_),
                           bytesOf(nonce)) != 1 ||
        EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytesOf(context),
                          static_cast<int>(context.size())) != 1 ||
        EVP_DecryptUpdate(cipher.get(), bytesOf(plain), &size, bytesOf(body),
                          static_cast<int>(body.size())) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, bytesOf(tag)) != 1 ||
        EVP_DecryptFinal_ex(cipher.get(), bytesOf(rest), &size) != 1) {
        fail("secret parameters can't be read: the key or the text was changed");
    }
    Secrets secrets;
    const auto object = json::parse(plain);
    for (const auto& [name, value] : object.as_object()) {
        secrets[std::string(name)] = std::string(value.as_string());
    }
    return secrets;
}

std::string Sealer::newKeyHex() {
    return hexOf(randomBytes(32));
}

std::string Sealer::fromHex(const std::string& hex) {
    const auto digit = [](char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; };
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        bytes += static_cast<char>(digit(hex[at]) * 16 + digit(hex[at + 1]));
    }
    return bytes;
}

std::string randomHex(std::size_t bytes) {
    return hexOf(randomBytes(bytes));
}

} // namespace scripts
