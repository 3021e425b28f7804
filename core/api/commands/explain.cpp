// Why somebody may or may not do something: the decision itself, with what it looked at.
#include <algorithm>

#include "core/api/commands/people.hpp"
#include "core/auth/right_names.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

/// What the question is about, with the requirement that the server itself asks.
struct Action {
    std::string kind; ///< "command", "tunnel", "right"
    std::string name;
    sdk::Requirement needed;
    std::uint32_t consent = 0; ///< flags of the session's kind
    bool hasOwnRules = false;  ///< the command's code decides more than is declared
};

struct Question {
    const model::User& user;
    model::DevicePtr device;
    model::GroupPtr group;
};

[[noreturn]] void refuseUnknown(const std::string& what, const std::string& given,
                                const std::string& field, std::vector<std::string> known) {
    std::vector<std::string_view> names(known.begin(), known.end());
    const auto near = sdk::nearestName(given, names);
    throw Error(ErrorCode::NotFound,
                "no " + what + " \"" + given + "\"" +
                    (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?"),
                field);
}

// ---- who, where ---------------------------------------------------------------------------------

model::UserPtr userOf(CommandSet& set, const sdk::Request& request, const std::string& given) {
    const auto& caller = request.caller;
    const auto& directory = set.context.directory;
    const auto parsed = model::parseId(model::IdKind::User, given);
    auto user = parsed ? directory.user(given) : directory.userByName(caller.domain, given);
    const auto self = actorOf(set.context, request);
    if (user && self && user->id == self->id)
        return user;
    if (!isFull(caller))
        throw Error(ErrorCode::Forbidden, "you may ask about yourself only", "/user");
    if (user && user->domain == caller.domain)
        return user;
    std::vector<std::string> known;
    for (const auto& each : directory.users(caller.domain))
        known.push_back(each->name);
    refuseUnknown("user", given, "/user", std::move(known));
}

/// What the caller may name: for a full administrator all of the tenant, since this is how he finds
/// out why he does not see it.
std::vector<model::DevicePtr> nameable(CommandSet& set, const sdk::Request& request) {
    if (!isFull(request.caller))
        return visibleDevices(set.context, request);
    std::vector<model::DevicePtr> all;
    for (const auto& group : set.context.directory.groups(request.caller.domain))
        for (const auto& device : set.context.directory.devicesOf(group->id))
            all.push_back(device);
    return all;
}

model::DevicePtr deviceOf(CommandSet& set, const sdk::Request& request, const std::string& given) {
    const auto full = model::completeId(model::IdKind::Device, request.caller.domain, given);
    const auto all = nameable(set, request);
    std::vector<model::DevicePtr> found;
    for (const auto& device : all)
        if ((full && device->id == *full) || device->name == given)
            found.push_back(device);
    if (found.size() == 1)
        return found.front();
    if (found.size() > 1)
        throw Error(ErrorCode::Conflict,
                    "several devices are called \"" + given + "\": give the id", "/device");
    std::vector<std::string> known;
    for (const auto& device : all)
        known.push_back(device->name);
    refuseUnknown("device", given, "/device", std::move(known));
}

model::GroupPtr groupOf(CommandSet& set, const sdk::Request& request, const std::string& id) {
    const auto group = set.context.directory.group(id);
    const bool isOurs = group && group->domain == request.caller.domain;
    if (!isOurs || (!isFull(request.caller) && !groupTarget(set.context, request, id)))
        throw Error(ErrorCode::NotFound, "no such device group", "/device");
    return group;
}

// ---- what ---------------------------------------------------------------------------------------

std::optional<Action> commandNamed(CommandSet& set, const std::string& name) {
    const auto found = set.context.dispatcher.find(name);
    if (!found)
        return std::nullopt;
    const auto& spec = *found->spec;
    const bool isOwn = spec.command.requires_.scope == sdk::Scope::SignedIn;
    return Action{"command", name, isOwn && spec.each ? *spec.each : spec.command.requires_, 0,
                  isOwn};
}

std::optional<Action> tunnelNamed(CommandSet& set, const std::string& name) {
    for (const auto& kind : set.context.tunnels.kinds()) {
        const bool isNumber = std::any_of(kind.protocols.begin(), kind.protocols.end(),
                                          [&](auto each) { return std::to_string(each) == name; });
        if (kind.name == name || isNumber)
            return Action{"tunnel", kind.name, kind.needed, kind.notifyConsent | kind.askConsent,
                          false};
    }
    return std::nullopt;
}

/// "remotecontrol", "site.manageusers"; without a device only site rights are meant.
std::optional<Action> rightNamed(const std::string& name, bool hasDevice) {
    constexpr std::string_view kSitePrefix = "site.";
    const bool isSite = !hasDevice || name.starts_with(kSitePrefix);
    const auto bare = name.substr(name.starts_with(kSitePrefix) ? kSitePrefix.size() : 0);
    auto bit = auth::bitNamed(isSite ? auth::siteRightNames() : auth::deviceRightNames(), bare);
    auto scope = isSite ? sdk::Scope::Site : sdk::Scope::Device;
    if (bit == 0 && !isSite) {
        bit = auth::bitNamed(auth::siteRightNames(), bare);
        scope = sdk::Scope::Site;
    }
    if (bit == 0)
        return std::nullopt;
    return Action{"right", bare, {scope, bit, 0, ""}, 0, false};
}

Action actionOf(CommandSet& set, const std::string& given, bool hasDevice) {
    if (auto command = commandNamed(set, given))
        return *command;
    if (auto tunnel = tunnelNamed(set, given))
        return *tunnel;
    if (auto right = rightNamed(given, hasDevice))
        return *right;
    std::vector<std::string> known;
    for (const auto& info : set.context.dispatcher.commands())
        known.push_back(info.spec->command.name);
    for (const auto& kind : set.context.tunnels.kinds())
        known.push_back(kind.name);
    for (const auto& right : auth::deviceRightNames())
        known.emplace_back(right.name);
    for (const auto& right : auth::siteRightNames())
        known.push_back("site." + std::string(right.name));
    refuseUnknown("command, session or right", given, "/what", std::move(known));
}

// ---- answer -------------------------------------------------------------------------------------

json::array words(std::span<const auth::RightName> names, std::uint32_t bits) {
    json::array list;
    for (const auto name : auth::namesOf(names, bits))
        list.emplace_back(name);
    return list;
}

json::value named(const model::Directory& directory, const std::string& id) {
    if (id.empty())
        return nullptr;
    std::string name;
    if (const auto user = directory.user(id))
        name = user->name;
    else if (const auto team = directory.userGroup(id))
        name = team->name;
    else if (const auto group = directory.group(id))
        name = group->name;
    else if (const auto device = directory.device(id))
        name = device->name;
    return json::object{{"id", id}, {"name", name}};
}

const char* scopeName(sdk::Scope scope) {
    switch (scope) {
    case sdk::Scope::Site:
        return "site";
    case sdk::Scope::Group:
        return "group";
    case sdk::Scope::Device:
        return "device";
    case sdk::Scope::SignedIn:
        break;
    }
    return "signed_in";
}

json::array stepsOf(const model::Directory& directory, const auth::RightsTrace& trace,
                    bool isSite) {
    json::array steps;
    for (const auto& step : trace) {
        using Rule = auth::RightsStep::Rule;
        const bool isOfSite = isSite || step.rule == Rule::Site || step.rule == Rule::Locked;
        json::object item{
            {"rule", auth::nameOf(step.rule)},
            {"bits", step.bits},
            {"rights",
             words(isOfSite ? auth::siteRightNames() : auth::deviceRightNames(), step.bits)}};
        if (!step.holder.empty())
            item["holder"] = named(directory, step.holder);
        if (!step.target.empty())
            item["target"] = named(directory, step.target);
        steps.emplace_back(std::move(item));
    }
    return steps;
}

bool judge(CommandSet& set, const Question& question, const Action& action,
           auth::RightsTrace& trace) {
    const auto& need = action.needed;
    const auto& user = question.user;
    const auto& rights = set.context.rights;
    if (need.scope == sdk::Scope::Site || need.scope == sdk::Scope::SignedIn) {
        const bool isSite = need.scope == sdk::Scope::Site;
        return auth::RightsDecider::judgeSite(user.siteRights, user.domain, isSite ? need.right : 0,
                                              isSite ? need.forbidden : 0, &trace);
    }
    if (!question.device && !question.group)
        throw Error(ErrorCode::InvalidArgument, "name the device that it is about", "/device");
    if (need.scope == sdk::Scope::Device && question.device)
        return rights.judge(user, *question.device, need.right, need.forbidden, &trace).isAllowed;
    auto group = question.group;
    if (!group)
        group = set.context.directory.group(question.device->groupId);
    return group && rights.judge(user, *group, need.right, need.forbidden, &trace).isAllowed;
}

json::value explain(CommandSet& set, const sdk::Request& request, const json::object& args) {
    const auto user = userOf(set, request, textOf(args, "user"));
    Question question{*user, nullptr, nullptr};
    if (const auto given = maybeText(args, "device")) {
        if (given->starts_with("mesh/"))
            question.group = groupOf(set, request, *given);
        else
            question.device = deviceOf(set, request, *given);
    }
    const bool hasPlace = question.device || question.group;
    const auto action = actionOf(set, textOf(args, "what"), hasPlace);
    auth::RightsTrace trace;
    const bool isAllowed = judge(set, question, action, trace);
    const auto scope = action.needed.scope;
    const bool isSite = scope == sdk::Scope::Site || scope == sdk::Scope::SignedIn;
    const auto names = isSite ? auth::siteRightNames() : auth::deviceRightNames();
    json::object answer{
        {"allowed", isAllowed},
        {"user", named(set.context.directory, user->id)},
        {"device", named(set.context.directory, question.device  ? question.device->id
                                                : question.group ? question.group->id
                                                                 : std::string())},
        {"action",
         {{"kind", action.kind},
          {"name", action.name},
          {"scope", scopeName(scope)},
          {"needed", words(names, scope == sdk::Scope::SignedIn ? 0 : action.needed.right)},
          {"forbidden", words(names, action.needed.forbidden)},
          {"hasOwnRules", action.hasOwnRules}}},
        {"steps", stepsOf(set.context.directory, trace, isSite)}};
    if (isAllowed && question.device && action.consent != 0)
        answer["consent"] = set.context.rights.consentOf(*user, *question.device) & action.consent;
    return answer;
}

} // namespace

void addExplainCommand(CommandSet& set) {
    sdk::CommandSpec spec;
    spec.name = "rights.explain";
    spec.summary = "Whether a user may do something, and the rules that decide it. Full "
                   "administrators ask about everybody, others about themselves.";
    spec.args =
        Schema::object()
            .prop("user", idText(), "The user, by name or id.")
            .prop("device", lineText(1, 326),
                  "The device, by name or id, or the id of a device group.")
            .prop("what", lineText(1, 64), // `action` is the message's own on the control channel
                  "A command, a kind of session by name or protocol number, or a right "
                  "(remotecontrol, site.manageusers).")
            .required({"user", "what"});
    set.named(std::move(spec), [&set](const sdk::Request& request, const json::object& args) {
        return explain(set, request, args);
    });
}

} // namespace trellis::api
