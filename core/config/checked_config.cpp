#include "core/config/checked_config.hpp"

#include <utility>

#include <trellis/sdk/options_view.hpp>

namespace trellis::config {

namespace json = boost::json;

namespace {

/// A plugin's section, its positions, and what configure() has against it.
class Section final : public PluginOptions, private sdk::OptionsHost {
public:
    Section(std::shared_ptr<const CheckedConfig> config, const std::string& id, json::value section,
            std::vector<Finding> problems)
        : config_(std::move(config)), pointer_("/plugins/" + sdk::pointerStep(id)),
          section_(std::move(section)), problems_(std::move(problems)), view_(section_, *this) {}

    const std::vector<Finding>& problems() const noexcept override { return problems_; }

    bool has(std::string_view path) const override { return view_.has(path); }
    bool isSet(std::string_view path) const override { return view_.isSet(path); }
    const json::value& value(std::string_view path) const override { return view_.value(path); }
    std::vector<const sdk::Options*> list(std::string_view path) const override {
        return view_.list(path);
    }
    std::vector<std::string> keys(std::string_view path) const override { return view_.keys(path); }
    const sdk::Options& at(std::string_view name) const override { return view_.at(name); }
    std::string place(std::string_view path) const override { return view_.place(path); }
    void reject(std::string_view path, const std::string& problem) const override {
        view_.reject(path, problem);
    }

private:
    std::string place(const std::string& pointer) const override {
        return config_->place(pointer_ + pointer).text();
    }
    bool isSet(const std::string& pointer) const override {
        return !config_->isDefault(pointer_ + pointer);
    }
    void reject(const std::string& pointer, const std::string& problem) const override {
        const std::string whole = pointer_ + pointer;
        problems_.push_back({config_->place(whole), config_->pathOf(whole), problem});
    }

    std::shared_ptr<const CheckedConfig> config_;
    std::string pointer_;
    json::value section_;
    mutable std::vector<Finding> problems_;
    sdk::OptionsView view_;
};

std::string unescaped(std::string_view step) {
    std::string name;
    for (std::size_t i = 0; i < step.size(); ++i) {
        if (step[i] == '~' && i + 1 < step.size())
            name += step[++i] == '1' ? '/' : '~';
        else
            name += step[i];
    }
    return name;
}

} // namespace

CheckedConfig::CheckedConfig(json::object values, sdk::Schema schema, Places places, Position root,
                             std::vector<PluginSchema> plugins,
                             std::map<std::string, std::vector<Finding>> missing)
    : values_(std::move(values)), schema_(std::move(schema)), places_(std::move(places)),
      root_(std::move(root)), plugins_(std::move(plugins)), missing_(std::move(missing)),
      server_(toServerConfig(values_)) {}

json::object CheckedConfig::masked() const {
    json::value copy = values_;
    schema_.maskSecrets(copy);
    return std::move(copy.get_object());
}

bool CheckedConfig::pluginEnabled(std::string_view id, bool otherwise) const {
    const auto* plugins = values_.if_contains("plugins");
    const auto* all = plugins == nullptr ? nullptr : plugins->if_object();
    const auto* section = all == nullptr ? nullptr : all->if_contains(id);
    const auto* object = section == nullptr ? nullptr : section->if_object();
    const auto* enabled = object == nullptr ? nullptr : object->if_contains("enabled");
    return enabled != nullptr && enabled->is_bool() ? enabled->get_bool() : otherwise;
}

std::unique_ptr<PluginOptions> CheckedConfig::pluginOptions(const std::string& id) const {
    for (const PluginSchema& plugin : plugins_) {
        if (plugin.id != id)
            continue;
        json::value section = values_.at("plugins").at(id);
        section.get_object().erase("enabled");
        section.get_object().erase("required");
        const auto found = missing_.find(id);
        auto self = std::static_pointer_cast<const CheckedConfig>(shared_from_this());
        return std::make_unique<Section>(std::move(self), id, std::move(section),
                                         found == missing_.end() ? std::vector<Finding>()
                                                                 : found->second);
    }
    throw sdk::Error(sdk::ErrorCode::NotFound, "no options were checked for the plugin " + id);
}

Position CheckedConfig::place(std::string_view pointer) const {
    while (true) {
        const auto found = places_.find(std::string(pointer));
        if (found != places_.end())
            return found->second;
        const auto slash = pointer.rfind('/');
        if (slash == std::string_view::npos)
            return root_;
        pointer = pointer.substr(0, slash);
    }
}

bool CheckedConfig::isDefault(std::string_view pointer) const {
    return places_.find(std::string(pointer)) == places_.end();
}

std::string CheckedConfig::pathOf(const std::string& pointer) const {
    std::string path;
    const json::value root = json::value(json::object());
    const json::value* at = nullptr;
    std::string_view rest = pointer;
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const std::string name = unescaped(rest.substr(0, rest.find('/')));
        const bool isItem = at != nullptr && at->is_array();
        path += isItem ? '[' + name + ']' : (path.empty() ? "" : ".") + name;
        const auto slash = rest.find('/');
        if (at == nullptr && path == name) {
            at = values_.if_contains(name);
        } else if (at != nullptr && at->is_object()) {
            at = at->get_object().if_contains(name);
        } else if (isItem) {
            boost::system::error_code error;
            at = at->find_pointer('/' + name, error);
        }
        rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    }
    return path;
}

} // namespace trellis::config
