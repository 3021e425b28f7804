#include "backup_codes.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace trellis::twofactor {
namespace {

namespace json = sdk::json;
constexpr std::uint32_t kLimit = 100'000'000; // eight digits
constexpr std::size_t kMaxCodes = 100;

std::string digitsOf(std::int64_t number) {
    const auto text = std::to_string(number);
    return std::string(BackupCodes::kDigits - std::min(BackupCodes::kDigits, text.size()), '0') +
           text;
}

bool isCode(const json::value& value) {
    const auto* object = value.if_object();
    const auto* number = object ? object->if_contains("p") : nullptr;
    const auto* unused = object ? object->if_contains("u") : nullptr;
    return number && number->is_int64() && number->get_int64() >= 0 &&
           number->get_int64() < kLimit && unused && unused->is_bool();
}

/// Each number below kLimit is as likely as the others.
std::uint32_t randomCode() {
    constexpr std::uint32_t kFair = 0xFFFFFFFFU - 0xFFFFFFFFU % kLimit;
    for (;;) {
        std::uint32_t number = 0;
        if (RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof(number)) != 1) {
            throw std::runtime_error("no random bytes");
        }
        if (number < kFair)
            return number % kLimit;
    }
}

} // namespace

BackupCodes BackupCodes::parse(std::string_view stored) {
    BackupCodes out;
    boost::system::error_code problem;
    const auto value = json::parse(stored, problem);
    if (problem || !value.is_array())
        return out;
    for (const auto& item : value.get_array()) {
        if (isCode(item) && out.codes_.size() < kMaxCodes) {
            out.codes_.push_back({{"p", item.at("p")}, {"u", item.at("u")}});
        }
    }
    return out;
}

BackupCodes BackupCodes::fresh() {
    std::set<std::uint32_t> numbers;
    BackupCodes out;
    while (out.codes_.size() < kCount) {
        const auto number = randomCode();
        if (numbers.insert(number).second) {
            out.codes_.push_back({{"p", static_cast<std::int64_t>(number)}, {"u", true}});
        }
    }
    return out;
}

bool BackupCodes::use(std::string_view code) {
    if (code.size() != kDigits)
        return false;
    json::object* found = nullptr;
    for (auto& item : codes_) {
        auto& object = item.get_object();
        const auto digits = digitsOf(object.at("p").get_int64());
        const bool isSame = CRYPTO_memcmp(digits.data(), code.data(), kDigits) == 0;
        if (isSame && object.at("u").get_bool())
            found = &object;
    }
    if (found == nullptr)
        return false;
    found->at("u") = false;
    return true;
}

bool BackupCodes::hasUnused() const {
    return std::any_of(codes_.begin(), codes_.end(),
                       [](const auto& item) { return item.at("u").as_bool(); });
}

std::string BackupCodes::text() const {
    return codes_.empty() ? std::string() : json::serialize(codes_);
}

} // namespace trellis::twofactor
