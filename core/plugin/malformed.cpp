#include <algorithm>
#include <string_view>

#include <trellis/sdk/schema_node.hpp>

#include "core/plugin/claims.hpp"

namespace trellis::plugin {
namespace {

bool hasOnly(std::string_view text, std::string_view extra) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               extra.find(c) != std::string_view::npos;
    });
}

class Checker {
public:
    Checker(const std::string& id, const sdk::Declarations& declared,
            const std::filesystem::path& folder)
        : id_(id), declared_(declared), folder_(folder) {}

    std::vector<std::string> run() {
        const auto& options = declared_.options.node();
        need(options.kind == sdk::SchemaKind::Object && options.find("enabled") == nullptr &&
                 options.find("required") == nullptr,
             "its options have to be a Schema::object(), without \"enabled\" and \"required\", which the server adds");
        for (const auto& command : declared_.commands) checkCommand(command);
        for (const auto& route : declared_.routes) checkRoute(route);
        for (const auto& tunnel : declared_.tunnels) {
            checkTunnel(tunnel.spec, "tunnel");
            need(static_cast<bool>(tunnel.factory), "tunnel " + tunnel.spec.name + " has no factory");
        }
        for (const auto& endpoint : declared_.endpoints) {
            checkTunnel(endpoint.spec, "endpoint");
            need(static_cast<bool>(endpoint.factory),
                 "endpoint " + endpoint.spec.name + " has no factory");
        }
        for (const auto& listener : declared_.listeners) {
            need(listener.spec.port != 0, "listener " + listener.spec.name + " names no port");
            need(static_cast<bool>(listener.factory),
                 "listener " + listener.spec.name + " has no factory");
        }
        for (const auto& message : declared_.agentMessages) {
            need(!message.spec.action.empty() && message.handler,
                 "an agent message needs an action and a handler");
        }
        for (const auto& subscription : declared_.subscriptions) {
            need(!subscription.topic.empty(), "a subscription names no topic");
        }
        checkMigrations();
        for (const auto& ui : declared_.ui) checkUi(ui);
        for (const auto& script : declared_.agentScripts) checkFile("agent script", script);
        return std::move(sentences_);
    }

private:
    void need(bool holds, const std::string& sentence) {
        if (!holds) sentences_.push_back(sentence);
    }

    void checkCommand(const sdk::Declarations::Command& command) {
        const auto& name = command.spec.name;
        need(name.size() >= 3 && name.size() <= 64 && hasOnly(name, "._-"),
             "command \"" + name + "\": expected 3 to 64 letters, digits, '.', '_' or '-'");
        const auto dot = name.find('.');
        need(dot == std::string::npos || name.substr(0, dot) == id_,
             "command " + name + ": names with a dot begin with the plugin's id, \"" + id_ + ".\"");
        const auto kind = command.spec.args.node().kind;
        need(kind == sdk::SchemaKind::Object || kind == sdk::SchemaKind::Map ||
                 kind == sdk::SchemaKind::Any,
             "command " + name + ": its arguments have to be a Schema::object()");
        need(!command.spec.summary.empty(), "command " + name + " has no summary");
        need(static_cast<bool>(command.handler), "command " + name + " has no handler");
        need(command.spec.timeout.count() > 0 && command.spec.timeout.count() <= 3600,
             "command " + name + ": expected a time limit from 1 to 3600 seconds");
    }

    void checkRoute(const sdk::Declarations::Route& route) {
        const auto& path = route.spec.path;
        need(!path.empty() && path.front() == '/' && path.find("..") == std::string::npos,
             "route \"" + path + "\": expected an absolute path");
        need(!route.spec.method.empty() &&
                 std::all_of(route.spec.method.begin(), route.spec.method.end(),
                             [](char c) { return c >= 'A' && c <= 'Z'; }),
             "route " + path + ": expected a method such as GET, got \"" + route.spec.method + "\"");
        need(route.handler || route.exchange, "route " + path + " has no handler");
        // Below these two the server itself hands out the plugin's files.
        const auto own = "/plugins/" + id_ + "/";
        need(!path.starts_with(own + "ui/") && !path.starts_with(own + "i18n/"),
             "route " + path + ": ui/ and i18n/ are the plugin's files");
    }

    void checkTunnel(const sdk::TunnelSpec& spec, const std::string& what) {
        need(!spec.name.empty(), "a " + what + " has no name");
        need(!spec.protocols.empty(), what + " " + spec.name + " names no protocol");
    }

    void checkMigrations() {
        for (std::size_t i = 0; i < declared_.migrations.size(); ++i) {
            const auto& migration = declared_.migrations[i];
            need(migration.version == i + 1, "migration " + std::to_string(migration.version) +
                                                 ": expected number " + std::to_string(i + 1) +
                                                 ", they count from 1 without gaps");
            need(!migration.sqlite.empty(),
                 "migration " + std::to_string(migration.version) + " is empty");
        }
    }

    void checkUi(const sdk::UiSpec& ui) {
        need(!ui.id.empty() && hasOnly(ui.id, "_-"),
             "page contribution \"" + ui.id + "\": expected letters, digits, '_' or '-'");
        checkFile("module of page contribution " + ui.id, "ui/" + ui.module);
        if (!ui.icon.empty()) checkFile("icon of page contribution " + ui.id, "ui/" + ui.icon);
    }

    void checkFile(const std::string& what, const std::string& name) {
        if (!isPlainRelativePath(name)) {
            sentences_.push_back(what + " \"" + name + "\": expected a path below the plugin's folder");
            return;
        }
        std::error_code error;
        need(std::filesystem::is_regular_file(folder_ / name, error),
             what + ": " + (folder_ / name).string() + " is missing");
    }

    const std::string& id_;
    const sdk::Declarations& declared_;
    const std::filesystem::path& folder_;
    std::vector<std::string> sentences_;
};

}  // namespace

bool isPlainRelativePath(std::string_view path) {
    if (path.empty() || path.size() > 512) return false;
    if (path.find_first_of(std::string_view("\\\0", 2)) != std::string_view::npos) return false;
    while (true) {
        const auto slash = path.find('/');
        const auto segment = path.substr(0, slash);
        if (segment.empty() || segment.front() == '.') return false;
        if (slash == std::string_view::npos) return true;
        path.remove_prefix(slash + 1);
    }
}

std::vector<std::string> malformed(const std::string& id, const sdk::Declarations& declared,
                                   const std::filesystem::path& folder) {
    return Checker(id, declared, folder).run();
}

}  // namespace trellis::plugin
