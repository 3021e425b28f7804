/// From the tree to a value of the schema's types, with every problem and every position.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include <boost/json/value.hpp>

#include <trellis/sdk/schema.hpp>

#include "core/config/node.hpp"
#include "core/config/position.hpp"

namespace trellis::config {

/// JSON pointer -> where it was written. Sections have the place of their key.
using Places = std::unordered_map<std::string, Position>;

/// How a value is reached: both forms of the path, and the place that stands for it in problems.
struct Spot {
    std::string pointer; ///< "/plugins/mqtt/keep_alive_s"
    std::string path;    ///< "plugins.mqtt.keep_alive_s"
    Position place;      ///< of the key, for problems about a section

    Spot member(std::string_view name, const Position& at) const;
    Spot item(std::size_t index, const Position& at) const;
};

enum class Presence : std::uint8_t {
    Checked = 1, ///< absent required keys are problems
    Ignored,     ///< they are not: the section is switched off
};

/// What one walk writes to.
struct Typing {
    Report& report;
    Places& places;
    Presence presence = Presence::Checked;
    bool readSecrets = true; ///< false: a `!file` is not opened and counts as a non-empty string
};

/// The value without defaults. With problems in the report it may be incomplete.
boost::json::value typed(const Node& node, const sdk::Schema& schema, const Spot& spot,
                         Typing& typing);

} // namespace trellis::config
