/// Small values that the server keeps for itself: keys, identifiers, counters.
#pragma once

#include "core/store/database.hpp"
#include "core/store/secret_box.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace trellis::store {

/// Table `settings`. Keys are "area.name", 1..128 characters; values up to 1 MiB. Any thread; every
/// call blocks on the database and throws as Database does.
class Settings {
public:
    Settings(Database& database, SecretBox box);

    std::optional<std::string> get(std::string_view key) const;
    void set(std::string_view key, std::string_view value);
    /// Encrypted at rest. Reading a secret with get(), or a plain value with getSecret(), is
    /// Conflict.
    std::optional<std::string> getSecret(std::string_view key) const;
    void setSecret(std::string_view key, std::string_view value);
    /// The stored secret; if there is none, stores and returns `size` random bytes. Two callers at
    /// once (also in two processes) get the same one.
    std::string secretOrRandom(std::string_view key, std::size_t size);
    bool remove(std::string_view key);
    /// setSecret() inside a caller's transaction.
    static void putSecret(Session& session, const SecretBox& box, std::string_view key,
                          std::string_view value);

    const SecretBox& box() const noexcept { return box_; }

private:
    Database& database_;
    SecretBox box_;
};

} // namespace trellis::store
