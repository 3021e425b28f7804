/// JSON Schema 2020-12, for editors, OpenAPI and the settings forms.
#include <boost/json/value.hpp>

#include <trellis/sdk/schema.hpp>
#include <trellis/sdk/schema_node.hpp>

namespace trellis::sdk {

namespace {

json::object convert(const SchemaNode& node);

void addObject(const SchemaNode& node, json::object& out) {
    out["type"] = "object";
    json::object& properties = out["properties"].emplace_object();
    json::array required;
    for (const SchemaProp& prop : node.props) {
        json::object member = convert(prop.value.node());
        if (!prop.doc.empty())
            member["description"] = prop.doc;
        properties[prop.name] = std::move(member);
        if (prop.required)
            required.emplace_back(prop.name);
    }
    if (!required.empty())
        out["required"] = std::move(required);
    if (!node.allowUnknown)
        out["additionalProperties"] = false;
}

void addBounds(const SchemaNode& node, json::object& out, const char* min, const char* max) {
    if (node.min)
        out[min] = *node.min;
    if (node.max)
        out[max] = *node.max;
}

void addFormat(const SchemaNode& node, json::object& out) {
    switch (node.format) {
    case Format::None:
        return;
    case Format::Line:
        out["pattern"] = "^[^\\u0000-\\u001f\\u007f]*$";
        return;
    case Format::Url:
        out["format"] = "uri";
        return;
    case Format::Email:
        out["format"] = "email";
        return;
    case Format::Hex:
        out["pattern"] = "^([0-9A-Fa-f]{2})*$";
        return;
    case Format::Identifier:
        out["pattern"] = "^[A-Za-z_][A-Za-z0-9_.-]*$";
        return;
    case Format::Host:
        out["x-format"] = "host";
        return;
    case Format::Address:
        out["x-format"] = "address";
        return;
    case Format::Network:
        out["x-format"] = "network";
        return;
    }
}

void addAlternatives(const SchemaNode& node, json::object& out) {
    json::array& all = out["anyOf"].emplace_array();
    for (const Schema& item : node.items)
        all.emplace_back(convert(item.node()));
}

void addKind(const SchemaNode& node, json::object& out) {
    switch (node.kind) {
    case SchemaKind::Any:
        return;
    case SchemaKind::Object:
        addObject(node, out);
        return;
    case SchemaKind::Map:
        out["type"] = "object";
        out["additionalProperties"] = convert(node.items[0].node());
        addBounds(node, out, "minProperties", "maxProperties");
        return;
    case SchemaKind::Array:
        out["type"] = "array";
        out["items"] = convert(node.items[0].node());
        addBounds(node, out, "minItems", "maxItems");
        return;
    case SchemaKind::String:
        out["type"] = "string";
        addBounds(node, out, "minLength", "maxLength");
        addFormat(node, out);
        return;
    case SchemaKind::Integer:
    case SchemaKind::Number:
        out["type"] = node.kind == SchemaKind::Integer ? "integer" : "number";
        addBounds(node, out, "minimum", "maximum");
        return;
    case SchemaKind::Boolean:
        out["type"] = "boolean";
        return;
    case SchemaKind::OneOf: {
        out["type"] = "string";
        json::array& words = out["enum"].emplace_array();
        for (const std::string& word : node.words)
            words.emplace_back(word);
        return;
    }
    case SchemaKind::AnyOf:
        addAlternatives(node, out);
        return;
    }
}

json::object convert(const SchemaNode& node) {
    json::object out;
    if (!node.title.empty())
        out["title"] = node.title;
    if (!node.doc.empty())
        out["description"] = node.doc;
    addKind(node, out);
    if (node.byDefault)
        out["default"] = *node.byDefault;
    if (!node.unit.empty())
        out["x-unit"] = node.unit;
    if (node.secret)
        out["writeOnly"] = true;
    if (node.needsRestart)
        out["x-needs-restart"] = true;
    if (!node.nullable)
        return out;
    // A type that may also be null: two alternatives rather than a list of types, because the
    // bounds belong to one of them only.
    json::object either;
    json::array& both = either["anyOf"].emplace_array();
    both.emplace_back(std::move(out));
    both.emplace_back(json::object{{"type", "null"}});
    return either;
}

} // namespace

json::object Schema::toJsonSchema() const {
    return convert(*node_);
}

} // namespace trellis::sdk
