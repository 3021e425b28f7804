/// Viewers that are plugins, until their device joins.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <trellis/sdk/tunnel.hpp>

namespace trellis::relay {

struct OwnViewer {
    std::unique_ptr<sdk::TunnelHandler> handler;
    std::string options; ///< the `options` message, "" if there is none
};

/// As many as the ledger announces. Any thread; handlers are called and destroyed outside the lock.
class OwnViewers {
public:
    void add(const std::string& id, OwnViewer viewer) {
        const std::scoped_lock lock(mutex_);
        viewers_.insert_or_assign(id, std::move(viewer));
    }
    /// Of several callers one gets it; the others an empty one.
    OwnViewer take(std::string_view id) {
        const std::scoped_lock lock(mutex_);
        const auto found = viewers_.find(id);
        return found == viewers_.end() ? OwnViewer{} : std::move(viewers_.extract(found).mapped());
    }

private:
    std::mutex mutex_; // guards viewers_
    std::map<std::string, OwnViewer, std::less<>> viewers_;
};

} // namespace trellis::relay
