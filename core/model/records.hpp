/// The records. They are values: the directory hands out shared, immutable copies, so that a reader
/// needs no lock and sees one state. Field units and meaning: control-protocol.md section 5.
#pragma once

#include "core/model/rights.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace trellis::model {

namespace json = boost::json;

/// id of the other side -> rights
using LinkMap = std::map<std::string, Rights, std::less<>>;

/// What a record tells of a second factor; its secret is with auth::Factors.
struct FactorNote {
    bool isDemanded = true;  ///< no login by password without a second factor
    std::int64_t shown = 1;  ///< published under its name; negative: not published
    bool operator==(const FactorNote&) const = default;
};

/// Section 5.2. Times are seconds since 1970; 0 = never.
struct User {
    std::string id;           ///< user/<domain>/<lower-case name>
    std::string domain;       ///< "" is the default domain
    std::string name;         ///< as typed when it was made
    std::string passwordHash; ///< encoded, see auth/password.hpp; "" = no password login
    SiteRights siteRights = 0;
    Rights removeRights = 0;
    std::string email;
    bool isEmailVerified = false;
    std::string realName;
    std::string phone;
    std::string lang;
    std::uint32_t flags = 0;
    std::uint32_t consent = 0;
    std::int64_t createdS = 0;
    std::int64_t loginS = 0;
    std::int64_t pastLoginS = 0;
    std::int64_t accessS = 0;
    std::int64_t passwordChangedS = 0; ///< -1: must be changed at the next form login
    std::vector<std::string> realms;   ///< wire name `groups`
    LinkMap links;                     ///< group, device and user-group ids (kept by the directory)
    std::map<std::string, FactorNote, std::less<>> factors; ///< by wire name (`otpsecret`...)
    /// Members with wire names that no rule of the core reads (`notify`, `msghandle`, `quota`...).
    /// Never secrets: everything here is published.
    json::object extra;

    bool operator==(const User&) const = default;
    bool isFullAdmin() const noexcept { return siteRights == site::kFullAdmin; }
    bool isLocked() const noexcept { return !isFullAdmin() && (siteRights & site::kLocked) != 0; }
    /// Nobody signs in by password alone.
    bool demandsFactor() const noexcept {
        return std::any_of(factors.begin(), factors.end(),
                           [](const auto& factor) { return factor.second.isDemanded; });
    }
};

/// A device group; wire name `mesh`, section 5.3. Times are milliseconds since 1970.
struct Group {
    std::string id; ///< mesh/<domain>/<64>
    std::string domain;
    std::string name;
    std::string desc;
    std::uint32_t type = 2; ///< wire `mtype`: 1 Intel AMT, 2 agents, 3 local, 4 IP-KVM
    std::uint32_t flags = 0;
    std::uint32_t consent = 0;
    std::int64_t createdMs = 0;
    std::string creatorId;
    std::string creatorName;
    std::int64_t deletedMs = 0; ///< not 0: hidden, revived when one of its agents connects
    LinkMap links;              ///< user and user-group ids (kept by the directory)
    json::object extra;         ///< `invite`, `expireDevs`, `relayid`, `amt`...
    bool operator==(const Group&) const = default;
};

/// Section 5.6, as far as rights need it.
struct UserGroup {
    std::string id; ///< ugrp/<domain>/<64>
    std::string domain;
    std::string name;
    std::string desc;
    std::uint32_t flags = 0;
    std::uint32_t consent = 0;
    std::string membershipType;               ///< set for groups kept by an identity provider
    std::set<std::string, std::less<>> users; ///< members (kept by the directory)
    LinkMap links;                            ///< group and device ids (kept by the directory)
    bool operator==(const UserGroup&) const = default;
};

/// What the agent says about itself. Everything here is untrusted text, capped by the directory.
struct AgentInfo {
    std::uint32_t version = 0;
    std::uint32_t id = 0;   ///< architecture number, agent-protocol.md section 4.4
    std::uint32_t caps = 0; ///< control-protocol.md section 4.4 `agent.caps`
    std::string core;       ///< `coreinfo.value`
    std::string commitDate;
    std::string tag;
    bool isRoot = false;
    bool operator==(const AgentInfo&) const = default;
};

/// Wire name `node`, section 5.4. Times are milliseconds since 1970; 0 = never.
struct Device {
    std::string id;      ///< node/<domain>/<64>
    std::string groupId; ///< mesh/<domain>/<64>
    std::string domain;
    std::uint32_t type = 2; ///< wire `mtype`
    std::string name;       ///< shown; set by people unless the group keeps it equal to rname
    std::string rname;      ///< computer name, as the agent reports it
    std::string host;
    std::string ip;
    std::string osDesc;
    std::string desc;
    std::uint32_t icon = 1; ///< 1..8
    std::uint32_t consent = 0;
    std::vector<std::string> tags;
    AgentInfo agent;
    std::vector<std::string> users;       ///< logged in
    std::vector<std::string> lockedUsers; ///< wire `lusers`
    std::int64_t createdMs = 0;           ///< wire `firstconnect`
    std::int64_t lastBootMs = 0;          ///< wire `lastbootuptime`
    std::int64_t lastConnectMs = 0;       ///< start of the last connection
    std::int64_t lastSeenMs = 0;          ///< end of the last connection, or lastConnectMs
    std::string lastAddress;              ///< ip:port of the last connection
    LinkMap links;                        ///< direct rights (kept by the directory)
    json::object extra;                   ///< `av`, `wsc`, `defender`, `volumes`, ports...
    bool operator==(const Device&) const = default;
};

/// A device's connections; memory only.
struct Presence {
    std::uint32_t connection = 0; ///< connection:: bits; 0 = not connected
    std::uint32_t power = 0;      ///< section 4.4 `pwr`; 1 = on
    std::int64_t agentSinceMs = 0;
    std::int64_t ciraSinceMs = 0;
    std::string address;   ///< ip:port of the agent
    json::object sessions; ///< `sessions` of section 2.5 `devicesessions`
    bool isConnected() const noexcept { return connection != 0; }
    bool operator==(const Presence&) const = default;
};

using UserPtr = std::shared_ptr<const User>;
using GroupPtr = std::shared_ptr<const Group>;
using UserGroupPtr = std::shared_ptr<const UserGroup>;
using DevicePtr = std::shared_ptr<const Device>;

} // namespace trellis::model
