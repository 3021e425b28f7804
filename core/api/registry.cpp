#include "core/api/registry.hpp"

#include <algorithm>

namespace trellis::api {

namespace {

bool isCommandName(std::string_view name) {
    constexpr std::string_view kAllowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return name.size() >= 3 && name.size() <= 64 &&
           name.find_first_not_of(kAllowed) == std::string_view::npos;
}

} // namespace

bool CommandEntry::enter() {
    const std::scoped_lock lock(mutex_);
    if (isWithdrawn_)
        return false;
    ++running_;
    return true;
}

void CommandEntry::leave() noexcept {
    const std::scoped_lock lock(mutex_);
    if (--running_ == 0)
        idle_.notify_all();
}

bool CommandEntry::withdraw(sdk::Deadline deadline) noexcept {
    std::unique_lock lock(mutex_);
    isWithdrawn_ = true;
    return idle_.wait_until(lock, deadline, [this] { return running_ == 0; });
}

void CommandRegistry::add(CommandEntryPtr entry) {
    const auto& name = entry->spec->command.name;
    if (!isCommandName(name)) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                         "\"" + name +
                             "\" is not a command's name: 3 to 64 letters, digits, . _ -");
    }
    const std::scoped_lock lock(mutex_);
    const auto [place, isNew] = entries_.try_emplace(name, entry);
    if (!isNew) {
        throw sdk::Error(sdk::ErrorCode::Conflict, "command \"" + name + "\" of " + entry->owner +
                                                       " is already taken by " +
                                                       place->second->owner);
    }
}

void CommandRegistry::remove(const CommandEntry& entry) noexcept {
    const std::scoped_lock lock(mutex_);
    const auto place = entries_.find(entry.spec->command.name);
    if (place != entries_.end() && place->second.get() == &entry)
        entries_.erase(place);
}

CommandEntryPtr CommandRegistry::find(std::string_view name) const {
    const std::scoped_lock lock(mutex_);
    const auto place = entries_.find(name);
    return place == entries_.end() ? nullptr : place->second;
}

std::vector<CommandEntryPtr> CommandRegistry::all() const {
    const std::scoped_lock lock(mutex_);
    std::vector<CommandEntryPtr> list;
    list.reserve(entries_.size());
    for (const auto& [name, entry] : entries_)
        list.push_back(entry);
    return list;
}

} // namespace trellis::api
