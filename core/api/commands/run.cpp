// Running commands on devices (control-protocol 3.7).
#include "core/api/commands/to_agent.hpp"

namespace trellis::api {

namespace {

enum class RunType : std::int64_t { Default = 0, Cmd = 1, PowerShell = 2, Shell = 3, Console = 4 };

struct Run {
    RunType type = RunType::Default;
    std::string commands;
    std::int64_t asUser = 0; ///< 0 agent, 1 user first, 2 user only
    bool wantsOutput = false;
};

Run runFrom(const json::object& args) {
    Run run;
    run.type = static_cast<RunType>(numberOf(args, "type"));
    run.commands = textOf(args, "cmds");
    run.asUser = numberOf(args, "runAsUser");
    run.wantsOutput = flagOf(args, "reply");
    if (run.commands.empty())
        throw Error(ErrorCode::InvalidArgument, "Invalid commands", "/cmds");
    return run;
}

bool mayRun(const WireCall& call, RunType type, const Access& access) {
    using namespace sdk::device_right;
    return type == RunType::Console ? allows(access.rights, kRemoteControl | kAgentConsole)
                                    : meets(call, access);
}

/// What the agent is told to use; nothing if the device has no such interpreter.
std::optional<std::int64_t> interpreterOf(RunType type, const model::Device& device) {
    const bool isWindows = isWindowsAgent(device.agent.id);
    if (type == RunType::Default)
        return isWindows ? 1 : 3;
    const bool wantsWindows = type == RunType::Cmd || type == RunType::PowerShell;
    if (type == RunType::Console || wantsWindows != isWindows)
        return std::nullopt;
    return static_cast<std::int64_t>(type);
}

void announceRun(CommandSet& set, const sdk::Request& request, const model::Device& device,
                 const Run& run) {
    const int messageIds[] = {24, 99, 100}; // control-protocol 11, 29
    auto event =
        eventOf(request, "node", "runcommands", messageIds[run.asUser], {}, "Running commands");
    event.deviceId = device.id;
    event.groupId = device.groupId;
    event.extra["cmds"] = run.commands.substr(0, 4096);
    event.extra["cmdType"] = static_cast<std::int64_t>(run.type);
    event.extra["runAsUser"] = run.asUser;
    set.context.events.record(std::move(event));
}

/// The agent's output goes to who asked for it and to nobody else (control-protocol 11, 28).
std::string expectOutput(CommandSet& set, const WireCall& call, const std::string& deviceId) {
    return set.hub.replies().expect(
        deviceId, call.request().deadline, [call, deviceId](const json::object& message) {
            json::object answer{{"action", "msg"}, {"type", "runcommands"}, {"nodeid", deviceId}};
            const auto* result = message.if_contains("result");
            answer["result"] = result ? *result : json::value("");
            call.send(std::move(answer));
        });
}

bool sendRun(CommandSet& set, const WireCall& call, const Target& target,
             const model::Device& device, const Run& run) {
    if (run.type == RunType::Console) {
        return set.context.devices.send(
            target.id,
            onBehalfOf(set, call.request(), target,
                       {{"action", "msg"}, {"type", "console"}, {"value", run.commands}}));
    }
    json::object message{{"action", "runcommands"},
                         {"type", *interpreterOf(run.type, device)},
                         {"cmds", run.commands},
                         {"runAsUser", run.asUser},
                         {"reply", run.wantsOutput}};
    std::string token;
    if (run.wantsOutput) {
        token = expectOutput(set, call, target.id);
        message["responseid"] = token;
    }
    const bool isSent = set.context.devices.send(
        target.id, onBehalfOf(set, call.request(), target, std::move(message)));
    if (!isSent && !token.empty())
        set.hub.replies().forget(token);
    return isSent;
}

void runOn(CommandSet& set, const WireCall& call, const Run& run, const std::string& given) {
    const auto target = deviceTarget(set.context, call.request(), given);
    const auto device = target ? set.context.directory.device(target->id) : nullptr;
    if (!device) {
        const auto why = whyNoDevice(set.context, call.request(), given);
        call.result(why == Absence::Hidden    ? "Access denied"
                    : why == Absence::Foreign ? "Invalid domain"
                                              : "Invalid nodeid");
        return;
    }
    if (!mayRun(call, run.type, target->access)) {
        call.result("Access denied");
        return;
    }
    if (run.type != RunType::Console && !interpreterOf(run.type, *device)) {
        call.result("Invalid command type");
        return;
    }
    if (!sendRun(set, call, *target, *device, run)) {
        call.result("Agent not connected");
        return;
    }
    announceRun(set, call.request(), *device, run);
    if (!run.wantsOutput || run.type == RunType::Console)
        call.result("OK");
}

} // namespace

void addRunCommands(CommandSet& set) {
    WireSpec run;
    run.command.name = "runcommands";
    run.command.summary = "Runs a command on devices; answers once for each.";
    run.command.audited = true;
    run.command.timeout = sdk::Seconds(3600); // as long as the output is awaited
    run.command.args =
        wireArgs()
            .prop("nodeids", idList(), "The devices.")
            .prop("type", Schema::integer().range(0, 4),
                  "0 the device's own shell, 1 cmd, 2 PowerShell, 3 sh, 4 agent console.")
            .prop("cmds", longText(1, 65535), "The command, one or more lines.")
            .prop("runAsUser", Schema::integer().range(0, 2),
                  "0 as the agent, 1 as the user if there is one, 2 as the user only.")
            .prop("reply", Schema::boolean(), "Answer with the output when it has ended.")
            .required({"nodeids", "cmds"});
    run.each = {{sdk::Scope::Device, sdk::device_right::kRemoteCommand, 0, ""}};
    run.fieldTexts = {{"nodeids", "Invalid nodeid"},
                      {"type", "Invalid command type"},
                      {"cmds", "Invalid commands"}};
    set.wire(std::move(run), [&set](const WireCall& call) {
        const auto what = runFrom(call.args());
        for (const auto& id : textsOf(call.args(), "nodeids"))
            runOn(set, call, what, id);
    });
}

} // namespace trellis::api
