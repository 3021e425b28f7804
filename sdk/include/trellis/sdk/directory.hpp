/// Devices and users as the server knows them, who may do what, and events for the page. Services
/// of the core: `host.need<DeviceDirectory>()`, never null in a server.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <trellis/sdk/error.hpp>
#include <trellis/sdk/json.hpp>

namespace trellis::sdk {

struct DirectoryDevice {
    std::string id, groupId, groupName, domain, name, osDescription;
    std::vector<std::string> tags;
    bool isOnline = false;  ///< its agent is connected
    bool isWindows = false; ///< by the architecture that its agent names
};

struct DirectoryUser {
    std::string id, name, domain;
    std::uint32_t siteRights = 0;        ///< site_right bits
    bool isLocked = false;               ///< may do nothing
    std::vector<std::string> userGroups; ///< "ugrp/<domain>/<id>"
    std::string displayName{};           ///< real name, else the account's
};

/// Answers from memory, from one state of each record; any thread, never blocks on disk.
class TRELLIS_API DeviceDirectory {
public:
    virtual ~DeviceDirectory();
    virtual std::optional<DirectoryDevice> device(const std::string& id) const = 0;
    /// All of a tenant ("" is the default one), by id. Filter by rights() before showing any.
    virtual std::vector<DirectoryDevice> devices(const std::string& domain) const = 0;
    virtual std::optional<DirectoryUser> user(const std::string& id) const = 0;
    /// What the user may do now with the device or group `id`: device_right bits, restrictions
    /// included; 0 is "sees it". Nullopt: does not see it, is unknown or locked. The same decision
    /// that commands are checked with, for work that runs later on somebody's behalf.
    virtual std::optional<std::uint32_t> rights(const std::string& userId,
                                                const std::string& id) const = 0;
};

/// Events for browsers and other control connections.
class TRELLIS_API PageEvents {
public:
    virtual ~PageEvents();
    /// Sends `event`, whose `action` is "<plugin id>.<what>", to every connected user for whom
    /// `maySee` says yes (asked once each, on the calling thread). Arrives at `context.on(action,
    /// ...)` of page parts. Keep it small; what may be missed (a connection that is busy loses it)
    /// has to be readable by a command as well.
    virtual void tell(const json::object& event,
                      const std::function<bool(const std::string& userId)>& maySee) = 0;
};

} // namespace trellis::sdk
