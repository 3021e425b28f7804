/// One YAML scalar to one value, and the words when it does not fit.
#pragma once

#include <string>

#include <boost/json/value.hpp>

#include <trellis/sdk/schema_node.hpp>

#include "core/config/node.hpp"

namespace trellis::config {

struct ScalarResult {
    bool ok = false;
    boost::json::value value;
    std::string problem; ///< `expected an integer from 5 to 3600 (seconds), got "soon"`
};

/// `node`: a scalar that is not a `!file`. `schema`: String, Integer, Number, Boolean, OneOf or
/// Any.
ScalarResult scalarValue(const Node& node, const sdk::SchemaNode& schema);

/// "expected ..., got ..." for a node of any kind; a section is called a section.
std::string mismatch(const sdk::SchemaNode& schema, const Node& got);

} // namespace trellis::config
