// The bare format of encrypted tokens: IV (12) | tag (16) | AES-256-GCM ciphertext, base64 with @
// and $.
#include "core/auth/url_tokens.hpp"

#include "core/model/ids.hpp"

#include <trellis/sdk/error.hpp>

#include <boost/json/parse.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace trellis::auth {

namespace {

namespace json = boost::json;

constexpr std::size_t kIvSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kCipherKeySize = 32; // of the 80 bytes; the rest is for a form we don't speak

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytesOf(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

void require(bool isFine) {
    if (!isFine)
        throw sdk::Error(sdk::ErrorCode::Internal, "a token cannot be encrypted");
}

std::optional<std::string> decrypt(std::string_view key, std::string_view bytes) {
    std::array<unsigned char, kTagSize> tag{};
    const auto tagText = bytes.substr(kIvSize, kTagSize);
    std::copy(tagText.begin(), tagText.end(), tag.begin());
    const auto cipher = bytes.substr(kIvSize + kTagSize);
    std::string plain(cipher.size(), '\0');
    auto* out = reinterpret_cast<unsigned char*>(plain.data());
    int size = 0;
    const Cipher ctx(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    if (EVP_DecryptInit_ex(ctx.get(), EVP_aes_256_gcm(), nullptr, bytesOf(key), bytesOf(bytes)) !=
            1 ||
        EVP_DecryptUpdate(ctx.get(), out, &size, bytesOf(cipher),
                          static_cast<int>(cipher.size())) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) != 1 ||
        EVP_DecryptFinal_ex(ctx.get(), out + size, &size) != 1)
        return {};
    return plain;
}

} // namespace

std::string sealToken(std::string_view key, std::string_view iv, std::string_view jsonText) {
    require(key.size() >= kCipherKeySize && iv.size() == kIvSize);
    std::string cipher(jsonText.size(), '\0');
    std::string tag(kTagSize, '\0');
    auto* out = reinterpret_cast<unsigned char*>(cipher.data());
    int size = 0;
    const Cipher ctx(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    require(EVP_EncryptInit_ex(ctx.get(), EVP_aes_256_gcm(), nullptr, bytesOf(key), bytesOf(iv)) ==
            1);
    require(EVP_EncryptUpdate(ctx.get(), out, &size, bytesOf(jsonText),
                              static_cast<int>(jsonText.size())) == 1);
    require(EVP_EncryptFinal_ex(ctx.get(), out + size, &size) == 1);
    require(EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, tag.data()) == 1);
    return model::base64At(std::string(iv) + tag + cipher);
}

std::optional<json::object> openToken(std::string_view key, std::string_view token) {
    if (key.size() < kCipherKeySize || token.size() > kMaxTokenBytes)
        return {};
    const auto bytes = model::fromBase64At(token);
    if (!bytes || bytes->size() <= kIvSize + kTagSize)
        return {};
    const auto plain = decrypt(key, *bytes);
    if (!plain)
        return {};
    boost::system::error_code problem;
    json::parse_options options;
    options.max_depth = 4;
    auto value = json::parse(*plain, problem, {}, options);
    if (problem || !value.is_object())
        return {};
    return std::move(value.get_object());
}

} // namespace trellis::auth
