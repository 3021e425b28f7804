#include "core/app/config_command.hpp"

#include <sstream>

#include <trellis/sdk/error.hpp>

#include "core/config/show.hpp"

namespace trellis::app {

api::Registration addConfigCommand(api::Dispatcher& dispatcher, const plugin::PluginHost& plugins) {
    api::WireSpec spec;
    spec.command.name = "serverconfig";
    spec.command.summary = "The configuration with its defaults; secrets are masked.";
    spec.command.args = sdk::Schema::object().allowUnknown();
    spec.command.requires_ = {sdk::Scope::Site, sdk::site_right::kUpdate, 0, ""};
    return dispatcher.add(
        std::move(spec), api::WireHandler([&plugins](const api::WireCall& call) {
            if (call.request().caller.byLoginToken)
                throw sdk::Error(sdk::ErrorCode::Forbidden, "Access denied");
            const auto config = plugins.config();
            if (!config)
                throw sdk::Error(sdk::ErrorCode::Unavailable, "the server is starting");
            std::ostringstream text;
            config::writeYaml(*config, text);
            call.send({{"data", text.str()}});
        }),
        "core");
}

}  // namespace trellis::app
