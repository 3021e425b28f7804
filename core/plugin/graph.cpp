#include "core/plugin/graph.hpp"

#include <algorithm>
#include <set>

namespace trellis::plugin {
namespace {

class Graph {
public:
    explicit Graph(const std::vector<Manifest>& manifests) {
        for (const auto& manifest : manifests) all_[manifest.id] = &manifest;
        for (const auto& [id, manifest] : all_) {
            for (const auto& [needed, range] : manifest->requires_) addEdge(needed, id);
            for (const auto& earlier : manifest->after) addEdge(earlier, id);
        }
    }

    StartOrder order() {
        refuseUnmet();
        takeReady();
        while (result_.ids.size() + result_.refused.size() < all_.size()) {
            refuseOneCycle();
            refuseUnmet();
            takeReady();
        }
        return std::move(result_);
    }

private:
    void addEdge(const std::string& before, const std::string& after) {
        if (!all_.contains(before)) return;
        before_[after].insert(before);
    }

    bool isDone(const std::string& id) const {
        return isTaken_.contains(id) || result_.refused.contains(id);
    }

    /// Repeats until nothing changes: a refusal spreads to whoever requires the refused one.
    void refuseUnmet() {
        for (bool again = true; again;) {
            again = false;
            for (const auto& [id, manifest] : all_) {
                if (isDone(id)) continue;
                const auto sentence = unmet(*manifest);
                if (sentence.empty()) continue;
                result_.refused[id] = sentence;
                again = true;
            }
        }
    }

    std::string unmet(const Manifest& manifest) const {
        for (const auto& [needed, range] : manifest.requires_) {
            const auto found = all_.find(needed);
            if (found == all_.end()) {
                return "requires the plugin \"" + needed + "\", which is not installed: install it";
            }
            const auto version = Version::parse(found->second->version);
            const auto wanted = VersionRange::parse(range);
            if (version && wanted && !wanted->contains(*version)) {
                return "requires \"" + needed + "\" " + range + ", installed is " +
                       found->second->version + ": install a matching version";
            }
            if (result_.refused.contains(needed)) {
                return "requires the plugin \"" + needed + "\", which was refused: see there";
            }
        }
        return {};
    }

    void takeReady() {
        for (bool again = true; again;) {
            again = false;
            for (const auto& [id, manifest] : all_) {
                if (isDone(id) || !isReady(id)) continue;
                isTaken_.insert(id);
                result_.ids.push_back(id);
                again = true;
                break;  // from the first id again: ties go by id
            }
        }
    }

    bool isReady(const std::string& id) const {
        const auto found = before_.find(id);
        if (found == before_.end()) return true;
        return std::all_of(found->second.begin(), found->second.end(),
                           [this](const std::string& other) { return isDone(other); });
    }

    /// Everything left waits for something left, so walking back must come round to a cycle.
    void refuseOneCycle() {
        std::vector<std::string> path;
        std::string id = std::find_if(all_.begin(), all_.end(), [this](const auto& entry) {
                             return !isDone(entry.first);
                         })->first;
        while (std::find(path.begin(), path.end(), id) == path.end()) {
            path.push_back(id);
            const auto& earlier = before_.at(id);
            id = *std::find_if(earlier.begin(), earlier.end(),
                               [this](const std::string& other) { return !isDone(other); });
        }
        path.erase(path.begin(), std::find(path.begin(), path.end(), id));
        std::string text = path.front();
        for (auto it = path.begin() + 1; it != path.end(); ++it) text += " -> " + *it;
        text += " -> " + path.front();
        for (const auto& member : path) {
            result_.refused[member] =
                "waits for itself (" + text +
                "): remove one of these from `requires` or `after` in their plugin.yaml";
        }
    }

    std::map<std::string, const Manifest*> all_;
    std::map<std::string, std::set<std::string>> before_;
    std::set<std::string> isTaken_;
    StartOrder result_;
};

}  // namespace

StartOrder startOrder(const std::vector<Manifest>& manifests) {
    return Graph(manifests).order();
}

}  // namespace trellis::plugin
