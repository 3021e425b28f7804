#include "core/plugin/commands.hpp"

#include <chrono>

#include "core/plugin/plugin_host.hpp"

namespace trellis::plugin {
namespace {

using sdk::Schema;

// Steps have limits of 10 to 30 s each, and dependents may have to be stopped and started, too.
constexpr sdk::Seconds kSwitchLimit{120};

sdk::Requirement siteAdmin() {
    return {sdk::Scope::Site, sdk::site_right::kAdmin, 0, ""};
}

Schema pluginSchema() {
    return Schema::object()
        .prop("id", Schema::string(), "Name of the plugin.")
        .prop("name", Schema::string(), "Name for people.")
        .prop("version", Schema::string(), "Its version.")
        .prop("summary", Schema::string(), "What it does.")
        .prop("state", Schema::string(), "running, disabled, failed, ...")
        .prop("reason", Schema::string(), "Why, and what to do; may be empty.")
        .prop("problems", Schema::array(Schema::string()), "More than the reason, one a line.")
        .prop("since", Schema::integer().unit("ms"), "Since when, from 1970 on.")
        .prop("grants", Schema::array(Schema::string()), "What it may ask of the server.")
        .prop("requires", Schema::array(Schema::string()), "Plugins it needs.")
        .prop("required", Schema::boolean(), "Cannot be switched off.")
        .prop("enabled", Schema::boolean(), "What the admin wants.")
        .prop("faults", Schema::integer(), "Exceptions and overruns since it was started.");
}

void answerChange(const sdk::Reply& reply, const Status& status, const std::exception_ptr& error) {
    try {
        if (error) std::rethrow_exception(error);
        reply.ok(status.toJson());
    } catch (const sdk::Error& e) {
        reply.fail(e);
    } catch (const std::exception& e) {
        reply.fail({sdk::ErrorCode::Internal, e.what()});
    }
}

sdk::Declarations::Command switching(PluginHost& plugins, const RememberChoice& remember,
                                     bool isEnabled) {
    sdk::CommandSpec spec;
    spec.name = isEnabled ? "plugin.enable" : "plugin.disable";
    spec.summary = isEnabled ? "Starts a plugin, now and at every start of the server."
                             : "Stops a plugin, now and at every start of the server.";
    spec.args = Schema::object()
                    .prop("id", Schema::string().range(1, 32), "Name of the plugin.")
                    .required({"id"});
    spec.result = pluginSchema();
    spec.requires_ = siteAdmin();
    spec.audited = true;
    spec.timeout = kSwitchLimit;
    return {std::move(spec), [&plugins, remember, isEnabled](const sdk::Request&,
                                                             const sdk::json::object& args,
                                                             sdk::Reply reply) {
                const std::string id(args.at("id").as_string());
                plugins.change(
                    id, isEnabled,
                    [remember, id, isEnabled] {
                        if (remember) remember(id, isEnabled);
                    },
                    [reply](const Status& status, const std::exception_ptr& error) {
                        answerChange(reply, status, error);
                    });
            }};
}

sdk::Declarations::Command listing(const PluginHost& plugins) {
    sdk::CommandSpec spec;
    spec.name = "plugin.list";
    spec.summary = "All installed plugins with their states.";
    spec.args = Schema::object();
    spec.result = Schema::object().prop("plugins", Schema::array(pluginSchema()), "Sorted by id.");
    spec.requires_ = siteAdmin();
    return {std::move(spec),
            [&plugins](const sdk::Request&, const sdk::json::object&, sdk::Reply reply) {
                sdk::json::array all;
                for (const auto& status : plugins.list()) all.push_back(status.toJson());
                reply.ok(sdk::json::object{{"plugins", std::move(all)}});
            }};
}

}  // namespace

std::vector<sdk::Declarations::Command> pluginCommands(PluginHost& plugins,
                                                       RememberChoice remember) {
    std::vector<sdk::Declarations::Command> commands;
    commands.push_back(listing(plugins));
    commands.push_back(switching(plugins, remember, true));
    commands.push_back(switching(plugins, remember, false));
    return commands;
}

}  // namespace trellis::plugin
