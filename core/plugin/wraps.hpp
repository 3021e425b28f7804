/// The plugin's other callbacks behind the barrier: routes, tunnels, streams, messages, decisions.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include <trellis/sdk/declarations.hpp>

#include "core/plugin/guard.hpp"

namespace trellis::bus {
class WorkerPool;
}  // namespace trellis::bus

namespace trellis::plugin {

/// Objects of a plugin that others call (tunnel handlers, stream handlers): ended when it stops, so
/// that none outlives it. Any thread.
class LiveObjects {
public:
    class Item {
    public:
        virtual ~Item() = default;
        /// Tells the plugin's object that it ends and destroys it, unless that happened. Waits for a
        /// running call until `deadline`; false then.
        virtual bool end(std::chrono::steady_clock::time_point deadline) noexcept = 0;
    };
    void add(const std::shared_ptr<Item>& item);
    /// Ends all; false if one could not be ended by the deadline.
    bool endAll(std::chrono::steady_clock::time_point deadline) noexcept;

private:
    std::mutex mutex_;
    std::list<std::weak_ptr<Item>> items_;
    std::size_t pruneAt_ = 64;
};

/// What stands between a plugin and those who call it. `workers` outlives it.
struct Barrier {
    std::shared_ptr<Guard> guard;
    std::shared_ptr<LiveObjects> live;
    bus::WorkerPool* workers = nullptr;
};

/// Makes of the answer's `stream` or `producer` one whose faults cut the connection, as the plugin's
/// stop does. Returns what ends it, null if it is neither. Call it inside the guard.
std::shared_ptr<LiveObjects::Item> guardBody(const Barrier& barrier, const std::string& where,
                                             sdk::HttpResponse& response);
sdk::RouteHandler guardRoute(const Barrier& barrier, const sdk::RouteSpec& spec,
                             sdk::RouteHandler handler);
/// A fault in a callback ends the exchange: unanswered with 500, else by cutting the connection.
sdk::ExchangeHandler guardExchange(const Barrier& barrier, const sdk::RouteSpec& spec,
                                   sdk::ExchangeHandler handler);
sdk::AgentMessageHandler guardMessage(const std::shared_ptr<Guard>& guard,
                                      const std::string& action, sdk::AgentMessageHandler handler);
/// Anything but an answer is Deny.
sdk::DecisionHandler guardDecision(const std::shared_ptr<Guard>& guard, const std::string& point,
                                   sdk::DecisionHandler handler);
/// A fault closes the tunnel.
sdk::TunnelFactory guardTunnels(const std::shared_ptr<Guard>& guard,
                                const std::shared_ptr<LiveObjects>& live, const std::string& name,
                                sdk::TunnelFactory factory);
/// The plugin as a viewer: a fault is logged and counted, the tunnel goes on without it.
std::unique_ptr<sdk::TunnelHandler> guardViewer(const std::shared_ptr<Guard>& guard,
                                                const std::shared_ptr<LiveObjects>& live,
                                                std::unique_ptr<sdk::TunnelHandler> viewer);
/// A fault is passed on: what has to be recorded does not run unrecorded.
std::function<bool(const sdk::TunnelInfo&)>
guardRecorder(const std::shared_ptr<Guard>& guard,
              std::function<bool(const sdk::TunnelInfo&)> isRecorded);
/// A fault aborts the stream.
sdk::StreamFactory guardStreams(const std::shared_ptr<Guard>& guard,
                                const std::shared_ptr<LiveObjects>& live, const std::string& name,
                                sdk::StreamFactory factory);
sdk::EndpointFactory guardEndpoints(const std::shared_ptr<Guard>& guard,
                                    const std::shared_ptr<LiveObjects>& live,
                                    const std::string& name, sdk::EndpointFactory factory);

}  // namespace trellis::plugin
