/// Recording: sessions through the relay, written by the server in MeshCentral's file format.
#include <memory>

#include <trellis/sdk/plugin.hpp>

#include "commands.hpp"
#include "downloads.hpp"
#include "policy.hpp"
#include "recorder.hpp"
#include "states.hpp"

namespace {
using namespace trellis::sdk;
using namespace recording;

constexpr Milliseconds kTick{1000};
constexpr Milliseconds kTidy{10 * 60 * 1000};

class Recording final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.options(Policy::schema());
        reg.reconfigure([this](const Options& options) { takeOver(Policy::from(options)); });
        for (auto& each : Store::migrations()) reg.migration(std::move(each));
        const Parts parts{[this]() -> Recorder& { return *recorder_; }, [this]() -> Host& { return *host_; }};
        declareCommands(reg, parts);
        declareDownloads(reg, parts);
        declareStates(reg, parts);
        reg.recordTunnels([this](const TunnelInfo& info) { return recorder_->wants(info); },
                          [this](const TunnelInfo& info) { return recorder_->open(info); });
        reg.ui({.id = "recordings",
                .slot = UiSlot::SitePage,
                .title = "recording.title",
                .icon = "recording.svg",
                .module = "recording.js",
                .requires_ = kViewers});
    }

    void configure(const Options& options) override { policy_ = Policy::from(options); }

    void start(Host& host) override {
        host_ = &host;
        auto directory = host.need<DeviceDirectory>();
        if (!directory) throw Error(ErrorCode::Unavailable, "the server does not offer its list of devices");
        recorder_ = std::make_unique<Recorder>(host, std::move(directory), policy_);
        tick_ = host.every(kTick, [this] { contained([&] { recorder_->tick(); }); });
        tidy_ = host.every(kTidy, [this] { contained([&] { recorder_->tidy(); }); });
        host.post([this] { contained([&] { recorder_->tidy(); }); });
    }

    void stop(Deadline) override {
        tick_.reset();
        tidy_.reset();
        if (recorder_) recorder_->stop();
    }

private:
    /// Sessions that run keep to what they began with.
    void takeOver(Policy policy) {
        recorder_->use(std::move(policy));
        host_->post([this] { contained([&] { recorder_->tidy(); }); });
    }

    /// A database that is away for a while is no fault of this plugin.
    template <class F> void contained(F&& work) {
        try {
            work();
        } catch (const Error& error) {
            host_->degraded(error.what());
        }
    }

    Policy policy_;
    Host* host_ = nullptr;
    std::unique_ptr<Recorder> recorder_;
    HandlePtr tick_, tidy_;
};
}  // namespace

TRELLIS_PLUGIN(Recording)
