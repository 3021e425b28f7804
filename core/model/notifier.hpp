/// Tells observers about changes, in order, one at a time and with no lock held. Internal to
/// core/model.
#pragma once

#include "core/model/observer.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace trellis::model {

/// push() is called under the directory's lock, so that the order is that of the changes; drain()
/// after it was let go. If some thread is draining already, it also takes what the others pushed:
/// the queue cannot grow while observers return.
class Notifier {
public:
    using Call = std::function<void(Observer&)>;
    void add(Observer* observer);
    void remove(Observer* observer);
    void push(Call call);
    void drain();

private:
    std::mutex mutex_; // guards everything below
    std::vector<Observer*> observers_;
    std::deque<Call> waiting_;
    bool isDraining_ = false;
};

} // namespace trellis::model
