/// A server in a test: FakeHost is what the plugin sees of it, PluginUnderTest runs the plugin's life
/// and calls what it declared. No thread, no clock, no network: time passes by advance().
///
///     FakeHost host;
///     TestPlugin<Hello> hello(host, {{"greeting", "Salut"}});
///     BOOST_TEST(hello.call("hello.greet", {{"name", "Ada"}}).at("text") == "Salut, Ada!");
///     BOOST_CHECK_THROW(hello.call("hello.greet", {}), Error);    // "/name" is missing
///
/// Link to Trellis::testing. Works with any test framework: what a plugin may not do (a result of the
/// wrong shape, a command without an answer, a Handle that outlives it) is thrown as TestFailure.
/// Everything here is for one thread, but a plugin's own threads may use the FakeHost meanwhile.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <trellis/sdk/declarations.hpp>
#include <trellis/sdk/plugin.hpp>

namespace trellis::testing {

using namespace trellis::sdk;

/// The plugin broke a rule of the interface.
class TestFailure : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

enum class LogLevel : std::uint8_t { Debug = 1, Info, Warning, Error };

struct LogLine {
    LogLevel level;
    std::string text;
    std::map<std::string, std::string> fields;
};
struct PublishedEvent {
    std::string name;
    json::object payload;
};
struct DeviceMessage {
    std::string deviceId;
    json::object message;
};

class FakeHost final : public Host {
public:
    FakeHost();
    ~FakeHost() override;

    // ---- what a test sets up ---------------------------------------------------------------------
    /// A device; without it device() finds nothing. Only an online one takes messages.
    void addDevice(DeviceInfo device);
    /// What call(command) answers; without it NotFound. Throwing Error is fine.
    void answer(const std::string& command, std::function<json::value(const json::object&)> how);
    /// What database() runs its work with; without it Unavailable.
    void useDatabase(std::function<void(const std::function<void(Poco::Data::Session&)>&)> run);
    /// A service of another plugin.
    template <class T> void offer(std::shared_ptr<T> service) {
        offerRaw(typeid(T), std::static_pointer_cast<void>(std::move(service)));
    }

    /// A contribution of a running plugin to the page.
    void addPart(const std::string& plugin, UiSpec spec);
    /// A guest's session that runs; openGuestTunnel() only notes what was asked for.
    void addGuestSession(GuestSession session);

    // ---- time and queues -------------------------------------------------------------------------
    /// Runs what was posted, and what that posted, until nothing is left.
    void settle();
    /// Lets time pass: timers run when they are due, in order; settles after each.
    void advance(Milliseconds time);
    Clock::time_point now() const { return now_; }

    // ---- what a test looks at --------------------------------------------------------------------
    std::vector<LogLine> logLines() const;
    bool hasLogged(std::string_view text) const;  ///< a line of exactly this text
    std::vector<PublishedEvent> events() const;
    std::vector<DeviceMessage> deviceMessages() const;
    std::uint64_t count(const std::string& counterName) const;  ///< 0 if there is none
    double value(const std::string& gaugeName) const;
    const std::string& health() const { return health_; }  ///< "" is healthy
    std::size_t openHandles() const;
    std::vector<LogEvent> records() const;
    std::vector<AuditEntry> audits() const;
    std::vector<GuestTunnel> guestTunnels() const;  ///< that were opened
    /// Sessions that the plugin opened as their viewer; the device never joins by itself: call
    /// `viewer->onOpen(...)`.
    struct OpenedTunnel {
        OwnTunnel wanted;
        std::string id;
        std::shared_ptr<TunnelHandler> viewer;
    };
    std::vector<OpenedTunnel> ownTunnels() const;
    std::vector<std::string> cutTickets() const;
    /// From now on timers and posts are refused, as in a server that stops the plugin.
    void beginStop();
    /// The next life of a plugin on this host: a PluginUnderTest begins with it.
    void beginStart();

