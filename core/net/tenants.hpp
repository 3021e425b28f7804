/// Whose door a request came through: by the Host name it asked for, or by the first part of its
/// path (control-protocol.md section 1.1).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/net/http_message.hpp"

namespace trellis::net {

/// A value; built once, any thread.
class Tenants {
public:
    /// "/<id>/...". Ids are those that config checks.
    void addPath(std::string id);
    /// "/..." under a host name of its own, compared without case and port.
    void addHost(std::string id, std::string_view host);

    /// Sets `tenant` and `prefix`, and takes the prefix off `path` and `segments`. A host of its
    /// own counts first: below it no prefix leads anywhere else.
    void resolve(HttpRequest& request) const;
    bool empty() const noexcept { return paths_.empty() && hosts_.empty(); }

private:
    std::map<std::string, std::string, std::less<>> hosts_; ///< lower-case name -> id
    std::map<std::string, std::string, std::less<>> paths_; ///< id -> prefix
};

} // namespace trellis::net
