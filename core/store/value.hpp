/// What goes into a statement and what comes out of a row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace trellis::store {

/// One parameter or one column. Booleans are stored as the integers 0 and 1, times as integers
/// (milliseconds since 1970 unless the column's name says seconds), bytes as base64 text;
/// text holds no zero byte (Error InvalidArgument).
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;
using Values = std::vector<Value>;

/// One row of a result, valid only during the call that hands it out.
class Row {
public:
    explicit Row(std::span<const Value> columns) : columns_(columns) {}
    std::size_t size() const noexcept { return columns_.size(); }
    Values values() const { return {columns_.begin(), columns_.end()}; }
    bool isNull(std::size_t column) const;
    /// NULL reads as 0 or "". A column of another type is an sdk::Error Internal: the schema is
    /// ours.
    std::int64_t integer(std::size_t column) const;
    std::uint32_t number32(std::size_t column) const; ///< 0..4294967295; else Error Internal
    bool flag(std::size_t column) const { return integer(column) != 0; }
    const std::string& text(std::size_t column) const;

private:
    const Value& at(std::size_t column) const;
    std::span<const Value> columns_;
};

} // namespace trellis::store
