#include "commands.hpp"

#include <algorithm>
#include <map>

#include "arguments.hpp"
#include "shares.hpp"

namespace sharing {
namespace {

using namespace trellis::sdk;

/// Refusals about device and right come under this action, whatever was asked (section 11, 25).
constexpr auto kErrorAction = "deviceShares";
constexpr auto kDenied = "Access denied";
constexpr auto kUnknownDevice = "Invalid node id";
constexpr auto kUnknownGroup = "Invalid device group id";

CommandSpec specOf(const char* name, const char* summary, Schema args, Schema result) {
    CommandSpec spec;
    spec.name = name;
    spec.summary = summary;
    spec.args = std::move(args);
    spec.result = std::move(result);
    spec.shape = ReplyShape::Wire;
    spec.wire.actions = {{kDenied, kErrorAction}};
    spec.wire.arguments = {{"nodeid", "Invalid node id"},
                           {"meshid", "Invalid device group id"},
                           {"publicid", "Invalid public id"},
                           {"guestname", "Invalid guest name"},
                           {"expire", "Invalid expire time"},
                           {"start", "Invalid start time"},
                           {"end", "Invalid end time"},
                           {"consent", "Invalid flags"},
                           {"p", "Invalid protocol"},
                           {"recurring", "Invalid recurring value"},
                           {"port", "Invalid port value"}};
    return spec;
}

Schema listResult() {
    return Schema::object()
        .prop("deviceShares", Schema::array(Schema::object().allowUnknown()), "The shares.")
        .allowUnknown();
}

/// Throws what the wire says to who may not have guests there. A device that the caller does not see
/// and one that does not exist get the same answer.
std::uint32_t rightsToShare(const CommandParts& parts, const Request& request, const std::string& id,
                            std::uint32_t kinds) {
    const auto rights = parts.directory().rights(request.caller.userId, id);
    if (!rights) {
        const bool isDevice = id.starts_with("node/");
        throw Error(ErrorCode::NotFound, isDevice ? kUnknownDevice : kUnknownGroup,
                    isDevice ? "/nodeid" : "/meshid");
    }
    if (!mayShare(*rights, kinds)) {
        throw Error(ErrorCode::Forbidden, kDenied, "/nodeid");
    }
    return *rights;
}

std::string groupOf(const CommandParts& parts, const std::string& deviceId) {
    const auto device = parts.directory().device(deviceId);
    return device ? device->groupId : std::string();
}

/// The link goes to who made the share and to nobody else.
json::object shown(Shares& shares, const Share& share, const Request& request) {
    auto out = share.toWire();
    if (share.userId == request.caller.userId) out["url"] = shares.linkOf(share);
    return out;
}

json::value list(const CommandParts& parts, const Request& request, const json::object& args) {
    const auto id = deviceIdOf(args, request.caller.domain);
    rightsToShare(parts, request, id, 0);
    json::array out;
    auto& shares = parts.shares();
    for (const auto& share : shares.ofDevice(id)) out.emplace_back(shown(shares, share, request));
    return json::object{{"nodeid", id}, {"deviceShares", std::move(out)}};
}

json::value listGroup(const CommandParts& parts, const Request& request, const json::object& args) {
    const auto id = groupIdOf(args, request.caller.domain);
    rightsToShare(parts, request, id, 0);
    json::array out;
    auto& shares = parts.shares();
    for (const auto& share : shares.ofGroup(id)) {
        auto entry = shown(shares, share, request);
        entry["nodeid"] = share.deviceId;
        out.emplace_back(std::move(entry));
    }
    return json::object{
        {"action", "deviceMeshShares"}, {"meshid", id}, {"deviceShares", std::move(out)}};
}

bool mayOnlyLook(std::uint32_t rights) {
    return rights != device_right::kAdmin && (rights & device_right::kViewOnly) != 0;
}

/// Whether some running plugin has a tab for it.
bool isShowable(Host& host, std::uint32_t kinds) {
    const auto protocols = protocolsOf(kinds);
    const auto parts = host.pageParts([&](const UiSpec& spec) {
        return spec.slot == UiSlot::DeviceTab &&
               std::find_first_of(spec.protocols.begin(), spec.protocols.end(), protocols.begin(),
                                  protocols.end()) != spec.protocols.end();
    });
    return !parts.at("contributions").as_array().empty();
}

/// The whole request comes back, with what was made of it.
json::value create(const CommandParts& parts, const Request& request, const json::object& args) {
    const auto& caller = request.caller;
    if (caller.userId.empty()) throw Error(ErrorCode::Forbidden, kDenied);
    auto& shares = parts.shares();
    const auto id = deviceIdOf(args, caller.domain);
    auto share = shareOf(args, shares.nowMs(), parts.maxMinutes());
    const auto rights = rightsToShare(parts, request, id, share.kinds);
    share.deviceId = id;
    const bool onlyLooks = mayOnlyLook(rights);
    share.isViewOnly = share.isViewOnly || onlyLooks;
    shares.create(share, caller, groupOf(parts, id));

    auto out = args;
    out["nodeid"] = id;
    if (onlyLooks) out["viewOnly"] = true;
    if (share.startMs) out["start"] = *share.startMs;
    if (share.expireMs) out["expire"] = *share.expireMs;
    if (!share.expireMs && share.recurring == 0) out.erase("expire");
    out["url"] = shares.linkOf(share);
    out["publicid"] = share.publicId;
    out["result"] = "OK";
    return out;
}

/// One answer instead of the original's two, with the `result` in it (section 11, 34).
json::value revoke(const CommandParts& parts, const Request& request, const json::object& args) {
    const auto id = deviceIdOf(args, request.caller.domain);
    rightsToShare(parts, request, id, 0);
    const std::string publicId(args.at("publicid").as_string());
    const auto removed = parts.shares().revoke(request.caller, id, groupOf(parts, id), publicId);
    if (!removed) throw Error(ErrorCode::NotFound, "Invalid device share identifier.", "/publicid");
    return json::object{{"nodeid", id},
                        {"publicid", publicId},
                        {"removed", removed->toDocument()},
                        {"result", "OK"}};
}

// ---- for the page -------------------------------------------------------------------------------

const char* phaseName(Phase phase) {
    switch (phase) {
    case Phase::Open: return "open";
    case Phase::Early: return "early";
    case Phase::Over: return "over";
    }
    return "over";
}

json::value pageList(const CommandParts& parts, const Request& request) {
    auto& shares = parts.shares();
    std::map<std::string, int> sessions;
    for (const auto& session : parts.host().guestSessions()) ++sessions[session.info.ticket];
    json::array out;
    for (const auto& share : shares.ofDevice(request.deviceId)) {
        auto entry = shown(shares, share, request);
        const auto moment = momentOf(share, shares.nowMs());
        const auto user = parts.directory().user(share.userId);
        entry["by"] = user ? user->displayName : share.userId;
        entry["state"] = shares.isBacked(share) ? phaseName(moment.phase) : "unbacked";
        if (moment.fromMs) entry["from"] = *moment.fromMs;
        if (moment.untilMs) entry["until"] = *moment.untilMs;
        entry["sessions"] = sessions[std::string(TRELLIS_PLUGIN_ID "/") + share.publicId];
        out.emplace_back(std::move(entry));
    }
    json::array kinds;
    for (const auto bit : {kind::kTerminal, kind::kDesktop, kind::kFiles}) {
        if (mayShare(request.deviceRights, bit) && isShowable(parts.host(), bit)) kinds.emplace_back(bit);
    }
    return json::object{{"shares", std::move(out)},
                        {"kinds", std::move(kinds)},
                        {"mayOnlyLook", mayOnlyLook(request.deviceRights)},
                        {"maxMinutes", parts.maxMinutes()}};
}

CommandSpec pageSpec(const char* name, const char* summary, Schema args, Schema result) {
    CommandSpec spec;
    spec.name = name;
    spec.summary = summary;
    spec.args = std::move(args);
    spec.result = std::move(result);
    spec.requires_ = kSponsor;
    return spec;
}

void declarePageCommands(Registrar& reg, const CommandParts& parts) {
    reg.command(pageSpec("sharing.list", "The guest links of a device, as the page shows them.",
                         listArguments(),
                         Schema::object()
                             .prop("shares", Schema::array(Schema::object().allowUnknown()), "The shares.")
                             .prop("kinds", Schema::array(Schema::integer()), "What the caller may share.")
                             .prop("mayOnlyLook", Schema::boolean(), "His guests look on only.")
                             .prop("maxMinutes", Schema::integer().unit("min"), "Longest time, 0: none.")),
                SimpleCommandHandler([parts](const auto& request, const auto&) {
                    return pageList(parts, request);
                }));
    auto made = pageSpec("sharing.create", "Makes a link by which a guest reaches a device.",
                         createArguments(),
                         Schema::object()
                             .prop("publicid", Schema::string(), "Names the share.")
                             .prop("url", Schema::string(), "The link."));
    made.audited = true;
    reg.command(std::move(made), SimpleCommandHandler([parts](const auto& request, const auto& args) {
                    const auto whole = create(parts, request, args).as_object();
                    return json::object{{"publicid", whole.at("publicid")}, {"url", whole.at("url")}};
                }));
    auto removed = pageSpec("sharing.revoke", "Revokes a guest link and ends its sessions.",
                            removeArguments(), Schema::object());
    removed.audited = true;
    reg.command(std::move(removed), SimpleCommandHandler([parts](const auto& request, const auto& args) {
                    revoke(parts, request, args);
                    return json::object();
                }));
}

}  // namespace

void declareCommands(Registrar& reg, CommandParts parts) {
    declarePageCommands(reg, parts);
    auto shares = specOf("deviceShares", "Lists the guest links of a device.", listArguments(),
                         listResult());
    shares.wire.echoesId = false;
    reg.command(std::move(shares), SimpleCommandHandler([parts](const auto& request, const auto& args) {
                    return list(parts, request, args);
                }));

    auto group = specOf("deviceMeshShares", "Lists the guest links of a device group's devices.",
                        groupArguments(), listResult());
    group.wire.echoesId = false;
    for (const auto& [argument, text] : group.wire.arguments) group.wire.actions[text] = kErrorAction;
    group.wire.actions["Invalid domain"] = kErrorAction;
    reg.command(std::move(group), SimpleCommandHandler([parts](const auto& request, const auto& args) {
                    return listGroup(parts, request, args);
                }));

    auto made = specOf("createDeviceShareLink", "Makes a link by which a guest reaches a device.",
                       createArguments(), Schema::object().allowUnknown());
    made.audited = true;
    reg.command(std::move(made), SimpleCommandHandler([parts](const auto& request, const auto& args) {
                    return create(parts, request, args);
                }));

    auto removed = specOf("removeDeviceShare", "Revokes a guest link and ends its sessions.",
                          removeArguments(), Schema::object().allowUnknown());
    removed.audited = true;
    reg.command(std::move(removed), SimpleCommandHandler([parts](const auto& request, const auto& args) {
                    return revoke(parts, request, args);
                }));
}

}  // namespace sharing
