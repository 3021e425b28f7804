/// The Config that check() makes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/config/typer.hpp"

namespace trellis::config {

class CheckedConfig final : public Config {
public:
    /// `values`: complete, with defaults. `missing`: for plugins that the admin does not mention,
    /// what their sections would need.
    CheckedConfig(boost::json::object values, sdk::Schema schema, Places places, Position root,
                  std::vector<PluginSchema> plugins,
                  std::map<std::string, std::vector<Finding>> missing);

    const ServerConfig& server() const noexcept override { return server_; }
    const boost::json::object& values() const noexcept override { return values_; }
    boost::json::object masked() const override;
    bool pluginEnabled(std::string_view id, bool otherwise) const override;
    std::unique_ptr<PluginOptions> pluginOptions(const std::string& id) const override;
    Position place(std::string_view pointer) const override;
    bool isDefault(std::string_view pointer) const override;
    const sdk::Schema& schema() const noexcept override { return schema_; }

    /// "/plugins/mqtt/hosts/0" as "plugins.mqtt.hosts[0]".
    std::string pathOf(const std::string& pointer) const;

private:
    boost::json::object values_;
    sdk::Schema schema_;
    Places places_;
    Position root_;
    std::vector<PluginSchema> plugins_;
    std::map<std::string, std::vector<Finding>> missing_;
    ServerConfig server_;
};

} // namespace trellis::config
