/// A random directory of two tenants, kept beside a plain list of what was put into it, so that the
/// server's decision on each user and device can be compared with tests/support/rights_model.hpp.
#pragma once

#include "../model/fixture.hpp"

#include "core/auth/rights.hpp"
#include "tests/support/rights_model.hpp"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace trellis::test {

/// TRELLIS_SEED repeats a run; without it each run has its own.
std::uint64_t rightsSeed();

struct RightsWorld : DirectoryFixture {
    struct Machine {
        model::DevicePtr record;
        bool isGone = false; ///< removed together with its group, which is hidden
    };
    const std::uint64_t seed = rightsSeed();
    std::mt19937_64 random{seed};
    std::vector<std::string> users, teams, groups;
    std::vector<Machine> machines;
    std::map<std::pair<std::string, std::string>, std::uint32_t> links; ///< holder, target
    auth::RightsOptions options;
    std::unique_ptr<auth::RightsDecider> decider;

    RightsWorld();
    /// Other links, site rights and removed rights for some.
    void change();
    /// What the model has to know of a user's standing to a device.
    RightsCase caseOf(const model::User& user, const Machine& machine) const;
    RightsCase caseOf(const model::User& user, const std::string& groupId) const;

    std::uint32_t pick(std::size_t below) { return static_cast<std::uint32_t>(random() % below); }
    std::uint32_t bits(); ///< rights as links have them, and as a careless client sends them

private:
    void addPeople(const std::string& domain, int count);
    void addThings(const std::string& domain);
    void changeLink();
    void changeUser();
    RightsCase standing(const model::User& user, const std::string& domain) const;
    std::optional<std::uint32_t> link(const std::string& holder, const std::string& target) const;
};

/// What the server says of one case, in a directory made for it alone.
ExpectedRights decide(const RightsCase& given);

bool isMisjudged(const RightsCase& given);

/// Takes away from a case all that it fails without, for people to read.
RightsCase shrunk(RightsCase given, const std::function<bool(const RightsCase&)>& differs);

} // namespace trellis::test
