#include "core/relay/rights_watch.hpp"

#include "core/relay/tunnel.hpp"

namespace trellis::relay {
namespace {

void cutForbidden(RelayContext& context) {
    context.ledger.forget([&](const Announced& entry) {
        return !context.mayGoOn(*entry.kind, entry.caller.userId, entry.deviceId,
                                entry.deviceRights, entry.guest.get());
    });
    for (const auto& tunnel : context.tunnels.all()) {
        const auto& info = tunnel->info();
        if (!context.mayGoOn(*tunnel->kind(), info.caller.userId, info.deviceId, info.deviceRights,
                             tunnel->guest().get())) {
            tunnel->cut("the right was withdrawn");
        }
    }
}

} // namespace

RightsWatch::RightsWatch(std::shared_ptr<RelayContext> context) : context_(std::move(context)) {
    context_->services.directory.addObserver(this);
}

RightsWatch::~RightsWatch() { context_->services.directory.removeObserver(this); }

void RightsWatch::look() {
    if (isDue_->exchange(true)) return;
    const bool taken = context_->services.workers.post([context = context_, isDue = isDue_] {
        isDue->store(false);
        cutForbidden(*context);
    });
    if (taken) return;
    // A full pool must not keep sessions alive that nobody may have: look here, it only reads memory.
    isDue_->store(false);
    cutForbidden(*context_);
}

void RightsWatch::onUser(const model::UserPtr& before, const model::UserPtr& after) {
    if (!before) return;
    if (!after || before->links != after->links || before->siteRights != after->siteRights ||
        before->removeRights != after->removeRights) {
        look();
    }
}

void RightsWatch::onGroup(const model::GroupPtr& before, const model::GroupPtr& after) {
    if (before && (!after || before->links != after->links || before->deletedMs != after->deletedMs)) {
        look();
    }
}

void RightsWatch::onUserGroup(const model::UserGroupPtr& before, const model::UserGroupPtr& after) {
    if (before && (!after || before->links != after->links || before->users != after->users)) look();
}

void RightsWatch::onDevice(const model::DevicePtr& before, const model::DevicePtr& after) {
    if (before && (!after || before->groupId != after->groupId || before->links != after->links)) {
        look();
    }
}

} // namespace trellis::relay
