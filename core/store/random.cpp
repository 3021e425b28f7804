#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>

namespace trellis::store {

namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const unsigned char* bytesOf(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string encode(std::string_view bytes, std::string_view alphabet, bool hasPadding) {
    std::string result;
    result.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto left = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < left ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i <= left; ++i)
            result += alphabet[group >> (18 - 6 * i) & 63];
        if (hasPadding)
            result.append(3 - left, '=');
    }
    return result;
}

std::optional<std::string> decode(std::string_view text, std::string_view alphabet) {
    if (text.size() % 4 == 1)
        return {};
    std::string result;
    result.reserve(text.size() * 3 / 4);
    std::uint32_t group = 0;
    int bits = 0;
    for (const char c : text) {
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos)
            return {};
        group = group << 6 | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        result += static_cast<char>(group >> bits & 0xFF);
        group &= (1U << bits) - 1;
    }
    if (group != 0)
        return {}; // two texts for the same bytes
    return result;
}

int hexDigit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

} // namespace

std::string randomBytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
        throw sdk::Error(sdk::ErrorCode::Unavailable, "no random numbers from the system");
    return bytes;
}

std::string base64(std::string_view bytes) {
    return encode(bytes, kStandard, true);
}

std::string base64Url(std::string_view bytes) {
    return encode(bytes, kUrl, false);
}

std::optional<std::string> fromBase64(std::string_view text) {
    if (text.size() % 4 != 0)
        return {};
    auto padding = std::size_t{0};
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    return decode(text, kStandard);
}

std::optional<std::string> fromBase64Url(std::string_view text) {
    return decode(text, kUrl);
}

std::string hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string result;
    result.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        result += kDigits[byte >> 4];
        result += kDigits[byte & 15];
    }
    return result;
}

std::optional<std::string> fromHex(std::string_view text) {
    if (text.size() % 2 != 0)
        return {};
    std::string result;
    for (std::size_t at = 0; at < text.size(); at += 2) {
        const int high = hexDigit(text[at]);
        const int low = hexDigit(text[at + 1]);
        if (high < 0 || low < 0)
            return {};
        result += static_cast<char>(high << 4 | low);
    }
    return result;
}

std::string sha256Hex(std::string_view bytes) {
    std::array<char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(bytesOf(bytes), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()));
    return hex({digest.data(), digest.size()});
}

std::string hmacSha256(std::string_view key, std::string_view bytes) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    unsigned int size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytesOf(bytes), bytes.size(),
             reinterpret_cast<unsigned char*>(digest.data()), &size) == nullptr)
        throw sdk::Error(sdk::ErrorCode::Internal, "HMAC-SHA-256 is not available");
    return digest;
}

bool equalInConstantTime(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::string& secret) noexcept {
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

} // namespace trellis::store
