#include "core/auth/account_service.hpp"

#include "core/auth/password.hpp"
#include "core/model/ids.hpp"
#include "core/model/text.hpp"
#include "core/model/wire_documents.hpp"
#include "core/telemetry/log.hpp"

#include <trellis/sdk/error.hpp>

namespace trellis::auth {

namespace {

using sdk::Error;
using sdk::ErrorCode;
namespace site = model::site;

[[noreturn]] void refuseLastAdmin() {
    throw Error(ErrorCode::Conflict, "the last site administrator stays one", "/siteadmin");
}

/// One `@` with something on both sides, no white space; the rest is the mail server's business.
void checkEmail(std::string_view email) {
    if (email.empty())
        return;
    const auto at = email.find('@');
    const bool isFine = at != std::string_view::npos && at != 0 && at + 1 < email.size() &&
                        email.find('@', at + 1) == std::string_view::npos &&
                        email.find_first_of(" \t\r\n\"<>,;") == std::string_view::npos &&
                        email.size() <= 1024 && model::isUtf8(email) && !model::hasControls(email);
    if (!isFine)
        throw Error(ErrorCode::InvalidArgument, "Invalid email", "/email");
}

std::string hashChecked(const PasswordRules& rules, std::string_view password,
                        std::string_view name) {
    if (const auto fault = faultOf(rules, password, name))
        throw Error(ErrorCode::InvalidArgument, *fault, "/pass");
    return hashPassword(password);
}

/// What edit() lets through.
void copyEditable(const model::User& from, model::User& to) {
    to.email = model::lowerName(from.email);
    to.isEmailVerified = from.isEmailVerified && !to.email.empty();
    to.realName = from.realName;
    to.phone = from.phone;
    to.lang = from.lang;
    to.flags = from.flags;
    to.consent = from.consent;
    to.removeRights = from.removeRights;
    to.realms = from.realms;
    to.factors = from.factors;
    to.extra = from.extra;
}

} // namespace

AccountService::AccountService(model::Directory& directory, model::EventLog& events,
                               Sessions& sessions, LoginTokens& tokens, PasswordRules rules,
                               TenantRuleMap tenants)
    : directory_(directory), events_(events), sessions_(sessions), tokens_(tokens), rules_(rules),
      tenants_(std::move(tenants)) {}

const PasswordRules& AccountService::rules(std::string_view domain) const noexcept {
    const auto own = tenants_.find(domain);
    return own == tenants_.end() ? rules_ : own->second.passwords;
}

void AccountService::check(const NewAccount& account) const {
    model::userId(account.domain, account.name);
    checkEmail(account.email);
    const auto fault =
        account.password.empty() ? std::nullopt : faultOf(rules(account.domain), account.password, account.name);
    if (fault)
        throw Error(ErrorCode::InvalidArgument, *fault, "/pass");
}

model::UserPtr AccountService::create(const NewAccount& account, const model::UserPtr& actor) {
    const auto id = model::userId(account.domain, account.name);
    if (directory_.user(id) != nullptr) // before the expensive hash; addUser decides
        throw Error(ErrorCode::Conflict, "User already exists", "/username");
    const auto own = tenants_.find(account.domain);
    if (own != tenants_.end() && own->second.maxAccounts != 0 &&
        directory_.userCount(account.domain) >= own->second.maxAccounts)
        throw Error(ErrorCode::Conflict, "maxUsersExceed", "/username"); // section 3.1
    checkEmail(account.email);
    model::User user;
    user.domain = account.domain;
    user.name = account.name;
    user.siteRights = account.siteRights;
    user.email = model::lowerName(account.email);
    user.isEmailVerified = account.isEmailVerified && !account.email.empty();
    user.realName = account.realName;
    user.consent = account.consent;
    user.createdS = directory_.nowMs() / 1000;
    user.passwordChangedS = account.mustChangePassword ? -1 : user.createdS;
    if (!account.password.empty())
        user.passwordHash = hashChecked(rules(account.domain), account.password, account.name);
    if (actor != nullptr && !actor->isFullAdmin())
        user.realms = actor->realms; // section 3.1
    auto made = directory_.addUser(std::move(user));
    if (made->email.empty())
        announce(*made, actor, "accountcreate", 64, "Account created, username is " + made->name);
    else
        announce(*made, actor, "accountcreate", 65, "Account created, email is " + made->email,
                 {made->email});
    return made;
}

void AccountService::remove(std::string_view userId, const model::UserPtr& actor) {
    model::UserPtr removed;
    directory_.removeUser(userId, [&](const model::User& user) {
        if (user.isFullAdmin() && directory_.fullAdminCount(user.domain) <= 1)
            refuseLastAdmin();
        removed = std::make_shared<model::User>(user);
    });
    // The rows went with the user's; this ends what is in memory and cuts its connections, which
    // happens even if the database refuses now.
    try {
        sessions_.revokeAll(userId);
    } catch (const Error& error) {
        telemetry::log("auth").warning("sessions of a removed account", {{"detail", error.what()}});
    }
    announce(*removed, actor, "accountremove", 63, "Account removed");
}

void AccountService::setPassword(std::string_view userId, std::string_view password,
                                 const model::UserPtr& actor, std::string_view keepSession,
                                 bool mustChange) {
    const auto user = directory_.user(userId);
    if (user == nullptr)
        throw Error(ErrorCode::NotFound, "no such user", "/userid");
    const auto hash = hashChecked(rules(user->domain), password, user->name);
    // First the sessions: if that fails the password is the old one, and the answer true. Again at
    // the end: somebody may have used the old password in between.
    sessions_.revokeAll(userId, keepSession);
    const auto now = directory_.nowMs() / 1000;
    const auto changed = directory_.updateUser(userId, [&](model::User& record) {
        record.passwordHash = hash;
        record.passwordChangedS = mustChange ? -1 : now;
    });
    sessions_.revokeAll(userId, keepSession);
    const bool isOwn = actor != nullptr && actor->id == userId;
    if (isOwn)
        announce(*changed, actor, "accountchange", 74, "Account password changed: " + changed->name);
    else
        announce(*changed, actor, "accountchange", 75, "Changed account credentials");
}

void AccountService::setSiteRights(std::string_view userId, model::SiteRights rights,
                                   const model::UserPtr& actor) {
    const auto changed = directory_.updateUser(userId, [&](model::User& user) {
        if (user.isFullAdmin() && rights != site::kFullAdmin &&
            directory_.fullAdminCount(user.domain) <= 1)
            refuseLastAdmin();
        user.siteRights = rights;
    });
    if (changed->isLocked())
        sessions_.revokeAll(userId);
    announce(*changed, actor, "accountchange", kAccountChanged, "Account changed: " + changed->name);
}

void AccountService::lock(std::string_view userId, bool isLocked, const model::UserPtr& actor) {
    const auto user = directory_.user(userId);
    if (user == nullptr)
        throw Error(ErrorCode::NotFound, "no such user", "/userid");
    if (user->isFullAdmin()) {
        if (!isLocked)
            return;
        // All bits set include this one, and it has no effect on a full admin (section 4.1).
        throw Error(ErrorCode::Conflict, "a site administrator cannot be locked", "/userid");
    }
    const auto rights =
        isLocked ? user->siteRights | site::kLocked : user->siteRights & ~site::kLocked;
    setSiteRights(userId, rights, actor);
}

namespace {

/// The wire's text of a change (control-protocol 2.5).
std::string changeText(int messageId, const model::User& user) {
    switch (messageId) {
    case 3:
        return "Changed language to " + (user.lang.empty() ? "default" : user.lang);
    case 73:
        return "Device group notification changed";
    case 90:
        return "Added authentication application";
    case 91:
        return "Removed authentication application";
    case 92:
        return "New 2FA backup codes generated";
    case 93:
        return "2FA backup codes cleared";
    case 130:
        return "User notifications changed";
    default:
        return "Account changed: " + user.name;
    }
}

} // namespace

model::UserPtr AccountService::edit(std::string_view userId,
                                    const std::function<void(model::User&)>& change,
                                    const model::UserPtr& actor, int messageId) {
    bool isOther = false;
    const auto changed = directory_.updateUser(userId, [&](model::User& user) {
        model::User wanted = user;
        change(wanted);
        checkEmail(wanted.email);
        const auto before = model::userDocument(user);
        copyEditable(wanted, user);
        isOther = model::userDocument(user) != before;
    });
    // What was as it is now is no news, unless it is news of another kind (a new picture, say).
    if (isOther || messageId != kAccountChanged)
        announce(*changed, actor, "accountchange", messageId, changeText(messageId, *changed));
    return changed;
}

void AccountService::announce(const model::User& user, const model::UserPtr& actor,
                              std::string_view action, int messageId, std::string text,
                              boost::json::array messageArgs) {
    model::Event event;
    event.domain = user.domain;
    event.etype = "user";
    event.action = action;
    if (actor != nullptr) {
        event.userId = actor->id;
        event.userName = actor->name;
    }
    event.targets = managersOf(user);
    event.targets.push_back(user.id);
    event.msg = std::move(text);
    event.extra["msgid"] = messageId;
    if (messageArgs.empty())
        messageArgs.emplace_back(user.name);
    event.extra["msgArgs"] = std::move(messageArgs);
    if (action != "accountremove")
        event.extra["account"] = model::userDocument(user);
    events_.record(std::move(event));
}

std::vector<std::string> managersOf(const model::User& user) {
    std::vector<std::string> targets{"server-users"};
    for (const auto& realm : user.realms)
        targets.push_back("server-users:" + realm);
    return targets;
}

bool mayGiveSiteRights(const model::User& actor, model::SiteRights before, model::SiteRights after,
                       bool isNew) {
    if (actor.isFullAdmin())
        return true;
    if (actor.isLocked() || (actor.siteRights & site::kManageUsers) == 0)
        return false;
    if (before == site::kFullAdmin || after == site::kFullAdmin)
        return false;
    auto allowed = site::kLocked | site::kNoNewGroups | site::kNoTools;
    if (!isNew)
        allowed |=
            site::kManageUsers | (actor.siteRights & (site::kUserGroups | site::kRecordings));
    return ((before ^ after) & ~allowed) == 0;
}

} // namespace trellis::auth
