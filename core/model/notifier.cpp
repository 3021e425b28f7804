#include "core/model/notifier.hpp"

#include "core/telemetry/log.hpp"

#include <algorithm>
#include <exception>

namespace trellis::model {

void Observer::onUser(const UserPtr&, const UserPtr&) {}
void Observer::onGroup(const GroupPtr&, const GroupPtr&) {}
void Observer::onUserGroup(const UserGroupPtr&, const UserGroupPtr&) {}
void Observer::onDevice(const DevicePtr&, const DevicePtr&) {}
void Observer::onPresence(const DevicePtr&, const Presence&, const Presence&) {}

void Notifier::add(Observer* observer) {
    const std::lock_guard lock(mutex_);
    observers_.push_back(observer);
}

void Notifier::remove(Observer* observer) {
    const std::lock_guard lock(mutex_);
    std::erase(observers_, observer);
}

void Notifier::push(Call call) {
    const std::lock_guard lock(mutex_);
    if (!observers_.empty())
        waiting_.push_back(std::move(call));
}

void Notifier::drain() {
    std::unique_lock lock(mutex_);
    if (isDraining_)
        return;
    isDraining_ = true;
    while (!waiting_.empty()) {
        const auto call = std::move(waiting_.front());
        waiting_.pop_front();
        const auto observers = observers_;
        lock.unlock();
        for (auto* observer : observers) {
            try {
                call(*observer);
            } catch (const std::exception& problem) {
                telemetry::log("model").error("an observer of records threw",
                                              {{"detail", problem.what()}});
            }
        }
        lock.lock();
    }
    isDraining_ = false;
}

} // namespace trellis::model
