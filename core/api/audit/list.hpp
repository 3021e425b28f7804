/// Reading the audit trail.
#pragma once

#include "core/api/audit/chain.hpp"

#include <vector>

#include <boost/json/object.hpp>

namespace trellis::api::audit {

/// Which records. Empty members do not filter.
struct Filter {
    std::string domain{};
    std::string userId{};
    std::string command{}; ///< whole, or its beginning with `*` at the end
    std::string target{};
    std::string result{};
    std::int64_t sinceMs = 0;
    std::int64_t untilMs = 0; ///< 0: no end
    std::int64_t afterPlace = 0;
    std::int64_t beforePlace = 0; ///< 0: no end
    std::size_t limit = 100;      ///< 1..10000
};

enum class Order : std::uint8_t { NewestFirst = 1, OldestFirst };

/// Records of the chain. Throws what Session does.
std::vector<Link> list(store::Session& session, const Filter& filter,
                       Order order = Order::NewestFirst);
/// As commands and `trellisctl --json` show it.
boost::json::object document(const Link& link);

} // namespace trellis::api::audit