    // ---- Host ------------------------------------------------------------------------------------
    Log& log() override;
    void database(const std::function<void(Poco::Data::Session&)>& work) override;
    std::string dataDir() override;  ///< a temporary folder, removed with this object
    void post(std::function<void()> work) override;
    void blocking(std::function<void()> work) override;
    HandlePtr every(Milliseconds period, std::function<void()> work) override;
    HandlePtr after(Milliseconds delay, std::function<void()> work) override;
    json::value call(const std::string& command, const json::object& args, Deadline) override;
    bool sendToDevice(const std::string& deviceId, const json::object& message) override;
    std::optional<DeviceInfo> device(const std::string& deviceId) override;
    std::optional<std::string> secret(const std::string& name) override;
    void storeSecret(const std::string& name, const std::string& value) override;
    std::optional<Factor> factor(const std::string& userId, const std::string& name) override;
    void changeFactor(const std::string& userId, const std::string& name,
                      const std::function<void(Factor&)>& change, int messageId = 0) override;
    void record(const LogEvent& event) override;
    void audit(const AuditEntry& entry) override;
    std::string publicUrl() override { return "https://server.test"; }
    std::string seal(const std::string& use, const json::object& body, Seconds lifetime) override;
    std::optional<json::object> unseal(const std::string& use, std::string_view token) override;
    GuestTicket openGuestTunnel(const GuestTunnel& wanted) override;
    std::string openTunnel(const OwnTunnel& wanted, std::unique_ptr<TunnelHandler> viewer) override;
    std::vector<GuestSession> guestSessions() override;
    std::size_t cutGuest(const std::string& ticket, const std::string& reason) override;
    json::object pageParts(const std::function<bool(const UiSpec&)>& wanted) override;
    void healthy() override { health_.clear(); }
    void degraded(const std::string& why) override { health_ = why; }
    Counter& counter(std::string name, std::string help) override;
    Gauge& gauge(std::string name, std::string help) override;

protected:
    void publishRaw(std::string_view name, const std::type_info& type,
                    std::shared_ptr<const void> payload, json::object json) override;
    std::shared_ptr<void> needRaw(const std::type_info& type) override;

private:
    class Recorder;
    class Timer;
    class FakeCounter;
    class FakeGauge;
    struct Timers;
    void offerRaw(const std::type_info& type, std::shared_ptr<void> service);
    HandlePtr addTimer(Milliseconds delay, Milliseconds period, std::function<void()> work);
    void refuseWhenStopping() const;

    mutable std::recursive_mutex mutex_;
    Clock::time_point now_{};
    std::unique_ptr<Recorder> recorder_;
    std::shared_ptr<Timers> timers_;
    std::vector<std::function<void()>> posted_;
    std::vector<PublishedEvent> events_;
    std::vector<DeviceMessage> messages_;
    std::map<std::string, DeviceInfo> devices_;
    std::map<std::string, std::function<json::value(const json::object&)>> answers_;
    std::map<std::string, std::string> secrets_;
    std::map<std::pair<std::string, std::string>, Factor> factors_;
    std::map<std::string, std::shared_ptr<void>> services_;
    std::map<std::string, std::unique_ptr<FakeCounter>> counters_;
    std::map<std::string, std::unique_ptr<FakeGauge>> gauges_;
    std::function<void(const std::function<void(Poco::Data::Session&)>&)> database_;
    struct Token {
        std::string use;
        json::object body;
        Clock::time_point until;
    };
    std::vector<std::pair<std::string, UiSpec>> parts_;
    std::vector<LogEvent> records_;
    std::vector<AuditEntry> audits_;
    std::map<std::string, Token, std::less<>> tokens_;
    std::vector<GuestTunnel> guestTunnels_;
    std::vector<OpenedTunnel> ownTunnels_;
    std::vector<GuestSession> guestSessions_;
    std::vector<std::string> cutTickets_;
    std::string dataDir_;
    std::string health_;
    bool isStopping_ = false;
};

/// A byte stream whose far end is the test.
class FakeStream final : public Stream {
public:
    bool write(std::span<const std::byte> bytes) override;
    void pauseReading() override { isPaused = true; }
    void resumeReading() override { isPaused = false; }
    void closeAfterFlush() override { isClosed = true; }
    void abort(std::string_view reason) override;
    std::string peerAddress() const override { return "192.0.2.1"; }

