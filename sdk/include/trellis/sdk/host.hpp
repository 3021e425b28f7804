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
#include <trellis/sdk/guest.hpp>
#include <trellis/sdk/json.hpp>
#include <trellis/sdk/log.hpp>
#include <trellis/sdk/records.hpp>
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

/// One of an account's second factors. Its name is the wire's where it has one (`otpsecret`,
/// `otpkeys`...; control-protocol specification, section 5.2).
struct Factor {
    std::string secret;      ///< whatever its plugin needs, sealed in the database; at most 64 KiB
    bool isDemanded = true;  ///< while it is there, nobody signs in by password without a second factor
    /// Published under the factor's name in user documents (section 2.3); negative: not published.
    std::int64_t shown = 1;
};

struct UiSpec;

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

    /// A second factor of an account; needs the grant "account:factors", else Error{Forbidden}.
    /// Blocks on the database.
    virtual std::optional<Factor> factor(const std::string& userId, const std::string& name) = 0;
    /// Reads and stores it in one transaction. `change` gets what is stored, or an empty secret when
    /// there is none, and may run under a lock: it asks the host for nothing. An empty secret removes
    /// the factor; what `change` throws is passed on and nothing is stored. `messageId`, if not 0, is
    /// the number of the event `accountchange` that tells of it (section 2.5). Throws NotFound when
    /// there is no such account.
    virtual void changeFactor(const std::string& userId, const std::string& name,
                              const std::function<void(Factor&)>& change, int messageId = 0) = 0;

    // ---- records; people and rights are in the service DeviceDirectory (sdk/directory.hpp) -----------
    /// Writes into the event log and tells those who are connected and may see it.
    virtual void record(const LogEvent& event) = 0;
    virtual void audit(const AuditEntry& entry) = 0;

    // ---- links and guests ------------------------------------------------------------------------
    virtual std::string publicUrl() = 0;  ///< "https://<name>[:<port>]", what people can open
    /// A token for URLs that only unseal() of this plugin with the same `use` opens, and nothing else
    /// of the server accepts. `lifetime` in whole minutes, at least one.
    virtual std::string seal(const std::string& use, const json::object& body,
                             Seconds lifetime) = 0;
    /// The body; nothing if the token is not one, is too old or is for another use.
    virtual std::optional<json::object> unseal(const std::string& use, std::string_view token) = 0;
    /// Opens a session for a guest and tells the agent. Blocks (decisions). Throws Error: NotFound,
    /// Forbidden (the user lacks what the guest would have), Unavailable.
    virtual GuestTicket openGuestTunnel(const GuestTunnel& wanted) = 0;
    /// The sessions of this plugin's guests.
    virtual std::vector<GuestSession> guestSessions() = 0;
    /// Ends the sessions of one ticket, also those being opened; returns how many.
    virtual std::size_t cutGuest(const std::string& ticket, const std::string& reason) = 0;
    /// Opens a session whose viewer is `viewer`, and tells the agent. Returns its id. The viewer's onOpen
    /// comes once the device has joined and the protocol is named, then onFrame with what the device sends
    /// (Close ends the session, the other verdicts mean nothing), last onClose, also when the device does not come within the time for
    /// pairing (`limits`: 30 s). Recorders and watchers see it as any other. Blocks (decisions). Throws
    /// Error: NotFound, Forbidden, Unavailable (not connected, too many); then `viewer` hears nothing.
    virtual std::string openTunnel(const OwnTunnel& wanted, std::unique_ptr<TunnelHandler> viewer) = 0;
    /// Contributions of all running plugins to the page of which `wanted` says so, as `GET /api/ui`
    /// answers: `{plugins: [...], contributions: [...]}`.
    virtual json::object pageParts(const std::function<bool(const UiSpec&)>& wanted) = 0;

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
