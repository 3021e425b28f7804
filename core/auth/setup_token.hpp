/// The first admin is made only by who can read the server's console.
#pragma once

#include "core/model/directory.hpp"
#include "core/store/settings.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::auth {

/// Any thread; blocks on the database.
class SetupToken {
public:
    SetupToken(store::Settings& settings, const model::Directory& directory);
    /// A new token for the console (32 characters), replacing the last; nothing once some user
    /// exists.
    std::optional<std::string> issue();
    /// True once per issued token, and only while there is no user. `make` runs in between: if it
    /// throws, the token stays valid.
    bool redeem(std::string_view token, const std::function<void()>& make);
    /// Right now, without using it up.
    bool isValid(std::string_view token) const;
    bool isNeeded() const;

private:
    store::Settings& settings_;
    const model::Directory& directory_;
    std::mutex turn_; ///< one redemption at a time
};

} // namespace trellis::auth