    std::string written;  ///< what the plugin wrote
    std::string abortReason;
    bool isPaused = false;
    bool isClosed = false;
    bool isWritable = true;  ///< what write() answers
};

/// What a handler does with its tunnel.
class FakeTunnel final : public TunnelControl {
public:
    struct Sent {
        Side to = Side::Viewer;
        std::string bytes;
        bool isText = false;
    };
    void send(Side to, std::string bytes, bool isText) override {
        sent.push_back({to, std::move(bytes), isText});
    }
    bool write(Side to, std::string bytes, bool isText) override {
        sent.push_back({to, std::move(bytes), isText});
        return isWritable;
    }
    void pause(Side from) override { (from == Side::Viewer ? isViewerPaused : isDevicePaused) = true; }
    void resume(Side from) override { (from == Side::Viewer ? isViewerPaused : isDevicePaused) = false; }
    void close(std::string reason) override { closedBecause = std::move(reason); }

    std::vector<Sent> sent;
    bool isViewerPaused = false;
    bool isDevicePaused = false;
    bool isWritable = true;     ///< what write() answers
    std::string closedBecause;  ///< "" while it is open
};

/// The far end of an exchange: a client that sends its request's body and takes the answer as the test says.
/// What the plugin reads is given at once if it has been sent, else with the next send(). Throws TestFailure
/// where the plugin breaks a rule of http.hpp.
class FakeClient final {
public:
    FakeClient();
    ~FakeClient();  ///< leave()
    FakeClient(const FakeClient&) = delete;
    FakeClient& operator=(const FakeClient&) = delete;

    void send(std::string piece);  ///< one piece of the body, at most 64 KiB
    void endBody();
    /// Goes away: the plugin's reads fail, its producer ends.
    void leave();
    /// Takes at most `atMost` bytes of the produced body, until the producer waits or ends: those that came.
    std::string receive(std::size_t atMost = SIZE_MAX);

    bool isAnswered() const;
    /// Status, headers and a body in one piece. Throws the Error that the plugin failed with (Internal if it
    /// dropped the exchange), TestFailure if there is no answer yet.
    const HttpResponse& response() const;
    bool isReading() const;     ///< the plugin waits for a piece
    bool wantsToSend() const;   ///< the producer has not waited, or was woken since
    bool isComplete() const;    ///< the produced body came to its end
    bool isCut() const;         ///< it failed, or was of another length than announced

private:
    friend class PluginUnderTest;
    class Exchange;
    class Reader;
    struct State;
    std::shared_ptr<HttpExchange> begin(Request caller, HttpRequest request, bool hasBody,
                                        std::uint64_t bodyLimit);
    const std::shared_ptr<State> state_;
};

/// Who calls. The default may do everything.
struct As {
    Caller caller{.userId = "user//admin", .userName = "admin", .domain = "", .sessionId = "test",
                  .address = "192.0.2.1", .siteRights = site_right::kAdmin};
    std::string deviceId = "node//test";
    std::string groupId = "mesh//test";
    std::uint32_t deviceRights = device_right::kAdmin;
};

/// The life of one plugin: described, configured and started by the constructor, stopped by stop() or
/// the destructor.
class PluginUnderTest {
public:
    /// `section`: its options. Throws TestFailure with every problem if they are refused; what start()
    /// throws comes out as it is, after stop() was called.
    PluginUnderTest(std::unique_ptr<Plugin> plugin, FakeHost& host, json::object section = {});
    /// stop() if that was not called. Throws TestFailure unless an exception is under way.
    ~PluginUnderTest() noexcept(false);
    PluginUnderTest(const PluginUnderTest&) = delete;
    PluginUnderTest& operator=(const PluginUnderTest&) = delete;

