/// The core's services for plugins (<trellis/sdk/directory.hpp>) over the records and the control
/// connections.
#pragma once

#include <trellis/sdk/directory.hpp>

#include "core/api/control/hub.hpp"
#include "core/auth/rights.hpp"
#include "core/model/directory.hpp"

namespace trellis::app {

class DirectoryService final : public sdk::DeviceDirectory {
public:
    DirectoryService(const model::Directory& directory, const auth::RightsDecider& rights)
        : directory_(directory), rights_(rights) {}
    std::optional<sdk::DirectoryDevice> device(const std::string& id) const override;
    std::vector<sdk::DirectoryDevice> devices(const std::string& domain) const override;
    std::optional<sdk::DirectoryUser> user(const std::string& id) const override;
    std::optional<std::uint32_t> rights(const std::string& userId,
                                        const std::string& id) const override;

private:
    sdk::DirectoryDevice describe(const model::Device& device, const std::string& groupName) const;
    const model::Directory& directory_;
    const auth::RightsDecider& rights_;
};

class PageEventsService final : public sdk::PageEvents {
public:
    explicit PageEventsService(api::ControlHub& hub) : hub_(hub) {}
    void tell(const boost::json::object& event,
              const std::function<bool(const std::string& userId)>& maySee) override;

private:
    api::ControlHub& hub_;
};

} // namespace trellis::app
