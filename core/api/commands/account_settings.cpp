// What users set for themselves (control-protocol 3.2): mail address, notices, the state of the
// page.
#include <array>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/api/commands/people.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

constexpr std::int64_t kAllNotices = 1023; // control-protocol 3.2, the flags of changemeshnotify

/// Refuses accounts with locked settings, and those that only come with a token where the
/// specification says "no-token".
enum class Tokens : std::uint8_t { Refused = 1, Allowed };
model::UserPtr ownAccount(CommandSet& set, const sdk::Request& request, Tokens tokens) {
    auto user = actorOf(set.context, request);
    const bool isByToken = request.caller.byLoginToken && tokens == Tokens::Refused;
    if (!user || isByToken || set.context.rights.isLimited(*user, model::site::kLockSettings))
        throw Error(ErrorCode::Forbidden, "Access denied");
    return user;
}

// ---- mail address -------------------------------------------------------------------------------

bool isUsedElsewhere(CommandSet& set, const model::User& user, const std::string& email) {
    for (const auto& other : set.context.directory.users(user.domain))
        if (other->id != user.id && other->email == email)
            return true;
    return false;
}

void changeEmail(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto user = ownAccount(set, request, Tokens::Refused);
    const auto email = model::lowerName(textOf(call.args(), "email"));
    if (email == user->email)
        return call.result("ok");
    if (isUsedElsewhere(set, *user, email)) {
        const auto why = "Failed to change email address, another account already using: " + email;
        if (!call.wantsReply())
            showPopUp(set, request, {"Account Settings", 4, why, 13, {json::value(email)}});
        throw Error(ErrorCode::Conflict, why, "/email");
    }
    try {
        // There is no mail to check it with here, so it stays unverified.
        set.context.accounts.edit(
            user->id,
            [&](model::User& one) {
                one.email = email;
                one.isEmailVerified = false;
            },
            user);
    } catch (const Error& error) {
        rethrowForWire(error);
    }
    call.result("ok");
}

// ---- notices ------------------------------------------------------------------------------------

bool exists(const model::Directory& directory, std::string_view id) {
    return directory.group(id) || directory.device(id);
}

/// Sets `notify[id]`, 0 removes it. What is gone is forgotten, so that the list doesn't grow for
/// ever.
void setNotices(CommandSet& set, const model::UserPtr& user, const std::string& id,
                std::int64_t flags, int messageId) {
    set.context.accounts.edit(
        user->id,
        [&](model::User& one) {
            json::object kept;
            const auto* before = one.extra.if_contains("notify");
            if (before && before->is_object())
                for (const auto& entry : before->get_object())
                    if (exists(set.context.directory, std::string_view(entry.key())))
                        kept[entry.key()] = entry.value();
            kept.erase(id);
            if (flags != 0)
                kept[id] = flags;
            one.extra.erase("notify");
            if (!kept.empty())
                one.extra["notify"] = std::move(kept);
        },
        user, messageId);
}

void notifyOfGroup(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto user = ownAccount(set, request, Tokens::Allowed);
    const auto given = textOf(call.args(), "meshid");
    if (!model::completeId(model::IdKind::Group, request.caller.domain, given))
        throw Error(ErrorCode::InvalidArgument, "Invalid group identifier", "/meshid");
    const auto target = groupTarget(set.context, request, given);
    if (!target)
        throw Error(ErrorCode::NotFound, "Access denied", "/meshid");
    setNotices(set, user, target->id, numberOf(call.args(), "notify"), 73);
    call.result("ok");
}

void notifyOfDevice(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto user = ownAccount(set, request, Tokens::Allowed);
    const auto target = deviceTarget(set.context, request, textOf(call.args(), "nodeid"));
    if (!target)
        throw Error(ErrorCode::NotFound, "Invalid device identifier", "/nodeid");
    setNotices(set, user, target->id, numberOf(call.args(), "notify"), 130);
    call.result("ok");
}

// ---- state of the page --------------------------------------------------------------------------