    /// Stops and destroys the plugin. Throws TestFailure when a Handle outlives it.
    void stop();

    /// Runs a command as the dispatcher would: right, arguments, defaults, handler, then settle().
    /// Throws the Error that the caller would get.
    json::value call(const std::string& command, json::object args = {}, const As& as = {});
    /// The same for a command that answers later: empty until it does.
    using Pending = std::shared_ptr<std::optional<json::value>>;
    Pending callLater(const std::string& command, json::object args = {}, const As& as = {});

    template <class T> void publish(Topic<T> topic, const T& event) {
        publishRaw(topic.name, typeid(T), &event, event.toJson());
    }
    /// A JSON message from a device. False when it does not fit the declared schema or limit, which
    /// the server drops. Throws TestFailure for an action that was not declared.
    bool agentMessage(const std::string& deviceId, const json::object& message);
    /// A request to one of its routes; `request.path` selects it. Throws Error as the handler does.
    HttpResponse request(HttpRequest request, const As& as = {});
    /// Begins an exchange: its handler has run when this returns. A request with a body ends it by endBody().
    enum class Body : std::uint8_t { None = 1, Streamed };
    std::unique_ptr<FakeClient> exchange(HttpRequest request, Body body = Body::None,
                                         const As& as = {});
    /// The handler of a tunnel of this protocol, opened and shown the protocol number; null when the
    /// plugin does not watch it. `tunnel`: null for one whose use nobody looks at.
    std::unique_ptr<TunnelHandler> openTunnel(std::uint16_t protocol, TunnelInfo info = {},
                                              std::shared_ptr<FakeTunnel> tunnel = nullptr);
    /// The same of its watchers and recorders, the first that wants this tunnel. For a recorder
    /// `info.isRecorded` is what it says itself.
    std::unique_ptr<TunnelHandler> watchTunnel(std::uint16_t protocol, TunnelInfo info = {},
                                               std::shared_ptr<FakeTunnel> tunnel = nullptr);
    std::unique_ptr<StreamHandler> openEndpoint(std::uint16_t protocol, TunnelInfo info = {});
    std::unique_ptr<StreamHandler> connect(std::uint16_t port);
    Decision decide(const std::string& point, const json::object& facts, const As& as = {});

    /// A changed section while it runs, for a plugin that declared reconfigure(): what is wrong with it, or
    /// nothing. Throws TestFailure for a plugin that would be started anew.
    std::vector<std::string> reconfigure(json::object section);

    const Declarations& declared() const { return collector_.all; }
    Plugin& plugin() { return *plugin_; }

private:
    void publishRaw(std::string_view name, const std::type_info& type, const void* event,
                    const json::object& json);

    FakeHost& host_;
    std::unique_ptr<Plugin> plugin_;
    Collector collector_;
};

template <class T> class TestPlugin : public PluginUnderTest {
public:
    explicit TestPlugin(FakeHost& host, json::object section = {})
        : PluginUnderTest(std::make_unique<T>(), host, std::move(section)) {}
    T& operator*() { return static_cast<T&>(plugin()); }
    T* operator->() { return static_cast<T*>(&plugin()); }
};

/// What is wrong with a section, as the admin reads it: schema and configure() together.
std::vector<std::string> configurationProblems(Plugin& plugin, json::object section);
template <class T> std::vector<std::string> configurationProblems(json::object section) {
    T plugin;
    return configurationProblems(plugin, std::move(section));
}

/// An object of the plugin whose source (with TRELLIS_PLUGIN) is linked into the test, for classes
/// that have no header: `PluginUnderTest hello(linkedPlugin(), host);`
inline std::unique_ptr<Plugin> linkedPlugin() {
    std::unique_ptr<Plugin> plugin(static_cast<Plugin*>(trellis_plugin_abi()->create()));
    if (!plugin) throw TestFailure("the plugin's constructor failed");
    return plugin;
}

}  // namespace trellis::testing
