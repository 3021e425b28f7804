#include "core/app/settings.hpp"

#include <trellis/sdk/error.hpp>
#include <trellis/sdk/schema.hpp>

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

namespace {

std::shared_ptr<const config::Config> loaded(const std::filesystem::path& data,
                                             const std::filesystem::path& configFile) {
    LaunchOptions options;
    options.data = data;
    options.configFile = configFile;
    const auto checked = config::checkServer(config::load(loadRequest(options)));
    if (!checked.config) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, checked.report.text());
    }
    return checked.config;
}

}  // namespace

std::string databaseUrl(const std::filesystem::path& data,
                        const std::filesystem::path& configFile) {
    return loaded(data, configFile)->server().database.url;
}

void requireTenant(const std::filesystem::path& data, const std::filesystem::path& configFile,
                   const std::string& tenant) {
    if (tenant.empty()) return;
    const auto config = loaded(data, configFile);
    const auto& domains = config->server().domains;
    if (domains.contains(tenant)) return;
    std::vector<std::string_view> known;
    for (const auto& [id, section] : domains) known.push_back(id);
    const auto near = sdk::nearestName(tenant, known);
    throw sdk::Error(sdk::ErrorCode::NotFound,
                     "no tenant \"" + tenant + "\" under domains: in the configuration" +
                         (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?"));
}

}  // namespace trellis::app
