// What users do with their own account (control-protocol 3.2, 3.8).
#include "core/api/commands/people.hpp"
#include "core/api/commands/support.hpp"
#include "core/api/control/connection.hpp"

namespace trellis::api {

namespace {

/// Accounts with locked settings and connections by login token change nothing of their own.
model::UserPtr ownAccount(CommandSet& set, const sdk::Request& request) {
    const auto user = actorOf(set.context, request);
    if (!user || request.caller.byLoginToken ||
        set.context.rights.isLimited(*user, model::site::kLockSettings))
        throw Error(ErrorCode::Forbidden, "Access denied");
    return user;
}

void changeLanguage(CommandSet& set, const WireCall& call) {
    const auto user = ownAccount(set, call.request());
    const auto lang = textOf(call.args(), "lang");
    set.context.accounts.edit(
        user->id, [&](model::User& one) { one.lang = lang == "*" ? "" : lang; }, user, 3);
    call.result("ok");
}

constexpr const char* kWrongPassword = "Current password not correct.";

void changePassword(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto user = ownAccount(set, request);
    // The door's own check: it counts wrong guesses like every login.
    auth::LoginAttempt attempt;
    attempt.domain = user->domain;
    attempt.userName = user->name;
    attempt.secret = textOf(call.args(), "oldpass");
    attempt.address = request.caller.address;
    attempt.door = auth::Door::Api;
    const auto outcome = set.context.logins.login(attempt);
    const bool isRight = outcome.result == auth::LoginResult::Granted ||
                         outcome.result == auth::LoginResult::NeedsSecondFactor ||
                         outcome.result == auth::LoginResult::SecondFactorUnavailable;
    // Clients that ask for no answer are shown one (control-protocol 3.2).
    const auto show = [&](const char* text, int messageId) {
        if (!call.wantsReply())
            showPopUp(set, request, {"Account Settings", 4, text, messageId});
    };
    if (!isRight) {
        show(kWrongPassword, 21);
        throw Error(ErrorCode::Forbidden, kWrongPassword, "/oldpass");
    }
    set.context.accounts.setPassword(user->id, textOf(call.args(), "newpass"), user);
    show("Password changed.", 20);
    call.result("ok");
}

json::object tokenDocument(const auth::LoginToken& token) {
    return {{"name", token.name},
            {"tokenUser", token.tokenUser},
            {"created", token.createdMs},
            {"expire", token.expireMs}};
}

/// Neither browser sessions nor connections outlive the token that they came with. Sessions of older
/// versions name it otherwise, and connections by a cookie do not name it at all: these end, too.
void endWithToken(CommandSet& set, const std::string& userId, const std::string& tokenUser) {
    for (const auto& session : set.context.sessions.list(userId)) {
        const auto& token = session.loginToken;
        if (token == tokenUser || (!token.empty() && !token.starts_with("~t:")))
            set.context.sessions.revoke(userId, session.publicId);
    }
    set.hub.cutUser(userId, CloseCause::ForcedOff, [&](const ControlConnection& one) {
        return one.byLoginToken() && (one.loginToken() == tokenUser || one.loginToken().empty());
    });
}

void listTokens(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto user = actorOf(set.context, request);
    const auto doomed = textsOf(call.args(), "remove");
    // A token may see which ones there are (meshctrl needs the array); it removes none.
    if (!user || (request.caller.byLoginToken && !doomed.empty()))
        throw Error(ErrorCode::Forbidden, "Access denied");
    json::array removed;
    for (const auto& tokenUser : doomed) {
        if (!set.context.loginTokens.remove(user->id, tokenUser))
            continue;
        removed.emplace_back(tokenUser);
        endWithToken(set, user->id, tokenUser);
    }
    json::array list;
    for (const auto& token : set.context.loginTokens.list(user->id))
        list.emplace_back(tokenDocument(token));
    call.send({{"loginTokens", list}});
    if (!removed.empty()) {
        auto event = eventOf(request, "user", "loginTokenChanged", 0, {}, "");
        event.targets = {user->id};
        event.extra = {
            {"loginTokens", std::move(list)}, {"removed", std::move(removed)}, {"nolog", 1}};
        set.feed.publish(std::move(event));
    }
}

void createToken(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto user = actorOf(set.context, request);
    // A token never makes a token (control-protocol 11, 10).
    if (!user || request.caller.byLoginToken)
        throw Error(ErrorCode::Forbidden, "Access denied");
    const auto minutes = numberOf(call.args(), "expire");
    const auto expires = minutes == 0 ? 0 : set.context.directory.nowMs() + minutes * 60'000;
    const auto made =
        set.context.loginTokens.create(user->id, textOf(call.args(), "name"), expires);
    auto event =
        eventOf(request, "user", "loginTokenAdded", 115, {made.token.name}, "Added login token");
    event.targets = {user->id};
    event.extra["newToken"] = tokenDocument(made.token);
    set.context.events.record(std::move(event));
    auto answer = tokenDocument(made.token);
    answer["tokenPass"] = made.secret;
    call.send(std::move(answer));
}

} // namespace

void addAccountCommands(CommandSet& set) {
    WireSpec lang;
    lang.command.name = "changelang";
    lang.command.summary = "Sets the language of the caller's pages.";
    lang.command.args = wireArgs()
                            .prop("lang", lineText(1, 6), "Language, \"*\": the browser's.")
                            .required({"lang"});
    set.wire(std::move(lang), [&set](const WireCall& call) { changeLanguage(set, call); });

    const auto secret = Schema::string().range(1, 256).secret();
    WireSpec password;
    password.command.name = "changepassword";
    password.command.summary = "Changes the caller's own password and ends his other sessions.";
    password.command.audited = true;
    password.command.args = wireArgs()
                                .prop("oldpass", secret, "The present password.")
                                .prop("newpass", secret, "The new password.")
                                .required({"oldpass", "newpass"});
    set.wire(std::move(password), [&set](const WireCall& call) { changePassword(set, call); });

    WireSpec tokens;
    tokens.command.name = "loginTokens";
    tokens.command.summary = "Lists the caller's login tokens, after removing some.";
    tokens.command.args = wireArgs().prop("remove", Schema::array(lineText(1, 64)).range(1, 100),
                                          "User names of tokens to remove.");
    tokens.command.audited = true;
    tokens.responseId = ResponseId::Left;
    set.wire(std::move(tokens), [&set](const WireCall& call) { listTokens(set, call); });

    WireSpec create;
    create.command.name = "createLoginToken";
    create.command.summary = "Makes a login token.";
    create.command.audited = true;
    create.command.args =
        wireArgs()
            .prop("name", lineText(1, 100), "Its name.")
            .prop("expire", Schema::integer().range(0, 10'000'000), "Minutes, 0: for ever.")
            .required({"name", "expire"});
    create.fieldTexts = {{"name", "Invalid name"}, {"expire", "Invalid expire value"}};
    create.responseId = ResponseId::Left;
    set.wire(std::move(create), [&set](const WireCall& call) { createToken(set, call); });
}

} // namespace trellis::api
