/// check() and checkServer(): a Source and the schemas to a Config.
#include <algorithm>
#include <map>
#include <utility>

#include <trellis/sdk/options_view.hpp>
#include <trellis/sdk/schema_node.hpp>

#include "core/config/checked_config.hpp"
#include "core/config/config.hpp"
#include "core/config/cross_check.hpp"
#include "core/config/node.hpp"
#include "core/config/typer.hpp"

namespace trellis::config {

namespace json = boost::json;

namespace {

enum class Plugins : std::uint8_t { Checked = 1, SwitchesOnly };

std::string installedList(const std::vector<PluginSchema>& plugins) {
    constexpr std::size_t kMaxListed = 40;
    std::vector<std::string> ids;
    for (const PluginSchema& plugin : plugins)
        ids.push_back(plugin.id);
    std::sort(ids.begin(), ids.end());
    std::string text;
    for (std::size_t i = 0; i < ids.size() && i < kMaxListed; ++i)
        text += (i ? ", " : "") + ids[i];
    return text.empty() ? "none is installed"
                        : "installed: " + text + (ids.size() > kMaxListed ? ", ..." : "");
}

bool isFromToggles(const Entry& entry) {
    constexpr std::string_view kName = "zz-toggles.yaml";
    const std::string& file = entry.place.file;
    return file.size() >= kName.size() &&
           file.compare(file.size() - kName.size(), kName.size(), kName) == 0;
}

class Check {
public:
    Check(const Source& source, const std::vector<PluginSchema>& plugins, Plugins mode)
        : root_(source.root()), files_(source.files()), plugins_(plugins), mode_(mode),
          report_(source.report()) {}

    Checked run() {
        const Spot top{"", "", root_.place};
        json::value values = typeCore(top);
        json::object sections = typePlugins(top.member("plugins", root_.place));
        report_.sort(files_);
        if (!report_.ok())
            return {nullptr, std::move(report_)};

        values.get_object()["plugins"] = std::move(sections);
        sdk::Schema schema = mode_ == Plugins::Checked ? fullSchema(plugins_) : openSchema();
        schema.applyDefaults(values);
        auto config = std::make_shared<const CheckedConfig>(
            std::move(values.get_object()), std::move(schema), std::move(places_), root_.place,
            mode_ == Plugins::Checked ? plugins_ : std::vector<PluginSchema>(),
            std::move(missing_));
        crossCheck(*config, report_);
        report_.sort(files_);
        if (!report_.ok())
            return {nullptr, std::move(report_)};
        return {std::move(config), std::move(report_)};
    }

private:
    static sdk::Schema anySection() {
        return pluginSectionSchema(sdk::Schema::object().allowUnknown());
    }

    json::value typeCore(const Spot& top) {
        Node core = root_;
        core.entries.erase(
            std::remove_if(core.entries.begin(), core.entries.end(),
                           [](const Entry& entry) { return entry.key == "plugins"; }),
            core.entries.end());
        // `plugins` is known, so that `plugin:` gets its suggestion.
        const auto schema = serverSchema().prop("plugins", sdk::Schema::any(), "Plugins.");
        Typing typing{report_, places_};
        return typed(core, schema, top, typing);
    }

    json::object typePlugins(const Spot& top) {
        json::object sections;
        const Entry* all = root_.find("plugins");
        if (all != nullptr && all->value.kind != Node::Kind::Null) {
            if (all->value.kind != Node::Kind::Map) {
                Typing typing{report_, places_};
                typed(all->value, sdk::Schema::object(), top, typing);
                return sections;
            }
            places_["/plugins"] = all->place;
            for (const Entry& entry : all->value.entries)
                typePlugin(entry, top, sections);
        }
        if (mode_ == Plugins::Checked)
            addUnmentioned(top, sections);
        return sections;
    }

