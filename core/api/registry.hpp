/// The table of commands. Any thread.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/api/command.hpp"

namespace trellis::api {

/// One command. Handlers run between enter() and leave(), so that a withdrawal can wait for them.
struct CommandEntry {
    std::shared_ptr<const WireSpec> spec;
    std::variant<sdk::CommandHandler, WireHandler> handler;
    std::string owner;

    /// Its answers and refusals have the wire's own shape.
    bool isWire() const noexcept {
        return std::holds_alternative<WireHandler>(handler) ||
               spec->command.shape == sdk::ReplyShape::Wire;
    }
    bool enter(); ///< false once withdrawn
    void leave() noexcept;
    bool withdraw(sdk::Deadline deadline) noexcept;

private:
    std::mutex mutex_;
    std::condition_variable idle_;
    std::size_t running_ = 0;
    bool isWithdrawn_ = false;
};
using CommandEntryPtr = std::shared_ptr<CommandEntry>;

class CommandRegistry {
public:
    /// Throws Error{Conflict} if the name is taken, Error{InvalidArgument} if it is not a name.
    void add(CommandEntryPtr entry);
    void remove(const CommandEntry& entry) noexcept;
    CommandEntryPtr find(std::string_view name) const;
    std::vector<CommandEntryPtr> all() const; ///< by name

private:
    mutable std::mutex mutex_;
    std::map<std::string, CommandEntryPtr, std::less<>> entries_;
};

} // namespace trellis::api
