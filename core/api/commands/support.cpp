#include "core/api/commands/support.hpp"

#include <boost/json/parse.hpp>

#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

const json::value* member(const json::object& args, std::string_view name) {
    const auto* value = args.if_contains(json::string_view(name.data(), name.size()));
    return value && !value->is_null() ? value : nullptr;
}

} // namespace

Schema lineText(std::int64_t min, std::int64_t max) {
    return Schema::string().range(min, max).format(sdk::Format::Line);
}

Schema longText(std::int64_t min, std::int64_t max) {
    return Schema::string().range(min, max);
}

Schema idText() {
    return lineText(1, static_cast<std::int64_t>(model::kMaxIdBytes));
}

Schema groupIdText() {
    return lineText(8, 134);
}

Schema idList() {
    return Schema::array(idText()).range(1, 1000);
}

Schema rightBits() {
    return Schema::integer().range(-1, 0xFFFFFFFFLL);
}

Schema wireArgs() {
    return Schema::object().allowUnknown();
}

WireSpec wireSpec(const char* name, const char* summary, Schema args) {
    WireSpec wire;
    wire.command.name = name;
    wire.command.summary = summary;
    wire.command.args = std::move(args);
    return wire;
}

std::string textOf(const json::object& args, std::string_view name) {
    return maybeText(args, name).value_or("");
}

std::optional<std::string> maybeText(const json::object& args, std::string_view name) {
    const auto* value = member(args, name);
    const auto* text = value ? value->if_string() : nullptr;
    if (!text)
        return std::nullopt;
    return std::string(text->data(), text->size());
}

std::optional<std::int64_t> maybeNumber(const json::object& args, std::string_view name) {
    const auto* value = member(args, name);
    if (!value)
        return std::nullopt;
    if (value->is_int64())
        return value->get_int64();
    if (value->is_uint64())
        return static_cast<std::int64_t>(value->get_uint64());
    return std::nullopt;
}

std::int64_t numberOf(const json::object& args, std::string_view name, std::int64_t otherwise) {
    return maybeNumber(args, name).value_or(otherwise);
}

bool flagOf(const json::object& args, std::string_view name, bool otherwise) {
    const auto* value = member(args, name);
    return value && value->is_bool() ? value->get_bool() : otherwise;
}

std::vector<std::string> textsOf(const json::object& args, std::string_view name) {
    std::vector<std::string> list;
    const auto* value = member(args, name);
    const auto* items = value ? value->if_array() : nullptr;
    if (!items)
        return list;
    for (const auto& item : *items)
        if (const auto* text = item.if_string())
            list.emplace_back(text->data(), text->size());
    return list;
}

std::uint32_t bitsOf(const json::value& value) {
    if (value.is_uint64())
        return static_cast<std::uint32_t>(value.get_uint64());
    if (value.is_int64())
        return static_cast<std::uint32_t>(value.get_int64());
    return 0;
}

model::UserPtr actorOf(const Context& context, const sdk::Request& request) {
    return request.caller.userId.empty() ? nullptr : context.directory.user(request.caller.userId);
}

model::Event eventOf(const sdk::Request& request, std::string_view etype, std::string_view action,
                     int messageId, json::array messageArgs, std::string text) {
    model::Event event;
    event.domain = request.caller.domain;
    event.etype = etype;
    event.action = action;
    event.userId = request.caller.userId;
    event.userName = request.caller.userName;
    event.msg = std::move(text);
    if (auto token = auth::ApiTokens::nameIn(request.caller.sessionId); !token.empty())
        event.extra["token"] = std::move(token);
    if (messageId != 0) {
        event.extra["msgid"] = messageId;
        event.extra["msgArgs"] = std::move(messageArgs);
    }
    return event;
}

std::optional<Target> deviceTarget(const Context& context, const sdk::Request& request,
                                   std::string_view id) {
    const auto full = model::completeId(model::IdKind::Device, request.caller.domain, id);
    if (!full)
        return std::nullopt;
    auto access = context.access.device(request.caller, *full);
    if (!access.isVisible)
        return std::nullopt;
    return Target{*full, std::move(access)};
}

