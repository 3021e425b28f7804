#include "core/takeover/people.hpp"

#include "core/auth/password.hpp"
#include "core/model/ids.hpp"
#include "core/model/text.hpp"
#include "core/takeover/members.hpp"

#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include <algorithm>

namespace trellis::takeover {

namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr std::size_t kMaxEmail = 1024, kMaxRealName = 256; // model/limits.hpp

[[noreturn]] void leave(const char* why) {
    throw Error(ErrorCode::InvalidArgument, why);
}

model::Id idOf(const json::object& document, model::IdKind kind) {
    const auto id = model::parseId(kind, textOf(document, "_id"));
    if (!id)
        leave("its id is not one that is used here (accounts of single sign-on have such)");
    return *id;
}

/// Rights to things that have an id here; other keys say nothing.
std::vector<Link> linksOf(const json::object& document) {
    std::vector<Link> links;
    const auto* list = objectOf(document, "links");
    if (list == nullptr)
        return links;
    for (const auto& item : *list) {
        auto target = unescapedKey(item.key());
        const auto* link = item.value().if_object();
        if (link != nullptr && model::parseId(target))
            links.push_back({std::move(target), bitsOf(*link, "rights")});
    }
    return links;
}

/// How the account signs in: MeshCentral's hash, checked and made ours at the next login.
std::string passwordOf(const json::object& document, TakenUser& taken) {
    const auto hash = textOf(document, "hash");
    if (hash.empty())
        return {};
    const auto* type = document.if_contains("passtype");
    if (type == nullptr || type->is_null()) {
        try {
            return auth::fromMeshCentral(textOf(document, "salt"), hash);
        } catch (const Error&) {
            taken.losses.emplace_back("the stored password is damaged: set a new one");
            return {};
        }
    }
    if (numberOf(document, "passtype") == 0 && hash.size() <= auth::kMaxPasswordBytes)
        return auth::hashPassword(hash); // that old form is the password itself
    taken.losses.emplace_back("the password is stored in a form that is too old: set a new one");
    return {};
}

/// The name that signs in. MeshCentral lets the shown name differ from it; here that is the real
/// name.
void nameUser(const json::object& document, const model::Id& id, model::User& user) {
    user.name = textOf(document, "name");
    user.realName = textOf(document, "realname");
    if (model::lowerName(user.name) == id.last)
        return;
    if (user.realName.empty())
        user.realName = user.name;
    user.name = id.last;
}

/// One that can't be stored here is left out, so that the account is not.
void keepLine(std::string& text, std::size_t most) {
    if (!model::isUtf8(text) || model::hasControls(text) || model::characters(text) > most)
        text.clear();
}

void copyTimes(const json::object& document, model::User& user) {
    user.createdS = numberOf(document, "creation");
    user.loginS = numberOf(document, "login");
    user.pastLoginS = numberOf(document, "pastlogin");
    user.accessS = numberOf(document, "access");
    user.passwordChangedS = numberOf(document, "passchange");
}

/// `notify` by id, also where older versions keep it: in the link.
void copyNotices(const json::object& document, model::User& user) {
    json::object notices;
    if (const auto* own = objectOf(document, "notify"))
        notices = *own;
    if (const auto* links = objectOf(document, "links"))
        for (const auto& item : *links)
            if (const auto* link = item.value().if_object(); link && link->contains("notify"))
                notices.emplace(unescapedKey(item.key()), *link->if_contains("notify"));
    if (!notices.empty())
        user.extra["notify"] = std::move(notices);
}

void addFactor(TakenUser& taken, const char* name, std::string secret, model::FactorNote note) {
    taken.user.factors.emplace(name, note);
    taken.factors.emplace(name, std::move(secret));
}

/// Backup codes alone demand nothing (section 1.8).
void takeBackupCodes(const json::object& document, TakenUser& taken) {
    const auto* codes = objectOf(document, "otpkeys");
    const auto* keys = codes == nullptr ? nullptr : codes->if_contains("keys");
    if (keys == nullptr || !keys->is_array() || keys->get_array().empty())
        return;
    const bool hasUnused =
        std::any_of(keys->get_array().begin(), keys->get_array().end(), [](const auto& key) {
            return key.is_object() && flagOf(key.get_object(), "u");
        });
    addFactor(taken, "otpkeys", json::serialize(*keys), {false, hasUnused ? 1 : 0});
}

void takeFactors(const json::object& document, const FactorPolicy& policy, TakenUser& taken) {
    if (auto secret = textOf(document, "otpsecret"); !secret.empty())
        addFactor(taken, "otpsecret", std::move(secret), {true, 1});
    const auto* keys = document.if_contains("otphkeys");
    if (keys != nullptr && keys->is_array() && !keys->get_array().empty())
        addFactor(taken, "otphkeys", json::serialize(*keys),
                  {true, static_cast<std::int64_t>(keys->get_array().size())});
    if (objectOf(document, "otpekey") != nullptr && taken.user.isEmailVerified && policy.mail)
        addFactor(taken, "otpekey", taken.user.email, {true, 1});
    if (const auto device = textOf(document, "otpdev"); !device.empty() && policy.push)
        addFactor(taken, "otpdev", device, {true, 1});
    if (objectOf(document, "otpduo") != nullptr && policy.duo)
        addFactor(taken, "otpduo", "{}", {true, 1});
    if (!taken.user.phone.empty() && policy.sms)
        addFactor(taken, "otpsms", taken.user.phone, {true, -1});
    if (const auto handle = textOf(document, "msghandle"); !handle.empty() && policy.messaging)
        addFactor(taken, "otpmsg", handle, {true, -1});
    takeBackupCodes(document, taken);
}

void copyTexts(const json::object& document, model::User& user) {
    user.email = model::lowerName(textOf(document, "email"));
    user.phone = textOf(document, "phone");
    user.lang = textOf(document, "lang");
    keepLine(user.email, kMaxEmail);
    keepLine(user.realName, kMaxRealName);
    keepLine(user.phone, 64);
    keepLine(user.lang, 16);
    user.isEmailVerified = !user.email.empty() && flagOf(document, "emailVerified");
    user.realms = textsOf(document, "groups");
}

} // namespace

