/// Turns changes of the records into the topics that plugins subscribe to (sdk/event.hpp).
#pragma once

#include "core/bus/event_bus.hpp"
#include "core/model/directory.hpp"

namespace trellis::app {

/// Observes while it lives.
class BusBridge final : public model::Observer {
public:
    BusBridge(model::Directory& directory, bus::EventBus& bus);
    ~BusBridge() override;
    BusBridge(const BusBridge&) = delete;
    BusBridge& operator=(const BusBridge&) = delete;

    void onDevice(const model::DevicePtr& before, const model::DevicePtr& after) override;
    void onPresence(const model::DevicePtr& device, const model::Presence& before,
                    const model::Presence& after) override;

private:
    model::Directory& directory_;
    bus::EventBus& bus_;
};

}  // namespace trellis::app
