#include "core/api/commands/device_removal.hpp"

namespace trellis::api {

namespace {

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

/// Days after which a device of the group goes, 0: never.
std::int64_t daysOf(const model::Group& group) {
    const auto* days = group.extra.if_contains("expireDevs");
    return days && days->is_int64() ? days->get_int64() : 0;
}

bool isAwayFor(const Context& context, const model::Device& device, std::int64_t ms) {
    if (device.lastConnectMs == 0 || context.directory.presence(device.id).isConnected())
        return false;
    const auto lastMs = std::max(device.lastConnectMs, device.lastSeenMs);
    return context.directory.nowMs() - lastMs > ms;
}

} // namespace

void removeDevice(Context& context, const model::Device& device, model::Event event) {
    context.directory.removeDevice(device.id);
    context.devices.disconnect(device.id, "the device was removed");
    event.deviceId = device.id;
    event.groupId = device.groupId;
    for (const auto& [holder, rights] : device.links)
        event.targets.push_back(holder); // afterwards nobody has a link to it
    context.events.record(std::move(event));
}

namespace {

std::size_t removeStaleDevicesOf(Context& context, const std::string& domain) {
    std::size_t gone = 0;
    for (const auto& group : context.directory.groups(domain)) {
        const auto days = daysOf(*group);
        if (days <= 0)
            continue;
        for (const auto& device : context.directory.devicesOf(group->id)) {
            if (!isAwayFor(context, *device, days * kDayMs))
                continue;
            model::Event event;
            event.domain = group->domain;
            event.etype = "node";
            event.action = "removenode";
            event.msg = "Removed device " + device->name + " from group " + group->name +
                        ": not connected for " + std::to_string(days) + " days";
            event.extra = {{"msgid", 87}, {"msgArgs", {device->name, group->name}}};
            removeDevice(context, *device, std::move(event));
            ++gone;
        }
    }
    return gone;
}

std::size_t removeTemporaryDevicesOf(Context& context, const std::string& domain) {
    constexpr std::uint32_t kTemporaryAgent = 32; // control-protocol 4.4, `agent.caps`
    constexpr std::uint32_t kKeepsNone = 1;       // `flags` of the group
    constexpr std::int64_t kGraceMs = 60'000;
    std::size_t gone = 0;
    for (const auto& group : context.directory.groups(domain)) {
        for (const auto& device : context.directory.devicesOf(group->id)) {
            if ((device->agent.caps & kTemporaryAgent) == 0 && (group->flags & kKeepsNone) == 0)
                continue;
            if (!isAwayFor(context, *device, kGraceMs))
                continue;
            model::Event event;
            event.domain = group->domain;
            event.etype = "node";
            event.action = "removenode";
            event.msg = "Removed temporary device " + device->name + " from group " + group->name;
            event.extra = {{"msgid", 87}, {"msgArgs", {device->name, group->name}}};
            removeDevice(context, *device, std::move(event));
            ++gone;
        }
    }
    return gone;
}

/// In every tenant.
std::size_t inAll(Context& context, std::size_t (*remove)(Context&, const std::string&)) {
    auto gone = remove(context, "");
    for (const auto& [domain, section] : context.config.domains)
        gone += remove(context, domain);
    return gone;
}

} // namespace

std::size_t removeStaleDevices(Context& context) {
    return inAll(context, removeStaleDevicesOf);
}

std::size_t removeTemporaryDevices(Context& context) {
    return inAll(context, removeTemporaryDevicesOf);
}

} // namespace trellis::api
