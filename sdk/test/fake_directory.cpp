#include <trellis/sdk/testing_directory.hpp>

namespace trellis::testing {

std::shared_ptr<FakeDirectory> FakeDirectory::offerTo(FakeHost& host) {
    auto made = std::make_shared<FakeDirectory>(host);
    host.offer<DeviceDirectory>(made);
    return made;
}

void FakeDirectory::add(DirectoryDevice device) {
    DeviceInfo info;
    info.id = device.id;
    info.groupId = device.groupId;
    info.name = device.name;
    info.osDescription = device.osDescription;
    info.isOnline = device.isOnline;
    host_.addDevice(std::move(info));
    const std::scoped_lock lock(mutex_);
    devices_[device.id] = std::move(device);
}

void FakeDirectory::remove(const std::string& id) {
    setOnline(id, false);
    const std::scoped_lock lock(mutex_);
    devices_.erase(id);
}

void FakeDirectory::setOnline(const std::string& id, bool isOnline) {
    auto changed = device(id);
    if (!changed)
        throw TestFailure("no device " + id);
    changed->isOnline = isOnline;
    add(std::move(*changed));
}

void FakeDirectory::add(DirectoryUser user) {
    const std::scoped_lock lock(mutex_);
    users_[user.id] = std::move(user);
}

void FakeDirectory::grant(const std::string& userId, const std::string& id, std::uint32_t rights) {
    const std::scoped_lock lock(mutex_);
    rights_[{userId, id}] = rights;
}

void FakeDirectory::revoke(const std::string& userId, const std::string& id) {
    const std::scoped_lock lock(mutex_);
    rights_.erase({userId, id});
}

std::optional<DirectoryDevice> FakeDirectory::device(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = devices_.find(id);
    if (found == devices_.end())
        return std::nullopt;
    return found->second;
}

std::vector<DirectoryDevice> FakeDirectory::devices(const std::string& domain) const {
    const std::scoped_lock lock(mutex_);
    std::vector<DirectoryDevice> found;
    for (const auto& [id, device] : devices_) {
        if (device.domain == domain)
            found.push_back(device);
    }
    return found;
}

std::optional<DirectoryUser> FakeDirectory::user(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = users_.find(id);
    if (found == users_.end())
        return std::nullopt;
    return found->second;
}

std::optional<std::uint32_t> FakeDirectory::rights(const std::string& userId,
                                                   const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto user = users_.find(userId);
    if (user != users_.end() && user->second.isLocked)
        return std::nullopt;
    const auto found = rights_.find({userId, id});
    if (found == rights_.end())
        return std::nullopt;
    return found->second;
}

std::shared_ptr<FakePageEvents> FakePageEvents::offerTo(FakeHost& host,
                                                        std::set<std::string> viewers) {
    auto made = std::make_shared<FakePageEvents>(std::move(viewers));
    host.offer<PageEvents>(made);
    return made;
}

void FakePageEvents::tell(const json::object& event,
                          const std::function<bool(const std::string& userId)>& maySee) {
    Told told{event, {}};
    for (const auto& user : viewers_) {
        if (maySee(user))
            told.seenBy.insert(user);
    }
    const std::scoped_lock lock(mutex_);
    told_.push_back(std::move(told));
}

std::vector<FakePageEvents::Told> FakePageEvents::told() const {
    const std::scoped_lock lock(mutex_);
    return told_;
}

} // namespace trellis::testing
