#include "core/config/environment.hpp"

#include <cstdlib>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "core/config/yaml_guard.hpp"

namespace trellis::config {

namespace {

constexpr std::string_view kPrefix = "TRELLIS__";
constexpr std::string_view kFileTag = "!file ";

std::vector<std::string> split(std::string_view text, std::string_view by) {
    std::vector<std::string> parts;
    while (true) {
        const auto at = text.find(by);
        parts.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos)
            return parts;
        text.remove_prefix(at + by.size());
    }
}

bool isWord(const std::string& part) {
    if (part.empty() || part.front() == '_' || part.back() == '_')
        return false;
    for (const char c : part) {
        const bool known = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (!known)
            return false;
    }
    return true;
}

/// {server: {port: <value>}}, every level at `place`.
Node branch(const std::vector<std::string>& path, const std::string& value, const Position& place) {
    Node node;
    node.kind = Node::Kind::Scalar;
    node.style = Node::Style::Text;
    node.scalar = value;
    node.place = place;
    if (value.compare(0, kFileTag.size(), kFileTag) == 0) {
        node.isFile = true;
        node.scalar = value.substr(kFileTag.size());
        node.folder = ".";
    }
    for (auto part = path.rbegin(); part != path.rend(); ++part) {
        Node parent;
        parent.kind = Node::Kind::Map;
        parent.place = place;
        parent.entries.push_back({*part, place, std::move(node)});
        node = std::move(parent);
    }
    return node;
}

Node emptyMap() {
    Node root;
    root.kind = Node::Kind::Map;
    return root;
}

} // namespace

std::map<std::string, std::string> readEnvironment() {
    std::map<std::string, std::string> found;
    for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
        const std::string_view line = *at;
        const auto equals = line.find('=');
        if (line.substr(0, kPrefix.size()) != kPrefix || equals == std::string_view::npos)
            continue;
        found.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return found;
}

Node environmentTree(const std::map<std::string, std::string>& environment, Report& report) {
    Node root = emptyMap();
    for (const auto& [name, value] : environment) {
        const Position place{"environment " + name, 0, 0};
        std::string path = name.substr(kPrefix.size());
        for (char& c : path) {
            if (c >= 'A' && c <= 'Z')
                c = static_cast<char>(c - 'A' + 'a');
        }
        const auto parts = split(path, "__");
        bool fits = parts.size() >= 2 && parts.size() <= kMaxDepth;
        for (const std::string& part : parts)
            fits = fits && isWord(part);
        if (!fits) {
            report.error(place, "", "not the name of a setting; write TRELLIS__SECTION__KEY");
        } else if (value.size() > kMaxLineBytes) {
            report.error(place, "", "a value longer than 64 KiB");
        } else {
            mergeInto(root, branch(parts, value, place));
        }
    }
    return root;
}

Node overrideTree(const std::vector<Override>& overrides) {
    Node root = emptyMap();
    for (const Override& item : overrides) {
        mergeInto(root, branch(split(item.path, "."), item.value, {"option " + item.origin, 0, 0}));
    }
    return root;
}

} // namespace trellis::config
