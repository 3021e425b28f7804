/// Ends tunnels whose user has lost the right to them.
#pragma once

#include <atomic>
#include <memory>

#include "core/model/observer.hpp"
#include "core/relay/relay_context.hpp"

namespace trellis::relay {

/// Looks at all tunnels after a change of links, rights or removal; several changes at once cost one
/// look. What agents change about their devices costs nothing.
class RightsWatch final : public model::Observer {
public:
    explicit RightsWatch(std::shared_ptr<RelayContext> context);
    ~RightsWatch() override;

    void onUser(const model::UserPtr& before, const model::UserPtr& after) override;
    void onGroup(const model::GroupPtr& before, const model::GroupPtr& after) override;
    void onUserGroup(const model::UserGroupPtr& before, const model::UserGroupPtr& after) override;
    void onDevice(const model::DevicePtr& before, const model::DevicePtr& after) override;

private:
    void look();
    const std::shared_ptr<RelayContext> context_;
    const std::shared_ptr<std::atomic<bool>> isDue_ = std::make_shared<std::atomic<bool>>(false);
};

} // namespace trellis::relay
