/// The core's services of <trellis/sdk/directory.hpp> in a test:
///     auto directory = std::make_shared<FakeDirectory>(host);
///     directory->add({.id = "node//a", .name = "web-01", .isOnline = true});
///     directory->grant("user//ada", "node//a", device_right::kRemoteCommand);
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <trellis/sdk/directory.hpp>
#include <trellis/sdk/testing.hpp>

namespace trellis::testing {

/// Offers itself to the plugin of `host`; devices are those of the host, too. Any thread.
class FakeDirectory final : public DeviceDirectory {
public:
    /// Makes one and offers it.
    static std::shared_ptr<FakeDirectory> offerTo(FakeHost& host);
    explicit FakeDirectory(FakeHost& host) : host_(host) {}

    void add(DirectoryDevice device); ///< adds or replaces
    void remove(const std::string& id);
    void setOnline(const std::string& id, bool isOnline);
    void add(DirectoryUser user);
    void grant(const std::string& userId, const std::string& id, std::uint32_t rights);
    void revoke(const std::string& userId, const std::string& id);

    std::optional<DirectoryDevice> device(const std::string& id) const override;
    std::vector<DirectoryDevice> devices(const std::string& domain) const override;
    std::optional<DirectoryUser> user(const std::string& id) const override;
    std::optional<std::uint32_t> rights(const std::string& userId,
                                        const std::string& id) const override;

private:
    FakeHost& host_;
    mutable std::mutex mutex_;
    std::map<std::string, DirectoryDevice> devices_;
    std::map<std::string, DirectoryUser> users_;
    std::map<std::pair<std::string, std::string>, std::uint32_t> rights_;
};

/// Keeps what was told, with the users among `viewers` that may see it.
class FakePageEvents final : public PageEvents {
public:
    struct Told {
        json::object event;
        std::set<std::string> seenBy;
    };
    static std::shared_ptr<FakePageEvents> offerTo(FakeHost& host, std::set<std::string> viewers);
    explicit FakePageEvents(std::set<std::string> viewers) : viewers_(std::move(viewers)) {}

    void tell(const json::object& event,
              const std::function<bool(const std::string& userId)>& maySee) override;
    std::vector<Told> told() const;

private:
    const std::set<std::string> viewers_;
    mutable std::mutex mutex_;
    std::vector<Told> told_;
};

} // namespace trellis::testing
