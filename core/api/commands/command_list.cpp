// The commands themselves, as a command: what `trellisctl call` and its completion are made from.
#include "core/api/commands/support.hpp"
#include "core/api/token_gate.hpp"

namespace trellis::api {

namespace {

json::value listCommands(CommandSet& set, const sdk::Request& request) {
    json::array commands;
    for (const auto& info : set.context.dispatcher.commands()) {
        const auto& spec = info.spec->command;
        if (tokenRefusal(set.context.apiTokens, request.caller, spec))
            continue;
        commands.push_back(json::object{{"name", spec.name},
                                        {"owner", info.owner},
                                        {"summary", spec.summary},
                                        {"readOnly", isReadOnly(spec)},
                                        {"args", spec.args.toJsonSchema()}});
    }
    return json::object{{"commands", std::move(commands)}};
}

} // namespace

void addCommandListCommand(CommandSet& set) {
    sdk::CommandSpec spec;
    spec.name = "server.commands";
    spec.summary = "Every command of this server and its plugins; for an API token those it may call.";
    spec.args = Schema::object();
    const auto command = Schema::object()
                             .prop("name", Schema::string(), "As it is called.")
                             .prop("owner", Schema::string(), "\"core\" or a plugin's id.")
                             .prop("summary", Schema::string(), "What it does.")
                             .prop("readOnly", Schema::boolean(), "Whether it changes nothing.")
                             .prop("args", Schema::object().allowUnknown(), "A JSON Schema.")
                             .required({"name", "owner", "summary", "readOnly", "args"});
    spec.result = Schema::object()
                      .prop("commands", Schema::array(command), "By name.")
                      .required({"commands"});
    set.named(std::move(spec), [&set](const sdk::Request& request, const json::object&) {
        return listCommands(set, request);
    });
}

} // namespace trellis::api
