/// The plugins' part of the page: contributions and static files.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>

#include <trellis/sdk/registrar.hpp>

namespace trellis::plugin {

class PluginHost;
struct Status;

struct UiContribution {
    std::string plugin;  ///< id
    std::string version; ///< part of the URL, so that an update is not served from a cache
    sdk::UiSpec spec;
    sdk::json::object toJson() const;
};

/// Answer of GET /api/ui: `{plugins: [{id, version, i18n}], contributions: [...]}` with what
/// `mayHave` lets through. Requirements that name a device or group pass here when the caller is
/// signed in: the page asks again with the device's rights, and the command itself is checked anyway.
sdk::json::object uiFor(const PluginHost& plugins,
                        const std::function<bool(const sdk::Requirement&)>& mayHave);

/// The same from what is known, of which `isWanted` takes.
sdk::json::object uiFrom(const std::vector<Status>& plugins,
                         const std::vector<UiContribution>& contributions,
                         const std::function<bool(const sdk::UiSpec&)>& isWanted);

/// The file behind /plugins/<id>/ui/<path> and /plugins/<id>/i18n/<path>; nullopt (answer 404)
/// unless the plugin runs and the file lies below its own ui/ or i18n/ folder, links and ".."
/// resolved, and has a known type. `rest`: percent-decoded, "ui/hello.js".
struct StaticFile {
    std::filesystem::path path;
    std::string_view contentType;
};
std::optional<StaticFile> staticFile(const PluginHost& plugins, const std::string& id,
                                     std::string_view rest);

}  // namespace trellis::plugin
