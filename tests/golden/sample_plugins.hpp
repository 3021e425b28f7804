/// Plugins that exist only as schemas: for golden files, unit tests and the fuzz target of the
/// configuration.
#pragma once

#include <vector>

#include <boost/json/value.hpp>

#include "core/config/server_schema.hpp"

namespace trellis::golden {

inline sdk::Schema mqttOptions() {
    using sdk::Schema;
    const auto tls =
        Schema::object()
            .prop("verify", Schema::boolean().byDefault(true), "Check the certificate.")
            .prop("ca_file", Schema::string().range(1, 4096), "Certificates to trust.");
    const auto rule = Schema::object()
                          .prop("topic", Schema::string().range(1, 200), "Topic to publish to.")
                          .prop("qos", Schema::integer().range(0, 2).byDefault(0), "Delivery.")
                          .required({"topic"});
    return Schema::object()
        .prop("broker", Schema::string().format(sdk::Format::Host), "Host name of the broker.")
        .prop("keep_alive_s", Schema::integer().range(5, 3600).unit("s").byDefault(60), "Silence.")
        .prop("max_bytes", Schema::integer().range(1, 1 << 30).unit("bytes").byDefault(65536),
              "Size.")
        .prop("jitter", Schema::number().range(0, 1).byDefault(0.5), "Spread.")
        .prop("topic", Schema::string().range(1, 200).byDefault("trellis"), "Prefix.")
        .prop("password", Schema::string().range(8, 200).secret(), "Password, or `!file path`.")
        .prop("mode", Schema::oneOf({"publish", "subscribe", "both"}).byDefault("both"),
              "Direction.")
        .prop("tls", tls, "Encryption.")
        .prop("rules", Schema::array(rule).range(0, 3), "What is published.")
        .prop("labels", Schema::map(Schema::string().range(0, 20)), "Added to each message.")
        .prop("hosts",
              Schema::anyOf({Schema::string().format(sdk::Format::Host),
                             Schema::array(Schema::string().format(sdk::Format::Host))}),
              "One more broker, or several.")
        .prop("retain", Schema::boolean().nullable(), "Null: the broker decides.")
        .required({"broker"});
}

inline std::vector<config::PluginSchema> samplePlugins() {
    const auto terminal = sdk::Schema::object().prop(
        "idle_s", sdk::Schema::integer().range(0, 86400).unit("s").byDefault(0), "Idle time.");
    return {{"mqtt", mqttOptions(), "Publishes events."},
            {"terminal", terminal, "Terminals."},
            {"recording", std::nullopt, "Off, so it was not asked."}};
}

} // namespace trellis::golden
