/// Grants of plugin.yaml: what a plugin may ask the host for beyond its own corner. Shown to the
/// admin before the plugin is enabled.
///
///     listen:4433                 a TCP port of its own
///     path:/.well-known/acme/*    HTTP paths outside /plugins/<id>/ (a final * takes what follows)
///     public:/plugins/hook/in     routes that anybody may call without signing in
///     endpoint:amt                to be the far end of tunnels of this name, in place of an agent
///     decision:login.step         a say in a decision point
///     watch:tunnels               to see, and change, the frames of every session
///     account:factors             to read and change the second factors of every account
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <trellis/sdk/declarations.hpp>

namespace trellis::plugin {

/// "" if it is a grant as above, else what is wrong with it.
std::string grantProblem(std::string_view grant);

/// What the declarations use without a grant; one sentence each, with the line to add.
std::vector<std::string> ungranted(const std::string& id, const std::vector<std::string>& grants,
                                   const sdk::Declarations& declared);

}  // namespace trellis::plugin
