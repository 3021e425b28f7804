/// Defaults and masking: the two walks that change a value.
#include <boost/json/value.hpp>

#include <trellis/sdk/schema.hpp>
#include <trellis/sdk/schema_node.hpp>

namespace trellis::sdk {

namespace {

void fill(const SchemaNode& node, json::value& value, std::size_t depth);

/// An absent object is made when it has defaults to hold and asks for nothing.
bool canBeMade(const SchemaNode& node) {
    if (node.kind != SchemaKind::Object || !node.hasDefaults || node.nullable)
        return false;
    for (const SchemaProp& prop : node.props) {
        if (prop.required)
            return false;
    }
    return true;
}

void fillObject(const SchemaNode& node, json::object& object, std::size_t depth) {
    for (const SchemaProp& prop : node.props) {
        const SchemaNode& child = prop.value.node();
        if (!child.hasDefaults)
            continue;
        auto* present = object.if_contains(prop.name);
        if (present == nullptr) {
            if (child.byDefault) {
                present = &object.emplace(prop.name, *child.byDefault).first->value();
            } else if (canBeMade(child)) {
                present = &object.emplace(prop.name, json::object()).first->value();
            } else {
                continue;
            }
        }
        fill(child, *present, depth + 1);
    }
}

void fill(const SchemaNode& node, json::value& value, std::size_t depth) {
    if (!node.hasDefaults || depth > Schema::kMaxDepth)
        return;
    switch (node.kind) {
    case SchemaKind::Object:
        if (auto* object = value.if_object())
            fillObject(node, *object, depth);
        return;
    case SchemaKind::Map:
        if (auto* object = value.if_object()) {
            for (auto& member : *object)
                fill(node.items[0].node(), member.value(), depth + 1);
        }
        return;
    case SchemaKind::Array:
        if (auto* array = value.if_array()) {
            for (auto& item : *array)
                fill(node.items[0].node(), item, depth + 1);
        }
        return;
    case SchemaKind::AnyOf:
        for (const Schema& alternative : node.items) {
            if (!alternative.accepts(value))
                continue;
            fill(alternative.node(), value, depth);
            return;
        }
        return;
    default:
        return;
    }
}

void mask(const SchemaNode& node, json::value& value, std::size_t depth);

void maskMembers(const SchemaNode& node, json::object& object, std::size_t depth) {
    for (auto& member : object) {
        const bool isMap = node.kind == SchemaKind::Map;
        const SchemaProp* prop = isMap ? nullptr : node.find(member.key());
        if (isMap)
            mask(node.items[0].node(), member.value(), depth + 1);
        if (prop != nullptr)
            mask(prop->value.node(), member.value(), depth + 1);
    }
}

void mask(const SchemaNode& node, json::value& value, std::size_t depth) {
    if (!node.hasSecrets || depth > Schema::kMaxDepth)
        return;
    if (node.secret) {
        // "" stays: that no secret is set is worth seeing and gives nothing away.
        const bool isEmpty = value.is_string() && value.get_string().empty();
        if (!value.is_null() && !isEmpty)
            value = "***";
        return;
    }
    if (auto* object = value.if_object()) {
        if (node.kind == SchemaKind::Object || node.kind == SchemaKind::Map) {
            maskMembers(node, *object, depth);
            return;
        }
    }
    if (auto* array = value.if_array(); array != nullptr && node.kind == SchemaKind::Array) {
        for (auto& item : *array)
            mask(node.items[0].node(), item, depth + 1);
        return;
    }
    // Which alternative a wrong value meant can't be known, so each may hide its part.
    if (node.kind == SchemaKind::AnyOf) {
        for (const Schema& alternative : node.items)
            mask(alternative.node(), value, depth);
    }
}

} // namespace

void Schema::applyDefaults(json::value& value) const {
    fill(*node_, value, 0);
}

void Schema::maskSecrets(json::value& value) const {
    mask(*node_, value, 0);
}

} // namespace trellis::sdk
