/// Device details as the text of a spreadsheet (control-protocol 6.4, columns of getDeviceDetails).
#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace trellis::api {

/// One device: `node` (device document with `groupname`), and what the caller may see of `sys`
/// ({hardware}), `net` ({netif2}) and `lastConnect` ({time, addr}).
using DeviceDetails = boost::json::object;

/// Header and one line each of 42 columns, lines end with CRLF. Texts are quoted and lose `"`, `,`
/// and line ends, as the original's do.
std::string detailsCsv(const std::vector<DeviceDetails>& devices);

} // namespace trellis::api
