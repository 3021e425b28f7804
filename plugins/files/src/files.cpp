/// File sessions: declares the tunnel protocol of files and says what it needs. The work is done on the
/// device (agent/*.js); frames pass untouched, and the device reports what was transferred.
#include <memory>
#include <string>

#include <trellis/sdk/plugin.hpp>

#include "contents.hpp"
#include "pushes.hpp"
#include "requirement.hpp"
#include "transfers.hpp"

namespace {
using namespace trellis::sdk;

/// Wire number of files (agent-protocol specification, sections 6.4 and 7.3).
constexpr std::uint16_t kFiles = 5;

class Files final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.tunnel({.name = "files",
                    .protocols = {kFiles},
                    .requires_ = files::kMayUse,
                    .notifyConsent = consent::kNotifyFiles,
                    .askConsent = consent::kAskFiles,
                    .recordable = true},
                   [this](const TunnelInfo& info) -> std::unique_ptr<TunnelHandler> {
                       opened_->add();
                       transfers_->opened(info);
                       return nullptr;
                   });
        reg.on<TunnelEvent>(kTunnelClosed, [this](const TunnelEvent& event) {
            if (event.protocol == kFiles) transfers_->closed(event.tunnelId);
        });
        reg.agentMessage({.action = "files.done",
                          .schema = files::Transfers::messageSchema(),
                          .limit = 1024 * 1024},
                         [this](const std::string& device, const json::object& message) {
                             transfers_->take(device, message);
                         });
        reg.agentScript("agent/files.js");
        reg.agentScript("agent/pieces.js");
        reg.agentScript("agent/trees.js");
        reg.agentScript("agent/changes.js");
        reg.agentScript("agent/upload.js");
        reg.agentScript("agent/download.js");
        reg.agentScript("agent/details.js");
        reg.agentScript("agent/fetch.js");
        reg.options(files::Pushes::options());
        files::Pushes::declare(reg, pushes_);
        files::Contents::declare(reg, contents_);
        files::Transfers::declare(reg);
        reg.ui({.id = "files",
                .slot = UiSlot::DeviceTab,
                .title = "files.title",
                .icon = "files.svg",
                .module = "files.js",
                .requires_ = files::kMayUse,
                .protocols = {kFiles}});
    }

    void configure(const Options& options) override {
        constexpr std::int64_t kMega = 1'000'000;
        limits_ = {options.integer("push_file_mb") * kMega,
                   options.integer("push_storage_mb") * kMega, options.integer("push_devices"),
                   options.integer("push_at_once"), options.integer("push_keep_days")};
    }

    void start(Host& host) override {
        pushes_ = std::make_unique<files::Pushes>(host, limits_);
        timer_ = host.every(Milliseconds(2000), [this] { pushes_->tick(); });
        contents_ = std::make_unique<files::Contents>(host);
        contentsTimer_ = host.every(Milliseconds(1000), [this] { contents_->tick(); });
        transfers_ = std::make_unique<files::Transfers>(host);
        transfersTimer_ = host.every(files::Transfers::kTick, [this] { transfers_->tick(); });
        opened_ = &host.counter("files_sessions_total", "File sessions opened");
    }

    void stop(Deadline) override {
        timer_.reset();
        contentsTimer_.reset();
        transfersTimer_.reset();
    }

private:
    files::PushLimits limits_;
    std::unique_ptr<files::Pushes> pushes_;
    std::unique_ptr<files::Contents> contents_;
    HandlePtr timer_, contentsTimer_, transfersTimer_;
    std::unique_ptr<files::Transfers> transfers_;
    Counter* opened_ = nullptr;
};
}  // namespace

TRELLIS_PLUGIN(Files)
