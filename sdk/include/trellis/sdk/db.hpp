/// Statements on the session that Host::database() hands out, the same on SQLite and PostgreSQL. Link
/// `Trellis::data` for them.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace Poco::Data {
class Session;
}

namespace trellis::sdk::db {

using Value = std::variant<std::int64_t, std::string>;
using Values = std::vector<Value>;

class Row {
public:
    explicit Row(Values values) : values_(std::move(values)) {}
    std::int64_t integer(std::size_t column) const;
    const std::string& text(std::size_t column) const;

private:
    Values values_;
};

/// `sql` has `$1`, `$2`, ... in the order of `values`, each once. Columns are BIGINT or TEXT, never
/// null. Throws as the session does, which rolls the transaction back.
std::size_t execute(Poco::Data::Session& session, const std::string& sql,
                    const Values& values = {});
std::vector<Row> query(Poco::Data::Session& session, const std::string& sql,
                       const Values& values = {});

} // namespace trellis::sdk::db
