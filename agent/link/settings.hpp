/// The settings file as the agent uses it (protocol sections 2.2 and 2.3).
#pragma once

#include "agent/link/url.hpp"

#include <trellis/wire/hash.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::device {

struct ServerChoice {
    Url url;
    std::string text;           ///< the URL as written
    wire::Hash serverId{};      ///< SHA-384 form, or a legacy SHA-256 in the first 32 bytes
    bool isLegacyId = false;
};

using SettingsMap = std::map<std::string, std::string, std::less<>>;

struct Settings {
    std::vector<ServerChoice> servers;
    wire::Hash groupId{};
    std::string agentName;               ///< "" = use the host name
    std::string proxy;                   ///< WebProxy, "" = none
    bool ignoreProxy = false;
    bool disableUpdate = false;
    bool noCoreUpdate = false;           ///< noUpdateCoreModule: the cached core is kept
    bool validateWebCert = false;
    std::uint32_t extraCapabilities = 0; ///< AgentCapabilities
    std::chrono::seconds idleTimeout{120};
    std::chrono::seconds scriptTimeLimit{10};  ///< longest turn of the script; our own key
    SettingsMap all;                     ///< every key as text, for the script's _MSH()
};

/// The settings, or a sentence naming the line's key that is wrong. Nothing is guessed: a wrong
/// MeshServer would only show as an agent that never connects.
struct SettingsResult {
    std::optional<Settings> value;
    std::string error;
};
SettingsResult readSettings(std::string_view text);

}  // namespace trellis::device
