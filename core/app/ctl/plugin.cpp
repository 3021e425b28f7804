#include <algorithm>
#include <iostream>

#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "core/app/ctl/ctl.hpp"
#include "core/app/local_client.hpp"
#include "core/app/offline_plugins.hpp"
#include "core/app/settings.hpp"
#include "core/config/toggles.hpp"
#include "core/plugin/scaffold.hpp"

namespace trellis::app::ctl {
namespace {

namespace json = boost::json;

LaunchOptions launchOptions(const Context& context) {
    LaunchOptions options;
    options.data = context.data;
    options.configFile = context.configFile;
    return options;
}

/// As the running server sees them, or as they lie on disk.
json::array listed(const Context& context) {
    const auto client = context.client();
    if (client.isServerRunning()) {
        return client.call("plugin.list", {}).at("plugins").as_array();
    }
    json::array plugins;
    for (const auto& status : installedPlugins(launchOptions(context))) {
        plugins.push_back(status.toJson());
    }
    return plugins;
}

std::string text(const json::value& item, const char* key) {
    const auto* value = item.as_object().if_contains(key);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

int list(Context& context) {
    context.arguments.finish();
    const auto plugins = listed(context);
    if (context.asJson) {
        context.out << json::serialize(plugins) << '\n';
        return kOk;
    }
    for (const auto& item : plugins) {
        context.out << text(item, "id") << '\t' << text(item, "version") << '\t'
                    << text(item, "state");
        const auto reason = text(item, "reason");
        if (!reason.empty()) context.out << '\t' << reason;
        context.out << '\n';
    }
    return kOk;
}

/// Switches a plugin at once if the server runs, else from its next start on.
int toggle(Context& context, bool isEnabled) {
    const auto id = context.arguments.needWord("the plugin's id");
    context.arguments.finish();
    const auto client = context.client();
    if (client.isServerRunning()) {
        const auto answer = client.call(isEnabled ? "plugin.enable" : "plugin.disable",
                                        {{"id", id}}, std::chrono::seconds(90));
        context.out << (context.asJson ? json::serialize(answer)
                                       : id + (isEnabled ? " enabled" : " disabled"))
                    << '\n';
        return kOk;
    }
    const auto known = installedPlugins(launchOptions(context));
    const bool exists = std::any_of(known.begin(), known.end(),
                                    [&](const auto& status) { return status.id == id; });
    if (!exists) {
        std::string ids;
        for (const auto& status : known) ids += (ids.empty() ? "" : ", ") + status.id;
        throw sdk::Error(sdk::ErrorCode::NotFound, "no plugin \"" + id + "\"; there are: " + ids);
    }
    trellis::config::setPluginEnabled(context.data, id, isEnabled);
    context.answer(json::object{{"id", id}, {"enabled", isEnabled}},
                   id + (isEnabled ? " enabled" : " disabled") + " from the next start on\n");
    return kOk;
}

int make(Context& context) {
    const auto id = context.arguments.needWord("the new plugin's id");
    const auto into = context.arguments.option("into").value_or(id);
    context.arguments.finish();
    trellis::plugin::scaffold(id, into);
    context.answer(json::object{{"folder", into}},
                   "made " + into + "; see its README.md for the next steps\n");
    return kOk;
}

}  // namespace

int plugin(Context& context) {
    const auto verb = context.arguments.needWord("list, enable, disable or new");
    if (verb == "list") return list(context);
    if (verb == "enable") return toggle(context, true);
    if (verb == "disable") return toggle(context, false);
    if (verb == "new") return make(context);
    throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                     "plugin: expected list, enable, disable or new, got \"" + verb + "\"");
}

}  // namespace trellis::app::ctl
