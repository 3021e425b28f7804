#include "entry.hpp"

#include <array>
#include <chrono>

#include <openssl/rand.h>
#include <trellis/sdk/error.hpp>

namespace recording {

std::string domainOf(const std::string& id) {
    const auto first = id.find('/');
    const auto second = first == std::string::npos ? first : id.find('/', first + 1);
    return second == std::string::npos ? std::string() : id.substr(first + 1, second - first - 1);
}

std::string newId() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw trellis::sdk::Error(trellis::sdk::ErrorCode::Internal, "no random numbers");
    }
    constexpr auto kDigits = "0123456789abcdef";
    std::string out;
    for (const auto byte : bytes) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

std::int64_t nowMs() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace recording
