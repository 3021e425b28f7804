/// packaging/config/trellis.yaml, written from the schema so that it can't fall behind.
#include <string>
#include <string_view>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <trellis/sdk/schema_node.hpp>

#include "core/config/cli.hpp"

namespace trellis::config {

namespace {

constexpr const char* kHead =
    "# yaml-language-server: $schema=./trellis.schema.json\n"
    "#\n"
    "# Configuration of the Trellis server. Everything is optional: what is shown is the default. "
    "To\n"
    "# change a setting, remove the # before it and before its section.\n"
    "#\n"
    "#   check:    trellisctl config check /etc/trellis/trellis.yaml\n"
    "#   apply:    systemctl reload trellisd (settings marked \"restart\" need a restart)\n"
    "#   see all:  trellisctl config show\n"
    "#\n"
    "# Files in conf.d/ beside this one are read after it, and TRELLIS__SECTION__KEY in the "
    "environment\n"
    "# wins over both. A secret may stand in a file of its own: `!file secret.txt`.\n";

constexpr const char* kPlugins = "\n# Plugins, by their ids; `trellisctl plugin list` names those "
                                 "that are installed, and their pages\n"
                                 "# in the documentation their options.\n"
                                 "#plugins:\n"
                                 "#  terminal:\n"
                                 "#    enabled: false\n";

/// `text` in comment lines of at most 100 characters.
void addProse(std::string_view text, const std::string& prefix, std::string& out) {
    constexpr std::size_t kWidth = 100;
    std::string line = prefix;
    while (!text.empty()) {
        const auto space = text.find(' ');
        const std::string_view word = text.substr(0, space);
        if (line.size() + word.size() + 1 > kWidth) {
            out += line + '\n';
            line = prefix;
        }
        line.append(1, ' ').append(word);
        text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
    }
    out += line + '\n';
}

void addKey(const sdk::SchemaProp& prop, std::string& out) {
    const sdk::SchemaNode& node = prop.value.node();
    addProse(prop.doc + (node.needsRestart ? " (restart)" : ""), "  #", out);
    const auto value = node.byDefault ? boost::json::serialize(*node.byDefault) : std::string();
    out += "#  " + prop.name + ": " + value + '\n';
}

} // namespace

std::string exampleFile() {
    std::string out = kHead;
    const sdk::Schema schema = serverSchema();
    for (const sdk::SchemaProp& section : schema.node().props) {
        out += "\n# " + section.doc + "\n#" + section.name + ":\n";
        for (const sdk::SchemaProp& prop : section.value.node().props)
            addKey(prop, out);
    }
    return out + kPlugins;
}

} // namespace trellis::config
