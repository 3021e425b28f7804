#include "core/model/directory.hpp"

#include "core/model/directory_impl.hpp"
#include "core/model/ids.hpp"
#include "core/model/rows.hpp"
#include "core/model/schema.hpp"
#include "core/telemetry/log.hpp"

#include <algorithm>

namespace trellis::model {

namespace {

/// The records of one domain that `keep` lets through, by id.
template <class Ptr, class Keep>
std::vector<Ptr> listOf(const TextMap<Ptr>& all, std::string_view domain, const Keep& keep) {
    std::vector<Ptr> result;
    for (const auto& [id, record] : all)
        if (record->domain == domain && keep(*record))
            result.push_back(record);
    std::sort(result.begin(), result.end(),
              [](const Ptr& a, const Ptr& b) { return a->id < b->id; });
    return result;
}

/// All links by either side, so that each record is made once and not once per link.
TextMap<LinkMap> readSides(store::Session& session) {
    TextMap<LinkMap> sides;
    rows::readLinks(session,
                    [&](const std::string& holder, const std::string& target, Rights rights) {
                        sides[holder].emplace(target, rights);
                        sides[target].emplace(holder, rights);
                    });
    return sides;
}

LinkMap linksOf(const TextMap<LinkMap>& sides, const std::string& id) {
    const auto found = sides.find(id);
    return found == sides.end() ? LinkMap{} : found->second;
}

template <class Record> bool any(const Record&) {
    return true;
}

} // namespace

Directory::Directory(store::Database& database, store::Clock clock)
    : impl_(std::make_unique<Impl>(database, std::move(clock))) {}

Directory::~Directory() {
    impl_->writer_.stop();
    try {
        impl_->flush();
    } catch (const std::exception& problem) {
        telemetry::log("model").error("device changes are lost at the end",
                                      {{"detail", problem.what()}});
    }
}

void Directory::load() {
    store::migrate(impl_->database_, "model", migrations());
    State state;
    impl_->database_.read([&](store::Session& session) {
        const auto links = readSides(session);
        rows::readUsers(session, [&](User user) {
            user.links = linksOf(links, user.id);
            state.put(std::make_shared<const User>(std::move(user)));
        });
        rows::readGroups(session, [&](Group group) {
            group.links = linksOf(links, group.id);
            state.put(std::make_shared<const Group>(std::move(group)));
        });
        rows::readUserGroups(session, [&](UserGroup group) {
            for (const auto& [other, rights] : linksOf(links, group.id)) {
                if (other.starts_with("user/"))
                    group.users.insert(other);
                else
                    group.links.emplace(other, rights);
            }
            state.put(std::make_shared<const UserGroup>(std::move(group)));
        });
        rows::readDevices(session, [&](Device device) {
            device.links = linksOf(links, device.id);
            state.put(std::make_shared<const Device>(std::move(device)));
        });
    });
    impl_->change([&](State& current) { current = std::move(state); });
}

void Directory::startWriter(std::chrono::milliseconds interval) {
    impl_->writer_.start(interval);
}
void Directory::flush() {
    impl_->flush();
}
void Directory::addObserver(Observer* observer) {
    impl_->notifier_.add(observer);
}
void Directory::removeObserver(Observer* observer) {
    impl_->notifier_.remove(observer);
}
store::Database& Directory::database() const noexcept {
    return impl_->database_;
}
std::int64_t Directory::nowMs() const {
    return impl_->clock_();
}

UserPtr Directory::user(std::string_view id) const {
    return impl_->look([&](const State& state) { return state.user(id); });
}

UserPtr Directory::userByName(std::string_view domain, std::string_view name) const {
    if (!isDomain(domain) || !isUserName(name))
        return nullptr;
    return user("user/" + std::string(domain) + "/" + lowerName(name));
}

GroupPtr Directory::group(std::string_view id) const {
    const auto found = impl_->look([&](const State& state) { return state.group(id); });
    return found != nullptr && found->deletedMs == 0 ? found : nullptr;
}

GroupPtr Directory::hiddenGroup(std::string_view id) const {
    const auto found = impl_->look([&](const State& state) { return state.group(id); });
    return found != nullptr && found->deletedMs != 0 ? found : nullptr;
}

UserGroupPtr Directory::userGroup(std::string_view id) const {
    return impl_->look([&](const State& state) { return state.userGroup(id); });
}

DevicePtr Directory::device(std::string_view id) const {
    return impl_->look([&](const State& state) -> DevicePtr {
        const auto* entry = state.device(id);
        return entry == nullptr ? nullptr : entry->record;
    });
}

Presence Directory::presence(std::string_view deviceId) const {
    return impl_->look([&](const State& state) {
        const auto* entry = state.device(deviceId);
        return entry == nullptr ? Presence{} : entry->presence;
    });
}

std::vector<UserPtr> Directory::users(std::string_view domain) const {
    return impl_->look(
        [&](const State& state) { return listOf(state.users(), domain, any<User>); });
}

std::vector<GroupPtr> Directory::groups(std::string_view domain) const {
    return impl_->look([&](const State& state) {
        return listOf(state.groups(), domain,
                      [](const Group& group) { return group.deletedMs == 0; });
    });
}

std::vector<UserGroupPtr> Directory::userGroups(std::string_view domain) const {
    return impl_->look(
        [&](const State& state) { return listOf(state.userGroups(), domain, any<UserGroup>); });
}

std::vector<DevicePtr> Directory::devicesOf(std::string_view groupId) const {
    auto result = impl_->look([&](const State& state) { return state.devicesOf(groupId); });
    std::sort(result.begin(), result.end(),
              [](const DevicePtr& a, const DevicePtr& b) { return a->id < b->id; });
    return result;
}

std::size_t Directory::deviceCount() const {
    return impl_->look([](const State& state) { return state.deviceCount(); });
}

std::size_t Directory::connectedCount() const {
    return impl_->look([](const State& state) { return state.connectedCount(); });
}

std::size_t Directory::userCount(std::string_view domain) const {
    return impl_->look([&](const State& state) {
        const auto& all = state.users();
        return static_cast<std::size_t>(std::count_if(
            all.begin(), all.end(), [&](const auto& it) { return it.second->domain == domain; }));
    });
}

std::size_t Directory::fullAdminCount(std::string_view domain) const {
    return impl_->look([&](const State& state) {
        const auto& all = state.users();
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& it) {
            return it.second->domain == domain && it.second->isFullAdmin();
        }));
    });
}

} // namespace trellis::model
