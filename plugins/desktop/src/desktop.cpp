/// Desktop sessions: declares the tunnel protocol, says who is on, and keeps every viewer to his rights
/// and to the limits of the configuration.
#include <memory>
#include <string>

#include <trellis/sdk/plugin.hpp>

#include "sessions.hpp"

namespace {
using namespace trellis::sdk;
using desktop::Input;

/// Wire number of the desktop (agent-protocol specification, sections 6.4 and 7.2).
constexpr std::uint16_t kDesktop = 2;
/// kViewOnly and kLimitedInput take something away from kRemoteControl; they give nothing alone.
constexpr Requirement kRequired{Scope::Device, device_right::kRemoteControl, device_right::kNoDesktop,
                                "nodeid"};

const char* nameOf(Input input) {
    switch (input) {
    case Input::Full: return "full";
    case Input::Limited: return "limited";
    case Input::None: break;
    }
    return "none";
}

/// "node/<domain>/<id>".
std::string domainOf(const std::string& deviceId) {
    const auto start = deviceId.find('/');
    const auto end = deviceId.find('/', start + 1);
    return end == std::string::npos ? std::string() : deviceId.substr(start + 1, end - start - 1);
}

Schema deviceArgument() {
    return Schema::object().prop("nodeid", Schema::string().range(1, 200), "The device.").required({"nodeid"});
}

Schema optionsSchema() {
    return Schema::object()
        .prop("idle_timeout_min", Schema::integer().range(0, 1440).unit("min").byDefault(60),
              "A viewer who does nothing for so long is told, then cut off. 0: never.")
        .prop("max_length_min", Schema::integer().range(0, 10080).unit("min").byDefault(0),
              "Longest time of one session. 0: no limit.")
        .prop("max_viewers", Schema::integer().range(1, 64).byDefault(8),
              "Most people at one device's desktop at a time.")
        .prop("clipboard_to_device", Schema::boolean().byDefault(true),
              "Technicians may put text into the device's clipboard.")
        .prop("clipboard_from_device", Schema::boolean().byDefault(true),
              "What is copied on the device reaches the technician's clipboard.")
        .prop("quality", Schema::integer().range(0, 100).unit("%").byDefault(0),
              "Quality of the picture at first. 0: by what the line carries.")
        .prop("virtual_display", Schema::boolean().byDefault(true),
              "Where no screen runs, technicians who may open terminals may start a virtual one.");
}

class Desktop final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.options(optionsSchema());
        reg.tunnel({.name = "desktop",
                    .protocols = {kDesktop},
                    .requires_ = kRequired,
                    .notifyConsent = consent::kNotifyDesktop,
                    .askConsent = consent::kAskDesktop,
                    .recordable = true},
                   [this](const TunnelInfo& info) { return opened(info); });
        describeCommands(reg);
        reg.decision("command.allow", 100, [this](const Request& request, const json::object& facts) {
            return decideOf(request, facts.at("command").as_string());
        });
        reg.agentScript("agent/desktop.js");
        reg.ui({.id = "desktop",
                .slot = UiSlot::DeviceTab,
                .title = "desktop.title",
                .icon = "desktop.svg",
                .module = "desktop.js",
                .requires_ = kRequired,
                .protocols = {kDesktop}});
    }

    void configure(const Options& options) override {
        limits_.idleMinutes = options.integer("idle_timeout_min");
        limits_.mostMinutes = options.integer("max_length_min");
        limits_.mostViewers = options.integer("max_viewers");
        limits_.clipboard = {.isToDeviceAllowed = options.flag("clipboard_to_device"),
                             .isFromDeviceAllowed = options.flag("clipboard_from_device")};
        limits_.isVirtualDisplayAllowed = options.flag("virtual_display");
        quality_ = options.integer("quality");
    }

    void start(Host& host) override {
        host_ = &host;
        opened_ = &host.counter("desktop_sessions_total", "Desktop sessions opened");
        refused_ = &host.counter("desktop_refused_total",
                                 "Desktop sessions refused because the device had its most viewers");
        sessions_ = std::make_shared<desktop::Sessions>(limits_, [this](const std::string& id) { tellOf(id); });
        timer_ = host.every(Seconds(desktop::Sessions::kTickSeconds), [this] { sessions_->tick(); });
    }

    void stop(Deadline) override {
        timer_.reset();
        sessions_.reset();
    }

