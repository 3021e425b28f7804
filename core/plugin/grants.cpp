#include "core/plugin/grants.hpp"

#include <algorithm>
#include <charconv>

namespace trellis::plugin {
namespace {

bool isPort(std::string_view text) {
    unsigned port = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    return error == std::errc{} && stop == end && port >= 1 && port <= 65535;
}

bool covers(std::string_view granted, std::string_view asked) {
    if (!granted.ends_with('*')) return granted == asked;
    return asked.starts_with(granted.substr(0, granted.size() - 1));
}

bool isGranted(const std::vector<std::string>& grants, std::string_view kind,
               std::string_view value) {
    return std::any_of(grants.begin(), grants.end(), [&](std::string_view grant) {
        const auto colon = grant.find(':');
        return grant.substr(0, colon) == kind && covers(grant.substr(colon + 1), value);
    });
}

}  // namespace

std::string grantProblem(std::string_view grant) {
    const auto colon = grant.find(':');
    const auto kind = grant.substr(0, colon);
    const auto value = colon == std::string_view::npos ? std::string_view{} : grant.substr(colon + 1);
    if (kind == "listen") {
        return isPort(value) ? "" : "expected listen:<port from 1 to 65535>";
    }
    if (kind == "path" || kind == "public") {
        const bool isPath = value.size() > 1 && value.front() == '/' &&
                            value.find("..") == std::string_view::npos;
        return isPath ? "" : "expected " + std::string(kind) + ":/<path>, a final * takes what follows";
    }
    if (kind == "endpoint" || kind == "decision") {
        return value.empty() ? "expected " + std::string(kind) + ":<name>" : "";
    }
    if (kind == "watch") return value == "tunnels" ? "" : "expected watch:tunnels";
    if (kind == "account") return value == "factors" ? "" : "expected account:factors";
    return "expected a grant such as listen:<port>, path:/<path>, public:/<path>, endpoint:<name>, "
           "decision:<point>, watch:tunnels or account:factors";
}

std::vector<std::string> ungranted(const std::string& id, const std::vector<std::string>& grants,
                                   const sdk::Declarations& declared) {
    std::vector<std::string> sentences;
    const auto ask = [&](const std::string& what, const std::string& kind, const std::string& value) {
        if (isGranted(grants, kind, value)) return;
        sentences.push_back(what + " is not granted: add \"" + kind + ":" + value +
                            "\" to `grants` in plugin.yaml");
    };
    const auto own = "/plugins/" + id + "/";
    for (const auto& listener : declared.listeners) {
        const auto port = std::to_string(listener.spec.port);
        ask("listening on port " + port, "listen", port);
    }
    for (const auto& route : declared.routes) {
        const auto& path = route.spec.path;
        if (!path.starts_with(own)) ask("the path " + path, "path", path);
        if (route.spec.access == sdk::RouteAccess::Public) ask("public access to " + path, "public", path);
    }
    for (const auto& endpoint : declared.endpoints) {
        ask("the far end of " + endpoint.spec.name + " tunnels", "endpoint", endpoint.spec.name);
    }
    if (!declared.tunnelWatchers.empty()) ask("watching every tunnel", "watch", "tunnels");
    for (const auto& decision : declared.decisions) {
        ask("a say in " + decision.point, "decision", decision.point);
    }
    return sentences;
}

}  // namespace trellis::plugin
