#include "totp.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace trellis::twofactor {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kMinKey = 10, kMaxKey = 128;
constexpr std::size_t kDigits = 6;

int valueOf(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= '2' && c <= '7')
        return c - '2' + 26;
    return -1;
}

bool isSame(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace

std::optional<std::string> fromBase32(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        if (c == ' ' || c == '=' || c == '-')
            continue;
        const int value = valueOf(c);
        if (value < 0 || bytes.size() > kMaxKey)
            return std::nullopt;
        bits = (bits << 5U) | static_cast<std::uint32_t>(value);
        count += 5;
        if (count < 8)
            continue;
        count -= 8;
        bytes += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
    }
    if (bytes.size() < kMinKey || bytes.size() > kMaxKey)
        return std::nullopt;
    return bytes;
}

std::string toBase32(std::string_view bytes) {
    std::string text;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        for (count += 8; count >= 5;) {
            count -= 5;
            text += kAlphabet[(bits >> static_cast<unsigned>(count)) & 31U];
        }
    }
    if (count > 0)
        text += kAlphabet[(bits << static_cast<unsigned>(5 - count)) & 31U];
    return text;
}

std::string hotp(std::string_view key, std::uint64_t counter) {
    std::array<unsigned char, 8> message{};
    for (std::size_t at = message.size(); at-- > 0; counter >>= 8U) {
        message[at] = static_cast<unsigned char>(counter & 0xFFU);
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    if (HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
             mac.data(), &size) == nullptr ||
        size != 20) {
        throw std::runtime_error("HMAC-SHA-1 is not available");
    }
    // RFC 4226 section 5.3: dynamic truncation.
    const std::size_t at = mac[19] & 0x0FU;
    std::uint32_t number = (mac[at] & 0x7FU);
    for (std::size_t next = 1; next < 4; ++next)
        number = (number << 8U) | mac[at + next];
    std::string digits = std::to_string(number % 1'000'000U);
    return std::string(kDigits - digits.size(), '0') + digits;
}

Authenticator Authenticator::parse(std::string_view stored) {
    Authenticator out;
    const auto bar = stored.find('|');
    out.base32 = stored.substr(0, bar);
    if (bar == std::string_view::npos)
        return out;
    const auto number = stored.substr(bar + 1);
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), out.lastStep);
    // Damaged: no code is newer than this, so none is accepted.
    if (error != std::errc() || end != number.data() + number.size()) {
        out.lastStep = std::numeric_limits<std::int64_t>::max();
    }
    return out;
}

std::string Authenticator::text() const {
    return lastStep == 0 ? base32 : base32 + "|" + std::to_string(lastStep);
}

bool Authenticator::accept(std::string_view code, std::int64_t nowS) {
    const auto key = fromBase32(base32);
    if (!key || code.size() != kDigits)
        return false;
    const auto now = nowS / kStepSeconds;
    std::int64_t found = 0;
    // All of them, so that the time tells nothing about the clock of the device.
    for (auto step = now - kWindow; step <= now + kWindow; ++step) {
        if (step > lastStep && isSame(hotp(*key, static_cast<std::uint64_t>(step)), code))
            found = step;
    }
    if (found == 0)
        return false;
    lastStep = found;
    return true;
}

std::string newSecret() {
    std::array<unsigned char, 20> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw std::runtime_error("no random bytes");
    }
    return toBase32({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

} // namespace trellis::twofactor
