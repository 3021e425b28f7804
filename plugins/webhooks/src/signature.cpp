#include "signature.hpp"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace webhooks {

namespace {

std::string hex(const unsigned char* bytes, std::size_t size) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        text += kDigits[bytes[i] >> 4];
        text += kDigits[bytes[i] & 15];
    }
    return text;
}

template <std::size_t Size> std::array<unsigned char, Size> random() {
    std::array<unsigned char, Size> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(Size)) != 1)
        throw std::runtime_error("no random numbers");
    return bytes;
}

} // namespace

std::string signatureOf(std::string_view secret, std::int64_t seconds, std::string_view body) {
    const auto text = std::to_string(seconds) + "." + std::string(body);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    return "t=" + std::to_string(seconds) + ",v1=" + hex(digest.data(), size);
}

std::string newSecret() {
    const auto bytes = random<32>();
    return "whsec_" + hex(bytes.data(), bytes.size());
}

std::string newId() {
    const auto bytes = random<8>();
    return hex(bytes.data(), bytes.size());
}

} // namespace webhooks
