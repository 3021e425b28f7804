/// What a plugin declares. Declaring has no other effect, so that the check mode and the
/// documentation generator can run describe() without starting anything.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include <trellis/sdk/command.hpp>
#include <trellis/sdk/event.hpp>
#include <trellis/sdk/http.hpp>
#include <trellis/sdk/stream.hpp>
#include <trellis/sdk/tunnel.hpp>

namespace trellis::sdk {

/// A numbered schema change of the plugin's own tables (`p_<plugin>_<name>`).
struct Migration {
    std::uint32_t version = 0;  ///< 1, 2, 3 ... without gaps; never edited once released
    std::string summary;
    std::string sqlite;
    std::string postgres;  ///< "" if the SQLite text serves both
};

/// Where it appears: beside the device's other tabs, in its menu, in the navigation, in the own account's page,
/// between password and session, among what can be done with devices that were chosen in a list.
enum class UiSlot : std::uint8_t { DeviceTab = 1, DeviceAction, SitePage, SettingsPage, LoginStep, DevicesAction };

/// A contribution to the page: an ES module under ui/ exporting mount(root, context).
struct UiSpec {
    std::string id;  ///< unique in the plugin
    UiSlot slot = UiSlot::DeviceTab;
    std::string title;   ///< key in the plugin's i18n catalogue
    std::string icon;    ///< file under ui/, "" for none
    std::string module;  ///< file under ui/
    Requirement requires_{};
    /// Wire numbers of the tunnels that a DeviceTab opens: by these a guest finds the tab of what was
    /// shared with him.
    std::vector<std::uint16_t> protocols{};
};

/// A JSON message from agents, by its `action`.
struct AgentMessageSpec {
    std::string action;
    Schema schema;                      ///< unknown members are allowed unless it says otherwise
    std::size_t limit = 64 * 1024;      ///< bytes; a longer message is dropped and counted
};
/// Runs on the device's strand (worker pool).
using AgentMessageHandler =
    std::function<void(const std::string& deviceId, const json::object& message)>;

class Options;

class TRELLIS_API Registrar {
public:
    virtual ~Registrar();
    virtual void options(Schema) = 0;
    virtual void command(CommandSpec, CommandHandler) = 0;
    void command(CommandSpec spec, SimpleCommandHandler handler);
    virtual void agentMessage(AgentMessageSpec, AgentMessageHandler) = 0;
    virtual void route(RouteSpec, RouteHandler) = 0;
    /// A route whose bodies may be streamed both ways; `bodyLimit` counts the whole body.
    virtual void exchange(RouteSpec, ExchangeHandler) = 0;
    virtual void tunnel(TunnelSpec, TunnelFactory) = 0;
    virtual void endpoint(TunnelSpec, EndpointFactory) = 0;
    virtual void listener(ListenSpec, StreamFactory) = 0;
    /// Every event whose name starts with `prefix`, as JSON (bridges, audit).
    virtual void onAny(std::string prefix,
                       std::function<void(std::string_view name, const json::object&)>) = 0;
    virtual void decision(std::string point, int priority, DecisionHandler) = 0;
    virtual void migration(Migration) = 0;
    virtual void ui(UiSpec) = 0;
    /// A file below the plugin's folder (for example "agent/terminal.js"), ES5.1, that becomes part
    /// of the script pushed to agents while the plugin is enabled.
    virtual void agentScript(std::string file) = 0;

    template <class T> void on(Topic<T> topic, std::function<void(const T&)> handler) {
        onRaw(topic.name, typeid(T),
              [h = std::move(handler)](const void* p) { h(*static_cast<const T*>(p)); });
    }
    /// Offers an implementation of the interface T to plugins that need<T>() it.
    template <class T> void provide(std::shared_ptr<T> service) {
        provideRaw(typeid(T), std::static_pointer_cast<void>(std::move(service)));
    }

    /// Watches or changes the frames of tunnels of every protocol (recording, policy); needs the grant
    /// "watch:tunnels". Handlers come in the order in which plugins start, nearest to the viewer
    /// first.
    virtual void watchTunnels(TunnelFactory) = 0;
    /// The same for whoever records: of tunnels for which `isRecorded` says so, when both ends have come,
    /// both are told (`cr` instead of `c`; agent-protocol specification, section 6.4), TunnelInfo says so
    /// to every handler, and `factory` is asked for one. Both run on I/O loops and must not block; the
    /// protocol that `isRecorded` sees is the announced one.
    virtual void recordTunnels(std::function<bool(const TunnelInfo&)> isRecorded,
                               TunnelFactory factory) = 0;
    /// Takes a changed section over while the plugin runs, so that its sessions and connections go on;
    /// without it a change makes a new instance. The handler reads and checks as configure() does: when it
    /// rejects anything it must have taken nothing, and when it throws the plugin is started anew. Runs on the
    /// loader's thread, never beside start() or stop(), but beside everything else: guard what they share.
    virtual void reconfigure(std::function<void(const Options&)> handler) = 0;

protected:
    /// Refuses the plugin if `name` is already bound to another payload type.
    virtual void onRaw(std::string_view name, const std::type_info&,
                       std::function<void(const void*)>) = 0;
    virtual void provideRaw(const std::type_info&, std::shared_ptr<void>) = 0;
};

}  // namespace trellis::sdk
