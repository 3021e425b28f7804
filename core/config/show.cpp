#include "core/config/show.hpp"

#include <ostream>
#include <string>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <trellis/sdk/options_view.hpp>
#include <trellis/sdk/schema_node.hpp>

namespace trellis::config {

namespace json = boost::json;

namespace {

constexpr std::size_t kCommentColumn = 48;

/// A key as it is when it is a plain word, quoted otherwise.
std::string keyText(std::string_view key) {
    bool isWord = !key.empty() && key.front() >= 'a' && key.front() <= 'z';
    for (const char c : key) {
        isWord = isWord && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
    }
    for (const char* word : {"on", "off", "yes", "no", "true", "false", "null", "y", "n"}) {
        isWord = isWord && key != word;
    }
    return isWord ? std::string(key) : json::serialize(json::string(key));
}

class Writer {
public:
    Writer(const Config& config, std::ostream& out) : config_(config), out_(out) {}

    /// In the order of the schema, which is that of the reference page; then what it doesn't name.
    void members(const json::object& object, const sdk::SchemaNode& schema,
                 const std::string& pointer, const std::string& indent) {
        for (const sdk::SchemaProp& prop : schema.props) {
            const auto* value = object.if_contains(prop.name);
            if (value != nullptr)
                member(prop.name, *value, prop.value.node(), pointer, indent);
        }
        static const sdk::SchemaNode any;
        const sdk::SchemaNode& other =
            schema.kind == sdk::SchemaKind::Map ? schema.items[0].node() : any;
        for (const auto& entry : object) {
            if (schema.find(entry.key()) == nullptr)
                member(entry.key(), entry.value(), other, pointer, indent);
        }
    }

private:
    void member(std::string_view name, const json::value& value, const sdk::SchemaNode& schema,
                const std::string& pointer, const std::string& indent) {
        const std::string at = pointer + '/' + sdk::pointerStep(name);
        const std::string key = indent + keyText(name) + ':';
        const auto* section = value.if_object();
        if (section != nullptr && !section->empty()) {
            out_ << key << '\n';
            members(*section, schema, at, indent + "  ");
        } else {
            // A JSON value is a YAML value; Boost.JSON escapes what YAML would not take.
            line(key + ' ' +
                     (value.is_double() ? sdk::describeValue(value) : json::serialize(value)),
                 at);
        }
    }

    void line(std::string text, const std::string& pointer) {
        const std::string origin =
            config_.isDefault(pointer) ? "default" : config_.place(pointer).text();
        text.append(text.size() < kCommentColumn ? kCommentColumn - text.size() : 1, ' ');
        out_ << text << "# " << origin << '\n';
    }

    const Config& config_;
    std::ostream& out_;
};

} // namespace

void writeYaml(const Config& config, std::ostream& out) {
    Writer(config, out).members(config.masked(), config.schema().node(), "", "");
}

} // namespace trellis::config
