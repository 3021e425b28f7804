/// Who may do what: every question goes to the server's own decision, at the moment it matters.
#pragma once

#include <memory>
#include <string>

#include <trellis/sdk/directory.hpp>
#include <trellis/sdk/request.hpp>

#include "model.hpp"

namespace scripts {

class People {
public:
    explicit People(std::shared_ptr<trellis::sdk::DeviceDirectory> directory)
        : directory_(std::move(directory)) {}

    static Owner ownerOf(const trellis::sdk::Caller& caller);
    /// May run commands on the device now, and so may see what a script printed there.
    bool mayRun(const Owner& owner, const std::string& deviceId) const;
    bool mayRun(const std::string& userId, const std::string& deviceId) const;
    /// All site rights now, or the local administrator.
    bool isAdmin(const Owner& owner) const;
    /// `entry`: "*", a user's id, or a user group's.
    bool isAmong(const Owner& owner, const json::array& entries) const;
    const trellis::sdk::DeviceDirectory& directory() const { return *directory_; }

private:
    std::shared_ptr<trellis::sdk::DeviceDirectory> directory_;
};

} // namespace scripts
