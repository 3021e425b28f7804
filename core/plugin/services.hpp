/// Services that running plugins offer to each other, by interface. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <typeinfo>

#include <trellis/sdk/declarations.hpp>

namespace trellis::plugin {

class Services {
public:
    void offer(const std::string& owner, const sdk::Declarations::Service& service) {
        const std::scoped_lock lock(mutex_);
        offered_[service.type->name()] = {owner, service.object};
    }
    void withdraw(const std::string& owner) {
        std::map<std::string, Offer> gone;  // destroyed without the lock
        const std::scoped_lock lock(mutex_);
        for (auto it = offered_.begin(); it != offered_.end();) {
            const auto next = std::next(it);
            if (it->second.owner == owner) gone.insert(offered_.extract(it));
            it = next;
        }
    }
    /// By name, because each plugin has its own copy of the type information.
    std::shared_ptr<void> find(const std::type_info& type) const {
        const std::scoped_lock lock(mutex_);
        const auto found = offered_.find(type.name());
        return found == offered_.end() ? nullptr : found->second.object;
    }

private:
    struct Offer {
        std::string owner;
        std::shared_ptr<void> object;
    };
    mutable std::mutex mutex_;
    std::map<std::string, Offer> offered_;
};

}  // namespace trellis::plugin
