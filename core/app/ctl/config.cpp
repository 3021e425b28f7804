#include <iostream>

#include <trellis/sdk/error.hpp>

#include "core/app/ctl/ctl.hpp"
#include "core/app/offline_plugins.hpp"
#include "core/app/settings.hpp"
#include "core/config/cli.hpp"

namespace trellis::app::ctl {

int config(Context& context) {
    const auto verb = context.arguments.needWord("check, show or schema");
    LaunchOptions options;
    options.data = context.data;
    options.configFile = context.configFile;
    if (verb == "check") {
        if (const auto file = context.arguments.word()) options.configFile = *file;
        context.arguments.finish();
        const OfflinePlugins plugins(options);
        return trellis::config::printCheck(loadRequest(options), plugins.schemas(), context.out);
    }
    if (verb == "show") {
        context.arguments.finish();
        const OfflinePlugins plugins(options);
        return trellis::config::printShow(loadRequest(options), plugins.schemas(), context.out, context.err);
    }
    if (verb == "schema") {
        context.arguments.finish();
        const OfflinePlugins plugins(options);
        return trellis::config::printSchema(plugins.schemas(), context.out);
    }
    throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                     "config: expected check, show or schema, got \"" + verb + "\"");
}

}  // namespace trellis::app::ctl
