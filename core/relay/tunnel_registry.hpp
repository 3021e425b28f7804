/// Tunnel protocols by number: which plugin provides them, and who watches.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <trellis/sdk/tunnel.hpp>

namespace trellis::relay {

/// A protocol as a plugin declared it. Immutable, shared.
struct TunnelKind {
    std::string owner; ///< plugin id
    sdk::TunnelSpec spec;
    sdk::TunnelFactory factory;          ///< may be empty
    sdk::EndpointFactory endpoint;       ///< set: the server is the far end, no agent is asked
};

/// Any thread.
class TunnelRegistry {
public:
    /// Takes the protocols out when destroyed; tunnels that use them are cut.
    class Registration {
    public:
        Registration() = default;
        explicit Registration(std::shared_ptr<void> owner) : owner_(std::move(owner)) {}
    private:
        std::shared_ptr<void> owner_;
    };

    TunnelRegistry();
    ~TunnelRegistry();
    TunnelRegistry(const TunnelRegistry&) = delete;
    TunnelRegistry& operator=(const TunnelRegistry&) = delete;

    /// Throws sdk::Error{Conflict} naming both owners when a number is taken, {InvalidArgument} when
    /// there is none, one is 0, or the requirement's scope is not Device.
    [[nodiscard]] Registration add(std::string owner, sdk::TunnelSpec spec,
                                   sdk::TunnelFactory factory);
    [[nodiscard]] Registration addEndpoint(std::string owner, sdk::TunnelSpec spec,
                                           sdk::EndpointFactory endpoint);
    /// Watches tunnels of every protocol (recording, policy), in order of registration, nearest to the
    /// viewer first.
    [[nodiscard]] Registration addWatcher(std::string owner, sdk::TunnelFactory factory);
    /// Watches those tunnels that it, or another recorder, wants to be recorded.
    [[nodiscard]] Registration addRecorder(std::string owner,
                                           std::function<bool(const sdk::TunnelInfo&)> isRecorded,
                                           sdk::TunnelFactory factory);

    std::shared_ptr<const TunnelKind> find(std::uint16_t protocol) const;
    /// Whether any recorder wants it; what one of them throws goes on.
    bool isRecorded(const sdk::TunnelInfo& info) const;
    /// The handlers for one new tunnel: watchers first, then the protocol's own. A factory that throws
    /// refuses the tunnel: the exception goes on.
    std::vector<std::unique_ptr<sdk::TunnelHandler>> handlersFor(const TunnelKind& kind,
                                                                 const sdk::TunnelInfo& info) const;
    std::vector<std::shared_ptr<const TunnelKind>> all() const;
    /// Told the kind that was taken out, on the thread that did it. Set before use.
    void onRemoved(std::function<void(const TunnelKind&)> told);

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace trellis::relay
