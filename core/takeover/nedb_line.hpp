/// One line of a NeDB file: a document, the removal of one, or an index (which says nothing to us).
#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::takeover {

inline constexpr std::size_t kMaxLine = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxNesting = 32;
inline constexpr std::size_t kMaxDocumentId = 1024; ///< bytes

struct NedbLine {
    enum class Kind : std::uint8_t { Document = 1, Removal, Index };
    Kind kind = Kind::Document;
    std::string id; ///< "" for an index
    boost::json::object document;
};

/// The line without its line end, or what is wrong with it in `fault` ("expected ...").
std::optional<NedbLine> parseNedbLine(std::string_view text, std::string& fault);

} // namespace trellis::takeover
