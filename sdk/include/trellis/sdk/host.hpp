/// What a running plugin may use. Everything handed out is owned by the host and withdrawn when the
/// plugin stops.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <typeinfo>
#include <vector>

#include <trellis/sdk/event.hpp>
#include <trellis/sdk/json.hpp>
#include <trellis/sdk/log.hpp>
#include <trellis/sdk/request.hpp>

namespace Poco::Data {
class Session;
}

namespace trellis::sdk {

/// Owns a timer. Destroying it withdraws the timer and waits for a running callback, so never
/// destroy it from inside that callback.
class TRELLIS_API Handle {
public:
    virtual ~Handle();
};
using HandlePtr = std::unique_ptr<Handle>;

struct DeviceInfo {
    std::string id, groupId, name, address, osDescription;
    bool isOnline = false;
};

class TRELLIS_API Host {
public:
    virtual ~Host();
    virtual Log& log() = 0;
    /// Runs `work` in one transaction on a pooled session. Blocks: never call it from a tunnel or
    /// stream callback. Throws Error{Unavailable} when the database is full, locked or away.
    virtual void database(const std::function<void(Poco::Data::Session&)>& work) = 0;
    virtual std::string dataDir() = 0;  ///< private, persistent, mode 0700

    /// On the plugin's strand, in order; at most 1,000 waiting, beyond that Error{Unavailable}.
    virtual void post(std::function<void()>) = 0;
    /// On the shared worker pool; bounded alike.
    virtual void blocking(std::function<void()>) = 0;
    /// Skips rather than piles up when a run takes longer than the period.
    [[nodiscard]] virtual HandlePtr every(Milliseconds, std::function<void()>) = 0;
    [[nodiscard]] virtual HandlePtr after(Milliseconds, std::function<void()>) = 0;

    /// Another command, with this plugin as the caller. Blocks; throws Error.
    virtual json::value call(const std::string& command, const json::object& args, Deadline) = 0;
    /// Sends a JSON message to the device's agent. False if it isn't connected or doesn't read.
    virtual bool sendToDevice(const std::string& deviceId, const json::object& message) = 0;
    virtual std::optional<DeviceInfo> device(const std::string& deviceId) = 0;
    virtual std::optional<std::string> secret(const std::string& name) = 0;
    virtual void storeSecret(const std::string& name, const std::string& value) = 0;

    virtual void healthy() = 0;
    virtual void degraded(const std::string& why) = 0;
    virtual Counter& counter(std::string name, std::string help) = 0;
    virtual Gauge& gauge(std::string name, std::string help) = 0;

    template <class T> void publish(Topic<T> topic, const T& event) {
        publishRaw(topic.name, typeid(T), std::make_shared<const T>(event), event.toJson());
    }
    /// The service that another running plugin provides, or null.
    template <class T> std::shared_ptr<T> need() {
        return std::static_pointer_cast<T>(needRaw(typeid(T)));
    }

protected:
    virtual void publishRaw(std::string_view name, const std::type_info&,
                            std::shared_ptr<const void>, json::object) = 0;
    virtual std::shared_ptr<void> needRaw(const std::type_info&) = 0;
};

}  // namespace trellis::sdk
