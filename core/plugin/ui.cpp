#include "core/plugin/ui.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <boost/json/value_from.hpp>

#include "core/plugin/claims.hpp"
#include "core/plugin/plugin_host.hpp"

namespace trellis::plugin {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kTypes{{
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".gif", "image/gif"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".txt", "text/plain; charset=utf-8"},
    {".mp3", "audio/mpeg"},
    {".ogg", "audio/ogg"},
}};

std::string_view slotName(sdk::UiSlot slot) {
    switch (slot) {
    case sdk::UiSlot::DeviceTab: return "device_tab";
    case sdk::UiSlot::DeviceAction: return "device_action";
    case sdk::UiSlot::SitePage: return "site_page";
    case sdk::UiSlot::SettingsPage: return "settings_page";
    case sdk::UiSlot::LoginStep: return "login_step";
    case sdk::UiSlot::DevicesAction: return "devices_action";
    }
    return "site_page";
}

std::string_view scopeName(sdk::Scope scope) {
    switch (scope) {
    case sdk::Scope::SignedIn: return "signed_in";
    case sdk::Scope::Site: return "site";
    case sdk::Scope::Group: return "group";
    case sdk::Scope::Device: return "device";
    }
    return "site";
}

/// Languages of the plugin's catalogues: "de" for i18n/de.json.
json::array languagesOf(const fs::path& folder) {
    std::vector<std::string> found;
    std::error_code error;
    for (fs::directory_iterator at(folder / "i18n", error), end; !error && at != end;
         at.increment(error)) {
        if (at->path().extension() == ".json") found.push_back(at->path().stem().string());
    }
    std::sort(found.begin(), found.end());
    json::array languages;
    for (const auto& language : found) languages.emplace_back(language);
    return languages;
}

}  // namespace

json::object UiContribution::toJson() const {
    const auto base = "/plugins/" + plugin + "/ui/";
    return {{"plugin", plugin},
            {"id", spec.id},
            {"slot", slotName(spec.slot)},
            {"title", spec.title},
            {"icon", spec.icon.empty() ? std::string() : base + spec.icon + "?v=" + version},
            {"module", base + spec.module + "?v=" + version},
            {"protocols", json::value_from(spec.protocols)},
            {"scope", scopeName(spec.requires_.scope)},
            {"rights", spec.requires_.right},
            {"forbidden", spec.requires_.forbidden}};
}

json::object uiFor(const PluginHost& plugins,
                   const std::function<bool(const sdk::Requirement&)>& mayHave) {
    return uiFrom(plugins.list(), plugins.ui(),
                  [&](const sdk::UiSpec& spec) { return mayHave(spec.requires_); });
}

json::object uiFrom(const std::vector<Status>& plugins,
                    const std::vector<UiContribution>& contributions,
                    const std::function<bool(const sdk::UiSpec&)>& isWanted) {
    json::array list;
    for (const auto& status : plugins) {
        if (!isActive(status.state)) continue;
        list.push_back({{"id", status.id},
                        {"name", status.name},
                        {"version", status.version},
                        {"i18n", languagesOf(status.folder)}});
    }
    json::array taken;
    for (const auto& contribution : contributions) {
        if (isWanted(contribution.spec)) taken.push_back(contribution.toJson());
    }
    return {{"plugins", std::move(list)}, {"contributions", std::move(taken)}};
}

std::optional<StaticFile> staticFile(const PluginHost& plugins, const std::string& id,
                                     std::string_view rest) {
    const auto part = rest.substr(0, rest.find('/'));
    if (part != "ui" && part != "i18n") return std::nullopt;
    if (!isPlainRelativePath(rest)) return std::nullopt;
    const auto folder = plugins.activeFolder(id);
    if (!folder) return std::nullopt;
    std::error_code error;
    const auto root = fs::canonical(*folder / part, error);
    if (error) return std::nullopt;
    const auto file = fs::canonical(*folder / rest, error);
    if (error || !fs::is_regular_file(file, error)) return std::nullopt;
    // A link that leads out of the folder is not followed.
    const auto [end, nothing] = std::mismatch(root.begin(), root.end(), file.begin(), file.end());
    if (end != root.end()) return std::nullopt;
    const auto extension = file.extension().string();
    const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                   [&](const auto& known) { return known.first == extension; });
    if (type == kTypes.end()) return std::nullopt;
    return StaticFile{file, type->second};
}

}  // namespace trellis::plugin
