/// Shell sessions: declares the terminal's tunnel protocols, tells the page which shells it may offer
/// and lets through only the shells that the configuration allows.
#include <algorithm>
#include <string>
#include <vector>

#include <trellis/sdk/plugin.hpp>

namespace {
using namespace trellis::sdk;

/// Wire numbers of the terminal (agent-protocol specification, sections 6.4 and 7.1).
namespace protocol {
constexpr std::uint16_t kRootShell = 1;
constexpr std::uint16_t kRootPowerShell = 6;
constexpr std::uint16_t kUserShell = 8;
constexpr std::uint16_t kUserPowerShell = 9;
}  // namespace protocol

constexpr bool isRoot(std::uint16_t number) {
    return number == protocol::kRootShell || number == protocol::kRootPowerShell;
}

class Terminal final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.options(
            Schema::object()
                .prop("shells", Schema::array(Schema::oneOf({"root", "user"})).range(1, 2)
                                    .byDefault(json::array{"root", "user"}),
                      "Shells that technicians may open, in the order in which they are offered.")
                .prop("scrollback_lines", Schema::integer().range(100, 100000).unit("lines").byDefault(5000),
                      "Lines that the page keeps above the screen."));
        reg.tunnel({.name = "terminal",
                    .protocols = {protocol::kRootShell, protocol::kRootPowerShell,
                                  protocol::kUserShell, protocol::kUserPowerShell},
                    .requires_ = kRequired,
                    .notifyConsent = consent::kNotifyTerminal,
                    .askConsent = consent::kAskTerminal,
                    .recordable = true},
                   [this](const TunnelInfo& info) { return opened(info); });
        reg.command({.name = "terminal.options",
                     .summary = "What the terminal tab may offer.",
                     .args = Schema::object()
                                 .prop("nodeid", Schema::string().range(1, 200), "The device.")
                                 .required({"nodeid"}),
                     .result = Schema::object()
                                   .prop("shells", Schema::array(Schema::oneOf({"root", "user"})),
                                         "Shells, in the order in which to offer them.")
                                   .prop("scrollbackLines", Schema::integer(), "Lines to keep.")
                                   .required({"shells", "scrollbackLines"}),
                     .requires_ = kRequired},
                    SimpleCommandHandler([this](const Request&, const json::object&) {
                        return options();
                    }));
        reg.agentScript("agent/terminal.js");
        reg.ui({.id = "terminal",
                .slot = UiSlot::DeviceTab,
                .title = "terminal.title",
                .icon = "terminal.svg",
                .module = "terminal.js",
                .requires_ = kRequired,
                .protocols = {protocol::kRootShell, protocol::kRootPowerShell,
                              protocol::kUserShell, protocol::kUserPowerShell}});
    }

    void configure(const Options& options) override {
        shells_ = options.texts("shells");
        scrollbackLines_ = options.integer("scrollback_lines");
        if (shells_.size() == 2 && shells_[0] == shells_[1]) {
            options.reject("shells", "\"" + shells_[0] + "\" is given twice");
        }
    }

    void start(Host& host) override {
        opened_ = &host.counter("terminal_sessions_total", "Terminal sessions opened");
        refused_ = &host.counter("terminal_refused_total",
                                 "Terminal sessions refused because their shell is not allowed");
    }

private:
    static constexpr Requirement kRequired{Scope::Device, device_right::kRemoteControl,
                                           device_right::kNoTerminal, "nodeid"};

    bool allows(const char* shell) const {
        return std::find(shells_.begin(), shells_.end(), shell) != shells_.end();
    }

    std::unique_ptr<TunnelHandler> opened(const TunnelInfo& info) {
        if (!allows(isRoot(info.protocol) ? "root" : "user")) {
            refused_->add();
            throw Error(ErrorCode::Forbidden, "this shell is switched off in the configuration",
                        "/protocol");
        }
        opened_->add();
        return nullptr;  // nothing to watch: frames pass untouched
    }

    json::value options() const {
        json::array shells;
        for (const auto& shell : shells_) shells.emplace_back(shell);
        return json::object{{"shells", std::move(shells)}, {"scrollbackLines", scrollbackLines_}};
    }

    std::vector<std::string> shells_;
    std::int64_t scrollbackLines_ = 0;
    Counter* opened_ = nullptr;
    Counter* refused_ = nullptr;
};
}  // namespace

TRELLIS_PLUGIN(Terminal)
