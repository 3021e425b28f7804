/// Members of documents that anything may have written: whatever has another type than expected
/// counts as absent.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::takeover {

namespace json = boost::json;

std::string textOf(const json::object& document, std::string_view key);
/// Whole numbers and fractions within the type's range; -1 and other negatives of 32-bit rights as
/// JavaScript writes them.
std::int64_t numberOf(const json::object& document, std::string_view key);
std::uint32_t bitsOf(const json::object& document, std::string_view key);
bool flagOf(const json::object& document, std::string_view key);
/// Milliseconds: a number, or `{"$$date": ms}` as NeDB stores dates. 0 if neither.
std::int64_t timeMsOf(const json::object& document, std::string_view key);
const json::object* objectOf(const json::object& document, std::string_view key);
/// Texts of an array, without those that are none.
std::vector<std::string> textsOf(const json::object& document, std::string_view key);
/// A key as it was before it was escaped for the store (control-protocol.md section 5.1).
std::string unescapedKey(std::string_view key);
/// The members of `document` that `names` lists and that are there.
json::object pick(const json::object& document, std::initializer_list<std::string_view> names);

} // namespace trellis::takeover