std::optional<Target> groupTarget(const Context& context, const sdk::Request& request,
                                  std::string_view id) {
    const auto full = model::completeId(model::IdKind::Group, request.caller.domain, id);
    if (!full)
        return std::nullopt;
    auto access = context.access.group(request.caller, *full);
    if (!access.isVisible)
        return std::nullopt;
    return Target{*full, std::move(access)};
}

Absence whyNoDevice(const Context& context, const sdk::Request& request, std::string_view id) {
    const auto full = model::completeId(model::IdKind::Device, request.caller.domain, id);
    if (!full)
        return Absence::Unknown;
    if (model::domainOf(*full) != request.caller.domain)
        return Absence::Foreign;
    // As on the wire: for an account without any link there are no devices.
    const auto actor = actorOf(context, request);
    const bool mayKnow = !actor || !actor->links.empty();
    return mayKnow && context.directory.device(*full) ? Absence::Hidden : Absence::Unknown;
}

Target anyGroupByIdOrName(const Context& context, const sdk::Request& request,
                          const json::object& args, std::string_view nameMember,
                          const std::string& unknown, const std::string& unknownName) {
    const auto given = maybeText(args, "meshid");
    if (!given)
        return groupByIdOrName(context, request, args, nameMember, unknownName);
    if (auto target = groupTarget(context, request, *given))
        return *target;
    const auto id = model::completeId(model::IdKind::Group, request.caller.domain, *given);
    const auto group = id ? context.directory.group(*id) : nullptr;
    if (!group || group->domain != request.caller.domain)
        throw Error(ErrorCode::NotFound, unknown, "/meshid");
    return {group->id, {}};
}

bool meets(const WireCall& call, const Access& access) {
    const auto& each = call.spec().each;
    return each && access.isVisible && allows(access.rights, each->right, each->forbidden);
}

Target groupByIdOrName(const Context& context, const sdk::Request& request,
                       const json::object& args, std::string_view nameMember,
                       const std::string& unknown) {
    if (const auto id = maybeText(args, "meshid")) {
        if (auto target = groupTarget(context, request, *id))
            return *target;
        throw Error(ErrorCode::NotFound, unknown, "/meshid");
    }
    const auto name = maybeText(args, nameMember);
    if (!name)
        throw Error(ErrorCode::InvalidArgument, unknown, "/meshid");
    std::optional<Target> found;
    for (const auto& group : context.directory.groups(request.caller.domain)) {
        if (group->type != 2 || group->name != *name)
            continue;
        auto target = groupTarget(context, request, group->id);
        if (!target)
            continue;
        if (found)
            throw Error(ErrorCode::Conflict, "Duplicate device groups found");
        found = std::move(target);
    }
    if (!found)
        throw Error(ErrorCode::NotFound, unknown, "/" + std::string(nameMember));
    return *found;
}

namespace {

/// A token may be limited to some groups.
std::vector<model::DevicePtr> within(const auth::ApiTokenPtr& token,
                                     std::vector<model::DevicePtr> devices) {
    if (token)
        std::erase_if(devices,
                      [&](const auto& device) { return !token->scope.hasGroup(device->groupId); });
    return devices;
}

} // namespace

std::vector<model::DevicePtr> visibleDevices(const Context& context, const sdk::Request& request) {
    if (const auto actor = actorOf(context, request))
        return within(context.apiTokens.ofSession(request.caller.sessionId),
                      context.rights.visibleDevices(*actor));
    std::vector<model::DevicePtr> all;
    if (!request.caller.isLocalAdmin)
        return all;
    for (const auto& group : context.directory.groups(request.caller.domain))
        for (const auto& device : context.directory.devicesOf(group->id))
            all.push_back(device);
    return all;
}

json::object parsedObject(const std::optional<model::SideDocument>& document) {
    if (!document)
        return {};
    json::error_code failed;
    auto value = json::parse(document->text, failed);
    if (failed || !value.is_object())
        return {};
    return std::move(value.get_object());
}

} // namespace trellis::api
