// Records, links and guests, as a plugin asks its host for them.
#include <trellis/sdk/registrar.hpp>

#include "core/plugin/host_impl.hpp"
#include "core/plugin/wraps.hpp"

namespace trellis::plugin {

void HostImpl::record(const sdk::LogEvent& event) {
    context_.ports->records->record(context_.guard->id(), event);
}

void HostImpl::audit(const sdk::AuditEntry& entry) {
    // What is in the trail under a plugin's name was written by that plugin.
    if (!entry.action.starts_with(context_.guard->id() + ".")) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                         "audit action " + entry.action + ": begins with the plugin's id, \"" +
                             context_.guard->id() + ".\"");
    }
    context_.ports->records->audit(entry);
}

std::string HostImpl::publicUrl() { return context_.ports->records->publicUrl(); }

std::string HostImpl::seal(const std::string& use, const sdk::json::object& body,
                           sdk::Seconds lifetime) {
    return context_.ports->records->seal(context_.guard->id(), use, body, lifetime);
}

std::optional<sdk::json::object> HostImpl::unseal(const std::string& use, std::string_view token) {
    return context_.ports->records->unseal(context_.guard->id(), use, token);
}

sdk::GuestTicket HostImpl::openGuestTunnel(const sdk::GuestTunnel& wanted) {
    return context_.ports->guests->open(context_.guard->id(), wanted);
}

namespace {

/// Until the device has joined, its deadline.
class AwaitedViewer final : public sdk::TunnelHandler {
public:
    explicit AwaitedViewer(std::unique_ptr<sdk::TunnelHandler> inner) : inner_(std::move(inner)) {}
    void onOpen(const std::shared_ptr<sdk::TunnelControl>& control) override { inner_->onOpen(control); }
    sdk::Verdict onFrame(sdk::Side side, sdk::Frame& frame) override { return inner_->onFrame(side, frame); }
    void onWritable(sdk::Side to) override { inner_->onWritable(to); }
    void onClose(std::string_view reason) override { inner_->onClose(reason); }

    std::shared_ptr<sdk::HandlePtr> deadline = std::make_shared<sdk::HandlePtr>();

private:
    const std::unique_ptr<sdk::TunnelHandler> inner_;
};

}  // namespace

std::string HostImpl::openTunnel(const sdk::OwnTunnel& wanted,
                                 std::unique_ptr<sdk::TunnelHandler> viewer) {
    auto awaited = std::make_unique<AwaitedViewer>(
        guardViewer(context_.guard, context_.live, std::move(viewer)));
    const auto deadline = awaited->deadline;
    const auto opened = context_.ports->ownTunnels->open(wanted, std::move(awaited));
    const auto expire = [tunnels = context_.ports->ownTunnels, id = opened.id] { tunnels->expire(id); };
    try {
        *deadline = after(opened.validFor, expire);
    } catch (const sdk::Error&) {  // the plugin is stopping
        expire();
        throw;
    }
    return opened.id;
}

std::vector<sdk::GuestSession> HostImpl::guestSessions() {
    return context_.ports->guests->sessions(context_.guard->id());
}

std::size_t HostImpl::cutGuest(const std::string& ticket, const std::string& reason) {
    return context_.ports->guests->cut(context_.guard->id(), ticket, reason);
}

sdk::json::object HostImpl::pageParts(const std::function<bool(const sdk::UiSpec&)>& wanted) {
    return context_.pageParts(wanted);
}

}  // namespace trellis::plugin
