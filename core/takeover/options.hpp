/// MeshCentral's config.json as trellis.yaml (control-protocol.md section 7).
#pragma once

#include "core/takeover/people.hpp"
#include "core/takeover/report.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace trellis::takeover {

inline constexpr std::size_t kMaxConfigBytes = 4 * 1024 * 1024;

/// config.json with keys in lower case and without those that begin with `_`, as MeshCentral reads
/// it. Throws sdk::Error{InvalidArgument} with line and column.
boost::json::object parseMeshConfig(std::string_view text);

struct Options {
    boost::json::object values; ///< by section, for serverSchema()
    std::string loginKeyHex;    ///< `logincookieencryptionkey`, "" if it is not set
    std::string otherStore;     ///< database that is not NeDB ("mongodb"), "" if none
    FactorPolicy factors;
    std::vector<std::string> domains; ///< other domains than the default one
};

/// Reads every key: what has an equivalent is in `values`, the rest is told to `report`.
/// `certificateName`: common name of the web certificate. Never throws for what is in it.
Options takeOptions(const boost::json::object& config, const std::string& certificateName,
                    Report& report);

/// `values` as text that config::loadText() reads back.
std::string yamlOf(const boost::json::object& values, const std::string& origin);

} // namespace trellis::takeover
