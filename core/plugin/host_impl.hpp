/// What one running instance sees of the server.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <trellis/sdk/host.hpp>

#include "core/bus/strand.hpp"
#include "core/plugin/guard.hpp"
#include "core/plugin/ports.hpp"

namespace trellis::plugin {

/// Contributions of running plugins to the page, those that the filter takes.
using PageParts = std::function<sdk::json::object(const std::function<bool(const sdk::UiSpec&)>&)>;

class LiveObjects;

class HostImpl final : public sdk::Host {
public:
    struct Context {
        const Ports* ports = nullptr;
        std::shared_ptr<Guard> guard;
        std::shared_ptr<bus::Strand> strand;
        std::filesystem::path dataDir;  ///< of this plugin
        std::function<void(const std::string& why)> setHealth;  ///< "" is healthy
        std::function<std::shared_ptr<void>(const std::type_info&)> findService;
        bool mayUseFactors = false;  ///< the grant "account:factors"
        PageParts pageParts;
        std::shared_ptr<LiveObjects> live;
    };
    explicit HostImpl(Context context);
    ~HostImpl() override;

    sdk::Log& log() override { return log_; }
    void database(const std::function<void(Poco::Data::Session&)>& work) override;
    std::string dataDir() override;
    void post(std::function<void()> work) override;
    void blocking(std::function<void()> work) override;
    sdk::HandlePtr every(sdk::Milliseconds period, std::function<void()> work) override;
    sdk::HandlePtr after(sdk::Milliseconds delay, std::function<void()> work) override;
    sdk::json::value call(const std::string& command, const sdk::json::object& args,
                          sdk::Deadline deadline) override;
    bool sendToDevice(const std::string& deviceId, const sdk::json::object& message) override;
    std::optional<sdk::DeviceInfo> device(const std::string& deviceId) override;
    std::optional<std::string> secret(const std::string& name) override;
    void storeSecret(const std::string& name, const std::string& value) override;
    std::optional<sdk::Factor> factor(const std::string& userId, const std::string& name) override;
    void changeFactor(const std::string& userId, const std::string& name,
                      const std::function<void(sdk::Factor&)>& change, int messageId) override;
    void record(const sdk::LogEvent& event) override;
    void audit(const sdk::AuditEntry& entry) override;
    std::string publicUrl() override;
    std::string seal(const std::string& use, const sdk::json::object& body,
                     sdk::Seconds lifetime) override;
    std::optional<sdk::json::object> unseal(const std::string& use,
                                            std::string_view token) override;
    sdk::GuestTicket openGuestTunnel(const sdk::GuestTunnel& wanted) override;
    std::string openTunnel(const sdk::OwnTunnel& wanted,
                           std::unique_ptr<sdk::TunnelHandler> viewer) override;
    std::vector<sdk::GuestSession> guestSessions() override;
    std::size_t cutGuest(const std::string& ticket, const std::string& reason) override;
    sdk::json::object pageParts(const std::function<bool(const sdk::UiSpec&)>& wanted) override;
    void healthy() override { context_.setHealth({}); }
    void degraded(const std::string& why) override { context_.setHealth(why); }
    sdk::Counter& counter(std::string name, std::string help) override;
    sdk::Gauge& gauge(std::string name, std::string help) override;

    /// Takes back every timer, also those whose handle the plugin still holds. Waits for a running
    /// callback. From now on timers, post() and blocking() are refused.
    void withdraw();

    /// The `sessionId` of calls made by a plugin.
    static std::string sessionOf(const std::string& pluginId) { return "plugin/" + pluginId; }

protected:
    void publishRaw(std::string_view name, const std::type_info& type,
                    std::shared_ptr<const void> payload, sdk::json::object json) override;
    std::shared_ptr<void> needRaw(const std::type_info& type) override;

private:
    class Timer;
    class TimerHandle;
    template <class Start> sdk::HandlePtr addTimer(Start&& start);
    std::string metricName(const std::string& name) const;
    void needFactorGrant() const;

    const Context context_;
    sdk::Log& log_;
    std::shared_ptr<std::atomic<std::size_t>> blocking_;
    std::mutex mutex_;
    bool isWithdrawn_ = false;
    std::vector<std::weak_ptr<Timer>> timers_;
};

}  // namespace trellis::plugin
