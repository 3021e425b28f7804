// Scoped API tokens (auth/api_tokens.hpp): made, listed and removed by people, never by tokens.
#include "core/api/commands/support.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

/// Whose tokens are meant: the caller's own, or for the local administrator and, to take them away,
/// for full administrators those of `user`.
enum class Others : std::uint8_t { LocalOnly = 1, Administrators };
model::UserPtr ownerOf(CommandSet& set, const sdk::Request& request, const json::object& args,
                       Others others) {
    const auto& caller = request.caller;
    if (caller.byLoginToken)
        throw Error(ErrorCode::Forbidden, "not with a token; sign in with the password");
    const auto name = maybeText(args, "user");
    if (!name) {
        if (auto own = actorOf(set.context, request))
            return own;
        throw Error(ErrorCode::InvalidArgument, "whose? name the user", "/user");
    }
    const bool mayNameOthers =
        caller.isLocalAdmin ||
        (others == Others::Administrators && caller.siteRights == sdk::site_right::kAdmin);
    auto user = set.context.directory.userByName(caller.domain, *name);
    if (user && user->id == caller.userId)
        return user;
    if (!mayNameOthers)
        throw Error(ErrorCode::Forbidden, "only one's own tokens", "/user");
    if (!user)
        throw Error(ErrorCode::NotFound, "no such user", "/user");
    return user;
}

json::object documentOf(const auth::ApiToken& token) {
    auto document = token.scope.toJson();
    document["id"] = token.id;
    document["name"] = token.name;
    document["user"] = token.userId;
    document["created"] = token.createdMs;
    document["expire"] = token.expireMs;
    document["used"] = token.usedMs;
    return document;
}

/// By id or name among the groups that the owner sees.
std::vector<std::string> groupsFrom(CommandSet& set, const model::User& owner,
                                    const std::vector<std::string>& given) {
    const auto visible = set.context.rights.visibleGroups(owner);
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const auto full = model::completeId(model::IdKind::Group, owner.domain, given[i]);
        const auto before = ids.size();
        for (const auto& group : visible)
            if ((full && group->id == *full) || group->name == given[i])
                ids.push_back(group->id);
        if (ids.size() != before + 1)
            throw Error(ErrorCode::NotFound,
                        ids.size() == before ? "no such device group"
                                             : "several groups have this name; give the id",
                        "/groups/" + std::to_string(i));
    }
    return ids;
}

void announce(CommandSet& set, const sdk::Request& request, const auth::ApiToken& token,
              const char* action, const std::string& text) {
    auto event = eventOf(request, "user", action, 0, {}, text + token.name);
    event.targets = {token.userId};
    event.extra["apiToken"] = documentOf(token);
    set.context.events.record(std::move(event));
}

json::value create(CommandSet& set, const sdk::Request& request, const json::object& args) {
    const auto owner = ownerOf(set, request, args, Others::LocalOnly);
    if (set.context.rights.isLimited(*owner, model::site::kLockSettings))
        throw Error(ErrorCode::Forbidden, "the settings of this account are locked");
    auth::TokenScope scope;
    scope.commands = textsOf(args, "commands");
    scope.readOnly = flagOf(args, "readOnly");
    scope.groups = groupsFrom(set, *owner, textsOf(args, "groups"));
    scope.addresses = textsOf(args, "addresses");
    const auto days = numberOf(args, "expire_days");
    const auto expires = days == 0 ? 0 : set.context.directory.nowMs() + days * kDayMs;
    const auto made =
        set.context.apiTokens.create(owner->id, textOf(args, "name"), expires, std::move(scope));
    announce(set, request, *made.token, "apiTokenAdded", "Added API token ");
    auto answer = documentOf(*made.token);
    answer["secret"] = made.secret;
    return answer;
}

json::value list(CommandSet& set, const sdk::Request& request, const json::object& args) {
    std::string owner;
    if (args.contains("user") || !request.caller.isLocalAdmin)
        owner = ownerOf(set, request, args, Others::Administrators)->id;
    json::array tokens;
    for (const auto& token : set.context.apiTokens.list(owner))
        tokens.emplace_back(documentOf(*token));
    return json::object{{"tokens", std::move(tokens)}};
}

json::value remove(CommandSet& set, const sdk::Request& request, const json::object& args) {
    const auto owner = ownerOf(set, request, args, Others::Administrators);
    const auto token = set.context.apiTokens.find(owner->id, textOf(args, "token"));
    if (!token || !set.context.apiTokens.remove(token->id))
        throw Error(ErrorCode::NotFound, "no such token", "/token");
    announce(set, request, *token, "apiTokenRemoved", "Removed API token ");
    return json::object{{"id", token->id}};
}

Schema userName() {
    return lineText(1, 256);
}

sdk::CommandSpec createSpec() {
    sdk::CommandSpec spec;
    spec.name = "tokens.create";
    spec.summary = "Makes an API token for scripts; its secret is in this answer and nowhere else.";
    spec.audited = true;
    spec.args =
        Schema::object()
            .prop("name", lineText(1, 100), "What it is for; also in the audit trail.")
            .prop("commands", Schema::array(lineText(1, 64)).range(1, 100),
                  "Names of commands, or their beginnings with * at the end: \"device.*\", \"*\".")
            .prop("readOnly", Schema::boolean().byDefault(false),
                  "Of these only what changes nothing.")
            .prop("groups", Schema::array(lineText(1, 326)).range(0, 100),
                  "Device groups, by id or name, that it is limited to; absent: no limit.")
            .prop("addresses", Schema::array(lineText(1, 64)).range(0, 20),
                  "Addresses or ranges that it may come from; absent: any.")
            .prop("expire_days", Schema::integer().range(0, 3650).byDefault(365),
                  "Days that it lives, 0: until it is removed.")
            .prop("user", userName(), "Whose; for the local administrator.")
            .required({"name", "commands"});
    spec.result = Schema::object()
                      .prop("id", Schema::string(), "Names it; no secret.")
                      .prop("secret", Schema::string().secret(), "What goes behind \"Bearer \".")
                      .required({"id", "secret"})
                      .allowUnknown();
    return spec;
}

} // namespace

void addApiTokenCommands(CommandSet& set) {
    set.named(createSpec(), [&set](const sdk::Request& request, const json::object& args) {
        return create(set, request, args);
    });

    sdk::CommandSpec all;
    all.name = "tokens.list";
    all.summary = "Lists API tokens, without their secrets.";
    all.args = Schema::object().prop(
        "user", userName(), "Whose; for administrators. The local administrator: absent for all.");
    all.result = Schema::object()
                     .prop("tokens", Schema::array(Schema::object().allowUnknown()), "By name.")
                     .required({"tokens"});
    set.named(std::move(all), [&set](const sdk::Request& request, const json::object& args) {
        return list(set, request, args);
    });

    sdk::CommandSpec gone;
    gone.name = "tokens.remove";
    gone.summary = "Removes an API token; what it is used for now ends within a second.";
    gone.audited = true;
    gone.args = Schema::object()
                    .prop("token", lineText(1, 100), "Its id or name.")
                    .prop("user", userName(), "Whose; for administrators.")
                    .required({"token"});
    set.named(std::move(gone), [&set](const sdk::Request& request, const json::object& args) {
        return remove(set, request, args);
    });
}

} // namespace trellis::api
