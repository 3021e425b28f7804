/// Making, changing and removing accounts, with their rules. Who may do it is asked before
/// (rights.hpp).
#pragma once

#include "core/auth/login_tokens.hpp"
#include "core/auth/password_rules.hpp"
#include "core/auth/sessions.hpp"
#include "core/model/directory.hpp"
#include "core/model/event_log.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::auth {

struct NewAccount {
    std::string domain{};
    std::string name{};
    std::string password{}; ///< "" = no password login
    model::SiteRights siteRights = 0;
    std::string email{};
    bool isEmailVerified = false;
    std::string realName{};
    std::uint32_t consent = 0;
    bool mustChangePassword = false;
};

/// What holds in a tenant other than the default one.
struct TenantRules {
    PasswordRules passwords;
    std::size_t maxAccounts = 0; ///< 0: any number
};
using TenantRuleMap = std::map<std::string, TenantRules, std::less<>>;

/// `msgid` of a plain change of an account (control-protocol 2.5).
inline constexpr int kAccountChanged = 66;

/// Any thread; blocks for hash and database: worker pool. Throws sdk::Error: InvalidArgument with
/// field
/// ("/username", "/pass", "/email", "/siteadmin", "/realname"), Conflict (exists; last site admin),
/// NotFound, Unavailable. `actor`: who does it, null = the server's console; for the event.
class AccountService {
public:
    AccountService(model::Directory& directory, model::EventLog& events, Sessions& sessions,
                   LoginTokens& tokens, PasswordRules rules = {}, TenantRuleMap tenants = {});

    model::UserPtr create(const NewAccount& account, const model::UserPtr& actor);
    /// Throws what create() would throw for name, password and mail address; changes nothing.
    void check(const NewAccount& account) const;
    /// Ends all sessions and login tokens of the user. The last full admin cannot be removed.
    void remove(std::string_view userId, const model::UserPtr& actor);
    /// Cuts the user's other sessions. `keepSession`: publicId of the one that asked.
    void setPassword(std::string_view userId, std::string_view password,
                     const model::UserPtr& actor, std::string_view keepSession = {},
                     bool mustChange = false);
    /// Changes site rights; the last full admin keeps his. Locking ends all sessions.
    void setSiteRights(std::string_view userId, model::SiteRights rights,
                       const model::UserPtr& actor);
    void lock(std::string_view userId, bool isLocked, const model::UserPtr& actor);
    /// Fields that `change` may set: email, isEmailVerified, realName, phone, lang, flags, consent,
    /// removeRights, realms, factors, extra. Others keep their value. `messageId`: of the event,
    /// control-protocol 2.5.
    model::UserPtr edit(std::string_view userId, const std::function<void(model::User&)>& change,
                        const model::UserPtr& actor, int messageId = kAccountChanged);
    const PasswordRules& rules(std::string_view domain = {}) const noexcept;

private:
    void announce(const model::User& user, const model::UserPtr& actor, std::string_view action,
                  int messageId, std::string text, boost::json::array messageArgs = {});
    model::Directory& directory_;
    model::EventLog& events_;
    Sessions& sessions_;
    LoginTokens& tokens_;
    PasswordRules rules_;
    TenantRuleMap tenants_;
};

/// Targets of an event about an account: those who manage users, and those who manage only its
/// realms (control-protocol 2.4; by name, section 11, 15).
std::vector<std::string> managersOf(const model::User& user);

/// Rights that `actor` may give (section 4.1): full admins anything; user managers with `isNew`
/// only 32, 64, 128, else also 2, and 256 and 512 if they own them. `before`: the account's present
/// rights.
bool mayGiveSiteRights(const model::User& actor, model::SiteRights before, model::SiteRights after,
                       bool isNew);

} // namespace trellis::auth
