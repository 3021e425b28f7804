#include "core/takeover/machines.hpp"

#include "core/model/ids.hpp"
#include "core/model/limits.hpp"
#include "core/model/text.hpp"
#include "core/takeover/members.hpp"

#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include <algorithm>

namespace trellis::takeover {

namespace {

using sdk::Error;
using sdk::ErrorCode;

[[noreturn]] void leave(const char* why) {
    throw Error(ErrorCode::InvalidArgument, why);
}

/// Codes as far as they are texts; section 5.3.
void takeInvite(const json::object& document, json::object& extra) {
    const auto* invite = objectOf(document, "invite");
    if (invite == nullptr)
        return;
    const auto codes = textsOf(*invite, "codes");
    if (codes.empty())
        return;
    json::object kept{{"codes", json::array(codes.begin(), codes.end())},
                      {"flags", bitsOf(*invite, "flags")}};
    if (invite->contains("ag"))
        kept["ag"] = bitsOf(*invite, "ag");
    extra["invite"] = std::move(kept);
}

void takeAgent(const json::object& document, model::AgentInfo& info) {
    const auto* agent = objectOf(document, "agent");
    if (agent == nullptr)
        return;
    info.version = bitsOf(*agent, "ver");
    info.id = bitsOf(*agent, "id");
    info.caps = bitsOf(*agent, "caps");
    info.core = textOf(*agent, "core");
    info.tag = textOf(*agent, "tag");
    info.isRoot = flagOf(*agent, "root");
}

/// Public parts alone; MeshCentral keeps passwords in the same object.
void takeAmt(const json::object& document, json::object& extra) {
    if (const auto* amt = objectOf(document, "intelamt")) {
        auto kept = pick(*amt, {"tls", "state", "ver", "sku", "flags", "uuid", "realm", "warn"});
        if (!kept.empty())
            extra["intelamt"] = std::move(kept);
    }
}

std::string withoutZero(std::string text) {
    std::erase(text, '\0');
    return text;
}

std::string shortened(std::string text, std::size_t mostBytes) {
    return text.size() <= mostBytes ? withoutZero(std::move(text))
                                    : model::cleanText(text, mostBytes);
}

struct SidePrefix {
    std::string_view prefix; ///< of the document's id
    model::SideKind kind;
};
// Longer ones first: "ntp" is no note of an id that begins with "p".
constexpr SidePrefix kSidePrefixes[] = {
    {"ntp", model::SideKind::OwnNote}, {"nt", model::SideKind::Note},
    {"if", model::SideKind::Network},  {"si", model::SideKind::Hardware},
    {"im", model::SideKind::Image},    {"ws", model::SideKind::WebState}};

std::string bodyOf(model::SideKind kind, const json::object& document) {
    const auto asText = [](json::object object) {
        return object.empty() ? std::string() : json::serialize(object);
    };
    switch (kind) {
    case model::SideKind::Network:
        return asText(pick(document, {"netif", "netif2"}));
    case model::SideKind::Hardware:
        return asText(pick(document, {"hardware", "pendingReboot", "hash"}));
    case model::SideKind::Image:
        return withoutZero(textOf(document, "image"));
    case model::SideKind::WebState:
        return withoutZero(textOf(document, "state"));
    default:
        return withoutZero(textOf(document, "value"));
    }
}

} // namespace

model::Group takeGroup(const json::object& document) {
    const auto id = model::parseId(model::IdKind::Group, textOf(document, "_id"));
    if (!id)
        leave("its id is not the id of a device group");
    model::Group group;
    group.id = id->text();
    group.domain = id->domain;
    group.name = model::cleanText(textOf(document, "name"), model::limit::kGroupName);
    group.desc = shortened(textOf(document, "desc"), model::limit::kDesc);
    group.type = bitsOf(document, "mtype");
    group.flags = bitsOf(document, "flags");
    group.consent = bitsOf(document, "consent");
    group.createdMs = timeMsOf(document, "creation");
    group.creatorId = textOf(document, "creatorid");
    group.creatorName = model::cleanText(textOf(document, "creatorname"), 256);
    group.deletedMs = timeMsOf(document, "deleted");
    if (group.deletedMs == 0 && !textOf(document, "deleted").empty())
        group.deletedMs = 1; // an ISO text in some stores; that it is deleted is what counts
    if (group.name.empty())
        group.name = "unnamed";
    if (!model::parseId(model::IdKind::User, group.creatorId))
        group.creatorId.clear();
    group.extra = pick(document, {"expireDevs", "relayid"});
    takeInvite(document, group.extra);
    return group;
}

bool holdsGroupSecrets(const json::object& document) {
    return objectOf(document, "amt") != nullptr || objectOf(document, "kvm") != nullptr;
}

model::Device takeDevice(const json::object& document) {
    const auto id = model::parseId(model::IdKind::Device, textOf(document, "_id"));
    if (!id)
        leave("its id is not the id of a device");
    model::Device device;
    device.id = id->text();
    device.domain = id->domain;
    device.groupId = textOf(document, "meshid");
    if (!model::parseId(model::IdKind::Group, device.groupId))
        leave("it belongs to no device group");
    if (const auto type = bitsOf(document, "mtype"); type >= 1 && type <= 4)
        device.type = type;
    device.name = textOf(document, "name");
    device.rname = textOf(document, "rname");
    device.host = textOf(document, "host");
    device.ip = textOf(document, "ip");
    device.osDesc = textOf(document, "osdesc");
    device.desc = shortened(textOf(document, "desc"), model::limit::kDesc);
    device.icon = bitsOf(document, "icon");
    device.consent = bitsOf(document, "consent");
    device.tags = textsOf(document, "tags");
    device.users = textsOf(document, "users");
    device.lockedUsers = textsOf(document, "lusers");
    device.createdMs = timeMsOf(document, "firstconnect");
    device.lastBootMs = timeMsOf(document, "lastbootuptime");
    device.extra =
        pick(document, {"av", "wsc", "defender", "volumes", "publicip", "rdpport", "rfbport",
                        "sshport", "httpport", "httpsport", "iploc", "wifiloc", "gpsloc", "userloc",
                        "portid", "porttype", "portnum"});
    takeAgent(document, device.agent);
    takeAmt(document, device.extra);
    model::clean(device, model::Device()); // texts that are too long are cut, as an agent's are
    return device;
}

bool holdsDeviceSecrets(const json::object& document) {
    const auto* amt = objectOf(document, "intelamt");
    const bool hasAmt = amt != nullptr && (amt->contains("pass") || amt->contains("mpspass"));
    return hasAmt || document.contains("rdp") || document.contains("ssh") ||
           document.contains("pmt");
}

std::optional<LastConnection> takeLastConnection(const json::object& document) {
    const auto id = textOf(document, "_id");
    if (!id.starts_with("lc") || !model::parseId(model::IdKind::Device, id.substr(2)))
        return std::nullopt;
    return LastConnection{id.substr(2), timeMsOf(document, "time"),
                          model::cleanText(textOf(document, "addr"), 64)};
}

std::optional<TakenSide> takeSide(const json::object& document) {
    const auto id = textOf(document, "_id");
    for (const auto& [prefix, kind] : kSidePrefixes) {
        if (!id.starts_with(prefix) || !model::parseId(id.substr(prefix.size())))
            continue;
        TakenSide side;
        side.owner = id.substr(prefix.size());
        side.kind = kind;
        side.document.text = bodyOf(kind, document);
        side.document.hash = model::cleanText(textOf(document, "hash"), 256);
        side.document.timeMs =
            timeMsOf(document, kind == model::SideKind::Network ? "updateTime" : "time");
        if (side.document.text.empty())
            return std::nullopt;
        return side;
    }
    return std::nullopt;
}

} // namespace trellis::takeover
