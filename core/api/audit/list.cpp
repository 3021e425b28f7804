#include "core/api/audit/list.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>

#include "core/model/wire_documents.hpp"

namespace trellis::api::audit {

namespace {

class Conditions {
public:
    void add(const char* sql, store::Value value) {
        sql_ += sql_.empty() ? "WHERE " : " AND ";
        sql_ += sql;
        values_.push_back(std::move(value));
    }
    void text(const char* sql, const std::string& value) {
        if (!value.empty())
            add(sql, value);
    }
    void number(const char* sql, std::int64_t value) {
        if (value != 0)
            add(sql, value);
    }
    std::string sql_;
    store::Values values_;
};

/// For LIKE ... ESCAPE '!'.
std::string beginningWith(std::string_view text) {
    std::string pattern;
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '!')
            pattern += '!';
        pattern += c;
    }
    return pattern + '%';
}

} // namespace

std::vector<Link> list(store::Session& session, const Filter& filter, Order order) {
    Conditions where;
    where.add("place > ?", filter.afterPlace);
    where.text("domain = ?", filter.domain);
    where.text("user_id = ?", filter.userId);
    where.text("target = ?", filter.target);
    where.text("result = ?", filter.result);
    if (filter.command.ends_with('*'))
        where.add("command LIKE ? ESCAPE '!'",
                  beginningWith(std::string_view(filter.command).substr(0, filter.command.size() - 1)));
    else
        where.text("command = ?", filter.command);
    where.number("time_ms >= ?", filter.sinceMs);
    where.number("time_ms < ?", filter.untilMs);
    where.number("place < ?", filter.beforePlace);
    where.values_.emplace_back(
        static_cast<std::int64_t>(std::clamp<std::size_t>(filter.limit, 1, 10'000)));
    std::vector<Link> found;
    session.query(std::string(kSelect) + where.sql_ + " ORDER BY place" +
                      (order == Order::NewestFirst ? " DESC" : "") + " LIMIT ?",
                  where.values_,
                  [&](const store::Row& row) { found.push_back(linkFrom(row)); });
    return found;
}

boost::json::object document(const Link& link) {
    boost::json::error_code failed;
    auto arguments = boost::json::parse(link.arguments, failed);
    return {{"place", link.place},
            {"time", model::isoTime(link.timeMs)},
            {"timeMs", link.timeMs},
            {"userId", link.userId},
            {"address", link.address},
            {"domain", link.domain},
            {"command", link.command},
            {"target", link.target},
            {"arguments", failed ? boost::json::value(link.arguments) : std::move(arguments)},
            {"result", link.result},
            {"traceId", link.traceId},
            {"hash", link.hash}};
}

} // namespace trellis::api::audit