private:
    void describeCommands(Registrar& reg) {
        reg.command({.name = "desktop.options",
                     .summary = "What the desktop tab may offer to the caller.",
                     .args = deviceArgument(),
                     .result = Schema::object()
                                   .prop("input", Schema::oneOf({"full", "limited", "none"}),
                                         "What the caller may do at the device.")
                                   .prop("clipboardToDevice", Schema::boolean(), "May be sent.")
                                   .prop("clipboardFromDevice", Schema::boolean(), "Is received.")
                                   .prop("quality", Schema::integer(), "In percent; 0 is automatic.")
                                   .prop("virtualDisplay", Schema::boolean(), "May be started.")
                                   .required({"input", "clipboardToDevice", "clipboardFromDevice", "quality",
                                              "virtualDisplay"}),
                     .requires_ = kRequired},
                    SimpleCommandHandler([this](const Request& request, const json::object&) {
                        return optionsFor(request.deviceRights);
                    }));
        reg.command({.name = "desktop.sessions",
                     .summary = "Who is at the device's desktop. `desktop.sessionsChanged` tells of changes.",
                     .args = deviceArgument(),
                     .result = Schema::object()
                                   .prop("sessions", Schema::array(sessionSchema()), "The longest first.")
                                   .required({"sessions"}),
                     .requires_ = kRequired},
                    SimpleCommandHandler([this](const Request& request, const json::object&) -> json::value {
                        return json::object{{"sessions", sessions_->at(request.deviceId)}};
                    }));
    }

    static Schema sessionSchema() {
        return Schema::object()
            .prop("userId", Schema::string(), "Full id; of a guest that of the user who invited him.")
            .prop("name", Schema::string(), "To show.")
            .prop("guest", Schema::boolean(), "Present and true for guests.")
            .prop("since", Schema::integer().unit("ms"), "Unix time.")
            .prop("viewOnly", Schema::boolean(), "Looks on, by right or by choice.")
            .prop("limited", Schema::boolean(), "May point and write text only.")
            .prop("recorded", Schema::boolean(), "Is recorded by the server.")
            .required({"userId", "name", "since", "viewOnly", "limited", "recorded"});
    }

    std::unique_ptr<TunnelHandler> opened(const TunnelInfo& info) {
        try {
            auto handler = desktop::watch(sessions_, info);
            opened_->add();
            tellOf(info.deviceId);
            return handler;
        } catch (const Error&) {
            refused_->add();
            throw;
        }
    }

    /// From I/O loops too, so the record is written elsewhere. A missed one costs a stale list.
    void tellOf(const std::string& deviceId) {
        try {
            host_->post([this, deviceId] {
                LogEvent event;
                event.etype = "node";
                event.action = "desktop.sessionsChanged";
                event.deviceId = deviceId;
                event.domain = domainOf(deviceId);
                event.isKept = false;
                host_->record(event);
            });
        } catch (const Error&) {
            host_->log().debug("desktop: nobody told of a change of sessions", {{"device", deviceId}});
        }
    }

    json::value optionsFor(std::uint32_t rights) const {
        return json::object{{"input", nameOf(desktop::inputOf(rights))},
                            {"clipboardToDevice", limits_.clipboard.isToDeviceAllowed},
                            {"clipboardFromDevice", limits_.clipboard.isFromDeviceAllowed},
                            {"quality", quality_},
                            {"virtualDisplay",
                             limits_.isVirtualDisplayAllowed && desktop::mayStartVirtual(rights)}};
    }

    /// Clipboards can be had without a session, too: the same rules hold for the commands of the wire.
    Decision decideOf(const Request& request, std::string_view command) const {
        const bool isRead = command == "getClip";
        if (!isRead && command != "setClip") return Decision::Abstain;
        const auto& rules = limits_.clipboard;
        const bool isAllowed = isRead ? rules.isFromDeviceAllowed : rules.isToDeviceAllowed;
        const bool hasInput = desktop::inputOf(request.deviceRights) != Input::None;
        return isAllowed && hasInput ? Decision::Abstain : Decision::Deny;
    }

    Host* host_ = nullptr;
    desktop::Limits limits_;
    std::int64_t quality_ = 0;
    std::shared_ptr<desktop::Sessions> sessions_;
    HandlePtr timer_;
    Counter* opened_ = nullptr;
    Counter* refused_ = nullptr;
};
}  // namespace

TRELLIS_PLUGIN(Desktop)
