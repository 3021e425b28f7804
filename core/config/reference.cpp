/// docs/reference/config.md, written from the schema.
#include <string>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <trellis/sdk/schema_node.hpp>

#include "core/config/cli.hpp"

namespace trellis::config {

namespace {

using sdk::SchemaKind;

constexpr const char* kIntro =
    "# Configuration reference\n"
    "\n"
    "<!-- Written from the schemas by `golden-config --update tests/golden`; do not edit. -->\n"
    "\n"
    "The server reads one file, `trellis.yaml`, and every setting has a default: an absent or "
    "empty\n"
    "file is a working server. `trellisctl config check FILE` reports every problem at once,\n"
    "`trellisctl config show` prints what is in effect and where it comes from, and\n"
    "`trellisctl config schema` prints a JSON Schema for editors.\n"
    "\n"
    "Later sources win over earlier ones:\n"
    "\n"
    "1. the defaults below,\n"
    "2. `trellis.yaml`,\n"
    "3. `conf.d/*.yaml` beside it, in the order of their names,\n"
    "4. `plugins.d/zz-toggles.yaml` in the data folder, which the server writes when a plugin is\n"
    "   switched on or off while it runs,\n"
    "5. environment variables: `TRELLIS__SERVER__PORT=9443` sets `server.port`, and lists are\n"
    "   written `a, b`,\n"
    "6. options on the command line.\n"
    "\n"
    "Sections are merged key by key; lists are replaced as a whole. Numbers are decimal, and the "
    "unit\n"
    "is in the name (`timeout_s`, `size_bytes`). `true`, `yes` and `on` mean the same. A secret "
    "may be\n"
    "written as `!file path`, relative to the YAML file, so that it stays out of it. Keys marked\n"
    "*restart* take effect when the server starts; all others also on a reload (`SIGHUP`). A file "
    "is at\n"
    "most 1 MiB; merge keys (`<<`) and more than one document are not supported.\n";

std::string cell(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '|')
            escaped += '\\';
        escaped += c;
    }
    return escaped;
}

/// "an integer from 1 to 65535" without its article.
std::string valueText(const sdk::SchemaNode& node) {
    // optionalText(): what it may be when it is not empty.
    if (node.kind == SchemaKind::AnyOf && node.items.size() == 2 &&
        node.items[1].node().words == std::vector<std::string>{""}) {
        return valueText(node.items[0].node()) + ", or empty";
    }
    if (node.kind == SchemaKind::Array) {
        return "list of: " + valueText(node.items[0].node());
    }
    std::string text = sdk::expectation(node);
    for (const std::string article : {"an ", "a "}) {
        if (text.compare(0, article.size(), article) == 0)
            return text.substr(article.size());
    }
    return text;
}

std::string defaultText(const sdk::SchemaProp& prop) {
    if (prop.required)
        return "required";
    const auto& value = prop.value.node().byDefault;
    if (!value)
        return "";
    if (value->is_string() && value->get_string().empty())
        return "empty";
    return "`" +
           (value->is_double() ? sdk::describeValue(*value) : boost::json::serialize(*value)) + "`";
}

std::string notes(const sdk::SchemaProp& prop) {
    const sdk::SchemaNode& node = prop.value.node();
    std::string text = prop.doc;
    if (node.secret)
        text += " *Secret.*";
    if (node.needsRestart)
        text += " *Restart.*";
    return text;
}

bool isSection(const sdk::SchemaProp& prop) {
    return prop.value.node().kind == SchemaKind::Object;
}

void addSection(const std::string& path, const sdk::Schema& schema, const std::string& doc,
                std::string& out) {
    out += "\n## " + path + "\n\n";
    if (!doc.empty())
        out += doc + "\n\n";
    out += "| Key | Value | Default | Meaning |\n|---|---|---|---|\n";
    const bool isMap = schema.node().kind == SchemaKind::Map;
    const sdk::SchemaNode& node = isMap ? schema.node().items[0].node() : schema.node();
    for (const sdk::SchemaProp& prop : node.props) {
        if (isSection(prop))
            continue;
        out += "| `" + std::string(isMap ? "<id>." : "") + prop.name + "` | " +
               cell(valueText(prop.value.node())) + " | " + cell(defaultText(prop)) + " | " +
               cell(notes(prop)) + " |\n";
    }
    for (const sdk::SchemaProp& prop : node.props) {
        if (isSection(prop))
            addSection(path + '.' + prop.name, prop.value, prop.doc, out);
    }
}

} // namespace

std::string referencePage(const std::vector<PluginSchema>& plugins) {
    std::string out = kIntro;
    const sdk::Schema core = serverSchema();
    for (const sdk::SchemaProp& prop : core.node().props)
        addSection(prop.name, prop.value, prop.doc, out);
    out += "\n## plugins\n\nOne section for each plugin, by its id. Every plugin has `enabled`; "
           "without it "
           "the plugin's\nmanifest decides. `plugins: {terminal: {enabled: false}}` takes the "
           "terminal "
           "away.\nWith `required: true` the server does not start when that plugin can't.\n";
    for (const PluginSchema& plugin : plugins) {
        if (!plugin.options)
            continue;
        addSection("plugins." + plugin.id, pluginSectionSchema(*plugin.options), plugin.summary,
                   out);
    }
    return out;
}

} // namespace trellis::config
