/// Loading and checking the configuration. In two steps, because the plugins' schemas are known
/// only after the plugins were found, and where they are found may be configured:
///
///     auto source = config::load({.file = "trellis.yaml", .dataDir = data,
///                                 .environment = config::readEnvironment()});
///     auto early = config::checkServer(source);             // core sections only
///     auto checked = config::check(source, pluginSchemas);  // everything
///     if (!checked.report.ok()) { std::cerr << checked.report.text(); return 78; }
///
/// Nothing here throws for bad input: it is in the report. All values are immutable once made, so
/// any thread may read them.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include <trellis/sdk/options.hpp>

#include "core/config/position.hpp"
#include "core/config/server_config.hpp"
#include "core/config/server_schema.hpp"

namespace trellis::config {

struct Node;

/// A value given on the command line; the strongest layer.
struct Override {
    std::string path;   ///< "server.port"
    std::string value;  ///< as typed
    std::string origin; ///< "--port"
};

struct LoadRequest {
    /// Weakest to strongest: defaults, `file`, conf.d/*.yaml beside it in the order of their names,
    /// plugins.d/zz-toggles.yaml below dataDir, environment, overrides.
    std::filesystem::path file = {};    ///< "": no file
    std::filesystem::path dataDir = {}; ///< "": no toggles
    std::map<std::string, std::string> environment = {};
    std::vector<Override> overrides = {};
    bool fileMustExist = false; ///< otherwise an absent file is an empty one
};

/// The merged tree with positions, before any schema. Copyable; shares its state.
class Source {
public:
    Source();
    explicit Source(std::shared_ptr<const Node> root, Report report,
                    std::vector<std::string> files);
    const Node& root() const { return *root_; }
    const Report& report() const { return report_; } ///< syntax, limits, duplicates, files
    const std::vector<std::string>& files() const { return files_; } ///< that were read

private:
    std::shared_ptr<const Node> root_;
    Report report_;
    std::vector<std::string> files_;
};

/// The variables that begin with TRELLIS__.
std::map<std::string, std::string> readEnvironment();

/// Reads files, blocking. Limits: 1 MiB a file, 64 files in conf.d, depth 32, 20,000 nodes.
Source load(const LoadRequest& request);
/// The same from memory; `name` stands where the file name would. For tests and fuzzing. `!file` is
/// resolved relative to `folder`; "" refuses it.
Source loadText(std::string_view yaml, const std::string& name,
                const std::filesystem::path& folder = {});

/// The options of one plugin for configure(). reject() collects into problems().
class PluginOptions : public sdk::Options {
public:
    virtual const std::vector<Finding>& problems() const noexcept = 0;
};

/// A checked configuration.
class Config : public std::enable_shared_from_this<Config> {
public:
    virtual ~Config() = default;
    virtual const ServerConfig& server() const noexcept = 0;
    /// The whole value with its defaults, secrets included: never log it; see masked().
    virtual const boost::json::object& values() const noexcept = 0;
    /// The same with every secret replaced by "***".
    virtual boost::json::object masked() const = 0;
    /// `plugins.<id>.enabled`; `otherwise` when the admin did not say.
    virtual bool pluginEnabled(std::string_view id, bool otherwise = true) const = 0;
    /// The section of a plugin whose schema was handed to check(); throws sdk::Error{NotFound} for
    /// any other id. The result keeps this Config alive.
    virtual std::unique_ptr<PluginOptions> pluginOptions(const std::string& id) const = 0;
    /// Where the value at a JSON pointer was written; its nearest written ancestor if it is a
    /// default.
    virtual Position place(std::string_view pointer) const = 0;
    virtual bool isDefault(std::string_view pointer) const = 0;
    virtual const sdk::Schema& schema() const noexcept = 0;
};

struct Checked {
    std::shared_ptr<const Config> config; ///< null when the report has errors
    Report report;                        ///< including that of the Source
};

/// Core sections only; `plugins` is not looked at, apart from its `enabled` switches.
Checked checkServer(const Source& source);
/// Everything. An id in `plugins:` that is not among `plugins` is an error that names those known.
Checked check(const Source& source, const std::vector<PluginSchema>& plugins);

/// One changed setting, for the log and the reply to a reload.
struct Change {
    std::string path;   ///< "server.port", "plugins.mqtt.broker"
    std::string before; ///< as JSON; "***" for a secret, "" when it was absent
    std::string after;
    bool needsRestart = false;

    std::string text() const; ///< `server.port: 8443 -> 9443 (needs a restart)`
};

struct Difference {
    std::vector<Change> changes;
    std::vector<std::string> plugins; ///< ids whose section changed (options or `enabled`), sorted
    bool empty() const { return changes.empty(); }
};

Difference diff(const Config& before, const Config& after);

} // namespace trellis::config
