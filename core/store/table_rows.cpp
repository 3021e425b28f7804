#include "core/store/table_rows.hpp"

#include "core/store/random.hpp"

#include <algorithm>

namespace trellis::store {

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts)
        text += (text.empty() ? "" : ", ") + part;
    return text;
}

std::vector<std::string> columnNames(const Table& table) {
    std::vector<std::string> names;
    for (const auto& column : table.columns)
        names.push_back(column.name);
    return names;
}

namespace {

constexpr std::int64_t kPiece = 500; // rows in memory at once

/// As many as there are columns: "?, ?, ?".
std::string marks(std::size_t count) {
    return joined(std::vector<std::string>(count, "?"));
}

std::vector<std::string> quotedAll(const std::vector<std::string>& names) {
    std::vector<std::string> result;
    for (const auto& name : names)
        result.push_back(quoted(name));
    return result;
}

/// What to select: Poco's SQLite connector reads a column declared INTEGER or INT as 32 bits.
std::string selection(const Table& table) {
    std::vector<std::string> parts;
    for (const auto& column : table.columns)
        parts.push_back(column.isInteger ? "CAST(" + quoted(column.name) + " AS BIGINT)"
                                         : quoted(column.name));
    return joined(parts);
}

std::vector<std::size_t> keyPlaces(const Table& table) {
    std::vector<std::size_t> places;
    for (const auto& name : table.key())
        for (std::size_t at = 0; at < table.columns.size(); ++at)
            if (table.columns[at].name == name)
                places.push_back(at);
    return places;
}

/// Poco's SQLite connector may hand out the result of an expression as text.
Values typed(const Table& table, Values row) {
    for (std::size_t at = 0; at < row.size(); ++at)
        if (const auto* text = std::get_if<std::string>(&row[at]);
            text != nullptr && table.columns[at].isInteger)
            row[at] = static_cast<std::int64_t>(std::stoll(*text));
    return row;
}

} // namespace

std::string quoted(const std::string& name) {
    return '"' + name + '"';
}

void Fingerprint::add(const Values& row) {
    std::string text;
    for (const auto& value : row) {
        if (const auto* number = std::get_if<std::int64_t>(&value))
            text += 'i' + std::to_string(*number);
        else if (const auto* real = std::get_if<double>(&value))
            text += 'r' + std::to_string(*real);
        else if (const auto* chars = std::get_if<std::string>(&value))
            text += 't' + std::to_string(chars->size()) + ':' + *chars;
        text += ';';
    }
    ++rows;
    sum += std::stoull(sha256Hex(text).substr(0, 16), nullptr, 16);
}

void eachRow(Session& session, const Table& table, const std::function<void(const Values&)>& each) {
    const auto places = keyPlaces(table);
    const auto key = quotedAll(places.empty() ? columnNames(table) : table.key());
    const std::string select = "SELECT " + selection(table) + " FROM " + quoted(table.name);
    const std::string order = " ORDER BY " + joined(key) + " LIMIT " + std::to_string(kPiece);
    Values last;
    std::int64_t done = 0;
    for (;;) {
        const bool isKeyed = !places.empty();
        std::string sql = select;
        if (isKeyed && done > 0)
            sql += " WHERE (" + joined(key) + ") > (" + marks(key.size()) + ")";
        sql += order;
        if (!isKeyed)
            sql += " OFFSET " + std::to_string(done);
        std::vector<Values> piece;
        session.query(sql, isKeyed ? last : Values{}, [&](const Row& row) {
            piece.push_back(typed(table, row.values()));
        });
        for (const auto& row : piece)
            each(row);
        done += static_cast<std::int64_t>(piece.size());
        if (piece.size() < static_cast<std::size_t>(kPiece))
            return;
        last.clear();
        for (const auto place : places)
            last.push_back(piece.back()[place]);
    }
}

Fingerprint fingerprintOf(Session& session, const Table& table) {
    Fingerprint print;
    eachRow(session, table, [&](const Values& row) { print.add(row); });
    return print;
}

std::string insertion(Engine engine, const Table& table) {
    const bool hasIdentity = std::any_of(table.columns.begin(), table.columns.end(),
                                         [](const Column& column) { return column.isIdentity; });
    return "INSERT INTO " + quoted(table.name) + " (" + joined(quotedAll(columnNames(table))) +
           ")" + (hasIdentity && engine == Engine::PostgreSql ? " OVERRIDING SYSTEM VALUE" : "") +
           " VALUES (" + marks(table.columns.size()) + ")";
}

/// Rows that a migration itself has put there give way to those of the source.
void clearTables(Session& to, std::vector<Table> tables) {
    std::reverse(tables.begin(), tables.end()); // first those that refer to others
    for (const auto& table : tables)
        to.run("DELETE FROM " + quoted(table.name));
}

} // namespace trellis::store
