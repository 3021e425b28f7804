#include "core/plugin/manifest.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include <boost/json/object.hpp>

#include <trellis/sdk/abi.h>

#include "core/config/config.hpp"
#include "core/config/node.hpp"
#include "core/config/typer.hpp"
#include "core/plugin/grants.hpp"

namespace trellis::plugin {
namespace {

namespace json = boost::json;
using sdk::Schema;

constexpr std::streamsize kMaxBytes = 64 * 1024;

bool isId(std::string_view id) {
    if (id.empty() || id.size() > 32 || id.front() < 'a' || id.front() > 'z') return false;
    return id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

/// A member's name as a step of a JSON pointer (RFC 6901 section 3).
std::string pointerStep(std::string_view name) {
    std::string step;
    for (const char c : name) step += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return step;
}

/// What the schema cannot say, each problem at its place.
class CrossCheck {
public:
    CrossCheck(const config::Places& places, config::Report& report)
        : places_(places), report_(report) {}

    void run(const Manifest& manifest) {
        if (!isId(manifest.id)) {
            add("id", "expected a small letter, then at most 31 small letters, digits or '_', got \"" +
                          manifest.id + "\"");
        }
        if (!Version::parse(manifest.version)) {
            add("version", "expected a version such as \"1.2.0\", got \"" + manifest.version + "\"");
        }
        checkSdk(manifest.sdk);
        for (const auto& [id, range] : manifest.requires_) {
            if (VersionRange::parse(range)) continue;
            add("requires/" + pointerStep(id), "expected a range such as \">=1.0 <2\" or \"*\", got \"" + range + "\"");
        }
        for (std::size_t i = 0; i < manifest.grants.size(); ++i) {
            const auto problem = grantProblem(manifest.grants[i]);
            if (!problem.empty()) {
                add("grants/" + std::to_string(i), problem + ", got \"" + manifest.grants[i] + "\"");
            }
        }
    }

private:
    void checkSdk(const std::string& text) {
        const auto range = VersionRange::parse(text);
        if (!range) {
            add("sdk", "expected a range such as \">=1.0 <2\", got \"" + text + "\"");
        } else if (!range->contains(interfaceVersion())) {
            add("sdk", "wants plugin interface " + text + ", this server has " +
                           interfaceVersion().text() + ": install a build for this server");
        }
    }

    void add(const std::string& key, std::string problem) {
        const auto found = places_.find("/" + key);
        report_.error(found == places_.end() ? config::Position{} : found->second, key,
                      std::move(problem));
    }

    const config::Places& places_;
    config::Report& report_;
};

std::string text(const json::object& values, std::string_view key) {
    const auto* value = values.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::vector<std::string> texts(const json::object& values, std::string_view key) {
    std::vector<std::string> out;
    const auto* value = values.if_contains(key);
    if (value == nullptr || !value->is_array()) return out;
    for (const auto& item : value->get_array()) {
        if (item.is_string()) out.emplace_back(item.get_string());
    }
    return out;
}

constexpr std::array<std::string_view, 6> kSlots{
    "device_tab", "device_action", "site_page",
    "settings_page", "login_step", "devices_action"};  // as in UiSlot

sdk::Requirement requirementOf(std::string_view word) {
    if (word == "site_admin") return {sdk::Scope::Site, sdk::site_right::kAdmin, 0, ""};
    if (word == "device_view") return {sdk::Scope::Device, 0, 0, ""};
    if (word == "remote_control") {
        return {sdk::Scope::Device, sdk::device_right::kRemoteControl, 0, ""};
    }
    return {};
}

sdk::UiSpec toUi(const json::object& item) {
    sdk::UiSpec spec;
    spec.id = text(item, "id");
    spec.title = text(item, "title");
    spec.icon = text(item, "icon");
    spec.module = text(item, "module");
    spec.requires_ = requirementOf(text(item, "right"));
    const auto slot = std::find(kSlots.begin(), kSlots.end(), text(item, "slot"));
    spec.slot = static_cast<sdk::UiSlot>(slot - kSlots.begin() + 1);
    return spec;
}

Schema uiSchema() {
    return Schema::object()
        .prop("id", Schema::string().range(1, 32), "Unique in the plugin.")
        .prop("slot", Schema::oneOf(std::vector<std::string>(kSlots.begin(), kSlots.end())),
              "Where it appears.")
        .prop("title", Schema::string().range(1, 100), "Key in the plugin's i18n catalogue.")
        .prop("icon", Schema::string().range(1, 100), "File under ui/.")
        .prop("module", Schema::string().range(1, 100), "ES module under ui/.")
        .prop("right", Schema::oneOf({"signed_in", "site_admin", "device_view", "remote_control"}),
              "Who sees it; signed_in when left out.")
        .required({"id", "slot", "title", "module"});
}

Manifest toManifest(const json::object& values) {
    Manifest manifest;
    manifest.id = text(values, "id");
    manifest.version = text(values, "version");
    manifest.sdk = text(values, "sdk");
    manifest.name = text(values, "name");
    manifest.summary = text(values, "summary");
    manifest.after = texts(values, "after");
    manifest.grants = texts(values, "grants");
    if (const auto* needed = values.if_contains("requires"); needed != nullptr && needed->is_object()) {
        for (const auto& [id, range] : needed->get_object()) {
            manifest.requires_.emplace_back(id, range.is_string() ? range.get_string() : "*");
        }
    }
    if (const auto* ui = values.if_contains("ui"); ui != nullptr && ui->is_array()) {
        for (const auto& item : ui->get_array()) manifest.ui.push_back(toUi(item.get_object()));
    }
    if (const auto* required = values.if_contains("required"); required && required->is_bool()) {
        manifest.isRequired = required->get_bool();
    }
    return manifest;
}

}  // namespace

Version interfaceVersion() {
    return {{TRELLIS_ABI_MAJOR, TRELLIS_ABI_MINOR, 0}, {}};
}

Schema manifestSchema() {
    return Schema::object()
        .prop("id", Schema::string().range(1, 32), "Name of the plugin's folder, commands and options.")
        .prop("version", Schema::string().range(1, 64), "The plugin's own version (semver.org).")
        .prop("sdk", Schema::string().range(1, 64),
              "Range of plugin interface versions that it was written for, \">=1.0 <2\".")
        .prop("name", Schema::string().range(1, 60).format(sdk::Format::Line), "Name for people.")
        .prop("summary", Schema::string().range(1, 300).format(sdk::Format::Line),
              "What it does, in a sentence.")
        .prop("requires", Schema::map(Schema::string().range(1, 64)).range(0, 32),
              "Plugins that must run, with the range of versions: {notify: \">=1.0\"}.")
        .prop("after", Schema::array(Schema::string().range(1, 32)).range(0, 32),
              "Plugins that are started first if they are there.")
        .prop("grants", Schema::array(Schema::string().range(1, 200)).range(0, 64),
              "What it asks of the host beyond its own corner, shown to the admin.")
        .prop("ui", Schema::array(uiSchema()).range(0, 32),
              "Contributions to the page by a plugin without native code.")
        .prop("required", Schema::boolean().byDefault(false),
              "The server refuses to start without it.")
        .prop("license", Schema::string().range(1, 60).format(sdk::Format::Line), "SPDX identifier.")
        .prop("author", Schema::string().range(1, 200).format(sdk::Format::Line), "Who made it.")
        .prop("homepage", Schema::string().range(1, 300).format(sdk::Format::Url), "Where it lives.")
        .required({"id", "version", "sdk", "name", "summary"});
}

ParsedManifest parseManifest(const std::string& yaml, const std::string& fileName) {
    const auto source = config::loadText(yaml, fileName);
    auto report = source.report();
    if (!report.ok()) return {std::nullopt, report.errors};
    config::Places places;
    config::Typing typing{report, places};
    const auto& root = source.root();
    auto top = config::Spot{"", "", root.place};
    if (top.place.file.empty()) top.place = {fileName, 1, 1};
    const auto value = config::typed(root, manifestSchema(), top, typing);
    report.sort(source.files());
    if (!report.ok() || !value.is_object()) return {std::nullopt, report.errors};
    auto manifest = toManifest(value.get_object());
    CrossCheck(places, report).run(manifest);
    report.sort(source.files());
    if (!report.ok()) return {std::nullopt, report.errors};
    return {std::move(manifest), {}};
}

ParsedManifest readManifest(const std::filesystem::path& folder) {
    const auto file = folder / "plugin.yaml";
    const auto problem = [&](const std::string& text) {
        return ParsedManifest{std::nullopt, {{{file.string(), 0, 0}, "", text}}};
    };
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) return problem("is missing");
    std::ifstream in(file, std::ios::binary);
    std::string yaml(static_cast<std::size_t>(kMaxBytes) + 1, '\0');
    in.read(yaml.data(), kMaxBytes + 1);
    if (in.bad() || !in.is_open()) return problem("cannot be read");
    if (in.gcount() > kMaxBytes) return problem("is longer than 64 KiB");
    yaml.resize(static_cast<std::size_t>(in.gcount()));
    auto parsed = parseManifest(yaml, file.string());
    const auto name = folder.filename().string();
    if (parsed.manifest && parsed.manifest->id != name) {
        return problem("id is \"" + parsed.manifest->id + "\", but its folder is called \"" + name +
                       "\": rename one of them");
    }
    return parsed;
}

}  // namespace trellis::plugin
