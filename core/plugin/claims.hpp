/// Names that may have one owner only: commands, routes, tunnel protocols, agent messages, topics'
/// payload types, contributions to the page.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <trellis/sdk/declarations.hpp>

#include "core/plugin/ports.hpp"

namespace trellis::plugin {

/// What plugins claimed. One thread (the loader's).
class Claims {
public:
    explicit Claims(const Ports& ports);

    /// Takes everything `declared` claims, or nothing: then one sentence per clash, with the name of
    /// who has it. Also finds a name that the plugin itself declares twice.
    std::vector<std::string> take(const std::string& id, const sdk::Declarations& declared);
    void release(const std::string& id);

private:
    const Ports& ports_;
    std::map<std::string, std::string> owners_;  ///< "command x", "route GET /y", ... to plugin id
    struct TopicType {
        std::string type;
        std::map<std::string, int> users;  ///< plugin id to uses
    };
    std::map<std::string, TopicType> topics_;
};

/// What is wrong with declarations on their own, whoever else is there; one sentence each.
std::vector<std::string> malformed(const std::string& id, const sdk::Declarations& declared,
                                   const std::filesystem::path& folder);

/// True for a relative path without "..", empty or hidden segments.
bool isPlainRelativePath(std::string_view path);

}  // namespace trellis::plugin
