/// What a report is made of (control-protocol 3.12).
#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "core/model/event_log.hpp"

namespace trellis::api {

enum class ReportBy : std::uint8_t { User = 1, Device, Day };

struct ReportWish {
    ReportBy by = ReportBy::User;
    std::string groupId; ///< only events of this device group, "" for all
    bool wantsTraffic = false;
};

/// `events` oldest first. Each gives the whole `data` of the answer; members of an entry are in the
/// order of the columns, since meshctrl prints them as they come. Days are those of UTC.
boost::json::object sessionsReport(const std::vector<model::Event>& events, const ReportWish& wish);
boost::json::object trafficReport(const std::vector<model::Event>& events, const ReportWish& wish);
boost::json::object loginsReport(const std::vector<model::Event>& events, const ReportWish& wish);

} // namespace trellis::api
