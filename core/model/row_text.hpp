/// The parts of records that are stored as JSON text in the column `doc`: lists and rare members
/// that no query looks at. Internal to core/model.
#pragma once

#include "core/model/records.hpp"

#include <string>
#include <string_view>

namespace trellis::model::rows {

/// "" for an empty object.
std::string objectText(const json::object& object);
/// An empty object for "". Throws sdk::Error Internal for damaged text.
json::object readObject(std::string_view text);

std::string docOf(const User& user);
void readDoc(std::string_view text, User& user);
std::string docOf(const Device& device);
void readDoc(std::string_view text, Device& device);

} // namespace trellis::model::rows