TakenUser takeUser(const json::object& document, const FactorPolicy& policy) {
    TakenUser taken;
    auto& user = taken.user;
    const auto id = idOf(document, model::IdKind::User);
    user.id = id.text();
    user.domain = id.domain;
    nameUser(document, id, user);
    copyTexts(document, user);
    copyTimes(document, user);
    user.siteRights = bitsOf(document, "siteadmin");
    user.removeRights = bitsOf(document, "removeRights");
    user.flags = bitsOf(document, "flags");
    user.consent = bitsOf(document, "consent");
    user.extra = pick(document, {"quota", "msghandle"});
    copyNotices(document, user);
    user.passwordHash = passwordOf(document, taken);
    takeFactors(document, policy, taken);
    taken.links = linksOf(document);
    return taken;
}

TakenUserGroup takeUserGroup(const json::object& document) {
    TakenUserGroup taken;
    const auto id = idOf(document, model::IdKind::UserGroup);
    taken.group.id = id.text();
    taken.group.domain = id.domain;
    taken.group.name = model::cleanText(textOf(document, "name"), 64);
    taken.group.desc = model::cleanText(textOf(document, "desc"), 1024);
    taken.group.flags = bitsOf(document, "flags");
    taken.group.consent = bitsOf(document, "consent");
    taken.group.membershipType = textOf(document, "membershipType");
    if (taken.group.name.empty())
        taken.group.name = "unnamed";
    taken.links = linksOf(document);
    std::erase_if(taken.links, [](const Link& link) {
        const auto target = model::parseId(link.target);
        return target->kind != model::IdKind::Group && target->kind != model::IdKind::Device;
    });
    return taken;
}

TakenToken takeLoginToken(const json::object& document) {
    TakenToken taken;
    taken.tokenUser = textOf(document, "tokenUser");
    taken.userId = textOf(document, "userid");
    taken.name = model::cleanText(textOf(document, "name"), 100);
    taken.createdMs = timeMsOf(document, "created");
    taken.expireMs = timeMsOf(document, "expire");
    const bool isToken = taken.tokenUser.starts_with("~t:") && taken.tokenUser.size() <= 100 &&
                         !model::hasControls(taken.tokenUser);
    if (!isToken || !model::parseId(model::IdKind::User, taken.userId))
        leave("the token or its user has no valid name");
    taken.hash = auth::fromMeshCentral(textOf(document, "salt"), textOf(document, "hash"));
    if (taken.name.empty())
        taken.name = "token";
    return taken;
}

} // namespace trellis::takeover
