#include "core/api/commands/core_commands.hpp"

namespace trellis::api {

std::unique_ptr<CommandSet> addCoreCommands(Context& context, ControlHub& hub, EventFeed& feed) {
    auto set = std::make_unique<CommandSet>(context, hub, feed);
    for (const auto add :
         {addUserCommands, addUserBatchCommand, addUserMessageCommands, addUserImageCommand,
          addAccountCommands, addAccountSettingCommands, addBetweenSessionsCommands,
          addUserGroupCommands, addGroupCommands, addGroupMemberCommands, addDeviceCommands,
          addDeviceListCommands, addDeviceInfoCommands, addRunCommands, addMessageCommands,
          addTunnelCommands, addEventCommands, addInstallCommands, addPowerCommands,
          addDeviceDetailCommands, addLocalDeviceCommands, addAgentCareCommands, addNoteCommands,
          addReportCommands, addServerCommands, addServerFileCommands, addUnsupportedCommands})
        add(*set);
    return set;
}

} // namespace trellis::api
