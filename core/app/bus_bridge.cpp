#include "core/app/bus_bridge.hpp"

namespace trellis::app {
namespace {

sdk::DeviceEvent eventOf(const model::Device& device) {
    return {device.id, device.groupId, device.domain, device.name};
}

}  // namespace

BusBridge::BusBridge(model::Directory& directory, bus::EventBus& bus)
    : directory_(directory), bus_(bus) {
    directory_.addObserver(this);
}

BusBridge::~BusBridge() {
    directory_.removeObserver(this);
}

void BusBridge::onDevice(const model::DevicePtr& before, const model::DevicePtr& after) {
    if (after) {
        bus_.publish(sdk::kDeviceChanged, eventOf(*after));
    } else if (before) {
        bus_.publish(sdk::kDeviceRemoved, eventOf(*before));
    }
}

void BusBridge::onPresence(const model::DevicePtr& device, const model::Presence& before,
                           const model::Presence& after) {
    if (!device || before.isConnected() == after.isConnected()) return;
    bus_.publish(after.isConnected() ? sdk::kDeviceConnected : sdk::kDeviceDisconnected,
                 eventOf(*device));
}

}  // namespace trellis::app
