#include "core/plugin/wraps.hpp"

#include <optional>
#include <string>

namespace trellis::plugin {
namespace {

/// The plugin's handler and the stream it serves. The lock is recursive because abort() inside a
/// callback may come back as onClose; the handler is then ended when the outermost call returned.
class StreamBox final : public LiveObjects::Item {
public:
    StreamBox(std::shared_ptr<Guard> guard, std::string where,
              std::unique_ptr<sdk::StreamHandler> inner)
        : guard_(std::move(guard)), where_(std::move(where)), inner_(std::move(inner)) {}

    void open(const std::shared_ptr<sdk::Stream>& stream) {
        const std::scoped_lock lock(mutex_);
        stream_ = stream;
        call([&] { inner_->onOpen(stream); });
    }
    void data(std::span<const std::byte> bytes) {
        const std::scoped_lock lock(mutex_);
        call([&] { inner_->onData(bytes); });
    }
    void writable() {
        const std::scoped_lock lock(mutex_);
        call([&] { inner_->onWritable(); });
    }
    void close(std::string_view reason) {
        const std::scoped_lock lock(mutex_);
        finish(reason);
        stream_.reset();
    }
    bool end(std::chrono::steady_clock::time_point deadline) noexcept override {
        std::shared_ptr<sdk::Stream> stream;
        {
            const std::unique_lock lock(mutex_, deadline);
            if (!lock.owns_lock()) return false;
            finish("plugin stopped");
            stream = std::move(stream_);
        }
        if (stream) abortStream(*stream, "plugin stopped");
        return true;
    }

private:
    template <class F> void call(F&& work) {
        if (!inner_ || ending_) return;
        ++depth_;
        const bool isOk = guard_->contain(where_, std::forward<F>(work));
        --depth_;
        if (!isOk && !ending_) {
            ending_ = "plugin fault";
            if (stream_) abortStream(*stream_, *ending_);
        }
        if (ending_) finish(*ending_);
    }
    void finish(std::string_view reason) {
        if (!inner_) return;
        if (!ending_) ending_ = reason;
        if (depth_ > 0) return;
        auto inner = std::move(inner_);
        guard_->teardown(where_, [&] { inner->onClose(*ending_); });
        guard_->teardown(where_, [&] { inner.reset(); });
    }
    static void abortStream(sdk::Stream& stream, std::string_view reason) noexcept {
        try {
            stream.abort(reason);
        } catch (...) {  // the connection is gone already
        }
    }

    const std::shared_ptr<Guard> guard_;
    const std::string where_;
    std::recursive_timed_mutex mutex_;
    std::unique_ptr<sdk::StreamHandler> inner_;
    std::shared_ptr<sdk::Stream> stream_;
    std::optional<std::string> ending_;  ///< the reason, once the stream is over
    int depth_ = 0;                      ///< calls into the plugin on the stack
};

class GuardedStream final : public sdk::StreamHandler {
public:
    explicit GuardedStream(std::shared_ptr<StreamBox> box) : box_(std::move(box)) {}
    ~GuardedStream() override { box_->close("gone"); }
    void onOpen(const std::shared_ptr<sdk::Stream>& stream) override { box_->open(stream); }
    void onData(std::span<const std::byte> bytes) override { box_->data(bytes); }
    void onWritable() override { box_->writable(); }
    void onClose(std::string_view reason) override { box_->close(reason); }

private:
    const std::shared_ptr<StreamBox> box_;
};

/// Call it inside the guard: a plugin that is stopping waits for it, and then finds the object.
std::unique_ptr<sdk::StreamHandler> boxed(const std::shared_ptr<Guard>& guard,
                                          const std::shared_ptr<LiveObjects>& live,
                                          const std::string& where,
                                          std::unique_ptr<sdk::StreamHandler> inner) {
    if (!inner) return nullptr;
    const auto box = std::make_shared<StreamBox>(guard, where, std::move(inner));
    live->add(box);
    return std::make_unique<GuardedStream>(box);
}

}  // namespace

sdk::StreamFactory guardStreams(const std::shared_ptr<Guard>& guard,
                                const std::shared_ptr<LiveObjects>& live, const std::string& name,
                                sdk::StreamFactory factory) {
    return [guard, live, where = "listener " + name, factory = std::move(factory)] {
        std::unique_ptr<sdk::StreamHandler> made;  // null closes the connection
        guard->contain(where, [&] { made = boxed(guard, live, where, factory()); });
        return made;
    };
}

sdk::EndpointFactory guardEndpoints(const std::shared_ptr<Guard>& guard,
                                    const std::shared_ptr<LiveObjects>& live,
                                    const std::string& name, sdk::EndpointFactory factory) {
    return [guard, live, where = "endpoint " + name,
            factory = std::move(factory)](const sdk::TunnelInfo& info) {
        return guard->request(where, info.id,
                              [&] { return boxed(guard, live, where, factory(info)); });
    };
}

}  // namespace trellis::plugin
