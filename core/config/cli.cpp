#include "core/config/cli.hpp"

#include <ostream>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "core/config/show.hpp"

namespace trellis::config {

namespace json = boost::json;

namespace {

/// JSON with two spaces for each level; Boost.JSON writes one line only.
void writePretty(const json::value& value, std::ostream& out, const std::string& indent) {
    const std::string deeper = indent + "  ";
    if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
        const char* separator = "{\n";
        for (const auto& member : *object) {
            out << separator << deeper << json::serialize(json::string(member.key())) << ": ";
            writePretty(member.value(), out, deeper);
            separator = ",\n";
        }
        out << '\n' << indent << '}';
        return;
    }
    out << json::serialize(value);
}

void printFindings(const std::vector<Finding>& findings, const char* prefix, std::ostream& out) {
    for (const Finding& finding : findings)
        out << prefix << finding.text() << '\n';
}

Checked checkFor(const LoadRequest& request, const std::vector<PluginSchema>& plugins) {
    return check(load(request), plugins);
}

} // namespace

int printCheck(const LoadRequest& request, const std::vector<PluginSchema>& plugins,
               std::ostream& out) {
    const Checked checked = checkFor(request, plugins);
    out << checked.report.text();
    printFindings(checked.report.warnings, "warning: ", out);
    if (!checked.report.ok())
        return kExitConfig;
    out << (request.file.empty() ? "configuration" : request.file.string()) << ": ok\n";
    return kExitOk;
}

int printShow(const LoadRequest& request, const std::vector<PluginSchema>& plugins,
              std::ostream& out, std::ostream& err) {
    const Checked checked = checkFor(request, plugins);
    err << checked.report.text();
    printFindings(checked.report.warnings, "warning: ", err);
    if (!checked.report.ok())
        return kExitConfig;
    writeYaml(*checked.config, out);
    return kExitOk;
}

int printSchema(const std::vector<PluginSchema>& plugins, std::ostream& out) {
    json::object schema;
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema["title"] = "Trellis server configuration";
    const sdk::Schema whole = plugins.empty() ? openSchema() : fullSchema(plugins);
    for (auto& member : whole.toJsonSchema())
        schema[member.key()] = member.value();
    writePretty(schema, out, "");
    out << '\n';
    return kExitOk;
}

} // namespace trellis::config
