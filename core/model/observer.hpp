/// Who wants to know about changes of the records (the integrator connects it to the bus).
#pragma once

#include "core/model/records.hpp"

#include <string>

namespace trellis::model {

struct Event;

/// Called after the change is in memory (and, for changes by people, in the database), with no lock
/// of the directory held, one call at a time and in the order of the changes. The thread is that of
/// some caller that changed something; return quickly, do not throw, and do not wait for another
/// change. `before` is null when the record is new, `after` is null when it was removed.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void onUser(const UserPtr& before, const UserPtr& after);
    virtual void onGroup(const GroupPtr& before, const GroupPtr& after);
    virtual void onUserGroup(const UserGroupPtr& before, const UserGroupPtr& after);
    virtual void onDevice(const DevicePtr& before, const DevicePtr& after);
    virtual void onPresence(const DevicePtr& device, const Presence& before, const Presence& after);
};

} // namespace trellis::model