struct StateKey {
    std::string_view name;
    std::size_t below = 64; ///< characters
};
constexpr std::array<StateKey, 23> kStateKeys{{{"webPageStackMenu"},
                                               {"notifications"},
                                               {"deviceView"},
                                               {"nightMode"},
                                               {"webPageFullScreen"},
                                               {"search"},
                                               {"showRealNames"},
                                               {"sort"},
                                               {"deskAspectRatio"},
                                               {"viewsize"},
                                               {"DeskControl"},
                                               {"uiMode"},
                                               {"footerBar"},
                                               {"loctag"},
                                               {"theme"},
                                               {"lastThemes"},
                                               {"uiViewMode"},
                                               {"stars", 2048},
                                               {"desktopsettings", 2048},
                                               {"deskKeyShortcuts", 2048},
                                               {"deskStrings", 10'000},
                                               {"runopt", 30'000},
                                               {"trellisViews", 20'000}}};

/// Only what is known and short: all of it is sent back to pages.
json::object knownState(const std::string& text) {
    boost::system::error_code fault;
    const auto parsed = json::parse(text, fault);
    if (fault || !parsed.is_object())
        throw Error(ErrorCode::InvalidArgument, "Invalid state", "/state");
    json::object known;
    for (const auto& key : kStateKeys) {
        const auto* value = parsed.get_object().if_contains(key.name);
        if (!value || value->is_structured() || value->is_null())
            continue;
        if (value->is_string() && value->get_string().size() >= key.below)
            continue;
        known[key.name] = *value;
    }
    return known;
}

void saveState(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto user = ownAccount(set, request, Tokens::Allowed);
    const auto state = json::serialize(knownState(textOf(call.args(), "state")));
    set.context.sideDocuments.put(user->id, model::SideKind::WebState, state);
    set.hub.toUser(
        user->id,
        {{"action", "event"},
         {"event",
          {{"action", "userWebState"}, {"domain", user->domain}, {"state", state}, {"nolog", 1}}}});
    call.result("ok");
}

json::value readState(CommandSet& set, const sdk::Request& request) {
    const auto user = actorOf(set.context, request);
    if (!user)
        throw Error(ErrorCode::Forbidden, "no account");
    const auto stored = set.context.sideDocuments.get(user->id, model::SideKind::WebState);
    return json::object{{"state", stored ? stored->text : "{}"}};
}

// ---- cookie -------------------------------------------------------------------------------------

void makeLoginCookie(CommandSet& set, const WireCall& call) {
    const auto user = actorOf(set.context, call.request());
    // A token never makes another way in (control-protocol 11, 10).
    if (!set.context.config.login.links || !user || call.request().caller.byLoginToken)
        throw Error(ErrorCode::Forbidden, "Access denied");
    call.send({{"cookie", set.context.urlTokens.makeLoginLink(user->id)}});
}

} // namespace

void addAccountSettingCommands(CommandSet& set) {
    auto email =
        wireSpec("changeemail", "Sets the caller's mail address, unverified.",
             wireArgs().prop("email", lineText(3, 1024), "New address.").required({"email"}));
    email.command.audited = true;
    email.fieldTexts = {{"email", "Invalid email"}};
    set.wire(std::move(email), [&set](const WireCall& call) { changeEmail(set, call); });

    const auto flags = Schema::integer().range(0, kAllNotices);
    auto group = wireSpec("changemeshnotify", "Sets what the caller is told of a device group.",
                      wireArgs()
                          .prop("meshid", lineText(8, 134), "The group.")
                          .prop("notify", flags, "Flags, control-protocol 3.2.")
                          .required({"meshid", "notify"}));
    group.fieldTexts = {{"meshid", "Invalid group identifier"},
                        {"notify", "Invalid notification flags"}};
    set.wire(std::move(group), [&set](const WireCall& call) { notifyOfGroup(set, call); });

    auto device = wireSpec("changeusernotify", "Sets what the caller is told of a device.",
                       wireArgs()
                           .prop("nodeid", lineText(1, 1024), "The device.")
                           .prop("notify", flags, "Flags, control-protocol 3.2.")
                           .required({"nodeid", "notify"}));
    device.fieldTexts = {{"nodeid", "Invalid device identifier"},
                         {"notify", "Invalid notification flags"}};
    set.wire(std::move(device), [&set](const WireCall& call) { notifyOfDevice(set, call); });

    auto state = wireSpec("userWebState", "Keeps the state of the caller's page.",
                      wireArgs()
                          .prop("state", longText(1, 30'000), "JSON text; only known members stay.")
                          .required({"state"}));
    state.fieldTexts = {{"state", "Invalid state"}};
    set.wire(std::move(state), [&set](const WireCall& call) { saveState(set, call); });

    sdk::CommandSpec read;
    read.name = "account.webstate";
    read.summary = "Reads what userWebState keeps.";
    read.args = Schema::object();
    set.named(std::move(read), [&set](const sdk::Request& request, const json::object&) {
        return readState(set, request);
    });

    auto cookie =
        wireSpec("logincookie", "Makes a cookie that signs in as the caller for an hour.", wireArgs());
    cookie.command.audited = true;
    cookie.responseId = ResponseId::Left;
    set.wire(std::move(cookie), [&set](const WireCall& call) { makeLoginCookie(set, call); });
}

} // namespace trellis::api
