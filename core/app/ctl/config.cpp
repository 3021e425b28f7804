#include <iostream>
#include <sstream>

#include <boost/json/array.hpp>
#include <trellis/sdk/error.hpp>

#include "core/app/ctl/ctl.hpp"
#include "core/app/offline_plugins.hpp"
#include "core/app/settings.hpp"
#include "core/config/cli.hpp"

namespace trellis::app::ctl {
namespace {

/// One problem a line, none when there are none.
boost::json::array linesOf(int status, const std::string& text) {
    boost::json::array lines;
    std::istringstream in(text);
    for (std::string line; status != kOk && std::getline(in, line);) {
        if (!line.empty()) lines.emplace_back(line);
    }
    return lines;
}

}  // namespace

int config(Context& context) {
    const auto verb = context.arguments.needWord("check, show or schema");
    LaunchOptions options;
    options.data = context.data;
    options.configFile = context.configFile;
    if (verb == "check") {
        if (const auto file = context.arguments.word()) options.configFile = *file;
        context.arguments.finish();
        const OfflinePlugins plugins(options);
        std::ostringstream text;
        const int status = trellis::config::printCheck(loadRequest(options), plugins.schemas(), text);
        context.answer(boost::json::object{{"ok", status == kOk}, {"problems", linesOf(status, text.str())}},
                       text.str());
        return status;
    }
    if (verb == "show") {
        context.arguments.finish();
        const OfflinePlugins plugins(options);
        std::ostringstream text;
        const int status =
            trellis::config::printShow(loadRequest(options), plugins.schemas(), text, context.err);
        if (status == kOk) context.answer(boost::json::object{{"yaml", text.str()}}, text.str());
        return status;
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
