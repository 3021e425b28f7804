/// The script engine: one Duktape heap, the native functions below it, and the events that go up.
/// One thread. C++ objects with destructors are never alive in a frame that Duktape may longjmp over:
/// native functions keep texts in result_/error_ of this object instead.
#pragma once

#include "agent/desktop/hub.hpp"
#include "agent/link/control.hpp"
#include "agent/script/handle.hpp"
#include "agent/script/heap.hpp"
#include "agent/script/watchdog.hpp"

#include <duktape.h>

#include <array>
#include <set>

namespace trellis::device {

/// What the script may reach of the agent.
class ScriptServices {
public:
    virtual ~ScriptServices() = default;
    virtual Control::Sent sendToServer(bool isText, std::string_view message) = 0;
    virtual bool isConnected() const = 0;
    virtual const ServerView& server() const = 0;
    virtual const std::optional<Proxy>& proxy() const = 0;
    virtual const SettingsMap& settings() const = 0;
    virtual const Identity& identity() const = 0;
    virtual Database& database() = 0;
    /// Hex SHA-384 of the running core, upper case; "" if none.
    virtual std::string coreHash() const = 0;
    virtual const std::string& dataFolder() const = 0;
    virtual std::uint32_t agentId() const = 0;
    virtual bool isService() const = 0;
    /// Later, from the loop: the channel is dropped and made again; the agent ends; it is removed.
    enum class Request : std::uint8_t { Reconnect = 1, Restart, Exit, Uninstall, RestartCore };
    virtual void request(Request what) = 0;
};

/// An argument of an event, as plain data.
struct EventArg {
    enum class Kind : std::uint8_t { None = 0, Number, Text, Bytes, Json, Bool };
    Kind kind = Kind::None;
    double number = 0;
    const char* data = nullptr;
    std::size_t size = 0;

    static EventArg ofNumber(double value) { return {Kind::Number, value, nullptr, 0}; }
    static EventArg ofBool(bool value) { return {Kind::Bool, value ? 1.0 : 0.0, nullptr, 0}; }
    /// Text in the script's form (toScript).
    static EventArg ofText(std::string_view text) { return {Kind::Text, 0, text.data(), text.size()}; }
    static EventArg ofBytes(std::string_view text) {
        return {Kind::Bytes, 0, text.data(), text.size()};
    }
    static EventArg ofJson(std::string_view text) { return {Kind::Json, 0, text.data(), text.size()}; }
};

class ScriptHost {
public:
    /// `watchdog` may be null (tests that trust their scripts). Everything outlives this object.
    ScriptHost(Loop& loop, TlsContext& tls, ScriptServices& services, Watchdog* watchdog);
    ~ScriptHost();
    ScriptHost(const ScriptHost&) = delete;
    ScriptHost& operator=(const ScriptHost&) = delete;

    /// Runs `source` (UTF-8) as global code in a fresh heap, ending what ran before. False if it threw;
    /// what it had set up until then stays, as on MeshAgent. Not from within a script's turn.
    bool start(std::string_view source);
    /// Ends the script with its timers, connections and processes. Not from within a script's turn.
    void stop() noexcept;
    bool isRunning() const noexcept { return context_ != nullptr; }
    bool isInTurn() const noexcept { return depth_ > 0; }

    void onConnected(bool isConnected);
    /// JSON text, other text or a binary command of the authenticated server.
    void onServerMessage(std::string_view message);

    /// Calls the script's dispatcher: (id, event, first, second). The truth of what it returned; false
    /// if it threw, which is logged.
    bool emit(HandleId id, const char* event, EventArg first = {}, EventArg second = {});
    /// The `action` of a JSON message, "" if it is none; works without a running script.
    static std::string actionOf(std::string_view message);

    // ---- For the native functions. None of these throws. ----
    static ScriptHost& of(duk_context* context);
    Loop& loop() noexcept { return loop_; }
    TlsContext& tls() noexcept { return tls_; }
    ScriptServices& services() noexcept { return services_; }
    /// Texts on their way to the script, kept here so that no frame owns them.
    std::string& result() noexcept { return result_; }
    std::string& error() noexcept { return error_; }
    HandleId nextId() noexcept { return ++lastId_; }
    /// False at the limit of open handles (error() says so).
    bool mayAddHandle() noexcept;
    void addHandle(HandleId id, std::unique_ptr<Handle> handle);
    Handle* handle(HandleId id) noexcept;
    /// Destroyed in the next round, so that a handle may remove itself in its own event.
    void removeHandle(HandleId id) noexcept;
    std::set<int>& files() noexcept { return files_; }
    desktop::Hub& desktops() noexcept { return desktops_; }
    /// Stops the time limit while the script waits for a program.
    class Waiting {
    public:
        explicit Waiting(ScriptHost& host) : host_(host) { host_.disarm(); }
        ~Waiting() { host_.arm(); }
        Waiting(const Waiting&) = delete;
        Waiting& operator=(const Waiting&) = delete;

    private:
        ScriptHost& host_;
    };

private:
    void arm() noexcept;
    void disarm() noexcept;
    bool createHeap();
    bool run(duk_safe_call_function function, void* data);
    /// To the log and as a console message; at most 20 a minute, and no text twice in a row.
    void report(const std::string& text);

    Loop& loop_;
    TlsContext& tls_;
    ScriptServices& services_;
    Watchdog* watchdog_;
    ScriptMemory memory_;
    duk_context* context_ = nullptr;
    int depth_ = 0;
    HandleId lastId_ = 0;
    desktop::Hub desktops_;
    std::map<HandleId, std::unique_ptr<Handle>> handles_;
    std::set<int> files_;
    std::string result_;
    std::string error_;
    std::string lastReport_;
    Clock::time_point reportsSince_{};
    int reports_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// Pushes host.error() as an Error and throws it. For the end of a native function.
inline duk_ret_t throwError(duk_context* context) {
    return duk_error(context, DUK_ERR_ERROR, "%s", ScriptHost::of(context).error().c_str());
}

}  // namespace trellis::device
