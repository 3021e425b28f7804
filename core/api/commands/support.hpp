/// What the core's commands have in common.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/api/context.hpp"
#include "core/api/control/event_feed.hpp"
#include "core/api/control/hub.hpp"

namespace trellis::api {

using sdk::Error;
using sdk::ErrorCode;
using sdk::Schema;

/// The commands of the core while they are registered.
class CommandSet {
public:
    CommandSet(Context& given, ControlHub& connections, EventFeed& events)
        : context(given), hub(connections), feed(events) {}

    /// The wire's own command; a handler's Error is its `result`.
    void wire(WireSpec spec, WireHandler handler) {
        registrations_.push_back(
            context.dispatcher.add(std::move(spec), std::move(handler), "core"));
    }
    void named(sdk::CommandSpec spec, sdk::SimpleCommandHandler handler) {
        registrations_.push_back(
            context.dispatcher.add(std::move(spec), std::move(handler), "core"));
    }

    Context& context;
    ControlHub& hub;
    EventFeed& feed;

private:
    std::vector<Registration> registrations_;
};

// ---- schemas ------------------------------------------------------------------------------------

/// s(min..max) of the specification: text without control characters.
Schema lineText(std::int64_t min, std::int64_t max);
/// The same with line breaks and tabs allowed.
Schema longText(std::int64_t min, std::int64_t max);
/// An id, full or its last part.
Schema idText();
/// The id of a group, full or its last part, as long as one is: s(8..134).
Schema groupIdText();
/// An array of ids, at least one.
Schema idList();
/// Right bits; -1 means all of them (control-protocol 6.3).
Schema rightBits();
/// An object of wire arguments: members that it doesn't name are ignored.
Schema wireArgs();

/// A command of the wire with these three; the rest is as WireSpec has it.
WireSpec wireSpec(const char* name, const char* summary, Schema args);

// ---- arguments ----------------------------------------------------------------------------------

/// These expect what the schema has checked; an absent member gives "", nothing or `otherwise`.
std::string textOf(const json::object& args, std::string_view name);
std::optional<std::string> maybeText(const json::object& args, std::string_view name);
std::optional<std::int64_t> maybeNumber(const json::object& args, std::string_view name);
std::int64_t numberOf(const json::object& args, std::string_view name, std::int64_t otherwise = 0);
bool flagOf(const json::object& args, std::string_view name, bool otherwise = false);
std::vector<std::string> textsOf(const json::object& args, std::string_view name);
std::uint32_t bitsOf(const json::value& value);

// ---- records ------------------------------------------------------------------------------------

/// The caller's account; null for the local administrator.
model::UserPtr actorOf(const Context& context, const sdk::Request& request);
/// An event that `request`'s caller caused. `messageId`: control-protocol 2.5.
model::Event eventOf(const sdk::Request& request, std::string_view etype, std::string_view action,
                     int messageId, json::array messageArgs, std::string text);

/// The rights on a device or group that the caller named by full or short id; not visible: nothing.
struct Target {
    std::string id;
    Access access;
};
std::optional<Target> deviceTarget(const Context& context, const sdk::Request& request,
                                   std::string_view id);
std::optional<Target> groupTarget(const Context& context, const sdk::Request& request,
                                  std::string_view id);
/// Why deviceTarget() and groupTarget() give nothing. Ids are 384 random bits, so telling that one is
/// there gives nothing away that could have been guessed.
enum class Absence : std::uint8_t { Unknown = 1, Foreign, Hidden };
Absence whyNoDevice(const Context& context, const sdk::Request& request, std::string_view id);
/// The rights that the command declares for each of its targets (WireSpec::each).
bool meets(const WireCall& call, const Access& access);
/// By `meshid`, or by `meshname` among the agent groups that the caller sees (control-protocol 3.0,
/// "by name"). Throws Error with `unknown` if there is none, "Duplicate device groups found" if
/// there are several.
Target groupByIdOrName(const Context& context, const sdk::Request& request,
                       const json::object& args, std::string_view nameMember,
                       const std::string& unknown);
/// The same, but a group that is there and not the caller's to see is a target without rights: what
/// follows says that they are missing, which is the wire's answer. `unknownName`: when there is none of
/// the name.
Target anyGroupByIdOrName(const Context& context, const sdk::Request& request,
                          const json::object& args, std::string_view nameMember,
                          const std::string& unknown, const std::string& unknownName);

/// All devices that the caller sees; all of the tenant's for the local administrator.
std::vector<model::DevicePtr> visibleDevices(const Context& context, const sdk::Request& request);
/// A stored document as JSON; an object always, empty if there is none.
json::object parsedObject(const std::optional<model::SideDocument>& document);

void addUserCommands(CommandSet& set);
void addUserBatchCommand(CommandSet& set);
void addExplainCommand(CommandSet& set);
void addUserMessageCommands(CommandSet& set);
void addUserImageCommand(CommandSet& set);
void addAccountCommands(CommandSet& set);
void addApiTokenCommands(CommandSet& set);
void addAccountSettingCommands(CommandSet& set);
void addBetweenSessionsCommands(CommandSet& set);
void addUserGroupCommands(CommandSet& set);
void addGroupCommands(CommandSet& set);
void addGroupMemberCommands(CommandSet& set);
void addDeviceCommands(CommandSet& set);
void addDeviceListCommands(CommandSet& set);
void addDevicePageCommands(CommandSet& set);
void addOwnSessionCommands(CommandSet& set);
void addServerStateCommands(CommandSet& set);
void addDeviceInfoCommands(CommandSet& set);
void addRunCommands(CommandSet& set);
void addMessageCommands(CommandSet& set);
void addViewerCommands(CommandSet& set);
void addTunnelCommands(CommandSet& set);
void addEventCommands(CommandSet& set);
void addInstallCommands(CommandSet& set);
void addPowerCommands(CommandSet& set);
void addDeviceDetailCommands(CommandSet& set);
void addLocalDeviceCommands(CommandSet& set);
void addAgentCareCommands(CommandSet& set);
void addNoteCommands(CommandSet& set);
void addReportCommands(CommandSet& set);
void addServerCommands(CommandSet& set);
void addServerFileCommands(CommandSet& set);
void addUnsupportedCommands(CommandSet& set);

} // namespace trellis::api
