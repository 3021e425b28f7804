#include "core/relay/tunnel_registry.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>
#include <map>
#include <mutex>

namespace trellis::relay {
namespace {

struct Watcher {
    std::string owner;
    sdk::TunnelFactory factory;
    std::function<bool(const sdk::TunnelInfo&)> isRecorded{}; ///< empty: not a recorder
};

[[noreturn]] void refuse(const TunnelKind& kind, const std::string& why) {
    throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                     "tunnel " + kind.spec.name + " of " + kind.owner + ": " + why);
}

void check(const TunnelKind& kind) {
    const auto& numbers = kind.spec.protocols;
    if (numbers.empty()) refuse(kind, "names no protocol number");
    if (std::find(numbers.begin(), numbers.end(), 0) != numbers.end()) {
        refuse(kind, "0 is no protocol number");
    }
    // Every tunnel leads to a device, so somebody's rights on that device have to be asked for.
    if (kind.spec.requires_.scope != sdk::Scope::Device) {
        refuse(kind, "its requirement has to be one on the device");
    }
}

} // namespace

struct TunnelRegistry::State {
    mutable std::mutex mutex; // guards kinds and watchers
    std::map<std::uint16_t, std::shared_ptr<const TunnelKind>> kinds;
    std::vector<std::shared_ptr<const Watcher>> watchers;
    std::function<void(const TunnelKind&)> removed; // set before use

    void insert(const std::shared_ptr<const TunnelKind>& kind) {
        const std::scoped_lock lock(mutex);
        for (const auto number : kind->spec.protocols) {
            const auto found = kinds.find(number);
            if (found != kinds.end()) {
                throw sdk::Error(sdk::ErrorCode::Conflict,
                                 "tunnel protocol " + std::to_string(number) + " of " + kind->owner +
                                     " belongs to " + found->second->owner + " already");
            }
        }
        for (const auto number : kind->spec.protocols) kinds.emplace(number, kind);
    }
    void erase(const std::shared_ptr<const TunnelKind>& kind) {
        {
            const std::scoped_lock lock(mutex);
            std::erase_if(kinds, [&](const auto& entry) { return entry.second == kind; });
        }
        if (removed) removed(*kind);
    }
    std::vector<std::shared_ptr<const Watcher>> watchersNow() const {
        const std::scoped_lock lock(mutex);
        return watchers;
    }
    void erase(const std::shared_ptr<const Watcher>& watcher) {
        const std::scoped_lock lock(mutex);
        std::erase(watchers, watcher);
    }
};

TunnelRegistry::TunnelRegistry() : state_(std::make_shared<State>()) {}
TunnelRegistry::~TunnelRegistry() = default;

namespace {

template <class State, class T>
std::shared_ptr<void> ownerOf(const std::shared_ptr<State>& state, std::shared_ptr<const T> entry) {
    return {nullptr, [weak = std::weak_ptr(state), entry = std::move(entry)](void*) {
                if (const auto alive = weak.lock()) alive->erase(entry);
            }};
}

} // namespace

TunnelRegistry::Registration TunnelRegistry::add(std::string owner, sdk::TunnelSpec spec,
                                                 sdk::TunnelFactory factory) {
    auto kind = std::make_shared<const TunnelKind>(
        TunnelKind{std::move(owner), std::move(spec), std::move(factory), {}});
    check(*kind);
    state_->insert(kind);
    return Registration(ownerOf(state_, std::move(kind)));
}

TunnelRegistry::Registration TunnelRegistry::addEndpoint(std::string owner, sdk::TunnelSpec spec,
                                                         sdk::EndpointFactory endpoint) {
    auto kind = std::make_shared<const TunnelKind>(
        TunnelKind{std::move(owner), std::move(spec), {}, std::move(endpoint)});
    check(*kind);
    if (!kind->endpoint) refuse(*kind, "an endpoint needs a factory");
    state_->insert(kind);
    return Registration(ownerOf(state_, std::move(kind)));
}

TunnelRegistry::Registration TunnelRegistry::addWatcher(std::string owner,
                                                        sdk::TunnelFactory factory) {
    return addRecorder(std::move(owner), {}, std::move(factory));
}

TunnelRegistry::Registration
TunnelRegistry::addRecorder(std::string owner,
                            std::function<bool(const sdk::TunnelInfo&)> isRecorded,
                            sdk::TunnelFactory factory) {
    auto watcher = std::make_shared<const Watcher>(
        Watcher{std::move(owner), std::move(factory), std::move(isRecorded)});
    {
        const std::scoped_lock lock(state_->mutex);
        state_->watchers.push_back(watcher);
    }
    return Registration(ownerOf(state_, std::move(watcher)));
}

std::shared_ptr<const TunnelKind> TunnelRegistry::find(std::uint16_t protocol) const {
    const std::scoped_lock lock(state_->mutex);
    const auto found = state_->kinds.find(protocol);
    return found == state_->kinds.end() ? nullptr : found->second;
}

bool TunnelRegistry::isRecorded(const sdk::TunnelInfo& info) const {
    const auto all = state_->watchersNow();
    return std::any_of(all.begin(), all.end(), [&](const auto& watcher) {
        return watcher->isRecorded && watcher->isRecorded(info);
    });
}

std::vector<std::unique_ptr<sdk::TunnelHandler>>
TunnelRegistry::handlersFor(const TunnelKind& kind, const sdk::TunnelInfo& info) const {
    std::vector<std::unique_ptr<sdk::TunnelHandler>> out;
    for (const auto& watcher : state_->watchersNow()) {
        if (watcher->isRecorded && !info.isRecorded) continue;
        if (auto handler = watcher->factory(info)) out.push_back(std::move(handler));
    }
    if (kind.factory) {
        if (auto handler = kind.factory(info)) out.push_back(std::move(handler));
    }
    return out;
}

std::vector<std::shared_ptr<const TunnelKind>> TunnelRegistry::all() const {
    std::vector<std::shared_ptr<const TunnelKind>> out;
    const std::scoped_lock lock(state_->mutex);
    for (const auto& [number, kind] : state_->kinds) {
        if (std::find(out.begin(), out.end(), kind) == out.end()) out.push_back(kind);
    }
    return out;
}

void TunnelRegistry::onRemoved(std::function<void(const TunnelKind&)> told) {
    state_->removed = std::move(told);
}

} // namespace trellis::relay
