#include "core/api/commands/report.hpp"

#include <algorithm>
#include <map>

#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace {

namespace json = boost::json;

json::value column(const char* id, const char* title, const char* format = nullptr,
                   json::value sumBy = nullptr) {
    json::object made{{"id", id}, {"title", title}};
    if (format)
        made["format"] = format;
    if (!sumBy.is_null()) {
        made["align"] = "center";
        made["sumBy"] = std::move(sumBy);
    }
    return made;
}

/// A member of the event beyond its own, "" when absent: an entry's values keep their places.
json::value extraOf(const model::Event& event, std::string_view name) {
    const auto* value = event.extra.if_contains(name);
    return value && !value->is_structured() ? *value : json::value("");
}

std::int64_t numberOf(const json::value* value) {
    if (!value || !value->is_number())
        return 0;
    json::error_code failed;
    const auto number = value->to_number<std::int64_t>(failed);
    return failed ? 0 : std::max<std::int64_t>(number, 0);
}

const json::value* argumentOf(const model::Event& event, std::size_t index) {
    const auto* args = event.extra.if_contains("msgArgs");
    const auto* list = args ? args->if_array() : nullptr;
    return list && index < list->size() ? &(*list)[index] : nullptr;
}

/// Session that has ended: by its number of text (control-protocol 2.5).
bool isSession(const model::Event& event) {
    switch (numberOf(event.extra.if_contains("msgid"))) {
    case 5:
    case 10:
    case 11:
    case 12:
    case 122:
    case 123:
    case 124:
    case 125:
    case 126:
    case 144:
        return true;
    default:
        return false;
    }
}

std::int64_t secondsOf(const model::Event& event) {
    const auto id = numberOf(event.extra.if_contains("msgid"));
    if (id >= 122 && id <= 126)
        return numberOf(argumentOf(event, 0));
    return numberOf(argumentOf(event, id == 144 ? 1 : 3));
}

bool isWanted(const model::Event& event, const ReportWish& wish) {
    return isSession(event) && (wish.groupId.empty() || event.groupId == wish.groupId);
}

std::string dayOf(const model::Event& event) {
    return model::isoTime(event.timeMs).substr(0, 10);
}

void add(json::object& data, const std::string& key, json::object entry) {
    auto& groups = data["groups"].as_object();
    auto& group = groups[key];
    if (!group.is_object())
        group = json::object{{"entries", json::array()}};
    group.get_object()["entries"].as_array().emplace_back(std::move(entry));
}

json::object sessionEntry(const model::Event& event, const ReportWish& wish, bool hasGuests) {
    json::object entry{{"time", event.timeMs}};
    if (wish.by != ReportBy::Device) {
        entry["nodeid"] = event.deviceId;
        entry["meshid"] = event.groupId;
    }
    if (wish.by == ReportBy::Device)
        entry["userid"] = event.userId;
    if (hasGuests)
        entry["guestname"] = extraOf(event, "guestname");
    if (wish.by == ReportBy::Day)
        entry["userid"] = event.userId;
    entry["protocol"] = extraOf(event, "protocol");
    entry["length"] = secondsOf(event);
    if (wish.wantsTraffic) {
        entry["bytesin"] = extraOf(event, "bytesin");
        entry["bytesout"] = extraOf(event, "bytesout");
    }
    return entry;
}

json::array sessionColumns(const ReportWish& wish, bool hasGuests) {
    json::array columns{
        column("time", "time", wish.by == ReportBy::Day ? "time" : "datetime")};
    if (wish.by != ReportBy::Device) {
        columns.push_back(column("nodeid", "device", "node"));
        columns.push_back(column("meshid", "devgroup", "mesh"));
    } else {
        columns.push_back(column("userid", "user", "user"));
    }
    if (hasGuests)
        columns.push_back(column("guestname", "guest"));
    if (wish.by == ReportBy::Day)
        columns.push_back(column("userid", "user", "user"));
    columns.push_back(column("protocol", "session", "protocol"));
    columns.push_back(column("length", "length", "seconds", "protocol"));
    if (wish.wantsTraffic) {
        columns.push_back(column("bytesin", "bytesin", "bytes", "protocol"));
        columns.push_back(column("bytesout", "bytesout", "bytes", "protocol"));
    }
    return columns;
}

