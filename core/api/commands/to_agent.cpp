#include "core/api/commands/to_agent.hpp"

namespace trellis::api {

json::object onBehalfOf(CommandSet& set, const sdk::Request& request, const Target& device,
                        json::object message) {
    const auto actor = actorOf(set.context, request);
    const auto record = set.context.directory.device(device.id);
    message.erase("nodeid");
    message["sessionid"] = request.caller.sessionId;
    message["rights"] = device.access.rights;
    message["consent"] = actor && record ? set.context.rights.consentOf(*actor, *record) : 0;
    message["username"] = request.caller.userName;
    message["userid"] = request.caller.userId;
    message["remoteaddr"] = request.caller.address;
    message["realname"] = actor ? actor->realName : "";
    return message;
}

bool isWindowsAgent(std::uint32_t archId) noexcept {
    switch (archId) {
    case 1:
    case 2:
    case 3:
    case 4: // x86, console and service
    case 21:
    case 22: // MinCore
    case 34: // Windows service, unified
    case 42:
    case 43: // ARM64
        return true;
    default:
        return false;
    }
}

} // namespace trellis::api
