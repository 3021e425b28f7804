/// What devices are told, and groups of other types.
#pragma once

#include "command_fixture.hpp"

namespace trellis::test {

struct LabFixture : CommandFixture {
    /// What agents were sent with this action.
    std::vector<FakeDevices::Sent> sentTo(const std::string& action) const {
        std::vector<FakeDevices::Sent> found;
        for (auto& each : devices.sent())
            if (text(each.message, "action") == action) found.push_back(each);
        return found;
    }
    model::GroupPtr groupOfType(std::uint32_t type, const std::string& name) {
        model::Group made;
        made.name = name;
        made.type = type;
        return directory->addGroup(std::move(made), owner);
    }
};

} // namespace trellis::test
