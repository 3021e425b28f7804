#include "core/plugin/wraps.hpp"

#include <trellis/sdk/error.hpp>

namespace trellis::plugin {
namespace {

/// The plugin's handler. The lock is only ever contended when the plugin stops.
class TunnelBox final : public LiveObjects::Item {
public:
    TunnelBox(std::shared_ptr<Guard> guard, std::string where,
              std::unique_ptr<sdk::TunnelHandler> inner)
        : guard_(std::move(guard)), where_(std::move(where)), inner_(std::move(inner)) {}

    void open(const std::shared_ptr<sdk::TunnelControl>& control) {
        tell([&] {
            try {
                inner_->onOpen(control);
            } catch (const sdk::Error& refusal) {
                isFaulty_ = true;  // nothing passes any more
                control->close(refusal.what());
            }
        });
    }
    void start(std::string_view text) {
        tell([&] { inner_->onStart(text); });
    }
    sdk::Verdict frame(sdk::Side side, sdk::Frame& frame) {
        const std::scoped_lock lock(mutex_);
        if (!inner_ || isFaulty_) return sdk::Verdict::Close;
        auto verdict = sdk::Verdict::Close;
        if (!guard_->contain(where_, [&] { verdict = inner_->onFrame(side, frame); })) {
            isFaulty_ = true;
            return sdk::Verdict::Close;
        }
        return verdict;
    }
    void writable(sdk::Side to) {
        tell([&] { inner_->onWritable(to); });
    }
    void close(std::string_view reason) {
        const std::scoped_lock lock(mutex_);
        finish(reason);
    }
    bool end(std::chrono::steady_clock::time_point deadline) noexcept override {
        const std::unique_lock lock(mutex_, deadline);
        if (!lock.owns_lock()) return false;
        finish("plugin stopped");
        return true;
    }

private:
    template <class F> void tell(F&& call) {
        const std::scoped_lock lock(mutex_);
        if (inner_ && !isFaulty_ && !guard_->contain(where_, call)) isFaulty_ = true;
    }
    void finish(std::string_view reason) {
        if (!inner_) return;
        // The destructor is the plugin's code, too.
        guard_->teardown(where_, [&] { inner_->onClose(reason); });
        guard_->teardown(where_, [&] { inner_.reset(); });
    }

    const std::shared_ptr<Guard> guard_;
    const std::string where_;
    std::timed_mutex mutex_;
    std::unique_ptr<sdk::TunnelHandler> inner_;
    bool isFaulty_ = false;
};

class GuardedTunnel final : public sdk::TunnelHandler {
public:
    explicit GuardedTunnel(std::shared_ptr<TunnelBox> box) : box_(std::move(box)) {}
    ~GuardedTunnel() override { box_->close("gone"); }
    void onOpen(const std::shared_ptr<sdk::TunnelControl>& control) override { box_->open(control); }
    void onStart(std::string_view text) override { box_->start(text); }
    sdk::Verdict onFrame(sdk::Side side, sdk::Frame& frame) override {
        return box_->frame(side, frame);
    }
    void onWritable(sdk::Side to) override { box_->writable(to); }
    void onClose(std::string_view reason) override { box_->close(reason); }

private:
    const std::shared_ptr<TunnelBox> box_;
};

}  // namespace

sdk::TunnelFactory guardTunnels(const std::shared_ptr<Guard>& guard,
                                const std::shared_ptr<LiveObjects>& live, const std::string& name,
                                sdk::TunnelFactory factory) {
    return [guard, live, where = "tunnel " + name, factory = std::move(factory)](
               const sdk::TunnelInfo& info) -> std::unique_ptr<sdk::TunnelHandler> {
        // All inside the guard: a plugin that is stopping waits for it, and then finds the object.
        return guard->request(where, info.id, [&]() -> std::unique_ptr<sdk::TunnelHandler> {
            auto inner = factory(info);
            if (!inner) return nullptr;
            const auto box = std::make_shared<TunnelBox>(guard, where, std::move(inner));
            live->add(box);
            return std::make_unique<GuardedTunnel>(box);
        });
    };
}

std::unique_ptr<sdk::TunnelHandler> guardViewer(const std::shared_ptr<Guard>& guard,
                                                const std::shared_ptr<LiveObjects>& live,
                                                std::unique_ptr<sdk::TunnelHandler> viewer) {
    const auto box = std::make_shared<TunnelBox>(guard, "viewer", std::move(viewer));
    live->add(box);
    return std::make_unique<GuardedTunnel>(box);
}

std::function<bool(const sdk::TunnelInfo&)>
guardRecorder(const std::shared_ptr<Guard>& guard,
              std::function<bool(const sdk::TunnelInfo&)> isRecorded) {
    return [guard, isRecorded = std::move(isRecorded)](const sdk::TunnelInfo& info) {
        return guard->request("recorder", info.id, [&] { return isRecorded(info); });
    };
}

}  // namespace trellis::plugin
