#include <trellis/sdk/db.hpp>

#include <list>

#include <Poco/Data/RecordSet.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

namespace trellis::sdk::db {
namespace {

using Poco::Data::Keywords::use;

/// Poco binds by reference, so the values live here until the statement has run.
struct Bindings {
    std::list<Poco::Int64> integers;
    std::list<std::string> texts;

    void add(Poco::Data::Statement& statement, const Value& value) {
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            statement.addBind(use(integers.emplace_back(*number)));
        } else {
            statement.addBind(use(texts.emplace_back(std::get<std::string>(value))));
        }
    }
};

Value valueOf(const Poco::Data::RecordSet& records, std::size_t column, std::size_t row) {
    const auto value = records.value(column, row);
    if (value.isInteger())
        return std::int64_t{value.convert<Poco::Int64>()};
    return value.convert<std::string>();
}

} // namespace

// An expression such as COUNT(*) has no declared type, and SQLite's connector gives text for it.
std::int64_t Row::integer(std::size_t column) const {
    const auto& value = values_.at(column);
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return *number;
    return std::stoll(std::get<std::string>(value));
}

const std::string& Row::text(std::size_t column) const {
    return std::get<std::string>(values_.at(column));
}

std::size_t execute(Poco::Data::Session& session, const std::string& sql, const Values& values) {
    Bindings bindings;
    Poco::Data::Statement statement(session);
    statement << sql;
    for (const auto& value : values)
        bindings.add(statement, value);
    return statement.execute();
}

std::vector<Row> query(Poco::Data::Session& session, const std::string& sql, const Values& values) {
    Bindings bindings;
    Poco::Data::Statement statement(session);
    statement << sql;
    for (const auto& value : values)
        bindings.add(statement, value);
    statement.execute();
    std::vector<Row> rows;
    const Poco::Data::RecordSet records(statement);
    for (std::size_t row = 0; row < records.rowCount(); ++row) {
        Values columns;
        for (std::size_t column = 0; column < records.columnCount(); ++column) {
            columns.push_back(valueOf(records, column, row));
        }
        rows.emplace_back(std::move(columns));
    }
    return rows;
}

} // namespace trellis::sdk::db
