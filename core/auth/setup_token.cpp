#include "core/auth/setup_token.hpp"

#include "core/store/random.hpp"

namespace trellis::auth {

namespace {

constexpr std::string_view kKey = "auth.setup_token";

} // namespace

SetupToken::SetupToken(store::Settings& settings, const model::Directory& directory)
    : settings_(settings), directory_(directory) {}

bool SetupToken::isNeeded() const {
    return directory_.userCount("") == 0;
}

std::optional<std::string> SetupToken::issue() {
    if (!isNeeded()) {
        settings_.remove(kKey);
        return {};
    }
    auto token = store::base64Url(store::randomBytes(24));
    settings_.set(kKey, store::sha256Hex(token));
    return token;
}

bool SetupToken::isValid(std::string_view token) const {
    if (!isNeeded())
        return false;
    const auto stored = settings_.get(kKey);
    return stored && store::equalInConstantTime(*stored, store::sha256Hex(token));
}

bool SetupToken::redeem(std::string_view token, const std::function<void()>& make) {
    const std::lock_guard lock(turn_);
    if (!isValid(token))
        return false;
    make();
    settings_.remove(kKey);
    return true;
}

} // namespace trellis::auth
