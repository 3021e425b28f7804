/// What the plugin host needs from the rest of the server, as narrow interfaces: core/app binds them
/// to the real parts, tests to fakes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <trellis/sdk/command.hpp>
#include <trellis/sdk/declarations.hpp>
#include <trellis/sdk/host.hpp>

#include "core/config/config.hpp"

namespace trellis::bus {
class Decisions;
class EventBus;
class Timers;
class WorkerPool;
}  // namespace trellis::bus

namespace trellis::plugin {

/// Something registered; the last copy to go withdraws it. Withdrawing starts no new call and need
/// not wait for running ones: the host's guard does. Null is allowed (nothing to withdraw).
using Registration = std::shared_ptr<void>;

/// Every add throws sdk::Error{Conflict} when the name is taken, with both owners in the text.
/// `owner` is the plugin's id. Handlers passed in are already guarded: they throw nothing but
/// sdk::Error and may be called at any time, also after withdrawal. Any thread.
class Commands {
public:
    virtual ~Commands() = default;
    /// "" if free, else who has it ("core" or a plugin's id).
    virtual std::string ownerOf(const std::string& name) const = 0;
    virtual Registration add(const std::string& owner, sdk::CommandSpec spec,
                             sdk::CommandHandler handler) = 0;
    /// Runs a command for a plugin and waits until `deadline`. Throws sdk::Error.
    virtual sdk::json::value call(const std::string& name, const sdk::json::object& args,
                                  const sdk::Caller& caller, sdk::Deadline deadline) = 0;
};

class Routes {
public:
    virtual ~Routes() = default;
    virtual std::string ownerOf(const sdk::RouteSpec& spec) const = 0;
    virtual Registration add(const std::string& owner, sdk::RouteSpec spec,
                             sdk::RouteHandler handler) = 0;
    virtual Registration addExchange(const std::string& owner, sdk::RouteSpec spec,
                                     sdk::ExchangeHandler handler) = 0;
};

/// Withdrawing closes the tunnels of that protocol.
class Tunnels {
public:
    virtual ~Tunnels() = default;
    virtual std::string ownerOf(std::uint16_t protocol) const = 0;
    virtual Registration add(const std::string& owner, sdk::TunnelSpec spec,
                             sdk::TunnelFactory factory) = 0;
    virtual Registration addEndpoint(const std::string& owner, sdk::TunnelSpec spec,
                                     sdk::EndpointFactory factory) = 0;
    virtual Registration addWatcher(const std::string& owner, sdk::TunnelFactory factory) = 0;
    virtual Registration addRecorder(const std::string& owner,
                                     std::function<bool(const sdk::TunnelInfo&)> isRecorded,
                                     sdk::TunnelFactory factory) = 0;
};

class Agents {
public:
    virtual ~Agents() = default;
    virtual std::string ownerOfMessage(const std::string& action) const = 0;
    virtual Registration addMessage(const std::string& owner, sdk::AgentMessageSpec spec,
                                    sdk::AgentMessageHandler handler) = 0;
    /// One part per plugin, all its files in one text. Throws sdk::Error{InvalidArgument} when the
    /// whole script would become too long.
    virtual Registration addScript(const std::string& owner, std::string text) = 0;
    virtual bool send(const std::string& deviceId, const sdk::json::object& message) = 0;
    virtual std::optional<sdk::DeviceInfo> device(const std::string& deviceId) = 0;
};

class Listeners {
public:
    virtual ~Listeners() = default;
    /// Withdrawing stops accepting; open connections go on until their handler ends them.
    /// Throws sdk::Error{Unavailable} with address, port and the system's reason.
    virtual Registration listen(const std::string& owner, sdk::ListenSpec spec,
                                sdk::StreamFactory factory) = 0;
};

class Storage {
public:
    virtual ~Storage() = default;
    /// One transaction; blocks. Throws sdk::Error{Unavailable}.
    virtual void run(const std::function<void(Poco::Data::Session&)>& work) = 0;
    /// Brings the plugin's tables up to date. Throws sdk::Error; nothing of a failed step is kept.
    virtual void migrate(const std::string& owner, const std::vector<sdk::Migration>& steps) = 0;
    virtual std::optional<std::string> secret(const std::string& owner, const std::string& name) = 0;
    virtual void storeSecret(const std::string& owner, const std::string& name,
                             const std::string& value) = 0;
    /// As Host::factor() and Host::changeFactor().
    virtual std::optional<sdk::Factor> factor(const std::string& userId,
                                              const std::string& name) = 0;
    virtual void changeFactor(const std::string& userId, const std::string& name,
                              const std::function<void(sdk::Factor&)>& change, int messageId) = 0;
};

/// Logs and links. Any thread.
class Records {
public:
    virtual ~Records() = default;
    virtual void record(const std::string& owner, const sdk::LogEvent& event) = 0;
    virtual void audit(const sdk::AuditEntry& entry) = 0;
    virtual std::string publicUrl() = 0;
    virtual std::string seal(const std::string& owner, const std::string& use,
                             const sdk::json::object& body, sdk::Seconds lifetime) = 0;
    virtual std::optional<sdk::json::object> unseal(const std::string& owner, const std::string& use,
                                                    std::string_view token) = 0;
};

/// Sessions of plugins' guests. Any thread; open() blocks.
class Guests {
public:
    virtual ~Guests() = default;
    virtual sdk::GuestTicket open(const std::string& owner, const sdk::GuestTunnel& wanted) = 0;
    virtual std::vector<sdk::GuestSession> sessions(const std::string& owner) = 0;
    /// `ticket` "": all of the plugin's.
    virtual std::size_t cut(const std::string& owner, const std::string& ticket,
                            const std::string& reason) = 0;
};

/// Sessions whose viewers are plugins. Any thread; open() blocks.
class OwnTunnels {
public:
    virtual ~OwnTunnels() = default;
    struct Opened {
        std::string id;
        std::chrono::milliseconds validFor{0}; ///< for the device to join
    };
    virtual Opened open(const sdk::OwnTunnel& wanted, std::unique_ptr<sdk::TunnelHandler> viewer) = 0;
    /// Ends it if the device has not joined.
    virtual void expire(const std::string& id) = 0;
};

/// All of them outlive the PluginHost; no pointer is null.
struct Ports {
    Commands* commands = nullptr;
    Routes* routes = nullptr;
    Tunnels* tunnels = nullptr;
    Agents* agents = nullptr;
    Listeners* listeners = nullptr;
    Storage* storage = nullptr;
    bus::WorkerPool* workers = nullptr;
    bus::Timers* timers = nullptr;
    bus::EventBus* events = nullptr;
    bus::Decisions* decisions = nullptr;
    /// What the core itself offers to plugins by interface (<trellis/sdk/directory.hpp>).
    std::vector<sdk::Declarations::Service> services;
    Records* records = nullptr;
    Guests* guests = nullptr;
    OwnTunnels* ownTunnels = nullptr;
};

}  // namespace trellis::plugin
