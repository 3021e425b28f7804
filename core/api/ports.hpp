/// What commands need from the agent channel and the relay, as interfaces, so that core/api knows
/// neither. core/app joins them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include <trellis/sdk/request.hpp>
#include <trellis/sdk/rights.hpp>

namespace trellis::api {

namespace json = boost::json;

/// Implemented over core/agent. Any thread, never blocks.
class DevicePort {
public:
    virtual ~DevicePort() = default;
    /// Queues a message for the device's agent. False if it isn't connected or doesn't read.
    virtual bool send(const std::string& deviceId, const json::object& message) = 0;
    /// Cuts the agent's connection, if there is one.
    virtual void disconnect(const std::string& deviceId, const std::string& reason) = 0;
};

/// Implemented over core/relay. Worker thread: blocks for decisions.
class TunnelPort {
public:
    struct Ticket {
        std::string id;   ///< single use
        std::string path; ///< what the viewer connects to, "/meshrelay.ashx?..."
        std::chrono::seconds validFor{30};
    };
    virtual ~TunnelPort() = default;
    /// Checks the caller's rights on the device and those of the protocol, notes an id and tells
    /// the agent to connect. `value`: the wire's own request (control-protocol 6.5), whose id the
    /// client chose, or "" to have an id of 256 bits made for `protocol`. `options`: other members
    /// of the request. Throws Error: InvalidArgument, NotFound, Forbidden, Unavailable (not
    /// connected).
    virtual Ticket open(const sdk::Caller& caller, const std::string& deviceId,
                        std::uint16_t protocol, const std::string& value,
                        const json::object& options) = 0;
    struct Running {
        std::string id; ///< no secret once both ends are there
        std::uint16_t protocol = 0;
        std::string deviceId;
        std::string userId;
        std::string address; ///< of the viewer
        std::int64_t openedMs = 0;
        std::uint64_t bytesToDevice = 0;
        std::uint64_t bytesToViewer = 0;
    };
    virtual std::vector<Running> running() const { return {}; }
    /// Ends one; false if there is none with this id.
    virtual bool end(const std::string& /*id*/, const std::string& /*reason*/) { return false; }
    /// What a kind of session asks of its caller, and of the person at the device.
    struct Kind {
        std::string name;
        std::vector<std::uint16_t> protocols;
        sdk::Requirement needed;
        std::uint32_t notifyConsent = 0, askConsent = 0;
    };
    /// Those that plugins offer now.
    virtual std::vector<Kind> kinds() const { return {}; }
    /// Tunnels that are open now, and those of them that belong to one tenant.
    virtual std::size_t count() const { return 0; }
    virtual std::size_t countIn(const std::string& /*domain*/) const { return 0; }
};

/// What an installation on a device needs. Implemented over core/agent. Any thread.
class InstallPort {
public:
    virtual ~InstallPort() = default;
    /// The agent's settings file (.msh) of a group. `host`: what the caller reached us by, with
    /// port.
    virtual std::string settingsFile(const std::string& groupId, const std::string& host) const = 0;
    /// A token for `/meshsettings?id=<token>` of this group, good for nothing else.
    virtual std::string token(const std::string& groupId, std::chrono::minutes lifetime) const = 0;
    /// Architecture number of the agent that Linux x86-64 devices are given, 0 if there is none.
    virtual std::uint32_t linuxAgent() const = 0;
};

/// Facts about this server that clients are told. Read at each use, since a reload may change them.
struct ServerFacts {
    std::string name;         ///< host name
    std::uint16_t port = 443; ///< as clients reach it
    std::uint16_t redirectPort = 0;
    std::string publicUrl;     ///< "https://host[:port]", no final slash
    std::string webCertHash;   ///< SHA-384 of the web certificate, 96 upper-case hex characters
    std::string webKeyPin;     ///< "sha256//<base64>" of the web certificate's public key
    std::string agentCertHash; ///< 64 characters of the `@`/`$` alphabet
    std::string agentCert;     ///< base64 of the agent-server certificate's DER
    std::int64_t webCertExpiresMs = 0;
    std::string version;
};

/// Any thread.
class ServerPort {
public:
    virtual ~ServerPort() = default;
    virtual ServerFacts facts() const = 0;
    /// Whether `hash` (SHA-384, 48 bytes) is that of a web certificate of ours, past ones included.
    virtual bool isOurTlsHash(const std::string& hash) const = 0;
    /// RSA PKCS #1 signature (SHA-384) with the agent-server key. Blocks: worker thread.
    virtual std::string signAsAgentServer(const std::string& bytes) const = 0;
};

} // namespace trellis::api
