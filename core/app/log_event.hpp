/// The event log's entries on the bus, for plugins that pass on what happens (sdk/event.hpp).
#pragma once

#include <trellis/sdk/event.hpp>

#include "core/model/event_log.hpp"
#include "core/model/wire_documents.hpp"

namespace trellis::app {

/// Everything that the log takes, whoever may see it: for plugins that answer to administrators.
struct LogEvent {
    model::Event event;
    boost::json::object toJson() const { return model::eventDocument(event); }
};
inline constexpr sdk::Topic<LogEvent> kEventRecorded{"event.recorded"};

} // namespace trellis::app
