#include "core/agent/admission.hpp"

#include "core/model/ids.hpp"

#include <trellis/sdk/error.hpp>
#include <trellis/wire/text.hpp>

namespace trellis::agent {
namespace {

constexpr std::uint32_t kGroupOfAgents = 2;
// Group flag: devices keep the name that the computer reports (control-protocol.md section 4.4).
constexpr std::uint32_t kKeepNames = 2;
// Section 4.7: bits that coreinfo can't change; section 3.3 for the others.
constexpr std::uint32_t kNativeCaps = wire::capability::kConsole | wire::capability::kJavaScript |
                                      wire::capability::kTemporary | wire::capability::kCompression;

Admission held(std::string reason) {
    Admission out;
    out.reason = std::move(reason);
    return out;
}

/// The group, brought back if it was deleted and kept (control-protocol.md section 5.3).
model::GroupPtr groupOf(AgentContext& context, const std::string& id) {
    auto& directory = context.services.directory;
    if (auto group = directory.group(id)) return group;
    if (!directory.hiddenGroup(id)) return nullptr;
    if (!context.services.settings.reviveGroups) {
        throw sdk::Error(sdk::ErrorCode::NotFound, "its device group was deleted");
    }
    auto group = directory.reviveGroup(id);
    context.log.warning("deleted device group came back with an agent", {{"group", id}});
    return group;
}

bool isAllowed(AgentContext& context, const std::string& deviceId, const model::Group& group,
               const AgentIdentity& identity, const std::string& address, bool isNew) {
    if (!context.services.admit) return true;
    sdk::Request request;
    request.caller.address = address;
    request.deviceId = deviceId;
    request.groupId = group.id;
    const json::object facts{{"nodeid", deviceId},
                             {"meshid", group.id},
                             {"name", identity.info.hostName},
                             {"isNew", isNew}};
    const auto decision = context.services.admit(request, facts);
    return decision == sdk::Decision::Abstain || decision == sdk::Decision::Allow;
}

void fill(model::Device& device, const AgentIdentity& identity, const std::string& address) {
    const auto& info = identity.info;
    if (!info.hostName.empty()) {
        device.rname = info.hostName;
        device.host = info.hostName;
    }
    device.ip = address;
    device.agent.id = info.agentId;
    device.agent.version = info.agentVersion;
    if (!identity.commitDate.empty()) device.agent.commitDate = identity.commitDate;
    const auto script = device.agent.caps & ~kNativeCaps; // what the last script reported
    device.agent.caps = (info.capabilities & kNativeCaps) | script;
    if (device.osDesc.empty()) device.osDesc = identity.hostInfo;
}

std::string nameOf(const AgentIdentity& identity, const std::string& deviceId) {
    if (!identity.agentName.empty()) return identity.agentName;
    if (!identity.info.hostName.empty()) return identity.info.hostName;
    return "device " + deviceId.substr(deviceId.rfind('/') + 1, 8);
}

void enrol(AgentContext& context, const std::string& deviceId, const model::Group& group,
           const AgentIdentity& identity, const std::string& address) {
    model::Device device;
    device.id = deviceId;
    device.groupId = group.id;
    device.domain = group.domain;
    device.type = kGroupOfAgents;
    device.icon = identity.info.platformType;
    fill(device, identity, address);
    device.name = nameOf(identity, deviceId);
    context.services.directory.enrolDevice(device);
    context.log.info("device enrolled", {{"device", deviceId},
                                         {"name", device.name},
                                         {"group", group.id},
                                         {"address", address}});
}

Admission decide(AgentContext& context, const AgentIdentity& identity, const std::string& address,
                 const std::string& tenant) {
    auto& directory = context.services.directory;
    if ((identity.info.capabilities & wire::capability::kRecovery) != 0) {
        return held("recovery agent; this server has no script for it");
    }
    Admission out;
    out.deviceId = model::deviceIdFromKeyHash(tenant, wire::textOf(identity.keyHash));
    const auto known = directory.device(out.deviceId);
    const bool isFull = context.services.settings.maxAgents != 0 &&
                        context.hub.size() >= context.services.settings.maxAgents;
    if (isFull && !context.hub.find(out.deviceId).isConnected()) return held("too many agents");

    // The stored group overrides the one that the agent names: nothing on the device moves it.
    const auto group = groupOf(context, known ? known->groupId : groupIdOf(identity.info.groupId, tenant));
    if (!group) return held("unknown device group");
    if (group->type != kGroupOfAgents) return held("device group without agents");
    if (!isAllowed(context, out.deviceId, *group, identity, address, !known)) {
        return held("refused by a plugin");
    }
    if (!known) {
        enrol(context, out.deviceId, *group, identity, address);
    } else {
        const bool keepsName = (group->flags & kKeepNames) != 0;
        directory.touchDevice(out.deviceId, [&](model::Device& device) {
            fill(device, identity, address);
            if (keepsName) device.name = nameOf(identity, out.deviceId);
        });
    }
    out.throttle = context.flaps.judge(out.deviceId);
    out.isAdmitted = true;
    return out;
}

} // namespace

std::string groupIdOf(const wire::Hash& groupId, std::string_view domain) {
    const std::string last = wire::isLegacyGroupId(groupId)
                                 ? wire::encodeHex(wire::ByteView(groupId).first(32),
                                                   wire::HexCase::Lower)
                                 : wire::encodeId64(groupId);
    return "mesh/" + std::string(domain) + "/" + last;
}

Admission admit(AgentContext& context, const AgentIdentity& identity, const std::string& address,
                const std::string& tenant) noexcept {
    try {
        return decide(context, identity, address, tenant);
    } catch (const std::exception& reason) {
        return held(std::string("error: ") + reason.what());
    } catch (...) {
        return held("unknown error");
    }
}

} // namespace trellis::agent
