#include "remembered.hpp"

#include <array>
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace trellis::twofactor {
namespace {

namespace json = sdk::json;
constexpr std::size_t kTokenDigits = 64;
constexpr std::int64_t kDayS = 86'400;

std::string hexOf(const unsigned char* bytes, std::size_t size) {
    constexpr const char* kHex = "0123456789abcdef";
    std::string text;
    for (std::size_t at = 0; at < size; ++at) {
        text += kHex[bytes[at] >> 4U];
        text += kHex[bytes[at] & 15U];
    }
    return text;
}

std::string hashOf(std::string_view token) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), hash.data());
    return hexOf(hash.data(), hash.size());
}

bool isEntry(const json::value& value, std::int64_t nowS) {
    const auto* object = value.if_object();
    const auto* hash = object ? object->if_contains("h") : nullptr;
    const auto* end = object ? object->if_contains("e") : nullptr;
    return hash && hash->is_string() && hash->get_string().size() == 2 * SHA256_DIGEST_LENGTH &&
           end && end->is_int64() && end->get_int64() > nowS;
}

} // namespace

RememberedDevices RememberedDevices::parse(std::string_view stored, std::int64_t nowS) {
    RememberedDevices out;
    boost::system::error_code problem;
    const auto value = json::parse(stored, problem);
    if (problem || !value.is_array())
        return out;
    for (const auto& item : value.get_array())
        if (isEntry(item, nowS) && out.entries_.size() < kMost)
            out.entries_.push_back({{"h", item.at("h")}, {"e", item.at("e")}});
    return out;
}

std::string RememberedDevices::add(std::int64_t nowS) {
    std::array<unsigned char, kTokenDigits / 2> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("no random bytes");
    auto token = hexOf(bytes.data(), bytes.size());
    if (entries_.size() >= kMost)
        entries_.erase(entries_.begin());
    entries_.push_back({{"h", hashOf(token)}, {"e", nowS + kDays * kDayS}});
    return token;
}

bool RememberedDevices::knows(std::string_view token) const {
    if (token.size() != kTokenDigits)
        return false;
    const auto hash = hashOf(token);
    bool isKnown = false;
    for (const auto& entry : entries_) {
        const auto& stored = entry.at("h").as_string();
        isKnown = CRYPTO_memcmp(stored.data(), hash.data(), hash.size()) == 0 || isKnown;
    }
    return isKnown;
}

std::string RememberedDevices::text() const {
    return entries_.empty() ? std::string() : json::serialize(entries_);
}

} // namespace trellis::twofactor
