/// JSON as it crosses the interface: Boost.JSON values, strict and depth-limited when parsed.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace trellis::sdk {
namespace json = boost::json;
}  // namespace trellis::sdk
