/// The secrets of accounts' second factors. What they mean is the business of plugins; that an
/// account with one does not open without it is LoginService's.
#pragma once

#include "core/auth/account_service.hpp"
#include "core/store/secret_box.hpp"

#include <trellis/sdk/host.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::auth {

inline constexpr std::size_t kMaxFactorBytes = 64 * 1024;

/// Stores one inside a caller's transaction, or replaces it. The account's record needs its note
/// (model::User::factors), too. Throws InvalidArgument for a bad name or a secret over the limit.
void putFactor(store::Session& session, const store::SecretBox& box, std::string_view userId,
               std::string_view name, std::string_view secret);

/// Any thread; blocks on the database. Names: 1 to 32 of [A-Za-z0-9_]. At most 16 for each account.
class Factors {
public:
    Factors(store::Database& database, store::SecretBox box, model::Directory& directory,
            AccountService& accounts);
    std::optional<sdk::Factor> get(std::string_view userId, std::string_view name) const;
    /// As sdk::Host::changeFactor. The secret is stored first when one is added and removed last
    /// when one goes, so that whatever ends the process in between, no account is opened by it.
    void change(std::string_view userId, std::string_view name,
                const std::function<void(sdk::Factor&)>& change, int messageId);
    /// Removes all of an account. Returns how many there were. Throws NotFound.
    std::size_t clear(std::string_view userId, const model::UserPtr& actor);

private:
    void note(std::string_view userId, std::string_view name,
              const std::optional<model::FactorNote>& note, int messageId);

    store::Database& database_;
    const store::SecretBox box_;
    model::Directory& directory_;
    AccountService& accounts_;
};

} // namespace trellis::auth
