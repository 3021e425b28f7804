/// Events as rows. Internal to core/model.
#pragma once

#include "core/model/event_log.hpp"

namespace trellis::model::rows {

void write(store::Session& session, const Event& event);
/// Newest first.
std::vector<Event> readEvents(store::Session& session, const EventFilter& filter);
/// Removes up to `atMost` events older than `oldestMs`, or beyond the newest `count`.
std::size_t expireEvents(store::Session& session, std::int64_t oldestMs, std::int64_t count,
                         std::size_t atMost);

} // namespace trellis::model::rows
