/// Accounts, user groups and login tokens of MeshCentral as our records (control-protocol.md
/// sections 1.13, 5.2, 5.6, 5.8). Pure: no database, no files.
#pragma once

#include "core/model/records.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace trellis::takeover {

namespace json = boost::json;

/// Which ways of the second factor that need somebody else's service MeshCentral was asking for;
/// only those it asked for are demanded here.
struct FactorPolicy {
    bool mail = false;
    bool sms = false;
    bool messaging = false;
    bool push = false;
    bool duo = false;
};

struct Link {
    std::string target;
    model::Rights rights = 0;
};

struct TakenUser {
    model::User user;
    std::map<std::string, std::string> factors; ///< name -> secret, as the document has it
    std::vector<Link> links;                    ///< to device groups, devices and user groups
    std::vector<std::string> losses;            ///< what of it was not taken, as report sentences
};

/// Throws sdk::Error{InvalidArgument} with a sentence when the account can't be taken.
TakenUser takeUser(const json::object& document, const FactorPolicy& policy);

struct TakenUserGroup {
    model::UserGroup group;
    std::vector<Link> links; ///< to device groups and devices; members come from the users
};
TakenUserGroup takeUserGroup(const json::object& document);

struct TakenToken {
    std::string tokenUser, userId, name, hash;
    std::int64_t createdMs = 0, expireMs = 0;
};
TakenToken takeLoginToken(const json::object& document);

} // namespace trellis::takeover
