/// `/meshrelay.ashx` and the opening of tunnels, put together.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/agent/agent_hub.hpp"
#include "core/auth/rights.hpp"
#include "core/auth/server_certificates.hpp"
#include "core/auth/sessions.hpp"
#include "core/auth/url_tokens.hpp"
#include "core/bus/event_bus.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/config/server_config.hpp"
#include "core/model/directory.hpp"
#include "core/model/event_log.hpp"
#include "core/net/router.hpp"
#include "core/relay/tunnel_registry.hpp"
#include <trellis/sdk/event.hpp>
#include <trellis/sdk/guest.hpp>

namespace trellis::relay {

/// Everything outlives the channel.
struct RelayServices {
    model::Directory& directory;
    model::EventLog& events;
    const auth::RightsDecider& rights;
    auth::ServerCertificates& certificates;
    auth::Sessions& sessions;
    auth::UrlTokens& tokens;
    agent::AgentHub& agents;
    bus::EventBus& bus;
    bus::WorkerPool& workers;
    config::RelaySection settings;
    std::chrono::seconds ping{0}; ///< config agents.ping: `ctrlChannel` pings to both ends; 0: none
    /// Asks `tunnel.allow`; may be empty. Blocks up to 2 s, worker pool.
    std::function<sdk::Decision(const sdk::Request&, const boost::json::object& facts)> allow = {};
    /// What a tenant's paths begin with ("/<id>" or ""); empty: nothing, there is one tenant.
    std::function<std::string(std::string_view tenant)> prefixOf = {};
};

/// What a signed-in user asks for.
struct TunnelRequest {
    sdk::Caller caller;
    std::string deviceId;       ///< full id
    std::uint16_t protocol = 0; ///< 0: taken from `value`
    /// `value` of the wire's `msg`/`tunnel` (agent-protocol.md section 6.2), "" to have an id made.
    std::string value;
    boost::json::object options; ///< the request's other members; only `usage` is passed on
};

struct OpenedTunnel {
    std::string id;          ///< 256 random bits, or the client's own
    std::string viewerPath;  ///< "/meshrelay.ashx?browser=1&p=1&nodeid=...&id=...": for a page that is
                             ///< signed in by its cookie
    std::uint16_t protocol = 0;
    std::chrono::seconds validFor{30};
};

/// What is known of a running tunnel; a copy.
struct TunnelFacts {
    sdk::TunnelInfo info;
    std::string viewerAddress;
    std::int64_t openedMs = 0;
    std::uint64_t bytesToDevice = 0;
    std::uint64_t bytesToViewer = 0;
};

/// Any thread. Destroying it closes all tunnels.
class RelayChannel {
public:
    explicit RelayChannel(RelayServices services);
    ~RelayChannel();
    RelayChannel(const RelayChannel&) = delete;
    RelayChannel& operator=(const RelayChannel&) = delete;

    void mount(net::Router& router); ///< adds `/meshrelay.ashx`
    TunnelRegistry& registry() noexcept;

    /// Checks rights and decisions, notes the id and tells the agent to connect. Blocks (decisions):
    /// worker pool. Throws sdk::Error: InvalidArgument ("/value", "/protocol"), NotFound for devices the
    /// caller can't see, Forbidden, Unavailable when the agent is not connected or limits are reached.
    OpenedTunnel open(const TunnelRequest& request);

    /// The same for a plugin's guest (sdk/guest.hpp). `owner`: the plugin's id, which is put before the
    /// ticket. The answer's viewerPath holds the secret that lets the guest in.
    OpenedTunnel openForGuest(const std::string& owner, sdk::GuestTunnel wanted);

    /// The same with a plugin as the viewer (sdk/tunnel.hpp). `viewer` gets its onClose in any case.
    OpenedTunnel openOwn(const sdk::OwnTunnel& wanted, std::unique_ptr<sdk::TunnelHandler> viewer);
    /// Ends an own tunnel whose device has not joined; does nothing otherwise.
    void expireOwn(const std::string& id);

    std::vector<TunnelFacts> tunnels() const;
    std::size_t size() const;
    /// Ends tunnels and forgets announced ones; returns how many. The ends see the close within the
    /// current turn of their loop.
    std::size_t cutDevice(std::string_view deviceId, const std::string& reason);
    std::size_t cutUser(std::string_view userId, const std::string& reason);
    /// By control session or login session (Caller::sessionId).
    std::size_t cutSession(std::string_view sessionId, const std::string& reason);
    std::size_t cutOwner(std::string_view pluginId, const std::string& reason);
    /// The running tunnel of this id; false if there is none.
    bool cutTunnel(std::string_view id, const std::string& reason);
    /// Guests of a plugin; with a ticket those of that one only.
    std::size_t cutGuests(const std::string& owner, const std::string& ticket,
                          const std::string& reason);
    /// The server stops: both ends are told so (close code 1012).
    void cutAll();

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace trellis::relay
