/// Events as rows. Internal to core/model.
#pragma once

#include "core/model/event_log.hpp"

namespace trellis::model {

/// As an event is stored: texts cut, the record's own ids among the targets, `now` for a time of 0.
/// Throws Internal for a bad action.
void tidy(Event& event, std::int64_t now);

} // namespace trellis::model

namespace trellis::model::rows {

void write(store::Session& session, const Event& event);
/// Newest first.
std::vector<Event> readEvents(store::Session& session, const EventFilter& filter);
/// Removes up to `atMost` events older than `oldestMs`, or beyond the newest `count`.
std::size_t expireEvents(store::Session& session, std::int64_t oldestMs, std::int64_t count,
                         std::size_t atMost);

} // namespace trellis::model::rows
