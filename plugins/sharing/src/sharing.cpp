/// Guest sharing: links to one device for people without an account (control-protocol 3.9).
#include <algorithm>
#include <chrono>
#include <memory>

#include <trellis/sdk/plugin.hpp>

#include "commands.hpp"
#include "guest_door.hpp"
#include "shares.hpp"

namespace {
using namespace trellis::sdk;
using namespace sharing;

/// Half of the second within which a guest without a share is gone.
constexpr Milliseconds kLookEvery{500};
constexpr Milliseconds kTidyEvery{60 * 60 * 1000};

std::int64_t systemMs() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// Terminals of a view-only share: what the guest types is dropped. Control messages (text), such as
/// the size of the window, pass. The desktop keeps to the right itself, as for users.
class OnlyLooks final : public TunnelHandler {
public:
    Verdict onFrame(Side side, Frame& frame) override {
        return side == Side::Viewer && !frame.isText ? Verdict::Drop : Verdict::Forward;
    }
};

bool isTerminal(std::uint16_t protocol) {
    const auto numbers = protocolsOf(kind::kTerminal);
    return std::find(numbers.begin(), numbers.end(), protocol) != numbers.end();
}

class Sharing final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.options(Schema::object().prop(
            "max_minutes", Schema::integer().range(0, 52'560'000).unit("min").byDefault(0),
            "Longest time of a share, 0 for no limit."));
        reg.migration(ShareStore::migration());
        declareCommands(reg, {.shares = [this]() -> Shares& { return *shares_; },
                              .host = [this]() -> Host& { return *host_; },
                              .directory = [this]() -> const DeviceDirectory& { return *directory_; },
                              .maxMinutes = [this] { return maxMinutes_; }});
        door_.declare(reg);
        reg.watchTunnels([](const TunnelInfo& info) -> std::unique_ptr<TunnelHandler> {
            const bool isOurs = info.ticket.starts_with(TRELLIS_PLUGIN_ID "/");
            const bool onlyLooks = (info.deviceRights & device_right::kViewOnly) != 0;
            if (!isOurs || !onlyLooks || !isTerminal(info.protocol)) return nullptr;
            return std::make_unique<OnlyLooks>();
        });
        reg.on<DeviceEvent>(kDeviceRemoved, [this](const DeviceEvent& event) {
            if (shares_) shares_->deviceRemoved(event.deviceId);
        });
        reg.ui({.id = "share",
                .slot = UiSlot::DeviceAction,
                .title = "sharing.title",
                .icon = "share.svg",
                .module = "share.js",
                .requires_ = kSponsor});
    }

    void configure(const Options& options) override { maxMinutes_ = options.integer("max_minutes"); }

    void start(Host& host) override {
        host_ = &host;
        directory_ = host.need<DeviceDirectory>();
        shares_ = std::make_unique<Shares>(host, *directory_, &systemMs);
        look_ = host.every(kLookEvery, [this] {
            if (!host_->guestSessions().empty()) shares_->cutStale();
        });
        tidy_ = host.every(kTidyEvery, [this] { shares_->dropExpired(); });
    }

    void stop(Deadline) override {
        look_.reset();
        tidy_.reset();
    }

private:
    std::int64_t maxMinutes_ = 0;
    Host* host_ = nullptr;
    std::shared_ptr<DeviceDirectory> directory_;
    std::unique_ptr<Shares> shares_;
    HandlePtr look_, tidy_;
    GuestDoor door_{{.shares = [this]() -> Shares& { return *shares_; },
                     .host = [this]() -> Host& { return *host_; },
                     .directory = [this]() -> const DeviceDirectory& { return *directory_; }}};
};
}  // namespace

TRELLIS_PLUGIN(Sharing)
