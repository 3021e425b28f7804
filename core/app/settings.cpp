#include "core/app/settings.hpp"

#include <trellis/sdk/error.hpp>

#include "core/app/paths.hpp"

namespace trellis::app {

config::LoadRequest loadRequest(const LaunchOptions& options) {
    config::LoadRequest request;
    request.file = configFile(options.data, options.configFile);
    request.fileMustExist = !options.configFile.empty();
    request.dataDir = options.data;
    request.environment = config::readEnvironment();
    if (options.port) request.overrides.push_back({"server.port", *options.port, "--port"});
    return request;
}

std::string databaseUrl(const std::filesystem::path& data,
                        const std::filesystem::path& configFile) {
    LaunchOptions options;
    options.data = data;
    options.configFile = configFile;
    const auto checked = config::checkServer(config::load(loadRequest(options)));
    if (!checked.config) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, checked.report.text());
    }
    return checked.config->server().database.url;
}

}  // namespace trellis::app
