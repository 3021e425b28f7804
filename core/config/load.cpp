/// The layers of the configuration, weakest first, merged into one tree.
#include <algorithm>
#include <system_error>
#include <utility>

#include "core/config/config.hpp"
#include "core/config/environment.hpp"
#include "core/config/files.hpp"
#include "core/config/node.hpp"
#include "core/config/toggles.hpp"
#include "core/config/yaml_guard.hpp"
#include "core/config/yaml_reader.hpp"

namespace trellis::config {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxFragments = 64;

class Loader {
public:
    Loader() { root_.kind = Node::Kind::Map; }

    void addFile(const fs::path& path, bool mustExist) {
        const FileText file = readFile(path, kMaxFileBytes);
        if (file.ok) {
            addText(file.text, path.string(), path.parent_path().string());
        } else if (!file.isAbsent || mustExist) {
            report_.error({path.string(), 0, 0}, "", file.problem);
        }
    }

    void addText(std::string_view text, const std::string& name, const std::string& folder) {
        files_.push_back(name);
        Node node = readYaml(text, name, folder, nodesLeft_, report_);
        if (node.kind != Node::Kind::Map) {
            report_.error(
                node.place, "",
                "expected sections such as `server:`, got " +
                    std::string(node.kind == Node::Kind::List ? "a list" : "a single value"));
            return;
        }
        if (root_.place.file.empty())
            root_.place = {name, 1, 1};
        mergeInto(root_, std::move(node));
    }

    void addFolder(const fs::path& folder) {
        std::vector<fs::path> found;
        std::error_code error;
        for (fs::directory_iterator at(folder, error), end; !error && at != end;
             at.increment(error)) {
            consider(at->path(), found);
        }
        if (error && error != std::errc::no_such_file_or_directory &&
            error != std::errc::not_a_directory) {
            report_.error({folder.string(), 0, 0}, "", "cannot be read: " + error.message());
            return;
        }
        if (found.size() > kMaxFragments) {
            report_.error({folder.string(), 0, 0}, "",
                          "holds " + std::to_string(found.size()) + " files, at most 64 are read");
            return;
        }
        std::sort(found.begin(), found.end());
        for (const fs::path& path : found)
            addFile(path, true);
    }

    void addTree(Node node) { mergeInto(root_, std::move(node)); }
    Report& report() { return report_; }

    Source finish() {
        return Source(std::make_shared<const Node>(std::move(root_)), std::move(report_),
                      std::move(files_));
    }

private:
    void consider(const fs::path& path, std::vector<fs::path>& found) {
        const std::string name = path.filename().string();
        if (name.empty() || name.front() == '.')
            return;
        if (path.extension() == ".yaml")
            found.push_back(path);
        if (path.extension() == ".yml") {
            report_.warning({path.string(), 0, 0}, "", "ignored; files here end in .yaml");
        }
    }

    Node root_;
    Report report_;
    std::vector<std::string> files_;
    std::size_t nodesLeft_ = kMaxNodes;
};

} // namespace

Source::Source() : Source(nullptr, {}, {}) {}

Source::Source(std::shared_ptr<const Node> root, Report report, std::vector<std::string> files)
    : root_(std::move(root)), report_(std::move(report)), files_(std::move(files)) {
    if (root_ != nullptr)
        return;
    Node empty;
    empty.kind = Node::Kind::Map;
    root_ = std::make_shared<const Node>(std::move(empty));
}

Source load(const LoadRequest& request) {
    Loader loader;
    if (!request.file.empty()) {
        loader.addFile(request.file, request.fileMustExist);
        loader.addFolder(request.file.parent_path() / "conf.d");
    }
    if (!request.dataDir.empty())
        loader.addFile(togglesFile(request.dataDir), false);
    loader.addTree(environmentTree(request.environment, loader.report()));
    loader.addTree(overrideTree(request.overrides));
    return loader.finish();
}

Source loadText(std::string_view yaml, const std::string& name, const fs::path& folder) {
    Loader loader;
    loader.addText(yaml, name, folder.string());
    return loader.finish();
}

} // namespace trellis::config
