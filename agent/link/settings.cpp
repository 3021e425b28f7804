#include "agent/link/settings.hpp"

#include <trellis/wire/settings.hpp>
#include <trellis/wire/text.hpp>

#include <algorithm>
#include <charconv>

namespace trellis::device {
namespace {
constexpr std::size_t kLegacyIdSize = 32;
constexpr std::size_t kMaxServers = 32;

std::string_view valueOf(const SettingsMap& all, std::string_view key) {
    const auto found = all.find(key);
    return found == all.end() ? std::string_view{} : std::string_view(found->second);
}

bool isSet(const SettingsMap& all, std::string_view key) {
    const auto value = valueOf(all, key);
    return !value.empty() && value != "0" && value != "false";
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string_view> splitList(std::string_view text) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto comma = text.find(',');
        parts.push_back(trimmed(text.substr(0, comma)));
        if (comma == std::string_view::npos) return parts;
        text.remove_prefix(comma + 1);
    }
}

/// 48 bytes, or legacy 32 in front of zeros.
bool readId(std::string_view hex, wire::Hash& into) {
    const auto bytes = wire::decodeHex(hex);
    if (!bytes || (bytes->size() != wire::kHashSize && bytes->size() != kLegacyIdSize)) return false;
    into.fill(std::byte{0});
    std::copy(bytes->begin(), bytes->end(), into.begin());
    return true;
}

std::string readServers(const SettingsMap& all, Settings& into) {
    const auto list = valueOf(all, "MeshServer");
    if (list.empty()) return "MeshServer is missing: it names the server, wss://host:port/agent.ashx";
    if (list == "local") return "MeshServer=local: this agent does not search the local network; "
                                "give the server's wss:// address";
    const auto urls = splitList(list);
    const auto ids = splitList(valueOf(all, "ServerID"));
    if (urls.size() > kMaxServers) return "MeshServer: at most 32 addresses";
    if (urls.size() != ids.size()) {
        return "ServerID count mismatch: MeshServer lists " + std::to_string(urls.size()) +
               ", ServerID lists " + std::to_string(ids.size());
    }
    for (std::size_t i = 0; i < urls.size(); ++i) {
        ServerChoice choice;
        const auto url = parseUrl(urls[i]);
        // The handshake binds the TLS certificate, so there is none without TLS (protocol 3.6).
        if (!url || url->scheme != "wss") {
            return "MeshServer: expected wss://host[:port]/path, got \"" + std::string(urls[i]) + '"';
        }
        if (!readId(ids[i], choice.serverId)) {
            return "ServerID: expected 96 hexadecimal digits without 0x, got \"" +
                   std::string(ids[i]) + '"';
        }
        choice.url = *url;
        choice.text = std::string(urls[i]);
        choice.isLegacyId = ids[i].size() == 2 * kLegacyIdSize;
        into.servers.push_back(std::move(choice));
    }
    return {};
}

std::string readGroup(const SettingsMap& all, Settings& into) {
    const auto value = valueOf(all, "MeshID");
    if (value.size() < 2 || value.substr(0, 2) != "0x" || !readId(value.substr(2), into.groupId)) {
        return "MeshID: expected 0x and 96 hexadecimal digits, got \"" + std::string(value) + '"';
    }
    return {};
}

std::string readSeconds(const SettingsMap& all, std::string_view key, int least, int most,
                        std::chrono::seconds& into) {
    const auto text = valueOf(all, key);
    if (text.empty()) return {};
    int seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || seconds < least ||
        seconds > most) {
        return std::string(key) + ": expected " + std::to_string(least) + " to " +
               std::to_string(most) + " (seconds), got \"" + std::string(text) + '"';
    }
    into = std::chrono::seconds(seconds);
    return {};
}

std::string readOptional(const SettingsMap& all, Settings& into) {
    into.agentName = std::string(valueOf(all, "agentName").substr(0, 255));
    into.proxy = std::string(valueOf(all, "WebProxy"));
    into.ignoreProxy = isSet(all, "ignoreProxyFile");
    into.disableUpdate = isSet(all, "disableUpdate");
    into.noCoreUpdate = isSet(all, "noUpdateCoreModule");
    into.validateWebCert = isSet(all, "validateWebCert");
    if (auto error = readSeconds(all, "controlChannelIdleTimeout", 5, 3600, into.idleTimeout);
        !error.empty()) {
        return error;
    }
    if (auto error = readSeconds(all, "scriptTimeLimit", 1, 300, into.scriptTimeLimit);
        !error.empty()) {
        return error;
    }
    if (const auto mask = valueOf(all, "AgentCapabilities"); !mask.empty()) {
        const auto bytes = mask.substr(0, 2) == "0x" ? wire::decodeHex(mask.substr(2)) : std::nullopt;
        if (!bytes || bytes->size() != 4) {
            return "AgentCapabilities: expected 0x and 8 hexadecimal digits";
        }
        into.extraCapabilities = wire::readU32(*bytes);
    }
    return {};
}
}  // namespace

SettingsResult readSettings(std::string_view text) {
    auto all = wire::parseSettings(text);
    if (!all) return {{}, "the settings file is too large"};
    std::erase_if(*all, [](const auto& entry) { return entry.second.empty(); });
    Settings settings;
    settings.all = std::move(*all);
    for (const auto read : {readServers, readGroup, readOptional}) {
        if (auto error = read(settings.all, settings); !error.empty()) return {{}, std::move(error)};
    }
    return {std::move(settings), {}};
}

}  // namespace trellis::device
