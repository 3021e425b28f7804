/// Commands of a plugin on their way: each is answered exactly once, also when the plugin forgets,
/// is too slow, or stops.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <trellis/sdk/command.hpp>

#include "core/plugin/guard.hpp"

namespace trellis::plugin {

/// The unanswered commands of one instance. Any thread.
class Calls : public std::enable_shared_from_this<Calls> {
public:
    Calls(std::shared_ptr<Guard> guard, bool checkResults);

    /// The handler to register in place of the plugin's.
    sdk::CommandHandler wrap(const sdk::CommandSpec& spec, sdk::CommandHandler handler);

    /// Answers what is past its deadline with DeadlineExceeded; each is a fault.
    void sweep(sdk::Deadline now);
    /// Answers everything with Unavailable: the plugin stops.
    void failAll();
    std::size_t waiting() const;

private:
    class Call;
    void add(const std::shared_ptr<Call>& call);
    void remove(std::uint64_t number);

    const std::shared_ptr<Guard> guard_;
    const bool checkResults_;
    mutable std::mutex mutex_;
    std::uint64_t next_ = 1;
    std::map<std::uint64_t, std::shared_ptr<Call>> open_;
};

}  // namespace trellis::plugin