std::string sessionKey(const model::Event& event, ReportBy by) {
    switch (by) {
    case ReportBy::User:
        return event.userId;
    case ReportBy::Device:
        return event.groupId.empty() ? event.deviceId : event.deviceId + "/" + event.groupId;
    case ReportBy::Day:
        break;
    }
    return dayOf(event);
}

} // namespace

json::object sessionsReport(const std::vector<model::Event>& events, const ReportWish& wish) {
    const bool hasGuests = std::any_of(events.begin(), events.end(), [&](const auto& event) {
        return isWanted(event, wish) && event.extra.contains("guestname");
    });
    json::object data{{"groups", json::object()}};
    if (wish.by == ReportBy::User)
        data["groupFormat"] = "user";
    if (wish.by == ReportBy::Device)
        data["groupFormat"] = "nodemesh";
    data["columns"] = sessionColumns(wish, hasGuests);
    for (const auto& event : events)
        if (isWanted(event, wish))
            add(data, sessionKey(event, wish.by), sessionEntry(event, wish, hasGuests));
    return data;
}

json::object trafficReport(const std::vector<model::Event>& events, const ReportWish& wish) {
    struct Sum {
        std::int64_t seconds = 0, in = 0, out = 0;
    };
    std::map<std::string, Sum> sums;
    for (const auto& event : events) {
        if (!isWanted(event, wish))
            continue;
        auto& sum = sums[event.userId];
        sum.seconds += secondsOf(event);
        sum.in += numberOf(event.extra.if_contains("bytesin"));
        sum.out += numberOf(event.extra.if_contains("bytesout"));
    }
    json::array entries;
    for (const auto& [user, sum] : sums)
        entries.push_back(json::object{{"userid", user},
                                       {"length", sum.seconds},
                                       {"bytesin", sum.in},
                                       {"bytesout", sum.out}});
    return {{"columns", json::array{column("userid", "user", "user"),
                                    column("length", "length", "seconds", true),
                                    column("bytesin", "bytesin", "bytes", true),
                                    column("bytesout", "bytesout", "bytes", true)}},
            {"groups", {{"0", {{"entries", std::move(entries)}}}}}};
}

json::object loginsReport(const std::vector<model::Event>& events, const ReportWish& wish) {
    const bool byDay = wish.by == ReportBy::Day;
    json::array columns{column("time", "time", byDay ? "time" : "datetime")};
    if (byDay)
        columns.push_back(column("userid", "user", "user"));
    columns.push_back(column("ip", "ip"));
    columns.push_back(column("browser", "browser"));
    columns.push_back(column("os", "os"));
    columns.push_back(column("twofactor", "twofactor", "2fa"));
    columns.push_back(column("msg", "msg", "msg"));
    json::object data{{"groups", json::object()}, {"columns", std::move(columns)}};
    if (!byDay)
        data["groupFormat"] = "user";
    for (const auto& event : events) {
        const auto id = numberOf(event.extra.if_contains("msgid"));
        if (id < 107 || id > 110)
            continue;
        const auto argument = [&](std::size_t index) {
            const auto* value = argumentOf(event, index);
            return value && value->is_string() ? *value : json::value("");
        };
        json::object entry{{"time", event.timeMs}};
        if (byDay)
            entry["userid"] = event.userId;
        entry["ip"] = event.extra.contains("ip") ? extraOf(event, "ip") : argument(0);
        entry["browser"] = argument(1);
        entry["os"] = argument(2);
        entry["twofactor"] = extraOf(event, "twoFactorType");
        entry["msg"] = id;
        add(data, byDay ? dayOf(event) : event.userId, std::move(entry));
    }
    return data;
}

} // namespace trellis::api
