#include "core/api/commands/core_commands.hpp"

namespace trellis::api {

void addCommandListCommand(CommandSet& set); // command_list.cpp

std::unique_ptr<CommandSet> addCoreCommands(Context& context, ControlHub& hub, EventFeed& feed) {
    auto set = std::make_unique<CommandSet>(context, hub, feed);
    for (const auto add :
         {addUserCommands,         addUserBatchCommand,       addUserMessageCommands,
          addUserImageCommand,     addAccountCommands,        addApiTokenCommands,
          addCommandListCommand,   addAccountSettingCommands, addBetweenSessionsCommands,
          addUserGroupCommands,    addGroupCommands,          addGroupMemberCommands,
          addDeviceCommands,       addDeviceListCommands,     addDeviceInfoCommands,
          addRunCommands,          addMessageCommands,        addTunnelCommands,
          addEventCommands,        addInstallCommands,        addPowerCommands,
          addDeviceDetailCommands, addLocalDeviceCommands,    addAgentCareCommands,
          addNoteCommands,         addReportCommands,         addServerCommands,
          addServerFileCommands,   addExplainCommand,         addUnsupportedCommands,
          addDevicePageCommands,   addOwnSessionCommands,     addServerStateCommands,
          addViewerCommands})
        add(*set);
    return set;
}

} // namespace trellis::api