    void typePlugin(const Entry& entry, const Spot& top, json::object& sections) {
        const Spot spot = top.member(entry.key, entry.place);
        if (mode_ == Plugins::SwitchesOnly) {
            typeSwitch(entry, spot, sections);
            return;
        }
        const auto known = std::find_if(plugins_.begin(), plugins_.end(),
                                        [&](const PluginSchema& p) { return p.id == entry.key; });
        if (known == plugins_.end())
            return unknownPlugin(entry, spot);
        // Switching a plugin on in the page must not keep the server from starting again: what the
        // plugin lacks is then told to the plugin host alone.
        const bool isOnlySwitch = isFromToggles(entry);
        const bool isLenient = isOnlySwitch || isSwitchedOff(entry.value);
        if (isOnlySwitch)
            noteMissing(*known, spot);
        Typing typing{report_, places_, isLenient ? Presence::Ignored : Presence::Checked};
        const auto schema = known->options ? pluginSectionSchema(*known->options) : anySection();
        json::value section = typed(entry.value, schema, spot, typing);
        if (section.is_object())
            sections[entry.key] = std::move(section);
    }

    /// Only `enabled` matters yet; the rest is checked when the schemas are known.
    void typeSwitch(const Entry& entry, const Spot& spot, json::object& sections) {
        json::object& section = sections[entry.key].emplace_object();
        const Entry* enabled = entry.value.find("enabled");
        if (enabled == nullptr)
            return;
        Typing typing{report_, places_};
        section["enabled"] = typed(enabled->value, sdk::Schema::boolean(),
                                   spot.member("enabled", enabled->place), typing);
    }

    static bool isSwitchedOff(const Node& section) {
        const Entry* enabled = section.find("enabled");
        if (enabled == nullptr)
            return false;
        Report report;
        Places places;
        Typing typing{report, places};
        const auto value = typed(enabled->value, sdk::Schema::boolean(), {}, typing);
        return value.is_bool() && !value.get_bool();
    }

    void unknownPlugin(const Entry& entry, const Spot& spot) {
        if (isFromToggles(entry)) {
            report_.warning(entry.place, spot.path, "this plugin is no longer installed");
            return;
        }
        std::vector<std::string_view> ids;
        for (const PluginSchema& plugin : plugins_)
            ids.push_back(plugin.id);
        const std::string_view near = sdk::nearestName(entry.key, ids);
        const std::string hint = near.empty() ? "" : "did you mean \"" + std::string(near) + "\"? ";
        report_.error(entry.place, spot.path, "unknown plugin; " + hint + installedList(plugins_));
    }

    /// A plugin without a section runs on its defaults. What it would need and has not got is no
    /// fault of the files: it is told to the plugin host through its options.
    void addUnmentioned(const Spot& top, json::object& sections) {
        for (const PluginSchema& plugin : plugins_) {
            if (sections.contains(plugin.id))
                continue;
            sections[plugin.id].emplace_object();
            noteMissing(plugin, top.member(plugin.id, root_.place));
        }
    }

    void noteMissing(const PluginSchema& plugin, const Spot& spot) {
        if (!plugin.options)
            return;
        for (const sdk::SchemaProp& prop : plugin.options->node().props) {
            if (!prop.required)
                continue;
            missing_[plugin.id].push_back(
                {spot.place, spot.path, '"' + prop.name + "\" is required"});
        }
    }

    const Node& root_;
    const std::vector<std::string>& files_;
    const std::vector<PluginSchema>& plugins_;
    Plugins mode_;
    Report report_;
    Places places_;
    std::map<std::string, std::vector<Finding>> missing_;
};

} // namespace

Checked checkServer(const Source& source) {
    static const std::vector<PluginSchema> none;
    return Check(source, none, Plugins::SwitchesOnly).run();
}

Checked check(const Source& source, const std::vector<PluginSchema>& plugins) {
    return Check(source, plugins, Plugins::Checked).run();
}

} // namespace trellis::config
